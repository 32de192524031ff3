//! The row being typed, as bytes for a terminal.
//!
//! Invariant: the row never reaches the last column, so a terminal never wraps it, and it is always
//! redrawn whole: terminals differ about the width of emoji, so the cursor is put into its place by what
//! the terminal itself remembers and not by counted columns.

use crate::terminal::view::{Colours, put};
use crate::text;

pub(super) const SAVE_CURSOR: &str = "\x1b7";
pub(super) const RESTORE_CURSOR: &str = "\x1b8";

/// How a pasted line end is shown.
const NEWLINE_MARK: &str = "↵";

/// What is shown for each character of a password.
const MASK: &str = "*";

/// Fewest columns for text beside the prompt; in a narrower window the prompt is left out.
pub(super) const TEXT_COLUMNS: usize = 8;

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

impl Row<'_> {
    /// Draw the row, with the cursor in its place. Returns the column of the cursor.
    pub fn draw(&self, out: &mut String, colours: Colours) -> usize {
        let columns = self.columns.saturating_sub(1);
        let prompt_columns = text::columns(self.prompt);
        let has_prompt = prompt_columns + TEXT_COLUMNS <= columns;
        let prompt_columns = if has_prompt { prompt_columns } else { 0 };
        let (text, cursor) = (shown(self.text), shown(&self.text[..self.cursor]).len());
        let (before, after) = window(&text, cursor, columns - prompt_columns);
        if has_prompt {
            colours.name(out, self.name.unwrap_or_default(), self.prompt);
        }
        put(out, &before);
        out.push_str(SAVE_CURSOR);
        put(out, &after);
        out.push_str(RESTORE_CURSOR);
        prompt_columns + text::columns(&before)
    }
}

/// A typed text as it is drawn.
pub(super) fn shown(typed: &str) -> String {
    typed.replace('\n', NEWLINE_MARK)
}

/// How many columns a typed text takes.
pub(super) fn columns(typed: &str) -> usize {
    text::columns(&shown(typed))
}

/// A secret text as it is drawn: one mark for each character.
pub fn masked(text: &str) -> String {
    MASK.repeat(text::graphemes(text).count())
}

/// The part of the text that fits into so many columns, before the cursor and after it.
/// A longer text is shown in pages that overlap by half, so the view stands still during typing.
fn window(text: &str, cursor: usize, room: usize) -> (String, String) {
    let cursor_column = text::columns(&text[..cursor]);
    let step = (room / 2).max(1);
    let start = match cursor_column.checked_sub(room) {
        None | Some(0) => 0,
        Some(over) => over.div_ceil(step) * step,
    };
    let (mut before, mut after) = (String::new(), String::new());
    let mut column = 0;
    for (at, grapheme) in text::graphemes(text) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The window of `typed`; in both the cursor is `|`.
    fn check_window(typed: &str, room: usize, expected: &str) {
        let cursor = typed.find('|').expect("a cursor");
        let (before, after) = window(&typed.replace('|', ""), cursor, room);
        assert_eq!(format!("{before}|{after}"), expected, "{typed} in {room}");
    }

    #[test]
    fn the_window_shows_the_cursor() {
        check_window("abc|", 10, "abc|");
        check_window("0123456789|", 10, "0123456789|");
        check_window("0123456789a|", 10, "56789a|");
        check_window("0123|456789abcdef", 10, "0123|456789");
        check_window("日本語日本語|", 5, "本語|");
        check_window("a↵b|", 10, "a↵b|");
        check_window("abc|", 1, "c|");
        check_window("日|", 1, "|");
        check_window("abc|def", 0, "|");
    }

    proptest! {
        #[test]
        fn the_window_fits_and_holds_what_is_at_the_cursor(
            text in "[a-z日🦀↵]{0,40}", at: prop::sample::Index, room in 0usize..20
        ) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let cursor = *at.get(&places);
            let (before, after) = window(&text, cursor, room);
            prop_assert!(text::columns(&before) + text::columns(&after) <= room);
            prop_assert!(text[..cursor].ends_with(&before));
            prop_assert!(text[cursor..].starts_with(&after));
        }
    }
}
