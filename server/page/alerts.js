// What reaches a user who looks elsewhere: the title, a dot on the icon, a sound, a notification.
// Sound and notifications are off until they are chosen.
const alerts = (() => {
  const icon = dom.make("link", { rel: "icon" });
  let shown = "";
  let audio = null;

  const draw = count => {
    const dot = count ? "<circle cx='24' cy='8' r='8' fill='#e5484d'/>" : "";
    const bubble = "<path d='M4 6h24v16H14l-7 6v-6H4z' fill='#0a7a5a'/>";
    return "data:image/svg+xml," + encodeURIComponent("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>" + bubble + dot + "</svg>");
  };
  const title = dom.soon(() => {
    const each = talks.each();
    const count = each.reduce((sum, talk) => sum + talk.mentions, 0);
    const unread = each.some(talk => talk.unread);
    const name = talks.current ? talks.current.name + " · " : "";
    document.title = (count ? "(" + count + ") " : unread ? "• " : "") + name + "papo";
    const now = draw(count);
    if (now !== shown) icon.href = shown = now;
  });
  // Two short notes that rise.
  const beep = () => {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (!Audio) return;
    audio = audio || new Audio();
    [523, 784].forEach((pitch, place) => {
      const note = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + place * 0.09;
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0.08, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.25);
      note.connect(volume).connect(audio.destination);
      note.start(start);
      note.stop(start + 0.3);
    });
  };
  const canNotify = window.isSecureContext && "Notification" in window;
  const wants = what => keep.browser(what) === true;
  const notify = (talk, line) => {
    if (!canNotify || !wants("notify") || Notification.permission !== "granted") return;
    try {
      const shown = new Notification(line.from + (talk.kind === "#" ? " · " + talk.name : ""), { body: line.text, tag: talk.kind + talk.name });
      shown.onclick = () => {
        window.focus();
        talks.select(talk);
        shown.close();
      };
    } catch (_) {}
  };
  bus.on("news", (talk, line) => {
    if (!line.mention || (!document.hidden && talk === talks.current)) return;
    if (wants("sound")) beep();
    if (document.hidden) notify(talk, line);
  });
  bus.on("list selected stage", title);
  draw(0);
  document.head.append(icon);
  icon.href = shown = draw(0);

  return {
    canNotify,
    wants,
    toggle: what => {
      const on = !wants(what);
      keep.toBrowser(what, on);
      if (on && what === "sound") beep();
      if (on && what === "notify") Notification.requestPermission().then(answer => keep.toBrowser(what, answer === "granted"));
      return on;
    },
  };
})();
