// The one dialog: at the bottom of a phone, beside what opened it elsewhere. It keeps the focus until it is
// closed, and gives it back.
const sheet = (() => {
  const shade = dom.at("shade");
  const box = dom.at("sheet");
  const title = dom.at("sheet-title");
  const body = dom.at("sheet-body");
  let opener = null;
  let onClose = null;

  const open = (name, content, beside, closed) => {
    close();
    opener = document.activeElement;
    onClose = closed;
    title.textContent = name;
    dom.fill(body, content);
    shade.hidden = false;
    place(beside);
    const first = body.querySelector("input, button, a, [tabindex='0']") || dom.at("sheet-close");
    first.focus();
  };
  const place = beside => {
    box.style.top = box.style.left = "";
    box.className = shade.className = "";
    if (!beside || window.innerWidth < 700) return;
    const { bottom, top, right } = beside.getBoundingClientRect();
    const below = bottom + box.offsetHeight + 8 < window.innerHeight;
    box.className = shade.className = "beside";
    box.style.top = Math.max(8, below ? bottom + 4 : top - box.offsetHeight - 4) + "px";
    box.style.left = Math.max(8, right - box.offsetWidth) + "px";
  };
  const close = () => {
    if (shade.hidden) return;
    shade.hidden = true;
    if (opener && document.contains(opener)) opener.focus();
    const then = onClose;
    onClose = null;
    if (then) then();
  };
  shade.addEventListener("mousedown", event => event.target === shade && close());
  dom.at("sheet-close").onclick = close;
  shade.addEventListener("keydown", event => {
    if (event.key === "Escape") close();
    const stops = [...box.querySelectorAll("a, button, input")].filter(it => !it.disabled && it.offsetParent);
    const place = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && stops[place + step]) {
      event.preventDefault();
      return stops[place + step].focus();
    }
    if (event.key !== "Tab") return;
    event.preventDefault();
    stops[(place + (event.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
  });

  // A row of a menu; it closes the sheet first, so that what it opens gets the focus.
  const item = (name, act, note) =>
    dom.make("button", { type: "button", className: "item", onclick: () => (close(), act()) }, dom.make("span", {}, name), note && dom.make("small", {}, note));
  // A field with a button.
  const ask = (name, properties, act, button, hint) => {
    const field = dom.make("input", Object.assign({ autocapitalize: "off", spellcheck: false }, properties, { "aria-label": name }));
    const form = dom.make("form", { className: "ask" }, hint && dom.make("p", {}, hint), properties.type === "password" && account(), field, dom.make("button", { className: "first" }, button));
    form.onsubmit = event => {
      event.preventDefault();
      const text = field.value.trim();
      close();
      if (text || properties.type === "password") act(text);
    };
    return form;
  };
  // So that a password manager knows whose password it is.
  const account = () => dom.make("input", { type: "text", name: "username", autocomplete: "username", value: session.me.name, hidden: true });

  return {
    open, close, item, ask,
    get isOpen() {
      return !shade.hidden;
    },
  };
})();
