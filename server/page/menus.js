// The menus: of a line, of the user, of rooms; and the jump to a conversation.
const menus = (() => {
  const { at, make } = dom;
  const REACTIONS = ["👍", "❤️", "😂", "🎉", "👀", "+1"];

  bus.on("actions", (talk, line, button) => {
    const id = line.id;
    const isRoom = talk.kind === "#";
    sheet.open(line.from, [
      isRoom && make("div", { className: "choices", role: "group", "aria-label": words.say("react") }, REACTIONS.map(word =>
        make("button", { type: "button", onclick: () => (sheet.close(), outbox.say(talk, "/react " + id + " " + word)) }, word))),
      isRoom && sheet.item(words.say("reply"), () => composer.answer(line)),
      line.own && sheet.item(words.say("edit"), () => composer.edit(line)),
      line.own && sheet.item(words.say("delete"), () => outbox.say(talk, "/delete " + id)),
      !line.own && sheet.item(words.say("talkTo", line.from), () => panels.talkTo(line.from)),
    ], button);
  });

  // Rooms
  let shown = null;
  const others = () => {
    shown = make("div", {});
    sheet.open(words.say("otherRooms"), [
      sheet.ask(words.say("newRoom"), { placeholder: words.say("newRoom"), maxLength: 50 }, rooms.visit, words.say("go")),
      shown,
    ], at("find-rooms"), () => (shown = null));
    // The keyboard of a phone would cover the list.
    if (window.matchMedia("(hover: none)").matches) at("sheet-close").focus();
    asking.ask("rooms", "/rooms");
  };
  bus.on("rooms", list => shown && dom.fill(shown, list.filter(room => !room.yours).map(room =>
    sheet.item("# " + room.name, () => rooms.visit(room.name), words.say("inRoom", room.count)))));
  at("find-rooms").onclick = () => {
    panels.show("");
    others();
  };

  // The user
  const me = () => {
    const talk = talks.current;
    const onOff = what => words.say(alerts.wants(what) ? "on" : "off");
    sheet.open(session.me.name, [
      sheet.item(words.say("passOn"), address),
      sheet.item(words.say("sound"), () => alerts.toggle("sound"), onOff("sound")),
      alerts.canNotify && sheet.item(words.say("notify"), () => alerts.toggle("notify"), onOff("notify")),
      sheet.item(words.say("changeName"), () => sheet.open(words.say("changeName"), sheet.ask(words.say("yourName"), { value: session.me.name, maxLength: 50 }, name => asking.command(talks.current, "/nick " + name), words.say("save")))),
      sheet.item(words.say("protect"), () => sheet.open(words.say("protect"), sheet.ask(words.say("protect"), { type: "password", autocomplete: "new-password", maxLength: 128 }, text => text && asking.command(talks.current, "/register " + text), words.say("save"), words.say("protectHint")))),
      sheet.item(words.say("language"), () => session.lang(words.other)),
      sheet.item(words.say("keys"), () => sheet.open(words.say("keys"), make("p", {}, words.say("keysText")))),
      talk && sheet.item(talk.kind === "#" ? words.say("leave", talk.name) : words.say("closeTalk"), () => rooms.leave(talk)),
      sheet.item(words.say("quit"), session.quit),
    ], at("menu"));
  };
  at("menu").onclick = me;
  bus.on("operator", () => sheet.open(words.say("operator"), sheet.ask(words.say("operator"), { type: "password", autocomplete: "off", maxLength: 128 }, session.password, words.say("send"))));

  // The address, which is of no use to others where it names this computer itself.
  const address = () => {
    const isOwn = /^(localhost|127\.|\[::1\])/.test(location.hostname);
    sheet.open(words.say("passOn"), [
      make("p", {}, words.say(isOwn ? "passOnOwn" : "passOnHint")),
      !isOwn && make("p", { className: "address" }, location.href),
      !isOwn && make("div", { className: "code" }, qr.image(location.href, words.say("scan"))),
    ]);
  };

  // Ctrl+K
  const jump = () => {
    const results = make("div", {});
    const field = make("input", { type: "search", autocapitalize: "off", spellcheck: false, autocomplete: "off", placeholder: words.say("jump"), "aria-label": words.say("jump") });
    const all = () => {
      const known = talks.each().map(talk => [talk.kind + " " + talk.name, talk.name, () => talks.select(talk), talk.unread]);
      const names = new Set(talks.each("#").reduce((names, talk) => names.concat(talk.here), []));
      const people = [...names].filter(name => !session.isMe(name) && !talks.person(name));
      return known.concat(people.map(name => ["@ " + name, name, () => panels.talkTo(name), 0]));
    };
    const find = () => {
      const typed = talks.fold(field.value.replace(/^[#@]\s*/, ""));
      const found = all().filter(([, name]) => talks.fold(name).includes(typed)).sort((one, other) => other[3] - one[3]).slice(0, 12);
      dom.fill(results, found.map(([shown, , act, unread]) => sheet.item(shown, () => (act(), at("say").focus()), unread ? words.say("unread", unread) : "")));
      if (!found.length) dom.fill(results, make("p", {}, words.say("nothing")));
    };
    const form = make("form", { className: "ask" }, field);
    form.onsubmit = event => {
      event.preventDefault();
      const first = results.querySelector("button");
      if (first) first.click();
    };
    field.oninput = find;
    find();
    sheet.open(words.say("jump"), [form, results]);
  };
  document.addEventListener("keydown", event => {
    if (session.stage !== "in" && session.stage !== "again") return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return sheet.isOpen ? sheet.close() : jump();
    }
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const all = talks.each("#").concat(talks.each("@"));
    const place = all.indexOf(talks.current) + (event.key === "ArrowUp" ? -1 : 1);
    talks.select(all[(place + all.length) % all.length]);
  });
})();
