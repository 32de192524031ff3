//! Coming and going: entering, changing rooms, names, leaving, and how it is told to the rooms.
//!
//! A thousand users that come in one turn must not cost a thousand lines to a thousand readers. So
//! who comes is an *arrival* and who leaves a *departure* of the room until the room is flushed: at
//! the end of the turn, or before anything else is told to it. An arrival reads nothing before.
//!
//! Invariant: the departures of a room are told before its arrivals. That is the true order for one
//! name (it must be free before it comes again), since an arrival that leaves flushes the room
//! first; between different users nobody can tell.

use super::accounts::Claim;
use super::effect::{Effect, Lines, RoomId};
use super::id::Id;
use super::notice::{Complaint, Crowd, Gone, Notice};
use super::rooms::LOBBY;
use super::users::{Presence, Rank, User};
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
        if self.turned_back(now, id, Some(&name), registered, effects) {
            return;
        }
        if !self.is_free(&name, owner) {
            refuse(id, taken(&name), effects);
        } else if registered {
            self.ask_password(id, Claim { name, old: None }, effects);
        } else {
            self.admit(now, id, name, effects);
        }
    }

    /// A nameless conn that cannot give a name gets one.
    pub(super) fn enter_guest(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        self.stop_asking(id, effects);
        if !self.turned_back(now, id, None, false, effects) {
            self.admit(now, id, self.users.guest_name(), effects);
        }
    }

    /// A nameless conn is a user from here on, with a name that is free and may be its.
    pub(super) fn admit(&mut self, now: Time, id: Id, name: Name, effects: &mut Vec<Effect>) {
        let user = User {
            name,
            room: LOBBY,
            seat: self.rooms.seat(LOBBY, id),
            presence: Presence::Entering,
            since: now,
            spoke: now,
            seeks: true,
            heard_from: None,
            proved: Vec::new(),
            rank: Rank::User,
            arrival: 0,
        };
        self.users.insert(id, user);
        self.unsettled.push(LOBBY);
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
        let room = self.users[id].room;
        // First, or an arrival would be welcomed by the new name and then told of the change.
        self.flush(now, room, effects);
        let from = self.users.rename(id, &to);
        let notice = Notice::Renamed {
            from,
            to: to.clone(),
        };
        self.tell_room(now, room, notice, vec![id], effects);
        tell(id, Notice::YouAre(to), effects);
    }

    /// Another room for a user.
    pub(super) fn join(&mut self, now: Time, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let room = match room_name(typed) {
            Ok(name) => name,
            Err(fault) => return refuse(id, Complaint::BadName(fault), effects),
        };
        let from = self.users[id].room;
        if self.rooms[from].name == room {
            let here = self.rooms[from].name.clone();
            return refuse(id, Complaint::AlreadyThere(here), effects);
        }
        // First, or an arrival would be welcomed without this user and then told that it went.
        self.flush(now, from, effects);
        let to = self.rooms.open(room);
        let seat = self.users[id].seat;
        if !self.stand_up(id, from, seat, effects) {
            let notice = Notice::Went {
                who: self.users[id].name.clone(),
                room: self.rooms[to].name.clone(),
            };
            self.tell_room(now, from, notice, Vec::new(), effects);
        }
        let seat = self.rooms.seat(to, id);
        let user = &mut self.users[id];
        user.room = to;
        user.seat = seat;
        user.presence = Presence::Moving;
        self.unsettled.push(to);
    }

    /// The end of a user; the others are told when its room is flushed.
    pub(super) fn leave(&mut self, now: Time, id: Id, why: Gone, effects: &mut Vec<Effect>) {
        // Who came in this turn joins before it leaves.
        self.arrived(now, id, effects);
        self.stop_proving(id, effects);
        let Some(user) = self.users.remove(id) else {
            return;
        };
        self.ignores.forget(id);
        self.rules.forget_guest(&user.name);
        if !self.stand_up(id, user.room, user.seat, effects) {
            self.depart(user.room, &user.name, &why, effects);
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
            self.stop_proving(id, effects);
            let Some(user) = self.users.remove(id) else {
                continue;
            };
            self.ignores.forget(id);
            self.stand_up(id, user.room, user.seat, effects);
            farewell(id, Some(user.name), Gone::Stopping, effects);
        }
    }

    /// An arrival is about to ask or to be told something: its room is flushed, so that it reads.
    pub(super) fn arrived(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        let user = &self.users[id];
        if user.presence != Presence::Reading {
            self.flush(now, user.room, effects);
        }
    }

    /// Tell a room's readers, arrivals included, that which comes after all that was before.
    pub(super) fn tell_room(
        &mut self,
        now: Time,
        room: RoomId,
        notice: Notice,
        except: Vec<Id>,
        effects: &mut Vec<Effect>,
    ) {
        self.flush(now, room, effects);
        if self.rooms[room].readers() > except.len() || self.is_watched(room) {
            effects.push(Effect::Room {
                room,
                notice,
                except,
            });
        }
    }

    /// Tell a room who left and who came, and welcome those. A room that is gone needs nothing.
    pub(super) fn flush(&mut self, now: Time, id: RoomId, effects: &mut Vec<Effect>) {
        self.tell_departures(id, effects);
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        room.news_at = now;
        if room.arrivals.is_empty() {
            return;
        }
        let readers = room.readers();
        let arrivals = std::mem::take(&mut room.arrivals);
        if readers > 0 {
            let names = arrivals.iter().map(|who| &self.users[*who].name);
            effects.push(Effect::Room {
                room: id,
                notice: Notice::Joined(Crowd::of(names, arrivals.len(), NAMES_SHOWN)),
                except: Vec::new(),
            });
        }
        for who in arrivals {
            self.welcome(now, who, effects);
        }
    }

    /// An arrival begins to read, and is told where it is.
    fn welcome(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        let user = &mut self.users[id];
        let presence = std::mem::replace(&mut user.presence, Presence::Reading);
        let user = &self.users[id];
        let room = &self.rooms[user.room];
        let others = room.member_ids().filter(|other| *other != id);
        let names = others.map(|other| &self.users[other].name);
        let here = Crowd::of(names, room.members.len() - 1, NAMES_SHOWN);
        let room_name = room.name.clone();
        effects.push(Effect::Attach {
            who: id,
            room: user.room,
            name: room_name.clone(),
            lines: Lines::Bare,
        });
        if presence == Presence::Entering {
            let notice = Notice::Welcome {
                name: user.name.clone(),
                room: room_name,
                here,
            };
            tell(id, notice, effects);
            for line in &self.motd {
                tell(id, Notice::Motd(line.clone()), effects);
            }
        } else {
            let notice = Notice::InRoom {
                room: room_name,
                here,
            };
            tell(id, notice, effects);
        }
        let backlog = self.history_for(now, id, self.backlog);
        if !backlog.is_empty() {
            tell(id, Notice::History(backlog), effects);
        }
    }

    /// A reader reads its room no more; true when the room is gone with it.
    fn stand_up(&mut self, id: Id, room: RoomId, seat: u64, effects: &mut Vec<Effect>) -> bool {
        effects.push(Effect::Detach { who: id, room });
        let gone = self.rooms.unseat(room, seat);
        if gone {
            effects.push(Effect::Closed { room });
        }
        gone
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

    fn tell_departures(&mut self, id: RoomId, effects: &mut Vec<Effect>) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let departures = std::mem::take(&mut room.departures);
        if room.readers() > 0 {
            effects.extend(departures.into_iter().map(|(who, why)| Effect::Room {
                room: id,
                notice: Notice::Left { who, why },
                except: Vec::new(),
            }));
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
fn legal_name(typed: &str) -> Result<Name, Complaint> {
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
    pub(super) fn of<'a>(
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
