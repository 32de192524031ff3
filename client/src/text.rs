//! Clean text: text in which nothing commands a terminal and nothing hides.
//!
//! The server is treated as hostile, so each of its bytes passes here before anything else sees it,
//! and so does every character that is typed or pasted. Nothing here knows lines, names or colours.
//! Invariant: what `received` and `typed_behind` return holds no control character, no character that changes
//! the direction of writing and no invisible one, but for what joins or varies a character before it;
//! `received` leaves at most `MARKS` marks on a letter.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most combining marks on one letter, as on the server. A pile of a thousand would be drawn over the
/// lines above.
const MARKS: usize = 8;

/// Received bytes as text. What is not UTF-8 and what could do harm becomes U+FFFD, so that the user
/// sees that there was something.
pub fn received(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    let mut joiner = None;
    for c in text.chars() {
        // Honest text has joiners (Persian, emoji families): they stay where they can join.
        if is_joiner(c) {
            joiner = joiner.or(Some(c));
            continue;
        }
        let c = typed_behind(clean.chars().next_back(), c).unwrap_or(char::REPLACEMENT_CHARACTER);
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MARKS {
            continue;
        }
        let follows = clean.ends_with(|last: char| !last.is_whitespace());
        if let Some(joiner) = joiner.take().filter(|_| follows && !c.is_whitespace()) {
            clean.push(joiner);
        }
        clean.push(c);
    }
    clean
}

/// A typed character as the others will see it; `None` when the server would remove it.
pub fn typed(c: char) -> Option<char> {
    match c {
        '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || is_hidden(c) => None,
        c => Some(c),
    }
}

/// The same behind another character: what joins or varies needs something before it.
pub(crate) fn typed_behind(before: Option<char>, c: char) -> Option<char> {
    let follows = before.is_some_and(|before| !before.is_whitespace());
    let can_join = before.is_some_and(|b| follows && !b.is_ascii() && !is_joiner(b));
    match c {
        c if is_joiner(c) => can_join.then_some(c),
        c if is_selector(c) => follows.then_some(c),
        c => typed(c),
    }
}

/// The words of the text and where they begin, as Unicode tells them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.unicode_word_indices()
}

/// Whether a word may begin or end there: between letters only where a script needs no spaces.
pub(crate) fn is_word_bound(text: &str, at: usize) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_' || is_mark(c);
    let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
    if !(before.is_some_and(is_letter) && after.is_some_and(is_letter)) {
        return true;
    }
    // Of a long line only 32 bytes on both sides are looked at: a hostile one asks this at each of its letters.
    let from = text.floor_char_boundary(at.saturating_sub(32));
    let near = &text[from..text.ceil_char_boundary(at + 32)];
    near.split_word_bound_indices()
        .any(|(bound, _)| from + bound == at)
}

/// The graphemes of the text and where they begin: what is drawn as one sign each.
pub(crate) fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> {
    text.grapheme_indices(true)
}

/// How many columns the text takes on a terminal, as far as that is known.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// ZWNJ and ZWJ: they separate or join the letters, or the parts of an emoji, on their two sides.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

fn is_mark(c: char) -> bool {
    c.width() == Some(0)
}

/// Characters that are not controls by category, but change the direction of writing or are invisible.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}'
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers: letters that are blank
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}')
        || is_selector(c)
}

/// Marks that show nothing but change the character before them, as Japanese names need it.
fn is_selector(c: char) -> bool {
    matches!(c,
        '\u{34F}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180D}' | '\u{180F}'
        | '\u{E0100}'..='\u{E01EF}')
}

/// Whether the text is clean; for tests and debug assertions.
pub fn is_clean(text: &str) -> bool {
    let is_clean = |c| typed(c) == Some(c) || is_joiner(c) || is_selector(c);
    text.chars().all(is_clean)
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
    fn joiners_stay_between_what_they_join() {
        for text in ["👩\u{200D}🚀", "می\u{200C}خواهم", "क\u{94d}\u{200D}ष"] {
            check(text.as_bytes(), text);
        }
        check("\u{200D}a \u{200C} b\u{200D}".as_bytes(), "a  b");
        check("👩\u{200D}\u{200C}\u{200D}🚀".as_bytes(), "👩\u{200D}🚀");
        let pile = "\u{301}\u{200D}".repeat(50);
        let cut = format!("e\u{301}{}x", "\u{200D}\u{301}".repeat(7));
        check(
            format!("e{pile}x").as_bytes(),
            &cut.replace('x', "\u{200D}x"),
        );
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
