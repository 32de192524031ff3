//! What the sequences of terminals mean: those of xterm and its many likes, rxvt, Konsole, PuTTY, the Linux
//! console, and the numbered keys of newer terminals. What is no key (an answer, a report of the
//! mouse) means nothing here. It keeps no state.

use std::str::FromStr;

use super::keys::{Focus, Key};

/// A key with modifiers, as terminals number them: Shift 1, Alt 2, Control 4, and one more.
#[derive(Clone, Copy)]
struct Modifiers(u8);

impl Modifiers {
    fn parse(number: Option<&[u8]>, is_alt: bool) -> Modifiers {
        let given = number.and_then(self::number);
        let bits = given.unwrap_or(1_u8).saturating_sub(1);
        Modifiers(if is_alt { bits | 2 } else { bits })
    }

    fn has_alt(self) -> bool {
        self.0 & 2 != 0
    }

    fn has_control(self) -> bool {
        self.0 & 4 != 0
    }

    /// Those with which keys move and delete by words.
    fn is_by_word(self) -> bool {
        self.has_alt() || self.has_control()
    }
}

/// `ESC [ PARAMETERS LAST`.
pub(super) fn csi(parameters: &[u8], last: u8, is_alt: bool) -> Option<Key> {
    let mut numbers = parameters.split(|&b| b == b';');
    let (first, second) = (numbers.next().unwrap_or_default(), numbers.next());
    // The key was let go.
    if second.is_some_and(|second| second.ends_with(b":3")) {
        return None;
    }
    let modifiers = Modifiers::parse(second, is_alt);
    match (last, first) {
        (b'I', b"") => Some(Key::Focus(Focus::Here)),
        (b'O', b"") => Some(Key::Focus(Focus::Elsewhere)),
        // F3 with modifiers may look the same; who did not ask ignores it.
        (b'R', _) => Some(Key::CursorAt {
            column: number::<usize>(second?)?.checked_sub(1)?,
        }),
        (b'~', b"1" | b"7") => Some(Key::Home),
        (b'~', b"4" | b"8") => Some(Key::End),
        (b'~', b"5") => Some(Key::PageUp),
        (b'~', b"6") => Some(Key::PageDown),
        (b'~', b"3") if modifiers.is_by_word() => Some(Key::WordDelete),
        (b'~', b"3") => Some(Key::Delete),
        // `ESC [ 3 ^` is rxvt's Delete with the control key.
        (b'^', b"3") => Some(Key::WordDelete),
        (b'~', b"27") => numbered(numbers.next()?, modifiers),
        (b'u', code) => numbered(code, modifiers),
        (_, b"" | b"1") => cursor(last, modifiers),
        // Without the 1, as older terminals send it.
        (_, [b'2'..=b'8']) if second.is_none() => {
            cursor(last, Modifiers::parse(Some(first), is_alt))
        }
        _ => None,
    }
}

/// What stands behind a colon tells whether the key was pressed or repeats, or what it is with Shift.
fn number<N: FromStr>(text: &[u8]) -> Option<N> {
    let digits = text.split(|&b| b == b':').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `ESC O PARAMETERS LAST`. Arrows with nothing else are PuTTY's with the control key: the terminal was
/// told to send the others as `ESC [`.
pub(super) fn ss3(parameters: &[u8], last: u8, is_alt: bool) -> Option<Key> {
    let number = parameters.rsplit(|&b| b == b';').next();
    let modifiers = Modifiers::parse(number.filter(|number| !number.is_empty()), is_alt);
    match last {
        b'M' => Some(Key::Enter),
        b'C' | b'c' => Some(Key::WordRight),
        b'D' | b'd' => Some(Key::WordLeft),
        _ => cursor(last, modifiers),
    }
}

/// ESC and this character: a key with Alt.
pub(super) fn alt(c: char) -> Option<Key> {
    match c.to_ascii_lowercase() {
        '\x08' | '\x7f' => Some(Key::WordBackspace),
        known @ ('a' | 'b' | 'f' | 'd' | 'u' | 'l' | 'c' | 'y') => Some(Key::Alt(known)),
        _ if c.is_ascii_graphic() => Some(Key::Alt(c)),
        _ => None,
    }
}

fn cursor(last: u8, modifiers: Modifiers) -> Option<Key> {
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' if modifiers.is_by_word() => Key::WordRight,
        b'D' if modifiers.is_by_word() => Key::WordLeft,
        // The small letters are rxvt's arrows with Shift.
        b'C' | b'c' => Key::Right,
        b'D' | b'd' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        _ => return None,
    })
}

/// A key that newer terminals send by its number.
fn numbered(code: &[u8], modifiers: Modifiers) -> Option<Key> {
    Some(match char::from_u32(number(code)?)? {
        '\x1b' => Key::Escape,
        '\r' => Key::Enter,
        '\t' => Key::Tab,
        '\x7f' | '\x08' if modifiers.is_by_word() => Key::WordBackspace,
        '\x7f' | '\x08' => Key::Backspace,
        c if modifiers.has_control() => {
            let c = c.to_ascii_lowercase();
            return matches!(c, 'a'..='z' | '_').then_some(Key::Control(c));
        }
        c if modifiers.has_alt() => return alt(c),
        // Keys that type nothing have numbers of the private use area.
        c if c.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&c) => return None,
        c => Key::Char(c),
    })
}
