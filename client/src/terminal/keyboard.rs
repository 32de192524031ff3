//! The decoder of keys with its clock: what was begun and never ended is not waited for for ever, and what comes at once
//! is told from what is typed.

use std::time::{Duration, Instant};

use super::keys::{Decoder, Key};

/// What comes so soon after several keys at once belongs to them.
const BURST: Duration = Duration::from_millis(10);

#[derive(Debug, Default)]
pub(super) struct Keyboard {
    decoder: Decoder,
    due: Option<Instant>,
    burst_ends: Option<Instant>,
}

impl Keyboard {
    /// When `keys` has to be called although nothing was read.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Whether what comes now was pasted, perhaps without its marks: nobody types so fast.
    pub(super) fn is_burst(&self, now: Instant) -> bool {
        self.burst_ends.is_some_and(|ends| now < ends)
    }

    /// The keys that these bytes complete, or that the time tells.
    pub(super) fn keys(&mut self, bytes: &[u8], now: Instant) -> Vec<Key> {
        let mut keys = Vec::new();
        if !bytes.is_empty() {
            self.decoder.feed(bytes, &mut keys);
        } else if self.due.is_some_and(|due| now >= due) {
            self.decoder.expire(&mut keys);
        } else {
            return keys;
        }
        if keys.iter().filter_map(|key| key.pasted()).count() > 1 {
            self.burst_ends = Some(now + BURST);
        }
        self.due = self.decoder.patience().map(|patience| now + patience);
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_at_once_is_told_from_what_is_typed() {
        let (mut keyboard, now) = (Keyboard::default(), Instant::now());
        let after = |millis| now + Duration::from_millis(millis);
        let several: [(u64, &[u8], bool); 6] = [
            (0, b"y", false),
            (100, b"\x1b[200~much\rtext\x1b[201~\r", false),
            (200, b"\x1b[A\x1b[A\x03", false),
            (300, b"y\r", true),
            (305, b"y", true),
            (320, b"y", false),
        ];
        for (millis, bytes, is_burst) in several {
            keyboard.keys(bytes, after(millis));
            assert_eq!(keyboard.is_burst(after(millis)), is_burst, "after {millis}");
        }
    }

    /// Bytes with the milliseconds that pass before them, while the loop turns.
    fn typed(script: &[(u64, &[u8])]) -> Vec<Key> {
        let (mut keyboard, mut now) = (Keyboard::default(), Instant::now());
        let mut keys = Vec::new();
        for &(pause, bytes) in script {
            let then = now + Duration::from_millis(pause);
            while let Some(due) = keyboard.deadline().filter(|&due| due < then) {
                keys.extend(keyboard.keys(b"", due));
            }
            now = then;
            keys.extend(keyboard.keys(bytes, now));
        }
        keys
    }

    #[test]
    fn a_slow_link_cuts_no_sequence() {
        use Key::{Char, Escape, Left};
        assert_eq!(typed(&[(0, b"\x1b"), (100, b"[D")]), [Escape, Left]);
        assert_eq!(typed(&[(0, b"\x1b["), (400, b"D")]), [Left]);
        assert_eq!(typed(&[(0, b"\x1b[1;"), (900, b"5D")]), [Key::WordLeft]);
        let reply: [(u64, &[u8]); 3] = [(0, b"\x1b"), (100, b"]11;rgb:1e"), (900, b"1e\x1b\\x")];
        assert_eq!(typed(&reply), [Escape, Char('x')]);
        // A person may type a bracket.
        assert_eq!(typed(&[(0, b"\x1b"), (600, b"[")]), [Escape, Char('[')]);
        assert_eq!(typed(&[(0, b"\x1b"), (100, b"b")]), [Escape, Char('b')]);
    }

    #[test]
    fn what_never_ends_is_given_up() {
        use Key::Char;
        assert_eq!(typed(&[(0, b"\x1b[1;"), (2100, b"x")]), [Char('x')]);
        assert_eq!(typed(&[(0, b"\x1b]0;ab"), (2100, b"x")]), [Char('x')]);
        assert_eq!(typed(&[(0, b"\x1bP"), (60, b"x")]), [Char('x')]);
        assert_eq!(typed(&[(0, b"\x1b[M"), (2100, b"x")]), [Char('x')]);
    }

    #[test]
    fn a_paste_without_an_end_ends_with_the_next_key() {
        use Key::{Char, Enter, PasteEnd, Pasted};
        assert_eq!(
            typed(&[(0, b"\x1b[200~ab"), (1100, b"\r")]),
            [Pasted('a'), Pasted('b'), PasteEnd, Enter]
        );
        // More than a key is the rest of a slow paste.
        let slow: [(u64, &[u8]); 3] = [
            (0, b"\x1b[200~a"),
            (5000, b"much more\r"),
            (10, b"z\x1b[201~c"),
        ];
        let keys = typed(&slow);
        assert!(keys.contains(&Pasted('\n')) && !keys.contains(&Enter));
        assert_eq!(keys[keys.len() - 3..], [Pasted('z'), PasteEnd, Char('c')]);
        assert_eq!(
            typed(&[(0, b"\x1b[200~a"), (900, b"b")]),
            [Pasted('a'), Pasted('b')]
        );
    }
}
