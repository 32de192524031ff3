// Who the user is on the server: from the name to the farewell, over losses of the connection.
// It says what the protocol asks for and takes each message to where it belongs.
// Stages: "out" (asks for a name), "coming" (the name is sent), "password", "new-password", "in",
// "again" (was in, and the connection is lost or new), "over" (the server has said goodbye).
const session = (() => {
  const me = { name: "", key: "", speak: "", rooms: [] };
  let stage = "out";
  // What the last line sent without a name was, and so what an error is about.
  let awaits = "";
  let hint = "";
  let over = null;
  let muted = "";
  let slow = 0;
  let back = null;
  let missed = null;
  let heard = 0;
  // The room of the address, where one goes after the welcome.
  let wanted = "";
  // A room is being changed: until the server has answered, nothing can be said at the right place.
  let moving = "";
  let leaving = "";
  // Answers that nobody has asked for.
  let quietly = { here: 0, rooms: 0 };
  // Rooms that the page goes to by itself; a refusal is not for the user.
  let going = new Set();
  // Where the answers to the user's commands are shown.
  let asker = null;
  let askedAt = 0;

  const become = now => {
    stage = now;
    bus.tell("stage", now);
    bus.tell("status");
  };
  const send = line => connection.isOn && connection.send(line);

  // In the door
  const offset = () => {
    const minutes = -new Date().getTimezoneOffset();
    const two = number => String(Math.abs(number)).padStart(2, "0");
    return (minutes < 0 ? "-" : "+") + two(Math.trunc(minutes / 60)) + ":" + two(minutes % 60);
  };
  const hello = () => {
    heard = Date.now();
    quietly = { here: 0, rooms: 0 };
    going.clear();
    moving = leaving = "";
    send("/lang " + words.code);
    send("/zone " + offset());
    if (me.key) {
      awaits = "resume";
      return send("/resume " + me.key + places());
    }
    giveName();
  };
  // As many rooms as a line has place for; of others the server tells where they stand.
  const places = () =>
    talks.each("#").filter(talk => talk.joined && talk.last).reduce((line, talk) => {
      const place = " " + talk.name + ":" + talk.last;
      return line.length + place.length > 900 ? line : line + place;
    }, "");
  const giveName = () => {
    awaits = "name";
    send(me.name);
  };
  const come = name => {
    me.name = name;
    hint = "";
    become("coming");
    if (connection.isOn) giveName();
    else connection.open();
  };
  const password = text => {
    hint = "";
    awaits = text ? stage : "";
    send(text);
  };
  const comeBack = () => {
    over = null;
    hint = "";
    if (!me.name) return become("out");
    become("again");
    connection.open();
  };

  const asked = message => {
    if (message.what === "operator") return bus.tell("operator", message.text);
    if (message.what !== "name") {
      me.name = message.name || me.name;
      awaits = "";
      return become(message.what);
    }
    if (awaits === "name" || awaits === "resume" || stage === "in") return;
    become("out");
  };
  const refused = message => {
    if (message.mark) return outbox.refused(message);
    if (awaits === "resume") {
      // The place is gone. The name may still be had.
      me.key = "";
      outbox.doubt();
      return giveName();
    }
    if (stage !== "in") {
      hint = message.text;
      awaits = "";
      return become(stage === "password" || stage === "new-password" ? stage : "out");
    }
    if (moving) {
      moving = "";
      outbox.flush();
    } else if (going.size) return void going.delete(going.values().next().value);
    answer({ type: "error", text: message.text, time: message.time });
  };
  const welcomed = message => {
    const before = talks.each("#").filter(talk => talk.joined).map(talk => talk.name);
    talks.each("#").forEach(talk => (talk.joined = false));
    me.name = message.name;
    me.speak = "";
    awaits = "";
    entered(message, true);
    settle();
    const others = before.filter(room => !talks.same(room, message.room));
    if (wanted && !talks.same(wanted, message.room) && !others.length) go("/join ", wanted);
    else others.forEach(room => {
      going.add(talks.fold(room));
      send("/also " + room);
    });
    wanted = "";
    outbox.flush();
  };
  const resumed = message => {
    me.name = message.name;
    me.speak = message.rooms[0];
    awaits = "";
    talks.each("#").forEach(talk => {
      if (!message.rooms.some(room => talks.same(room, talk.name))) forget(talk);
    });
    message.rooms.forEach(room => (talks.open("#", room).joined = true));
    if (!talks.current) talks.select(talks.room(me.speak));
    missed = { lines: 0 };
    settle();
    ask("here", "/online");
    outbox.flush();
  };
  const settle = () => {
    connection.settled();
    over = null;
    back = null;
    keep.toBrowser("name", me.name);
    become("in");
  };

  // Rooms
  const entered = (message, spoken) => {
    const talk = talks.open("#", message.room);
    const isNew = !talk.joined;
    const before = talks.room(me.speak);
    const left = talks.room(leaving);
    talk.name = message.room;
    talk.joined = true;
    talk.here = (message.here || []).concat(me.name);
    talk.more = message.more || 0;
    if (spoken) {
      me.speak = talk.name;
      if (isNew && before && before !== talk) forget(before);
      if (left && left !== talk) forget(left);
      leaving = "";
    }
    if (isNew && message.text) talks.add(talk, { type: "event", text: message.text, time: message.time });
    going.delete(talks.fold(talk.name));
    if (talks.same(moving, talk.name)) {
      moving = "";
      talks.select(talk);
      outbox.flush();
    }
    if (!talks.current || (talks.current.kind === "#" && !talks.current.joined)) talks.select(talk);
    bus.tell("people", talk);
    bus.tell("list");
  };
  const forget = talk => {
    talk.joined = false;
    outbox.forget(talk);
    talks.close(talk);
    if (talks.current === talk) talks.select(talks.room(me.speak) || talks.each("#")[0]);
  };
  const go = (command, room) => {
    moving = room.replace(/^#/, "");
    send(command + room);
    if (command === "/join ") me.speak = moving;
  };
  const visit = room => {
    const known = talks.room(room.replace(/^#/, ""));
    if (known && known.joined) return talks.select(known);
    go("/also ", room);
  };
  const leave = talk => {
    if (talk.kind === "@") {
      talks.close(talk);
      return talks.select(talks.room(me.speak) || talks.each()[0]);
    }
    leaving = talk.name;
    asker = talk;
    askedAt = Date.now();
    send("/leave " + talk.name);
  };
  // What is sent next is said in this room.
  const speakIn = room => {
    if (talks.same(room, me.speak)) return;
    going.add(talks.fold(room));
    send("/join " + room);
    me.speak = room;
  };
  const ask = (what, line) => {
    quietly[what]++;
    send(line);
  };
  // A command of the user's, in a conversation.
  const command = (talk, line) => {
    asker = talk;
    askedAt = Date.now();
    if (talk.kind === "#") speakIn(talk.name);
    send(line);
  };
  const answer = line => {
    const isFresh = asker && Date.now() - askedAt < 20000 && talks.find(asker.kind, asker.name);
    const shown = isFresh ? asker : talks.current;
    if (shown) talks.add(shown, Object.assign({ asked: true }, line));
  };

  // Messages
  const isMe = name => talks.same(name, me.name);
  const mentions = text => {
    const name = me.name.replace(/[^\p{L}\p{N}_]/gu, "");
    return name && new RegExp("(^|[^\\p{L}\\p{N}_])" + name + "($|[^\\p{L}\\p{N}_])", "iu").test(text);
  };
  const spoken = message => {
    const { type, id, from, text, time, re, quote, edited, old } = message;
    const line = { type, id, from, text, time, re, quote, edited };
    line.own = isMe(from);
    line.mention = !line.own && (mentions(text) || Boolean(quote && isMe(quote.from)));
    if (old === "asked") return answer(Object.assign(line, { place: message.room, day: true }));
    if (missed && !line.own) missed.lines++;
    const isMissed = missed || old === "missed";
    add(message, line, !line.own && old !== "join" && (isMissed ? "missed" : "now"));
  };
  const privately = message => {
    const { from, text, time, waited, again } = message;
    const talk = talks.open("@", from);
    const line = { type: "private", from, text, time, again, mention: true };
    if (!waited && !talk.connected) talks.connect(from, true, time);
    lastWriter = from;
    talks.add(talk, line, "now");
  };
  let lastWriter = "";
  // A line on its way from a room that one has left is dropped.
  const add = (message, line, news) => {
    const talk = message.old || !message.id ? talks.open("#", message.room) : talks.room(message.room);
    return talk && talks.add(talk, line, news);
  };
  const event = (message, text) => {
    if (message.room) return add(message, { type: "event", id: message.id, text: text || message.text, time: message.time });
    answer({ type: "info", text: text || message.text, time: message.time });
  };
  // A line about another line of the room changes that one.
  const about = message => {
    const talk = talks.room(message.room);
    const line = talk && talks.byId(talk, message.about);
    if (!line) return event(message);
    if (message.type === "edited") Object.assign(line, { text: message.text, edited: true });
    if (message.type === "deleted") Object.assign(line, { text: "", deleted: message.text, reactions: null });
    if (message.type === "reacted") (line.reactions = line.reactions || []).push([message.word, message.by]);
    if (message.type === "pinned" || message.type === "unpinned") event(message);
    bus.tell("row", talk, line);
  };
  const online = message => {
    const talk = talks.room(me.speak);
    if (talk) {
      talk.here = message.here.slice();
      talk.more = message.more || 0;
      talk.away = message.away || [];
      bus.tell("people", talk);
    }
    const known = message.here.concat((message.elsewhere || []).map(pair => pair[0]), message.direct || []);
    const all = !message.more && !message.elsewhere_more;
    talks.each("@").forEach(talk => {
      const isThere = known.some(name => talks.same(name, talk.name));
      if (isThere || all) talks.connect(talk.name, isThere, message.time);
    });
    // It answers what was sent behind the resume, so all that was missed has come.
    if (missed) {
      back = { lines: missed.lines, until: Date.now() + 12000 };
      missed = null;
      setTimeout(() => bus.tell("status"), 12100);
      bus.tell("status");
    }
    if (quietly.here) return void quietly.here--;
    answer({ type: "info", text: message.text, time: message.time });
  };
  const renamed = message => {
    const talk = talks.room(message.room);
    event(message);
    if (talk) talks.went(talk, [message.from]);
    if (talk) talks.came(talk, [message.to]);
    const person = talks.person(message.from);
    if (person && !isMe(message.from)) {
      outbox.renamed(message.from, message.to);
      talks.rename(person, message.to);
    }
    if (talks.same(lastWriter, message.from)) lastWriter = message.to;
  };
  const named = message => {
    talks.each("#").forEach(talk => {
      talks.went(talk, [me.name]);
      talks.came(talk, [message.name]);
    });
    me.name = message.name;
    keep.toBrowser("name", me.name);
    bus.tell("list");
    answer({ type: "info", text: message.text, time: message.time });
  };
  const takes = {
    ask: asked,
    error: refused,
    welcome: welcomed,
    resumed,
    key: message => (me.key = message.key),
    at: message => (talks.open("#", message.room).last = message.last),
    room: message => entered(message, message.speak),
    out: message => {
      const talk = talks.room(message.room);
      leaving = "";
      if (talk) forget(talk);
    },
    topic: message => {
      const talk = talks.open("#", message.room);
      talk.topic = message.topic;
      bus.tell("people", talk);
      if (message.id) event(message);
      else if (asker === talk) answer({ type: "info", text: message.text, time: message.time });
    },
    line: spoken,
    action: spoken,
    edited: about,
    deleted: about,
    pinned: about,
    unpinned: about,
    reacted: about,
    private: privately,
    joined: message => {
      talks.came(talks.room(message.room), message.names, message.more);
      message.names.forEach(name => talks.connect(name, true, message.time));
      if (!message.names.every(isMe)) event(message);
    },
    left: message => {
      talks.went(talks.room(message.room), message.names, message.more);
      message.names.forEach(name => talks.connect(name, false, message.time));
      event(message);
    },
    went: message => {
      talks.went(talks.room(message.room), [message.who]);
      event(message);
    },
    direct: message => {
      talks.connect(message.who, message.here, message.time);
      event(message);
    },
    renamed,
    you: named,
    lang: message => {
      if (words.code === message.lang) return;
      words.choose(message.lang);
      keep.toBrowser("lang", message.lang);
      bus.tell("lang");
    },
    said: message => outbox.said(message),
    done: message => outbox.said(message),
    cannot: message => gap(message, words.say("gap")),
    skipped: message => gap(message, message.text),
    missed: message => gap(message, message.text),
    here: online,
    rooms: message => {
      bus.tell("rooms", message.rooms);
      if (quietly.rooms) return void quietly.rooms--;
      answer({ type: "info", text: message.text, time: message.time });
    },
    muted: message => {
      muted = message.text;
      bus.tell("status");
    },
    unmuted: message => {
      muted = "";
      answer({ type: "info", text: message.text, time: message.time });
      bus.tell("status");
    },
    slow: message => {
      slow = Date.now() + 8000;
      slowText = message.text;
      setTimeout(() => bus.tell("status"), 8100);
      bus.tell("status");
    },
    motd: message => event(Object.assign({ room: me.speak }, message)),
    info: message => {
      if (stage === "in") return event(message);
      hint = awaits === "name" && !isZone(message.text) ? message.text : hint;
      bus.tell("stage", stage);
    },
    bye: message => farewell(message),
  };
  let slowText = "";
  // The answers to the first lines of a connection are not for the user.
  let greeted = 0;
  const isZone = () => greeted++ < 1;
  const gap = (message, text) => {
    const talk = (message.room && talks.open("#", message.room)) || talks.room(me.speak);
    if (talk) talks.add(talk, { type: "gap", text, time: message.time });
  };
  const take = message => {
    heard = Date.now();
    const talk = message.room && message.id && talks.room(message.room);
    if (talk && !message.old) talks.note(talk, message.id);
    const known = takes[message.type];
    if (known) known(message);
    else if (message.text) takes.info(message);
    bus.tell("changed");
  };
  // Why the server ends it decides whether the page comes back by itself.
  const farewell = message => {
    over = { why: message.why, text: message.text };
    const isIn = stage === "in" || stage === "again";
    if (message.why === "stopping" || message.why === "slow" || message.why === "full") {
      over.again = true;
      hint = message.text;
      return bus.tell("stage", stage);
    }
    connection.close();
    if (message.why === "name" || (message.why === "other" && !isIn)) {
      if (message.why === "other") hint = message.text;
      else if (stage !== "out") hint = words.say("nameLate");
      over = null;
      return become("out");
    }
    if (message.why !== "elsewhere") me.key = "";
    if (message.why === "quit") keep.toTab("state", null);
    become("over");
  };

  bus.on("message", take);
  bus.on("link", link => {
    if (link === "on") {
      greeted = 0;
      hello();
    }
    if (link === "lost") {
      outbox.wait();
      missed = null;
      awaits = "";
      if (stage === "in") stage = "again";
      if (stage === "password" || stage === "new-password") stage = "out";
      if (stage === "out") connection.close();
      bus.tell("stage", stage);
    }
    bus.tell("status");
  });
  bus.on("probe", () => {
    if (stage === "in") ask("here", "/online");
    else if (connection.isOn) send("");
  });

  return {
    me, come, password, comeBack, visit, leave, speakIn, command, answer, go, ask, isMe,
    quit: () => send("/quit"),
    lang: code => {
      words.choose(code);
      keep.toBrowser("lang", code);
      if (stage === "in") send("/lang " + code);
      bus.tell("lang");
    },
    start: room => (wanted = room),
    // Commands that change rooms are known here, for their answers look alike.
    joins: room => go("/join ", room),
    leaves: room => (leaving = room),
    get stage() {
      return stage;
    },
    get hint() {
      return hint;
    },
    get over() {
      return over;
    },
    get muted() {
      return muted;
    },
    get slow() {
      return slow > Date.now() ? slowText : "";
    },
    get back() {
      return back && back.until > Date.now() ? back : null;
    },
    get isReady() {
      return stage === "in" && connection.isOn && !moving;
    },
    get heard() {
      return heard;
    },
    get lastWriter() {
      return lastWriter;
    },
    pack: () => ({ me, muted, lastWriter }),
    unpack: packed => {
      Object.assign(me, packed.me);
      lastWriter = packed.lastWriter;
      stage = "again";
    },
  };
})();
