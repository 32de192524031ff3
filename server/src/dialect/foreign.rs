//! The kind of a conn, recognised from its first bytes: who speaks lines of text or telnet is one of ours,
//! who speaks another protocol gets one polite line instead of a dialogue about names.
//!
//! It is given each byte of the wire once, in order, and keeps none: so it says the same at any split, and
//! the next reader still finds all bytes where they were. Clients of the older systems send
//! text like everybody; whether they end their lines is told by their silence (framing.rs), not by a byte.
//!
//! Invariants: a kind that is known stays; with the end of the first line it is known.

use crate::dialect::telnet::{FIRST_COMMAND, IAC};
use crate::hub::Foreign;

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Lines of text, or messages.
    Text,
    /// The same, with telnet's options.
    Telnet,
    /// A protocol that is none of ours.
    Foreign(Foreign),
}

/// What the first bytes have told so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Opening(State);

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// Nothing has come.
    #[default]
    Nothing,
    /// IAC, which begins telnet's sequences; in Latin-1 it is a letter.
    Escape,
    /// Control-V, with which no name begins but each TLS handshake.
    Handshake,
    /// So much of `SSH-`.
    Banner(u8),
    /// Capital letters: the method of an HTTP request.
    Method,
    /// A method and a space.
    Gap,
    /// The target of the request.
    Target,
    /// A target and a space, and so much of `HTTP/`.
    Version(u8),
    Known(Kind),
}

const BANNER: &[u8] = b"SSH-";
const VERSION: &[u8] = b"HTTP/";

impl Opening {
    /// What is known of it, if that is enough.
    pub fn kind(self) -> Option<Kind> {
        match self.0 {
            State::Known(kind) => Some(kind),
            _ => None,
        }
    }

    /// The same once these bytes have come.
    pub fn after(self, bytes: &[u8]) -> Opening {
        let mut state = self.0;
        for byte in bytes {
            if matches!(state, State::Known(_)) {
                break;
            }
            state = state.after(*byte);
        }
        Opening(state)
    }
}

impl State {
    fn after(self, byte: u8) -> State {
        let known = |foreign| State::Known(Kind::Foreign(foreign));
        match (self, byte) {
            (State::Nothing, IAC) => State::Escape,
            (State::Escape, FIRST_COMMAND..) => State::Known(Kind::Telnet),
            (State::Nothing, 0x16) => State::Handshake,
            (State::Handshake, 0x03) => known(Foreign::Tls),
            (State::Nothing, b'S') => State::Banner(1),
            (State::Banner(n), _) if BANNER.get(usize::from(n)) == Some(&byte) => {
                match usize::from(n) + 1 == BANNER.len() {
                    true => known(Foreign::Ssh),
                    false => State::Banner(n + 1),
                }
            }
            (State::Nothing | State::Banner(_) | State::Method, b'A'..=b'Z') => State::Method,
            (State::Banner(_) | State::Method, b' ') => State::Gap,
            (State::Target, b' ') => State::Version(0),
            (State::Gap | State::Target, b'!'..) => State::Target,
            (State::Version(n), _) if VERSION.get(usize::from(n)) == Some(&byte) => {
                match usize::from(n) + 1 == VERSION.len() {
                    true => known(Foreign::Http),
                    false => State::Version(n + 1),
                }
            }
            (State::Known(kind), _) => State::Known(kind),
            _ => State::Known(Kind::Text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(bytes: &[u8]) -> Option<Kind> {
        Opening::default().after(bytes).kind()
    }

    const KINDS: [(&[u8], Kind); 20] = [
        (b"ana\n", Kind::Text),
        (b"\n", Kind::Text),
        (b"/lang pt\r\n", Kind::Text),
        ("José\n".as_bytes(), Kind::Text),
        (b"SSH\n", Kind::Text),
        (b"SOS\r", Kind::Text),
        (b"GET\n", Kind::Text),
        (b"GET HTTP/1.1\n", Kind::Text),
        (b"SHE KNOWS WHAT HTTP/2 IS\n", Kind::Text),
        (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 12345\r\n",
            Kind::Text,
        ),
        (b"\x16ana\n", Kind::Text),
        (b"\xff\xfd\x03\xff\xfb\x18", Kind::Telnet),
        (b"GET / HTTP/1.1\r\n", Kind::Foreign(Foreign::Http)),
        (b"SEARCH /a HTTP/1.1\r\n", Kind::Foreign(Foreign::Http)),
        (b"OPTIONS * HTTP/1.1\r\n", Kind::Foreign(Foreign::Http)),
        (
            b"CONNECT papo:443 HTTP/1.1\r\n",
            Kind::Foreign(Foreign::Http),
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            Kind::Foreign(Foreign::Http),
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Kind::Foreign(Foreign::Ssh)),
        (b"\x16\x03\x01\x02\x00\x01", Kind::Foreign(Foreign::Tls)),
        (b"\x16\x03\x03\x00\xff\x01", Kind::Foreign(Foreign::Tls)),
    ];

    #[test]
    fn each_kind_is_known_at_any_split() {
        for (first, expected) in KINDS {
            for split in 0..=first.len() {
                let (before, after) = first.split_at(split);
                let early = Opening::default().after(before);
                assert!(
                    early.kind().is_none_or(|kind| kind == expected),
                    "{:?} is not {:?}",
                    before.escape_ascii().to_string(),
                    early.kind()
                );
                assert_eq!(early.after(after).kind(), Some(expected));
            }
        }
    }

    #[test]
    fn what_may_still_be_another_protocol_is_not_known_yet() {
        for unfinished in ["", "G", "GET", "GET ", "GET /x HTTP", "S", "SSH", "\x16"] {
            assert_eq!(kind(unfinished.as_bytes()), None, "{unfinished:?}");
        }
        assert_eq!(kind(b"\xff"), None);
        assert_eq!(kind(b"\xffa"), Some(Kind::Text));
        for text in ["a", "Ana", "SSh", "1", " ", "GET\r", "GET  ", "é"] {
            assert_eq!(kind(text.as_bytes()), Some(Kind::Text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_known_by_the_end_of_their_first_line(bytes: Vec<u8>) {
            let whole = [bytes.as_slice(), b"\n"].concat();
            let expected = kind(&whole);
            prop_assert!(expected.is_some());
            let mut one_by_one = Opening::default();
            for byte in &whole {
                one_by_one = one_by_one.after(std::slice::from_ref(byte));
                prop_assert!(one_by_one.kind().is_none_or(|kind| Some(kind) == expected));
            }
            prop_assert_eq!(one_by_one.kind(), expected);
        }
    }
}
