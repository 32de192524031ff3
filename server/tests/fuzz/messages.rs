//! From a conn's bytes to WebSocket messages: the result does not depend on how the bytes are split, and equals that
//! of a reader who sees all frames at once.

use papo_server::web::socket::{CloseCode, Message, Messages};

use crate::pieces::{byte, pieces, some};

/// Small, so that few bytes exceed it; a frame of half of it has a long length.
const LIMIT: usize = 400;

type Outcome = Vec<Result<Message, CloseCode>>;

pub(crate) fn check(mut data: &[u8]) {
    let is_raw = byte(&mut data) & 1 == 1;
    let sizes = some(&mut data);
    let input = match is_raw {
        true => data.to_vec(),
        false => frames(data),
    };
    let expected = reference(&input);
    assert_eq!(run([&*input]), expected, "as a whole");
    assert_eq!(run(pieces(sizes, &input)), expected, "in pieces");
    assert_eq!(run(input.chunks(1)), expected, "byte by byte");
}

fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut messages = Messages::new(LIMIT);
    let mut outcome = Vec::new();
    for piece in pieces {
        messages.push(piece);
        while let Some(result) = messages.next() {
            outcome.push(result);
        }
        // An unfinished message, a control frame in it, and what came; vectors may have twice that.
        assert!(messages.memory() <= 2 * (LIMIT + 139 + piece.len()));
    }
    outcome
}

/// Frames with a mask: for each a first byte, its payload, and how often that is repeated.
fn frames(mut data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !data.is_empty() {
        let first = byte(&mut data);
        let times = byte(&mut data);
        let payload = some(&mut data).repeat(usize::from(times % 16).max(1));
        bytes.push(first);
        match payload.len() {
            len @ 0..126 => bytes.push(0x80 | len as u8),
            len => {
                bytes.push(0x80 | 126);
                bytes.extend((len as u16).to_be_bytes());
            }
        }
        let mask = [times, first, 0, 0xff];
        bytes.extend(mask);
        bytes.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
    }
    bytes
}

/// RFC 6455, read directly, with all bytes before it.
fn reference(mut input: &[u8]) -> Outcome {
    let mut outcome = Vec::new();
    let mut message: Option<(bool, Vec<u8>)> = None;
    loop {
        match frame(&mut input, &mut message) {
            Ok(Some(told)) => {
                let ends = matches!(told, Some(Message::Close(_)));
                outcome.extend(told.map(Ok));
                if ends {
                    return outcome;
                }
            }
            Ok(None) => return outcome,
            Err(code) => {
                outcome.push(Err(code));
                return outcome;
            }
        }
    }
}

/// The beginning of a frame.
struct Head {
    fin: bool,
    opcode: u8,
    length: u64,
    mask: [u8; 4],
    /// Where the payload begins.
    at: usize,
}

fn head(input: &[u8]) -> Result<Option<Head>, CloseCode> {
    let [first, second, ..] = *input else {
        return Ok(None);
    };
    let (fin, reserved, opcode) = (first >> 7 == 1, (first >> 4) & 7, first & 15);
    let is_control = opcode >= 8;
    let is_known = reserved == 0 && matches!(opcode, 0..=2 | 8..=10);
    if !is_known || second < 0x80 || is_control && (!fin || second & 0x7f > 125) {
        return Err(CloseCode::Protocol);
    }
    let wide = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some(length) = input.get(2..2 + wide) else {
        return Ok(None);
    };
    let length = length
        .iter()
        .fold(0, |len: u64, byte| len << 8 | u64::from(*byte));
    let (length, is_shortest) = match wide {
        0 => (u64::from(second & 0x7f), true),
        2 => (length, length > 125),
        _ => (length, length > 65_535 && length < 1 << 63),
    };
    if !is_shortest {
        return Err(CloseCode::Protocol);
    }
    let at = 6 + wide;
    let mask = input.get(at - 4..at).and_then(|mask| mask.try_into().ok());
    Ok(mask.map(|mask| Head {
        fin,
        opcode,
        length,
        mask,
        at,
    }))
}

/// Reads a frame, if there is a whole one: what it completes, or what is wrong with it.
fn frame(
    input: &mut &[u8],
    message: &mut Option<(bool, Vec<u8>)>,
) -> Result<Option<Option<Message>>, CloseCode> {
    let Some(head) = head(input)? else {
        return Ok(None);
    };
    let is_control = head.opcode >= 8;
    if !is_control {
        if matches!(head.opcode, 1 | 2) == message.is_some() {
            return Err(CloseCode::Protocol);
        }
        let before = message.as_ref().map_or(0, |(_, payload)| payload.len()) as u64;
        if before.saturating_add(head.length) > LIMIT as u64 {
            return Err(CloseCode::TooLong);
        }
    }
    let coming = &input[head.at..];
    let payload = coming.iter().take(head.length as usize);
    let payload = payload.zip(head.mask.iter().cycle());
    let payload: Vec<u8> = payload.map(|(byte, mask)| byte ^ mask).collect();
    let is_whole = payload.len() as u64 == head.length;
    if is_control && !is_whole {
        return Ok(None);
    }
    *input = &coming[payload.len()..];
    match head.opcode {
        8 => return Ok(Some(Some(Message::Close(reason(&payload)?)))),
        9 => return Ok(Some(Some(Message::Ping(payload)))),
        10 => return Ok(Some(Some(Message::Pong))),
        _ => {}
    }
    let (is_text, all) = message.get_or_insert((head.opcode == 1, Vec::new()));
    all.extend(payload);
    let text = std::str::from_utf8(all);
    let is_last = head.fin && is_whole;
    if *is_text && text.is_err_and(|error| error.error_len().is_some() || is_last) {
        return Err(CloseCode::Invalid);
    }
    if !is_whole {
        return Ok(None);
    }
    let Some((is_text, all)) = message.take_if(|_| head.fin) else {
        return Ok(Some(None));
    };
    Ok(Some(Some(match String::from_utf8(all) {
        Ok(text) if is_text => Message::Text(text),
        Ok(bytes) => Message::Binary(bytes.into_bytes()),
        Err(error) => Message::Binary(error.into_bytes()),
    })))
}

fn reason(payload: &[u8]) -> Result<Option<u16>, CloseCode> {
    let code = match payload {
        [] => return Ok(None),
        [_] => return Err(CloseCode::Protocol),
        [high, low, ..] => u16::from(*high) * 256 + u16::from(*low),
    };
    let is_known = (1000..=1014).contains(&code) && ![1004, 1005, 1006].contains(&code);
    if !is_known && !(3000..5000).contains(&code) {
        return Err(CloseCode::Protocol);
    }
    match String::from_utf8(payload[2..].to_vec()) {
        Ok(_) => Ok(Some(code)),
        Err(_) => Err(CloseCode::Invalid),
    }
}
