//! Programs that take their places over: others are told of them as of anybody who is back.

use super::Returned;
use crate::hub::effect::RoomId;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::{Hub, Time};
use crate::limits::BACK_SOON;

impl Hub {
    /// A program has the place again that it left then, in these rooms.
    pub(in crate::hub) fn note_back(
        &mut self,
        now: Time,
        id: Id,
        user: (&Name, Time),
        rooms: &[RoomId],
    ) {
        let (name, left_at) = user;
        self.leavers.forget(name.key());
        let is_soon = now.saturating_sub(left_at) < BACK_SOON;
        for room in rooms.iter().filter(|_| is_soon) {
            self.forget_departure(*room, name);
        }
        let returned = Returned {
            left: id,
            is_lost: true,
            is_soon,
            rooms: Vec::new(),
            lines: 0,
            bytes: 0,
        };
        self.leavers.returned.insert(id, returned);
    }

    /// A program reads all of its rooms again.
    pub(in crate::hub) fn is_settled_in(&mut self, id: Id) {
        self.leavers.returned.remove(&id);
    }
}
