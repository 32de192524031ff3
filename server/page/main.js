// The beginning: the language, the room of the address, what the tab remembers; and the keeping of it.
const start = () => {
  const languages = navigator.languages || [navigator.language || "en"];
  const first = languages.find(code => /^(en|pt)/i.test(code)) || "en";
  words.choose(keep.browser("lang") || first.slice(0, 2).toLowerCase());
  words.apply();

  let room = "";
  try {
    room = decodeURIComponent(location.pathname.slice(1));
  } catch (_) {}
  session.start(talks.same(room, "lobby") ? "" : room);
  dom.at("room-hint").textContent = room && !talks.same(room, "lobby") ? words.say("toRoom", room) : words.say("welcome");

  const kept = keep.tab("state");
  if (kept && kept.session.me.key) {
    talks.unpack(kept.talks);
    outbox.unpack(kept.outbox);
    session.unpack(kept.session);
    messages.unpack(kept.writer);
    outbox.wait();
    talks.select(talks.find(kept.current[0], kept.current.slice(1)) || talks.each()[0]);
    bus.tell("stage", session.stage);
    connection.open();
  } else {
    enter.suggest(keep.browser("name") || "");
    enter.show();
  }
  bus.tell("list");
};

const pack = () => {
  if (!session.me.key || session.stage === "over" || session.stage === "out") return;
  const { current } = talks;
  keep.toTab("state", { talks: talks.pack(), outbox: outbox.pack(), session: session.pack(), writer: messages.lastWriter, current: current ? current.kind + current.name : "#" });
};
let packing = 0;
bus.on("changed status row line", () => {
  packing = packing || setTimeout(() => ((packing = 0), pack()), 1000);
});
window.addEventListener("pagehide", pack);
document.addEventListener("visibilitychange", () => (document.hidden ? pack() : talks.attend()));

bus.on("lang", words.apply);
// The address is that of the room, so that a reload and a passed on address lead there.
bus.on("selected", talk => {
  if (talk.kind !== "#") return;
  history.replaceState(null, "", "/" + (talks.same(talk.name, "lobby") ? "" : encodeURIComponent(talk.name)));
});

// The height that the keyboard of a phone leaves, for browsers whose units do not know it.
if (window.visualViewport) {
  const fit = () => {
    document.documentElement.style.setProperty("--height", window.visualViewport.height + "px");
    window.scrollTo(0, 0);
  };
  window.visualViewport.addEventListener("resize", fit);
  fit();
}

start();
