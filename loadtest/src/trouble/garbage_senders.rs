//! The garbage senders: which of them sends the next piece, and what they receive.
//!
//! Half of them are in rooms of their own, two by two, and mild; the others are wild and have no name. A
//! closed one connects again without a name when it is its turn to send. Invariant: a piece is sent only
//! when the conn has taken all earlier ones, so no queue grows.

use super::garbage::{self, After, Random, Severity};
use super::ticker::Ticker;
use super::troublemakers::{Role, Troublemakers};
use crate::bots::bot::State;
use crate::protocol::Incoming;
use std::ops::Range;
use std::time::Instant;

/// All members of this kind.
pub(super) struct GarbageSenders {
    keys: Range<usize>,
    ticker: Ticker,
    random: Random,
    pieces: u64,
    bytes: u64,
    conns: u64,
    closed_by_server: u64,
    refusals: u64,
    /// Lines that reached their rooms.
    said: u64,
    /// Those of them with bytes that the server should have removed.
    harmful: u64,
    /// Lines of a room that reached a conn without a name.
    overheard: u64,
}

impl GarbageSenders {
    /// These members send so many pieces a second.
    pub(super) fn new(keys: Range<usize>, rate: u32, seed: u64) -> Self {
        Self {
            conns: keys.len() as u64,
            keys,
            ticker: Ticker::per_second(rate),
            random: Random::new(seed),
            pieces: 0,
            bytes: 0,
            closed_by_server: 0,
            refusals: 0,
            said: 0,
            harmful: 0,
            overheard: 0,
        }
    }

    /// Counts by name.
    pub(super) fn figures(&self) -> [(&'static str, u64); 6] {
        [
            ("pieces of garbage", self.pieces),
            ("bytes of garbage", self.bytes),
            ("conns of garbage", self.conns),
            ("of them closed by the server", self.closed_by_server),
            ("refusals of garbage", self.refusals),
            ("garbage lines said in rooms of their own", self.said),
        ]
    }

    /// Count what one of them has received.
    pub(super) fn receive(&mut self, severity: Severity, incoming: &Incoming<'_>) {
        match (incoming, severity) {
            (Incoming::Refused(_), _) => self.refusals += 1,
            (Incoming::Said(text), Severity::Mild) => {
                self.said += 1;
                let clean = str::from_utf8(text).is_ok_and(|text| !text.contains(char::is_control));
                self.harmful += u64::from(!clean);
            }
            (
                Incoming::Said(_) | Incoming::Welcome | Incoming::Came(_) | Incoming::Left(_),
                Severity::Wild,
            ) => self.overheard += 1,
            _ => {}
        }
    }
}

impl Troublemakers {
    /// Send the pieces that are due. Returns when the next one is due.
    pub(super) fn garbage_due(&mut self, now: Instant) -> Result<Option<Instant>, String> {
        while let Some(garbage_senders) = &mut self.garbage_senders {
            if !garbage_senders.ticker.tick(now) {
                return Ok(Some(garbage_senders.ticker.next()));
            }
            let key = garbage_senders.keys.start
                + garbage_senders.random.below(garbage_senders.keys.len());
            self.send_garbage(key)?;
        }
        Ok(None)
    }

    fn send_garbage(&mut self, key: usize) -> Result<(), String> {
        let member = &mut self.members[key];
        let (Some(garbage_senders), Role::Garbage(severity)) =
            (&mut self.garbage_senders, member.role)
        else {
            return Ok(());
        };
        let Some(conn) = &mut member.conn else {
            garbage_senders.conns += 1;
            return self.open(key);
        };
        if conn.state() != State::Joined || !conn.bot.out.is_empty() {
            return Ok(());
        }
        let after = garbage::piece(severity, &mut garbage_senders.random, &mut conn.bot.out);
        garbage_senders.pieces += 1;
        garbage_senders.bytes += conn.bot.out.len() as u64;
        conn.flush(&self.poller)?;
        if after == After::Close {
            member.conn = None;
        }
        Ok(())
    }

    /// The server has closed the conn of one of them, as it may.
    pub(super) fn closed_by_server(&mut self, key: usize) {
        self.members[key].role = Role::Garbage(Severity::Wild);
        if let Some(garbage_senders) = &mut self.garbage_senders {
            garbage_senders.closed_by_server += 1;
        }
    }

    /// Close all of them, and report lines that they must not have received.
    pub(super) fn close_garbage_senders(&mut self) {
        let Some(garbage_senders) = &self.garbage_senders else {
            return;
        };
        for key in garbage_senders.keys.clone() {
            self.members[key].conn = None;
        }
        for (count, what) in [
            (
                garbage_senders.harmful,
                "controls or bytes that are no UTF-8 reached a reader",
            ),
            (
                garbage_senders.overheard,
                "lines of a room reached a conn without a name",
            ),
        ] {
            if count > 0 {
                self.faults.push(format!("garbage: {what}: {count}"));
            }
        }
    }
}
