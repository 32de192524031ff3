// The lines of a conversation as rows. Each conversation has a log of its own, so that a screen reader hears
// what is new and not what is shown again.
// Invariant: a row is a function of its line and of the one before it.
const log = (() => {
  const NEAR = 48;
  const GROUP = 300;
  const stack = dom.at("logs");
  const down = dom.at("down");

  const view = talk => {
    if (talk.view) return talk.view;
    const list = dom.make("div", { className: "log", role: "log", tabIndex: 0, "aria-live": "polite", "aria-label": words.say("log", talk.name) });
    list.hidden = talk !== talks.current;
    // Not a part of what is packed for a reload.
    Object.defineProperty(talk, "view", { value: { list, rows: new Map(), bottom: true, top: 0, fresh: 0 }, enumerable: false, configurable: true });
    list.addEventListener("scroll", () => scrolled(talk));
    list.addEventListener("keydown", event => walk(event, list));
    list.addEventListener("click", event => pick(event, list));
    if (talk.kind === "#") list.append(dom.make("button", { type: "button", className: "earlier", onclick: () => earlier.ask(talk) }, words.say("earlier")));
    stack.append(list);
    talk.lines.forEach(line => insert(talk, line));
    return talk.view;
  };
  const isLow = list => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  const scrolled = talk => {
    const it = talk.view;
    if (it.list.hidden) return;
    it.top = it.list.scrollTop;
    it.bottom = isLow(it.list);
    if (it.bottom) it.fresh = 0;
    offer(talk);
  };
  // Who reads further up stays there, and is told what came.
  const settle = talk => {
    const it = view(talk);
    if (it.list.hidden) return;
    it.list.scrollTop = it.bottom ? it.list.scrollHeight : it.top;
    offer(talk);
  };
  const offer = talk => {
    const it = talk.view;
    down.hidden = it.bottom;
    down.textContent = it.fresh ? words.say("newLines", it.fresh) + " ↓" : "↓";
    down.setAttribute("aria-label", it.fresh ? words.say("newLines", it.fresh) : words.say("latest"));
  };
  const settleSoon = dom.soon(() => talks.current && settle(talks.current));
  const toEnd = talk => {
    view(talk).bottom = true;
    settle(talk);
  };

  const insert = (talk, line) => {
    const it = view(talk);
    if (it.rows.has(line.n)) return;
    const row = dom.make("div", { className: "row" });
    const place = talk.lines.indexOf(line);
    const next = talk.lines[place + 1];
    it.rows.set(line.n, row);
    draw(talk, place);
    it.list.insertBefore(row, (next && it.rows.get(next.n)) || null);
    if (next) draw(talk, place + 1);
  };
  const day = time => new Date(time * 1000).toDateString();
  const isTold = line => ["line", "action", "private"].includes(line.type);
  const continues = (line, before) =>
    before && isTold(before) && line.type !== "action" && before.type !== "action" && !line.re && line.from === before.from &&
    line.time - before.time < GROUP && Boolean(line.asked) === Boolean(before.asked) && line.place === before.place;

  const draw = (talk, place) => {
    const it = view(talk);
    const line = talk.lines[place];
    const row = line && it.rows.get(line.n);
    if (!row) return;
    const before = talk.lines[place - 1];
    const isNewDay = line.time && isTold(line) && !line.asked && (!before || day(before.time) !== day(line.time));
    const isUnread = talk.divider === line.n;
    const joins = !isNewDay && !isUnread && continues(line, before);
    row.className = ["row", line.type, line.own && "own", line.mention && line.type !== "private" && "mention", joins && "joins", line.asked && "asked", line.state, line.deleted && "deleted", row.classList.contains("picked") && "picked"].filter(Boolean).join(" ");
    dom.fill(
      row,
      isNewDay && dom.make("p", { className: "day" }, dom.make("span", {}, dayName(line.time))),
      isUnread && dom.make("p", { className: "unread" }, dom.make("span", {}, words.say("unreadMark"))),
      isTold(line) ? told(talk, line, joins) : dom.make("p", { className: "note" }, dom.rich(line.text)),
    );
  };
  const two = number => String(number).padStart(2, "0");
  const clock = time => {
    const at = new Date(time * 1000);
    return two(at.getHours()) + ":" + two(at.getMinutes());
  };
  const dayName = time => {
    const at = new Date(time * 1000);
    const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
    if (ago === 0) return words.say("today");
    if (ago === 1) return words.say("yesterday");
    const form = { weekday: "long", day: "numeric", month: "long" };
    if (ago > 300) form.year = "numeric";
    return at.toLocaleDateString(document.documentElement.lang, form);
  };
  const told = (talk, line, joins) => {
    const time = dom.make("time", { dateTime: new Date(line.time * 1000).toISOString(), title: new Date(line.time * 1000).toLocaleString(document.documentElement.lang) },
      (line.day && day(line.time) !== day(Date.now() / 1000) ? dayName(line.time) + " " : "") + clock(line.time));
    const text = line.deleted ? dom.make("i", {}, words.say("deleted")) : dom.rich(line.text);
    const body = dom.make("div", { className: "text" },
      line.type === "action" && [dom.make("b", {}, line.from), " "],
      text,
      line.type === "action" && [" ", time],
      line.edited && !line.deleted && dom.make("small", {}, " " + words.say("edited")),
      state(talk, line));
    return [
      line.type !== "action" && dom.make("div", { className: "head" }, dom.make("b", {}, line.from), line.place && dom.make("small", {}, "#" + line.place), time),
      line.quote && dom.make("blockquote", {}, dom.make("b", {}, line.quote.from), " ", line.quote.text),
      body,
      line.state === "failed" && trouble(talk, line),
      reactions(line),
      line.id && !line.asked && !line.deleted && more(talk, line),
    ];
  };
  const state = (talk, line) => line.state && line.state !== "failed" && dom.make("small", { className: "state" }, " " + words.say(line.state === "waiting" ? "waits" : "sending"));
  const trouble = (talk, line) =>
    dom.make("div", { className: "trouble" },
      words.say("notSaid") + (line.why ? ": " + line.why : "") + " ",
      dom.make("button", { type: "button", onclick: () => outbox.again(talk, line) }, words.say("again")),
      dom.make("button", { type: "button", onclick: () => talks.remove(talk, line) }, words.say("drop")));
  const reactions = line => {
    if (!line.reactions || !line.reactions.length) return null;
    const by = new Map();
    line.reactions.forEach(([word, who]) => by.set(word, (by.get(word) || []).concat(who)));
    return dom.make("div", { className: "reactions" }, [...by].map(([word, who]) =>
      dom.make("span", { title: who.join(", ") }, word, " ", dom.make("small", {}, who.length > 1 ? String(who.length) : who[0]))));
  };
  const more = (talk, line) =>
    dom.make("button", { type: "button", className: "more", tabIndex: -1, "aria-label": words.say("actions", line.from), "aria-haspopup": "dialog",
      onclick: event => bus.tell("actions", talk, line, event.currentTarget) }, "⋯");

  // On a phone a touch shows what can be done with a line.
  const pick = (event, list) => {
    const row = event.target.closest(".row");
    list.querySelectorAll(".picked").forEach(other => other !== row && other.classList.remove("picked"));
    if (row && !event.target.closest("a, button") && !String(window.getSelection())) row.classList.toggle("picked");
  };
  // From the log, the arrows walk through the lines that have actions.
  const walk = (event, list) => {
    if (event.key === "Escape") return dom.at("say").focus();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const buttons = [...list.querySelectorAll(".more")];
    const place = buttons.indexOf(document.activeElement);
    const next = place < 0 ? buttons[buttons.length - 1] : buttons[place + (event.key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.closest(".row").scrollIntoView({ block: "nearest" });
  };

  bus.on("line", (talk, line) => {
    const it = view(talk);
    const height = it.list.scrollHeight;
    insert(talk, line);
    // What is added above does not move what is read.
    if (line.old && talk.lines.indexOf(line) + 1 < talk.lines.length) it.top += it.list.scrollHeight - height;
    else if (!it.bottom && !line.own) it.fresh++;
    if (line.own && line.state) it.bottom = true;
    if (talk === talks.current) settleSoon();
  });
  bus.on("row", (talk, line) => {
    draw(talk, talk.lines.indexOf(line));
    if (talk === talks.current) settleSoon();
  });
  bus.on("moved", (talk, line) => {
    const row = view(talk).rows.get(line.n);
    talk.view.rows.delete(line.n);
    row.remove();
    insert(talk, line);
  });
  bus.on("dropped", (talk, line) => {
    const row = talk.view && talk.view.rows.get(line.n);
    if (!row) return;
    if (!talk.view.bottom && !talk.view.list.hidden) talk.view.top -= row.offsetHeight;
    row.remove();
    talk.view.rows.delete(line.n);
  });
  bus.on("closed", talk => talk.view && talk.view.list.remove());
  bus.on("selected", (talk, before) => {
    if (before && before.view) before.view.list.hidden = true;
    view(talk).list.hidden = false;
    settle(talk);
  });
  bus.on("lang", () => talks.each().forEach(talk => talk.view && talk.lines.forEach((_, place) => draw(talk, place))));
  // The keyboard of a phone takes half of the room: the last line stays in sight.
  if (window.ResizeObserver) new ResizeObserver(() => talks.current && settle(talks.current)).observe(stack);
  bus.on("earlier", talk => {
    const button = view(talk).list.querySelector(".earlier");
    button.hidden = Boolean(talk.isWhole);
    button.disabled = earlier.isAsked(talk);
  });
  down.onclick = () => {
    toEnd(talks.current);
    dom.at("say").focus();
  };

  return { toEnd };
})();
