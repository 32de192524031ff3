//! How lines look to the users of each system: one table, and what a test expects by it.

use crate::people::{Person, Program, Talker};

/// What stands around names and before lines.
pub(crate) struct Form {
    /// Around the name of a public line.
    public: [&'static str; 2],
    /// Around the name of a private line.
    private: [&'static str; 2],
    /// Before what the server tells.
    event: &'static str,
    /// Before what could not be done.
    refusal: &'static str,
    /// Before what the operator says.
    operator: &'static str,
    /// Around a question.
    question: [&'static str; 2],
    /// Whether users are asked for a name.
    pub(crate) is_asked: bool,
    /// Whether users are told their own join.
    pub(crate) own_join: bool,
    /// Whether who is online is told without numbers.
    is_short: bool,
    /// Whether names are shown in lower case.
    is_lower: bool,
    /// Lines after the welcome.
    after_welcome: &'static [&'static str],
}

/// papo's own form, for those at nc, telnet and papo.
pub(crate) const PAPO: Form = Form {
    public: ["<", "> "],
    private: ["[privado de ", "] "],
    event: "* ",
    refusal: "! ",
    operator: "* [servidor] ",
    question: ["* ", ""],
    is_asked: true,
    own_join: false,
    is_short: false,
    is_lower: false,
    after_welcome: &[],
};

/// TChat, without its colours and times.
pub(crate) const TCHAT: Form = Form {
    private: ["<", " (privado)> "],
    question: ["", " "],
    is_short: true,
    is_lower: true,
    after_welcome: &[
        "* /para NOME TEXTO: uma linha privada; @NOME TEXTO faz o mesmo",
        "* /online: quem está aqui e em outras salas",
        "* /sair [TEXTO]: sai do papo",
    ],
    ..PAPO
};

/// Chat em Tempo Real (VPN).
pub(crate) const VPN: Form = Form {
    public: ["", ": "],
    private: ["", " (privado): "],
    operator: "[servidor] ",
    is_asked: false,
    own_join: true,
    is_short: true,
    ..PAPO
};

/// Chat em Rede.
pub(crate) const REDE: Form = Form {
    public: ["", ": "],
    private: ["", " (privado): "],
    event: "[Servidor] ",
    refusal: "[Servidor] ",
    operator: "[Operador] ",
    question: ["", " "],
    is_short: true,
    ..PAPO
};

/// Sistema de Chat TCP.
pub(crate) const SISTEMA: Form = Form {
    public: ["", ": "],
    operator: "[servidor] ",
    ..PAPO
};

impl Form {
    pub(crate) fn public(&self, from: &str, text: &str) -> String {
        [self.public[0], &self.named(from), self.public[1], text].concat()
    }

    pub(crate) fn private(&self, from: &str, text: &str) -> String {
        [self.private[0], &self.named(from), self.private[1], text].concat()
    }

    pub(crate) fn event(&self, text: &str) -> String {
        [self.event, &self.named(text)].concat()
    }

    pub(crate) fn refusal(&self, text: &str) -> String {
        [self.refusal, text].concat()
    }

    pub(crate) fn operator(&self, text: &str) -> String {
        [self.operator, text].concat()
    }

    /// A name, or an event, whose own words are in lower case.
    fn named(&self, text: &str) -> String {
        match self.is_lower {
            true => text.to_lowercase(),
            false => text.to_owned(),
        }
    }

    /// The question for a name.
    pub(crate) fn question(&self) -> String {
        self.ask("papo: qual é o seu nome?")
    }

    /// The question for its password.
    pub(crate) fn password(&self, name: &str) -> String {
        let name = self.named(name);
        let text = format!("papo: qual é a senha de {name}? (linha vazia: outro nome)");
        self.ask(&text)
    }

    fn ask(&self, text: &str) -> String {
        [self.question[0], text, self.question[1]].concat()
    }
}

/// A user of a system with names.
pub(crate) trait Pessoa: Person {
    /// How lines look.
    fn form(&self) -> &'static Form {
        &PAPO
    }

    /// A question comes, on a line of its own.
    #[track_caller]
    fn expect_question(&mut self, question: &str) {
        self.expect(question);
    }

    /// Is asked for a name.
    #[track_caller]
    fn asked(&mut self) {
        self.expect_question(&self.form().question());
    }

    /// Is asked for the password of a name.
    #[track_caller]
    fn asked_password(&mut self, name: &str) {
        self.expect_question(&self.form().password(name));
    }

    /// Is asked for a name, gives it, and is welcomed.
    #[track_caller]
    fn enters(&mut self, name: &str) {
        self.asked();
        self.say(name);
        self.welcomed(name);
    }

    /// Is welcomed by this name.
    #[track_caller]
    fn welcomed(&mut self, name: &str) {
        if self.form().own_join {
            self.told(&format!("{name} entrou"));
        }
        self.told_start(&format!("boas-vindas, {name}! você está "));
        for line in self.form().after_welcome {
            self.expect(line);
        }
    }

    /// Is welcomed by this name with exactly these words.
    #[track_caller]
    fn welcomed_with(&mut self, name: &str, place: &str) {
        if self.form().own_join {
            self.told(&format!("{name} entrou"));
        }
        self.told(&format!(
            "boas-vindas, {name}! você está {place}; /ajuda lista os comandos"
        ));
        for line in self.form().after_welcome {
            self.expect(line);
        }
    }

    /// Is answered who is here, and who can be reached directly.
    #[track_caller]
    fn lists(&mut self, here: &str, direct: &str) {
        if self.form().is_short {
            self.expect(&format!("Online: {}", self.form().named(here)));
            if !direct.is_empty() {
                self.expect(&format!("Online direto: {direct}"));
            }
            return;
        }
        let count = |names: &str| names.split(", ").count();
        self.told(&format!("{} aqui: {here}", count(here)));
        if !direct.is_empty() {
            self.told(&format!("{} direto: {direct}", count(direct)));
        }
    }

    /// Reads a public line.
    #[track_caller]
    fn reads(&mut self, from: &str, text: &str) {
        self.expect(&self.form().public(from, text));
    }

    /// Reads a private line.
    #[track_caller]
    fn reads_private(&mut self, from: &str, text: &str) {
        self.expect(&self.form().private(from, text));
    }

    /// Reads what the operator says.
    #[track_caller]
    fn reads_operator(&mut self, text: &str) {
        self.expect(&self.form().operator(text));
    }

    /// Is told this by the server.
    #[track_caller]
    fn told(&mut self, text: &str) {
        self.expect(&self.form().event(text));
    }

    /// Is told something that begins so.
    #[track_caller]
    fn told_start(&mut self, start: &str) -> String {
        self.expect_start(&self.form().event(start))
    }

    /// Is told why something cannot be done.
    #[track_caller]
    fn refused(&mut self, text: &str) {
        self.expect(&self.form().refusal(text));
    }

    /// Is refused something in words that begin so.
    #[track_caller]
    fn refused_start(&mut self, start: &str) -> String {
        self.expect_start(&self.form().refusal(start))
    }

    /// Nothing else had come so far: the answer to this comes next.
    #[track_caller]
    fn expect_silence(&mut self) {
        self.say("/ignorar");
        self.told("você não ignora ninguém");
    }
}

/// Users of several kinds in one list.
pub(crate) trait Hearing {
    fn says(&mut self, text: &str);
    fn reads_line(&mut self, from: &str, text: &str);
    fn reads_private_line(&mut self, from: &str, text: &str);
    fn told_line(&mut self, text: &str);
    fn lists_all(&mut self, here: &str, direct: &str);
    fn leaves(&mut self, name: &str, command: &str);
}

impl<P: Pessoa> Hearing for P {
    fn says(&mut self, text: &str) {
        self.say(text);
    }

    #[track_caller]
    fn reads_line(&mut self, from: &str, text: &str) {
        self.reads(from, text);
    }

    #[track_caller]
    fn reads_private_line(&mut self, from: &str, text: &str) {
        self.reads_private(from, text);
    }

    #[track_caller]
    fn told_line(&mut self, text: &str) {
        self.told(text);
    }

    #[track_caller]
    fn lists_all(&mut self, here: &str, direct: &str) {
        self.lists(here, direct);
    }

    #[track_caller]
    fn leaves(&mut self, name: &str, command: &str) {
        self.say(command);
        self.told(&format!("até logo, {name}"));
    }
}

impl Pessoa for Talker {}
impl Pessoa for Program {}
