//! How far the rooms of somebody who leaves papo have reached them: the kernel is asked once how many bytes the
//! peer's system has not acknowledged, and the hub is told the last line of each room before those.
//!
//! What is acknowledged has reached the peer's system, not its user; and a proxy acknowledges for its client.

use super::Server;
use crate::hub::{Id, Reached, RoomId};
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// This user has left the place of this number and is about to read these rooms no more.
    pub(super) fn note_reached(&mut self, who: Id, number: u64, rooms: &[RoomId]) {
        let Some(conn) = self.conns.get(who) else {
            return;
        };
        let Some(left) = conn.wire.unacknowledged(&mut self.sys) else {
            return;
        };
        let reached = rooms.iter();
        let reached = reached.map(|room| conn.reader.reached(&self.feeds, *room, left));
        let reached: Vec<Reached> = reached.collect();
        self.hub.reached(number, &reached);
    }
}
