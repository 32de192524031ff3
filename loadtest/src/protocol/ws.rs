//! papo's messages for browsers, over WebSocket: JSON objects in frames (docs/protocol.md; RFC 6455). A bot asks for
//! `/ws`, sends its name and its room once the server has agreed, and then lines as at nc.
//!
//! `ws-raw` is for `loadtest reference`: a bot sends what the server would send to the others, so that the
//! reference forwards the same bytes.

use super::frame::{self, Cursor, Meaning, Stop};
use super::{Incoming, Place, Who, papo, raw};
use crate::bots::line;
use serde_json::Value;

/// A page of this host may come in wherever the server is.
const HEADERS: &[u8] = b"Host: localhost\r\nOrigin: http://localhost\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// What proves that the server has read the key.
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
pub(super) const AGREED: &[u8] = b"HTTP/1.1 101 ";

/// Final frames; with `MASKED` in their second byte they are a client's.
pub(super) const TEXT: u8 = 0x81;
pub(super) const BINARY: u8 = 0x82;
pub(super) const CLOSE: u8 = 0x88;
pub(super) const PING: u8 = 0x89;
pub(super) const PONG: u8 = 0x8a;
const MASKED: u8 = 0x80;
const MASK: [u8; 4] = *b"\xc3\x5a\x96\x0f";

/// See `Protocol::hello`.
pub(super) fn hello(out: &mut Vec<u8>) -> bool {
    request("/ws", &[], out);
    true
}

/// Asks for a WebSocket at this path.
pub(super) fn request(path: &str, more: &[&str], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("GET {path} HTTP/1.1\r\n").as_bytes());
    out.extend_from_slice(HEADERS);
    for header in more {
        out.extend_from_slice(format!("{header}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// See `Protocol::answer`: the server has agreed, or it asks whether the bot is there.
pub(super) fn answer(who: Who, question: &[u8], out: &mut Vec<u8>) {
    if !question.starts_with(AGREED) {
        return masked(PONG, question, out);
    }
    let mut lines = Vec::new();
    papo::hello(who, &mut lines);
    line::split(&mut Vec::new(), &lines, |line| send(line, out));
}

/// See `Protocol::say`.
pub(super) fn say(who: Who, text: &[u8], out: &mut Vec<u8>) {
    let mut lines = Vec::with_capacity(text.len() + 32);
    papo::say(who, text, &mut lines);
    line::split(&mut Vec::new(), &lines, |line| send(line, out));
}

/// See `Protocol::goodbye`.
pub(super) fn goodbye(out: &mut Vec<u8>) {
    send(b"/quit", out);
}

/// See `Protocol::say`: what the others get of it from papo-server.
pub(super) fn say_raw(who: Who, text: &[u8], out: &mut Vec<u8>) {
    let bot = who.bot;
    let place = match who.place {
        Place::Lobby => ",\"room\":\"lobby\",\"id\":\"1700000000:1000\"".into(),
        Place::Room(room) => format!(",\"room\":\"room{room}\",\"id\":\"1700000000:1000\""),
        Place::Pair => String::new(),
    };
    let kind = match who.place {
        Place::Lobby | Place::Room(_) => "line",
        Place::Pair => "private",
    };
    let head =
        format!("{{\"type\":\"{kind}\",\"time\":1700000000{place},\"from\":\"bot{bot}\",\"text\":");
    let mut message = head.into_bytes();
    quote(text, &mut message);
    message.push(b'}');
    // No byte of the length is a newline.
    while ((message.len() + 1) as u16).to_be_bytes().contains(&b'\n') {
        message.push(b' ');
    }
    message.push(b'\n');
    begin(TEXT, 0, message.len(), out);
    out.extend_from_slice(&message);
}

/// See `Protocol::read`.
pub(super) fn read(who: Who, tail: &mut Vec<u8>, bytes: &[u8], each: impl FnMut(Incoming<'_>)) {
    frame::split(tail, bytes, |cursor| understand(who, cursor), each);
}

fn understand<'a>(who: Who, cursor: &mut Cursor<'a>) -> Meaning<'a> {
    match cursor.rest().first() {
        // No frame begins with one of these letters.
        Some(b'H') => return response(cursor),
        Some(b'g') => return group(cursor),
        _ => {}
    }
    let (opcode, payload) = frame(cursor)?;
    match opcode {
        TEXT => message(who, payload),
        PING => Ok(Some(Incoming::Question(payload))),
        CLOSE | PONG => Ok(None),
        _ => Err(Stop::Broken("this is not WebSocket")),
    }
}

/// A frame of a server: its first byte and its payload.
pub(super) fn frame<'a>(cursor: &mut Cursor<'a>) -> Result<(u8, &'a [u8]), Stop> {
    let opcode = cursor.byte()?;
    if !matches!(opcode, TEXT | BINARY | CLOSE | PING | PONG) {
        return Err(Stop::Broken("this is not WebSocket"));
    }
    let length = match cursor.byte()? {
        126 => cursor.take(2)?,
        127 => cursor.take(8)?,
        MASKED.. => return Err(Stop::Broken("the server masks its frames")),
        length => &[length][..],
    };
    let length = length
        .iter()
        .fold(0, |sum: u64, &byte| sum << 8 | u64::from(byte));
    let payload = cursor.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    Ok((opcode, payload))
}

/// The answer to the request.
pub(super) fn response<'a>(cursor: &mut Cursor<'a>) -> Meaning<'a> {
    let status = cursor.line()?;
    let mut proves = false;
    loop {
        let header = cursor.line()?;
        if header.is_empty() {
            break;
        }
        proves |= header.ends_with(ACCEPT);
    }
    Ok(Some(match status.starts_with(AGREED) && proves {
        true => Incoming::Question(status),
        false => Incoming::Refused(status),
    }))
}

