// What stands around the lines: the list of conversations, the head, who is here, and how things stand.
const panels = (() => {
  const { at, make, fill } = dom;
  const app = at("app");

  // The list
  const entry = talk => {
    const is = talk === talks.current;
    const isOff = talk.kind === "@" && !talk.connected;
    const count = talk.unread > 99 ? "99+" : String(talk.unread);
    return make("li", {},
      make("button", { type: "button", className: "talk" + (isOff ? " off" : ""), "aria-current": is ? "true" : null, onclick: () => (talks.select(talk), show("")) },
        make("span", { className: "sign", "aria-hidden": "true" }, talk.kind === "#" ? "#" : talk.connected ? "●" : "○"),
        make("span", { className: "name" }, talk.name),
        isOff && make("small", { className: "hidden" }, words.say("disconnected")),
        talk.unread > 0 && make("span", { className: talk.mentions ? "count loud" : "count" }, count, make("span", { className: "hidden" }, " " + words.say("unreadToo")))));
  };
  const list = dom.soon(() => {
    const focus = document.activeElement && document.activeElement.closest("#rooms li, #talks li");
    const [parent, place] = focus ? [focus.parentNode, [...focus.parentNode.children].indexOf(focus)] : [];
    fill(at("rooms"), talks.each("#").map(entry));
    fill(at("talks"), talks.each("@").map(entry));
    at("talks-title").hidden = !talks.each("@").length;
    if (parent && parent.children[place]) parent.children[place].firstChild.focus();
    const elsewhere = talks.each().filter(talk => talk !== talks.current);
    const unread = elsewhere.reduce((sum, talk) => sum + talk.unread, 0);
    const badge = at("badge");
    badge.hidden = !unread;
    badge.className = elsewhere.some(talk => talk.mentions) ? "count loud" : "count";
    fill(badge, unread > 99 ? "99+" : String(unread), make("span", { className: "hidden" }, " " + words.say("unreadToo")));
    at("me").textContent = session.me.name;
  });

  // The head, and who is here
  const head = dom.soon(() => {
    const talk = talks.current;
    if (!talk) return;
    const isRoom = talk.kind === "#";
    fill(at("title"), isRoom && make("span", { className: "sign", "aria-hidden": "true" }, "#"), talk.name);
    at("topic").textContent = isRoom ? talk.topic || "" : words.say(talk.connected ? "privately" : "disconnected");
    at("topic").title = at("topic").textContent;
    at("topic").className = isRoom || talk.connected ? "" : "off";
    const count = isRoom ? talk.here.length + talk.more : 0;
    at("open-people").hidden = !isRoom;
    at("how-many").textContent = String(count);
    at("open-people").setAttribute("aria-label", words.say("peopleHere") + ": " + count);
    app.classList.toggle("alone", !isRoom);
    fill(at("here"), isRoom && people(talk));
    at("here-title").textContent = words.say("inRoom", count);
    bus.tell("target");
  });
  const people = talk => {
    const order = (one, other) => session.isMe(other) - session.isMe(one) || one.localeCompare(other);
    const shown = talk.here.slice().sort(order).slice(0, 300);
    const rest = talk.here.length + talk.more - shown.length;
    const isAway = name => (talk.away || []).some(other => talks.same(name, other));
    const all = shown.map(name => person(name, session.isMe(name) ? "you" : isAway(name) ? "away" : ""));
    if (rest > 0) all.push(make("li", { className: "rest" }, words.say("moreHere", rest)));
    return all.concat(talks.directs.map(name => person(name, "direct")));
  };
  const person = (name, note) => {
    const parts = [make("span", { className: "name" }, name), note && make("small", {}, words.say(note))];
    if (note === "you") return make("li", {}, make("span", { className: "talk" }, parts));
    return make("li", {}, make("button", { type: "button", className: "talk", title: words.say("talkTo", name), onclick: () => (talkTo(name), show("")) }, parts));
  };
  const talkTo = name => {
    const talk = talks.open("@", name);
    talks.select(talk);
    at("say").focus();
  };

  // How things stand: one line, the most urgent one
  const standing = () => {
    const waiting = outbox.waiting;
    const also = waiting ? "; " + words.say("waiting", waiting) : "";
    const { over } = session;
    if (session.stage === "again" || (session.stage === "in" && !connection.isOn)) {
      if (over && over.why === "stopping") return ["lost", words.say("overStopping") + ". " + words.say("overStoppingHint") + (waiting ? " " + words.say("waiting", waiting) : "")];
      if (over && over.why === "full") return ["lost", over.text + also];
      const isFirst = connection.isOn || (connection.state === "connecting" && !wasLost);
      return ["lost", words.say(isFirst ? "connecting" : "offline") + also, true];
    }
    if (session.stage !== "in") return null;
    if (session.muted) return ["muted", session.muted];
    if (session.slow) return ["slow", session.slow];
    const { back } = session;
    if (back) return ["back", back.lines ? words.say("back", back.lines) : words.say("backNone")];
    return null;
  };
  let wasLost = false;
  bus.on("link", link => {
    if (link === "lost") wasLost = true;
  });
  bus.on("stage", stage => {
    if (stage === "in") wasLost = false;
  });
  let told = "";
  const status = dom.soon(() => {
    const now = standing();
    const text = now ? now[1] : "";
    at("status").className = now ? now[0] : "";
    at("retry").hidden = !(now && now[2]);
    if (text !== told) at("status-text").textContent = told = text;
    at("app").classList.toggle("lost", Boolean(now) && now[0] === "lost");
  });
  at("retry").onclick = connection.retry;

  // The last face of a connection
  const FACES = { kicked: "overKicked", banned: "overBanned", full: "overFull", elsewhere: "overElsewhere", quit: "overQuit", slow: "overSlow" };
  const end = () => {
    const { over, stage } = session;
    at("over").hidden = stage !== "over";
    at("composer").hidden = stage === "over";
    if (stage !== "over") return;
    at("over-title").textContent = words.say(FACES[over.why] || "overOther");
    at("over-text").textContent = over.text || "";
    at("come-back").textContent = words.say(over.why === "elsewhere" ? "useHere" : "comeBack");
    at("come-back").focus();
  };
  at("come-back").onclick = session.comeBack;

  // Drawers: on a small screen the list and the people come over the lines.
  const show = side => {
    const opens = { list: at("open-list"), people: at("open-people") };
    app.dataset.side = side;
    Object.keys(opens).forEach(key => opens[key].setAttribute("aria-expanded", String(key === side)));
    if (side) (at(side === "list" ? "list" : "people").querySelector("[aria-current], button") || at(side)).focus();
  };
  const toggle = side => () => {
    const isOpen = app.dataset.side === side;
    show(isOpen ? "" : side);
    if (isOpen) at("open-" + side).focus();
  };
  at("open-list").onclick = toggle("list");
  at("open-people").onclick = toggle("people");
  at("veil").onclick = () => show("");
  document.addEventListener("keydown", event => {
    const { side } = app.dataset;
    if (event.key !== "Escape" || !side || sheet.isOpen) return;
    show("");
    at("open-" + side).focus();
  });

  bus.on("list selected lang stage closed", list);
  bus.on("people list selected lang", head);
  bus.on("status link stage lang", status);
  bus.on("stage lang", end);

  return { talkTo, show };
})();
