//! Coming and going: entering, names, leaving, and how it is told to the rooms. Going from room to room
//! is in moves.rs.
//!
//! A thousand users that come in one turn must not cost a thousand lines to a thousand readers. So
//! who comes is an *arrival* and who leaves a *departure* of the room until the room is flushed: at
//! the end of the turn, or before anything else is told to it. An arrival reads nothing before.
//!
//! Invariant: the departures of a room are told before its arrivals. That is the true order for one
//! name (it must be free before it comes again), since an arrival that leaves flushes the room
//! first; between different users nobody can tell.

use super::accounts::Claim;
use super::archive::entry::LineId;
use super::back::catchup::Wants;
use super::effect::{Effect, RoomId};
use super::id::Id;
use super::memberships::{Membership, Presence};
use super::notice::{Complaint, Crowd, Gone, Notice};
use super::tags::Ids;
use super::users::{Rank, User};
use super::{Hub, Time, farewell, refuse, tell};
use crate::hub::name::{Name, NameFault};
use crate::limits::{NAMES_SHOWN, REASONS_TOLD};

impl Hub {
    /// A nameless conn wants this name.
    pub(super) fn enter(&mut self, now: Time, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let name = match legal_name(typed) {
            Ok(name) => name,
            Err(complaint) => return refuse(id, complaint, effects),
        };
        let registered = self.accounts.is_registered(&name);
        // Who has a registered name makes way for whoever proves that it is theirs.
        let owner = self.users.find(name.key()).filter(|_| registered);
        if self.is_refused(now, id, Some(&name), registered, effects) {
            return;
        }
        if !self.is_free(&name, owner) {
            refuse(id, taken(&name), effects);
        } else if registered {
            self.ask_password(id, Claim { name, old: None }, effects);
        } else if !self.fetches_before(now, id, Wants::Name(name.clone()), effects) {
            self.admit(now, id, name, effects);
        }
    }

    /// A nameless conn that cannot give a name gets one.
    pub(super) fn enter_guest(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        self.stop_asking(id, effects);
        if !self.is_refused(now, id, None, false, effects) {
            self.admit(now, id, self.users.guest_name(), effects);
        }
    }

    /// A nameless conn is a user from here on, with a name that is free and may be its.
    pub(super) fn admit(&mut self, now: Time, id: Id, name: Name, effects: &mut Vec<Effect>) {
        let user = User {
            rooms: self.seats_for(now, id, &name),
            name,
            since: now,
            spoke: None,
            seeks: true,
            heard_from: None,
            proved: Box::default(),
            rank: Rank::User,
            ids: self.early_ids.remove(&id).unwrap_or_default(),
            place: 0,
            arrival: 0,
        };
        self.users.insert(id, user);
        effects.push(Effect::BecomeUser { who: id });
    }

    /// Another name for a user.
    pub(super) fn rename(&mut self, now: Time, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let to = match legal_name(typed) {
            Ok(name) => name,
            Err(complaint) => return refuse(id, complaint, effects),
        };
        if let Some(complaint) = self.name_banned(now, &to) {
            return refuse(id, complaint, effects);
        }
        if self.accounts.is_registered(&to) && !self.has_proved(id, &to) {
            return refuse(id, Complaint::NameRegistered(to), effects);
        }
        if !self.is_free(&to, Some(id)) {
            return refuse(id, taken(&to), effects);
        }
        if to.shown() == self.users[id].name.shown() {
            return refuse(id, Complaint::AlreadyNamed(to), effects);
        }
        let rooms = self.users[id].rooms.in_order();
        // First, or an arrival would be welcomed by the new name and then told of the change.
        for room in &rooms {
            self.flush(now, *room, effects);
        }
        let parting = self.parting(now, &self.users[id]);
        self.note_parting(parting, effects);
        let from = self.users.rename(id, &to);
        let notice = Notice::Renamed {
            from,
            to: to.clone(),
        };
        // A program gets each line of its rooms.
        let except = match self.users[id].ids {
            Ids::Tags => Vec::new(),
            Ids::Hidden | Ids::Short => vec![id],
        };
        for room in rooms {
            self.tell_room(now, room, notice.clone(), except.clone(), effects);
        }
        tell(id, Notice::YouAre(to), effects);
        self.fetch_letters(id, effects);
    }

