//! One accepted socket: its state, what it has sent, what it is owed.
//!
//! It makes no system call and knows no chat. What to watch (`interest`) and when to look again
//! (`deadline`) are pure functions of the state; there is no second truth to keep in step.
//!
//! Invariant: `phase` only ever moves down its list; `input` and `output` never come back.

use std::net::SocketAddr;

use crate::dialect::framing::{Framing, Inbox};
use crate::dialect::telnet::Telnet;
use crate::dialect::{Standing, Style};
use crate::fanout::outbox::Outbox;
use crate::flood::{Flood, Rate};
use crate::hub::{Gone, Time};
use crate::limits::{GONE_WITHIN, GUESS_KEPT, NO_PROGRESS, PAUSE_BYTES};
use crate::net::sys::Interest;

/// See the top of this file.
pub struct Conn<Socket> {
    /// The socket itself.
    pub socket: Socket,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// How it speaks.
    pub style: Style,
    /// How far it is in its life.
    pub phase: Phase,
    /// What comes from it.
    pub input: Input,
    /// What goes to it.
    pub output: Output,
    /// How its bytes become lines.
    pub framing: Framing,
    /// What it has sent and nobody has handled.
    pub inbox: Inbox,
    /// What was taken for a message although it has no end, while it may still turn out to be the
    /// beginning of a line.
    guess: Box<[u8]>,
    /// Whether the next line begins with what was handled as a message of its own.
    pub is_rejoined: bool,
    /// Whether anything was refused while it has no name: what came in the same read was meant for others,
    /// by a program that did not wait for an answer, and is no name.
    pub name_refused: bool,
    /// Whether the whole of half a name that it got is somebody's who has a password: what it says next may
    /// be that password, and is not said.
    pub withholds: bool,
    /// Whether no line of it has been handled yet.
    pub is_new: bool,
    /// Overlong lines in a row.
    pub long_lines: u32,
    /// Its telnet options.
    pub telnet: Telnet,
    /// How much it has said lately.
    pub flood: Flood,
    /// What it is owed.
    pub outbox: Outbox,
    /// The feed it reads, and its seat there.
    pub reading: Option<Reading>,
    /// Whether a question of its is open: until the answer comes, none of its lines is handled.
    pub awaits_verdict: bool,
    /// What the poller was told. This and what follows is of the moment: it does not survive an upgrade.
    pub watched: Interest,
    /// The earliest time at which a timer looks at it.
    pub armed: Option<Time>,
    /// Whether it stands in the queue of conns with lines to handle at once.
    pub queued: bool,
}

/// Where a conn stands in its life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Asked for a name.
    Nameless {
        /// When it is too late for one.
        until: Time,
        /// Lines handled so far.
        lines: u32,
    },
    /// A user.
    User,
    /// Its input counts no more. What it is owed goes out, then our half is closed.
    Closing {
        /// When waiting for that is over.
        until: Time,
        /// What comes once it is out.
        then: Then,
    },
    /// It has all it is owed, and time to read it, before its last word goes out alone.
    Hushed {
        /// When the word goes out.
        until: Time,
    },
    /// Our half is closed; what it still sends is read and dropped, until its end comes.
    Lingering {
        /// When waiting for that is over.
        until: Time,
    },
    /// To be buried at the end of the turn.
    Dead,
}

/// What comes when a conn has all it is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// The end of our half.
    End,
    /// A moment of silence and the relay clients' last word, then the end.
    LastWord,
}

/// How the conns of one listener are met.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ConnDefaults {
    /// How they are spoken to at first.
    pub style: Style,
    /// How their bytes become lines.
    pub framing: Framing,
}

/// What comes from a conn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// The poller tells when there is something.
    Open,
    /// The peer is gone for good (the output is broken), what it left is still to be read. Nothing
    /// new will be reported, or rather the same for ever, so it is read as fast as it is handled.
    Hung,
    /// All of it has been read.
    Ended {
        /// By an end, not by an error.
        orderly: bool,
    },
}

/// What goes to a conn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// It takes what is written.
    Open,
    /// The last write was short.
    Blocked {
        /// Since when it has taken nothing.
        since: Time,
    },
    /// It will never take anything again. What it has sent is read to its end all the same, as far
    /// as that comes within [`GONE_WITHIN`].
    Broken {
        /// Since when that is known.
        since: Time,
    },
}

/// A place among the readers of a feed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Which feed.
    pub feed: usize,
    /// Which place in its list of readers.
    pub seat: usize,
}

