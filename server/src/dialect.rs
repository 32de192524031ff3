//! Turns lines into requests and notices into bytes. A closed enum: a later dialect is one more
//! variant here and one more file.
//!
//! A dialect keeps no state, knows no hub and no conn, and says nothing that is not in words/.
//! Invariant: `render` appends whole lines; for a notice that goes to a room exactly one, or nothing.

pub mod clean;
mod commands;
pub mod editing;
pub mod foreign;
pub mod framing;
mod orders;
pub mod password;
mod relay;
pub mod telnet;
#[cfg(test)]
mod tests;
mod text;
pub mod words;

use crate::dialect::editing::Line;
use crate::dialect::words::Lang;
use crate::hub::{Notice, Rank, Request};

/// How a conn speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Dialect {
    /// Lines of text, for nc, telnet and papo.
    #[default]
    Text,
    /// Bare messages without names, for the clients of Sistema de Chat TCP.
    Relay,
}

/// Dialect with language: two users of the same style get the same bytes for the same notice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Style {
    /// How.
    pub dialect: Dialect,
    /// In which language.
    pub lang: Lang,
    /// Whether lines end in CR LF, as a telnet wants them.
    pub crlf: bool,
}

/// What the conn that sent a line is by now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It was asked for a name.
    Nameless,
    /// It gave the name of an account and was asked for its password.
    Claimant,
    /// It is a user.
    Named,
    /// It is a user who was asked for the operators' password.
    Asked,
    /// It is an operator.
    Operator,
}

impl From<Rank> for Standing {
    fn from(rank: Rank) -> Standing {
        match rank {
            Rank::Claimant => Standing::Claimant,
            Rank::User => Standing::Named,
            Rank::Asked => Standing::Asked,
            Rank::Operator => Standing::Operator,
        }
    }
}

impl Style {
    /// How many styles there are.
    pub const COUNT: usize = 8;

    /// A number below [`Style::COUNT`], for tables.
    pub fn index(self) -> usize {
        self.dialect as usize * 4 + self.lang as usize * 2 + usize::from(self.crlf)
    }

    /// The same for a telnet. A relay client shows bytes as they came and is none.
    pub fn for_telnet(self) -> Style {
        Style {
            crlf: self.dialect == Dialect::Text,
            ..self
        }
    }
}

/// One line, without its end, to what its sender asks, or to what it is told at once.
///
/// `Ok(None)`: nothing to do (an empty line of a user).
///
/// # Errors
/// The notice that answers the line when the hub has no part in it: help, or a refusal.
pub fn parse(style: Style, standing: Standing, line: Line) -> Result<Option<Request>, Notice> {
    match style.dialect {
        Dialect::Text => text::parse(style.lang, standing, line),
        Dialect::Relay => Ok(relay::parse(line.bytes)),
    }
}

/// Append what a conn of this style is told, whole lines only.
pub fn render(style: Style, notice: &Notice, out: &mut Vec<u8>) {
    let start = out.len();
    match style.dialect {
        Dialect::Text => text::render(style.lang, notice, out),
        Dialect::Relay => relay::render(style.lang, notice, out),
    }
    if style.crlf {
        for byte in out.split_off(start) {
            out.extend_from_slice(if byte == b'\n' {
                b"\r\n"
            } else {
                std::slice::from_ref(&byte)
            });
        }
    }
}
