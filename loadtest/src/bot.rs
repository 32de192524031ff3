//! One bot: a socket, the line that it has not read to the end, and the bytes that it has not yet
//! sent. It never judges a line and never waits.
//!
//! Invariant: it asks for writability exactly while it is connecting or has bytes left over.

use crate::net;
use crate::net::Socket;
use crate::poller::Poller;
use crate::protocol::{ENDLESS, Incoming, Protocol, Who};
use std::io::{self, ErrorKind, Read};

/// How far a bot has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The connection is not there yet.
    Connecting,
    /// It has said hello and waits for its welcome.
    Waiting,
    /// It is in the room.
    In,
}

/// One connection to the server.
pub(crate) struct Bot {
    socket: Socket,
    who: Who,
    pub(crate) state: State,
    tail: Vec<u8>,
    /// Bytes to send, those from `sent` on.
    pub(crate) out: Vec<u8>,
    sent: usize,
    writing: bool,
}

impl Bot {
    /// A bot whose socket has begun to connect.
    pub(crate) fn new(socket: Socket, who: Who, key: usize, poller: &Poller) -> io::Result<Self> {
        poller.add(&socket, key, true)?;
        Ok(Self {
            socket,
            who,
            state: State::Connecting,
            tail: Vec::new(),
            out: Vec::new(),
            sent: 0,
            writing: true,
        })
    }

    /// Whether connecting, which has ended, has succeeded.
    pub(crate) fn connected(&self) -> io::Result<()> {
        self.socket.take_error()?.map_or(Ok(()), Err)
    }

    /// Reads once and hands on what it means; `false` when the conn is gone. What a read leaves
    /// in the kernel makes the socket ready again.
    pub(crate) fn read(
        &mut self,
        protocol: Protocol,
        buffer: &mut [u8],
        mut each: impl FnMut(&mut State, Incoming<'_>),
    ) -> bool {
        let count = match self.socket.read(buffer) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(error) => return net::is_momentary(&error),
        };
        let (who, state, out) = (self.who, &mut self.state, &mut self.out);
        protocol.read(who, &mut self.tail, &buffer[..count], |incoming| {
            if let Incoming::Question(question) = incoming {
                protocol.answer(who, question, out);
            }
            each(state, incoming);
        });
        self.tail.len() <= ENDLESS
    }

    /// Sends what is left and corrects the interest in writing; `false` when the conn is gone.
    pub(crate) fn flush(&mut self, key: usize, poller: &Poller) -> io::Result<bool> {
        while self.sent < self.out.len() {
            match self.socket.send(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Ok(false),
            }
        }
        if self.sent == self.out.len() {
            self.out.clear();
            self.sent = 0;
        }
        let writing = !self.out.is_empty();
        if writing != self.writing {
            poller.set_writing(&self.socket, key, writing)?;
            self.writing = writing;
        }
        Ok(true)
    }

    /// Appends what says this text.
    pub(crate) fn say(&mut self, protocol: Protocol, text: &[u8]) {
        protocol.say(self.who, text, &mut self.out);
    }

    /// Bytes that wait to be sent.
    pub(crate) fn unsent(&self) -> usize {
        self.out.len() - self.sent
    }
}
