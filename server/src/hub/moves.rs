//! Joining and leaving rooms.
//!
//! The members of a room learn at once that somebody left it, and with all others who came in the same
//! turn (arrivals.rs) that somebody joined it.
//!
//! Invariant: a user reads all their rooms, and only the one they speak in is shown without marks.
//! `several` holds exactly the users who are in more than one room.

use super::arrivals::room_name;
use super::effect::{Effect, Lines, RoomId};
use super::id::Id;
use super::memberships::{Membership, Presence};
use super::notice::{Complaint, Notice};
use super::rooms::LOBBY;
use super::{Hub, Ids, Time, refuse, tell};
use crate::hub::name::Name;
use crate::limits::ROOMS_JOINED;

impl Hub {
    /// Makes this room the one that a user speaks in. If they are not in it yet, they leave the one they
    /// spoke in so far.
    pub(super) fn join(&mut self, now: Time, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let name = match room_name(typed) {
            Ok(name) => name,
            Err(fault) => return refuse(id, Complaint::BadName(fault), effects),
        };
        let from = self.users[id].rooms.spoken();
        match self.joined(id, &name) {
            Some(room) if room == from => {
                let here = self.rooms[room].name.clone();
                refuse(id, Complaint::AlreadyThere(here), effects);
            }
            Some(room) => {
                // Who has just come is told with the room's mark, and not named first.
                self.flush(now, room, effects);
                self.users[id].rooms.speak_in(room);
                self.detach(id, from, effects);
                self.detach(id, room, effects);
                self.attach(id, from, effects);
                self.speaks(id, effects);
            }
            None => self.go(now, id, name, effects),
        }
    }

    /// Adds a room to those of a user.
    pub(super) fn also(&mut self, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let name = match room_name(typed) {
            Ok(name) => name,
            Err(fault) => return refuse(id, Complaint::BadName(fault), effects),
        };
        if let Some(room) = self.joined(id, &name) {
            let here = self.rooms[room].name.clone();
            let complaint = match self.users[id].rooms.spoken() == room {
                true => Complaint::AlreadyThere(here),
                false => Complaint::AlreadyAlsoThere(here),
            };
            return refuse(id, complaint, effects);
        }
        if self.users[id].rooms.len() == ROOMS_JOINED {
            return refuse(id, Complaint::RoomsFull, effects);
        }
        if !self.rooms.has(&name) && self.rooms.are_full() {
            return refuse(id, Complaint::TooManyRooms, effects);
        }
        let room = self.rooms.open(name);
        let place = self.take_seat(id, room, Presence::Joining);
        self.users[id].rooms.add(place);
        self.several.insert(id);
    }

    /// Leaves a room: the named one, or the one the user speaks in. Who leaves their only room goes to the
    /// lobby.
    pub(super) fn leave_room(
        &mut self,
        now: Time,
        id: Id,
        typed: Option<&str>,
        effects: &mut Vec<Effect>,
    ) {
        let room = match self.own_room(id, typed) {
            Ok(room) => room,
            Err(complaint) => return refuse(id, complaint, effects),
        };
        // First, or new members would be welcomed without this user and then told that they went.
        self.flush(now, room, effects);
        let rooms = &mut self.users[id].rooms;
        let spoken = rooms.spoken();
        let Some(left) = rooms.leave(room) else {
            return match room {
                LOBBY => refuse(id, Complaint::OnlyRoom, effects),
                _ => self.go(now, id, self.rooms[LOBBY].name.clone(), effects),
            };
        };
        if self.users[id].rooms.len() == 1 {
            self.several.remove(&id);
        }
        let name = self.rooms[room].name.clone();
        self.went(now, id, &left, effects);
        if room == spoken {
            let next = self.users[id].rooms.spoken();
            self.flush(now, next, effects);
            self.detach(id, next, effects);
            self.speaks(id, effects);
        } else if self.users[id].ids != Ids::Tags {
            tell(id, Notice::NotInRoom(name), effects);
        }
    }

    /// Finds one of a user's rooms by its name as typed; without a name, the one they speak in.
    pub(super) fn own_room(&self, id: Id, typed: Option<&str>) -> Result<RoomId, Complaint> {
        let Some(typed) = typed else {
            return Ok(self.users[id].rooms.spoken());
        };
        let name = room_name(typed).map_err(Complaint::BadName)?;
        match self.joined(id, &name) {
            Some(room) => Ok(room),
            None => Err(Complaint::NotThere(name)),
        }
    }

    /// The room of this name, if the user is in it.
    fn joined(&self, id: Id, name: &Name) -> Option<RoomId> {
        let room = self.rooms.find(name)?;
        self.users[id].rooms.has(room).then_some(room)
    }

    /// Leaves the room a user speaks in for one they are not in.
    fn go(&mut self, now: Time, id: Id, to: Name, effects: &mut Vec<Effect>) {
        let from = self.users[id].rooms.spoken();
        // First, or new members would be welcomed without this user and then told that they went.
        self.flush(now, from, effects);
        let to = self.rooms.open(to);
        let place = self.take_seat(id, to, Presence::Joining);
        let left = self.users[id].rooms.replace(place);
        self.went(now, id, &left, effects);
    }

    /// Frees the seat in a room that a user has left, and tells its members where the user speaks now.
    fn went(&mut self, now: Time, id: Id, left: &Membership, effects: &mut Vec<Effect>) {
        let user = &self.users[id];
        let notice = Notice::Went {
            who: user.name.clone(),
            room: self.rooms[user.rooms.spoken()].name.clone(),
        };
        self.stand_up(id, left, effects);
        self.tell_room(now, left.room, notice, Vec::new(), effects);
        self.tell_out(id, left.room, effects);
        self.close_deserted(left.room, effects);
    }

    /// Attaches the room that a user speaks in now, and tells them who is there.
    fn speaks(&mut self, id: Id, effects: &mut Vec<Effect>) {
        let room = self.users[id].rooms.spoken();
        self.attach(id, room, effects);
        let notice = Notice::InRoom {
            room: self.rooms[room].name.clone(),
            lines: Lines::Bare,
            here: self.company(id, room),
        };
        tell(id, notice, effects);
    }

    /// A user reads one of their rooms from here on.
    pub(super) fn attach(&self, who: Id, room: RoomId, effects: &mut Vec<Effect>) {
        effects.push(Effect::Attach {
            who,
            room,
            name: self.rooms[room].name.clone(),
            lines: self.users[who].rooms.lines(room),
        });
    }

    fn detach(&self, who: Id, room: RoomId, effects: &mut Vec<Effect>) {
        effects.push(Effect::Detach { who, room });
    }
}
