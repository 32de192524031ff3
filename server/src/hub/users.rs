//! The table of users: who has which slot, and who has which name.
//! It never changes a room and never makes an effect.
//!
//! Invariant: `by_name` holds exactly the names of the users in the slots, each with the
//! id of its owner, so a name is free in the instant in which its user is removed.

use std::collections::HashMap;

use super::Time;
use super::effect::RoomId;
use super::id::Id;
use crate::name::Name;

/// One user.
pub(super) struct User {
    pub(super) name: Name,
    pub(super) room: RoomId,
    /// The seat in the room; rooms are ordered by it.
    pub(super) seat: u64,
    pub(super) presence: Presence,
    /// When it got its first name.
    pub(super) since: Time,
    /// When it last said something to anybody.
    pub(super) spoke: Time,
    /// Who wrote privately last, under the name of then.
    pub(super) heard_from: Option<(Id, Name)>,
}

/// How far a user has come into its room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    /// New to papo; told to the room and welcomed when the room is flushed.
    Entering,
    /// From another room; the same.
    Moving,
    /// Reads the room.
    Reading,
}

/// What the hub knows of an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// A conn that has no name yet.
    Nameless,
    /// A user.
    User,
    /// It has left, or its slot has a new owner: nothing is done for it any more.
    Gone,
}

/// All users by slot and by name.
#[derive(Default)]
pub(super) struct Users {
    slots: Vec<Slot>,
    by_name: HashMap<Name, Id>,
}

enum Slot {
    /// Nobody had it so far, as far as the hub knows.
    Fresh,
    Taken(Id, Box<User>),
    /// The last one who had it; later generations are nameless conns.
    Left(Id),
}

impl Users {
    pub(super) fn standing(&self, id: Id) -> Standing {
        match self.slots.get(id.slot()) {
            None | Some(Slot::Fresh) => Standing::Nameless,
            Some(Slot::Taken(owner, _)) if *owner == id => Standing::User,
            Some(Slot::Left(last)) if is_later(id, *last) => Standing::Nameless,
            Some(Slot::Taken(..) | Slot::Left(_)) => Standing::Gone,
        }
    }

    pub(super) fn get(&self, id: Id) -> Option<&User> {
        match self.slots.get(id.slot()) {
            Some(Slot::Taken(owner, user)) if *owner == id => Some(user),
            _ => None,
        }
    }

    /// Who has this name.
    pub(super) fn find(&self, name: &Name) -> Option<Id> {
        self.by_name.get(name).copied()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.by_name.len()
    }

    /// Everybody, in the order of the slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &User)> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Taken(id, user) => Some((*id, &**user)),
            Slot::Fresh | Slot::Left(_) => None,
        })
    }

    /// A nameless conn becomes a user; its name is free.
    pub(super) fn insert(&mut self, id: Id, user: User) {
        debug_assert_eq!(self.standing(id), Standing::Nameless);
        self.by_name.insert(user.name.clone(), id);
        *self.slot_mut(id) = Slot::Taken(id, Box::new(user));
    }

    /// The conn is over, with a name or without; its id never counts again.
    pub(super) fn remove(&mut self, id: Id) -> Option<User> {
        match std::mem::replace(self.slot_mut(id), Slot::Left(id)) {
            Slot::Taken(_, user) => {
                self.by_name.remove(&user.name);
                Some(*user)
            }
            Slot::Fresh | Slot::Left(_) => None,
        }
    }

    /// Another name, which is free or the user's own in another case. Returns the old one.
    pub(super) fn rename(&mut self, id: Id, name: &Name) -> Name {
        let old = std::mem::replace(&mut self[id].name, name.clone());
        self.by_name.remove(&old);
        self.by_name.insert(name.clone(), id);
        old
    }

    fn slot_mut(&mut self, id: Id) -> &mut Slot {
        if self.slots.len() <= id.slot() {
            self.slots.resize_with(id.slot() + 1, || Slot::Fresh);
        }
        &mut self.slots[id.slot()]
    }

    pub(super) fn invariants(&self) {
        assert_eq!(self.iter().count(), self.by_name.len(), "one name a user");
        for (id, user) in self.iter() {
            assert_eq!(
                self.find(&user.name),
                Some(id),
                "the name leads to its owner"
            );
        }
    }
}

/// For ids that are known to be of a user: [`Users::standing`] said so, or a room seats them.
impl std::ops::Index<Id> for Users {
    type Output = User;
    fn index(&self, id: Id) -> &User {
        self.get(id).expect("the id is a user's")
    }
}

impl std::ops::IndexMut<Id> for Users {
    fn index_mut(&mut self, id: Id) -> &mut User {
        match self.slots.get_mut(id.slot()) {
            Some(Slot::Taken(owner, user)) if *owner == id => user,
            _ => panic!("the id is a user's"),
        }
    }
}

/// Generations wrap, so "later" means less than half way round.
fn is_later(id: Id, last: Id) -> bool {
    let ahead = id.generation.wrapping_sub(last.generation);
    ahead != 0 && ahead < u32::MAX / 2
}
