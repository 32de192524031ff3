//! WebSocket frames for browsers (RFC 6455, chapter 5.2), not masked, as a server sends them.
//!
//! Invariant: a text frame ends at its only newline, so that feeds find frames as they find lines.

/// A final text frame, and a final close frame and pong.
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

/// The longest payload whose length is in the first two bytes, and that of a control frame.
const SHORT: usize = 125;

/// Appends a text frame with this JSON, which has no newline, and a newline. Spaces between them keep newlines
/// out of the length.
pub fn text(json: &[u8], out: &mut Vec<u8>) {
    debug_assert!(!json.contains(&b'\n'), "JSON escapes newlines");
    let start = out.len();
    let mut len = json.len() + 1;
    head(TEXT, len, out);
    while out[start..].contains(&b'\n') {
        out.truncate(start);
        len += 1;
        head(TEXT, len, out);
    }
    out.extend_from_slice(json);
    out.resize(out.len() + len - json.len() - 1, b' ');
    out.push(b'\n');
}

/// Appends the answer to a ping with this payload.
pub fn pong(payload: &[u8], out: &mut Vec<u8>) {
    head(PONG, payload.len().min(SHORT), out);
    out.extend_from_slice(&payload[..payload.len().min(SHORT)]);
}

/// Appends the end of the conversation, for the reason of this number (RFC 6455, chapter 7.4), if there is one.
pub fn close(code: Option<u16>, out: &mut Vec<u8>) {
    let code = code.map(u16::to_be_bytes);
    let payload = code.as_ref().map_or(&[][..], |code| code);
    head(CLOSE, payload.len(), out);
    out.extend_from_slice(payload);
}

/// The first byte, and the length of the payload in as few bytes as there may be.
fn head(first: u8, len: usize, out: &mut Vec<u8>) {
    out.push(first);
    match (len, u16::try_from(len)) {
        (0..=SHORT, _) => out.push(len as u8),
        (_, Ok(len)) => {
            out.push(126);
            out.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_frame_ends_at_its_only_newline() {
        for len in (2..9000).chain([65_530, 65_536, 100_000]) {
            let json = vec![b'x'; len];
            let mut out = Vec::new();
            text(&json, &mut out);
            let ends = out.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!((ends, out.last()), (1, Some(&b'\n')), "{len}");
            let (head, payload) = match out[1] {
                126 => (4, usize::from(u16::from_be_bytes([out[2], out[3]]))),
                127 => (
                    10,
                    u64::from_be_bytes(out[2..10].try_into().unwrap()) as usize,
                ),
                short => (2, usize::from(short)),
            };
            assert_eq!((out[0], out.len() - head), (0x81, payload), "{len}");
            assert!(out[head..].starts_with(&json));
            assert!(payload - len <= 257, "{len}: {payload}");
        }
    }

    #[test]
    fn control_frames() {
        let mut out = Vec::new();
        pong(b"hi", &mut out);
        close(Some(1001), &mut out);
        close(None, &mut out);
        assert_eq!(out, b"\x8a\x02hi\x88\x02\x03\xe9\x88\x00");
    }
}
