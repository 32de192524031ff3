//! Every text said to a user: one exhaustive match per language, in words/en.rs and words/pt.rs.
//!
//! This module decides what is said, never how a line looks: the dialect gives the beginning of
//! each line and frames users' own texts.
//!
//! Invariant: only [`Lines::next`] ends a line. Names and texts are clean, so no sentence has
//! another line end.

pub mod console;
mod en;
mod online;
mod pt;
mod times;

use std::fmt::{self, Write};
use std::time::Duration;

use crate::dialect::editing::extends_previous;
pub use crate::hub::lang::{Hint, Lang, Verb, Written};
use crate::hub::name::Name;
use crate::hub::{Complaint, Ids, LineId, Notice, Quote, RoomListed, ShortId};
use crate::limits::{QUOTE_BYTES, QUOTE_CHARS};
pub use online::online;
pub use times::{day, missed, page};

/// A command in one language.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name, without the slash.
    pub name: &'static str,
    /// Its arguments; may be empty.
    pub args: &'static str,
    /// Its help.
    pub does: &'static str,
}

/// Writes lines; each begins with a stamp, if it has one, and the dialect's mark, and ends as the dialect ends it.
pub struct Lines<'a> {
    out: &'a mut Vec<u8>,
    stamp: &'a str,
    mark: &'a str,
    end: &'a str,
    own: Own,
    /// By what its reader knows lines.
    pub(super) ids: Ids,
}

/// Commands that have other names than those of the language: the names of an older system.
pub type Own = &'static [(Verb, &'static str)];

/// The command in this language.
pub fn command(lang: Lang, verb: Verb) -> Command {
    match lang {
        Lang::En => en::command(verb),
        Lang::Pt => pt::command(verb),
    }
}

/// Writes a notice: one sentence, or several with one a line.
///
/// Of what a person said it writes the bare text.
pub fn say(lang: Lang, notice: &Notice, lines: &mut Lines) {
    let said = match lang {
        Lang::En => en::say(notice, lines),
        Lang::Pt => pt::say(notice, lines),
    };
    said.expect("Lines takes everything");
}

/// Why something is refused, in one line.
pub fn refusal(lang: Lang, why: Complaint) -> String {
    let mut out = Vec::new();
    say(
        lang,
        &Notice::Refused(why),
        &mut Lines::begin(&mut out, "", "", "", &[]),
    );
    String::from_utf8_lossy(&out).into_owned()
}

/// What stands beside the name of who answers somebody, or has edited their line.
pub(super) fn remark(lang: Lang, re: Option<&Name>, is_edited: bool) -> String {
    match lang {
        Lang::En => en::refer::remark(re, is_edited),
        Lang::Pt => pt::refer::remark(re, is_edited),
    }
}

/// What stands after the time of a private line of before that was perhaps told already.
pub(super) fn again(lang: Lang) -> &'static str {
    match lang {
        Lang::En => en::absent::AGAIN,
        Lang::Pt => pt::absent::AGAIN,
    }
}

/// The beginning of the line that another one is about, with its short id if `has_id`.
pub(super) fn quote(quote: &Quote, has_id: bool, out: &mut Vec<u8>) {
    let mut lines = Lines::begin(out, "", "", "", &[]);
    lines.ids = if has_id { Ids::Short } else { Ids::Hidden };
    lines.quote(quote).expect("Lines takes everything");
}

/// The beginning of a line that another one is about.
pub(super) fn beginning(text: &str) -> String {
    let text = text.trim_start();
    match cut(text) {
        short if short.len() == text.len() => text.to_owned(),
        short => format!("{}...", short.trim_end()),
    }
}

/// A duration in the past, in either language: `12 s`, `5 min`, `3 h`, `2 d`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Age(pub Duration);

impl Lang {
    /// A language by its code, or by its name in either language.
    pub fn parse(text: &str) -> Option<Lang> {
        match text.to_lowercase().as_str() {
            "en" | "english" | "ingles" | "inglês" => Some(Lang::En),
            "pt" | "pt-br" | "br" | "portuguese" | "portugues" | "português" => Some(Lang::Pt),
            _ => None,
        }
    }
}

