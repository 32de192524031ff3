//! WebSocket as a browser speaks it (RFC 6455): the request to upgrade, and messages from the bytes after it.
//!
//! The result does not depend on how the bytes are split. The server accepts no extension, so reserved bits are
//! errors.
//!
//! Invariant: `start <= bytes.len()`; of text, the first `valid` bytes are UTF-8 and the rest may be the beginning of
//! a character; an unfinished message has at most `limit` bytes.

use sha1::{Digest, Sha1};

use crate::web::encoding;
use crate::web::http::{Method, Request, Response, Status, Version};

/// What the key is joined with before it is hashed (RFC 6455, chapter 1.3).
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_BYTES: usize = 16;
const VERSION: &str = "13";

/// The longest payload of a control frame, and the longest whose length is in the first two bytes.
const SHORT: u64 = 125;

/// The answer to a request to upgrade: 101, after which the conn speaks WebSocket, or what was wrong with it.
pub fn upgrade(request: &Request) -> Result<Response, Response> {
    if request.method != Method::Get {
        let refusal = Response::text(Status::MethodNotAllowed, "A WebSocket begins with GET.");
        return Err(refusal.with("Allow", "GET"));
    }
    let is_upgrade = request.version == Version::Http11
        && request.has_token("connection", "upgrade")
        && request.has_token("upgrade", "websocket");
    let version = request.header("sec-websocket-version");
    if !is_upgrade || version != Some(VERSION) {
        let refusal = Response::text(
            Status::UpgradeRequired,
            "This address is for WebSockets, version 13.",
        );
        let refusal = refusal
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade");
        return Err(refusal.with("Sec-WebSocket-Version", VERSION));
    }
    let key = request.header("sec-websocket-key").and_then(accept_key);
    let key = key.ok_or_else(|| {
        Response::text(Status::BadRequest, "Sec-WebSocket-Key is missing or wrong.")
    })?;
    let accepted = Response::new(Status::SwitchingProtocols, "", Vec::new());
    Ok(accepted
        .with("Upgrade", "websocket")
        .with("Sec-WebSocket-Accept", key))
}

/// What proves that this key was understood, if it is one.
pub fn accept_key(key: &str) -> Option<String> {
    let is_key = encoding::decode(key).is_some_and(|bytes| bytes.len() == KEY_BYTES);
    let hash = Sha1::new().chain_update(key).chain_update(MAGIC).finalize();
    is_key.then(|| encoding::encode(hash))
}

/// What a browser has sent.
#[derive(PartialEq, Eq, Debug)]
pub enum Message {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A question whether somebody is there, to be answered with the same bytes.
    Ping(Vec<u8>),
    /// An answer to that.
    Pong,
    /// The end, with its reason. Nothing comes after it.
    Close(Option<u16>),
}

/// Why a conversation ends (RFC 6455, chapter 7.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseCode {
    /// All is said.
    Normal,
    /// The server stops.
    GoingAway,
    /// It is not the protocol.
    Protocol,
    /// Bytes where only text is understood.
    Unsupported,
    /// Text that is none.
    Invalid,
    /// Against the rules.
    Policy,
    /// A message that is too long.
    TooLong,
}

impl CloseCode {
    /// Its number.
    pub fn number(self) -> u16 {
        match self {
            CloseCode::Normal => 1000,
            CloseCode::GoingAway => 1001,
            CloseCode::Protocol => 1002,
            CloseCode::Unsupported => 1003,
            CloseCode::Invalid => 1007,
            CloseCode::Policy => 1008,
            CloseCode::TooLong => 1009,
        }
    }
}

/// The messages of one conn. It owns no memory between messages.
#[derive(Debug)]
pub struct Messages {
    limit: usize,
    bytes: Vec<u8>,
    /// What comes before has gone into messages.
    start: usize,
    frame: Option<Frame>,
    /// Boxed: most conns have none most of the time.
    message: Option<Box<Unfinished>>,
    has_ended: bool,
}

