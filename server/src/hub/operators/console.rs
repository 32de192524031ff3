//! What the console shows beside its own answers: who is online, and the lines of one room.

use crate::hub::Hub;
use crate::hub::effect::RoomId;
use crate::hub::name::Name;
use crate::hub::notice::Notice;
use crate::hub::refer::Deed;
use crate::hub::rooms::LOBBY;
use crate::hub::users::User;

impl Notice {
    /// Whether it is what a user said to a room, which the console may show.
    pub fn is_said(&self) -> bool {
        match self {
            Notice::Public { .. } | Notice::Action { .. } => true,
            Notice::Refer(reference) => matches!(reference.deed, Deed::Replied(_)),
            _ => false,
        }
    }
}

impl Hub {
    /// Let the server hear what is said in this room also when nobody else does, or in none.
    pub fn watch(&mut self, room: Option<Name>) {
        self.watched = room;
    }

    /// Whether this room is the one. It may have been closed since it was told something.
    pub fn is_watched(&self, room: RoomId) -> bool {
        let watched = self.watched.as_ref();
        watched.is_some_and(|name| self.rooms.find(name) == Some(room))
    }

    /// The name of this room, which is there, if it is not the one that the operator expects lines from: the
    /// one that is watched, or the lobby while none is.
    pub fn other_than_watched(&self, room: RoomId) -> Option<&Name> {
        let is_expected = self.is_watched(room) || self.watched.is_none() && room == LOBBY;
        (!is_expected).then(|| &self.rooms[room].name)
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
