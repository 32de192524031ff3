//! Records how far each room had reached a user who left. The caller knows what was acknowledged.

use super::Reached;
use crate::hub::{Hub, Id, RoomId};

impl Hub {
    /// Whether it is asked for how far the rooms of this user who has just left had reached them.
    pub fn asks_reached(&mut self, who: Id) -> bool {
        self.leavers.of(who).is_some()
    }

    /// So far this room had reached a user who has just left it with papo.
    pub fn reached(&mut self, who: Id, room: RoomId, reached: Reached) {
        let Some((rooms, is_lost)) = self.leavers.of(who) else {
            return;
        };
        if let Some(left) = rooms.iter_mut().find(|left| left.id == room) {
            // Who quits reads to the end.
            left.reached = if is_lost { reached } else { Reached::All };
        }
    }
}
