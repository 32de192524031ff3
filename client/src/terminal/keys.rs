//! Bytes of a terminal to keys.
//!
//! Reads may cut anywhere: an unfinished character or escape sequence is kept until its rest comes.
//! Only a lone ESC is ambiguous, as a key and as the beginning of others: the caller waits `ESCAPE_WAIT`
//! and then calls `expire`. This file has no clock.
//! Invariant: `held` is empty in the states `Ground`, `Escape` and `Ss3`.

use std::time::Duration;

/// How long a lone ESC waits for the rest of a sequence. A terminal writes a sequence at once, so
/// the rest is there or delayed by the network; a person cannot press the next key that fast.
pub(super) const ESCAPE_WAIT: Duration = Duration::from_millis(50);

/// Bytes kept of a sequence's parameters; the longest that has a meaning here is `200~`. A longer
/// sequence is ignored as a whole.
const PARAMETER_BYTES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Char(char),
    /// A character of a bracketed paste; a line end is `'\n'`.
    Pasted(char),
    PasteEnd,
    /// A letter with the control key, in lower case.
    Control(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    /// ESC alone.
    Escape,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between keys.
    #[default]
    Ground,
    /// Inside a character; `held` has its first bytes.
    Utf8,
    /// After ESC.
    Escape,
    /// After `ESC [`; `held` has the parameters.
    Csi,
    /// After `ESC O`.
    Ss3,
}

/// The decoder of one terminal.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    held: Vec<u8>,
    is_pasting: bool,
    /// The last pasted character was a CR: an LF behind it is the same line end.
    after_cr: bool,
}

impl Decoder {
    /// Append the keys that these bytes complete.
    pub fn feed(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        for &byte in bytes {
            match self.state {
                State::Ground => self.ground(byte, keys),
                State::Utf8 => self.character(byte, keys),
                State::Escape => self.escape(byte, keys),
                State::Csi => self.csi(byte, keys),
                State::Ss3 => {
                    self.state = State::Ground;
                    match byte {
                        b'M' => self.emit(Key::Enter, keys),
                        _ => self.emit(cursor_key(byte), keys),
                    }
                }
            }
        }
    }

    /// Whether a lone ESC waits for `expire`.
    pub(super) fn is_waiting(&self) -> bool {
        self.state == State::Escape
    }

    /// Nothing has come in time: a lone ESC was the key.
    pub fn expire(&mut self, keys: &mut Vec<Key>) {
        if self.is_waiting() {
            self.state = State::Ground;
            self.emit(Key::Escape, keys);
        }
    }

    fn ground(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match byte {
            0x1B => self.state = State::Escape,
            b'\r' | b'\n' => self.emit_line_end(byte, keys),
            b'\t' => self.emit(Key::Tab, keys),
            0x08 | 0x7F => self.emit(Key::Backspace, keys),
            1..=26 => self.emit(Key::Control(char::from(byte - 1 + b'a')), keys),
            0x00..=0x1F => {}
            0x20..=0x7E => self.emit(Key::Char(char::from(byte)), keys),
            0x80..=0xFF => {
                self.state = State::Utf8;
                self.character(byte, keys);
            }
        }
    }

    /// Collect a character of several bytes; invalid bytes give U+FFFD.
    fn character(&mut self, byte: u8, keys: &mut Vec<Key>) {
        self.held.push(byte);
        let found = match std::str::from_utf8(&self.held) {
            Ok(text) => text.chars().next(),
            Err(error) if error.error_len().is_none() => return,
            Err(_) => None,
        };
        // The byte that interrupts a character is not part of it.
        let is_next = found.is_none() && self.held.len() > 1;
        self.held.clear();
        self.state = State::Ground;
        let c = found.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.emit(Key::Char(c), keys);
        if is_next {
            self.ground(byte, keys);
        }
    }

    /// After ESC. With the Alt key a terminal sends ESC and the key. No such key has a function, but the
    /// character is not lost.
    fn escape(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match byte {
            b'[' => self.state = State::Csi,
            b'O' => self.state = State::Ss3,
            _ => {
                self.expire(keys);
                self.ground(byte, keys);
            }
        }
    }

    fn csi(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match byte {
            // The Linux console sends `ESC [ [ A` for F1.
            b'[' if self.held.is_empty() => self.held.push(byte),
            0x20..=0x3F => {
                if self.held.len() < PARAMETER_BYTES {
                    self.held.push(byte);
                }
            }
            0x40..=0x7E => {
                let parameters = std::mem::take(&mut self.held);
                self.state = State::Ground;
                self.sequence(&parameters, byte, keys);
            }
            // Not part of a sequence: the begun one is ignored.
            _ => {
                self.held.clear();
                self.state = State::Ground;
                self.ground(byte, keys);
            }
        }
    }

    fn sequence(&mut self, parameters: &[u8], last: u8, keys: &mut Vec<Key>) {
        // `1;5C` is Right with the control key: the modifier is ignored.
        let number = parameters.split(|&b| b == b';').next().unwrap_or_default();
        match (last, number) {
            (b'~', b"1" | b"7") => self.emit(Key::Home, keys),
            (b'~', b"4" | b"8") => self.emit(Key::End, keys),
            (b'~', b"3") => self.emit(Key::Delete, keys),
            (b'~', b"200") => self.is_pasting = true,
            (b'~', b"201") => {
                self.end_paste();
                keys.push(Key::PasteEnd);
            }
            (_, b"" | b"1") => self.emit(cursor_key(last), keys),
            _ => {}
        }
    }

    fn end_paste(&mut self) {
        self.is_pasting = false;
        self.after_cr = false;
    }

