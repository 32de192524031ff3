//! One bot: a socket, the line that it has not read to the end, and the bytes that it has not yet
//! sent. It never judges a line and never waits.
//!
//! Invariant: it asks for writability exactly while it is connecting or has bytes left over.

use crate::bots::net;
use crate::bots::net::Socket;
use crate::bots::poller::Poller;
use crate::protocol::{ENDLESS, Incoming, Protocol, Who};
use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;

/// How far a bot has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The connection is not there yet.
    Connecting,
    /// It has said hello and waits for its welcome.
    Waiting,
    /// It is in its place.
    In,
    /// It has heard the roll call.
    Called,
    /// It has said goodbye.
    Leaving,
}

/// How a read ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// As it should.
    Well,
    /// The server asked something, and the answer waits to be sent.
    Asked,
    /// The conn is gone.
    Gone,
}

/// One connection to the server.
pub(crate) struct Bot {
    socket: Socket,
    pub(crate) who: Who,
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

    /// From now on it listens. Another poller watches it, which knows it by another key; the one
    /// before forgets it with its own end.
    pub(crate) fn move_to(&self, poller: &Poller, key: usize) -> io::Result<()> {
        net::expect_no_answers(&self.socket)?;
        poller.add(&self.socket, key, self.writing)
    }

    /// Has a poller watch it no more.
    pub(crate) fn leave_poller(&self, poller: &Poller) -> io::Result<()> {
        poller.remove(&self.socket)
    }

    /// Reads once, answers what was asked and hands on what all else means. What a read leaves in
    /// the kernel makes the socket ready again.
    pub(crate) fn read(
        &mut self,
        protocol: Protocol,
        buffer: &mut [u8],
        mut each: impl FnMut(&mut State, Incoming<'_>),
    ) -> Heard {
        let count = match self.socket.read(buffer) {
            Ok(0) => return Heard::Gone,
            Ok(count) => count,
            Err(error) if net::is_momentary(&error) => return Heard::Well,
            Err(_) => return Heard::Gone,
        };
        let (who, state, out) = (self.who, &mut self.state, &mut self.out);
        let mut heard = Heard::Well;
        protocol.read(who, &mut self.tail, &buffer[..count], |incoming| {
            if let Incoming::Question(question) = incoming {
                protocol.answer(who, question, out);
                heard = Heard::Asked;
            } else {
                each(state, incoming);
            }
        });
        match self.tail.len() <= ENDLESS {
            true => heard,
            false => Heard::Gone,
        }
    }

    /// Has something to say: `flush` sends it.
    pub(crate) fn say(&mut self, protocol: Protocol, text: &[u8]) {
        protocol.say(self.who, text, &mut self.out);
    }

    /// Greets the server. Whether a welcome will come.
    pub(crate) fn greet(&mut self, protocol: Protocol) -> bool {
        protocol.hello(self.who, &mut self.out)
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

    /// Bytes that wait to be sent.
    pub(crate) fn unsent(&self) -> usize {
        self.out.len() - self.sent
    }

    /// What waits to be sent never will be.
    pub(crate) fn forget(&mut self) {
        self.out.clear();
        self.sent = 0;
    }

    /// Whether the last message that came has come to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.tail.is_empty()
    }

    /// No more will be said. When that fails the conn is gone, which the next read tells.
    pub(crate) fn hang_up(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}