/// Why a conn's deadline comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// It gave no name.
    NoName,
    /// It may speak again.
    Resume,
    /// It has sent something that may be a line without an LF, and nothing since.
    Unended,
    /// Its last word may go out.
    LastWord,
    /// It took no byte for [`NO_PROGRESS`].
    Stuck,
    /// It is gone, and had [`GONE_WITHIN`] for its last lines.
    Gone,
    /// It was given the time to take what it is owed, or to say its end.
    GiveUp,
}

impl<Socket> Conn<Socket> {
    /// A conn that has just been accepted.
    pub fn new(
        socket: Socket,
        peer: SocketAddr,
        defaults: ConnDefaults,
        name_until: Time,
    ) -> Conn<Socket> {
        Conn {
            socket,
            peer,
            style: defaults.style,
            phase: Phase::Nameless {
                until: name_until,
                lines: 0,
            },
            input: Input::Open,
            output: Output::Open,
            framing: defaults.framing,
            inbox: Inbox::default(),
            guess: Box::default(),
            is_rejoined: false,
            name_refused: false,
            withholds: false,
            is_new: true,
            long_lines: 0,
            telnet: Telnet::default(),
            flood: Flood::default(),
            outbox: Outbox::default(),
            reading: None,
            awaits_verdict: false,
            watched: Interest::Off,
            armed: None,
            queued: false,
        }
    }