/// The line with which `loadtest reference` answers.
fn group<'a>(cursor: &mut Cursor<'a>) -> Meaning<'a> {
    let rest = cursor.rest();
    let Some(end) = rest
        .iter()
        .take(raw::GROUP.len() + 20)
        .position(|&byte| byte == b'\n')
    else {
        return Err(match rest.len() < raw::GROUP.len() + 20 {
            true => Stop::Line,
            false => Stop::Broken("this is not WebSocket"),
        });
    };
    cursor.take(end + 1)?;
    Ok(Some(Incoming::Welcome))
}

fn message(who: Who, json: &[u8]) -> Meaning<'_> {
    // Most messages are lines of bots, in which nothing is escaped: to search in them is cheaper than to parse them.
    if json.starts_with(b"{\"type\":\"said\"") {
        return Ok(None);
    }
    let is_line =
        json.starts_with(b"{\"type\":\"line\"") || json.starts_with(b"{\"type\":\"private\"");
    if is_line && let Some(text) = text_of(json) {
        return Ok(Some(Incoming::Said(text)));
    }
    let told: Value = serde_json::from_slice(json).map_err(|_| Stop::Broken("this is not JSON"))?;
    let count = |key: &str| told[key].as_u64().unwrap_or_default();
    let names = || told["names"].as_array().map_or(0, Vec::len) as u64 + count("more");
    Ok(Some(match told["type"].as_str() {
        Some("welcome") if !matches!(who.place, Place::Room(_)) => Incoming::Welcome,
        Some("room") if is_room(who, &told["room"]) => Incoming::Welcome,
        Some("joined" | "back") => Incoming::Came(names()),
        Some("left") => Incoming::Left(names()),
        Some("went") => Incoming::Left(1),
        Some("skipped") => Incoming::Skipped(count("lines")),
        Some("slow") => Incoming::Throttled,
        Some("error") => Incoming::Refused(json.trim_ascii_end()),
        _ => Incoming::Notice(json.trim_ascii_end()),
    }))
}

/// The text of a line that was just said, if nothing in it is escaped.
fn text_of(json: &[u8]) -> Option<&[u8]> {
    const TEXT: &[u8] = b"\"text\":\"";
    // A quote in a text is escaped, so this is a field. What was said before and is told again has another.
    let is_old = |part| line::find(part, b"\"old\":").is_some();
    let (before, rest) = json.split_at(line::find(json, TEXT)?);
    let rest = &rest[TEXT.len()..];
    let (text, after) = rest.split_at(line::find(rest, b"\"")?);
    let is_plain = !text.contains(&b'\\') && !is_old(before) && !is_old(after);
    is_plain.then_some(text)
}

