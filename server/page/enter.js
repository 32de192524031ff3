// The first face: the name, and the password where a name has one.
const enter = (() => {
  const { at } = dom;
  const form = at("door");
  const name = at("name");
  const password = at("password");

  const show = () => {
    const { stage, hint, me } = session;
    const isIn = stage === "in" || stage === "again" || stage === "over";
    const isFresh = isIn && !at("enter").hidden;
    at("enter").hidden = isIn;
    at("app").hidden = !isIn;
    if (isFresh) {
      name.value = me.name;
      at("say").focus();
    }
    if (isIn) return;
    const isSecret = stage === "password" || stage === "new-password";
    const isBusy = stage === "coming";
    at("for-name").hidden = isSecret;
    at("for-password").hidden = !isSecret;
    at("other-name").hidden = !isSecret;
    password.autocomplete = stage === "new-password" ? "new-password" : "current-password";
    const label = stage === "new-password" ? "newPassword" : "password";
    at("password-label").textContent = words.say(label).replace("NAME", me.name);
    at("come").textContent = words.say(isBusy ? "entering" : "enter");
    at("come").disabled = isBusy;
    const usual = stage === "password" ? "passwordHint" : stage === "new-password" ? "newPasswordHint" : "nameHint";
    const isLost = isBusy && connection.state === "lost" && !session.over;
    at("hint").textContent = isLost ? words.say("offline") : hint || words.say(usual);
    at("hint").className = (hint && !isBusy) || isLost ? "bad" : "";
    const field = isSecret ? password : name;
    field.setAttribute("aria-invalid", String(Boolean(hint) && !isBusy));
    if (!isBusy) {
      field.focus();
      if (hint) field.select();
    }
  };
  form.onsubmit = event => {
    event.preventDefault();
    if (session.stage === "password" || session.stage === "new-password") {
      const text = password.value;
      password.value = "";
      return text && session.password(text);
    }
    const typed = name.value.trim();
    if (typed && session.stage === "out") session.come(typed);
  };
  at("other-name").onclick = () => {
    password.value = "";
    session.password("");
  };
  bus.on("stage lang", show);
  bus.on("link", () => session.stage === "coming" && show());

  return { show, suggest: known => (name.value = known) };
})();