    /// Removes a user; the others are told when their rooms are flushed.
    pub(super) fn leave(&mut self, now: Time, id: Id, why: Gone, effects: &mut Vec<Effect>) {
        // Who came in this turn joins before it leaves.
        self.arrived(now, id, effects);
        let Some(user) = self.part_with(now, id, &why, effects) else {
            return;
        };
        for place in user.rooms.iter() {
            self.stand_up(id, place, effects);
            self.depart(place.room, &user.name, &why, effects);
            self.close_deserted(place.room, effects);
        }
        farewell(id, Some(user.name), why, effects);
    }

    /// The server stops: everybody goes, and so nobody is told that the others do.
    pub(super) fn stop(&mut self, now: Time, effects: &mut Vec<Effect>) {
        for room in std::mem::take(&mut self.unsettled) {
            self.flush(now, room, effects);
        }
        let ids: Vec<Id> = self.users.iter().map(|(id, _)| id).collect();
        for id in ids {
            let Some(user) = self.part_with(now, id, &Gone::Stopping, effects) else {
                continue;
            };
            for place in user.rooms.iter() {
                self.stand_up(id, place, effects);
                self.close_deserted(place.room, effects);
            }
            farewell(id, Some(user.name), Gone::Stopping, effects);
        }
    }

    /// Somebody is a user no more. They read their rooms still.
    fn part_with(
        &mut self,
        now: Time,
        id: Id,
        why: &Gone,
        effects: &mut Vec<Effect>,
    ) -> Option<User> {
        self.stop_proving(id, effects);
        let user = self.users.remove(id)?;
        self.keep_place(now, id, (&user, why), effects);
        self.ignores.forget(id);
        self.aways.end(id);
        self.note_parting(self.parting(now, &user), effects);
        self.ask_undelivered(id, &user, why, effects);
        self.several.remove(&id);
        self.pages.remove(&id);
        self.rules.forget_guest(&user.name);
        Some(user)
    }

    /// An arrival is about to ask or to be told something: its room is flushed, so that it reads.
    pub(super) fn arrived(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        while let Some(room) = self.users[id].rooms.unread() {
            self.flush(now, room, effects);
        }
    }

    /// Tell a room's readers, arrivals included, that which comes after all that was before. Returns the
    /// line's id.
    pub(super) fn tell_room(
        &mut self,
        now: Time,
        room: RoomId,
        notice: Notice,
        except: Vec<Id>,
        effects: &mut Vec<Effect>,
    ) -> LineId {
        self.flush(now, room, effects);
        self.tell_readers(room, notice, except, effects)
    }

    /// A line of a room: it is noted, and told to those who read the room.
    fn tell_readers(
        &mut self,
        room: RoomId,
        notice: Notice,
        except: Vec<Id>,
        effects: &mut Vec<Effect>,
    ) -> LineId {
        let id = self.note(room, &notice);
        if id.number == 1 {
            self.tell_epoch(room, id, effects);
        }
        // The console may show what nobody else reads.
        if self.rooms[room].readers() > except.len() || notice.is_said() {
            effects.push(Effect::Room {
                room,
                id,
                notice,
                except,
            });
        }
        id
    }

    /// Tell a room who left and who came, and welcome those. A room that is gone needs nothing.
    pub(super) fn flush(&mut self, now: Time, id: RoomId, effects: &mut Vec<Effect>) {
        self.now = now;
        self.tell_departures(id, effects);
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        room.news_at = now;
        if room.arrivals.is_empty() {
            return;
        }
        // Before those who came read it.
        for news in self.told_arrivals(id) {
            self.tell_readers(id, news, Vec::new(), effects);
        }
        for who in std::mem::take(&mut self.rooms[id].arrivals) {
            self.welcome(now, who, id, effects);
        }
    }

