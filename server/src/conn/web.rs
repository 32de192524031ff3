//! What a conn speaks that a browser or a script may have opened: requests over HTTP at first, perhaps messages
//! over WebSocket later.
//!
//! It makes no system call and does not know what is asked.
//! Invariant: it holds at most one request that was not taken yet; what came after it is kept as bytes.

use super::Conn;
use crate::hub::Gone;
use crate::transport::Input;
use crate::web::http::{Fault, Request, Requests};
use crate::web::socket::{CloseCode, Messages};

/// See the top of this file.
pub enum Web {
    /// Requests over HTTP; boxed, since messages are many and need less.
    Requests(Box<Asked>),
    /// Messages over WebSocket.
    Messages(Messages),
    /// No more messages: they have ended, and this number is the answer.
    Over(u16),
}

/// Requests that have come.
#[derive(Default)]
pub struct Asked {
    reader: Requests,
    next: Option<Result<Request, Fault>>,
    /// One that was taken, and whose answer depends on an answer of the accounts.
    waiting: Option<Box<Request>>,
}

/// Which conns of a listener speak HTTP.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Serves {
    /// None.
    #[default]
    Lines,
    /// Those whose first bytes are a request.
    Both,
    /// All.
    Web,
}

impl Web {
    /// Whether a request waits to be answered.
    pub fn has_request(&self) -> bool {
        matches!(self, Web::Requests(asked) if asked.next.is_some())
    }

    /// Whether its messages have ended as they should, if they have.
    pub fn ending(&self) -> Option<bool> {
        match self {
            Web::Over(code) => Some(*code == CloseCode::Normal.number()),
            Web::Requests(_) | Web::Messages(_) => None,
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        match self {
            Web::Requests(asked) => {
                let next = asked.next.as_ref().and_then(|next| next.as_ref().ok());
                let owned = next.into_iter().chain(asked.waiting.as_deref());
                size_of::<Asked>()
                    + asked.reader.memory()
                    + owned.map(Request::memory).sum::<usize>()
            }
            Web::Messages(messages) => messages.memory(),
            Web::Over(_) => 0,
        }
    }
}

impl<Socket> Conn<Socket> {
    /// Whether nothing that it sends is handled any more.
    pub fn has_ended(&self) -> bool {
        self.wire.has_ended() || self.intake.web().and_then(Web::ending).is_some()
    }

    /// Whether a request waits to be answered.
    pub fn has_request(&self) -> bool {
        self.intake.web().is_some_and(Web::has_request)
    }

    /// How its leave is called when its input is at its end.
    pub fn ending(&self) -> Gone {
        let is_orderly = self.intake.web().and_then(Web::ending);
        match is_orderly.unwrap_or(self.wire.input == Input::Ended { orderly: true }) {
            true => Gone::Hangup,
            false => Gone::Lost,
        }
    }
}

impl Asked {
    /// Bytes of the conn have come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        self.go_on();
    }

    /// The next request. Its answer decides whether what came after it is another one.
    pub fn take(&mut self) -> Option<Result<Request, Fault>> {
        self.next.take()
    }

    /// The request that was taken waits to be answered.
    pub fn wait(&mut self, request: Request) {
        self.waiting = Some(Box::new(request));
    }

    /// Takes the request that waits.
    pub fn take_waiting(&mut self) -> Option<Box<Request>> {
        self.waiting.take()
    }

    /// Reads the next request, if it has come.
    pub fn go_on(&mut self) {
        if self.next.is_none() {
            self.next = self.reader.next();
        }
    }

    /// Whether its client waits to be told that it may send the body of its request; told once.
    pub fn take_continue(&mut self) -> bool {
        self.next.is_none() && self.reader.take_continue()
    }

    /// Whether nothing of a request has come that was not taken.
    pub fn is_idle(&self) -> bool {
        self.next.is_none() && self.waiting.is_none() && self.reader.is_idle()
    }

    /// Takes what came after the last request: bytes of another protocol, after an upgrade.
    pub fn rest(&mut self) -> Vec<u8> {
        self.reader.rest()
    }
}
