// The texts of the page, in both languages. What the server says comes in the user's language by itself.
const words = (() => {
  const lines = (n, one, many) => (n === 1 ? one : n + " " + many);
  const table = {
    yourName: ["Your name", "Seu nome"],
    enter: ["Come in", "Entrar"],
    entering: ["One moment …", "Um momento …"],
    welcome: ["A room for everybody on this network.", "Uma sala para todos nesta rede."],
    toRoom: [room => "You are going to " + room + ".", room => "Você vai para " + room + "."],
    nameHint: ["Letters, digits and _. No account, no password.", "Letras, dígitos e _. Sem conta, sem senha."],
    password: ["Password of NAME", "Senha de NAME"],
    newPassword: ["New password of NAME", "Nova senha de NAME"],
    newPasswordHint: [
      "You came in with a password for one time. Choose your own now.",
      "Você entrou com uma senha de uma vez só. Escolha a sua agora.",
    ],
    passwordHint: ["This name is registered.", "Este nome está registrado."],
    operator: ["Password of the operators", "Senha dos operadores"],
    otherName: ["Another name", "Outro nome"],
    skip: ["Skip to what you say", "Pular para o que você diz"],
    conversations: ["Conversations", "Conversas"],
    rooms: ["Rooms", "Salas"],
    people: ["People", "Pessoas"],
    peopleHere: ["People here", "Quem está aqui"],
    moreHere: [n => "and " + n + " more", n => "e mais " + n],
    you: ["you", "você"],
    away: ["away", "ausente"],
    direct: ["direct", "direto"],
    otherRooms: ["Other rooms", "Outras salas"],
    findRooms: ["Other rooms …", "Outras salas …"],
    newRoom: ["Name of a room", "Nome de uma sala"],
    go: ["Go", "Ir"],
    inRoom: [n => lines(n, "1 person", "people"), n => lines(n, "1 pessoa", "pessoas")],
    leave: [room => "Leave " + room, room => "Sair de " + room],
    closeTalk: ["Close this conversation", "Fechar esta conversa"],
    privately: ["only the two of you read this", "só vocês dois leem isto"],
    connected: ["Connected", "Conectado"],
    disconnected: ["Disconnected", "Desconectado"],
    isGone: [name => name + " is not here", name => name + " não está aqui"],
    menu: ["Menu", "Menu"],
    close: ["Close", "Fechar"],
    send: ["Send", "Enviar"],
    sayIn: [room => "Say something in " + room, room => "Diga algo em " + room],
    sayTo: [name => "Only to " + name, name => "Só para " + name],
    earlier: ["Earlier lines", "Linhas anteriores"],
    newLines: [n => lines(n, "1 new line", "new lines"), n => lines(n, "1 linha nova", "linhas novas")],
    latest: ["To the newest line", "À linha mais nova"],
    unreadMark: ["new", "novas"],
    unread: [n => lines(n, "1 unread", "unread"), n => lines(n, "1 não lida", "não lidas")],
    unreadToo: ["unread", "sem ler"],
    log: [name => "Lines of " + name, name => "Linhas de " + name],
    sending: ["sending", "enviando"],
    waits: ["waits", "espera"],
    notSaid: ["not said", "não foi dito"],
    unsure: [
      "the connection was lost; perhaps the others have read it",
      "a conexão caiu; talvez os outros tenham lido",
    ],
    again: ["Send again", "Enviar de novo"],
    drop: ["Remove", "Remover"],
    edited: ["edited", "corrigida"],
    deleted: ["deleted", "apagada"],
    actions: [who => "Actions for the line of " + who, who => "Ações para a linha de " + who],
    reply: ["Answer", "Responder"],
    react: ["React", "Reagir"],
    edit: ["Edit", "Corrigir"],
    delete: ["Delete", "Apagar"],
    talkTo: [who => "Write only to " + who, who => "Escrever só para " + who],
    answering: [who => "Answer to " + who, who => "Resposta a " + who],
    editing: ["Editing your line", "Corrigindo a sua linha"],
    cancel: ["Cancel", "Cancelar"],
    today: ["Today", "Hoje"],
    yesterday: ["Yesterday", "Ontem"],
    connecting: ["Connecting …", "Conectando …"],
    offline: ["You are offline", "Você está fora do ar"],
    waiting: [n => lines(n, "1 line waits", "lines wait"), n => lines(n, "1 linha espera", "linhas esperam")],
    tryNow: ["Try now", "Tentar agora"],
    back: [
      n => "You are back. " + lines(n, "1 line", "lines") + " while you were away",
      n => "Você voltou. " + lines(n, "1 linha", "linhas") + " enquanto você esteve fora",
    ],
    backNone: ["You are back, and missed nothing", "Você voltou e não perdeu nada"],
    gap: ["Some lines are missing here", "Faltam algumas linhas aqui"],
    muted: ["You are muted: nobody gets your lines", "Você está silenciado: ninguém recebe as suas linhas"],
    overKicked: ["An operator removed you", "Um operador encerrou a sua conexão"],
    overBanned: ["You are banned", "A sua entrada está proibida"],
    overStopping: ["The server stops", "O servidor vai parar"],
    overStoppingHint: [
      "You are back as soon as it runs again.",
      "Você volta assim que ele funcionar de novo.",
    ],
    overFull: ["The server is full", "O servidor está cheio"],
    overElsewhere: ["You are here in another window", "Você está aqui em outra janela"],
    overQuit: ["Goodbye", "Até logo"],
    overSlow: ["The connection was too slow", "A conexão estava lenta demais"],
    overOther: ["The server closed the connection", "O servidor encerrou a conexão"],
    comeBack: ["Come back", "Voltar"],
    useHere: ["Use this window", "Usar esta janela"],
    nameLate: ["It took a while; give your name again", "Demorou um pouco; dê o seu nome de novo"],
    jump: ["Go to a conversation", "Ir a uma conversa"],
    nothing: ["Nothing of that name", "Nada com esse nome"],
    changeName: ["Change your name", "Trocar o seu nome"],
    protect: ["Protect your name", "Proteger o seu nome"],
    protectHint: [
      "With a password nobody else gets your name. Your browser can remember it.",
      "Com uma senha ninguém mais fica com o seu nome. O navegador pode guardá-la.",
    ],
    save: ["Save", "Salvar"],
    sound: ["Sound", "Som"],
    notify: ["Notifications", "Notificações"],
    on: ["on", "ligado"],
    off: ["off", "desligado"],
    language: ["Português", "English"],
    passOn: ["Pass on the address", "Passar o endereço adiante"],
    passOnHint: [
      "Whoever is on this network opens it in a browser.",
      "Quem está nesta rede abre no navegador.",
    ],
    passOnOwn: [
      "Your address names this computer itself. /qr tells the one that others can open.",
      "O seu endereço só vale neste computador. /qr diz o que os outros podem abrir.",
    ],
    scan: ["A code with this address, to scan", "Um código com este endereço, para a câmera"],
    keys: ["Keys", "Teclas"],
    keysText: [
      "Tab completes names and commands. Ctrl+K goes to a conversation, Alt+↑ and Alt+↓ to the next. " +
        "↑ edits your last line. From the lines, ↑ and ↓ choose one. /help lists the commands.",
      "Tab completa nomes e comandos. Ctrl+K vai a uma conversa, Alt+↑ e Alt+↓ à próxima. " +
        "↑ corrige a sua última linha. Nas linhas, ↑ e ↓ escolhem uma. /ajuda lista os comandos.",
    ],
    quit: ["Leave papo", "Sair do papo"],
    manyLines: [n => "Send " + n + " lines?", n => "Enviar " + n + " linhas?"],
  };
  const codes = ["en", "pt"];
  let chosen = 0;

  const say = (key, ...about) => {
    const text = table[key][chosen];
    return typeof text === "function" ? text(...about) : text;
  };
  // Elements name their text by `data-text`, their label by `data-label`.
  const apply = () => {
    document.documentElement.lang = chosen ? "pt-BR" : "en";
    document.querySelectorAll("[data-text]").forEach(it => (it.textContent = say(it.dataset.text)));
    document.querySelectorAll("[data-label]").forEach(it => it.setAttribute("aria-label", say(it.dataset.label)));
  };
  return {
    say,
    apply,
    choose: code => (chosen = codes.indexOf(code) > 0 ? 1 : 0),
    get code() {
      return codes[chosen];
    },
    get other() {
      return codes[1 - chosen];
    },
  };
})();