impl Verb {
    /// All commands in the order of the help; those of operators come last.
    pub const ALL: [Verb; Verb::Say as usize + 1] = [
        Verb::Private,
        Verb::Reply,
        Verb::Me,
        Verb::Edit,
        Verb::Delete,
        Verb::React,
        Verb::Pins,
        Verb::Online,
        Verb::Whois,
        Verb::Seen,
        Verb::Nick,
        Verb::Join,
        Verb::Also,
        Verb::Leave,
        Verb::Rooms,
        Verb::Topic,
        Verb::History,
        Verb::Search,
        Verb::More,
        Verb::Ignore,
        Verb::Away,
        Verb::Back,
        Verb::Register,
        Verb::Password,
        Verb::Unregister,
        Verb::Lag,
        Verb::Lang,
        Verb::Zone,
        Verb::Ids,
        Verb::Tags,
        Verb::Once,
        Verb::Resume,
        Verb::Address,
        Verb::Help,
        Verb::Quit,
        Verb::Operator,
        Verb::Pin,
        Verb::Kick,
        Verb::Ban,
        Verb::Banned,
        Verb::Unban,
        Verb::Mute,
        Verb::Unmute,
        Verb::Accounts,
        Verb::Reset,
        Verb::Free,
        Verb::Hook,
        Verb::Unhook,
        Verb::Lockdown,
        Verb::Say,
    ];

    /// Whether the help shows it only to operators.
    pub fn is_for_operators(self) -> bool {
        self >= Verb::Operator
    }
}

impl<'a> Lines<'a> {
    /// Begins a line at the end of `out`.
    pub fn begin(
        out: &'a mut Vec<u8>,
        stamp: &'a str,
        mark: &'a str,
        end: &'a str,
        own: Own,
    ) -> Lines<'a> {
        out.extend_from_slice(stamp.as_bytes());
        out.extend_from_slice(mark.as_bytes());
        Lines {
            out,
            stamp,
            mark,
            end,
            own,
            ids: Ids::Hidden,
        }
    }

    /// The beginning of a line, after its short id.
    fn quote(&mut self, quote: &Quote) -> fmt::Result {
        if self.ids == Ids::Short {
            write!(self, "[{}] ", ShortId::from(quote.id))?;
        }
        write!(self, "{}", Beginning(&quote.text))
    }

    /// The short id of a line, at the end of a sentence.
    fn id_after(&mut self, id: LineId) -> fmt::Result {
        match self.ids {
            Ids::Short => write!(self, " [{}]", ShortId::from(id)),
            Ids::Hidden | Ids::Tags => Ok(()),
        }
    }

    /// What the reader calls this command.
    fn name(&self, lang: Lang, verb: Verb) -> &'static str {
        let own = self.own.iter().find(|(own, _)| *own == verb);
        own.map_or_else(|| command(lang, verb).name, |(_, name)| name)
    }

    /// Ends this line and begins the next.
    pub fn next(&mut self) {
        self.out.extend_from_slice(self.end.as_bytes());
        self.out.extend_from_slice(self.stamp.as_bytes());
        self.out.extend_from_slice(self.mark.as_bytes());
    }

    /// Ends the last line.
    pub fn end(self) {
        self.out.extend_from_slice(self.end.as_bytes());
    }
}

impl Write for Lines<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0.as_secs();
        match s {
            0..60 => write!(f, "{s} s"),
            60..3600 => write!(f, "{} min", s / 60),
            3600..86_400 => write!(f, "{} h", s / 3600),
            _ => write!(f, "{} d", s / 86_400),
        }
    }
}

/// A remaining duration in the same units, rounded up: a mute of 2 h shows `2 h` a moment later.
struct Left(Duration);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0.as_millis().div_ceil(1000);
        let (min, h, d) = (s.div_ceil(60), s.div_ceil(3600), s.div_ceil(86_400));
        match (s, min, h) {
            (0..60, _, _) => write!(f, "{s} s"),
            (_, 0..60, _) => write!(f, "{min} min"),
            (_, _, 0..24) => write!(f, "{h} h"),
            _ => write!(f, "{d} d"),
        }
    }
}

