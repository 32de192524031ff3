//! Makes a line safe to show: UTF-8, no controls, no hidden characters, no piles of marks.
//!
//! A user's text appears on other people's terminals, so nothing may remain that moves the cursor,
//! changes the writing direction, starts a line or hides between letters. It never trims and never
//! changes the spelling of visible text; only a line without visible characters becomes empty.
//!
//! Invariants: the result has no control character, and cleaning it again changes nothing.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

use crate::limits::MARKS;

pub mod blanks;

/// The text of a line that everybody may see; empty when nothing visible is left.
pub fn clean(line: &[u8]) -> Cow<'_, str> {
    // Validating is faster than the lossy conversion, and nearly all text is valid.
    let text = match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(line),
    };
    // Nearly every line passes here: ASCII, or Latin letters too.
    let text = if is_printable_ascii(&text) || text.chars().all(is_plain) {
        text
    } else {
        Cow::Owned(filter(&text))
    };
    if text.trim_start().is_empty() {
        Cow::Borrowed("")
    } else {
        text
    }
}

/// Whether cleaning would remove anything but spaces, so that the result is not the text that was
/// sent. A byte order mark at the beginning does not count: it belongs to the encoding.
pub fn hides(line: &[u8]) -> bool {
    let line = line
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(line)
        .trim_ascii();
    let spaced = line.iter().map(|b| if *b == b'\t' { b' ' } else { *b });
    !clean(line).bytes().eq(spaced)
}

/// What happens to a character.
enum Action {
    Keep,
    Drop,
    /// Is replaced by this one.
    As(char),
    /// Stays after a character that it can modify, at most `MARKS` in a row.
    Mark,
    /// ZWJ and ZWNJ: stay between two characters that they join or separate.
    Joiner,
}

fn judge(c: char) -> Action {
    match c {
        ' '..='~' => Action::Keep,
        // Line and paragraph separators, and characters that take space and show nothing: the
        // braille cell without dots, Egyptian full and half blank, a note without a head.
        '\t' | '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{1d159}' => {
            Action::As(' ')
        }
        '\u{200c}' | '\u{200d}' => Action::Joiner,
        c if c.is_control() || is_hidden(c) => Action::Drop,
        c if has_no_meaning(c) => Action::As(char::REPLACEMENT_CHARACTER),
        c if is_combining_mark(c) => Action::Mark,
        c if is_unassigned(c) => Action::As(char::REPLACEMENT_CHARACTER),
        _ => Action::Keep,
    }
}

/// The slow path. Each decision depends only on what was kept so far, so that cleaning the result
/// changes nothing.
fn filter(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    // The last character that is neither a mark nor a joiner: what marks and joiners apply to.
    let mut base = ' ';
    let mut marks = 0;
    let mut joiner = None;
    let mut is_indentation = true;
    for c in text.chars() {
        if c == '\t' && is_indentation {
            kept.push_str(TAB);
            continue;
        }
        let (c, is_mark) = match judge(c) {
            Action::Drop => continue,
            Action::Joiner => {
                joiner = joiner.or(Some(c));
                continue;
            }
            Action::Mark if base.is_whitespace() || marks == MARKS => continue,
            Action::Mark => {
                marks += 1;
                (c, true)
            }
            Action::Keep => (c, false),
            Action::As(c) => (c, false),
        };
        if let Some(joiner) = joiner.take().filter(|&joiner| joins(base, joiner, c)) {
            kept.push(joiner);
        }
        if !is_mark {
            (base, marks) = (c, 0);
        }
        is_indentation &= c.is_whitespace();
        kept.push(c);
    }
    kept
}

/// A tab in the indentation, where it stands for the depth of code.
const TAB: &str = "    ";

/// Looks at every byte without an early exit, so that the compiler can vectorise it.
fn is_printable_ascii(text: &str) -> bool {
    text.bytes()
        .fold(true, |all, b| all & matches!(b, b' '..=b'~'))
}

/// Printable and below the combining marks, so no table is needed. U+00AD, the soft hyphen, is the
/// only hidden character there.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{2ff}')
}

/// Invisible characters that only reorder, hide or fake text.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' // soft hyphen
        | '\u{61c}' | '\u{200e}' | '\u{200f}' // Arabic letter mark, left-to-right, right-to-left
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
        | '\u{180e}' // Mongolian vowel separator
        | '\u{200b}' // zero width space
        | '\u{202a}'..='\u{202e}' // bidi embeddings and overrides
        | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, bidi isolates, deprecated
        | '\u{feff}' // byte order mark
        | '\u{13430}'..='\u{13440}' // Egyptian joiners and controls of their like
        | '\u{fff0}'..='\u{fffb}' // interlinear annotations and what is unassigned beside them
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' // controls of shorthand and music
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}') // tags, not the variation selectors
}

