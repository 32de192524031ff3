//! A conn that is not measured: a bot with its key and its greeting, which ends with its goodbye, and still
//! reads when nothing can be sent any more. It never waits and never checks lines.

use crate::bots::bot::{Bot, ReadResult, State};
use crate::bots::net;
use crate::bots::poller::Poller;
use crate::protocol::{Incoming, Protocol, Who};
use std::io;
use std::net::SocketAddr;

/// What a conn sends first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// The hello of its protocol.
    Hello,
    /// Nothing: it has joined when it is connected.
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Open,
    /// The server closed the conn, or it broke.
    Ended,
}

/// One connection to the server.
pub(crate) struct Conn {
    pub(crate) bot: Bot,
    key: usize,
    greeting: Greeting,
}

impl Conn {
    /// Start to connect, with a receive buffer of so many bytes if given.
    pub(crate) fn open(
        target: SocketAddr,
        who: Who,
        greeting: Greeting,
        receive_buffer: Option<usize>,
        (key, poller): (usize, &Poller),
    ) -> Result<Self, String> {
        let opened = match receive_buffer {
            Some(bytes) => net::connect_with_buffer(target, who.bot, bytes),
            None => net::connect(target, who.bot),
        };
        let bot = opened.and_then(|socket| Bot::new(socket, who, key, poller));
        Ok(Self {
            bot: bot.map_err(|error| cannot_connect(who, &error))?,
            key,
            greeting,
        })
    }

    pub(crate) fn state(&self) -> State {
        self.bot.state
    }

    /// The socket is writable: send the hello after connecting, and queued bytes.
    pub(crate) fn writable(&mut self, protocol: Protocol, poller: &Poller) -> Result<Flow, String> {
        let bot = &mut self.bot;
        if bot.state == State::Connecting {
            let connected = bot.connected();
            connected.map_err(|error| cannot_connect(bot.who, &error))?;
            bot.state = match self.greeting {
                Greeting::Hello if bot.greet(protocol) => State::Waiting,
                Greeting::Hello | Greeting::Silence => State::Joined,
            };
        }
        self.flush(poller)
    }

    /// Read once and pass on the messages. Bytes that stay in the kernel make the socket ready again.
    pub(crate) fn read(
        &mut self,
        protocol: Protocol,
        poller: &Poller,
        buffer: &mut [u8],
        mut each: impl FnMut(Incoming<'_>),
    ) -> Result<Flow, String> {
        let heard = self.bot.read(protocol, buffer, |state, incoming| {
            if incoming == Incoming::Welcome && *state == State::Waiting {
                *state = State::Joined;
            }
            each(incoming);
        });
        match heard {
            ReadResult::Open => Ok(Flow::Open),
            ReadResult::Answering => self.flush(poller),
            ReadResult::Closed => Ok(Flow::Ended),
        }
    }

    /// Send queued bytes and update the interest in writing. When nothing can be sent any more, the last
    /// messages of the server and its end can still be read.
    pub(crate) fn flush(&mut self, poller: &Poller) -> Result<Flow, String> {
        if self.bot.state == State::Connecting {
            return Ok(Flow::Open);
        }
        let mut flushed = self.bot.flush(self.key, poller);
        if let Ok(false) = flushed {
            self.bot.discard_output();
            flushed = self.bot.flush(self.key, poller);
        }
        flushed.map_err(|error| error.to_string())?;
        Ok(Flow::Open)
    }

    /// Send the goodbye. Without one in the protocol, the conn ends at once.
    pub(crate) fn leave(&mut self, protocol: Protocol, poller: &Poller) -> Result<Flow, String> {
        let before = self.bot.unsent();
        protocol.goodbye(&mut self.bot.out);
        self.bot.state = State::Leaving;
        match self.bot.unsent() > before {
            true => self.flush(poller),
            false => Ok(Flow::Ended),
        }
    }

    /// Stop watching the socket.
    pub(crate) fn unwatch(&self, poller: &Poller) -> Result<(), String> {
        let removed = self.bot.leave_poller(poller);
        removed.map_err(|error| error.to_string())
    }

    /// Watch the socket again.
    pub(crate) fn watch(&self, poller: &Poller) -> Result<(), String> {
        let added = self.bot.move_to(poller, self.key);
        added.map_err(|error| error.to_string())
    }
}

fn cannot_connect(who: Who, error: &io::Error) -> String {
    format!("bot{} cannot connect: {error}", who.bot)
}
