//! Questions: who is here, who is somebody, which rooms, what was said.
//!
//! An answer changes nothing in the hub and costs what it shows, not how many users there are.

use super::effect::Effect;
use super::id::Id;
use super::notice::{Complaint, Crowd, Notice, Said};
use super::{Hub, Time, refuse, tell};
use crate::hub::name::Name;
use crate::limits::{DIRECTS_LISTED, HISTORY_LINES, NAMES_LISTED};

impl Hub {
    /// Who is here, in joining order; who is elsewhere, room by room.
    pub(super) fn tell_online(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        // So that nobody is listed first and told as joined afterwards.
        self.flush(now, self.users[id].room, effects);
        let here = self.users[id].room;
        let members = self.rooms[here].member_ids();
        let names = members.map(|who| &self.users[who].name);
        let crowd = Crowd::of(names, self.rooms[here].members.len(), NAMES_LISTED);

        let rooms = self.rooms.iter().filter(|(room, _)| *room != here);
        let named = |who: Id, room: &Name| (self.users[who].name.clone(), room.clone());
        let seats = rooms.flat_map(|(_, room)| room.member_ids().map(|who| named(who, &room.name)));
        // Each with its room, so that this line is no longer than the other.
        let elsewhere: Vec<(Name, Name)> = seats.take(NAMES_LISTED / 2).collect();
        let total = self.users.count() - self.rooms[here].members.len();
        let direct: Vec<_> = self.directs.iter().take(DIRECTS_LISTED).cloned().collect();
        let notice = Notice::Online {
            here: crowd,
            others_elsewhere: total - elsewhere.len(),
            elsewhere,
            others_direct: self.directs.len() - direct.len(),
            direct,
        };
        tell(id, notice, effects);
    }

    pub(super) fn tell_whois(&self, now: Time, id: Id, typed: String, effects: &mut Vec<Effect>) {
        let Some(who) = self.find(&typed) else {
            return self.tell_whois_absent(id, typed, effects);
        };
        let user = &self.users[who];
        let notice = Notice::Whois {
            name: user.name.clone(),
            room: self.rooms[user.room].name.clone(),
            joined: now.saturating_sub(user.since),
            quiet: now.saturating_sub(user.spoke),
            registered: self.accounts.is_registered(&user.name),
        };
        tell(id, notice, effects);
    }

    /// About somebody who is no user now.
    fn tell_whois_absent(&self, id: Id, typed: String, effects: &mut Vec<Effect>) {
        if let Some(email) = self.directs.find(&typed) {
            return tell(id, Notice::WhoisDirect(email.clone()), effects);
        }
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
            .map(|room| (room.name.clone(), room.members.len()))
            .collect();
        let others = self.rooms.len() - rooms.len();
        tell(id, Notice::Rooms { rooms, others }, effects);
    }

    pub(super) fn tell_history(&self, now: Time, id: Id, lines: usize, effects: &mut Vec<Effect>) {
        let said = self.history_for(now, id, lines.min(HISTORY_LINES));
        tell(id, Notice::History(said), effects);
    }

    /// The last lines of a user's room, without those of whom it ignores.
    pub(super) fn history_for(&self, now: Time, id: Id, lines: usize) -> Vec<Said> {
        let history = &self.rooms[self.users[id].room].history;
        history.last(now, lines, |from| !self.ignores.ignores_name(id, from))
    }
}
