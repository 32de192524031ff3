//! NATS: lines, and a payload after the line with its length. A bot subscribes to its topic and sends a
//! ping: the answer is its welcome, because the server handles requests in order.
//! (docs.nats.io, "Client Protocol")

use super::frame::{self, Cursor, Meaning, Stop};
use super::topic::Topic;
use super::{Incoming, Who};
use std::io::Write;

/// The server sends first, but accepts a client that does not wait for that.
pub(super) fn hello(who: Who, out: &mut Vec<u8>) -> bool {
    let (bot, topic) = (who.bot, Topic::heard(who));
    let hello = format!(
        "CONNECT {{\"verbose\":false,\"pedantic\":false,\"echo\":false,\"protocol\":1,\
         \"lang\":\"rust\",\"version\":\"1\",\"name\":\"bot{bot}\"}}\r\n\
         SUB {topic} 1\r\nPING\r\n"
    );
    out.extend_from_slice(hello.as_bytes());
    true
}

/// See `Protocol::answer`.
pub(super) fn answer(out: &mut Vec<u8>) {
    out.extend_from_slice(b"PONG\r\n");
}

/// See `Protocol::say`.
pub(super) fn say(who: Who, text: &[u8], out: &mut Vec<u8>) {
    let (topic, length) = (Topic::spoken(who), text.len());
    write!(out, "PUB {topic} {length}\r\n").expect("a vector takes everything");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

/// See `Protocol::read`.
pub(super) fn read(tail: &mut Vec<u8>, bytes: &[u8], each: impl FnMut(Incoming<'_>)) {
    frame::split(tail, bytes, understand, each);
}

fn understand<'a>(cursor: &mut Cursor<'a>) -> Meaning<'a> {
    let line = cursor.line()?;
    let (verb, rest) = match line.iter().position(|&byte| byte == b' ') {
        Some(end) => (&line[..end], &line[end + 1..]),
        None => (line, &b""[..]),
    };
    Ok(match verb {
        // `MSG SUBJECT SID [REPLY-TO] LENGTH`
        b"MSG" => {
            let digits = rest.rsplit(|&byte| byte == b' ').next();
            let length = frame::count(digits.unwrap_or_default())?;
            Some(Incoming::Said(cursor.text(length)?))
        }
        b"PING" => Some(Incoming::Question(line)),
        b"PONG" => Some(Incoming::Welcome),
        b"-ERR" => Some(Incoming::Refused(rest)),
        b"INFO" | b"+OK" => None,
        _ => return Err(Stop::Broken("this is not NATS")),
    })
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
        answer(&mut out);
        let text = String::from_utf8(out).unwrap();
        let (connect, rest) = text.split_once("\r\n").unwrap();
        let options = connect.strip_prefix("CONNECT ").unwrap();
        let options: serde_json::Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["echo"], false);
        assert_eq!(
            rest,
            "SUB inbox.6 1\r\nPING\r\nPUB inbox.7 7\r\none two\r\nPONG\r\n"
        );
    }

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        let stream = b"INFO {\"max_payload\":1048576}\r\nPONG\r\n+OK\r\n\
            MSG papo 1 7\r\none two\r\nPING\r\n\
            MSG papo 1 other 6\r\na\r\nb\n\n\r\nMSG papo 1 0\r\n\r\n-ERR 'Stale Connection'\r\n";
        let said = [
            "Welcome",
            "Said one two",
            "Question PING",
            "Said a\r\nb\n\n",
            "Said ",
            "Refused 'Stale Connection'",
        ];
        means(Protocol::Nats, WHO, stream, &said);
        survives(Protocol::Nats, WHO, stream);
    }

    #[test]
    fn nonsense_is_refused_once() {
        for (nonsense, words) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "this is not NATS"),
            (b"MSG papo 1 x\r\n", "a length is no number"),
            (b"MSG papo 1 70000\r\n", "a message is too long"),
            (
                b"MSG papo 1 2\r\nabcd\r\n",
                "a text is not as long as was said",
            ),
        ] {
            let stream = [nonsense, b"MSG papo 1 1\r\na\r\n"].concat();
            means(Protocol::Nats, WHO, &stream, &[&format!("Refused {words}")]);
        }
    }
}
