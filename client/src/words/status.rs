//! Texts of the status line of a screen of its own.

use super::{Language, texts};

/// See the top of this file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Status {
    /// How many are in the room.
    Here(usize),
    /// How many rows are below those on the screen.
    Below(usize),
    /// The keys of the screen.
    Keys,
    /// Those of a search on it.
    SearchKeys,
}

impl Status {
    pub(crate) fn text(self, language: Language) -> String {
        texts!(language, self, {
            Status::Here(n) => "{n} here", "{n} aqui";
            Status::Below(1) => "1 row below; PgDn, or Esc to the end",
                "1 linha abaixo; PgDn, ou Esc até o fim";
            Status::Below(n) => "{n} rows below; PgDn, or Esc to the end",
                "{n} linhas abaixo; PgDn, ou Esc até o fim";
            Status::Keys => "PgUp, ^S searches, Alt-1 goes to room 1",
                "PgUp, ^S busca, Alt-1 vai para a sala 1";
            Status::SearchKeys => "Up and Down find more, Enter stays there, Esc ends",
                "as setas acham mais, Enter fica ali, Esc termina";
        })
    }
}
