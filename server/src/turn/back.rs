//! How far the rooms of somebody who leaves papo have reached them: the kernel is asked how many bytes the
//! peer's system has not acknowledged, and the hub is told the last line of each room before those. It is asked
//! when they leave, and once more when their conn ends: what they had not read yet goes out in between.
//!
//! What is acknowledged has reached the peer's system, not its user; and a proxy acknowledges for its client.

use std::collections::BTreeMap;

use super::Server;
use crate::hub::{Id, Notice, Reached, RoomId, Time};
use crate::net::sys::Sys;

/// Conns that were told what they had missed: how many bytes their sockets had taken, as the conns count them,
/// when all of that had gone out. None before.
type CatchingUp = BTreeMap<Id, Option<u32>>;

/// Those who are told what they have missed, and those who have left.
#[derive(Default)]
pub(super) struct Back {
    catching_up: CatchingUp,
    partings: BTreeMap<Id, Parting>,
}

/// Somebody who has left, and whose conn has not ended.
struct Parting {
    /// The number of their place.
    number: u64,
    rooms: usize,
    /// Bytes that were acknowledged when they left; the number wraps.
    acknowledged: u32,
}

impl Back {
    /// This conn is told something: what it has missed, perhaps.
    pub(super) fn is_told(&mut self, who: Id, notice: &Notice) {
        if let Notice::Missed { .. } = notice {
            self.catching_up.insert(who, None);
        }
    }

    /// All that this conn was told has gone out, and its socket has taken so many bytes by now.
    pub(super) fn all_is_out(&mut self, who: Id, taken: u32) {
        if let Some(at @ None) = self.catching_up.get_mut(&who) {
            *at = Some(taken);
        }
    }

    /// This conn has ended.
    pub(super) fn forget(&mut self, who: Id) {
        self.catching_up.remove(&who);
    }
}

impl<S: Sys> Server<S> {
    /// This user has left the place of this number and is about to read these rooms no more.
    pub(super) fn note_reached(&mut self, who: Id, number: u64, rooms: &[RoomId]) {
        let caught_up = self.back.catching_up.remove(&who);
        let conn = self.conns.get(who);
        let left = conn.and_then(|conn| conn.wire.unacknowledged(&mut self.sys));
        let Some((conn, left)) = conn.zip(left) else {
            return self.hub.reached((who, number), &[], true);
        };
        let reached = rooms.iter();
        let reached = reached.map(|room| conn.reader.reached(&self.feeds, *room, left));
        let reached: Vec<Reached> = reached.collect();
        let has_come = |at: u32| left <= conn.wire.taken().wrapping_sub(at);
        let has_caught_up = caught_up.is_none_or(|at| at.is_some_and(has_come));
        self.hub.reached((who, number), &reached, has_caught_up);
        let parting = Parting {
            number,
            rooms: rooms.len(),
            acknowledged: conn.wire.taken().wrapping_sub(left),
        };
        self.back.partings.insert(who, parting);
    }

    /// The server ends: what is known of all who have left is kept.
    pub(super) fn end_partings(&mut self) {
        self.dismiss(Time::MAX);
        let all: Vec<Id> = self.back.partings.keys().copied().collect();
        all.into_iter().for_each(|who| self.end_parting(who));
        self.archive();
    }

    /// The conn of somebody who has left ends.
    pub(super) fn end_parting(&mut self, who: Id) {
        let (Some(parting), Some(conn)) = (self.back.partings.remove(&who), self.conns.get(who))
        else {
            return;
        };
        // Of what was dropped with a broken wire nothing can be said.
        if conn.wire.is_broken() {
            return;
        }
        let left = conn.wire.unacknowledged(&mut self.sys);
        let is_same = |left| conn.wire.taken().wrapping_sub(left) == parting.acknowledged;
        let reached = match left {
            Some(0) if conn.reader.is_empty(&self.feeds) => Reached::All,
            // It has read some of the rest.
            Some(left) if !is_same(left) => Reached::Unknown,
            _ => return,
        };
        let reached = vec![reached; parting.rooms];
        self.hub.reached((who, parting.number), &reached, false);
    }
}