/// A frame with data whose payload is coming.
#[derive(Clone, Copy, Debug)]
struct Frame {
    is_final: bool,
    left: u64,
    mask: [u8; 4],
}

/// A message of which not all frames have come.
#[derive(Debug)]
struct Unfinished {
    kind: Kind,
    payload: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// So many bytes of it are UTF-8.
    Text {
        valid: usize,
    },
    Binary,
}

/// What a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// The beginning of a frame.
struct Head {
    bytes: usize,
    is_final: bool,
    opcode: Opcode,
    len: u64,
    mask: [u8; 4],
}

impl Messages {
    /// For a conn whose messages have at most so many bytes.
    pub fn new(limit: usize) -> Messages {
        Messages {
            limit,
            bytes: Vec::new(),
            start: 0,
            frame: None,
            message: None,
            has_ended: false,
        }
    }

    /// Takes bytes of the conn.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.has_ended {
            return;
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, once all of it has come, or why the conversation ends here.
    #[expect(
        clippy::should_implement_trait,
        reason = "`None` is not the end: more may come"
    )]
    pub fn next(&mut self) -> Option<Result<Message, CloseCode>> {
        let result = self.step().transpose();
        if matches!(result, Some(Err(_) | Ok(Message::Close(_)))) {
            *self = Messages::new(self.limit);
            self.has_ended = true;
        }
        if self.start == self.bytes.len() {
            (self.bytes, self.start) = (Vec::new(), 0);
        }
        result
    }

    /// Bytes of memory that it owns, beside itself.
    pub fn memory(&self) -> usize {
        let message = self.message.as_ref();
        self.bytes.capacity() + message.map_or(0, |message| message.payload.capacity())
    }

    fn step(&mut self) -> Result<Option<Message>, CloseCode> {
        loop {
            if let Some(frame) = self.frame {
                match self.take(frame)? {
                    Taken::Message(message) => return Ok(Some(message)),
                    Taken::Frame => {}
                    Taken::Part => return Ok(None),
                }
            }
            let Some(head) = Head::parse(&self.bytes[self.start..])? else {
                return Ok(None);
            };
            if matches!(head.opcode, Opcode::Close | Opcode::Ping | Opcode::Pong) {
                return self.control(&head);
            }
            self.start += head.bytes;
            self.begin(&head)?;
        }
    }

    /// Begins a frame with data.
    fn begin(&mut self, head: &Head) -> Result<(), CloseCode> {
        let kind = match head.opcode {
            Opcode::Text => Some(Kind::Text { valid: 0 }),
            Opcode::Binary => Some(Kind::Binary),
            _ => None,
        };
        // A first frame begins a message, every other one continues it.
        if kind.is_some() == self.message.is_some() {
            return Err(CloseCode::Protocol);
        }
        let before = self
            .message
            .as_ref()
            .map_or(0, |message| message.payload.len());
        if head.len > (self.limit - before) as u64 {
            return Err(CloseCode::TooLong);
        }
        if let Some(kind) = kind {
            let payload = Vec::new();
            self.message = Some(Box::new(Unfinished { kind, payload }));
        }
        self.frame = Some(Frame {
            is_final: head.is_final,
            left: head.len,
            mask: head.mask,
        });
        Ok(())
    }

    /// Takes what has come of a frame with data.
    fn take(&mut self, mut frame: Frame) -> Result<Taken, CloseCode> {
        let Some(message) = &mut self.message else {
            return Err(CloseCode::Protocol);
        };
        let input = &self.bytes[self.start..];
        let taken = input
            .len()
            .min(usize::try_from(frame.left).unwrap_or(usize::MAX));
        unmask(&input[..taken], frame.mask, &mut message.payload);
        self.start += taken;
        frame.left -= taken as u64;
        frame.mask.rotate_left(taken % 4);
        message.check()?;
        if frame.left > 0 {
            self.frame = Some(frame);
            return Ok(Taken::Part);
        }
        self.frame = None;
        match self.message.take_if(|_| frame.is_final) {
            Some(message) => message.finish().map(Taken::Message),
            None => Ok(Taken::Frame),
        }
    }

    /// Takes a control frame, if all of it has come. It may stand between the frames of a message.
    fn control(&mut self, head: &Head) -> Result<Option<Message>, CloseCode> {
        let len = head.bytes + head.len as usize;
        let Some(frame) = self.bytes[self.start..].get(..len) else {
            return Ok(None);
        };
        let mut payload = Vec::new();
        unmask(&frame[head.bytes..], head.mask, &mut payload);
        self.start += len;
        Ok(Some(match head.opcode {
            Opcode::Ping => Message::Ping(payload),
            Opcode::Pong => Message::Pong,
            _ => Message::Close(reason(&payload)?),
        }))
    }
}

