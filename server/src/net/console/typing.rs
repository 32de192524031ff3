//! The line that the operator types, key by key, with the few editing keys of a terminal's line
//! mode. It knows no terminal and draws nothing.
//!
//! Invariant: the line never ends inside a character when it is shown, and never exceeds what a
//! terminal would take.

/// The limit of a terminal's line mode.
const MOST: usize = 4095;

const END: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const TAB: u8 = b'\t';
const KILL: u8 = 0x15;
const WORD: u8 = 0x17;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Typing {
    /// Bytes of UTF-8; the last character may be incomplete.
    line: Vec<u8>,
    escape: Escape,
}

/// The effect of a key.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Pressed {
    /// The line may have changed.
    Key,
    /// The line is complete.
    Enter(String),
    /// The input has ended.
    End,
}

/// The position in the sequence of an unsupported key, such as an arrow.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    Inside,
}

impl Typing {
    /// Takes one byte from the terminal.
    pub(super) fn press(&mut self, key: u8) -> Pressed {
        self.escape = match (self.escape, key) {
            (_, ESCAPE) => Escape::Begun,
            (Escape::Begun, b'[' | b'O') => Escape::Inside,
            // The final byte belongs to the sequence.
            (Escape::Begun, b' '..=0x7e) | (Escape::Inside, 0x40..=0x7e) => {
                self.escape = Escape::None;
                return Pressed::Key;
            }
            (Escape::Inside, b' '..=0x3f) => Escape::Inside,
            _ => Escape::None,
        };
        if self.escape != Escape::None {
            return Pressed::Key;
        }
        match key {
            b'\n' | b'\r' => {
                let line = self.line();
                self.line.clear();
                return Pressed::Enter(line);
            }
            END if self.line.is_empty() => return Pressed::End,
            BACKSPACE | DELETE => self.erase(),
            KILL => self.line.clear(),
            WORD => self.erase_word(),
            TAB => self.add(b' '),
            0..b' ' => {}
            _ => self.add(key),
        }
        Pressed::Key
    }

    /// The line typed so far.
    pub(super) fn line(&self) -> String {
        let end = match std::str::from_utf8(&self.line) {
            // The rest of a character is still to come.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.line.len(),
        };
        String::from_utf8_lossy(&self.line[..end]).into_owned()
    }

    fn add(&mut self, byte: u8) {
        if self.line.len() < MOST {
            self.line.push(byte);
        }
    }

    /// Erases the last character.
    fn erase(&mut self) {
        while let Some(byte) = self.line.pop() {
            let is_inside = byte & 0xc0 == 0x80;
            if !is_inside {
                return;
            }
        }
    }

    /// Erases the last word and the spaces after it.
    fn erase_word(&mut self) {
        while self.line.last() == Some(&b' ') {
            self.line.pop();
        }
        while self.line.last().is_some_and(|byte| *byte != b' ') {
            self.line.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_the_line() {
        let check = |keys: &str, expected: &str| {
            let mut typing = Typing::default();
            for key in keys.bytes() {
                assert_eq!(typing.press(key), Pressed::Key, "{keys:?}");
            }
            assert_eq!(typing.line(), expected, "{keys:?}");
            assert_eq!(typing.press(b'\r'), Pressed::Enter(expected.into()));
            assert_eq!(typing.line(), "");
            assert_eq!(typing.press(END), Pressed::End);
        };
        check("/kick bob", "/kick bob");
        check("ol\x7fi\x08lá", "olá");
        check("olá\x7f\x7fi", "oi");
        check("\x7f\x7f", "");
        check("one two  \x17", "one ");
        check("one two\x15three", "three");
        check("a\tb\x01\x0c", "a b");
        // Arrows, Delete, F1, Alt-b do nothing and leave nothing behind.
        check("a\x1b[A\x1b[3~\x1bOP\x1bbb", "ab");
        check("a\x1b[1;5Db", "ab");
        check("a\x04b", "ab");
    }

    #[test]
    fn a_character_that_is_not_whole_is_not_shown() {
        let mut typing = Typing::default();
        for (byte, shown) in "é€".bytes().zip(["", "é", "é", "é", "é€"]) {
            typing.press(byte);
            assert_eq!(typing.line(), shown);
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let mut typing = Typing::default();
        for _ in 0..2 * MOST {
            typing.press(b'x');
        }
        assert_eq!(typing.line().len(), MOST);
    }
}
