//! The words of a search, as an expression of SQLite's full-text search. Pure.
//!
//! Invariant: whatever was typed, the expression is a legal one that asks for words: nothing typed is syntax
//! but quotation marks around words and a `*` at the end of one.

use std::fmt::Write;

/// Further words are not asked for.
const WORDS: usize = 16;

/// Lines with all of these words: a word with `*` at its end is the beginning of one, those between
/// quotation marks stand one after the other. None if there is no letter or digit in them.
pub(super) fn expression(typed: &str) -> Option<String> {
    // Every second part stood between quotation marks; the last one need not be closed.
    let parts = typed.split('"').enumerate();
    let words = parts.flat_map(|(n, part)| match n % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    let mut out = String::new();
    for word in words
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(WORDS)
    {
        let bare = word.trim_end().trim_end_matches('*');
        let star = if word.trim_end().len() > bare.len() {
            "*"
        } else {
            ""
        };
        // No quotation mark is left in it, and a string takes everything.
        let _ = write!(out, "\"{}\"{star} ", bare.replace('\0', " "));
    }
    (!out.is_empty()).then_some(out)
}

/// The token by which a name is found, whatever its letters are.
pub(super) fn token(key: &str) -> String {
    let mut out = "n".to_owned();
    for byte in key.bytes() {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quotation_marks_and_stars_mean_something() {
        let check = |typed: &str, expected: Option<&str>| {
            assert_eq!(expression(typed).as_deref(), expected, "{typed}");
        };
        check("soup", Some("\"soup\" "));
        check(" soup  lun* ", Some("\"soup\" \"lun\"* "));
        check("\"hot soup\" OR", Some("\"hot soup\" \"OR\" "));
        check("a\"b c\"d", Some("\"a\" \"b c\" \"d\" "));
        check("\"hot sou*", Some("\"hot sou\"* "));
        check(
            "text:x NEAR(a b) ^c",
            Some("\"text:x\" \"NEAR(a\" \"b)\" \"^c\" "),
        );
        for nothing in ["", " ", "\"", "\"\"", "* - ()", "\"*\""] {
            check(nothing, None);
        }
        assert_eq!(token("ana"), "n616e61");
    }
}
