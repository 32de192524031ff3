//! Applies erase keys, as a terminal in line mode does before it sends a line. Terminals that send
//! each key alone (PuTTY in raw mode, telnet without line mode, `stty raw`) leave this to the
//! server.
//!
//! It knows no conn, and of telnet only the mark that the filter leaves. Invariants: the result has
//! no erased characters, erase keys or marks; the line never grows; the work is linear, since each
//! byte is kept once and erased at most once.

use unicode_normalization::char::is_combining_mark;

/// One line after editing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// Without its LF and the CR before it.
    pub bytes: &'a [u8],
    /// Whether telnet options, or bytes that look like them, were removed from the middle. A text
    /// can do without them, but a name that had them is not what the user typed.
    pub is_torn: bool,
}

impl<'a> From<&'a [u8]> for Line<'a> {
    fn from(bytes: &'a [u8]) -> Line<'a> {
        Line {
            bytes,
            is_torn: false,
        }
    }
}

/// Backspace; also telnet's EC.
pub const ERASE_CHARACTER: u8 = 0x08;
/// Sent by the backspace key of most terminals.
const DELETE: u8 = 0x7f;
/// Ctrl-U; also telnet's EL.
pub const ERASE_LINE: u8 = 0x15;
/// Ctrl-W.
const ERASE_WORD: u8 = 0x17;
/// Marks the place where bytes that are not text were removed. This byte never occurs in UTF-8.
pub const MARK: u8 = 0xff;

/// Edits a line in place. Returns its length, and whether a mark was left between two of its bytes.
pub fn edit(line: &mut [u8]) -> (usize, bool) {
    // Looks at every byte without an early exit, so that the compiler can vectorise it.
    if !line.iter().fold(false, |any, byte| any | has_work(*byte)) {
        return (line.len(), false);
    }
    let mut kept = 0;
    let (mut is_marked, mut is_torn) = (false, false);
    for at in 0..line.len() {
        match line[at] {
            MARK => is_marked = true,
            ERASE_CHARACTER | DELETE => {
                kept = last_start(&line[..kept]);
                // The mark of telnet's EC does not tear a line.
                is_marked = false;
            }
            ERASE_LINE => kept = 0,
            ERASE_WORD => kept = before_last_word(&line[..kept]),
            byte => {
                is_torn |= is_marked;
                line[kept] = byte;
                kept += 1;
            }
        }
        if kept == 0 {
            (is_marked, is_torn) = (false, false);
        }
    }
    (kept, is_torn)
}

fn has_work(byte: u8) -> bool {
    matches!(
        byte,
        ERASE_CHARACTER | DELETE | ERASE_LINE | ERASE_WORD | MARK
    )
}

/// Where the last character as a reader sees it begins: its marks and joined emoji included.
fn last_start(text: &[u8]) -> usize {
    let mut end = text.len();
    while let Some((start, last)) = last_char(&text[..end]) {
        end = start;
        if last.is_some_and(extends_previous) {
            continue;
        }
        match last_char(&text[..end]) {
            Some((joiner, Some('\u{200d}'))) => end = joiner,
            _ => return end,
        }
    }
    end
}

fn before_last_word(text: &[u8]) -> usize {
    let is_space = |byte: &u8| byte.is_ascii_whitespace();
    let word_end = text.iter().rposition(|byte| !is_space(byte));
    let word_end = word_end.map_or(0, |last| last + 1);
    let space = text[..word_end].iter().rposition(is_space);
    space.map_or(0, |space| space + 1)
}

/// The last character and where it begins; none for a byte that is not UTF-8.
fn last_char(text: &[u8]) -> Option<(usize, Option<char>)> {
    let last = text.len().checked_sub(1)?;
    for start in (last.saturating_sub(3)..=last).rev() {
        if let Ok(suffix) = std::str::from_utf8(&text[start..]) {
            return Some((start, suffix.chars().next()));
        }
    }
    Some((last, None))
}

/// Combining marks, variation selectors, and skin tones.
pub(super) fn extends_previous(c: char) -> bool {
    is_combining_mark(c) || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: impl AsRef<[u8]>, expected: impl AsRef<[u8]>) {
        let mut line = line.as_ref().to_vec();
        let (len, _) = edit(&mut line);
        assert_eq!(
            String::from_utf8_lossy(&line[..len]),
            String::from_utf8_lossy(expected.as_ref())
        );
    }

    #[test]
    fn lines_without_erase_keys_are_unchanged() {
        for line in ["", "hello", "    olá\t\u{1f642}", "\u{1b}[D\0\u{1}"] {
            check(line, line);
        }
        check(b"\xe7\xe3", b"\xe7\xe3");
    }

    #[test]
    fn characters_words_and_lines_are_erased() {
        check("bo\u{8}\u{8}eva", "eva");
        check("bob\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}eva", "eva");
        check("olá\u{8}", "ol");
        check("ole\u{301}\u{8}!", "ol!");
        check("a👩🏽\u{200d}⚕\u{fe0f}\u{7f}b", "ab");
        check("a\u{8}\u{8}", "");
        check("one two\u{17}three", "one three");
        check("one two  \u{17}\u{17}", "");
        check("wrong\u{15}right", "right");
        // Bytes that are not UTF-8 are erased one by one.
        check(b"\xe7\xe3\x08", b"\xe7");
        check(b"a\x80\x80\x80\x80\x80\x08", b"a\x80\x80\x80\x80");
    }

    #[test]
    fn a_mark_between_two_bytes_tears_the_line() {
        let torn = |line: &[u8]| {
            let mut line = line.to_vec();
            let (len, is_torn) = edit(&mut line);
            assert!(!line[..len].contains(&MARK));
            is_torn
        };
        assert!(torn(b"bo\xffb"));
        assert!(!torn(b"bob\xff"));
        assert!(!torn(b"bo\xff\x15bob"), "EL");
        assert!(!torn(b"bo\xff\x08b"), "EC");
        assert!(torn(b"bo\xffb\x08b"));
        assert!(!torn(b"bo\xffb\x15bob"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_edited_once(line in "[a é\u{301}\u{200d}👩🏽\u{8}\u{7f}\u{15}\u{17}]{0,60}") {
            let mut bytes = line.clone().into_bytes();
            let (len, _) = edit(&mut bytes);
            let text = std::str::from_utf8(&bytes[..len]).expect("whole characters are erased");
            proptest::prop_assert!(!text.bytes().any(has_work));
            check(text, text);
        }
    }
}
