//! Shortens long runs of blanks: otherwise a user could pad a line to the width of the screen, so
//! that its rest begins a row and looks like somebody else's line.
//!
//! For texts that are shown, not for names or passwords. It expects a clean text, in which every
//! blank is Unicode whitespace (see clean.rs).
//!
//! Invariant: the result has at most `BLANKS` blanks in a row, apart from an indentation of at most
//! `INDENTATION`; words and their order stay, and shortening again changes nothing.

use std::borrow::Cow;

use crate::limits::{BLANKS, INDENTATION};

/// The text with its long runs of blanks shortened to spaces.
pub fn shorten(text: &str) -> Cow<'_, str> {
    if is_short(text) {
        return Cow::Borrowed(text);
    }
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let words = rest.trim_start();
        let (run, most) = (
            &rest[..rest.len() - words.len()],
            limit(rest.len() == text.len()),
        );
        match columns(run) <= most {
            true => short.push_str(run),
            false => short.extend(std::iter::repeat_n(' ', most)),
        }
        let end = words.find(char::is_whitespace).unwrap_or(words.len());
        short.push_str(&words[..end]);
        rest = &words[end..];
    }
    Cow::Owned(short)
}

/// Whether nothing needs shortening, by one look at the bytes. True for nearly every text.
fn is_short(text: &str) -> bool {
    let mut run = 0;
    text.is_ascii()
        && text.bytes().all(|b| {
            run = if b == b' ' { run + 1 } else { 0 };
            run <= BLANKS
        })
}

fn limit(is_beginning: bool) -> usize {
    match is_beginning {
        true => INDENTATION,
        false => BLANKS,
    }
}

/// The maximal width of a run of blanks: the ideographic space takes two columns.
fn columns(run: &str) -> usize {
    run.chars()
        .map(|c| if c == '\u{3000}' { 2 } else { 1 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::clean;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let clean = clean(text.as_bytes());
        let short = shorten(&clean);
        assert_eq!(short, expected, "{text:?}");
        assert_eq!(shorten(&short), short);
    }

    #[test]
    fn ordinary_blanks_stay() {
        for text in [
            "hello",
            "two  spaces",
            "    return x + 1    # why",
            "                16",
            "olá,  mundo",
            "日本　語",
            "1\u{a0}000 €",
            "",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn an_ordinary_text_is_not_copied() {
        assert!(matches!(
            shorten("two  spaces"),
            Cow::Borrowed("two  spaces")
        ));
    }

    #[test]
    fn no_row_of_a_screen_is_padded() {
        let row = format!("hi{:76}* bob left{:70}[private from ana] x", "", "");
        check(&row, "hi    * bob left    [private from ana] x");
        check(&format!("{:40}x", ""), &format!("{:16}x", ""));
    }

    /// Every kind of blank in Unicode and in fonts, alone and mixed.
    #[test]
    fn every_kind_of_blank_counts() {
        let blanks: Vec<char> = ('\0'..=char::MAX)
            .filter(|c| {
                clean(format!("a{c}b").as_bytes())
                    .chars()
                    .nth(1)
                    .is_some_and(char::is_whitespace)
            })
            .collect();
        for known in [
            '\u{a0}',
            '\u{1680}',
            '\u{2003}',
            '\u{2800}',
            '\u{3000}',
            '\u{13441}',
            '\u{1d159}',
        ] {
            assert!(blanks.contains(&known), "{known:?}");
        }
        for blank in &blanks {
            let pad = String::from(*blank).repeat(78);
            check(&format!("hi{pad}* bob left"), "hi    * bob left");
            // Invisible characters do not interrupt a run.
            for nothing in [
                '\u{200b}',
                '\u{301}',
                '\u{fe0f}',
                '\u{3164}',
                '\u{e0041}',
                '\u{34f}',
            ] {
                let pad = format!("{blank}{nothing}").repeat(40);
                check(&format!("hi{pad}* bob left"), "hi    * bob left");
            }
        }
        let mixed: String = blanks.iter().cycle().take(80).collect();
        check(&format!("hi{mixed}* bob left"), "hi    * bob left");
    }

    proptest::proptest! {
        #[test]
        fn words_stay_and_runs_are_short(text in "[ a\u{a0}\u{3000}é\t]{0,120}") {
            let clean = clean(text.as_bytes());
            let short = shorten(&clean);
            proptest::prop_assert!(short.split_whitespace().eq(clean.split_whitespace()));
            let inner = short.trim_start().replace(char::is_whitespace, " ");
            proptest::prop_assert!(!inner.contains(&" ".repeat(BLANKS + 1)));
            proptest::prop_assert!(short.len() - short.trim_start().len() <= 3 * INDENTATION);
            proptest::prop_assert_eq!(shorten(&short), &*short);
        }
    }
}
