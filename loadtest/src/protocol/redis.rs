//! Redis with RESP3, in which a conn that has subscribed to a channel may still publish. The confirmation of
//! the subscription is the welcome. A publisher that has subscribed gets its own lines too.
//! (redis.io, "Redis serialization protocol specification" and "Pub/sub")

use super::frame::{self, Cursor, Meaning, Stop};
use super::topic::Topic;
use super::{Incoming, Who};
use std::io::Write;

/// The deepest nesting of values: no answer to a bot has more than three levels.
const DEPTH: u32 = 8;

/// See `Protocol::hello`.
pub(super) fn hello(who: Who, out: &mut Vec<u8>) -> bool {
    let topic = Topic::heard(who);
    out.extend_from_slice(format!("HELLO 3\r\nSUBSCRIBE {topic}\r\n").as_bytes());
    true
}

/// See `Protocol::say`.
pub(super) fn say(who: Who, text: &[u8], out: &mut Vec<u8>) {
    let topic = Topic::spoken(who);
    let (name, length) = (topic.len(), text.len());
    write!(
        out,
        "*3\r\n$7\r\nPUBLISH\r\n${name}\r\n{topic}\r\n${length}\r\n"
    )
    .expect("a vector takes everything");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

/// See `Protocol::goodbye`.
pub(super) fn goodbye(out: &mut Vec<u8>) {
    out.extend_from_slice(b"QUIT\r\n");
}

/// See `Protocol::read`.
pub(super) fn read(tail: &mut Vec<u8>, bytes: &[u8], each: impl FnMut(Incoming<'_>)) {
    frame::split(tail, bytes, understand, each);
}

fn understand<'a>(cursor: &mut Cursor<'a>) -> Meaning<'a> {
    let (kind, rest) = head(cursor)?;
    match kind {
        b'>' => push(cursor, frame::count(rest)?),
        b'-' => Ok(Some(Incoming::Refused(rest))),
        b'!' => {
            let words = cursor.text(frame::count(rest)?)?;
            Ok(Some(Incoming::Refused(words)))
        }
        // The answers to commands: the server's settings, and how many conns got a line.
        _ => body(cursor, kind, rest, 0).map(|_| None),
    }
}

/// Pushed messages: `message CHANNEL TEXT`, `subscribe CHANNEL COUNT`.
fn push<'a>(cursor: &mut Cursor<'a>, count: usize) -> Meaning<'a> {
    let mut first = [&b""[..]; 3];
    for place in 0..count {
        let text = value(cursor, 0)?;
        if let Some(slot) = first.get_mut(place) {
            *slot = text;
        }
    }
    Ok(match (first[0], count) {
        (b"message", 3) => Some(Incoming::Said(first[2])),
        (b"subscribe", 3) => Some(Incoming::Welcome),
        _ => None,
    })
}

/// A value: the bytes of a simple one, otherwise nothing.
fn value<'a>(cursor: &mut Cursor<'a>, depth: u32) -> Result<&'a [u8], Stop> {
    let (kind, rest) = head(cursor)?;
    body(cursor, kind, rest, depth)
}

/// The line at the beginning of each value: its kind, and the rest.
fn head<'a>(cursor: &mut Cursor<'a>) -> Result<(u8, &'a [u8]), Stop> {
    let line = cursor.line()?;
    let (kind, rest) = line.split_first().ok_or(Stop::Broken("a line is empty"))?;
    Ok((*kind, rest))
}

/// The part of a value after its first line.
fn body<'a>(
    cursor: &mut Cursor<'a>,
    kind: u8,
    rest: &'a [u8],
    depth: u32,
) -> Result<&'a [u8], Stop> {
    let parts = match kind {
        b'+' | b'-' | b':' | b'_' | b'#' | b',' | b'(' => return Ok(rest),
        // A null string of RESP2.
        b'$' if rest == b"-1" => return Ok(b""),
        b'$' | b'!' | b'=' => return cursor.text(frame::count(rest)?),
        b'*' | b'~' | b'>' => frame::count(rest)?,
        b'%' => frame::count(rest)?.saturating_mul(2),
        _ => return Err(Stop::Broken("this is not Redis")),
    };
    if depth == DEPTH {
        return Err(Stop::Broken("a value is too deep"));
    }
    for _ in 0..parts {
        value(cursor, depth + 1)?;
    }
    Ok(b"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use frame::tests::{WHO, means, survives};

    #[test]
    fn a_bot_comes_in_and_speaks() {
        let mut out = Vec::new();
        assert!(hello(WHO, &mut out));
        say(WHO, b"one two", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "HELLO 3\r\nSUBSCRIBE inbox.6\r\n\
             *3\r\n$7\r\nPUBLISH\r\n$7\r\ninbox.7\r\n$7\r\none two\r\n"
        );
    }

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        let stream =
            b"%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*0\r\n\
            >3\r\n$9\r\nsubscribe\r\n$4\r\npapo\r\n:1\r\n\
            >3\r\n$7\r\nmessage\r\n$4\r\npapo\r\n$7\r\none two\r\n:20\r\n\
            >3\r\n$7\r\nmessage\r\n$4\r\npapo\r\n$5\r\na\r\nb\n\r\n\
            >2\r\n+invalidate\r\n*1\r\n$-1\r\n-ERR wrong\r\n!5\r\nERR 2\r\n";
        let said = [
            "Welcome",
            "Said one two",
            "Said a\r\nb\n",
            "Refused ERR wrong",
            "Refused ERR 2",
        ];
        means(Protocol::Redis, WHO, stream, &said);
        survives(Protocol::Redis, WHO, stream);
    }

    #[test]
    fn nonsense_is_refused_once() {
        let deep = b"*1\r\n".repeat(DEPTH as usize + 2);
        for (nonsense, words) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "this is not Redis"),
            (b"\r\n", "a line is empty"),
            (b"$x\r\n", "a length is no number"),
            (b"$70000\r\n", "a message is too long"),
            (b"$2\r\nabcd\r\n", "a text is not as long as was said"),
            (&deep, "a value is too deep"),
        ] {
            let message = b">3\r\n+message\r\n+papo\r\n+a\r\n";
            let stream = [nonsense, message].concat();
            let refused = format!("Refused {words}");
            means(Protocol::Redis, WHO, &stream, &[&refused]);
        }
    }

    #[test]
    fn a_value_without_an_end_is_refused() {
        let part = [&b"$1000\r\n"[..], &[b'x'; 1000], b"\r\n"].concat();
        let stream = [&b"*18446744073709551615\r\n"[..], &part.repeat(100)].concat();
        let pieces: Vec<&[u8]> = stream.chunks(16 * 1024).collect();
        let heard = frame::tests::heard(Protocol::Redis, WHO, &pieces);
        assert_eq!(heard, ["Refused a message has no end"]);
    }
}
