// What the server says, message by message: each type goes to where it belongs.
// Types that are not known are shown if they have a text, and else left out.
const messages = (() => {
  const { answer } = asking;
  const { me, isMe } = session;
  let lastWriter = "";
  const mentions = text => {
    const name = me.name.replace(/[^\p{L}\p{N}_]/gu, "");
    return name && new RegExp("(^|[^\\p{L}\\p{N}_])" + name + "($|[^\\p{L}\\p{N}_])", "iu").test(text);
  };
  const spoken = message => {
    const { type, id, from, text, time, re, quote, edited, old } = message;
    const line = { type, id, from, text, time, re, quote, edited, old };
    line.own = isMe(from);
    line.mention = !line.own && (mentions(text) || Boolean(quote && isMe(quote.from)));
    if (old === "asked") return earlier.line(message, line) || answer(Object.assign(line, { place: message.room, day: true }));
    const isMissed = session.misses(line) || old === "missed";
    add(message, line, !line.own && old !== "join" && (isMissed ? "missed" : "now"));
  };
  const privately = message => {
    const { from, text, time, waited, again } = message;
    const talk = talks.open("@", from);
    const line = { type: "private", from, text, time, again, mention: true };
    talk.name = from;
    if (!waited && !talk.connected) talks.connect(from, true, time);
    lastWriter = from;
    talks.add(talk, line, "now");
  };
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
    }
    talks.meet(message.direct || [], true);
    const known = message.here.concat((message.elsewhere || []).map(pair => pair[0]), message.direct || []);
    const all = !message.more && !message.elsewhere_more;
    talks.each("@").forEach(talk => {
      const isThere = known.some(name => talks.same(name, talk.name));
      if (isThere || all) talks.connect(talk.name, isThere, message.time);
    });
    session.caughtUp();
    asking.answered("here", message);
  };
  // Who comes back is told that they left.
  const isAboutMe = message => !message.more && message.names.every(isMe);
  const came = message => {
    talks.came(talks.room(message.room), message.names, message.more);
    message.names.forEach(name => talks.connect(name, true, message.time));
    if (!isAboutMe(message)) event(message);
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
    ask: session.asked,
    error: session.refused,
    welcome: session.welcomed,
    resumed: session.resumed,
    bye: session.farewell,
    key: message => (me.key = message.key),
    at: message => (talks.open("#", message.room).last = message.last),
    room: message => rooms.entered(message, message.speak),
    out: message => rooms.out(message.room),
    topic: message => {
      const talk = talks.open("#", message.room);
      talk.topic = message.topic;
      bus.tell("people", talk);
      if (message.id) event(message);
      else if (asking.isBy(talk)) answer({ type: "info", text: message.text, time: message.time });
    },
    line: spoken,
    action: spoken,
    edited: about,
    deleted: about,
    pinned: about,
    unpinned: about,
    reacted: about,
    private: privately,
    joined: came,
    back: came,
    left: message => {
      talks.went(talks.room(message.room), message.names, message.more);
      message.names.forEach(name => talks.connect(name, false, message.time));
      if (!isAboutMe(message)) event(message);
    },
    went: message => {
      talks.went(talks.room(message.room), [message.who]);
      event(message);
    },
    direct: message => {
      if (message.here) talks.meet([message.who]);
      else talks.part(message.who);
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
      asking.answered("rooms", message);
    },
    muted: message => session.mute(message.text),
    unmuted: message => {
      session.mute("");
      answer({ type: "info", text: message.text, time: message.time });
    },
    slow: message => session.slowDown(message.text),
    motd: message => event(Object.assign({ room: me.speak }, message)),
    info: message => (session.stage === "in" ? earlier.note(message.text) || event(message) : session.hear(message.text)),
  };
  const gap = (message, text) => {
    const talk = (message.room && talks.open("#", message.room)) || talks.room(me.speak);
    if (talk) talks.add(talk, { type: "gap", text, time: message.time });
  };
  const take = message => {
    session.hear();
    const talk = message.room && message.id && talks.room(message.room);
    if (talk && message.old !== "join" && message.old !== "asked") talks.note(talk, message.id);
    const known = takes[message.type];
    if (known) known(message);
    else if (message.text) takes.info(message);
    bus.tell("changed");
  };
  bus.on("message", take);

  return {
    get lastWriter() {
      return lastWriter;
    },
    unpack: name => (lastWriter = name),
  };
})();
