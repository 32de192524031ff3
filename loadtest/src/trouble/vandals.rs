//! The makers of garbage at work: who of them sends the next piece, and what comes back.
//!
//! Half of them are in rooms of their own, two by two, and mild; the others are wild and have no
//! name. Who is thrown out comes back without a name, when it is its turn to send. Invariant: a piece
//! goes out only to a conn that has taken all before, so nothing piles up here.

use super::beat::Beat;
use super::crew::{Crew, Role};
use super::garbage::{self, After, Dice, Manners};
use crate::bots::bot::State;
use crate::protocol::Incoming;
use std::ops::Range;
use std::time::Instant;

/// The makers of garbage, all together.
pub(super) struct Vandals {
    keys: Range<usize>,
    beat: Beat,
    dice: Dice,
    pieces: u64,
    bytes: u64,
    conns: u64,
    thrown_out: u64,
    refusals: u64,
    /// Lines that reached their rooms.
    said: u64,
    /// Of these, lines with bytes that the server should have taken out.
    harmful: u64,
    /// Lines of a room that reached somebody without a name.
    overheard: u64,
}

impl Vandals {
    /// These members, so many pieces a second.
    pub(super) fn new(keys: Range<usize>, rate: u32, seed: u64) -> Self {
        Self {
            conns: keys.len() as u64,
            keys,
            beat: Beat::per_second(rate),
            dice: Dice::new(seed),
            pieces: 0,
            bytes: 0,
            thrown_out: 0,
            refusals: 0,
            said: 0,
            harmful: 0,
            overheard: 0,
        }
    }

    /// What they did, by name.
    pub(super) fn figures(&self) -> [(&'static str, u64); 6] {
        [
            ("pieces of garbage", self.pieces),
            ("bytes of garbage", self.bytes),
            ("conns of garbage", self.conns),
            ("of them closed by the server", self.thrown_out),
            ("refusals of garbage", self.refusals),
            ("garbage lines said in rooms of their own", self.said),
        ]
    }

    /// Something came for one of them.
    pub(super) fn hear(&mut self, manners: Manners, incoming: &Incoming<'_>) {
        match (incoming, manners) {
            (Incoming::Refused(_), _) => self.refusals += 1,
            (Incoming::Said(text), Manners::Mild) => {
                self.said += 1;
                let clean = str::from_utf8(text).is_ok_and(|text| !text.contains(char::is_control));
                self.harmful += u64::from(!clean);
            }
            (
                Incoming::Said(_) | Incoming::Welcome | Incoming::Came(_) | Incoming::Left(_),
                Manners::Wild,
            ) => self.overheard += 1,
            _ => {}
        }
    }
}

impl Crew {
    /// Sends what is due; when the next piece is.
    pub(super) fn vandals_due(&mut self, now: Instant) -> Result<Option<Instant>, String> {
        while let Some(vandals) = &mut self.vandals {
            if !vandals.beat.take(now) {
                return Ok(Some(vandals.beat.next()));
            }
            let key = vandals.keys.start + vandals.dice.roll(vandals.keys.len());
            self.send_garbage(key)?;
        }
        Ok(None)
    }

    fn send_garbage(&mut self, key: usize) -> Result<(), String> {
        let member = &mut self.members[key];
        let (Some(vandals), Role::Garbage(manners)) = (&mut self.vandals, member.role) else {
            return Ok(());
        };
        let Some(conn) = &mut member.conn else {
            vandals.conns += 1;
            return self.open(key);
        };
        if conn.state() != State::In || !conn.bot.out.is_empty() {
            return Ok(());
        }
        let after = garbage::piece(manners, &mut vandals.dice, &mut conn.bot.out);
        vandals.pieces += 1;
        vandals.bytes += conn.bot.out.len() as u64;
        conn.flush(&self.poller)?;
        if after == After::Close {
            member.conn = None;
        }
        Ok(())
    }

    /// The server has closed one of them, which is its right.
    pub(super) fn thrown_out(&mut self, key: usize) {
        self.members[key].role = Role::Garbage(Manners::Wild);
        if let Some(vandals) = &mut self.vandals {
            vandals.thrown_out += 1;
        }
    }

    /// They go, and what they have seen that they should not is told.
    pub(super) fn close_vandals(&mut self) {
        let Some(vandals) = &self.vandals else { return };
        for key in vandals.keys.clone() {
            self.members[key].conn = None;
        }
        for (count, what) in [
            (
                vandals.harmful,
                "controls or bytes that are no UTF-8 reached a reader",
            ),
            (
                vandals.overheard,
                "lines of a room reached somebody without a name",
            ),
        ] {
            if count > 0 {
                self.faults.push(format!("garbage: {what}: {count}"));
            }
        }
    }
}
