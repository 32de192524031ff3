//! MQTT 5 at QoS 0: binary packets. It is the first version in which a client can do without its own lines
//! ("no local"). The answer to the subscription is the welcome.
//! (OASIS, "MQTT Version 5.0")

use super::frame::{self, Cursor, Meaning, Stop};
use super::topic::Topic;
use super::{Incoming, Who};
use std::io::Write;

/// The first byte of the packets that a bot sends: the kind, and flags that the kind prescribes.
const CONNECT: u8 = 0x10;
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const DISCONNECT: u8 = 0xe0;
/// A clean start; no will, no name, no password.
const CLEAN_START: u8 = 0x02;
/// Each line at most once, and not to its sender.
const QOS_0_NO_LOCAL: u8 = 0x04;
/// Codes from this one on are failures.
const FAILURE: u8 = 0x80;

/// Both packets at once: a server takes packets before it has answered the first.
pub(super) fn hello(who: Who, out: &mut Vec<u8>) -> bool {
    let name = format!("bot{}", who.bot);
    out.push(CONNECT);
    // After the length: the protocol, its version, flags, no keep-alive, no properties, the name.
    length(13 + name.len(), out);
    string("MQTT", out);
    out.extend_from_slice(&[5, CLEAN_START, 0, 0, 0]);
    string(&name, out);

    let topic = Topic::heard(who).to_string();
    out.push(SUBSCRIBE);
    // The number of the packet, no properties, the topic, its options.
    length(6 + topic.len(), out);
    out.extend_from_slice(&[0, 1, 0]);
    string(&topic, out);
    out.push(QOS_0_NO_LOCAL);
    true
}

/// See `Protocol::say`.
pub(super) fn say(who: Who, text: &[u8], out: &mut Vec<u8>) {
    let topic = Topic::spoken(who);
    out.push(PUBLISH);
    length(3 + topic.len() + text.len(), out);
    out.extend_from_slice(&(topic.len() as u16).to_be_bytes());
    write!(out, "{topic}").expect("a vector takes everything");
    // No properties.
    out.push(0);
    out.extend_from_slice(text);
}

/// See `Protocol::goodbye`.
pub(super) fn goodbye(out: &mut Vec<u8>) {
    out.extend_from_slice(&[DISCONNECT, 0]);
}

/// See `Protocol::read`.
pub(super) fn read(tail: &mut Vec<u8>, bytes: &[u8], each: impl FnMut(Incoming<'_>)) {
    frame::split(tail, bytes, understand, each);
}

fn understand<'a>(cursor: &mut Cursor<'a>) -> Meaning<'a> {
    let first = cursor.byte()?;
    let length = number(cursor)?;
    let body = cursor.take(length)?;
    // The packet is whole: nothing missing in it will come.
    packet(first, Cursor::new(body)).map_err(|stop| match stop {
        Stop::Broken(words) => Stop::Broken(words),
        Stop::Bytes(_) | Stop::Line => Stop::Broken("a packet is too short"),
    })
}