fn is_room(who: Who, name: &Value) -> bool {
    matches!(who.place, Place::Room(room) if *name == format!("room{room}"))
}

/// Sends this line in a message.
fn send(line: &[u8], out: &mut Vec<u8>) {
    let mut message = b"{\"line\":".to_vec();
    quote(line, &mut message);
    message.push(b'}');
    masked(TEXT, &message, out);
}

/// A text without control characters, as JSON.
fn quote(text: &[u8], json: &mut Vec<u8>) {
    json.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            json.push(b'\\');
        }
        json.push(byte);
    }
    json.push(b'"');
}

/// A frame of a client.
pub(super) fn masked(first: u8, payload: &[u8], out: &mut Vec<u8>) {
    begin(first, MASKED, payload.len(), out);
    out.extend_from_slice(&MASK);
    let mask = MASK.iter().cycle();
    out.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
}

/// No message of a bot is longer than its length may be in two bytes.
pub(super) fn begin(first: u8, mask: u8, length: usize, out: &mut Vec<u8>) {
    out.push(first);
    match length {
        0..126 => out.push(mask | length as u8),
        _ => {
            out.push(mask | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use frame::tests::{WHO, heard, means, survives};

    const LOBBY: Who = Who {
        bot: 17,
        place: Place::Lobby,
    };

    /// A frame of the server.
    fn from_server(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        begin(first, 0, payload.len(), &mut out);
        out.extend_from_slice(payload);
        out
    }

    fn of(who: Who, json: &str) -> Vec<String> {
        heard(Protocol::Ws, who, &[&from_server(TEXT, json.as_bytes())])
    }

    /// What a client has sent, without its mask.
    pub(in crate::protocol) fn unmasked(out: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut rest = out;
        while let [TEXT | BINARY | PONG, short, after @ ..] = rest {
            let (length, after) = match short & 0x7f {
                126 => (
                    usize::from(u16::from_be_bytes([after[0], after[1]])),
                    &after[2..],
                ),
                short => (usize::from(short), after),
            };
            let (payload, after) = after[4..].split_at(length);
            let mask = MASK.iter().cycle();
            text.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
            rest = after;
        }
        assert!(rest.is_empty());
        text
    }

    #[test]
    fn a_bot_comes_in_and_speaks() {
        let mut out = Vec::new();
        assert!(hello(&mut out));
        assert!(out.starts_with(b"GET /ws HTTP/1.1\r\n") && out.ends_with(b"\r\n\r\n"));
        let mut out = Vec::new();
        let room = Who {
            place: Place::Room(3),
            ..LOBBY
        };
        answer(room, b"HTTP/1.1 101 Switching Protocols", &mut out);
        say(LOBBY, b"say \"\\\"", &mut out);
        say(WHO, b"psst", &mut out);
        answer(WHO, b"?", &mut out);
        say(LOBBY, &[b'x'; 200], &mut out);
        goodbye(&mut out);
        let long = "x".repeat(200);
        assert_eq!(
            String::from_utf8_lossy(&unmasked(&out)),
            format!(
                "{{\"line\":\"bot17\"}}{{\"line\":\"/join room3\"}}{{\"line\":\"say \\\"\\\\\\\"\"}}\
                 {{\"line\":\"/private bot7 psst\"}}?{{\"line\":\"{long}\"}}{{\"line\":\"/quit\"}}"
            )
        );
    }

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        let stream = [
            b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n".to_vec(),
            from_server(TEXT, b"{\"type\":\"welcome\",\"time\":1,\"name\":\"bot6\"}\n"),
            from_server(TEXT, b"{\"type\":\"line\",\"time\":1,\"text\":\"one\"}  \n"),
            from_server(PING, b"?"),
            from_server(PONG, b""),
            from_server(TEXT, b"{\"type\":\"bye\",\"text\":\"bye\"}\n"),
            from_server(CLOSE, b"\x03\xe8"),
        ];
        let stream = stream.concat();
        let said = [
            "Question HTTP/1.1 101 Switching Protocols",
            "Welcome",
            "Said one",
            "Question ?",
            "Notice {\"type\":\"bye\",\"text\":\"bye\"}",
        ];
        means(Protocol::Ws, WHO, &stream, &said);
        survives(Protocol::Ws, WHO, &stream);
    }

    #[test]
    fn each_message_means_what_the_protocol_says() {
        for (json, meaning) in [
            (
                r#"{"type":"line","from":"bot1","text":"a b","room":"lobby"}"#,
                "Said a b",
            ),
            (r#"{"type":"private","text":""}"#, "Said "),
            (r#"{"type":"joined","names":["a","b"],"more":3}"#, "Came(5)"),
            (r#"{"type":"back","names":["a"],"more":0}"#, "Came(1)"),
            (r#"{"type":"left","names":["a"]}"#, "Left(1)"),
            (r#"{"type":"went","who":"a","to":"b"}"#, "Left(1)"),
            (r#"{"type":"skipped","lines":312}"#, "Skipped(312)"),
            (r#"{"type":"slow","text":"slow down"}"#, "Throttled"),
            (
                r#"{"type":"error","text":"no"}"#,
                r#"Refused {"type":"error","text":"no"}"#,
            ),
        ] {
            assert_eq!(of(LOBBY, json), [meaning], "{json}");
        }
        assert!(of(LOBBY, r#"{"type":"said","id":"1:2"}"#).is_empty());
        for told_again in [
            r#"{"type":"line","old":"join","text":"a"}"#,
            r#"{"type":"line","text":"a","old":"join"}"#,
            r#"{"type":"line","text":"a \" b"}"#,
            r#"{"type":"info","text":"\"text\":\"a\""}"#,
        ] {
            assert_eq!(of(LOBBY, told_again), [format!("Notice {told_again}")]);
        }
    }

    #[test]
    fn with_a_room_the_answer_to_join_is_the_welcome() {
        let room = |room| Who {
            place: Place::Room(room),
            ..LOBBY
        };
        let (welcome, there) = (
            r#"{"type":"welcome","room":"lobby"}"#,
            r#"{"type":"room","room":"room3"}"#,
        );
        assert_eq!(of(LOBBY, welcome), ["Welcome"]);
        assert_eq!(of(room(3), there), ["Welcome"]);
        assert_ne!(of(room(3), welcome), ["Welcome"]);
        assert_ne!(of(room(33), there), ["Welcome"]);
        assert_ne!(of(LOBBY, there), ["Welcome"]);
    }

    #[test]
    fn what_the_reference_forwards_is_a_message() {
        let mut out = Vec::new();
        say_raw(LOBBY, b"hello", &mut out);
        say_raw(WHO, &[b'x'; 300], &mut out);
        let stream = [b"group 3\n", &out[..]].concat();
        let long = format!("Said {}", "x".repeat(300));
        assert_eq!(
            heard(Protocol::WsRaw, WHO, &[&stream]),
            ["Welcome", "Said hello", &long]
        );
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(
            heard(Protocol::WsRaw, WHO, &bytes),
            ["Welcome", "Said hello", &long]
        );
        for size in 31..=line::LONGEST {
            let mut out = Vec::new();
            say_raw(LOBBY, &vec![b'x'; size], &mut out);
            assert_eq!(
                out.iter().filter(|&&byte| byte == b'\n').count(),
                1,
                "{size}"
            );
        }
    }

    #[test]
    fn nonsense_is_refused_once() {
        for (nonsense, words) in [
            (
                b"* papo: what is your name?\n".to_vec(),
                "this is not WebSocket",
            ),
            (b"\x81\x81    a".to_vec(), "the server masks its frames"),
            (
                b"\x81\x7f\0\0\0\0\0\x01\0\x01".to_vec(),
                "a message is too long",
            ),
            (b"\xc1\x01a".to_vec(), "this is not WebSocket"),
            (from_server(TEXT, b"hello"), "this is not JSON"),
        ] {
            let stream = [&nonsense, &from_server(TEXT, b"{}")[..]].concat();
            means(Protocol::Ws, WHO, &stream, &[&format!("Refused {words}")]);
        }
        let refused = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n";
        means(
            Protocol::Ws,
            WHO,
            refused,
            &["Refused HTTP/1.1 503 Service Unavailable"],
        );
    }
}
