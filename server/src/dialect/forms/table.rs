//! The table of forms: for each dialect what stands around names and before lines. Forms and punctuation of
//! the older systems are theirs. It decides nothing.
//!
//! Invariant: names are letters, digits and `_`, so what can begin a line of a user (`NAME`, or a mark
//! before it) begins no line of the server, and the reverse. `papo`, `online` and names like them are
//! reserved for that.

use super::Form;
use crate::dialect::words::Verb;
use crate::dialect::{Dialect, Ids, Style};

/// The form of a style. Programs read the same in all dialects and languages.
pub(super) fn of(style: Style) -> &'static Form {
    if style.ids == Ids::Tags {
        return &TAGS;
    }
    match style.dialect {
        Dialect::Text | Dialect::Web | Dialect::Events(_) => &PAPO,
        Dialect::Relay => &SISTEMA,
        Dialect::TChat => &TCHAT,
        Dialect::Vpn => &VPN,
        Dialect::Rede => &REDE,
    }
}

const PAPO: Form = Form {
    public: ["<", "> "],
    action: ["~ ", " "],
    private: [["[private from ", "] "], ["[privado de ", "] "]],
    remark: [" ", ""],
    past: ["* [", "] "],
    time: None,
    operator: ["* [server] ", "* [servidor] "],
    event: ["* ", "* "],
    refusal: ["! ", "! "],
    question: ["* ", "\n"],
    end: "\n",
    own: &[],
    commands: &[],
    own_join: false,
    lower_case: false,
    online: None,
};

static TAGS: Form = Form {
    private: [["[private from ", "] "], ["[private from ", "] "]],
    operator: ["* [server] ", "* [server] "],
    ..PAPO
};

static SISTEMA: Form = Form {
    public: ["", ": "],
    // No guest's text begins so: a colon in its second word, and they are named.
    remark: ["(", ")"],
    operator: ["[server] ", "[servidor] "],
    ..PAPO
};

/// Time, names and what the server says have colours; each line ends without one.
static TCHAT: Form = Form {
    public: ["\x1b[36m<", ">\x1b[0m "],
    action: ["\x1b[36m~ ", "\x1b[0m "],
    private: [
        ["\x1b[35m<", " (private)>\x1b[0m "],
        ["\x1b[35m<", " (privado)>\x1b[0m "],
    ],
    remark: [" (", ")"],
    past: ["", ""],
    time: Some(["\x1b[90m[", "]\x1b[0m "]),
    operator: ["\x1b[33m* [server] ", "\x1b[33m* [servidor] "],
    event: ["\x1b[33m* ", "\x1b[33m* "],
    refusal: ["\x1b[31m! ", "\x1b[31m! "],
    // It stays on the row in which the answer is typed.
    question: ["", " "],
    end: "\x1b[0m\n",
    own: &[
        (Verb::Private, "para"),
        (Verb::Online, "online"),
        (Verb::Quit, "sair"),
    ],
    commands: &[Verb::Private, Verb::Online, Verb::Quit],
    own_join: false,
    lower_case: true,
    online: Some("\x1b[33m"),
};

static VPN: Form = Form {
    public: ["", ": "],
    private: [["", " (private): "], ["", " (privado): "]],
    remark: [" (", ")"],
    past: ["(", ") "],
    operator: ["[server] ", "[servidor] "],
    own: &[(Verb::Online, "online"), (Verb::Quit, "sair")],
    own_join: true,
    online: Some(""),
    ..PAPO
};

static REDE: Form = Form {
    public: ["", ": "],
    private: [["", " (private): "], ["", " (privado): "]],
    remark: [" (", ")"],
    past: ["(", ") "],
    operator: ["[Operator] ", "[Operador] "],
    event: ["[Server] ", "[Servidor] "],
    refusal: ["[Server] ", "[Servidor] "],
    question: ["", " \n"],
    own: &[
        (Verb::Private, "private"),
        (Verb::Online, "online"),
        (Verb::Quit, "quit"),
    ],
    online: Some(""),
    ..PAPO
};