    /// Whether it is asked for a name, is a user, or has nothing to say any more.
    pub fn standing(&self) -> Option<Standing> {
        match self.phase {
            Phase::Nameless { .. } => Some(Standing::Nameless),
            Phase::User => Some(Standing::Named),
            Phase::Closing { .. }
            | Phase::Hushed { .. }
            | Phase::Lingering { .. }
            | Phase::Dead => None,
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        self.inbox.memory() + self.guess.len() + self.outbox.memory()
    }

    /// Whether its lines wait until it has read the answers to earlier ones.
    pub fn is_paused(&self) -> bool {
        self.outbox.private() > PAUSE_BYTES && !self.is_broken()
    }

    /// Whether it will never take anything again.
    pub fn is_broken(&self) -> bool {
        matches!(self.output, Output::Broken { .. })
    }

    /// Nothing can be sent to it any more; its feed ends at `end`.
    pub fn break_output(&mut self, now: Time, end: u64) {
        if !self.is_broken() {
            self.output = Output::Broken { since: now };
        }
        self.outbox.discard(end);
    }

    /// Whether a line, or the end of its input, waits to be handled.
    pub fn has_work(&self) -> bool {
        self.standing().is_some()
            && !self.awaits_verdict
            && (self.inbox.has_line() || matches!(self.input, Input::Ended { .. } | Input::Hung))
    }

    /// When its next line may be handled, as far as flood control goes. The end of its input waits
    /// for nothing.
    pub fn ready_at(&self, rate: Rate) -> Time {
        if self.inbox.has_line() {
            self.flood.ready_at(rate)
        } else {
            Time::ZERO
        }
    }

    /// All that it sent has been read; an unterminated line counts as its last one.
    pub fn end_input(&mut self, orderly: bool) {
        self.input = Input::Ended { orderly };
        if matches!(self.framing, Framing::Return { .. }) {
            self.inbox.end_at_returns();
        }
        self.inbox.end();
    }

    /// Bytes have come, all of one read.
    pub fn push(&mut self, now: Time, bytes: &mut [u8]) {
        self.name_refused &= !self.inbox.is_empty();
        let before = self.framing;
        self.framing = before.after(now, bytes, self.telnet.seen());
        if before != self.framing && matches!(before, Framing::Guessed { .. }) {
            let guess = std::mem::take(&mut self.guess);
            if self.framing != Framing::Chunks {
                self.inbox.push(&guess);
                self.is_rejoined = true;
            }
        }
        match self.framing {
            Framing::Returns => self.inbox.push_returns(bytes),
            _ => self.inbox.push(bytes),
        }
        if self.framing == Framing::Chunks {
            self.inbox.end();
        }
    }

    /// Nothing has come for long enough to tell how its lines end.
    pub fn end_unended(&mut self, now: Time) {
        match self.framing {
            Framing::Guessing { .. } => {
                self.framing = Framing::Guessed {
                    until: now + GUESS_KEPT,
                };
                self.guess = self.inbox.unfinished().into();
                self.inbox.end();
            }
            Framing::Return { .. } => {
                self.framing = Framing::Returns;
                self.inbox.end_at_returns();
            }
            _ => {}
        }
    }

    /// It was asked for a password: what comes next answers that, and ends nothing that came before.
    pub fn asked_for_secret(&mut self) {
        if matches!(self.framing, Framing::Guessed { .. }) {
            self.guess = Box::default();
            self.framing = Framing::Unknown;
        }
    }

    /// It has given a password without a line end, which is a message: it is not kept, and joined to
    /// nothing that comes later.
    pub fn gave_secret(&mut self) {
        if matches!(self.framing, Framing::Guessed { .. }) {
            self.guess = Box::default();
            self.framing = Framing::Chunks;
        }
    }

    /// Whether more may be read from it: not while what it sent is still to be handled.
    pub fn wants_input(&self) -> bool {
        match self.phase {
            Phase::Nameless { .. } | Phase::User => {
                !self.inbox.has_line() && !self.is_paused() && !self.awaits_verdict
            }
            Phase::Closing { .. } | Phase::Hushed { .. } | Phase::Dead => false,
            Phase::Lingering { .. } => true,
        }
    }

    /// What the poller should watch.
    pub fn interest(&self) -> Interest {
        if self.is_broken() && self.input != Input::Open {
            return Interest::Off;
        }
        let read = self.input == Input::Open && self.wants_input();
        let write = matches!(self.output, Output::Blocked { .. });
        match (read, write) {
            (false, false) => Interest::Hangup,
            (true, false) => Interest::Read,
            (false, true) => Interest::Write,
            (true, true) => Interest::ReadWrite,
        }
    }

    /// When it has to be looked at although nothing happens, and why.
    pub fn deadline(&self, rate: Rate) -> Option<(Time, Alarm)> {
        let phase = match self.phase {
            Phase::Nameless { until, .. } => Some((until, Alarm::NoName)),
            Phase::User => None,
            Phase::Closing { until, .. } | Phase::Lingering { until } => {
                Some((until, Alarm::GiveUp))
            }
            Phase::Hushed { until } => Some((until, Alarm::LastWord)),
            Phase::Dead => return None,
        };
        let resume = (self.has_work() && !self.is_paused() && !self.queued)
            .then(|| (self.ready_at(rate), Alarm::Resume));
        let output = match self.output {
            _ if self.standing().is_none() => None,
            Output::Open => None,
            Output::Blocked { since } => Some((since + NO_PROGRESS, Alarm::Stuck)),
            Output::Broken { since } => Some((since + GONE_WITHIN, Alarm::Gone)),
        };
        let unended = self.framing.until().filter(|_| self.standing().is_some());
        let unended = unended.map(|until| (until, Alarm::Unended));
        [phase, resume, output, unended]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }

    /// How its leave is called when its input is at its end.
    pub fn ending(&self) -> Gone {
        match self.input {
            Input::Ended { orderly: true } => Gone::Hangup,
            _ => Gone::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Time = Time::from_secs(1000);
    const RATE: Rate = Rate {
        lines_per_s: 2,
        burst: 10,
    };

    fn conn() -> Conn<()> {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        Conn::new((), peer, ConnDefaults::default(), NOW)
    }

    #[test]
    fn every_wait_has_an_end() {
        let after = |seconds| NOW + Duration::from_secs(seconds);
        let mut conn = conn();
        assert_eq!(conn.deadline(RATE), Some((NOW, Alarm::NoName)));
        conn.phase = Phase::User;
        assert_eq!(conn.deadline(RATE), None, "an idle user may stay");
        conn.output = Output::Blocked { since: NOW };
        assert_eq!(conn.deadline(RATE), Some((after(600), Alarm::Stuck)));
        conn.break_output(NOW, 0);
        assert_eq!(conn.deadline(RATE), Some((after(60), Alarm::Gone)));
        conn.phase = Phase::Lingering { until: after(2) };
        assert_eq!(conn.deadline(RATE), Some((after(2), Alarm::GiveUp)));
    }

    #[test]
    fn what_is_not_wanted_is_not_watched() {
        let mut conn = conn();
        assert_eq!(conn.interest(), Interest::Read);
        conn.push(NOW, &mut b"a line\n".to_vec());
        assert_eq!(
            conn.interest(),
            Interest::Hangup,
            "it is to be handled first"
        );
        conn.output = Output::Blocked { since: NOW };
        assert_eq!(conn.interest(), Interest::Write);
        // Level-triggered, a peer that is gone would be reported again and again.
        conn.break_output(NOW, 0);
        conn.input = Input::Hung;
        assert_eq!(conn.interest(), Interest::Off);
    }
}
