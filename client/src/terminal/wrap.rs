//! Lines in rows: a line wider than the window is broken at spaces and continues indented, so that no
//! row but the first looks like a line of its own and nobody can pad a text to forge one.
//!
//! It knows the sequences for colours, which take no column, and nothing else of a terminal.
//! Not done: a window that gets narrower later is wrapped by the terminal, as all text above is.
//!
//! Invariant: every row but the first begins with at least `INDENT` blanks, and none is wider than the window.

use crate::text;

/// A line end in raw mode.
pub(super) const LINE_END: &str = "\r\n";
/// Fewest blanks before a row that continues a line.
pub(super) const INDENT: usize = 2;
/// In a narrower window the terminal wraps.
const FEWEST_COLUMNS: usize = 10;

/// Append a drawn line, without its end, in rows of at most so many columns, the others behind so many blanks.
pub(super) fn wrap(out: &mut String, drawn: &str, columns: usize, indent: usize) {
    if columns < FEWEST_COLUMNS || width(drawn) <= columns {
        return out.push_str(drawn);
    }
    let mut column = 0;
    for word in drawn.split_inclusive(' ') {
        let width = width(word.trim_end());
        let is_long = width > columns - indent;
        if column > indent && column + width > columns && !is_long {
            column = begin_row(out, indent);
        }
        column = put_word(out, word, column, (columns, indent));
    }
}

/// Append a word with the space behind it, broken where it does not fit. Returns the column after it.
fn put_word(
    out: &mut String,
    word: &str,
    mut column: usize,
    (columns, indent): (usize, usize),
) -> usize {
    for (is_sequence, part) in parts(word) {
        if is_sequence {
            out.push_str(part);
            continue;
        }
        for (_, grapheme) in text::graphemes(part) {
            let width = text::columns(grapheme);
            let fits = column + width <= columns;
            // A blank at the end of a row needs no row of its own.
            if !fits && grapheme == " " {
                continue;
            }
            if !fits {
                column = begin_row(out, indent);
            }
            out.push_str(grapheme);
            column += width;
        }
    }
    column
}

fn begin_row(out: &mut String, indent: usize) -> usize {
    out.push_str(LINE_END);
    out.push_str(&" ".repeat(indent));
    indent
}

/// The pieces of a drawn text, and whether each is a sequence: `ESC [ ... m`.
pub(super) fn parts(drawn: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let mut rest = drawn;
    while let Some(at) = rest.find('\x1b') {
        let end = rest[at..].find('m').map_or(rest.len(), |end| at + end + 1);
        parts.push((false, &rest[..at]));
        parts.push((true, &rest[at..end]));
        rest = &rest[end..];
    }
    parts.push((false, rest));
    parts
}

/// How many columns a drawn text takes.
pub(super) fn width(drawn: &str) -> usize {
    let texts = parts(drawn).into_iter().filter(|part| !part.0);
    texts.map(|(_, text)| text::columns(text)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(drawn: &str, columns: usize) -> Vec<String> {
        let mut out = String::new();
        wrap(&mut out, drawn, columns, INDENT);
        out.split(LINE_END).map(str::to_owned).collect()
    }

    #[test]
    fn what_fits_is_one_row() {
        assert_eq!(rows("<ana> hello", 80), ["<ana> hello"]);
        assert_eq!(rows("<ana> 123", 10), ["<ana> 123"]);
        assert_eq!(rows("<ana> a long line", 5), ["<ana> a long line"]);
    }

    #[test]
    fn words_are_not_cut_where_they_fit() {
        assert_eq!(
            rows("<ana> one two three", 13),
            ["<ana> one two", "  three"]
        );
        assert_eq!(
            rows("<ana> onetwothreefour", 14),
            ["<ana> onetwoth", "  reefour"]
        );
        assert_eq!(rows("<ana> 日本語日本語", 13), ["<ana> 日本語", "  日本語"]);
        let coloured = "<\x1b[38;5;27mana\x1b[0m> one two three";
        assert_eq!(
            rows(coloured, 13),
            ["<\x1b[38;5;27mana\x1b[0m> one two", "  three"]
        );
    }

    #[test]
    fn a_padded_line_forges_no_row() {
        for pad in [" ", "\u{a0}", "\u{2003}", "\u{3000}", "."] {
            let line = format!("<eve> hi{}* bob left", pad.repeat(72));
            let rows = rows(&line, 80);
            assert!(rows.len() > 1 || pad == " ", "{rows:?}");
            assert!(
                rows[1..].iter().all(|row| row.starts_with("  ")),
                "{rows:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn rows_are_indented_and_nothing_is_lost(text in "[a-z é日\u{a0}*<]{0,200}", columns in 10..90_usize) {
            let rows = rows(&text, columns);
            prop_assert!(rows[1..].iter().all(|row| row.starts_with("  ")));
            prop_assert!(rows.iter().all(|row| text::columns(row) <= columns));
            let bare = |text: &str| text.replace([' ', '\r', '\n'], "");
            prop_assert_eq!(bare(&rows.concat()), bare(&text));
        }
    }
}
