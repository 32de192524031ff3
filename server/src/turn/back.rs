//! How far the rooms of somebody who leaves papo have reached them: the kernel is asked once how many bytes the
//! peer's system has not acknowledged, and the hub is told the last line of each room before those.
//!
//! What is acknowledged has reached the peer's system, not its user; and a proxy acknowledges for its client.

use std::collections::BTreeMap;

use super::Server;
use crate::hub::{Id, Reached, RoomId};
use crate::net::sys::Sys;

/// Conns that were told what they had missed: how many bytes their sockets had taken, as the conns count them,
/// when all of that had gone out. None before.
pub(super) type CatchingUp = BTreeMap<Id, Option<u32>>;

impl<S: Sys> Server<S> {
    /// This user has left the place of this number and is about to read these rooms no more.
    pub(super) fn note_reached(&mut self, who: Id, number: u64, rooms: &[RoomId]) {
        let caught_up = self.catching_up.remove(&who);
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
    }
}
