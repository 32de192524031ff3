//! One conn: its state, what it has sent, what it is owed.
//!
//! It makes no system call and knows no chat. What to watch (`interest`) and when to look again
//! (`deadline`) are pure functions of the state; there is no second truth to keep in step.
//!
//! Invariant: `phase` only ever moves down its list.

mod endless;
mod intake;
pub mod web;

use std::net::{IpAddr, SocketAddr};

use crate::dialect::framing::Framing;
use crate::dialect::{Dialect, Standing, Style};
use crate::fanout::feeds::Feeds;
use crate::fanout::reader::Reader;
use crate::flood::Rate;
use crate::hub::Time;
use crate::limits::{GONE_WITHIN, NO_PROGRESS, PAUSE_BYTES};
use crate::net::sys::Interest;
use crate::transport::{Input, Output, Wire};
pub use intake::Intake;
use web::Serves;

/// See the top of this file.
pub struct Conn<Socket> {
    /// Its socket, and what has become of it.
    pub wire: Wire<Socket>,
    /// Where it comes from; a `SocketAddr` would have 12 bytes more.
    peer: (IpAddr, u16),
    /// How it is spoken to.
    pub style: Style,
    /// How it is spoken to instead, once its messages turn out to end otherwise.
    pub other: Option<Style>,
    /// How far it is in its life.
    pub phase: Phase,
    /// What comes from it, up to lines.
    pub intake: Intake,
    /// Whether its lines are handled.
    pub handling: Handling,
    /// What it reads and is owed.
    pub reader: Reader,
    /// The earliest time at which a timer looks at it; of the moment, it does not survive an upgrade.
    pub armed: Option<Time>,
}

/// Where a conn stands in its life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// It may speak first, and is asked for a name then.
    Unasked {
        /// When it is asked for a name because it does not.
        until: Time,
    },
    /// It sends requests over HTTP, which are answered one after another. It has no name, and the hub does
    /// not know it.
    Requests {
        /// When it is too late for the next one.
        until: Time,
    },
    /// It has asked to listen to a room over HTTP: it reads, what it sends is dropped, and the hub knows it as a
    /// listener only.
    Listening {
        /// When it is told that the server is still there.
        until: Time,
    },
    /// It is to give a name, and was asked for one unless its client knows that.
    Nameless {
        /// When it is too late for one.
        until: Time,
        /// Lines handled so far.
        lines: u32,
        /// Whether anything was refused: what else came in the same read was meant for others, by a
        /// program that did not wait for an answer, and is no name.
        is_refused: bool,
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
    /// Our half is closed; what it still sends is read and dropped, until its end comes.
    Lingering {
        /// When waiting for that is over.
        until: Time,
    },
    /// To be buried at the end of the turn.
    Dead,
}

impl Phase {
    /// It is to give a name from now on.
    pub fn nameless(until: Time) -> Phase {
        Phase::Nameless {
            until,
            lines: 0,
            is_refused: false,
        }
    }
}

/// What comes when a conn has all it is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// The end of our half.
    End,
    /// The relay clients' last word in a piece of its own, then the end.
    LastWord,
}

/// How the conns of one listener are met.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ConnDefaults {
    /// How they are spoken to at first.
    pub style: Style,
    /// How their bytes become lines.
    pub framing: Framing,
    /// How they are spoken to once they turn out to send no line ends, if otherwise.
    pub endless: Option<Style>,
    /// Which of them speak HTTP.
    pub serves: Serves,
    /// Whether they speak TLS from the first byte.
    pub secure: bool,
}

/// How a new conn comes to its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// It is asked at once.
    Asked,
    /// It is asked when it has spoken, or has been silent for a moment.
    AskedLater,
    /// It is not asked: its client sends the name when its user has thought of one.
    Unasked,
    /// It is named as a guest.
    Guest,
    /// It has none, since it sends requests.
    None,
}

/// Whether the lines of a conn are handled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handling {
    /// As soon as there are any.
    Ready,
    /// It stands in the queue of those who have lines to handle without waiting.
    Queued,
    /// It has asked something, and none of them is handled until the answer comes.
    AwaitsAnswer,
}

/// Why a conn's deadline comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// It does not speak first.
    Silent,
    /// It listens, and is told now and then that the server is there.
    Silence,
    /// It gave no name.
    NoName,
    /// It may speak again.
    Resume,
    /// It has sent something that may be a line without an LF, and nothing since.
    Unended,
    /// It may get the next piece.
    Piece,
    /// It took no byte for [`NO_PROGRESS`].
    Stuck,
    /// It is gone, and had [`GONE_WITHIN`] for its last lines.
    Gone,
    /// It was given the time to take what it is owed, or to say its end.
    GiveUp,
}