/// Characters without a shared meaning: private use, noncharacters, and the object replacement
/// character.
fn has_no_meaning(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffc}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Not assigned, as far as the standard library knows. Some terminals draw nothing for these, so a
/// later emoji waits for an update. The library's test for printable characters also fails for
/// marks and blanks, and for these Arabic and Kaithi signs, which are drawn below the number after
/// them.
fn is_unassigned(c: char) -> bool {
    let is_printable = || c.escape_debug().len() == 1;
    let is_sign = || {
        matches!(
            c,
            '\u{600}'
                ..='\u{605}'
                    | '\u{6dd}'
                    | '\u{70f}'
                    | '\u{890}'
                    | '\u{891}'
                    | '\u{8e2}'
                    | '\u{110bd}'
                    | '\u{110cd}'
        )
    };
    !(c.is_alphanumeric() || c.is_whitespace() || is_printable() || is_sign())
}

fn joins(base: char, joiner: char, next: char) -> bool {
    (shapes_letters(base) && shapes_letters(next))
        || (joiner == '\u{200d}' && is_emoji(base) && is_emoji(next))
}

/// The blocks of scripts in which a letter's form depends on its neighbours.
fn shapes_letters(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{8ff}' // Arabic, Syriac, N'Ko and their like
        | '\u{900}'..='\u{109f}' // the Indic scripts, Thai to Myanmar
        | '\u{1780}'..='\u{18af}' // Khmer, Mongolian
        | '\u{1b00}'..='\u{1bff}' // Balinese, Sundanese, Batak
        | '\u{a840}'..='\u{a8ff}' | '\u{a980}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' // Arabic forms
        | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}')
}