enum Taken {
    Message(Message),
    Frame,
    Part,
}

impl Head {
    /// Reads the head of a frame, if it has come.
    fn parse(bytes: &[u8]) -> Result<Option<Head>, CloseCode> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        let opcode = match first & 0b0111_1111 {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            // Reserved bits are among these.
            _ => return Err(CloseCode::Protocol),
        };
        let is_final = first & 0b1000_0000 != 0;
        let is_control = matches!(opcode, Opcode::Close | Opcode::Ping | Opcode::Pong);
        let is_masked = second & 0b1000_0000 != 0;
        let short = u64::from(second & 0b0111_1111);
        if !is_masked || is_control && (!is_final || short > SHORT) {
            return Err(CloseCode::Protocol);
        }
        // Each length must have been written in the shortest way.
        let (len, least, rest) = match (short, rest) {
            (0..=SHORT, rest) => (short, 0, rest),
            (126, [a, b, rest @ ..]) => (u16::from_be_bytes([*a, *b]).into(), SHORT + 1, rest),
            (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                let len = u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
                (len, u64::from(u16::MAX) + 1, rest)
            }
            _ => return Ok(None),
        };
        if len < least || len > i64::MAX as u64 {
            return Err(CloseCode::Protocol);
        }
        let [a, b, c, d, rest @ ..] = rest else {
            return Ok(None);
        };
        Ok(Some(Head {
            bytes: bytes.len() - rest.len(),
            is_final,
            opcode,
            len,
            mask: [*a, *b, *c, *d],
        }))
    }
}

impl Unfinished {
    /// Refuses text as soon as it is none.
    fn check(&mut self) -> Result<(), CloseCode> {
        let Kind::Text { valid } = &mut self.kind else {
            return Ok(());
        };
        match std::str::from_utf8(&self.payload[*valid..]) {
            Ok(text) => *valid += text.len(),
            Err(error) if error.error_len().is_none() => *valid += error.valid_up_to(),
            Err(_) => return Err(CloseCode::Invalid),
        }
        Ok(())
    }

    fn finish(self) -> Result<Message, CloseCode> {
        match self.kind {
            Kind::Binary => Ok(Message::Binary(self.payload)),
            Kind::Text { .. } => {
                let text = String::from_utf8(self.payload);
                text.map(Message::Text).map_err(|_| CloseCode::Invalid)
            }
        }
    }
}

fn unmask(masked: &[u8], mask: [u8; 4], out: &mut Vec<u8>) {
    let from = out.len();
    out.extend_from_slice(masked);
    for part in out[from..].chunks_mut(mask.len()) {
        part.iter_mut()
            .zip(mask)
            .for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// The reason in the payload of a close frame, which may be followed by text for people.
fn reason(payload: &[u8]) -> Result<Option<u16>, CloseCode> {
    let [high, low, text @ ..] = payload else {
        return match payload {
            [] => Ok(None),
            _ => Err(CloseCode::Protocol),
        };
    };
    match u16::from_be_bytes([*high, *low]) {
        1000..=1003 | 1007..=1014 | 3000..=4999 if std::str::from_utf8(text).is_err() => {
            Err(CloseCode::Invalid)
        }
        code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => Ok(Some(code)),
        _ => Err(CloseCode::Protocol),
    }
}

#[cfg(test)]
mod tests;
