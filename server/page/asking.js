// Commands and their answers: which answers are for the user, and in which conversation they are shown.
const asking = (() => {
  // Answers that only the page has asked for.
  let quietly = {};
  // Where the answers to the user's commands are shown.
  let asker = null;
  let askedAt = 0;

  const send = line => connection.isOn && connection.send(line);
  const ask = (what, line) => {
    quietly[what]++;
    send(line);
  };
  // A command of the user's, in a conversation.
  const command = (talk, line) => {
    asker = talk;
    askedAt = Date.now();
    earlier.forget();
    if (!connection.isOn || session.stage !== "in") return answer({ type: "error", text: words.say("offline"), time: Date.now() / 1000 });
    if (talk.kind === "#" && !/^\/leave /.test(line)) rooms.speakIn(talk.name);
    send(line);
  };
  const answer = line => {
    const isFresh = asker && Date.now() - askedAt < 20000 && talks.find(asker.kind, asker.name);
    const shown = isFresh ? asker : talks.current;
    if (shown) talks.add(shown, Object.assign({ asked: true }, line));
  };
  // The answer to something that may have been asked by the page alone.
  const answered = (what, message) => {
    if (quietly[what] > 0) return void quietly[what]--;
    answer({ type: "info", text: message.text, time: message.time });
  };

  return {
    send, ask, command, answer, answered,
    reset: () => (quietly = { here: 0, rooms: 0 }),
    isBy: talk => asker === talk && Date.now() - askedAt < 20000,
  };
})();
