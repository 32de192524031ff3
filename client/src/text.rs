//! What may be shown: text in which nothing commands a terminal and nothing hides.
//!
//! The server is treated as hostile, so every byte of it passes here before anything else sees it,
//! and so does every character that is typed or pasted. Nothing here knows lines, names or colours.
//! Invariant: what these functions return holds no control character, no character that turns the
//! direction of writing and none that shows nothing; `received` leaves at most `MARKS` marks on a letter.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks that stay on one letter. The server keeps as many; a pile of a thousand would be drawn
/// over the lines above.
const MARKS: usize = 8;

/// Received bytes as text: what is not UTF-8 and what could do harm becomes U+FFFD, so that it is
/// seen that there was something.
pub fn received(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        // Joiners stand in honest text (Persian, emoji families); without them it stays readable.
        if matches!(c, '\u{200C}' | '\u{200D}') {
            continue;
        }
        let c = typed(c).unwrap_or(char::REPLACEMENT_CHARACTER);
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks <= MARKS {
            clean.push(c);
        }
    }
    clean
}

/// A typed character as the others will see it; `None` when the server would remove it.
pub fn typed(c: char) -> Option<char> {
    match c {
        '\t' => Some(' '),
        c if c.is_control() || is_hidden(c) => None,
        c => Some(c),
    }
}

/// How many columns the text takes on a terminal, as far as one can know.
pub fn columns(text: &str) -> usize {
    text.width()
}

fn is_mark(c: char) -> bool {
    c.width() == Some(0)
}

/// Characters that are not controls by category, yet turn the direction of writing or show nothing.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}'
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers: letters that are blank
        | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether the text keeps this file's promise; for tests and debug assertions.
pub fn is_clean(text: &str) -> bool {
    text.chars().all(|c| typed(c) == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(received(bytes), expected, "for {bytes:?}");
    }

    #[test]
    fn honest_text_stays() {
        check("olá, 日本 🦀 e\u{301}".as_bytes(), "olá, 日本 🦀 e\u{301}");
        check(b"a\tb", "a b");
    }

    #[test]
    fn harm_is_replaced() {
        check(b"a\x1b[2Jb", "a\u{FFFD}[2Jb");
        check(b"a\x7f\x00\rb", "a\u{FFFD}\u{FFFD}\u{FFFD}b");
        check("a\u{9b}2Jb".as_bytes(), "a\u{FFFD}2Jb");
        check(b"a\x9b2Jb", "a\u{FFFD}2Jb");
        check(
            "\u{202E}abc\u{2066}\u{200B}".as_bytes(),
            "\u{FFFD}abc\u{FFFD}\u{FFFD}",
        );
    }

    #[test]
    fn joiners_go_without_a_trace() {
        check("👩\u{200D}🚀".as_bytes(), "👩🚀");
    }

    #[test]
    fn piles_of_marks_are_cut() {
        let pile = format!("e{}x", "\u{301}".repeat(50));
        check(pile.as_bytes(), &format!("e{}x", "\u{301}".repeat(8)));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_clean(bytes: Vec<u8>) {
            prop_assert!(is_clean(&received(&bytes)));
        }

        #[test]
        fn any_text_is_clean(text in "\\PC*|.*") {
            let once = received(text.as_bytes());
            prop_assert!(is_clean(&once));
            prop_assert_eq!(received(once.as_bytes()), once);
        }
    }
}
