//! A program that comes back with its key takes its old place over: name, rooms, ignores, proved names and
//! marks are as they were. The place is still somebody's whose connection is most likely dead, and others
//! notice nothing; or it was left, and is kept for [`crate::limits::RESUME_WITHIN`].
//!
//! Invariant: of each room that the program names it is sent the lines after the one that it had last, each
//! once, up to the one after which it reads the room; or it is told why not, and after which line it reads.

use super::archive::entry::LineId;
use super::arrivals::taken;
use super::back::catchup::{Outcome, Wants};
use super::back::millis;
use super::effect::{Effect, RoomId};
use super::id::Id;
use super::memberships::Presence;
use super::notice::{Complaint, Gone, Notice};
use super::past::{Again, Cannot};
use super::request::Request;
use super::sessions::Key;
use super::tags::{Ids, Tag};
use super::users::{Rank, Standing, User};
use super::{Hub, Time, farewell, refuse, tell};
use crate::hub::lang::Hint;
use crate::hub::name::Name;
use crate::limits::RESUME_BYTES;

/// The line of each room that a program had last.
pub(super) type Had = Vec<(Name, LineId)>;

/// A program that takes its place over just now.
pub(super) struct Resumed {
    who: Id,
    had: Had,
    /// What it may still be sent of what it has missed.
    bytes: usize,
}

/// Whose place a key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holder {
    /// A user's who is here.
    Here(Id),
    /// The place of this number, which was left.
    Left(u64),
}

impl Hub {
    /// A conn without a name wants the place of this key.
    pub(super) fn resume(
        &mut self,
        now: Time,
        id: Id,
        (key, had): (Key, Had),
        effects: &mut Vec<Effect>,
    ) {
        self.stop_asking(id, effects);
        let refused = match self.may_take(now, id, key, effects) {
            Ok(holder) => {
                let lacks = self.had_of(holder, &had);
                if self.fetches(now, id, Wants::Place(key, had.clone()), lacks, effects) {
                    return;
                }
                self.resumed = Some(Resumed {
                    who: id,
                    had,
                    bytes: RESUME_BYTES,
                });
                match holder {
                    Holder::Here(old) => self.move_user(now, old, id, effects),
                    Holder::Left(number) => self.restore(now, number, id, effects),
                }
                self.sessions.know(id, key);
                self.resumed = None;
                if self.users.get(id).is_some() {
                    self.fetch_letters(id, effects);
                }
                return;
            }
            Err(refused) => refused,
        };
        if let Some(complaint) = refused {
            refuse(id, complaint, effects);
        }
        if self.users.standing(id) == Standing::Nameless {
            tell(id, Notice::AskName, effects);
        }
    }

    /// Whether a place is kept for the key that somebody has.
    pub fn knows_key(&mut self, now: Time, request: &Request) -> bool {
        match request {
            Request::Resume { key, .. } => self.holder_of(now, *key).is_some(),
            _ => false,
        }
    }

    fn holder_of(&mut self, now: Time, key: Key) -> Option<Holder> {
        let left = self.leavers.places.find_by_key(now, key.hash());
        let here = self.sessions.find(key.hash());
        here.map(Holder::Here).or(left.map(Holder::Left))
    }

    /// Whose place a conn may take by this key. If none, it is told why, or has been.
    fn may_take(
        &mut self,
        now: Time,
        id: Id,
        key: Key,
        effects: &mut Vec<Effect>,
    ) -> Result<Holder, Option<Complaint>> {
        let holder = self.holder_of(now, key);
        let holder = holder.ok_or(Complaint::Hint(Hint::NoSuchKey))?;
        let (name, is_owner, here) = match holder {
            Holder::Here(old) => {
                let user = &self.users[old];
                (user.name.clone(), self.owns(user), Some(old))
            }
            Holder::Left(number) => {
                let place = self.leavers.places.get(number);
                let place = place.ok_or(Complaint::Hint(Hint::NoSuchKey))?;
                (place.name.clone(), place.is_owner(), None)
            }
        };
        let is_registered = self.accounts.is_registered(&name);
        if is_registered && !is_owner {
            return Err(Some(Complaint::NameRegistered(name)));
        }
        if self.is_refused(now, id, Some(&name), is_registered, effects) {
            return Err(None);
        }
        match self.is_free(&name, here) {
            true => Ok(holder),
            false => Err(Some(taken(&name))),
        }
    }

    /// Those of these lines that are of a room of this place.
    fn had_of(&self, holder: Holder, had: &Had) -> Had {
        let is_of = |room: &Name| match holder {
            Holder::Here(id) => {
                let mut rooms = self.users[id].rooms.iter();
                rooms.any(|place| self.rooms[place.room].name == *room)
            }
            Holder::Left(number) => {
                let place = self.leavers.places.get(number);
                place.is_some_and(|place| place.rooms.iter().any(|left| left.name == *room))
            }
        };
        had.iter()
            .filter(|(room, _)| is_of(room))
            .cloned()
            .collect()
    }

    /// A user goes on at another conn. Others notice nothing.
    fn move_user(&mut self, now: Time, old: Id, id: Id, effects: &mut Vec<Effect>) {
        self.arrived(now, old, effects);
        self.stop_proving(old, effects);
        let Some(mut user) = self.users.remove(old) else {
            return;
        };
        self.place_gone(std::mem::take(&mut user.place));
        self.users.insert(id, user);
        if let Some(session) = self.sessions.take(old) {
            self.sessions.put(id, session);
        }
        self.ignores.hand_over(old, id);
        self.aways.hand_over(old, id);
        self.pages.remove(&old);
        if self.several.remove(&old) {
            self.several.insert(id);
        }
        let rooms = self.users[id].rooms.in_order();
        for place in self.users[id].rooms.iter() {
            let (who, room) = (old, place.room);
            effects.push(Effect::Detach { who, room });
            self.rooms.reseat(room, place.seat, id);
        }
        self.ask_undelivered(old, &self.users[id], &Gone::Elsewhere, effects);
        let name = self.users[id].name.clone();
        farewell(old, Some(name), Gone::Elsewhere, effects);
        self.settle_in(id, effects);
        for room in rooms {
            self.attach(id, room, effects);
            self.tell_since(now, id, room, effects);
        }
    }