/// A duration in milliseconds with one decimal.
struct Millis(Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ms", self.0.as_secs_f64() * 1000.0)
    }
}

/// What a user typed, shown back; long texts are cut.
struct Typed<'a>(&'a str);

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 40;
        match self.0.char_indices().nth(SHOWN) {
            None => f.write_str(self.0),
            Some((end, _)) => write!(f, "{}...", &self.0[..end]),
        }
    }
}

/// A user's text inside a line of the server's: in quotes that nothing inside can close, so that
/// nobody takes it for the server's words.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |c| match c {
            '"' | '\u{2033}' | '\u{2036}' | '\u{3003}' | '\u{ff02}' | '\u{201c}'..='\u{201f}' => {
                '\''
            }
            c => c,
        };
        write!(f, "\"{}\"", self.0.chars().map(inside).collect::<String>())
    }
}

/// The beginning of a line that another one is about, as much as people need to know it again, in quotes.
struct Beginning<'a>(&'a str);

impl fmt::Display for Beginning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Quoted(&beginning(self.0)))
    }
}

/// The first characters of a text, as readers see them: marks, skin tones and joined emoji stay with theirs, and
/// flags are whole.
fn cut(text: &str) -> &str {
    let (mut count, mut joined, mut flags) = (0, false, 0);
    for (at, c) in text.char_indices() {
        let is_flag = ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
        let is_second = is_flag && flags % 2 == 1;
        let is_next = !extends_previous(c) && c != ZWJ && !joined && !is_second;
        if is_next && (count == QUOTE_CHARS || at >= QUOTE_BYTES) {
            return &text[..at];
        }
        count += usize::from(is_next);
        joined = c == ZWJ;
        flags = if is_flag { flags + 1 } else { 0 };
    }
    text
}

const ZWJ: char = '\u{200d}';

/// One character that a user typed. It may be a mark, which cannot stand alone.
struct Character(char);

impl fmt::Display for Character {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.0;
        if matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1 {
            f.write_char(c)
        } else {
            write!(f, "U+{:04X}", c as u32)
        }
    }
}

/// The form of a command, with the name that its user wrote.
fn usage(written: Written, args: &str, lines: &mut Lines) -> fmt::Result {
    match written {
        Written::At => write!(lines, "@{args}"),
        Written::Name(name) if args.is_empty() => write!(lines, "/{name}"),
        Written::Name(name) => write!(lines, "/{name} {args}"),
    }
}

/// Names with commas, and `last` before the last one.
fn list<T: fmt::Display>(names: &[T], last: &str, lines: &mut Lines) -> fmt::Result {
    for (i, name) in names.iter().enumerate() {
        let before = match i {
            0 => "",
            _ if i == names.len() - 1 => last,
            _ => ", ",
        };
        write!(lines, "{before}{name}")?;
    }
    Ok(())
}

/// `name (room), name (room)`, with commas.
fn pairs(pairs: &[(Name, Name)], lines: &mut Lines) -> fmt::Result {
    for (i, (name, room)) in pairs.iter().enumerate() {
        let before = if i == 0 { "" } else { ", " };
        write!(lines, "{before}{name} ({room})")?;
    }
    Ok(())
}

/// `room (5), room (2, you)`, with commas.
fn listed(rooms: &[RoomListed], you: &str, lines: &mut Lines) -> fmt::Result {
    for (i, room) in rooms.iter().enumerate() {
        let before = if i == 0 { "" } else { ", " };
        let you = if room.yours { you } else { "" };
        write!(lines, "{before}{} ({}{you})", room.name, room.members)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_time_is_rounded_up() {
        for (ms, shown) in [
            (1, "1 s"),
            (59_000, "59 s"),
            (59_001, "1 min"),
            (599_999, "10 min"),
            (600_000, "10 min"),
            (3_599_000, "1 h"),
            (7_199_999, "2 h"),
            (7_200_000, "2 h"),
            (86_399_000, "1 d"),
            (7 * 86_400_000 - 1, "7 d"),
        ] {
            assert_eq!(Left(Duration::from_millis(ms)).to_string(), shown);
        }
    }
}
