//! Cuts a stream into messages that begin with their length, wherever the reads cut it. Each protocol of this
//! kind has a function that parses the message at the front of a cursor.
//!
//! Only a message that a read cuts in two is copied. Invariant: a parser never asks for more bytes than the
//! message has, so a tail holds at most one message. A stream that breaks the rules is refused once: then
//! its tail is longer than `MAX_MESSAGE` for good, its bot treats the conn as closed, and nothing more is
//! parsed.

use super::{Incoming, MAX_MESSAGE};

/// The longest line at the front of a message. Only greetings, with the server's settings, are long.
const LINE: usize = 16 * 1024;

/// Why there is no whole message at the front.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// At least so many bytes are missing.
    Bytes(usize),
    /// The end of a line is missing.
    Line,
    /// This is no message, for this reason.
    Broken(&'static str),
}

/// A message, if it matters to a bot.
pub(super) type Meaning<'a> = Result<Option<Incoming<'a>>, Stop>;

/// Bytes, and how many of them have been parsed.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Pass on each message; `one` parses the one at the front of its cursor.
pub(super) fn split(
    tail: &mut Vec<u8>,
    bytes: &[u8],
    one: impl for<'a> Fn(&mut Cursor<'a>) -> Meaning<'a>,
    mut each: impl FnMut(Incoming<'_>),
) {
    if tail.len() > MAX_MESSAGE {
        return;
    }
    if let Err(words) = messages(tail, bytes, one, &mut each) {
        refuse(words, tail, each);
    } else if tail.len() > MAX_MESSAGE {
        refuse("a message has no end", tail, each);
    }
}

/// Refuse the stream, and make sure that nothing more is parsed.
pub(super) fn refuse(words: &str, tail: &mut Vec<u8>, mut each: impl FnMut(Incoming<'_>)) {
    each(Incoming::Refused(words.as_bytes()));
    *tail = vec![0; MAX_MESSAGE + 1];
}

fn messages(
    tail: &mut Vec<u8>,
    mut bytes: &[u8],
    one: impl for<'a> Fn(&mut Cursor<'a>) -> Meaning<'a>,
    each: &mut impl FnMut(Incoming<'_>),
) -> Result<(), &'static str> {
    // First the message that the reads have cut, until it is whole.
    while !tail.is_empty() {
        let missing = match one(&mut Cursor::new(tail)) {
            Ok(meaning) => {
                meaning.into_iter().for_each(&mut *each);
                tail.clear();
                break;
            }
            Err(Stop::Broken(words)) => return Err(words),
            Err(Stop::Bytes(count)) => count.min(bytes.len()),
            Err(Stop::Line) => line_end(bytes).unwrap_or(bytes.len()),
        };
        if missing == 0 {
            return Ok(());
        }
        tail.extend_from_slice(&bytes[..missing]);
        bytes = &bytes[missing..];
    }
    // Then those that are whole in this read.
    while !bytes.is_empty() {
        let mut cursor = Cursor::new(bytes);
        match one(&mut cursor) {
            Ok(meaning) => {
                meaning.into_iter().for_each(&mut *each);
                bytes = &bytes[cursor.at..];
            }
            Err(Stop::Broken(words)) => return Err(words),
            Err(Stop::Bytes(_) | Stop::Line) => {
                tail.extend_from_slice(bytes);
                break;
            }
        }
    }
    Ok(())
}

/// Where the first line ends.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some(end + 1)
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let rest = self.rest();
        if count > MAX_MESSAGE {
            return Err(Stop::Broken("a message is too long"));
        }
        if count > rest.len() {
            return Err(Stop::Bytes(count - rest.len()));
        }
        self.at += count;
        Ok(&rest[..count])
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> Result<&'a [u8], Stop> {
        let rest = self.rest();
        let end = line_end(&rest[..rest.len().min(LINE)]);
        let Some(end) = end else {
            return Err(match rest.len() < LINE {
                true => Stop::Line,
                false => Stop::Broken("a line has no end"),
            });
        };
        self.at += end;
        let line = rest[..end].strip_suffix(b"\r\n");
        line.ok_or(Stop::Broken("a line ends without a carriage return"))
    }

    /// The next so many bytes, which a line end follows.
    pub(super) fn text(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let (text, end) = self.take(count.saturating_add(2))?.split_at(count);
        match end {
            b"\r\n" => Ok(text),
            _ => Err(Stop::Broken("a text is not as long as was said")),
        }
    }

    /// All bytes that have not been parsed yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }
}