impl ConnDefaults {
    /// How they come to their names.
    pub fn naming(&self) -> Naming {
        naming(self.serves == Serves::Web, self.style.dialect, self.framing)
    }
}

/// A conn is asked later only where its first bytes may show that it is none of ours, or how its bytes become
/// lines.
fn naming(is_web: bool, dialect: Dialect, framing: Framing) -> Naming {
    match (dialect, framing) {
        _ if is_web => Naming::None,
        (Dialect::Relay, _) => Naming::Guest,
        (Dialect::Vpn, _) => Naming::Unasked,
        (_, Framing::Unknown) => Naming::AskedLater,
        _ => Naming::Asked,
    }
}

impl<Socket> Conn<Socket> {
    /// A conn that has just been accepted.
    pub fn new(
        socket: Socket,
        peer: SocketAddr,
        defaults: ConnDefaults,
        phase: Phase,
    ) -> Conn<Socket> {
        Conn {
            wire: Wire::new(socket, defaults.ends()),
            peer: (peer.ip(), peer.port()),
            style: defaults.style,
            other: defaults.endless,
            phase,
            intake: Intake::new(defaults.framing, defaults.serves),
            handling: Handling::Ready,
            reader: Reader::default(),
            armed: None,
        }
    }

    /// How it comes to its name, if nothing has come from it.
    pub fn naming(&self) -> Naming {
        naming(
            self.intake.web().is_some(),
            self.style.dialect,
            self.intake.framing,
        )
    }

    /// Where it comes from.
    pub fn peer(&self) -> SocketAddr {
        SocketAddr::from(self.peer)
    }

    /// A proxy has told where it comes from.
    pub fn comes_from(&mut self, peer: SocketAddr) {
        self.peer = (peer.ip(), peer.port());
    }

