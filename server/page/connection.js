// The WebSocket: opened, watched, opened again. What is said on it is not its matter.
// Invariant: at most one socket is listened to; one that answers nothing is given up.
const connection = (() => {
  const PATIENCE = 8000;
  const LONGEST = 20000;
  let socket = null;
  let state = "off";
  let tries = 0;
  let timer = 0;
  let doubt = 0;
  // Asks the other end something, if it can be asked.
  let question = () => false;

  const become = now => {
    if (state === now) return;
    state = now;
    bus.tell("link", now);
  };
  const open = () => {
    drop();
    become("connecting");
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const mine = (socket = new WebSocket(scheme + location.host + "/ws"));
    doubt = setTimeout(lost, PATIENCE);
    mine.onopen = () => become("on");
    mine.onmessage = event => {
      clearTimeout(doubt);
      let message = null;
      try {
        message = JSON.parse(event.data);
      } catch (_) {}
      if (message && typeof message.type === "string") bus.tell("message", message);
    };
    mine.onclose = mine.onerror = () => mine === socket && lost();
  };
  // Forgets a socket at once: one without a network takes a minute to close.
  const drop = () => {
    clearTimeout(timer);
    clearTimeout(doubt);
    if (!socket) return;
    const old = socket;
    socket = old.onopen = old.onmessage = old.onclose = old.onerror = null;
    old.close();
  };
  // Waits longer from try to try, and never as long as others who were lost at the same time.
  const lost = () => {
    drop();
    const wait = Math.min(LONGEST, 400 * Math.pow(2, tries++)) * (0.5 + Math.random() / 2);
    timer = setTimeout(open, wait);
    become("lost");
  };
  const close = () => {
    drop();
    become("off");
  };
  const retry = () => state === "lost" && open();
  // Whether the other end is still there shows in anything that it sends within this time.
  const probe = () => {
    if (state !== "on") return retry();
    if (!question()) return;
    clearTimeout(doubt);
    doubt = setTimeout(() => (lost(), retry()), PATIENCE);
  };
  window.addEventListener("online", probe);
  window.addEventListener("offline", probe);
  document.addEventListener("visibilitychange", () => document.hidden || probe());

  return {
    open, close, retry, probe,
    watch: asks => (question = asks),
    settled: () => (tries = 0),
    send: (line, mark) => socket.send(JSON.stringify(mark ? { line, mark } : { line })),
    get isOn() {
      return state === "on";
    },
    get state() {
      return state;
    },
  };
})();
