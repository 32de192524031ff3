//! What the console shows beside its own answers: who is online, and the lines of one room.

use crate::hub::Hub;
use crate::hub::effect::RoomId;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::users::User;

impl Hub {
    /// Let the server hear what is said in this room also when nobody else does, or in none.
    pub fn watch(&mut self, room: Option<Name>) {
        self.watched = room;
    }

    /// Whether this room, which is there, is the one.
    pub fn is_watched(&self, room: RoomId) -> bool {
        self.watched
            .as_ref()
            .is_some_and(|name| *name == self.rooms[room].name)
    }

    /// Whether `id` is a user who speaks in it.
    pub fn is_in_watched(&self, id: Id) -> bool {
        self.users
            .get(id)
            .is_some_and(|user| self.is_watched(user.rooms.spoken()))
    }

    /// The names of everybody, in the order of arrival.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.users.names().map(Name::shown)
    }

    /// Everybody with a name and its room, in the order of the slots.
    pub fn online(&self) -> Vec<(Name, Vec<Name>)> {
        let everybody = self.users.iter();
        let rooms = |user: &User| self.names_of(&user.rooms.in_order());
        everybody
            .map(|(_, user)| (user.name.clone(), rooms(user)))
            .collect()
    }
}
