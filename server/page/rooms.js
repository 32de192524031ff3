// The user's rooms as the server knows them: which they are in, and in which they speak.
// Invariant: what is sent is said in the room that it was written in; while a room is being changed it waits.
const rooms = (() => {
  // The room that is being gone to, or left, at the user's wish.
  let moving = "";
  let leaving = "";
  // Rooms that the page goes to by itself; a refusal is not for the user.
  const going = new Set();

  const entered = (message, spoken) => {
    const talk = talks.open("#", message.room);
    const isNew = !talk.joined;
    const before = talks.room(session.me.speak);
    const left = talks.room(leaving);
    talk.name = message.room;
    talk.joined = true;
    talk.here = (message.here || []).concat(session.me.name);
    talk.more = message.more || 0;
    if (spoken) {
      session.me.speak = talk.name;
      if (isNew && before && before !== talk) forget(before);
      if (left && left !== talk) forget(left);
      leaving = "";
    }
    if (isNew && message.text) talk.arrival = talks.add(talk, { type: "event", text: message.text, time: message.time }).n;
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
    if (talks.current === talk) talks.select(talks.room(session.me.speak) || talks.each("#")[0]);
  };
  const go = (command, room) => {
    if (!connection.isOn) return asking.command(talks.current, command + room);
    moving = room.replace(/^#/, "");
    asking.send(command + room);
  };
  const visit = room => {
    const known = talks.room(room.replace(/^#/, ""));
    if (known && known.joined) return talks.select(known);
    go("/also ", room);
  };
  const leave = talk => {
    if (talk.kind === "@") {
      talks.close(talk);
      return talks.select(talks.room(session.me.speak) || talks.each()[0]);
    }
    leaving = talk.name;
    asking.command(talk, "/leave " + talk.name);
  };
  // What is sent next is said in this room.
  const speakIn = room => {
    if (talks.same(room, session.me.speak)) return;
    going.add(talks.fold(room));
    asking.send("/join " + room);
    session.me.speak = room;
  };
  const again = names => names.forEach(room => {
    going.add(talks.fold(room));
    asking.send("/also " + room);
  });
  // Whether a refusal was about a room, and is dealt with.
  const refused = () => {
    if (moving) {
      moving = "";
      outbox.flush();
      return false;
    }
    return going.size > 0 && going.delete(going.values().next().value);
  };
  const out = room => {
    const talk = talks.room(room);
    leaving = "";
    if (talk) forget(talk);
  };

  return {
    entered, forget, go, visit, leave, speakIn, again, refused, out,
    reset: () => {
      going.clear();
      moving = leaving = "";
    },
    get isMoving() {
      return Boolean(moving);
    },
  };
})();
