// What was said before, asked for page by page from the head of a log.
// The server ends no answer, so one is over when a while nothing of it has come.
const earlier = (() => {
  const QUIET = 2500;
  const PAGES = 4;
  // The room that is asked about, how many of its lines are new to the page, and in how many pages so far.
  let now = null;
  // The room that the next page of the server is about.
  let chain = null;
  let timer = 0;

  const ask = talk => {
    now = { talk, found: 0, pages: 1 };
    rooms.speakIn(talk.name);
    asking.send(chain === talk ? "/more" : "/history 100");
    chain = talk;
    wait();
    bus.tell("earlier", talk);
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(end, QUIET);
  };
  const end = () => {
    const { talk, found } = now;
    now = null;
    talk.isWhole = !found;
    bus.tell("earlier", talk);
  };
  // Takes a line of such an answer; one that is here already is left out.
  const line = (message, line) => {
    if (!now || !talks.same(message.room, now.talk.name)) return false;
    wait();
    if (talks.addEarlier(now.talk, line)) now.found++;
    return true;
  };
  // Takes what stands around the lines.
  const note = text => {
    if (!now) return false;
    wait();
    const hasMore = /\/(more|mais)$/.test(text);
    if (hasMore && !now.found && now.pages++ < PAGES) asking.send("/more");
    else if (hasMore && now.found) end();
    return true;
  };
  bus.on("link", () => now && (clearTimeout(timer), end(), (chain = null)));

  return {
    ask, line, note,
    // Other questions of the user's begin another chain.
    forget: () => (chain = null),
    isAsked: talk => Boolean(now) && now.talk === talk,
  };
})();
