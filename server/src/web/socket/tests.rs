//! Messages from bytes, at any split; the examples of RFC 6455.

use proptest::prelude::*;

use super::*;
use crate::web::http::{Next, Requests};
use crate::web::torn::pieces;

const LIMIT: usize = 1000;
const FIN: u8 = 0x80;
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

type Outcome = Vec<Result<Message, CloseCode>>;

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut messages = Messages::new(LIMIT);
    let mut outcome = Vec::new();
    for piece in pieces {
        messages.push(piece);
        while let Some(result) = messages.next() {
            outcome.push(result);
        }
    }
    outcome
}

/// The same whether these bytes come at once, in two pieces or one by one.
fn all(bytes: &[u8]) -> Outcome {
    let whole = read([bytes]);
    assert_eq!(read(bytes.chunks(1)), whole, "byte by byte");
    for split in 0..bytes.len().min(200) {
        let (before, after) = bytes.split_at(split);
        assert_eq!(read([before, after]), whole, "split at {split}");
    }
    whole
}

/// A frame with this first byte, as a browser sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = payload.len();
    let mut bytes = match len {
        0..126 => vec![first, FIN | len as u8],
        126..65536 => [&[first, FIN | 126][..], &(len as u16).to_be_bytes()].concat(),
        _ => [&[first, FIN | 127][..], &(len as u64).to_be_bytes()].concat(),
    };
    bytes.extend(MASK);
    bytes.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

fn text(text: &str) -> Result<Message, CloseCode> {
    Ok(Message::Text(text.to_owned()))
}

#[track_caller]
fn ends(frames: &[Vec<u8>], code: CloseCode) {
    let outcome = all(&[frames.concat(), frame(FIN | 1, b"more")].concat());
    assert_eq!(outcome.last(), Some(&Err(code)), "{outcome:?}");
    assert!(outcome.iter().filter(|result| result.is_err()).count() == 1);
}

#[test]
fn the_key_of_the_rfc() {
    let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert_eq!(
        accept_key("dGhlIHNhbXBsZSBub25jZQ==").as_deref(),
        Some(accept)
    );
    for bad in [
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZQaaaaaa",
        "????",
        "dGhlIHNhbXBsZSBub25jZQ== ",
    ] {
        assert_eq!(accept_key(bad), None, "{bad:?}");
    }
}

fn ask(line: &str, headers: &str) -> Result<String, String> {
    let mut requests = Requests::default();
    requests.push(format!("{line}\r\nHost: a\r\n{headers}\r\n").as_bytes());
    let request = requests.next().unwrap().unwrap();
    let bytes =
        |response: Response| String::from_utf8(response.to(&request, Next::Request).0).unwrap();
    upgrade(&request).map(bytes).map_err(bytes)
}

#[test]
fn requests_to_upgrade() {
    let good = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
    assert_eq!(
        ask("GET /ws HTTP/1.1", good).unwrap(),
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    );
    let refused = |line: &str, headers: &str, status: &str, header: &str| {
        let answer = ask(line, headers).unwrap_err();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(header),
            "{answer}"
        );
    };
    let get = "GET /ws HTTP/1.1";
    refused("POST /ws HTTP/1.1", good, "405", "\r\nAllow: GET\r\n");
    refused(
        "GET /ws HTTP/1.0",
        good,
        "426",
        "\r\nUpgrade: websocket\r\n",
    );
    refused(get, "", "426", "\r\nSec-WebSocket-Version: 13\r\n");
    refused(
        get,
        &good.replace(": 13", ": 8"),
        "426",
        "\r\nSec-WebSocket-Version: 13\r\n",
    );
    refused(get, &good.replace(": WebSocket", ": h2c"), "426", "");
    refused(get, &good.replace(", Upgrade", ""), "426", "");
    refused(get, &good.replace("ZQ==", ""), "400", "");
    refused(get, &good.replace("-Key", "-Kay"), "400", "");
}

#[test]
fn frames_of_the_rfc() {
    let hello = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    assert_eq!(all(&hello), [text("Hello")]);
    let parts = [frame(1, b"Hel"), frame(FIN, b"lo")].concat();
    assert_eq!(all(&parts), [text("Hello")]);
    let ping = [
        0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    assert_eq!(all(&ping), [Ok(Message::Ping(b"Hello".to_vec()))]);
    let bytes = vec![7; 256];
    assert_eq!(all(&frame(FIN | 2, &bytes)), [Ok(Message::Binary(bytes))]);
    let unmasked = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(all(&unmasked), [Err(CloseCode::Protocol)]);
}

#[test]
fn control_frames_come_between_fragments() {
    let e = "é".as_bytes();
    let frames = [
        frame(1, b""),
        frame(FIN | 9, b"?"),
        frame(0, &e[..1]),
        frame(FIN | 10, b"!"),
        frame(0, b""),
        frame(FIN, &e[1..]),
        frame(FIN | 1, b""),
        frame(FIN | 8, b""),
    ];
    assert_eq!(
        all(&frames.concat()),
        [
            Ok(Message::Ping(b"?".to_vec())),
            Ok(Message::Pong),
            text("é"),
            text(""),
            Ok(Message::Close(None))
        ]
    );
}

#[test]
fn what_is_not_the_protocol_ends_it() {
    let mut odd = Vec::new();
    for bits in [0x40, 0x20, 0x10] {
        odd.push(frame(FIN | bits | 1, b"a"));
        odd.push(frame(FIN | bits | 8, b""));
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        odd.push(frame(FIN | opcode, b""));
    }
    for control in [8, 9, 10] {
        odd.push(frame(control, b""));
        odd.push(frame(FIN | control, &[b'a'; 126]));
    }
    // Longer than they need be, and negative.
    odd.push([&[0x81, 0xfe, 0, 125][..], &[0; 129]].concat());
    odd.push([&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 4]].concat());
    odd.push([&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4]].concat());
    for odd in odd {
        ends(&[frame(FIN | 1, b"a"), odd], CloseCode::Protocol);
    }
    ends(&[frame(FIN, b"a")], CloseCode::Protocol);
    ends(
        &[frame(1, b"a"), frame(FIN, b"b"), frame(0, b"c")],
        CloseCode::Protocol,
    );
    ends(&[frame(1, b"a"), frame(FIN | 1, b"b")], CloseCode::Protocol);
    ends(&[frame(1, b"a"), frame(2, b"b")], CloseCode::Protocol);
}

