//! Somebody leaves: what was theirs is put into the table, and how far their rooms have reached them is asked
//! and noted.

use super::{HowLeft, LeftPlace, LeftRoom, Reached, millis};
use crate::hub::effect::{Effect, RoomId};
use crate::hub::id::Id;
use crate::hub::notice::Gone;
use crate::hub::users::User;
use crate::hub::{Hub, Time};

impl Hub {
    /// A user is leaving for this reason; they are a user no more, and read their rooms still.
    pub(in crate::hub) fn keep_place(
        &mut self,
        now: Time,
        id: Id,
        (user, why): (&User, &Gone),
        effects: &mut Vec<Effect>,
    ) {
        self.leavers.returned.remove(&id);
        self.place_gone(user.place);
        let session = self.sessions.take(id).unwrap_or_default();
        let address = self.rules.address(id);
        let (how, is_resumed) = match why {
            Gone::Hangup | Gone::Lost | Gone::Stuck | Gone::Overflow => (HowLeft::Lost, true),
            Gone::Memory | Gone::Stopping => (HowLeft::Lost, true),
            Gone::Elsewhere => (HowLeft::Lost, false),
            Gone::Quit(_) => (HowLeft::Quit, false),
            _ => {
                self.leavers.told.remove(&id);
                return self.leavers.places.forget_from(user.name.key(), address);
            }
        };
        let rooms: Vec<RoomId> = user.rooms.iter().map(|place| place.room).collect();
        let reached = match how {
            HowLeft::Lost => Reached::Unknown,
            // Who quits reads to the end.
            HowLeft::Quit => Reached::All,
        };
        // A room in which nothing was said yet gets its epoch here: all of it that there was had come.
        let left = |room: &RoomId| LeftRoom {
            last: Some(self.last_line(*room)),
            name: self.rooms[*room].name.clone(),
            reached,
        };
        let left: Vec<LeftRoom> = rooms.iter().map(left).collect();
        let place = LeftPlace {
            number: 0,
            name: user.name.clone(),
            left_at: millis(now),
            address,
            proved: self.accounts.keys_of(&user.name, &user.proved),
            how,
            rooms: left,
            ignores: self.ignores.list(id).to_vec(),
            since: millis(user.since),
            spoke: user.spoke.map(millis),
            seeks: user.seeks,
            ids: user.ids,
            session: if is_resumed {
                session
            } else {
                Default::default()
            },
        };
        if !place.is_kept() {
            self.leavers.told.remove(&id);
            return self.leavers.places.forget_from(user.name.key(), address);
        }
        let number = self.leavers.places.put(now, place);
        if how == HowLeft::Lost {
            let who = id;
            effects.push(Effect::AskReached { who, number, rooms });
        } else {
            self.leavers.told.remove(&id);
        }
    }

    /// So far the rooms of who left this place had reached them, in the order in which that was asked for; and
    /// whether all that they had missed before had. They may have it again already, at another conn.
    pub fn reached(&mut self, (who, number): (Id, u64), reached: &[Reached], has_caught_up: bool) {
        let told = self.leavers.told.remove(&who).unwrap_or_default();
        let rooms = match self.leavers.places.get_mut(number) {
            Some(place) => &mut place.rooms,
            None => {
                let mut returned = self.leavers.returned.values_mut();
                match returned.find(|user| user.number == number) {
                    Some(user) => &mut user.rooms,
                    None => return,
                }
            }
        };
        for (room, reached) in rooms.iter_mut().zip(reached) {
            room.reached = *reached;
            let told = told.iter().find(|told| told.room == room.name);
            if let Some(told) = told.filter(|_| !has_caught_up) {
                room.reached = told.reached(room);
            }
        }
    }
}