    /// A user who left is back in their rooms.
    fn restore(&mut self, now: Time, number: u64, id: Id, effects: &mut Vec<Effect>) {
        let Some(mut place) = self.leavers.places.take(number) else {
            return;
        };
        let time = |millis: i64| Time::from_millis(millis.max(0).unsigned_abs());
        self.sessions.put(id, std::mem::take(&mut place.session));
        let user = User {
            name: place.name.clone(),
            since: time(place.since),
            spoke: place.spoke.map(time),
            seeks: place.seeks,
            heard_from: None,
            proved: self.accounts.numbers_of(&place.proved),
            rank: Rank::User,
            ids: place.ids,
            place: 0,
            arrival: 0,
            rooms: self.seat_again(now, id, place, Presence::Joining),
        };
        let rooms = user.rooms.in_order();
        self.users.insert(id, user);
        self.settle_in(id, effects);
        for room in rooms {
            self.flush(now, room, effects);
        }
        self.is_settled_in(id);
    }

    /// The conn is a program's in this place from here on.
    fn settle_in(&mut self, id: Id, effects: &mut Vec<Effect>) {
        self.early_ids.remove(&id);
        let ids = Ids::Tags;
        let user = &mut self.users[id];
        (user.rank, user.ids) = (Rank::User, ids);
        let name = user.name.clone();
        let rooms: Vec<RoomId> = user.rooms.iter().map(|place| place.room).collect();
        effects.push(Effect::SetIds { who: id, ids });
        effects.push(Effect::BecomeUser { who: id });
        let rooms = self.names_of(&rooms);
        tell(id, Notice::Tag(Tag::Resumed { name, rooms }), effects);
    }

    /// Tells a program that takes its place over what it has missed of a room; false if nobody does.
    pub(super) fn tell_since(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(resumed) = self.resumed.as_ref().filter(|of| of.who == id) else {
            return false;
        };
        let name = self.rooms[room].name.clone();
        let had = resumed.had.iter().find(|(room, _)| *room == name);
        let bytes = resumed.bytes;
        let told = had.map(|(_, line)| {
            let again = self.since(now, id, room, *line)?;
            let cost = again.iter().map(Again::bytes).sum();
            let left = bytes.checked_sub(cost).ok_or(Cannot::TooFarBack)?;
            Ok((left, line.epoch, again))
        });
        match told {
            None => self.tell_place(id, room, effects),
            Some(Ok((left, epoch, again))) => {
                if let Some(resumed) = &mut self.resumed {
                    resumed.bytes = left;
                }
                tell_again(id, (&name, epoch), again, effects);
            }
            Some(Err(why)) => {
                let room_name = name.clone();
                let tag = Tag::Cannot {
                    room: room_name,
                    why,
                };
                tell(id, Notice::Tag(tag), effects);
                self.tell_place(id, room, effects);
            }
        }
        true
    }

    /// The lines of a room after this one that a user may read.
    fn since(&self, now: Time, id: Id, room: RoomId, had: LineId) -> Result<Vec<Again>, Cannot> {
        let last = self.rooms[room].last;
        if last == Some(had) {
            return Ok(Vec::new());
        }
        if last.is_some_and(|last| last.epoch == had.epoch && last.number < had.number) {
            return Err(Cannot::NotKnown);
        }
        let gap = self.gap(id, &self.rooms[room].name);
        match gap.map(|gap| gap.outcome) {
            Some(Outcome::Fails(_)) => return Err(Cannot::Unreadable),
            Some(Outcome::TooMuch) => return Err(Cannot::TooFarBack),
            Some(Outcome::Read) | None => {}
        }
        let Some(lines) = self.lines_since(room, had, gap) else {
            return Err(match last {
                Some(last) if last.epoch != had.epoch => Cannot::EpochChanged,
                _ => Cannot::TooFarBack,
            });
        };
        let again = lines.into_iter().filter_map(|line| {
            let speaker = line.entry.speaker();
            if speaker.is_some_and(|name| self.ignores.ignores_name(id, &name)) {
                return None;
            }
            Some(Again {
                age: Time::from_millis((millis(now) - line.at).max(0).unsigned_abs()),
                id: line.entry.id,
                notice: line.entry.notice()?,
            })
        });
        Ok(again.collect())
    }
}

/// Tells lines again, with a word before those of another epoch.
fn tell_again(
    id: Id,
    (room, mut epoch): (&Name, u64),
    again: Vec<Again>,
    effects: &mut Vec<Effect>,
) {
    let mut again = again.into_iter().peekable();
    while let Some(first) = again.peek() {
        let of = first.id.epoch;
        if epoch != of {
            let last = LineId {
                epoch: of,
                number: first.id.number - 1,
            };
            let room = room.clone();
            tell(id, Notice::Tag(Tag::At { room, last }), effects);
            epoch = of;
        }
        let mut lines = Vec::new();
        while let Some(line) = again.next_if(|line| line.id.epoch == of) {
            lines.push(line);
        }
        let room = room.clone();
        tell(id, Notice::Tag(Tag::Again { room, lines }), effects);
    }
}