fn packet(first: u8, mut body: Cursor<'_>) -> Meaning<'_> {
    let (kind, flags) = (first >> 4, first & 0x0f);
    match kind {
        // CONNACK: whether a session was there, and the code.
        2 => {
            let code = body.take(2)?[1];
            Ok((code >= FAILURE).then(|| Incoming::Refused(reason(code))))
        }
        // PUBLISH: the topic, for other QoS the number of the packet, properties, the text.
        3 => {
            let topic = body.take(2)?;
            body.take(usize::from(u16::from_be_bytes([topic[0], topic[1]])))?;
            if flags & 0x06 != 0 {
                body.take(2)?;
            }
            skip_properties(&mut body)?;
            Ok(Some(Incoming::Said(body.rest())))
        }
        // SUBACK: the number of the packet, properties, a code for each topic.
        9 => {
            body.take(2)?;
            skip_properties(&mut body)?;
            let code = body.byte()?;
            Ok(Some(match code >= FAILURE {
                true => Incoming::Refused(reason(code)),
                false => Incoming::Welcome,
            }))
        }
        // DISCONNECT: the code, if it is not 0.
        14 => {
            let code = body.byte().unwrap_or(0);
            Ok(Some(Incoming::Refused(reason(code))))
        }
        // A server has no reason to send other packets to bots.
        _ => Err(Stop::Broken("this is not MQTT")),
    }
}

fn skip_properties(body: &mut Cursor<'_>) -> Result<(), Stop> {
    let length = number(body)?;
    body.take(length).map(|_| ())
}

/// A number in seven bits of each of up to four bytes, the lowest first.
fn number(cursor: &mut Cursor<'_>) -> Result<usize, Stop> {
    let mut number = 0;
    for place in 0..4 {
        let byte = cursor.byte()?;
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Stop::Broken("a length has no end"))
}

fn length(mut rest: usize, out: &mut Vec<u8>) {
    while rest > 0x7f {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// The reason for a code.
fn reason(code: u8) -> &'static [u8] {
    match code {
        0x00 => b"the server has disconnected the client",
        0x81 => b"malformed packet",
        0x82 => b"protocol error",
        0x83 => b"implementation specific error",
        0x84 => b"this version of MQTT is not supported",
        0x85 => b"client identifier not valid",
        0x86 => b"bad user name or password",
        0x87 => b"not authorized",
        0x88 => b"server unavailable",
        0x89 => b"server busy",
        0x8a => b"banned",
        0x8b => b"the server shuts down",
        0x8d => b"keep alive timeout",
        0x8e => b"session taken over",
        0x8f => b"topic filter not valid",
        0x90 => b"topic name not valid",
        0x93 => b"receive maximum exceeded",
        0x95 => b"packet too large",
        0x96 => b"message rate too high",
        0x97 => b"quota exceeded",
        0x98 => b"administrative action",
        0x9d => b"server last_progress",
        0x9f => b"connection rate exceeded",
        _ => b"a failure with another code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use frame::tests::{WHO, means, survives};

    #[test]
    fn a_bot_comes_in_speaks_and_goes() {
        let mut out = Vec::new();
        assert!(hello(WHO, &mut out));
        say(WHO, b"one two", &mut out);
        goodbye(&mut out);
        let bytes = [
            &b"\x10\x11\0\x04MQTT\x05\x02\0\0\0\0\x04bot6"[..],
            b"\x82\x0d\0\x01\0\0\x07inbox.6\x04",
            b"\x30\x11\0\x07inbox.7\0one two",
            b"\xe0\0",
        ];
        assert_eq!(out, bytes.concat());
    }

    #[test]
    fn what_a_bot_says_is_what_another_hears() {
        for size in [0, 1, 115, 116, 1024, 20_000] {
            let text = vec![b'x'; size];
            let mut out = Vec::new();
            say(WHO, &text, &mut out);
            let (first, second) = out.split_at(2);
            let heard = frame::tests::heard(Protocol::Mqtt, WHO, &[first, second]);
            assert_eq!(heard, [format!("Said {}", "x".repeat(size))]);
        }
    }

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        let stream = [
            // The greeting of a server with two properties.
            &b"\x20\x09\0\0\x06\x22\0\x0a\x21\0\x14"[..],
            b"\x90\x04\0\x01\0\0",
            b"\x30\x0e\0\x04papo\0one two",
            // QoS 1 and a property.
            b"\x32\x0d\0\x04papo\0\x09\x02\x01\x01a\n",
            b"\x30\x07\0\x04papo\0",
            b"\x90\x04\0\x01\0\x87",
            b"\x20\x03\0\x8a\0",
            b"\xe0\x02\x8b\0",
            b"\xe0\0",
        ];
        let said = [
            "Welcome",
            "Said one two",
            "Said a\n",
            "Said ",
            "Refused not authorized",
            "Refused banned",
            "Refused the server shuts down",
            "Refused the server has disconnected the client",
        ];
        means(Protocol::Mqtt, WHO, &stream.concat(), &said);
        survives(Protocol::Mqtt, WHO, &stream.concat());
    }

    #[test]
    fn nonsense_is_refused_once() {
        for (nonsense, words) in [
            (&b"\x30\xff\xff\xff\xff"[..], "a length has no end"),
            (b"\x30\xff\xff\xff\x7f", "a message is too long"),
            (b"\x30\x02\0\x04papo\0", "a packet is too short"),
            (b"\xf0\0", "this is not MQTT"),
        ] {
            let mut stream = nonsense.to_vec();
            stream.resize(24, 0);
            let refused = format!("Refused {words}");
            means(Protocol::Mqtt, WHO, &stream, &[&refused]);
        }
    }
}
