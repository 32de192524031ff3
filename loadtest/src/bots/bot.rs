//! One bot: a socket, an incomplete received message, and unsent bytes. It never checks a line and never
//! waits.
//!
//! Invariant: it is watched for writing exactly while it is connecting or has unsent bytes.

use crate::bots::net;
use crate::bots::net::Socket;
use crate::bots::poller::Poller;
use crate::bots::tls::Tls;
use crate::protocol::{Incoming, MAX_MESSAGE, Protocol, Who};
use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Connecting,
    /// It has sent its hello and waits for the welcome.
    Waiting,
    /// It is in its room.
    Joined,
    /// It has received the roll call.
    RollCalled,
    /// It has sent its goodbye.
    Leaving,
}

/// The result of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadResult {
    Open,
    /// The server asked a question, and the answer waits to be sent.
    Answering,
    Closed,
}

/// One connection to the server.
pub(crate) struct Bot {
    socket: Socket,
    tls: Option<Box<Tls>>,
    pub(crate) who: Who,
    pub(crate) state: State,
    tail: Vec<u8>,
    /// Bytes to send, those from `sent` on.
    pub(crate) out: Vec<u8>,
    sent: usize,
    writing: bool,
}

impl Bot {
    /// The same over TLS.
    pub(crate) fn secure(self) -> io::Result<Self> {
        let tls = Some(Box::new(Tls::new()?));
        Ok(Self { tls, ..self })
    }

    /// A bot whose socket has begun to connect.
    pub(crate) fn new(socket: Socket, who: Who, key: usize, poller: &Poller) -> io::Result<Self> {
        poller.add(&socket, key, true)?;
        Ok(Self {
            socket,
            tls: None,
            who,
            state: State::Connecting,
            tail: Vec::new(),
            out: Vec::new(),
            sent: 0,
            writing: true,
        })
    }

    /// The result of connecting, after it has ended.
    pub(crate) fn connected(&self) -> io::Result<()> {
        self.socket.take_error()?.map_or(Ok(()), Err)
    }

    /// Let another poller watch it, under another key; the earlier poller forgets it when that is dropped.
    /// From now on it mostly reads.
    pub(crate) fn move_to(&self, poller: &Poller, key: usize) -> io::Result<()> {
        net::expect_no_answers(&self.socket)?;
        poller.add(&self.socket, key, self.writing)
    }

    /// Stop a poller from watching it.
    pub(crate) fn leave_poller(&self, poller: &Poller) -> io::Result<()> {
        poller.remove(&self.socket)
    }

    /// Read once, queue answers to questions and pass on everything else. Bytes that stay in the kernel make
    /// the socket ready again.
    pub(crate) fn read(
        &mut self,
        protocol: Protocol,
        buffer: &mut [u8],
        mut each: impl FnMut(&mut State, Incoming<'_>),
    ) -> ReadResult {
        let read = match &mut self.tls {
            None => self.socket.read(buffer),
            Some(tls) => tls.read(&self.socket, buffer),
        };
        let is_writing = self.tls.as_ref().is_some_and(|tls| tls.wants_write());
        let count = match read {
            Ok(0) => return ReadResult::Closed,
            Ok(count) => count,
            Err(error) if net::is_momentary(&error) && is_writing => return ReadResult::Answering,
            Err(error) if net::is_momentary(&error) => return ReadResult::Open,
            Err(_) => return ReadResult::Closed,
        };
        let (who, state, out) = (self.who, &mut self.state, &mut self.out);
        let mut heard = ReadResult::Open;
        protocol.read(who, &mut self.tail, &buffer[..count], |incoming| {
            if let Incoming::Question(question) = incoming {
                protocol.answer(who, question, out);
                heard = ReadResult::Answering;
            } else {
                each(state, incoming);
            }
        });
        match self.tail.len() <= MAX_MESSAGE {
            true => heard,
            false => ReadResult::Closed,
        }
    }

    /// Queue a line; `flush` sends it.
    pub(crate) fn say(&mut self, protocol: Protocol, text: &[u8]) {
        protocol.say(self.who, text, &mut self.out);
    }

    /// Queue the hello; true if a welcome will come.
    pub(crate) fn greet(&mut self, protocol: Protocol) -> bool {
        protocol.hello(self.who, &mut self.out)
    }

    /// Send queued bytes and update the interest in writing; `false` when the conn is closed.
    pub(crate) fn flush(&mut self, key: usize, poller: &Poller) -> io::Result<bool> {
        while self.sent < self.out.len() || self.is_encrypting() {
            let rest = &self.out[self.sent..];
            let sent = match &mut self.tls {
                None => self.socket.send(rest),
                Some(tls) => tls.write(&self.socket, rest),
            };
            match sent {
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
        let writing = !self.out.is_empty() || self.is_encrypting();
        if writing != self.writing {
            poller.set_writing(&self.socket, key, writing)?;
            self.writing = writing;
        }
        Ok(true)
    }

    /// Whether encrypted bytes wait for the socket.
    fn is_encrypting(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// The number of bytes that wait to be sent.
    pub(crate) fn unsent(&self) -> usize {
        self.out.len() - self.sent
    }

    /// Discard the bytes that wait to be sent.
    pub(crate) fn discard_output(&mut self) {
        self.out.clear();
        self.sent = 0;
    }

    /// Whether the last received message is complete.
    pub(crate) fn is_whole(&self) -> bool {
        self.tail.is_empty()
    }

    /// Close the writing half. If that fails, the conn is closed, and the next read tells it.
    pub(crate) fn hang_up(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}
