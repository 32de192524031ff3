// What the user says, from Enter to the server's confirmation.
// Invariant: a line keeps its mark until it is answered, so however often it is sent it is said once. Lines go
// out in the order in which they were said.
const outbox = (() => {
  // The server knows the last 64 marks.
  const AT_ONCE = 20;
  const PATIENCE = 10000;
  let entries = [];
  let marks = 0;
  const tab = Math.random().toString(36).slice(2, 8);

  const talkOf = entry => talks.find(entry.kind, entry.to);
  const lineOf = entry => {
    const talk = talkOf(entry);
    return talk && talk.lines.find(line => line.n === entry.n);
  };
  const show = (entry, state) => {
    entry.state = state;
    const line = lineOf(entry);
    if (!line || line.state === state) return;
    line.state = state;
    bus.tell("row", talkOf(entry), line);
  };
  // Says a line in a conversation; `echo` is how it looks there, if it does.
  const say = (talk, wire, echo) => {
    const entry = { mark: tab + ++marks, wire, kind: talk.kind, to: talk.name, n: 0, state: "waiting", tried: false };
    if (echo) {
      const line = Object.assign({ own: true, from: session.me.name, state: "waiting", time: Date.now() / 1000 }, echo);
      line.wire = wire;
      entry.n = talks.add(talk, line).n;
    }
    entries.push(entry);
    flush();
  };
  const flush = () => {
    entries.forEach((entry, place) => {
      if (entry.state !== "waiting" || !session.isReady || place >= AT_ONCE) return;
      if (entry.kind === "#") rooms.speakIn(entry.to);
      connection.send(entry.wire, entry.mark);
      entry.tried = true;
      entry.at = Date.now();
      show(entry, "sending");
    });
    bus.tell("status");
  };
  // Takes the entry of a mark out, for it is answered.
  const take = mark => {
    const entry = entries.find(other => other.mark === mark);
    entries = entries.filter(other => other !== entry);
    if (entry) setTimeout(flush, 0);
    return entry;
  };
  const said = message => {
    const entry = take(message.mark);
    const talk = entry && talkOf(entry);
    const line = entry && lineOf(entry);
    if (!line) return;
    // It has come already with what was missed.
    if (message.id && talks.byId(talk, message.id)) return talks.remove(talk, line);
    // Behind what is confirmed, before what is not.
    const place = talk.lines.indexOf(line);
    const first = talk.lines.findIndex(talks.isPending);
    line.state = undefined;
    line.id = message.id;
    line.time = message.time || line.time;
    if (first >= 0 && first < place) {
      talk.lines.splice(place, 1);
      talk.lines.splice(first, 0, line);
      bus.tell("moved", talk, line);
    }
    bus.tell("row", talk, line);
  };
  const fail = (entry, why) => {
    const line = lineOf(entry);
    if (line) line.why = why;
    show(entry, "failed");
    return line;
  };
  const refused = message => {
    const entry = take(message.mark);
    if (entry && !fail(entry, message.text)) asking.answer({ type: "error", text: message.text, time: message.time });
  };
  const again = (talk, line) => {
    talks.remove(talk, line);
    const { type, text, re, quote } = line;
    say(talk, line.wire, { type, text, re, quote });
  };
  // The connection is gone: what has no answer waits, and is sent again with its mark.
  const wait = () => {
    entries.forEach(entry => show(entry, "waiting"));
    bus.tell("status");
  };
  // The server does not know our marks any more: what was sent may have been said.
  const doubt = () => {
    entries.filter(entry => entry.tried).forEach(entry => fail(entry, words.say("unsure")));
    entries = entries.filter(entry => !entry.tried);
  };
  setInterval(() => {
    const oldest = entries.find(entry => entry.state === "sending");
    if (oldest && connection.isOn && Date.now() - Math.max(oldest.at, session.heard) > PATIENCE) connection.probe();
  }, 2000);

  return {
    say, flush, said, refused, again, wait, doubt,
    forget: talk => (entries = entries.filter(entry => talkOf(entry) !== talk)),
    renamed: (from, to) => entries.forEach(entry => {
      if (entry.kind !== "@" || !talks.same(entry.to, from)) return;
      entry.to = to;
      entry.wire = entry.wire.replace(/^@\S+/, "@" + to);
    }),
    get waiting() {
      return entries.filter(entry => entry.state === "waiting").length;
    },
    pack: () => entries,
    unpack: packed => (entries = packed || []),
  };
})();
