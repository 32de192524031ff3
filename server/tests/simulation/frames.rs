//! WebSocket as a browser speaks it (RFC 6455), written from the standard: masked frames to the server, and the
//! frames that come back.
//!
//! Whatever the server writes after its answer to the upgrade is a row of whole frames; only the end of all may be
//! missing.

use serde_json::Value;

use crate::dice::Dice;

/// The standard's own example of a key, and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;
/// The last frame of a message.
pub(crate) const FIN: u8 = 0x80;

/// What a browser was sent.
#[derive(Default)]
pub(crate) struct Conversation {
    /// Whether its upgrade was granted.
    pub(crate) has_begun: bool,
    pub(crate) messages: Vec<Value>,
    pub(crate) pongs: Vec<Vec<u8>>,
    /// Whether its end was told.
    pub(crate) has_closed: bool,
    /// Whether the last frame is whole.
    pub(crate) is_whole: bool,
}

/// The request with which a conversation begins.
pub(crate) fn upgrade() -> String {
    format!(
        "GET /ws HTTP/1.1\r\nHost: 10.0.0.1:12345\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\
         Origin: http://10.0.0.1:12345\r\n\r\n"
    )
}

/// A frame with this first byte.
pub(crate) fn masked(dice: &mut Dice, first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = (dice.below(1 << 32) as u32).to_be_bytes();
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(0x80 | len as u8),
        len @ ..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    let masked = payload.iter().zip(mask.iter().cycle());
    frame.extend(masked.map(|(byte, mask)| byte ^ mask));
    frame
}

/// Reads what was written to a browser.
pub(crate) fn read(written: &[u8]) -> Conversation {
    let mut told = Conversation::default();
    // It was taken for a person, since its first bytes came late.
    if written.starts_with(b"* ") {
        return told;
    }
    let Some(head) = written.windows(4).position(|end| end == b"\r\n\r\n") else {
        return told;
    };
    let (head, mut rest) = written.split_at(head + 4);
    let head = std::str::from_utf8(head).expect("I8: a head is UTF-8");
    assert!(head.starts_with("HTTP/1.1 "), "an answer: {head:?}");
    if !head.starts_with("HTTP/1.1 101 ") {
        return told;
    }
    let accept = format!("\r\nSec-WebSocket-Accept: {ACCEPT}\r\n");
    assert!(head.contains(&accept), "{head:?}");
    told.has_begun = true;
    while let Some((first, payload, after)) = frame(rest) {
        assert!(!told.has_closed, "a frame after the close");
        match first ^ FIN {
            TEXT => told.messages.push(message(payload)),
            PONG => told.pongs.push(payload.to_vec()),
            CLOSE => told.has_closed = true,
            _ => panic!("a frame that begins with {first:#x}"),
        }
        rest = after;
    }
    told.is_whole = rest.is_empty();
    told
}

/// The first frame, if it has come: its first byte, its payload, and what comes after it.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (second, rest) = rest.split_first()?;
    assert!(*second < 128, "a masked frame, or none: {second:#x}");
    let (len, rest) = match second {
        126 => {
            let (len, rest) = rest.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*len)), rest)
        }
        127 => {
            let (len, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*len), rest)
        }
        _ => (u64::from(*second), rest),
    };
    let (payload, rest) = rest.split_at_checked(len as usize)?;
    Some((*first, payload, rest))
}

/// A JSON object, and a newline at its end.
fn message(payload: &[u8]) -> Value {
    let ends = payload.iter().filter(|byte| **byte == b'\n').count();
    assert!(ends == 1 && payload.ends_with(b"\n"), "{payload:?}");
    let text = std::str::from_utf8(payload).expect("I8: what is sent is UTF-8");
    let message: Value = serde_json::from_str(text).expect(text);
    let is_sound = message["type"].is_string() && message["time"].is_i64();
    assert!(is_sound, "no message: {text:?}");
    message
}