#[test]
fn long_messages_end_it_before_they_have_come() {
    let most = "x".repeat(LIMIT);
    assert_eq!(all(&frame(FIN | 1, most.as_bytes())), [text(&most)]);
    let parts = [
        frame(1, &most.as_bytes()[..600]),
        frame(FIN, &most.as_bytes()[600..]),
    ]
    .concat();
    assert_eq!(all(&parts), [text(&most)]);
    ends(
        &[frame(1, most.as_bytes()), frame(0, b""), frame(FIN, b"x")],
        CloseCode::TooLong,
    );
    let head = &frame(FIN | 2, &[0; LIMIT + 1])[..8];
    assert_eq!(all(head), [Err(CloseCode::TooLong)]);
    let head = [
        0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    ];
    assert_eq!(all(&head), [Err(CloseCode::TooLong)]);
}

#[test]
fn text_is_refused_as_soon_as_it_is_none() {
    let text = "κόσμε𐍈".as_bytes();
    for end in 0..text.len() {
        let is_whole = std::str::from_utf8(&text[..end]).is_ok();
        let expected = match is_whole {
            true => Ok(()),
            false => Err(CloseCode::Invalid),
        };
        let frame = frame(FIN | 1, &text[..end]);
        let outcome = all(&frame).remove(0).map(drop);
        assert_eq!(outcome, expected, "{end}");
    }
    for bad in [
        &b"\xf4\x90"[..],
        b"\xed\xa0",
        b"\xc0",
        b"a\xff",
        b"\xf5",
        b"\xe0\x80",
    ] {
        // The rest of the frame has not come.
        let whole = frame(1, &[bad, b"and more"].concat());
        assert_eq!(
            all(&whole[..6 + bad.len()]),
            [Err(CloseCode::Invalid)],
            "{bad:?}"
        );
        ends(
            &[
                frame(1, &bad[..bad.len() - 1]),
                frame(0, &bad[bad.len() - 1..]),
            ],
            CloseCode::Invalid,
        );
    }
    ends(&[frame(1, b"\xce"), frame(FIN, b"")], CloseCode::Invalid);
}

#[test]
fn reasons_to_close() {
    let close = |payload: &[u8]| all(&frame(FIN | 8, payload)).remove(0);
    assert_eq!(close(b""), Ok(Message::Close(None)));
    for code in [
        1000u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
        4000, 4999,
    ] {
        let payload = [&code.to_be_bytes()[..], "até".as_bytes()].concat();
        assert_eq!(close(&payload), Ok(Message::Close(Some(code))));
        assert_eq!(close(&payload[..5]), Err(CloseCode::Invalid));
    }
    for code in [
        0u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
    ] {
        assert_eq!(
            close(&code.to_be_bytes()),
            Err(CloseCode::Protocol),
            "{code}"
        );
    }
    assert_eq!(close(b"\x03"), Err(CloseCode::Protocol));
    let more = [frame(FIN | 8, b""), frame(FIN | 1, b"a")].concat();
    assert_eq!(all(&more), [Ok(Message::Close(None))]);
}

#[test]
fn nothing_is_kept_between_messages_and_after_the_end() {
    let mut messages = Messages::new(LIMIT);
    for part in [frame(1, &[b'a'; 500]), frame(FIN, &[b'b'; 500])]
        .concat()
        .chunks(1)
    {
        messages.push(part);
        let result = messages.next();
        assert!(messages.memory() <= 2 * LIMIT);
        assert!(result.is_none() || messages.memory() == 0);
    }
    assert_eq!(messages.memory(), 0);
    messages.push(&[frame(1, b"a"), frame(FIN | 8, b""), frame(FIN, b"b")].concat());
    assert_eq!(messages.next(), Some(Ok(Message::Close(None))));
    assert_eq!((messages.memory(), messages.next()), (0, None));
    messages.push(b"more");
    assert_eq!((messages.memory(), messages.next()), (0, None));
}

proptest! {
    #[test]
    fn splits_do_not_matter(frames: Vec<(prop::sample::Index, Vec<u8>)>, splits: Vec<u8>) {
        const FIRSTS: [u8; 8] = [1, 0, 0, FIN, FIN | 1, FIN | 2, FIN | 9, FIN | 8];
        let texts = frames.iter().map(|(first, bytes)| {
            let text: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
            frame(*first.get(&FIRSTS), &text)
        });
        let bytes = texts.collect::<Vec<_>>().concat();
        prop_assert_eq!(read(pieces(&bytes, &splits)), read([&*bytes]));
    }

    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, splits: Vec<u8>) {
        let bytes = [&b"\x81"[..], &bytes].concat();
        prop_assert_eq!(read(pieces(&bytes, &splits)), read([&*bytes]));
    }

    #[test]
    fn what_is_said_is_read(said: String, splits: Vec<u8>) {
        let said: String = said.chars().take(LIMIT / 4).collect();
        let bytes = frame(FIN | 1, said.as_bytes());
        prop_assert_eq!(read(pieces(&bytes, &splits)), [text(&said)]);
    }
}
