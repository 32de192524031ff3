//! The rooms of one user: of which they are a member, and in which of those they speak.
//!
//! The other side of the table is the members of each room (rooms.rs); [`super::Hub::invariants`] holds
//! the two together. It knows no user and no room but by id, and never makes an effect.
//!
//! Invariant: at most [`ROOMS_JOINED`] rooms, none of them twice. Who is in one room alone, as nearly all
//! are, holds no list.

use super::effect::{Lines, RoomId};
use crate::limits::ROOMS_JOINED;

/// A user's place in one room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Membership {
    pub(super) room: RoomId,
    pub(super) presence: Presence,
    /// The seat in the room. Seats grow over all rooms, so they also tell which room was joined first.
    pub(super) seat: u64,
}

/// How far a user has come into a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presence {
    /// New to papo; told to the room and welcomed when the room is flushed.
    Entering,
    /// New to the room; the same.
    Joining,
    /// Reads the room.
    Reading,
}

/// See the top of this file.
pub(super) struct Memberships {
    /// The room spoken in.
    spoken: Membership,
    /// The others, if there are any, behind one pointer.
    others: Option<Box<Others>>,
}

/// In joining order; not empty.
struct Others(Vec<Membership>);

impl Memberships {
    /// Of a user who is in one room and speaks there.
    pub(super) fn new(only: Membership) -> Memberships {
        Memberships {
            spoken: only,
            others: None,
        }
    }

    /// The room spoken in.
    pub(super) fn spoken(&self) -> RoomId {
        self.spoken.room
    }

    /// All of them; the one spoken in comes first.
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

    /// How the lines of this room, which they are in, are shown to them.
    pub(super) fn lines(&self, room: RoomId) -> Lines {
        match room == self.spoken() {
            true => Lines::Bare,
            false => Lines::Marked,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        1 + self.others().len()
    }

    /// The room that is not read yet. There is one at most: a request is done only when all rooms of
    /// its user are read, and no request leads into two.
    pub(super) fn unread(&self) -> Option<RoomId> {
        let unread = |place: &&Membership| place.presence != Presence::Reading;
        self.iter().find(unread).map(|place| place.room)
    }

    /// This room, which they are in, is read from here on; how it was before.
    pub(super) fn read(&mut self, room: RoomId) -> Presence {
        let others = self.others.iter_mut().flat_map(|others| &mut others.0);
        let mut all = std::iter::once(&mut self.spoken).chain(others);
        let place = all.find(|place| place.room == room);
        let place = place.expect("a member of the room");
        std::mem::replace(&mut place.presence, Presence::Reading)
    }

    /// Speak in a new room in place of this one, which is left.
    pub(super) fn replace(&mut self, by: Membership) -> Membership {
        std::mem::replace(&mut self.spoken, by)
    }

    /// A new room besides the others.
    pub(super) fn add(&mut self, place: Membership) {
        let others = self
            .others
            .get_or_insert_with(|| Box::new(Others(Vec::new())));
        others.0.push(place);
        others.0.sort_by_key(|place| place.seat);
    }

    /// Speak in this room, which they are in already.
    pub(super) fn speak_in(&mut self, room: RoomId) {
        if let Some(place) = self.take_other(|place| place.room == room) {
            let before = self.replace(place);
            self.add(before);
        }
    }

    /// Leave this room. When it is the one spoken in, the one joined last takes its place. None when they
    /// are not in it, or in no other.
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
