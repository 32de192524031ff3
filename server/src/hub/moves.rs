//! Going from room to room.
//!
//! A room that is left is told so before anything else; one that is joined is told with all who come in
//! this turn (arrivals.rs).

use super::arrivals::room_name;
use super::effect::Effect;
use super::id::Id;
use super::memberships::Presence;
use super::notice::{Complaint, Notice};
use super::{Hub, Time, refuse};

impl Hub {
    /// Another room for a user, in place of the one they speak in.
    pub(super) fn join(&mut self, now: Time, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let room = match room_name(typed) {
            Ok(name) => name,
            Err(fault) => return refuse(id, Complaint::BadName(fault), effects),
        };
        let from = self.users[id].rooms.spoken();
        if self.rooms[from].name == room {
            let here = self.rooms[from].name.clone();
            return refuse(id, Complaint::AlreadyThere(here), effects);
        }
        // First, or an arrival would be welcomed without this user and then told that it went.
        self.flush(now, from, effects);
        let to = self.rooms.open(room);
        let seat = self.take_seat(id, to, Presence::Joining);
        let left = self.users[id].rooms.replace(seat);
        if !self.stand_up(id, &left, effects) {
            let notice = Notice::Went {
                who: self.users[id].name.clone(),
                room: self.rooms[to].name.clone(),
            };
            self.tell_room(now, from, notice, Vec::new(), effects);
        }
    }
}
