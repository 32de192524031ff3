// The field in which one writes: what is typed becomes what is sent.
// Invariant: nothing is lost from the field that was not handed to the outbox or the server.
const composer = (() => {
  const { at } = dom;
  const field = at("say");
  const form = at("composer");
  // A line carries 1024 bytes with its mark and what stands before its text.
  const BYTES = 900;
  const MANY = 5;
  const SECRET = /^\/(register|registrar|password|senha|admin|operador)\b/i;
  // What stands on the field: an answer to a line, or the correction of one.
  let task = null;
  let history = [];
  let recalled = -1;

  const COMMANDS = {
    private: "private para privado msg tell query w whisper pm dm",
    reply: "reply responder r",
    me: "me eu action",
    join: "join entrar sala canal j room channel",
    also: "also também tambem",
    leave: "leave deixar part close",
    marked: "edit corrigir editar delete apagar del react reagir pin fixar",
  };
  const VISIBLE = [
    "also away back delete edit help history ignore join lang leave me more nick online password pins private quit react register reply rooms search seen topic unregister whois zone",
    "ajuda apagar ausente buscar corrigir deixar desregistrar entrar eu fixadas fuso histórico idioma ignorar mais nome para quem quemé reagir registrar responder sair salas senha também tópico visto voltei",
  ];
  const meaning = word => Object.keys(COMMANDS).find(key => COMMANDS[key].split(" ").includes(word.toLowerCase()));

  // Sending
  const submit = sure => {
    const talk = talks.current;
    const text = field.value;
    if (!talk || !text.trim() || at("send").disabled) return;
    if (task && task.what === "edit") outbox.say(talk, "/edit " + task.line.id + " " + oneLine(text));
    else if (task) answerTo(talk, task.line, oneLine(text));
    else if (lines(text).length > MANY && !sure) return surely(lines(text).length);
    else lines(text).forEach(line => say(talk, line));
    if (!SECRET.test(text)) history = history.filter(other => other !== text).concat(text).slice(-50);
    put("");
    log.toEnd(talk);
  };
  // A paste by mistake is not said.
  const surely = count => sheet.open(words.say("manyLines", count), sheet.item(words.say("send"), () => submit(true)), at("send"));
  const oneLine = text => text.split(/\s*\n\s*/).join(" ").trim();
  const lines = text => text.split("\n").map(line => line.replace(/\s+$/, "")).filter(Boolean).reduce((all, line) => all.concat(parts(line)), []);
  // A long line goes as several, cut between words.
  const parts = line => {
    const found = [];
    let part = "";
    (line.match(/^\s+|\S+\s*/g) || []).reduce((words, word) => words.concat(chunks(word)), []).forEach(word => {
      if (bytes(part + word) > BYTES) {
        found.push(part.trimEnd ? part.trimEnd() : part);
        part = "";
      }
      part += word;
    });
    return found.concat(part);
  };
  const chunks = word => {
    const found = [""];
    if (bytes(word) <= BYTES) return [word];
    [...word].forEach(letter => {
      if (bytes(found[found.length - 1] + letter) > BYTES) found.push("");
      found[found.length - 1] += letter;
    });
    return found;
  };
  const bytes = text => unescape(encodeURIComponent(text.replace(/[\ud800-\udfff]/g, "xx"))).length;

  const say = (talk, line) => {
    const start = line.replace(/^\s+/, "");
    const [, word, rest] = /^\/([^\s/]+)\s*([^]*)$/.exec(start) || [];
    if (word) return command(talk, start, word, rest);
    const [, name, told] = /^@(\S+?)[:,]?\s+([^]+)$/.exec(start) || [];
    if (name) return tell(name, told);
    if (talk.kind === "@") return toPerson(talk, start.replace(/^\/\//, "/"));
    outbox.say(talk, line, { type: "line", text: line.replace(/^(\s*)\/\//, "$1/") });
  };
  const toPerson = (talk, text) => outbox.say(talk, "@" + talk.name + " " + text, { type: "private", text });
  const tell = (name, text) => {
    const talk = talks.open("@", name);
    toPerson(talk, text);
    talks.select(talk);
  };
  const answerTo = (talk, line, text) =>
    outbox.say(talk, "/reply " + line.id + " " + text, { type: "line", text, re: line.id, quote: { from: line.from, text: cut(line.text) } });
  const cut = text => ([...text].length > 32 ? [...text].slice(0, 32).join("") + "..." : text);
  const command = (talk, line, word, rest) => {
    const [first, others] = [rest.split(/\s+/)[0], rest.replace(/^\S+\s*/, "")];
    switch (meaning(word)) {
      case "me":
        if (talk.kind === "@") return toPerson(talk, "~ " + rest);
        return rest ? outbox.say(talk, line, { type: "action", text: rest }) : asking.command(talk, line);
      case "private":
        return others ? tell(first.replace(/^@/, ""), others) : asking.command(talk, line);
      case "reply": {
        const to = talk.kind === "#" && /^\d+:\d+$/.test(first) && talks.byId(talk, first);
        if (to && others) return answerTo(talk, to, others);
        return messages.lastWriter && rest ? tell(messages.lastWriter, rest) : asking.command(talk, line);
      }
      case "marked":
        if (talk.kind === "#") return outbox.say(talk, line);
        break;
      case "join": {
        const known = first && talks.room(first.replace(/^#/, ""));
        if (known && known.joined) return talks.select(known);
        if (first) return rooms.go("/join ", first);
        break;
      }
      case "also":
        if (first) return rooms.go("/also ", first);
        break;
      case "leave": {
        const left = first ? talks.room(first.replace(/^#/, "")) : talk;
        if (left) return rooms.leave(left);
      }
    }
    asking.command(talk, line);
  };

  // The field
  const put = text => {
    field.value = text;
    recalled = -1;
    if (!text) setTask(null);
    grow();
    keepDraft();
  };
  const keepDraft = () => {
    if (talks.current) talks.current.draft = SECRET.test(field.value) || task ? "" : field.value;
    bus.tell("changed");
  };
  const grow = () => {
    field.style.height = "auto";
    field.style.height = Math.min(field.scrollHeight, window.innerHeight / 3) + "px";
  };
  const setTask = now => {
    task = now;
    at("task").hidden = !task;
    if (!task) return;
    at("task-text").textContent = task.what === "edit" ? words.say("editing") : words.say("answering", task.line.from) + ": " + cut(task.line.text);
    field.focus();
  };
  const edit = line => {
    setTask({ what: "edit", line });
    field.value = line.text;
    grow();
  };
  const answer = line => setTask({ what: "answer", line });
  const target = dom.soon(() => {
    const talk = talks.current;
    if (!talk) return;
    const isGone = talk.kind === "@" && !talk.connected;
    const hint = isGone ? words.say("isGone", talk.name) : words.say(talk.kind === "#" ? "sayIn" : "sayTo", talk.name);
    field.placeholder = hint;
    field.setAttribute("aria-label", hint);
    at("send").disabled = isGone;
  });

  // Keys
  const complete = () => {
    const end = field.selectionStart;
    if (end !== field.selectionEnd) return false;
    const before = field.value.slice(0, end);
    const [word] = /\S*$/.exec(before);
    const isFirst = word.length === before.length;
    if (!word) return false;
    const isCommand = isFirst && word[0] === "/";
    const mark = isCommand ? "/" : word[0] === "@" ? "@" : "";
    const start = talks.fold(word.slice(mark.length));
    const talk = talks.current;
    const names = talk.kind === "#" ? talk.here : [talk.name];
    const people = names.concat(talks.each("@").map(other => other.name)).filter((name, place, all) => !session.isMe(name) && all.indexOf(name) === place);
    const all = isCommand ? VISIBLE[words.code === "pt" ? 1 : 0].split(" ") : people;
    const found = all.filter(name => talks.fold(name).startsWith(start));
    if (!found.length) return false;
    // As far as all that fit agree.
    let whole = found[0];
    found.forEach(name => {
      while (!talks.fold(name).startsWith(talks.fold(whole))) whole = whole.slice(0, -1);
    });
    const rest = found.length > 1 ? "" : isFirst && !mark ? ": " : " ";
    if (found.length > 1 && whole.length === word.length - mark.length) return false;
    field.setRangeText(mark + whole + rest, end - word.length, end, "end");
    keepDraft();
    return true;
  };
  // ↑ in an empty field corrects the last line; in a recalled one it goes further back.
  const up = () => {
    if (field.value && recalled < 0) return false;
    const own = talks.current.lines.filter(line => line.own && line.id && !line.deleted && !line.asked && line.type !== "private");
    if (recalled < 0 && own.length) return edit(own[own.length - 1]), true;
    if (recalled + 1 >= history.length) return false;
    recalled++;
    field.value = history[history.length - 1 - recalled];
    grow();
    return true;
  };
  field.addEventListener("keydown", event => {
    if (event.isComposing || event.keyCode === 229) return;
    const { key, shiftKey, altKey, ctrlKey, metaKey } = event;
    const isPlain = !shiftKey && !altKey && !ctrlKey && !metaKey;
    let isDone = false;
    shifted = shiftKey;
    if (key === "Enter" && !shiftKey && !altKey) isDone = submit() || true;
    if (key === "Tab" && isPlain) isDone = complete();
    if (key === "ArrowUp" && isPlain) isDone = up();
    if (key === "Escape" && (task || recalled >= 0)) isDone = put("") || true;
    if (isDone) event.preventDefault();
  });
  // Some keyboards of phones have no Enter, only its effect.
  let shifted = false;
  field.addEventListener("beforeinput", event => {
    if (event.inputType !== "insertLineBreak" || shifted) return;
    event.preventDefault();
    submit();
  });
  field.addEventListener("input", () => {
    recalled = -1;
    grow();
    keepDraft();
    if (talks.current && talks.current.kind === "#") talks.attend();
  });
  form.addEventListener("submit", event => {
    event.preventDefault();
    submit();
    field.focus();
  });
  // The button must not take the focus, or a phone would close its keyboard.
  at("send").addEventListener("mousedown", event => event.preventDefault());
  at("task-cancel").onclick = () => (put(""), field.focus());

  bus.on("selected", talk => {
    setTask(null);
    field.value = talk.draft || "";
    recalled = -1;
    grow();
  });
  bus.on("target stage lang", target);

  return { edit, answer };
})();
