//! The rooms of one user: those they are in, and which of them they speak in.
//!
//! The other side of the table is the members of each room (rooms.rs); [`super::Hub::invariants`]
//! checks both. It knows users and rooms only by id and makes no effects.
//!
//! Invariant: at most [`ROOMS_JOINED`] rooms, each once. A user in one room, as nearly all are,
//! needs no list.

use super::effect::{Lines, RoomId};
use crate::limits::ROOMS_JOINED;

/// A user's place in one room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Membership {
    pub(super) room: RoomId,
    pub(super) presence: Presence,
    /// The seat in the room. Seats grow across all rooms, so they also tell which room was joined
    /// first.
    pub(super) seat: u64,
}

/// How far a user has joined a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    /// New to papo: will be told and welcomed when the room is flushed.
    Entering,
    /// New to the room: the same.
    Joining,
    /// Reads the room.
    Reading,
}

/// See the top of this file.
pub(super) struct Memberships {
    /// The room the user speaks in.
    spoken: Membership,
    /// Other rooms, if any, behind one pointer.
    others: Option<Box<Others>>,
}

/// In joining order; not empty.
struct Others(Vec<Membership>);

impl Memberships {
    /// The memberships of a user in one room.
    pub(super) fn new(only: Membership) -> Memberships {
        Memberships {
            spoken: only,
            others: None,
        }
    }

    /// The room the user speaks in.
    pub(super) fn spoken(&self) -> RoomId {
        self.spoken.room
    }

    /// All memberships, first the one the user speaks in.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Membership> {
        std::iter::once(&self.spoken).chain(self.others())
    }

    /// All rooms, in joining order.
    pub(super) fn in_order(&self) -> Vec<RoomId> {
        let mut all: Vec<&Membership> = self.iter().collect();
        all.sort_by_key(|place| place.seat);
        all.into_iter().map(|place| place.room).collect()
    }

    pub(super) fn has(&self, room: RoomId) -> bool {
        self.iter().any(|place| place.room == room)
    }

    /// How the lines of this room are shown to the user, who is in it.
    pub(super) fn lines(&self, room: RoomId) -> Lines {
        match room == self.spoken() {
            true => Lines::Bare,
            false => Lines::Marked,
        }
    }

    /// The number of rooms.
    pub(super) fn len(&self) -> usize {
        1 + self.others().len()
    }

    /// A room that is not read yet. Only who comes back has more than one: a request is handled only when its
    /// user reads all their rooms, and no request joins two.
    pub(super) fn unread(&self) -> Option<RoomId> {
        let unread = |place: &&Membership| place.presence != Presence::Reading;
        self.iter().find(unread).map(|place| place.room)
    }

    /// Whether the room that the user speaks in is their first and they have not been welcomed there.
    pub(super) fn enters(&self) -> bool {
        self.spoken.presence == Presence::Entering
    }

    /// Marks a room as read, which the user is in. Returns its state before.
    pub(super) fn read(&mut self, room: RoomId) -> Presence {
        let others = self.others.iter_mut().flat_map(|others| &mut others.0);
        let mut all = std::iter::once(&mut self.spoken).chain(others);
        let place = all.find(|place| place.room == room);
        let place = place.expect("a member of the room");
        std::mem::replace(&mut place.presence, Presence::Reading)
    }

    /// The user speaks in a new room and leaves the one before, which is returned.
    pub(super) fn replace(&mut self, by: Membership) -> Membership {
        std::mem::replace(&mut self.spoken, by)
    }

    /// One more room.
    pub(super) fn add(&mut self, place: Membership) {
        let others = self
            .others
            .get_or_insert_with(|| Box::new(Others(Vec::new())));
        others.0.push(place);
        others.0.sort_by_key(|place| place.seat);
    }

    /// The user speaks in this room, which they are in already.
    pub(super) fn speak_in(&mut self, room: RoomId) {
        if let Some(place) = self.take_other(|place| place.room == room) {
            let before = self.replace(place);
            self.add(before);
        }
    }

    /// The user leaves this room. If they spoke in it, they now speak in the one joined last. None
    /// if they are not in it, or in no other.
    pub(super) fn leave(&mut self, room: RoomId) -> Option<Membership> {
        if room != self.spoken() {
            return self.take_other(|place| place.room == room);
        }
        let latest = self.others().last()?.seat;
        let next = self.take_other(|place| place.seat == latest)?;
        Some(self.replace(next))
    }

    fn take_other(&mut self, is_it: impl Fn(&Membership) -> bool) -> Option<Membership> {
        let others = &mut self.others.as_mut()?.0;
        let at = others.iter().position(is_it)?;
        let place = others.remove(at);
        if others.is_empty() {
            self.others = None;
        }
        Some(place)
    }

    fn others(&self) -> &[Membership] {
        self.others.as_ref().map_or(&[], |others| &others.0)
    }

    pub(super) fn invariants(&self) {
        assert!(self.len() <= ROOMS_JOINED);
        assert!(self.others.is_none() || self.len() > 1, "an empty list");
        let others = self.others();
        assert!(others.is_sorted_by_key(|place| place.seat), "joining order");
        for (at, place) in self.iter().enumerate() {
            let mut others = self.iter().skip(at + 1);
            assert!(others.all(|other| other.room != place.room), "twice in");
        }
    }
}
