//! Turns lines into requests and notices into bytes. A closed enum: a new dialect is one more variant
//! here and one more form in the table.
//!
//! A dialect has no state, knows no hub and no conn, and takes all texts from words/. Invariant:
//! `render` appends whole lines; for a room's notice exactly one, or nothing. Only a question to who
//! reads no room yet may end without a line end.

mod absent;
pub mod clean;
mod commands;
pub mod editing;
pub mod events;
pub mod foreign;
mod forms;
pub mod framing;
mod orders;
mod pages;
pub mod password;
mod programs;
mod references;
mod relay;
mod tags;
pub mod telnet;
#[cfg(test)]
mod tests;
mod text;
pub mod web;
pub mod words;

pub use crate::clock::Clock;
use crate::dialect::editing::Line;
use crate::dialect::events::Shape;
use crate::dialect::words::Lang;
pub use crate::hub::Ids;
use crate::hub::{LineId, Notice, Rank, Request};

/// The protocol of a conn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Dialect {
    /// Lines of text, for nc, telnet and papo.
    #[default]
    Text,
    /// Bare messages without names, for the clients of Sistema de Chat TCP.
    Relay,
    /// Lines as users of TChat knew them.
    TChat,
    /// Lines as users of Chat em Tempo Real (VPN) knew them.
    Vpn,
    /// Lines as users of Chat em Rede knew them.
    Rede,
    /// WebSocket frames with JSON, for browsers. Its ids are always tags.
    Web,
    /// What is said, as events, for scripts that listen.
    Events(Shape),
}

impl Dialect {
    /// All that users speak.
    pub const ALL: [Dialect; 6] = [
        Dialect::Text,
        Dialect::Relay,
        Dialect::TChat,
        Dialect::Vpn,
        Dialect::Rede,
        Dialect::Web,
    ];
}

/// Dialect and language: two users of the same style get the same bytes for the same notice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Style {
    /// The protocol.
    pub dialect: Dialect,
    /// The language.
    pub lang: Lang,
    /// Whether lines end in CR LF, as telnet wants them.
    pub crlf: bool,
    /// Whether lines can be told from one another by an id.
    pub ids: Ids,
}

/// Which line of which room.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What the room is called.
    pub room: &'a str,
    /// `#ROOM ` where its reader speaks in another room, else nothing.
    pub mark: &'a str,
    /// The line.
    pub id: LineId,
}

/// The state of the conn that sent a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It was asked for a name.
    Nameless,
    /// It gave a registered name and was asked for its password.
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
            Rank::User | Rank::Proving => Standing::Named,
            Rank::Asked => Standing::Asked,
            Rank::Operator => Standing::Operator,
        }
    }
}

impl Style {
    /// How many styles there are: dialects x 2 languages x 2 line ends x 3 kinds of ids, and shapes of events.
    pub const COUNT: usize = Dialect::ALL.len() * 2 * 2 * 3 + 3;

    /// This style for telnet. Clients that send no line end show all bytes, and are never one.
    pub fn for_telnet(self) -> Style {
        Style {
            crlf: matches!(self.dialect, Dialect::Text | Dialect::TChat),
            ..self
        }
    }
}

/// Turns one line, without its line end, into a request or an immediate answer.
///
/// `Ok(None)`: nothing to do (an empty line of a user).
///
/// # Errors
/// The notice that answers the line without the hub: help, or a refusal.
pub fn parse(style: Style, standing: Standing, line: Line) -> Result<Option<Request>, Notice> {
    match style.dialect {
        Dialect::Relay => Ok(relay::parse(line.bytes)),
        Dialect::Web => web::parse(style, standing, line),
        _ => text::parse(style.lang, standing, line),
    }
}

/// Appends a line of a room: what it begins with, and the notice. Nothing if the notice is nothing in this
/// style.
pub fn render_line(
    style: Style,
    clock: Clock,
    place: Place<'_>,
    notice: &Notice,
    out: &mut Vec<u8>,
) {
    match style.dialect {
        Dialect::Web => web::line(style, clock, place, notice, out),
        Dialect::Events(shape) => events::line(shape, clock, place, notice, out),
        _ => tags::line(style, clock, place, notice, out),
    }
}

/// Appends the notice in this style at this time of day: whole lines, but for a question on the row of
/// its answer.
pub fn render(style: Style, clock: Clock, notice: &Notice, out: &mut Vec<u8>) {
    write(style, clock, &tags::stamp(style, clock), notice, out);
}

/// Appends that a reader has lost so many lines of the room of this mark.
pub fn render_gap(style: Style, clock: Clock, mark: &str, lines: u64, out: &mut Vec<u8>) {
    if style.dialect == Dialect::Web {
        return web::gap(style, clock, mark, lines, out);
    }
    let stamp = tags::stamp(style, clock) + mark;
    write(style, clock, &stamp, &Notice::Skipped { lines }, out);
}

/// Appends the notice, each of its lines after `stamp`.
fn write(style: Style, clock: Clock, stamp: &str, notice: &Notice, out: &mut Vec<u8>) {
    let start = out.len();
    match style.dialect {
        Dialect::Relay => relay::render(style, clock, notice, out),
        Dialect::Web => web::render(style, clock, notice, out),
        Dialect::Events(shape) => events::render(shape, clock, notice, out),
        _ => forms::render(style, clock, stamp, notice, out),
    }
    if style.crlf {
        forms::end_in_cr_lf(out, start);
    }
}
