//! Lines to bytes for a terminal: their colours, and where their rows begin.
//!
//! Invariant: it writes only clean text (see text.rs), line ends, and the sequences named here.

use crate::session::Line;
use crate::terminal::highlight::Words;
use crate::terminal::wrap::{INDENT, LINE_END, wrap};
use crate::text;

/// Go to the beginning of the row and erase it and everything below.
pub const HIDE: &str = "\r\x1b[J";
/// Erase the whole screen and go to its top.
pub(super) const CLEAR_SCREEN: &str = "\x1b[H\x1b[2J";

pub(super) const PLAIN: &str = "\x1b[0m";
pub(super) const DIM: &str = "\x1b[2m";
/// It stands out on dark and on light.
pub(super) const REVERSE: &str = "\x1b[7m";
const RED: &str = "\x1b[31m";
const BOLD_MAGENTA: &str = "\x1b[1;35m";

/// Colours of names, of the 256 of a terminal, each with a contrast of at least 3 to black and to white
/// (a test computes it), so that they are readable on dark and on light.
const PALETTE: [u8; 14] = [
    27, 28, 30, 31, 63, 64, 98, 100, 130, 131, 133, 161, 164, 166,
];

/// Colours that every terminal with colours has: green, brown, magenta, cyan. Red is for errors, and blue is hard to
/// read on black.
const FEW: [u8; 4] = [32, 33, 35, 36];

/// From so many columns on the rows of a line stand under its text.
const WIDE: usize = 60;

/// How a line is drawn, beside what it says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Look<'a> {
    /// It was said before the user came.
    Old,
    /// These stand out in it.
    New(&'a Words),
}

/// The time of day that stands before a line, or nothing, and the rest.
pub(super) type How<'a> = (&'a str, Look<'a>);

/// Whether colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Names and kinds of lines have colours.
    On,
    /// The same on a terminal that has only the first few.
    Few,
    /// Text only (`NO_COLOR`).
    Off,
}

impl Colours {
    /// Draw a received line, or the user's own in the same form, in rows of so many columns.
    pub fn line(self, out: &mut String, line: &Line, columns: usize) {
        self.line_at(out, line, columns, ("", Look::New(&Words::default())));
    }

    /// The same behind a time of day, if there is one.
    pub(super) fn line_at(self, out: &mut String, line: &Line, columns: usize, how: How) {
        let (time, look) = how;
        let (mut drawn, mut before) = (String::new(), 0);
        if !time.is_empty() {
            self.styled(&mut drawn, DIM, &format!("{time} "));
            before = text::columns(time) + 1;
        }
        match look {
            Look::Old => {
                let mut text = String::new();
                Colours::Off.one_line(&mut text, line, &Words::default());
                self.styled(&mut drawn, DIM, &text);
            }
            Look::New(words) => self.one_line(&mut drawn, line, words),
        }
        // The rows of a line continue under the beginning of what is said, if that leaves room.
        let head = before + head(line);
        let has_room = columns >= WIDE && head <= columns / 3;
        wrap(out, &drawn, columns, if has_room { head } else { INDENT });
        out.push_str(LINE_END);
    }

    /// Draw something dim: a typed command, a hint.
    pub fn dim(self, out: &mut String, text: &str, columns: usize) {
        let mut drawn = String::new();
        self.styled(&mut drawn, DIM, text);
        wrap(out, &drawn, columns, INDENT);
        out.push_str(LINE_END);
    }

    fn one_line(self, out: &mut String, line: &Line, words: &Words) {
        match line {
            Line::Public { name, remark, text } => {
                put(out, "<");
                self.name(out, name, name);
                let space = if remark.is_empty() { "" } else { " " };
                put(out, &format!("{space}{remark}> "));
                self.said(out, text, words);
            }
            Line::Private { head, text, .. } => {
                self.styled(out, BOLD_MAGENTA, &format!("[{head}]"));
                put(out, &format!(" {text}"));
            }
            Line::Action { name, text } => {
                put(out, "~ ");
                self.name(out, name, name);
                put(out, " ");
                self.said(out, text, words);
            }
            Line::Event(text) => self.styled(out, DIM, &format!("* {text}")),
            Line::Error(text) => self.styled(out, RED, &format!("! {text}")),
            Line::OtherRoom { room, line } => {
                self.styled(out, DIM, &format!("#{room} "));
                self.one_line(out, line, words);
            }
            Line::WithId { id, line } => {
                self.styled(out, DIM, &format!("[{id}] "));
                self.one_line(out, line, words);
            }
            Line::Other(text) => put(out, text),
        }
    }

    /// What somebody has said, with what stands out in it.
    fn said(self, out: &mut String, mut text: &str, words: &Words) {
        while let Some(found) = words.find(text) {
            put(out, &text[..found.start]);
            // That is no colour, so NO_COLOR has it, too.
            Colours::On.styled(out, REVERSE, &text[found.clone()]);
            text = &text[found.end..];
        }
        put(out, text);
    }

    /// Text in the colour of a name.
    pub(super) fn name(self, out: &mut String, name: &str, text: &str) {
        match name {
            "" => put(out, text),
            _ if self == Colours::Few => {
                let colour = FEW[hash(name) % FEW.len()];
                self.styled(out, &format!("\x1b[{colour}m"), text);
            }
            _ => self.styled(out, &format!("\x1b[38;5;{}m", colour(name)), text),
        }
    }

    pub(super) fn styled(self, out: &mut String, style: &str, text: &str) {
        match self {
            Colours::On | Colours::Few => {
                out.push_str(style);
                put(out, text);
                out.push_str(PLAIN);
            }
            Colours::Off => put(out, text),
        }
    }
}

/// How many columns of a line stand before what is said.
fn head(line: &Line) -> usize {
    match line {
        Line::Public {
            name, remark: "", ..
        } => text::columns(name) + 3,
        Line::Public { name, remark, .. } => text::columns(name) + text::columns(remark) + 4,
        Line::OtherRoom { room, line } => text::columns(room) + 2 + head(line),
        Line::WithId { id, line } => text::columns(id) + 3 + head(line),
        _ => INDENT,
    }
}

/// Append text that is not a constant of the terminal's files; nothing else does that.
pub(super) fn put(out: &mut String, text: &str) {
    debug_assert!(text::is_clean(text), "unclean: {text:?}");
    out.push_str(text);
}

/// The colour of a name: the same in every session, whatever its case.
fn colour(name: &str) -> u8 {
    PALETTE[hash(name) % PALETTE.len()]
}

/// FNV-1a.
fn hash(name: &str) -> usize {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.to_lowercase().bytes().fold(0x811C_9DC5, mix) as usize
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
