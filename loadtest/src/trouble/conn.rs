//! One conn of somebody who is no measured bot: a socket, the line that it has not read to the end,
//! and the bytes that it has not yet sent. It never waits and never judges.
//!
//! Invariant: while it is watched, it asks for writability exactly while it is connecting or has
//! bytes left over.

use crate::net::{self, Socket};
use crate::poller::Poller;
use crate::protocol::{Incoming, Protocol, Who};
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

/// A line without an end is not read further than this.
const ENDLESS: usize = 64 * 1024;

/// How far a conn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The connection is not there yet.
    Connecting,
    /// It has said hello and waits for its welcome.
    Waiting,
    /// It is in its room.
    In,
    /// It has said goodbye and reads what it is still owed.
    Leaving,
}

/// What a conn says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// What its protocol asks for.
    Hello,
    /// Nothing: being connected is all.
    Silence,
}

/// Whether there is more to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Open,
    /// The server has closed the conn, or it broke.
    Ended,
}

/// One connection to the server.
pub(crate) struct Conn {
    socket: Socket,
    key: usize,
    pub(crate) who: Who,
    pub(crate) stage: Stage,
    greeting: Greeting,
    tail: Vec<u8>,
    /// Bytes to send, those from `sent` on.
    pub(crate) out: Vec<u8>,
    sent: usize,
    writing: bool,
}

impl Conn {
    /// Begins to connect. With `narrow`, the kernel keeps only so many bytes for it.
    pub(crate) fn open(
        target: SocketAddr,
        who: Who,
        greeting: Greeting,
        narrow: Option<usize>,
        (key, poller): (usize, &Poller),
    ) -> Result<Self, String> {
        let opened = match narrow {
            Some(bytes) => net::connect_narrow(target, who.bot, bytes),
            None => net::connect(target, who.bot),
        };
        let added = opened.and_then(|socket| poller.add(&socket, key, true).map(|()| socket));
        let socket = added.map_err(|error| cannot_connect(who, &error))?;
        Ok(Self {
            socket,
            key,
            who,
            stage: Stage::Connecting,
            greeting,
            tail: Vec::new(),
            out: Vec::new(),
            sent: 0,
            writing: true,
        })
    }

    /// The socket takes bytes: says hello when it could not before, and sends what is left.
    pub(crate) fn writable(&mut self, protocol: Protocol, poller: &Poller) -> Result<Flow, String> {
        if self.stage == Stage::Connecting {
            let failed = self.socket.take_error().and_then(|e| e.map_or(Ok(()), Err));
            failed.map_err(|error| cannot_connect(self.who, &error))?;
            self.stage = match self.greeting {
                Greeting::Hello if protocol.hello(self.who, &mut self.out) => Stage::Waiting,
                Greeting::Hello | Greeting::Silence => Stage::In,
            };
        }
        self.flush(poller)
    }

    /// Reads once and hands on what it means. What a read leaves in the kernel makes the socket
    /// ready again.
    pub(crate) fn read(
        &mut self,
        protocol: Protocol,
        poller: &Poller,
        buffer: &mut [u8],
        mut each: impl FnMut(Incoming<'_>),
    ) -> Result<Flow, String> {
        let count = match self.socket.read(buffer) {
            Ok(0) => return Ok(Flow::Ended),
            Ok(count) => count,
            Err(error) if net::is_momentary(&error) => return Ok(Flow::Open),
            Err(_) => return Ok(Flow::Ended),
        };
        let (who, stage, out) = (self.who, &mut self.stage, &mut self.out);
        protocol.read(who, &mut self.tail, &buffer[..count], |incoming| {
            match incoming {
                Incoming::Question(question) => return protocol.answer(who, question, out),
                Incoming::Welcome if *stage == Stage::Waiting => *stage = Stage::In,
                _ => {}
            }
            each(incoming);
        });
        match self.tail.len() > ENDLESS {
            true => Ok(Flow::Ended),
            false if self.out.is_empty() => Ok(Flow::Open),
            false => self.flush(poller),
        }
    }

    /// Sends what is left and corrects the interest in writing.
    pub(crate) fn flush(&mut self, poller: &Poller) -> Result<Flow, String> {
        if self.stage == Stage::Connecting {
            return Ok(Flow::Open);
        }
        while self.sent < self.out.len() {
            match self.socket.send(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What the server said before can still be read, and then its end.
                Err(_) => self.sent = self.out.len(),
            }
        }
        if self.sent == self.out.len() {
            self.out.clear();
            self.sent = 0;
        }
        let writing = !self.out.is_empty();
        if writing != self.writing {
            self.writing = writing;
            let set = poller.set_writing(&self.socket, self.key, writing);
            set.map_err(|error| error.to_string())?;
        }
        Ok(Flow::Open)
    }

    /// Says goodbye. A protocol that has no words for it ends at once.
    pub(crate) fn leave(&mut self, protocol: Protocol, poller: &Poller) -> Result<Flow, String> {
        let before = self.out.len();
        protocol.goodbye(&mut self.out);
        self.stage = Stage::Leaving;
        match self.out.len() > before {
            true => self.flush(poller),
            false => Ok(Flow::Ended),
        }
    }

    /// Is not woken any more, whatever comes.
    pub(crate) fn unwatch(&self, poller: &Poller) -> Result<(), String> {
        let removed = poller.remove(&self.socket);
        removed.map_err(|error| error.to_string())
    }

    /// Is woken again.
    pub(crate) fn watch(&self, poller: &Poller) -> Result<(), String> {
        let added = poller.add(&self.socket, self.key, self.writing);
        added.map_err(|error| error.to_string())
    }

    /// Whether the last line that came has come to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.tail.is_empty()
    }
}

fn cannot_connect(who: Who, error: &io::Error) -> String {
    format!("bot{} cannot connect: {error}", who.bot)
}
