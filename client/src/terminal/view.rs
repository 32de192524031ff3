//! State to bytes for a terminal: lines with colours, and the row being typed.
//!
//! Invariant: it writes only clean text (see text.rs), line ends, and the sequences named here.
//! The row never reaches the last column, so a terminal never wraps it, and it is always redrawn
//! whole: terminals differ about the width of emoji, so no cursor movement is counted in columns.
//! Not done: a terminal that wraps the row again when its window gets narrower keeps the old beginning
//! above the new row; going up to erase that would erase a line of chat on terminals that cut it instead.

use crate::session::Line;
use crate::terminal::wrap::{LINE_END, wrap};
use crate::text;

/// Go to the beginning of the row and erase it and everything below.
pub const HIDE: &str = "\r\x1b[J";
/// Erase the whole screen and go to its top.
pub(super) const CLEAR_SCREEN: &str = "\x1b[H\x1b[2J";
const SAVE_CURSOR: &str = "\x1b7";
const RESTORE_CURSOR: &str = "\x1b8";

const PLAIN: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const BOLD_MAGENTA: &str = "\x1b[1;35m";

/// Colours of names, of the 256 of a terminal, each with a contrast of at least 3 to black and to white
/// (a test computes it), so that they are readable on dark and on light.
const PALETTE: [u8; 14] = [
    27, 28, 30, 31, 63, 64, 98, 100, 130, 131, 133, 161, 164, 166,
];

/// How a pasted line end is shown.
const NEWLINE_MARK: &str = "↵";

/// What is shown for each character of a password.
const MASK: &str = "*";

/// Fewest columns for text beside the prompt; in a narrower window the prompt is left out.
const TEXT_COLUMNS: usize = 8;

/// Whether colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Names and kinds of lines have colours.
    On,
    /// Text only (`NO_COLOR`).
    Off,
}

/// The row being typed.
#[derive(Debug)]
pub struct Row<'a> {
    /// What stands before the text.
    pub prompt: &'a str,
    /// The name whose colour the prompt has.
    pub name: Option<&'a str>,
    /// The text; `'\n'` is drawn as a mark.
    pub text: &'a str,
    /// The place of the cursor in the text, in bytes.
    pub cursor: usize,
    /// Columns of the window.
    pub columns: usize,
}

impl Colours {
    /// Draw a received line, or the user's own in the same form, in rows of so many columns.
    pub fn line(self, out: &mut String, line: &Line, columns: usize) {
        let mut drawn = String::new();
        self.one_line(&mut drawn, line);
        wrap(out, &drawn, columns);
        out.push_str(LINE_END);
    }

    /// Draw something dim: a typed command, a hint.
    pub fn dim(self, out: &mut String, text: &str, columns: usize) {
        let mut drawn = String::new();
        self.styled(&mut drawn, DIM, text);
        wrap(out, &drawn, columns);
        out.push_str(LINE_END);
    }

    fn one_line(self, out: &mut String, line: &Line) {
        match line {
            Line::Public { name, remark, text } => {
                put(out, "<");
                self.name(out, name, name);
                let space = if remark.is_empty() { "" } else { " " };
                put(out, &format!("{space}{remark}> {text}"));
            }
            Line::Private { head, text, .. } => {
                self.styled(out, BOLD_MAGENTA, &format!("[{head}]"));
                put(out, &format!(" {text}"));
            }
            Line::Action { name, text } => {
                put(out, "~ ");
                self.name(out, name, name);
                put(out, &format!(" {text}"));
            }
            Line::Event(text) => self.styled(out, DIM, &format!("* {text}")),
            Line::Error(text) => self.styled(out, RED, &format!("! {text}")),
            Line::OtherRoom { room, line } => {
                self.styled(out, DIM, &format!("#{room} "));
                self.one_line(out, line);
            }
            Line::WithId { id, line } => {
                self.styled(out, DIM, &format!("[{id}] "));
                self.one_line(out, line);
            }
            Line::Other(text) => put(out, text),
        }
    }

    /// Draw the row being typed, with the cursor in its place.
    pub fn row(self, out: &mut String, row: &Row) {
        let columns = row.columns.saturating_sub(1);
        let prompt_columns = text::columns(row.prompt);
        let has_prompt = prompt_columns + TEXT_COLUMNS <= columns;
        let room = columns - if has_prompt { prompt_columns } else { 0 };
        let (before, after) = window(row.text, row.cursor, room);
        if has_prompt {
            self.name(out, row.name.unwrap_or_default(), row.prompt);
        }
        put(out, &before);
        out.push_str(SAVE_CURSOR);
        put(out, &after);
        out.push_str(RESTORE_CURSOR);
    }

    /// Text in the colour of a name.
    fn name(self, out: &mut String, name: &str, text: &str) {
        match name {
            "" => put(out, text),
            _ => self.styled(out, &format!("\x1b[38;5;{}m", colour(name)), text),
        }
    }

    fn styled(self, out: &mut String, style: &str, text: &str) {
        match self {
            Colours::On => {
                out.push_str(style);
                put(out, text);
                out.push_str(PLAIN);
            }
            Colours::Off => put(out, text),
        }
    }
}

/// A secret text as it is drawn: one mark for each character.
pub fn masked(text: &str) -> String {
    MASK.repeat(text::graphemes(text).count())
}

/// Append text that is not a constant of this file; nothing else does that.
fn put(out: &mut String, text: &str) {
    debug_assert!(text::is_clean(text), "unclean: {text:?}");
    out.push_str(text);
}

/// The colour of a name: the same in every session (FNV-1a), whatever its case.
fn colour(name: &str) -> u8 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.to_lowercase().bytes().fold(0x811C_9DC5, mix);
    PALETTE[hash as usize % PALETTE.len()]
}

/// The part of the text that fits into so many columns, before the cursor and after it.
/// A longer text is shown in pages that overlap by half, so the view stands still during typing.
fn window(text: &str, cursor: usize, room: usize) -> (String, String) {
    let width = |(_, grapheme)| text::columns(shown(grapheme));
    let cursor_column: usize = text::graphemes(&text[..cursor]).map(width).sum();
    let step = (room / 2).max(1);
    let start = match cursor_column.checked_sub(room) {
        None | Some(0) => 0,
        Some(over) => over.div_ceil(step) * step,
    };
    let (mut before, mut after) = (String::new(), String::new());
    let mut column = 0;
    for (at, grapheme) in text::graphemes(text) {
        let grapheme = shown(grapheme);
        let begin = column;
        column += text::columns(grapheme);
        if begin < start {
            continue;
        }
        if column > start + room {
            break;
        }
        let part = if at < cursor { &mut before } else { &mut after };
        part.push_str(grapheme);
    }
    (before, after)
}

/// A grapheme as it is drawn.
fn shown(grapheme: &str) -> &str {
    match grapheme {
        "\n" => NEWLINE_MARK,
        _ => grapheme,
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
