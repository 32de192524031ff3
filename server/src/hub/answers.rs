//! Questions: who is here, who is somebody, which rooms, what was said.
//!
//! An answer changes nothing in the hub and costs what it shows, not how many users there are.

use super::effect::{Effect, RoomId};
use super::id::Id;
use super::notice::{Complaint, Crowd, Notice, Replay, RoomListed, Said};
use super::persons::Person;
use super::rooms::Room;
use super::{Hub, Time, refuse, tell};
use crate::hub::name::Name;
use crate::limits::{DIRECTS_LISTED, NAMES_LISTED, SEATS_SEARCHED};

impl Hub {
    /// Who is here, in joining order; who is elsewhere, room by room.
    pub(super) fn tell_online(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        // So that nobody is listed first and told as joined afterwards.
        let here = self.users[id].rooms.spoken();
        self.flush(now, here, effects);
        let members = self.rooms[here].member_ids();
        let names = members.map(|who| &self.users[who].name);
        let crowd = Crowd::of(names, self.rooms[here].members.len(), NAMES_LISTED);

        let rooms = self.rooms.iter().filter(|(room, _)| *room != here);
        let seats = rooms.flat_map(|(room, of)| of.member_ids().map(move |who| (who, room, of)));
        // A user of several rooms is listed once, where they speak.
        let speaks = |who: Id, room| {
            let rooms = &self.users[who].rooms;
            rooms.spoken() == room && !rooms.has(here)
        };
        let speakers = seats.take(SEATS_SEARCHED);
        let speakers = speakers.filter(|(who, room, _)| speaks(*who, *room));
        let named = |(who, _, room): (Id, RoomId, &Room)| {
            let name = self.users[who].name.clone();
            (name, room.name.clone())
        };
        // Each with its room, so that this line is no longer than the other.
        let elsewhere: Vec<(Name, Name)> = speakers.map(named).take(NAMES_LISTED / 2).collect();
        let total = self.users.count() - self.rooms[here].members.len();
        let listed = crowd
            .names
            .iter()
            .chain(elsewhere.iter().map(|(name, _)| name));
        let away = self.away_among(listed);
        let direct: Vec<_> = self.directs.iter().take(DIRECTS_LISTED).cloned().collect();
        let notice = Notice::Online {
            here: crowd,
            away: Box::new(away),
            others_elsewhere: total - elsewhere.len(),
            elsewhere,
            others_direct: self.directs.len() - direct.len(),
            direct,
        };
        tell(id, notice, effects);
        self.tell_listeners(id, here, effects);
    }

    pub(super) fn tell_whois(&self, now: Time, id: Id, typed: String, effects: &mut Vec<Effect>) {
        let who = match self.find(&typed) {
            Some(Person::User(who)) => who,
            Some(Person::Direct(who)) => {
                let email = self.directs[who].clone();
                return tell(id, Notice::WhoisDirect(email), effects);
            }
            None => return self.tell_whois_absent(id, typed, effects),
        };
        let user = &self.users[who];
        let notice = Notice::Whois {
            name: user.name.clone(),
            rooms: self.names_of(&user.rooms.in_order()),
            joined: now.saturating_sub(user.since),
            quiet: now.saturating_sub(user.spoke.unwrap_or(user.since)),
            away: self.aways.of(now, who).map(Box::new),
            registered: self.accounts.is_registered(&user.name),
        };
        tell(id, notice, effects);
    }

    /// About somebody who is not there now.
    fn tell_whois_absent(&self, id: Id, typed: String, effects: &mut Vec<Effect>) {
        let name = Name::parse(&typed).ok();
        match name.and_then(|name| self.accounts.shown(&name)) {
            Some(shown) => tell(id, Notice::WhoisAway(shown.clone()), effects),
            None => refuse(id, Complaint::NoSuchUser(typed), effects),
        }
    }

    /// The rooms, largest first, those of one size in the order of their ids.
    pub(super) fn tell_rooms(&self, id: Id, effects: &mut Vec<Effect>) {
        let listed = self.rooms.by_size().take(NAMES_LISTED);
        let rooms: Vec<_> = listed
            .map(|(room, of)| RoomListed {
                name: of.name.clone(),
                members: of.members.len(),
                yours: self.users[id].rooms.has(room),
            })
            .collect();
        let others = self.rooms.len() - rooms.len();
        tell(id, Notice::Rooms { rooms, others }, effects);
    }

    pub(super) fn names_of(&self, rooms: &[RoomId]) -> Vec<Name> {
        let names = rooms.iter().map(|room| self.rooms[*room].name.clone());
        names.collect()
    }

    /// The last lines of a room, without those of users whom this user ignores.
    pub(super) fn history_for(&self, now: Time, id: Id, room: RoomId, lines: usize) -> Vec<Said> {
        let history = &self.rooms[room].history;
        history.last(now, lines, |from| !self.ignores.ignores_name(id, from))
    }

    /// Tells a user lines of one of their rooms.
    pub(super) fn tell_said(
        &self,
        id: Id,
        room: RoomId,
        said: Vec<Said>,
        replay: Replay,
        effects: &mut Vec<Effect>,
    ) {
        let notice = Notice::History {
            room: self.rooms[room].name.clone(),
            lines: self.users[id].rooms.lines(room),
            said,
            replay,
        };
        tell(id, notice, effects);
    }
}
