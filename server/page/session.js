// Who the user is on the server: from the name to the farewell, over losses of the connection.
// Stages: "out" (asks for a name), "coming" (the name is sent), "password", "new-password", "in",
// "again" (was in, and the connection is lost or new), "over" (the server has said goodbye).
const session = (() => {
  const PATIENCE = 15000;
  const me = { name: "", key: "", speak: "" };
  let stage = "out";
  // What the last line sent without a name was, and so what an error is about.
  let awaits = "";
  let hint = "";
  let over = null;
  let muted = "";
  let slow = null;
  let back = null;
  let missed = null;
  let heard = 0;
  // The room of the address, where one goes after the welcome.
  let wanted = "";
  let lookedAt = 0;
  // Answers to the first lines of a connection that are not for the user.
  let greetings = 0;

  const become = now => {
    stage = now;
    bus.tell("stage", now);
    bus.tell("status");
  };
  const { send } = asking;
  const isMe = name => talks.same(name, me.name);

  // In the door
  const offset = () => {
    const minutes = -new Date().getTimezoneOffset();
    const two = number => String(Math.abs(number)).padStart(2, "0");
    return (minutes < 0 ? "-" : "+") + two(Math.trunc(minutes / 60)) + ":" + two(minutes % 60);
  };
  const hello = () => {
    heard = Date.now();
    asking.reset();
    rooms.reset();
    greetings = 1;
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
    if (rooms.refused()) return;
    asking.answer({ type: "error", text: message.text, time: message.time });
  };
  const welcomed = message => {
    const before = talks.each("#").filter(talk => talk.joined).map(talk => talk.name);
    talks.each("#").forEach(talk => (talk.joined = false));
    me.name = message.name;
    me.speak = "";
    awaits = "";
    rooms.entered(message, true);
    settle();
    // Who is away, and who is direct, is told to whom asks.
    asking.ask("here", "/online");
    const others = before.filter(room => !talks.same(room, message.room));
    if (wanted && !talks.same(wanted, message.room) && !others.length) rooms.go("/join ", wanted);
    else rooms.again(others);
    wanted = "";
    outbox.flush();
  };
  const resumed = message => {
    me.name = message.name;
    me.speak = message.rooms[0];
    awaits = "";
    talks.each("#").forEach(talk => {
      if (!message.rooms.some(room => talks.same(room, talk.name))) rooms.forget(talk);
    });
    message.rooms.forEach(room => (talks.open("#", room).joined = true));
    if (!talks.current) talks.select(talks.room(me.speak));
    if (wanted && !talks.room(wanted)) rooms.go("/also ", wanted);
    wanted = "";
    missed = { lines: 0 };
    settle();
    asking.ask("here", "/online");
    outbox.flush();
  };
  const settle = () => {
    connection.settled();
    over = back = null;
    hint = muted = "";
    keep.toBrowser("name", me.name);
    become("in");
  };

  // Why the server ends it decides whether the page comes back by itself.
  const farewell = message => {
    over = { why: message.why, text: message.text };
    const isIn = stage === "in" || stage === "again";
    if (message.why === "stopping" || message.why === "slow" || message.why === "full") {
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

  // Anything that comes shows that the server is there. What it says before one is in stands in the door.
  const hear = text => {
    heard = Date.now();
    if (!text || greetings-- > 0) return;
    hint = text;
    bus.tell("stage", stage);
  };
  // A line that came while catching up was missed.
  const misses = line => {
    if (missed && !line.own) missed.lines++;
    return Boolean(missed);
  };
  // The answer to what was sent behind the resume is here, so all that was missed has come.
  const caughtUp = () => {
    if (!missed) return;
    back = { lines: missed.lines, until: Date.now() + 12000 };
    missed = null;
    setTimeout(() => bus.tell("status"), 12100);
    bus.tell("status");
  };
  const mute = text => {
    muted = text;
    bus.tell("status");
  };
  const slowDown = text => {
    slow = { text, until: Date.now() + 8000 };
    setTimeout(() => bus.tell("status"), 8100);
    bus.tell("status");
  };

  bus.on("link", link => {
    if (link === "on") hello();
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
  // Whether somebody is there is not told to who shares no room with them.
  bus.on("selected", talk => {
    if (talk.kind !== "@" || stage !== "in" || Date.now() - lookedAt < 10000) return;
    lookedAt = Date.now();
    asking.ask("here", "/online");
  });
  connection.watch(() => {
    if (stage !== "in") return false;
    asking.ask("here", "/online");
    return true;
  });
  setInterval(() => {
    const isStuck = Date.now() - heard > PATIENCE;
    if (connection.isOn && isStuck && (stage === "again" || stage === "coming")) connection.open();
  }, 2000);

  return {
    me, isMe, come, password, comeBack,
    asked, refused, welcomed, resumed, farewell, hear, misses, caughtUp, mute, slowDown,
    quit: () => send("/quit"),
    lang: code => {
      words.choose(code);
      keep.toBrowser("lang", code);
      if (stage === "in") send("/lang " + code);
      bus.tell("lang");
    },
    start: room => (wanted = room),
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
      return slow && slow.until > Date.now() ? slow.text : "";
    },
    get back() {
      return back && back.until > Date.now() ? back : null;
    },
    get isReady() {
      return stage === "in" && connection.isOn && !rooms.isMoving;
    },
    get heard() {
      return heard;
    },
    pack: () => ({ me }),
    unpack: packed => {
      Object.assign(me, packed.me);
      stage = "again";
    },
  };
})();