    /// Whether it is asked for a name, is a user, or has nothing to say any more.
    pub fn standing(&self) -> Option<Standing> {
        match self.phase {
            Phase::Unasked { .. } | Phase::Nameless { .. } => Some(Standing::Nameless),
            Phase::User => Some(Standing::Named),
            Phase::Requests { .. } | Phase::Listening { .. } => None,
            Phase::Closing { .. } | Phase::Lingering { .. } | Phase::Dead => None,
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        self.wire.transport.memory() + self.intake.memory() + self.reader.memory()
    }

    /// Whether its lines wait until it has read the answers to earlier ones.
    pub fn is_paused(&self) -> bool {
        self.reader.private() > PAUSE_BYTES && !self.wire.is_broken()
    }

    /// Nothing can be sent to it any more.
    pub(crate) fn break_output(&mut self, now: Time, feeds: &Feeds) {
        self.wire.break_output(now);
        self.reader.discard(feeds);
    }

    /// Whether a line, a request, or the end of its input, waits to be handled.
    pub fn has_work(&self) -> bool {
        let has_come = match self.phase {
            Phase::Requests { .. } => self.has_request(),
            _ => self.intake.inbox.has_line(),
        };
        self.is_served()
            && self.handling != Handling::AwaitsAnswer
            && (has_come || self.wire.input != Input::Open || self.has_ended())
    }

    /// Whether what it sends is handled. A request, and the end, waits until the answer to the one before has gone out,
    /// and is held by nobody.
    fn is_served(&self) -> bool {
        match self.phase {
            Phase::Requests { .. } => self.reader.is_drained() && !self.wire.holds(),
            _ => self.standing().is_some(),
        }
    }

    /// It has asked something: its next line is handled after the answer.
    pub fn await_answer(&mut self) {
        debug_assert_ne!(self.handling, Handling::Queued, "it is being handled");
        self.handling = Handling::AwaitsAnswer;
    }

    /// It has been taken from the queue.
    pub fn leave_queue(&mut self) {
        if self.handling == Handling::Queued {
            self.handling = Handling::Ready;
        }
    }

    /// It has asked nothing any more: its lines are handled again.
    pub fn got_answer(&mut self) {
        if self.handling == Handling::AwaitsAnswer {
            self.handling = Handling::Ready;
        }
    }

    /// Whether something was refused that came in the same read as what is handled now.
    pub fn is_refused(&self) -> bool {
        matches!(self.phase, Phase::Nameless { is_refused, .. } if is_refused)
    }

    /// It is told that something was refused.
    pub fn refuse(&mut self) {
        if let Phase::Nameless { is_refused, .. } = &mut self.phase {
            *is_refused = true;
        }
    }

    /// Bytes of text have come, all of one read.
    pub fn push(&mut self, now: Time, bytes: &mut [u8]) {
        if let Phase::Nameless { is_refused, .. } = &mut self.phase {
            *is_refused &= !self.intake.inbox.is_empty();
        }
        self.intake.push(now, bytes);
    }

    /// Whether more may be read from it: not while what it sent is still to be handled.
    pub fn wants_input(&self) -> bool {
        match self.phase {
            Phase::Unasked { .. } | Phase::Nameless { .. } | Phase::User => {
                !self.intake.inbox.has_line()
                    && !self.is_paused()
                    && self.handling != Handling::AwaitsAnswer
            }
            Phase::Requests { .. } => {
                self.is_served() && !self.has_request() && self.handling != Handling::AwaitsAnswer
            }
            Phase::Closing { .. } | Phase::Dead => false,
            Phase::Listening { .. } | Phase::Lingering { .. } => true,
        }
    }

    /// What the poller should watch.
    pub fn interest(&self) -> Interest {
        self.wire.interest(self.wants_input())
    }

    /// When it has to be looked at although nothing happens, and why.
    pub fn deadline(&self, rate: Rate) -> Option<(Time, Alarm)> {
        let phase = match self.phase {
            Phase::Unasked { until } => Some((until, Alarm::Silent)),
            Phase::Nameless { until, .. } => Some((until, Alarm::NoName)),
            Phase::User => None,
            Phase::Requests { .. } if self.handling == Handling::AwaitsAnswer => None,
            Phase::Listening { until } => Some((until, Alarm::Silence)),
            Phase::Requests { until }
            | Phase::Closing { until, .. }
            | Phase::Lingering { until } => Some((until, Alarm::GiveUp)),
            Phase::Dead => return None,
        };
        let resume = (self.has_work() && !self.is_paused() && self.handling != Handling::Queued)
            .then(|| (self.intake.ready_at(rate), Alarm::Resume));
        let output = match self.wire.output {
            _ if self.standing().is_none() => None,
            Output::Open => None,
            Output::Blocked { since } => Some((since + NO_PROGRESS, Alarm::Stuck)),
            Output::Broken { since } => Some((since + GONE_WITHIN, Alarm::Gone)),
        };
        let is_blocked = matches!(self.wire.output, Output::Blocked { .. });
        let piece = self.wire.transport.wakes_at().filter(|_| is_blocked);
        let piece = piece.map(|at| (at, Alarm::Piece));
        let unended = self.intake.unended_at();
        let unended = unended.filter(|_| self.standing().is_some());
        let unended = unended.map(|until| (until, Alarm::Unended));
        [phase, resume, output, piece, unended]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limits::FEED_FIRST_BYTES;

    const NOW: Time = Time::from_secs(1000);
    const RATE: Rate = Rate {
        lines_per_s: 2,
        burst: 10,
    };

    fn conn() -> Conn<()> {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        Conn::new((), peer, ConnDefaults::default(), Phase::nameless(NOW))
    }

    #[test]
    fn every_wait_has_an_end() {
        let after = |seconds| NOW + Duration::from_secs(seconds);
        let mut conn = conn();
        assert_eq!(conn.deadline(RATE), Some((NOW, Alarm::NoName)));
        conn.phase = Phase::User;
        assert_eq!(conn.deadline(RATE), None, "an idle user may stay");
        conn.wire.output = Output::Blocked { since: NOW };
        assert_eq!(conn.deadline(RATE), Some((after(600), Alarm::Stuck)));
        conn.break_output(NOW, &Feeds::new(FEED_FIRST_BYTES, 0));
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
        conn.wire.output = Output::Blocked { since: NOW };
        assert_eq!(conn.interest(), Interest::Write);
        // Level-triggered, a peer that is gone would be reported again and again.
        conn.break_output(NOW, &Feeds::new(FEED_FIRST_BYTES, 0));
        conn.wire.input = Input::Hung;
        assert_eq!(conn.interest(), Interest::Off);
    }

    #[test]
    fn a_conn_is_no_larger_than_it_was() {
        // Eighteen thousand of them stand in one slab.
        let size = size_of::<Conn<socket2::Socket>>();
        println!("a conn has {size} bytes");
        // The last 32 of them say what it was sent, so that who is lost gets what they have missed.
        assert!(size <= 320, "{size}");
    }
}
