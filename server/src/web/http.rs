//! Requests over HTTP/1.1 and 1.0 from the bytes of a conn, and the answers to them (RFC 9112).
//!
//! It is strict wherever two readers of the same bytes could disagree about where a request ends. The result
//! does not depend on how the bytes are split. It never reads ahead: what follows an upgrade is not looked at.
//!
//! Invariant: `start <= scanned <= bytes.len()`; outside of a head, `scanned` is `start`.

mod chunked;
mod credentials;
mod origin;
mod request;
mod response;

use crate::web::limits::{BODY_BYTES, HEAD_BYTES};

pub use credentials::Credentials;
pub use origin::{is_allowed_host, is_same_origin};
pub use request::{Method, Request, Version, form};
pub use response::{CONTINUE, Next, Response, Status};

use chunked::Chunked;
use request::{Head, Length};

/// Why a conn's bytes are no request. Where the next one would begin is unknown: answer and close.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is not HTTP, or two readers could understand it in two ways.
    Malformed,
    /// It does not name one host, as HTTP/1.1 must.
    Host,
    /// The target is too long.
    TargetTooLong,
    /// The head is too long, or has too many headers.
    HeadTooLarge,
    /// The body is too long.
    BodyTooLarge,
    /// The body has a coding other than chunked.
    UnknownCoding,
    /// Neither version 1.1 nor 1.0.
    UnknownVersion,
}

impl Fault {
    /// The status to answer with.
    pub fn status(self) -> Status {
        match self {
            Fault::Malformed | Fault::Host => Status::BadRequest,
            Fault::TargetTooLong => Status::UriTooLong,
            Fault::HeadTooLarge => Status::HeadTooLarge,
            Fault::BodyTooLarge => Status::ContentTooLarge,
            Fault::UnknownCoding => Status::NotImplemented,
            Fault::UnknownVersion => Status::VersionNotSupported,
        }
    }
}

/// The requests of one conn. It holds at most one unfinished request and what one `push` brought; a caller that
/// pushes before `next` has returned `None` adds to that. It owns no memory between requests.
#[derive(Default, Debug)]
pub struct Requests {
    bytes: Vec<u8>,
    /// What comes before was a request, or has gone into one.
    start: usize,
    /// Up to here it was searched for the end of the head.
    scanned: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// At a head.
    Head(Before),
    /// In a body.
    Body(Box<Body>),
    /// After a fault.
    Failed,
}

impl Default for State {
    fn default() -> State {
        State::Head(Before::Nothing)
    }
}

/// What came before a head. Some clients end a body with a line end too many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Before {
    Nothing,
    LineEnd,
}

#[derive(Debug)]
struct Body {
    request: Request,
    rest: Rest,
    waits: bool,
}

/// What is still to come of a body.
#[derive(Debug)]
enum Rest {
    Bytes(usize),
    Chunked(Chunked),
}

impl Requests {
    /// Takes bytes of the conn.
    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.state, State::Failed) {
            return;
        }
        self.bytes.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next request, once all of it has come.
    #[expect(
        clippy::should_implement_trait,
        reason = "`None` is not the end: more may come"
    )]
    pub fn next(&mut self) -> Option<Result<Request, Fault>> {
        let result = self.step().transpose();
        if let Some(Err(_)) = result {
            self.state = State::Failed;
            self.start = self.bytes.len();
        }
        if self.start == self.bytes.len() {
            (self.bytes, self.start, self.scanned) = (Vec::new(), 0, 0);
        }
        result
    }

    /// Whether nothing of a request has come.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Head(_)) && self.bytes.is_empty()
    }

    /// Whether the client waits for `100 Continue` before it sends the body. It is said once, after `next` has
    /// returned `None`.
    pub fn take_continue(&mut self) -> bool {
        match &mut self.state {
            State::Body(body) => std::mem::take(&mut body.waits),
            State::Head(_) | State::Failed => false,
        }
    }

    /// Takes what has come after the last request: bytes of another protocol, after an upgrade.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.drain(..self.start);
        (self.start, self.scanned) = (0, 0);
        bytes
    }

    /// Bytes of memory that it owns, beside itself.
    pub fn memory(&self) -> usize {
        let body = match &self.state {
            State::Body(body) => size_of::<Body>() + body.request.memory(),
            State::Head(_) | State::Failed => 0,
        };
        self.bytes.capacity() + body
    }

    fn step(&mut self) -> Result<Option<Request>, Fault> {
        if let State::Head(before) = self.state {
            let Some(head) = self.head(before)? else {
                return Ok(None);
            };
            let rest = match head.length {
                Length::Bytes(bytes) if bytes > BODY_BYTES => return Err(Fault::BodyTooLarge),
                Length::Bytes(bytes) => Rest::Bytes(bytes),
                Length::Chunked => Rest::Chunked(Chunked::default()),
            };
            self.state = State::Body(Box::new(Body {
                waits: head.waits,
                request: head.request,
                rest,
            }));
        }
        let State::Body(body) = &mut self.state else {
            return Ok(None);
        };
        let input = &self.bytes[self.start..];
        body.waits &= input.is_empty();
        let (used, is_whole) = body.take(input)?;
        self.start += used;
        self.scanned = self.start;
        if !is_whole {
            return Ok(None);
        }
        match std::mem::take(&mut self.state) {
            State::Body(body) => Ok(Some(body.request)),
            State::Head(_) | State::Failed => Ok(None),
        }
    }

    /// Reads the head, if it has come. All line ends must be CR LF: others may be read by somebody on the way as
    /// the end of a header, or not.
    fn head(&mut self, mut before: Before) -> Result<Option<Head>, Fault> {
        while let Some(byte) = self.bytes.get(self.scanned) {
            let line = &self.bytes[self.start..self.scanned];
            if line.len() == HEAD_BYTES {
                return Err(match line.contains(&b'\n') {
                    true => Fault::HeadTooLarge,
                    false => Fault::TargetTooLong,
                });
            }
            if (*byte == b'\n') != line.ends_with(b"\r") {
                return Err(Fault::Malformed);
            }
            self.scanned += 1;
            let head = &self.bytes[self.start..self.scanned];
            if head == b"\r\n" {
                if before == Before::LineEnd {
                    return Err(Fault::Malformed);
                }
                before = Before::LineEnd;
                self.state = State::Head(before);
                self.start = self.scanned;
            } else if head.ends_with(b"\r\n\r\n") {
                let head = request::parse(head)?;
                self.start = self.scanned;
                return Ok(Some(head));
            }
        }
        Ok(None)
    }
}

impl Body {
    /// Takes what belongs to the body: how many bytes that are, and whether the body is whole.
    fn take(&mut self, input: &[u8]) -> Result<(usize, bool), Fault> {
        let body = &mut self.request.body;
        match &mut self.rest {
            Rest::Bytes(left) => {
                let used = input.len().min(*left);
                body.extend_from_slice(&input[..used]);
                *left -= used;
                Ok((used, *left == 0))
            }
            Rest::Chunked(chunked) => chunked.take(input, body),
        }
    }
}

#[cfg(test)]
mod tests;
