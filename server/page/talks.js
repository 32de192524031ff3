// The conversations: rooms and people, their lines, who is there, what is unread. Knows neither the
// connection nor the document.
// Invariant: lines stand as the server orders them; those that it has not confirmed stand behind them.
const talks = (() => {
  const KEPT = 400;
  const all = new Map();
  let current = null;
  let count = 0;
  // Users of ChatTruco are in no room, and can be written to.
  let directs = [];

  const fold = name => name.toLowerCase();
  const same = (one, other) => fold(one || "") === fold(other || "");
  const find = (kind, name) => all.get(kind + fold(name));
  const open = (kind, name) => {
    const known = find(kind, name);
    if (known) return known;
    const talk = { kind, name, lines: [], unread: 0, mentions: 0, draft: "", divider: 0 };
    if (kind === "#") Object.assign(talk, { joined: false, here: [], more: 0, topic: null, last: null });
    else talk.connected = true;
    all.set(kind + fold(name), talk);
    bus.tell("list");
    return talk;
  };
  const close = talk => {
    all.delete(talk.kind + fold(talk.name));
    bus.tell("closed", talk);
    bus.tell("list");
  };
  const rename = (talk, name) => {
    all.delete(talk.kind + fold(talk.name));
    talk.name = name;
    all.set(talk.kind + fold(name), talk);
    bus.tell("list");
  };
  const select = talk => {
    if (!talk || talk === current) return;
    const before = current;
    current = talk;
    bus.tell("selected", talk, before);
    attend();
  };
  const isAttended = talk => talk === current && !document.hidden;
  // The user looks at the current conversation.
  const attend = () => {
    if (!current || document.hidden || !(current.unread || current.mentions)) return;
    current.unread = current.mentions = 0;
    bus.tell("list");
  };

  const isPending = line => line.state === "waiting" || line.state === "sending";
  // Adds a line before those that are not confirmed. `news` is what counts as unread.
  const add = (talk, line, news) => {
    if (line.id && !line.asked && byId(talk, line.id)) return null;
    line.n = ++count;
    let place = talk.lines.length;
    // What was said before one came stands above one's coming.
    const arrival = line.old === "join" ? talk.lines.findIndex(other => other.n === talk.arrival) : -1;
    if (arrival >= 0) place = arrival;
    else if (!isPending(line)) while (place && isPending(talk.lines[place - 1])) place--;
    talk.lines.splice(place, 0, line);
    if (news && (!isAttended(talk) || news === "missed")) divide(talk, line, news, place);
    while (talk.lines.length > KEPT + (talk.extra || 0)) bus.tell("dropped", talk, talk.lines.shift());
    bus.tell("line", talk, line, place);
    if (news) bus.tell("news", talk, line);
    return line;
  };
  // Adds a line of before at its place in time.
  const addEarlier = (talk, line) => {
    if (byId(talk, line.id)) return false;
    const [epoch, number] = line.id.split(":");
    const isLater = other => {
      if (!other.id) return false;
      const [its, place] = other.id.split(":");
      return its === epoch ? Number(place) > Number(number) : other.time > line.time;
    };
    const place = talk.lines.findIndex(isLater);
    line.n = ++count;
    talk.lines.splice(place < 0 ? 0 : place, 0, line);
    talk.extra = (talk.extra || 0) + 1;
    bus.tell("line", talk, line);
    return true;
  };
  // Unread lines begin at the first that nobody looked at.
  const divide = (talk, line, news, place) => {
    if (!talk.unread && !(news === "missed" && talk.lines.some(other => other.n === talk.divider && other.missed))) {
      const old = talk.lines.find(other => other.n === talk.divider);
      talk.divider = place ? line.n : 0;
      line.missed = news === "missed";
      if (old) bus.tell("row", talk, old);
    }
    if (isAttended(talk)) return;
    talk.unread++;
    if (line.mention || talk.kind === "@") talk.mentions++;
    bus.tell("list");
  };
  const remove = (talk, line) => {
    const place = talk.lines.indexOf(line);
    if (place < 0) return;
    talk.lines.splice(place, 1);
    bus.tell("dropped", talk, line);
    if (talk.lines[place]) bus.tell("row", talk, talk.lines[place]);
  };
  const byId = (talk, id) => talk.lines.find(line => line.id === id && !line.asked);

  // The last line of a room, for a resume. Another epoch begins only where the server says so.
  const note = (talk, id) => {
    const [epoch, number] = id.split(":");
    if (!talk.last) talk.last = id;
    const [known, last] = talk.last.split(":");
    if (known === epoch && Number(number) > Number(last)) talk.last = id;
  };

  const came = (talk, names, more) => {
    if (!talk) return;
    talk.here = talk.here.filter(name => !names.some(other => same(name, other))).concat(names);
    talk.more += more || 0;
    bus.tell("people", talk);
  };
  const went = (talk, names, more) => {
    if (!talk) return;
    talk.here = talk.here.filter(name => !names.some(other => same(name, other)));
    talk.more = Math.max(0, talk.more - (more || 0));
    bus.tell("people", talk);
  };
  const meet = (names, isAll) => {
    directs = (isAll ? [] : directs.filter(name => !names.some(other => same(name, other)))).concat(names);
    bus.tell("people", current);
  };
  const part = name => {
    directs = directs.filter(other => !same(name, other));
    bus.tell("people", current);
  };
  // Somebody's conversation, if there is one, says whether they are there.
  const connect = (name, connected, time) => {
    const talk = find("@", name);
    if (!talk || talk.connected === connected) return;
    talk.connected = connected;
    add(talk, { type: "event", text: words.say(connected ? "connected" : "disconnected"), time });
    bus.tell("people", talk);
    bus.tell("list");
  };

  return {
    fold, same, find, open, close, rename, select, attend, add, addEarlier, remove, byId, note, came, went, connect, isPending, meet, part,
    get directs() {
      return directs;
    },
    room: name => find("#", name),
    person: name => find("@", name),
    each: kind => [...all.values()].filter(talk => !kind || talk.kind === kind),
    get current() {
      return current;
    },
    // For a reload of the tab.
    pack: () =>
      [...all.values()].map(talk => Object.assign({}, talk, { lines: talk.lines.filter(line => !line.asked).slice(-120), extra: 0, isWhole: false })),
    unpack: packed =>
      (packed || []).forEach(talk => {
        all.set(talk.kind + fold(talk.name), talk);
        talk.lines.forEach(line => (count = Math.max(count, line.n)));
      }),
  };
})();