    /// An arrival begins to read a room, and is told who is there.
    fn welcome(&mut self, now: Time, id: Id, room: RoomId, effects: &mut Vec<Effect>) {
        self.welcome_where_they_speak(now, id, room, effects);
        let user = &mut self.users[id];
        let presence = user.rooms.read(room);
        let lines = user.rooms.lines(room);
        self.attach(id, room, effects);
        if self.tell_since(now, id, room, effects) {
            return;
        }
        self.tell_place(id, room, effects);
        let (name, here) = (self.rooms[room].name.clone(), self.company(id, room));
        if presence == Presence::Entering {
            let notice = Notice::Welcome {
                name: self.users[id].name.clone(),
                room: name,
                here,
            };
            tell(id, notice, effects);
            self.give_key(id, effects);
            for line in self.motd.iter().filter(|_| !self.is_back_soon(id)) {
                tell(id, Notice::Motd(line.clone()), effects);
            }
        } else {
            let notice = Notice::InRoom {
                room: name,
                lines,
                here,
            };
            tell(id, notice, effects);
        }
        if self.rooms[room].topic.is_some() {
            self.tell_topic(id, room, effects);
        }
        self.tell_has_pins(id, room, effects);
        self.tell_before(now, id, room, effects);
    }

    /// Who else is in a room.
    pub(super) fn company(&self, id: Id, room: RoomId) -> Crowd {
        let room = &self.rooms[room];
        let others = room.member_ids().filter(|other| *other != id);
        let names = others.map(|other| &self.users[other].name);
        Crowd::of(names, room.members.len() - 1, NAMES_SHOWN)
    }

    /// Takes a seat in a room; the others are told when it is flushed.
    pub(super) fn take_seat(&mut self, id: Id, room: RoomId, presence: Presence) -> Membership {
        let seat = self.rooms.seat(room, id);
        self.unsettled.push(room);
        Membership {
            room,
            presence,
            seat,
        }
    }

    /// Detaches a user from a room and frees the seat. Then comes `close_deserted`.
    pub(super) fn stand_up(&mut self, who: Id, place: &Membership, effects: &mut Vec<Effect>) {
        let Membership { room, seat, .. } = *place;
        effects.push(Effect::Detach { who, room });
        self.rooms.unseat(room, seat);
    }

    /// Note that one left. A line for each reason and not for each change of it: when a network
    /// fails, some hang up and some are lost, in turns.
    fn depart(&mut self, id: RoomId, name: &Name, why: &Gone, effects: &mut Vec<Effect>) {
        let departures = &mut self.rooms[id].departures;
        let known = departures.iter_mut().find(|(_, other)| other == why);
        if let Some((crowd, _)) = known {
            return crowd.add(name, NAMES_SHOWN);
        }
        if departures.len() == REASONS_TOLD {
            self.tell_departures(id, effects);
        }
        let mut crowd = Crowd::default();
        crowd.add(name, NAMES_SHOWN);
        self.rooms[id].departures.push((crowd, why.clone()));
        self.unsettled.push(id);
    }

    pub(super) fn tell_departures(&mut self, id: RoomId, effects: &mut Vec<Effect>) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        for (who, why) in std::mem::take(&mut room.departures) {
            self.tell_readers(id, Notice::Left { who, why }, Vec::new(), effects);
        }
    }

    /// Whether nobody but `besides` has a name or is about to, by key or by look, and it is no
    /// registered name's double.
    pub(super) fn is_free(&self, name: &Name, besides: Option<Id>) -> bool {
        self.users.is_free(name, besides) && !self.accounts.is_claimed(name, besides)
    }
}

/// The name of a room as typed.
pub(super) fn room_name(typed: &str) -> Result<Name, NameFault> {
    Name::parse(typed.strip_prefix('#').unwrap_or(typed))
}

/// A name as typed that people may have.
pub(super) fn legal_name(typed: &str) -> Result<Name, Complaint> {
    let name = Name::parse(typed).map_err(Complaint::BadName)?;
    if name.is_reserved() || name.is_guest() {
        return Err(Complaint::NameReserved(name.shown().to_owned()));
    }
    Ok(name)
}

/// The answer to who wants a name that is not free.
pub(super) fn taken(name: &Name) -> Complaint {
    Complaint::NameTaken(name.shown().to_owned())
}

impl Crowd {
    /// `total` people, of whom `most` are named.
    pub(crate) fn of<'a>(
        names: impl Iterator<Item = &'a Name>,
        total: usize,
        most: usize,
    ) -> Crowd {
        let names: Vec<Name> = names.take(most).cloned().collect();
        let others = total - names.len();
        Crowd { names, others }
    }

    /// One more; named if there is space.
    fn add(&mut self, name: &Name, most: usize) {
        if self.names.len() < most {
            self.names.push(name.clone());
        } else {
            self.others += 1;
        }
    }
}