    fn emit_line_end(&mut self, byte: u8, keys: &mut Vec<Key>) {
        let is_crlf = byte == b'\n' && self.after_cr;
        if !is_crlf {
            self.emit(Key::Enter, keys);
        }
        self.after_cr = self.is_pasting && byte == b'\r';
    }

    /// Append a key. Inside a paste everything but text is ignored: what was copied must not edit, send or
    /// leave. ^C always works, even if the terminal never ends the paste.
    fn emit(&mut self, key: impl Into<Option<Key>>, keys: &mut Vec<Key>) {
        let Some(key) = key.into() else { return };
        self.after_cr = false;
        if key == Key::Control('c') {
            self.end_paste();
        }
        if !self.is_pasting {
            keys.push(key);
            return;
        }
        match key {
            Key::Char(c) => keys.push(Key::Pasted(c)),
            Key::Tab => keys.push(Key::Pasted(' ')),
            Key::Enter => keys.push(Key::Pasted('\n')),
            _ => {}
        }
    }
}

fn cursor_key(last: u8) -> Option<Key> {
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(pieces: &[&[u8]]) -> Vec<Key> {
        let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.feed(piece, &mut keys);
        }
        decoder.expire(&mut keys);
        keys
    }

    /// The keys must be the same whole, byte by byte, and split in two at every place.
    fn check(bytes: &[u8], expected: &[Key]) {
        assert_eq!(decode(&[bytes]), expected, "for {bytes:?}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(
            decode(&single),
            expected,
            "for the single bytes of {bytes:?}"
        );
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(
                decode(&[left, right]),
                expected,
                "for {left:?} and {right:?}"
            );
        }
    }

    #[test]
    fn characters() {
        use Key::Char;
        check(
            "aé日🦀".as_bytes(),
            &[Char('a'), Char('é'), Char('日'), Char('🦀')],
        );
        check(b"\xC3(", &[Char('\u{FFFD}'), Char('(')]);
        check(b"\xFFa", &[Char('\u{FFFD}'), Char('a')]);
        check(b"\xF0\x9F\x1b[A", &[Char('\u{FFFD}'), Key::Up]);
    }

    #[test]
    fn control_keys() {
        use Key::{Backspace, Control, Enter, Tab};
        check(b"\x01\x03\x1a", &[Control('a'), Control('c'), Control('z')]);
        check(
            b"\r\n\t\x7f\x08\x00\x1f",
            &[Enter, Enter, Tab, Backspace, Backspace],
        );
    }

    #[test]
    fn sequences() {
        use Key::{Delete, Down, End, Enter, Home, Left, Right, Up};
        check(b"\x1b[A\x1b[B\x1b[C\x1b[D", &[Up, Down, Right, Left]);
        check(b"\x1bOA\x1bOH\x1bOF\x1bOM", &[Up, Home, End, Enter]);
        check(
            b"\x1b[H\x1b[1~\x1b[7~\x1b[F\x1b[4~\x1b[8~",
            &[Home, Home, Home, End, End, End],
        );
        check(b"\x1b[3~\x1b[1;5C\x1b[3;2~", &[Delete, Right, Delete]);
    }

    #[test]
    fn unknown_sequences_are_silent() {
        check(b"\x1b[15~\x1b[[A\x1b[?1;2c\x1bOPx", &[Key::Char('x')]);
        let endless = [b"\x1b[".as_slice(), &[b'1'; 100], b"~x"].concat();
        check(&endless, &[Key::Char('x')]);
        check(b"\x1b[1\r", &[Key::Enter]);
    }

    #[test]
    fn a_lone_escape_is_a_key() {
        check(b"\x1b", &[Key::Escape]);
        check(b"\x1b\x1b[A", &[Key::Escape, Key::Up]);
        check("\x1bé".as_bytes(), &[Key::Escape, Key::Char('é')]);
    }

    #[test]
    fn only_a_lone_escape_expires() {
        let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
        decoder.feed(b"\x1b[1;", &mut keys);
        assert!(!decoder.is_waiting());
        decoder.expire(&mut keys);
        decoder.feed(b"5C\xF0\x9F", &mut keys);
        decoder.expire(&mut keys);
        decoder.feed(b"\xA6\x80", &mut keys);
        assert_eq!(keys, [Key::Right, Key::Char('🦀')]);
    }

    #[test]
    fn a_paste_is_text_only() {
        use Key::{Char, Enter, PasteEnd, Pasted};
        check(
            b"\x1b[200~a\r\nb\nc\rd\te\x1b[A\x04\x7f\x1b[201~f\r",
            &[
                Pasted('a'),
                Pasted('\n'),
                Pasted('b'),
                Pasted('\n'),
                Pasted('c'),
                Pasted('\n'),
                Pasted('d'),
                Pasted(' '),
                Pasted('e'),
                PasteEnd,
                Char('f'),
                Enter,
            ],
        );
    }

    #[test]
    fn control_c_ends_a_paste_that_never_ends() {
        check(
            b"\x1b[200~a\x03b",
            &[Key::Pasted('a'), Key::Control('c'), Key::Char('b')],
        );
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_keys(
            parts in prop::collection::vec(
                prop_oneof![
                    Just(b"\x1b[200~".to_vec()), Just(b"\x1b[201~".to_vec()), Just(b"\x1b".to_vec()),
                    Just(b"\x1b[".to_vec()), Just(b"\r\n".to_vec()), any::<Vec<u8>>(),
                    any::<char>().prop_map(|c| c.to_string().into_bytes()),
                ],
                0..8,
            ),
            at: prop::sample::Index,
        ) {
            let bytes = parts.concat();
            let (left, right) = bytes.split_at(at.index(bytes.len() + 1));
            prop_assert_eq!(decode(&[left, right]), decode(&[&bytes]));
        }
    }
}
