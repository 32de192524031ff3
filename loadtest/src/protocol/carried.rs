//! NATS and MQTT over WebSocket: their bytes in binary frames, once the server has agreed.
//!
//! Invariant: the payloads of all frames together are the stream of the inner protocol; where a frame ends means
//! nothing to it. So a tail has two parts: an incomplete message of the inner protocol, and an incomplete frame.

use super::frame::{self, Cursor, Meaning};
use super::ws::{self, AGREED, BINARY, PING, PONG, TEXT};
use super::{Incoming, MAX_MESSAGE, Who, mqtt, nats};

/// What is carried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bus {
    Nats,
    Mqtt,
}

/// The bytes before a tail: how long its first part is.
const LENGTH: usize = size_of::<u32>();
/// What NATS asks.
const ARE_YOU_THERE: &[u8] = b"PING";

/// See `Protocol::hello`.
pub(super) fn hello(bus: Bus, out: &mut Vec<u8>) -> bool {
    match bus {
        Bus::Nats => ws::request("/", &[], out),
        Bus::Mqtt => ws::request("/mqtt", &["Sec-WebSocket-Protocol: mqtt"], out),
    }
    true
}

/// See `Protocol::answer`.
pub(super) fn answer(bus: Bus, who: Who, question: &[u8], out: &mut Vec<u8>) {
    if question.starts_with(AGREED) {
        return carry(out, |inner| match bus {
            Bus::Nats => nats::hello(who, inner),
            Bus::Mqtt => mqtt::hello(who, inner),
        });
    }
    match bus {
        Bus::Nats if question == ARE_YOU_THERE => carry(out, nats::answer),
        Bus::Nats | Bus::Mqtt => ws::masked(PONG, question, out),
    }
}

/// See `Protocol::say`.
pub(super) fn say(bus: Bus, who: Who, text: &[u8], out: &mut Vec<u8>) {
    carry(out, |inner| match bus {
        Bus::Nats => nats::say(who, text, inner),
        Bus::Mqtt => mqtt::say(who, text, inner),
    });
}

/// See `Protocol::goodbye`: NATS has none.
pub(super) fn goodbye(out: &mut Vec<u8>) {
    carry(out, mqtt::goodbye);
}

/// See `Protocol::read`.
pub(super) fn read(bus: Bus, tail: &mut Vec<u8>, bytes: &[u8], mut each: impl FnMut(Incoming<'_>)) {
    if tail.len() > MAX_MESSAGE {
        return;
    }
    let (mut message, mut cut) = parts(tail);
    frame::split(&mut cut, bytes, understand, |incoming| match incoming {
        Incoming::Said(payload) => match bus {
            Bus::Nats => nats::read(&mut message, payload, &mut each),
            Bus::Mqtt => mqtt::read(&mut message, payload, &mut each),
        },
        other => each(other),
    });
    tail.clear();
    if !message.is_empty() || !cut.is_empty() {
        tail.extend_from_slice(&(message.len() as u32).to_le_bytes());
        tail.extend_from_slice(&message);
        tail.extend_from_slice(&cut);
    }
}

/// Appends what `fill` appends, in a frame.
fn carry<T>(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>) -> T) {
    let mut inner = Vec::new();
    fill(&mut inner);
    ws::masked(BINARY, &inner, out);
}

/// The incomplete message, and the incomplete frame.
fn parts(tail: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let Some((length, rest)) = tail.split_first_chunk::<LENGTH>() else {
        return (Vec::new(), Vec::new());
    };
    let (message, cut) = rest.split_at(u32::from_le_bytes(*length) as usize);
    (message.to_vec(), cut.to_vec())
}

/// `Said` is what a frame carries.
fn understand<'a>(cursor: &mut Cursor<'a>) -> Meaning<'a> {
    // No frame begins with this letter.
    if cursor.rest().first() == Some(&b'H') {
        return ws::response(cursor);
    }
    let (opcode, payload) = ws::frame(cursor)?;
    match opcode {
        BINARY | TEXT => Ok(Some(Incoming::Said(payload))),
        PING => Ok(Some(Incoming::Question(payload))),
        // `CLOSE` and `PONG`.
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use crate::protocol::frame::tests::{WHO, means, survives};

    const WELCOME: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    /// The frames of a server with these payloads.
    fn frames(payloads: &[&[u8]]) -> Vec<u8> {
        let mut out = WELCOME.to_vec();
        for payload in payloads {
            ws::begin(BINARY, 0, payload.len(), &mut out);
            out.extend_from_slice(payload);
        }
        out
    }

    #[test]
    fn a_bot_comes_in_and_speaks() {
        for (protocol, bus, asks_for) in [
            (Protocol::NatsWs, Bus::Nats, "GET / HTTP/1.1\r\n"),
            (Protocol::MqttWs, Bus::Mqtt, "GET /mqtt HTTP/1.1\r\n"),
        ] {
            let mut out = Vec::new();
            assert!(protocol.hello(WHO, &mut out));
            let request = String::from_utf8(out).expect("text");
            assert!(request.starts_with(asks_for) && request.ends_with("\r\n\r\n"));
            assert_eq!(request.contains("Protocol: mqtt\r\n"), bus == Bus::Mqtt);
            let mut out = Vec::new();
            protocol.answer(WHO, b"HTTP/1.1 101 Switching Protocols", &mut out);
            protocol.say(WHO, b"one two", &mut out);
            let mut inner = Vec::new();
            match bus {
                Bus::Nats => nats::hello(WHO, &mut inner),
                Bus::Mqtt => mqtt::hello(WHO, &mut inner),
            };
            match bus {
                Bus::Nats => nats::say(WHO, b"one two", &mut inner),
                Bus::Mqtt => mqtt::say(WHO, b"one two", &mut inner),
            }
            assert_eq!(ws::tests::unmasked(&out), inner);
        }
    }

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        let nats = frames(&[
            b"INFO {\"max_payload\":1048576}\r\nPO",
            b"NG\r\n",
            b"MSG papo 1 7\r\none two\r\nPING\r\nMSG pa",
            b"po 1 1\r\n",
            b"a\r\n",
        ]);
        let agreed = "Question HTTP/1.1 101 Switching Protocols";
        let said = [agreed, "Welcome", "Said one two", "Question PING", "Said a"];
        means(Protocol::NatsWs, WHO, &nats, &said);
        survives(Protocol::NatsWs, WHO, &nats);
        let mqtt = frames(&[
            b"\x20\x03\0\0\0\x90\x04",
            b"\0\x01\0\0",
            b"\x30\x0e\0\x04papo\0one two\x30\x08\0\x04papo\0a",
        ]);
        let said = [agreed, "Welcome", "Said one two", "Said a"];
        means(Protocol::MqttWs, WHO, &mqtt, &said);
        survives(Protocol::MqttWs, WHO, &mqtt);
    }

    #[test]
    fn nonsense_is_refused_once() {
        let inside = frames(&[b"hello\r\n", b"MSG papo 1 1\r\na\r\n"]);
        let agreed = "Question HTTP/1.1 101 Switching Protocols";
        let told = [agreed, "Refused this is not NATS"];
        means(Protocol::NatsWs, WHO, &inside, &told);
        let outside = [b"\xc1\x01a", &frames(&[b"\xe0\0"])[..]].concat();
        let told = ["Refused this is not WebSocket"];
        means(Protocol::MqttWs, WHO, &outside, &told);
    }
}