/// A count in decimal digits.
pub(super) fn count(digits: &[u8]) -> Result<usize, Stop> {
    let append = |number: usize, &digit: &u8| {
        let digit = char::from(digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit as usize)
    };
    let number = digits.iter().try_fold(0, append);
    let number = number.filter(|_| !digits.is_empty());
    number.ok_or(Stop::Broken("a length is no number"))
}

/// For the tests of each protocol: a stream gives the same messages wherever it is cut, and no damage
/// causes a panic.
#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::protocol::{Place, Protocol, Who};

    /// A bot with a partner.
    pub(in crate::protocol) const WHO: Who = Who {
        bot: 6,
        place: Place::Pair,
    };

    /// The messages of a stream in these pieces.
    pub(in crate::protocol) fn heard(
        protocol: Protocol,
        who: Who,
        pieces: &[&[u8]],
    ) -> Vec<String> {
        let mut tail = Vec::new();
        let mut heard = Vec::new();
        for piece in pieces {
            protocol.read(who, &mut tail, piece, |incoming| {
                heard.push(match incoming {
                    Incoming::Question(text) => told("Question", text),
                    Incoming::Said(text) => told("Said", text),
                    Incoming::Refused(text) => told("Refused", text),
                    Incoming::Notice(text) => told("Notice", text),
                    other => format!("{other:?}"),
                });
            });
        }
        heard
    }

    fn told(kind: &str, text: &[u8]) -> String {
        format!("{kind} {}", String::from_utf8_lossy(text))
    }

    /// Check the messages of a stream: whole, byte by byte, and in any three pieces.
    pub(in crate::protocol) fn means(protocol: Protocol, who: Who, stream: &[u8], means: &[&str]) {
        assert_eq!(heard(protocol, who, &[stream]), means);
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(heard(protocol, who, &bytes), means, "byte by byte");
        for first in 0..stream.len() {
            let (one, rest) = stream.split_at(first);
            for second in 0..=rest.len() {
                let (two, three) = rest.split_at(second);
                let found = heard(protocol, who, &[one, two, three]);
                assert_eq!(found, means, "cut at {first} and {}", first + second);
            }
        }
    }

    /// Damage a stream in each of its bytes in turn: the messages are the same in two pieces as in one.
    pub(in crate::protocol) fn survives(protocol: Protocol, who: Who, stream: &[u8]) {
        for place in 0..stream.len() {
            for damage in [0, b'\n', b'9', b'-', 0x7f, 0x80, 0xff] {
                let mut stream = stream.to_vec();
                stream[place] = damage;
                let whole = heard(protocol, who, &[&stream]);
                let (one, two) = stream.split_at(place);
                let cut = heard(protocol, who, &[one, two]);
                assert_eq!(whole, cut, "{damage} at {place}");
            }
        }
    }

    #[test]
    fn what_is_missing_is_never_too_much() {
        let mut cursor = Cursor::new(b"ab\r\ncd\r\ne");
        assert_eq!(cursor.line(), Ok(&b"ab"[..]));
        assert_eq!(cursor.text(2), Ok(&b"cd"[..]));
        assert_eq!(cursor.text(2), Err(Stop::Bytes(3)));
        assert_eq!(cursor.line(), Err(Stop::Line));
        assert_eq!(cursor.byte(), Ok(b'e'));
        assert_eq!(cursor.byte(), Err(Stop::Bytes(1)));
    }

    #[test]
    fn what_has_no_end_is_refused() {
        let broken = |result: Result<&[u8], Stop>| matches!(result, Err(Stop::Broken(_)));
        assert!(broken(Cursor::new(&[b'x'; LINE]).line()));
        assert!(broken(Cursor::new(b"ab\n").line()));
        assert!(broken(Cursor::new(b"abcd").text(2)));
        assert!(broken(Cursor::new(b"").text(usize::MAX)));
        assert_eq!(count(b"12"), Ok(12));
        for digits in [&b""[..], b"-1", b"1x", b"99999999999999999999999"] {
            assert!(count(digits).is_err());
        }
    }
}
