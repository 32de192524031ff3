//! How far the rooms of somebody who leaves papo have reached them: the kernel is asked once for each room how
//! many bytes the peer's system has not acknowledged, and the hub is told the last line before those.
//!
//! What is acknowledged has reached the peer's system, not its user; and a proxy acknowledges for its client.

use super::Server;
use crate::hub::{Id, Reached, RoomId};
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// This user has left papo and is about to read this room no more.
    pub(super) fn note_reached(&mut self, who: Id, room: RoomId) {
        if !self.hub.asks_reached(who) {
            return;
        }
        let reached = self.conns.get(who).and_then(|conn| {
            let left = conn.wire.unacknowledged(&mut self.sys)?;
            Some(conn.reader.reached(&self.feeds, room, left))
        });
        self.hub
            .reached(who, room, reached.unwrap_or(Reached::Unknown));
    }
}