/// The blocks with all members of joined emoji.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: impl AsRef<[u8]>, expected: &str) {
        assert_eq!(
            clean(line.as_ref()),
            expected,
            "{:?}",
            String::from_utf8_lossy(line.as_ref())
        );
    }

    /// The line stays as it is.
    #[track_caller]
    fn check_kept(line: &str) {
        check(line, line);
    }

    #[test]
    fn ordinary_lines_are_not_copied() {
        for line in [
            "hello",
            "  two  ends ",
            "olá, tudo bem? çãõ £ ½",
            "~!@#$%^&*()",
        ] {
            assert!(matches!(clean(line.as_bytes()), Cow::Borrowed(text) if text == line));
        }
        for line in [
            "日本語",
            "привет",
            "مرحبا",
            "สวัสดี",
            "🙂 ok",
            "e\u{301}",
            "\u{fffd}",
            "न\u{94d}",
        ] {
            check_kept(line);
        }
    }

    #[test]
    fn controls_are_gone() {
        check("a\tb", "a b");
        check("\t\tif a:\tb", "        if a: b");
        check("a\0b\x01c\x07d\x08e\x7ff\rg\nh", "abcdefgh");
        check("\x1b[31mred\x1b[0m \u{9b}31m\u{85}", "[31mred[0m 31m");
        check("\x1b]52;c;aGk=\x07", "]52;c;aGk=");
        check("hi\r<ana> forged", "hi<ana> forged");
    }

    #[test]
    fn hides_tells_what_cleaning_removes() {
        for line in [
            "ana",
            "  ana\r",
            "two\twords",
            "João",
            "می\u{200c}خواهم",
            "\u{feff}ana",
            "",
        ] {
            assert!(!hides(line.as_bytes()), "{line:?}");
        }
        for line in [
            "\0\x01a\x02b\x03",
            "a\u{200b}na",
            "ana\u{feff}",
            "\x1b[Aana",
            "e\u{1160}",
            "\u{2800}",
        ] {
            assert!(hides(line.as_bytes()), "{line:?}");
        }
        assert!(hides(b"ana\xe3o") && hides(b"\xff\xfei\0l\0"));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        check(b"a\xffb", "a\u{fffd}b");
        check(
            b"\xc0\xaf \xed\xa0\x80",
            "\u{fffd}\u{fffd} \u{fffd}\u{fffd}\u{fffd}",
        );
        check(b"cut \xf0\x9f\x98", "cut \u{fffd}");
        check(
            "\u{e000}\u{f8ff}\u{10ffff}\u{fdd0}",
            "\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
        );
    }

    #[test]
    fn hidden_characters_are_gone() {
        check("a\u{202e}b\u{2066}c\u{200e}d\u{61c}e", "abcde");
        check(
            "a\u{200b}b\u{2060}c\u{feff}d\u{ad}e\u{180e}f\u{e0041}g\u{fff9}h\u{3164}i",
            "abcdefghi",
        );
        check("a\u{2028}b\u{2029}c", "a b c");
    }

    #[test]
    fn a_line_that_shows_nothing_is_empty() {
        for line in [
            "",
            "   ",
            "\t",
            "\u{200b}",
            " \u{a0}\u{3000}\u{2800}",
            "\u{fe0f}\u{301}",
            "\u{200d}\u{1160}",
            "\u{13441}",
            "\u{1d159}\u{13442}",
            "\u{13430}\u{1343f}",
            "\u{34f}\u{17b4}",
            "\x1b",
        ] {
            check(line, "");
        }
    }

    #[test]
    fn marks_need_a_letter_and_are_limited() {
        let pile = |n| format!("a{}b", "\u{301}".repeat(n));
        check_kept(&pile(MARKS));
        check(pile(MARKS + 1), &pile(MARKS));
        check(pile(10_000), &pile(MARKS));
        check("\u{301}a \u{301}b", "a b");
        check(
            format!("a{}", "\u{301}\u{200b}\u{200d}".repeat(100)),
            &pile(MARKS)[..1 + 2 * MARKS],
        );
        check_kept("☺\u{fe0f}");
    }

    #[test]
    fn joiners_stay_where_they_matter() {
        check_kept("👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥 👩🏽\u{200d}⚕\u{fe0f}");
        check_kept("می\u{200c}خواهم");
        check_kept("क\u{94d}\u{200d}ष श\u{94d}\u{200c}र");
        check("a\u{200d}b \u{200c}क\u{94d}\u{200d}", "ab क\u{94d}");
        check("👩\u{200d}", "👩");
        check("👩\u{200c}👩", "👩👩");
        check("👩\u{200d}\u{200d}👩", "👩\u{200d}👩");
    }

    #[test]
    fn legal_names_are_clean() {
        for c in '\0'..=char::MAX {
            if let Ok(name) = crate::hub::name::Name::parse(&c.to_string()) {
                check_kept(name.shown());
            }
        }
    }

    /// Every character for which some three hundred fonts draw nothing is removed or becomes a
    /// space when it stands alone. Characters that no font knows yet are assumed visible.
    #[test]
    fn every_remaining_character_is_visible() {
        let without_ink = [
            '\u{34f}'..='\u{34f}',
            '\u{61c}'..='\u{61c}',
            '\u{115f}'..='\u{1160}',
            '\u{1680}'..='\u{1680}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{2000}'..='\u{200f}',
            '\u{2028}'..='\u{202f}',
            '\u{205f}'..='\u{206f}',
            '\u{2800}'..='\u{2800}',
            '\u{3000}'..='\u{3000}',
            '\u{3164}'..='\u{3164}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{feff}'..='\u{feff}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{fff9}'..='\u{fffb}',
            '\u{11d45}'..='\u{11d45}',
            '\u{11d97}'..='\u{11d97}',
            '\u{13430}'..='\u{13442}',
            '\u{1d159}'..='\u{1d159}',
            '\u{1d173}'..='\u{1d17a}',
            '\u{e0000}'..='\u{e0fff}',
        ];
        for c in without_ink.into_iter().flatten() {
            check(c.to_string(), "");
        }
        for c in ['\u{378}', '\u{fffc}', '\u{2fe0}', '\u{1ffff}'] {
            check(c.to_string(), "\u{fffd}");
        }
        for c in [
            '\u{600}', '\u{a4fd}', '\u{ff9e}', '🪿', '€', '⠁', '𓀀', '\u{fffd}',
        ] {
            check_kept(&c.to_string());
        }
    }

    fn check_promises(line: &[u8]) {
        let once = clean(line);
        assert_eq!(clean(once.as_bytes()), once);
        assert!(
            !once
                .chars()
                .any(|c| c.is_control() || is_hidden(c) || has_no_meaning(c)),
            "{once:?}"
        );
        assert!(
            !once.starts_with(['\u{200c}', '\u{200d}'])
                && !once.ends_with(['\u{200c}', '\u{200d}'])
        );
    }

    #[test]
    fn every_character_keeps_the_invariants() {
        for c in '\0'..=char::MAX {
            check_promises(format!("{c}क{c}{c}👩{c}").as_bytes());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes(line: Vec<u8>) {
            check_promises(&line);
        }

        #[test]
        fn any_text_of_the_difficult_characters(line in "[a \t\r👩❤क\u{94d}\u{200c}\u{200d}\u{200b}\u{301}\u{fe0f}\u{e000}م]{0,40}") {
            check_promises(line.as_bytes());
        }
    }
}
