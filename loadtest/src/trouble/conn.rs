//! One conn of somebody who is no measured bot: a bot that knows its key and what it says first, whose
//! goodbye ends it, and that still reads when nothing can be sent any more. It never waits and never
//! judges.

use crate::bots::bot::{Bot, Heard, State};
use crate::bots::net;
use crate::bots::poller::Poller;
use crate::protocol::{Incoming, Protocol, Who};
use std::io;
use std::net::SocketAddr;

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
    pub(crate) bot: Bot,
    key: usize,
    greeting: Greeting,
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
        let bot = opened.and_then(|socket| Bot::new(socket, who, key, poller));
        Ok(Self {
            bot: bot.map_err(|error| cannot_connect(who, &error))?,
            key,
            greeting,
        })
    }

    /// How far it has come.
    pub(crate) fn state(&self) -> State {
        self.bot.state
    }

    /// The socket takes bytes: says hello when it could not before, and sends what is left.
    pub(crate) fn writable(&mut self, protocol: Protocol, poller: &Poller) -> Result<Flow, String> {
        let bot = &mut self.bot;
        if bot.state == State::Connecting {
            let connected = bot.connected();
            connected.map_err(|error| cannot_connect(bot.who, &error))?;
            bot.state = match self.greeting {
                Greeting::Hello if bot.greet(protocol) => State::Waiting,
                Greeting::Hello | Greeting::Silence => State::In,
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
        let heard = self.bot.read(protocol, buffer, |state, incoming| {
            if incoming == Incoming::Welcome && *state == State::Waiting {
                *state = State::In;
            }
            each(incoming);
        });
        match heard {
            Heard::Well => Ok(Flow::Open),
            Heard::Asked => self.flush(poller),
            Heard::Gone => Ok(Flow::Ended),
        }
    }

    /// Sends what is left and corrects the interest in writing. When nothing can be sent any more,
    /// what the server said before can still be read, and then its end.
    pub(crate) fn flush(&mut self, poller: &Poller) -> Result<Flow, String> {
        if self.bot.state == State::Connecting {
            return Ok(Flow::Open);
        }
        let mut flushed = self.bot.flush(self.key, poller);
        if let Ok(false) = flushed {
            self.bot.forget();
            flushed = self.bot.flush(self.key, poller);
        }
        flushed.map_err(|error| error.to_string())?;
        Ok(Flow::Open)
    }

    /// Says goodbye. A protocol that has no words for it ends at once.
    pub(crate) fn leave(&mut self, protocol: Protocol, poller: &Poller) -> Result<Flow, String> {
        let before = self.bot.unsent();
        protocol.goodbye(&mut self.bot.out);
        self.bot.state = State::Leaving;
        match self.bot.unsent() > before {
            true => self.flush(poller),
            false => Ok(Flow::Ended),
        }
    }

    /// Is not woken any more, whatever comes.
    pub(crate) fn unwatch(&self, poller: &Poller) -> Result<(), String> {
        let removed = self.bot.leave_poller(poller);
        removed.map_err(|error| error.to_string())
    }

    /// Is woken again.
    pub(crate) fn watch(&self, poller: &Poller) -> Result<(), String> {
        let added = self.bot.move_to(poller, self.key);
        added.map_err(|error| error.to_string())
    }
}

fn cannot_connect(who: Who, error: &io::Error) -> String {
    format!("bot{} cannot connect: {error}", who.bot)
}
