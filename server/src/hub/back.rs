//! Users who left and may come back: what was theirs, and up to where each of their rooms had reached them.
//!
//! A lost user is remembered for [`BACK_WITHIN`], and may come back by the same name from the same address.
//! The owner of a registered name is remembered for [`PROVED_BACK_WITHIN`], also after a quit. The
//! lost find their rooms and ignores as they left them, both get the lines that they have missed. Others are
//! told that somebody is back in place of a join, if it was within [`BACK_SOON`]; if the leave is not told yet,
//! it never is.
//!
//! Which lines are missed is known from what the peer's system has acknowledged (turn/back.rs). Public lines
//! need no secret; nothing private is kept here.
//!
//! Invariant: lines that are missed reach from the last one that had come to the last one before the user
//! reads the room again, without those of users they ignore and their own: none is told twice, and if some
//! are not told, it is said.

mod reached;

mod programs;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::rc::Rc;

use super::accounts::Number;
use super::archive::entry::LineId;
use super::effect::{Effect, Lines, RoomId};
use super::id::Id;
use super::memberships::{Memberships, Presence};
use super::notice::{Gone, Notice, Replay, Said, Who};
use super::rooms::LOBBY;
use super::users::User;
use super::{Crowd, Hub, Time, tell};
use crate::hub::name::Name;
use crate::limits::{
    BACK_SOON, BACK_WITHIN, HISTORY_BYTES, HISTORY_LINES, LEFT_REMEMBERED, NAMES_SHOWN,
    PROVED_BACK_WITHIN,
};

/// Which lines of a room had reached a user who left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    /// All that the room was told.
    All,
    /// All up to this one.
    Line(LineId),
    /// It is not known.
    Unknown,
}

/// What a user has missed of a room, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missed {
    /// So many lines, all of which follow.
    Lines(usize),
    /// More lines than follow: so many, or at least so many, of which the first was said so long ago.
    More {
        /// How many were missed.
        count: usize,
        /// Whether these are all.
        is_all: bool,
        /// How many follow.
        shown: usize,
    },
    /// It is not known which; the last lines follow.
    Unknown,
}

/// Those who left, by the keys of their names.
#[derive(Default)]
pub(super) struct Leavers {
    by_key: HashMap<Rc<str>, Left>,
    by_id: HashMap<Id, Rc<str>>,
    /// In the order in which they left, those who had proved their names apart.
    in_order: [BTreeMap<u64, Rc<str>>; 2],
    next: u64,
    /// Users who came back, until they read all their rooms.
    returned: BTreeMap<Id, Returned>,
}

/// What is left of a user.
struct Left {
    number: u64,
    id: Id,
    at: Time,
    address: Option<IpAddr>,
    /// The registration of the name, if they had proved that it is theirs.
    proved: Option<Number>,
    /// Whether they did not want to go.
    is_lost: bool,
    /// The room that they spoke in comes first.
    rooms: Vec<LeftRoom>,
    ignores: Vec<Who>,
}

struct LeftRoom {
    id: RoomId,
    name: Name,
    /// The last line that it was told while they were in it.
    last: Option<LineId>,
    reached: Reached,
}

/// A user who came back.
struct Returned {
    /// Who they were.
    left: Id,
    is_lost: bool,
    /// Within [`BACK_SOON`].
    is_soon: bool,
    rooms: Vec<LeftRoom>,
    /// What they may still be told of what they missed.
    lines: usize,
    bytes: usize,
}

impl Hub {
    /// A user is leaving for this reason; they are in their rooms no more.
    pub(super) fn remember_left(&mut self, now: Time, id: Id, user: &User, why: &Gone) {
        self.leavers.returned.remove(&id);
        let address = self.rules.address(id);
        let is_lost = match why {
            Gone::Hangup | Gone::Lost | Gone::Stuck | Gone::Overflow => true,
            Gone::Elsewhere | Gone::Memory => true,
            Gone::Quit(_) => false,
            _ => return self.leavers.forget_from(user.name.key(), address),
        };
        let number = self.accounts.number(&user.name);
        let proved = number.filter(|number| user.proved.contains(number));
        if !is_lost && proved.is_none() || user.name.is_guest() {
            return self.leavers.forget_from(user.name.key(), address);
        }
        let left = |room: RoomId| LeftRoom {
            id: room,
            name: self.rooms[room].name.clone(),
            last: self.rooms[room].last,
            reached: Reached::Unknown,
        };
        let left = Left {
            number: 0,
            id,
            at: now,
            address,
            proved,
            is_lost,
            rooms: user.rooms.iter().map(|place| left(place.room)).collect(),
            ignores: self.ignores.list(id).to_vec(),
        };
        self.leavers.put(now, user.name.shared_key(), left);
    }

    /// Seats for a user who is to have this name: those that they had if they come back, else one in the
    /// lobby.
    pub(super) fn seats_for(&mut self, now: Time, id: Id, name: &Name) -> Memberships {
        let address = self.rules.address(id);
        // Nobody gets a registered name who has not proved that it is theirs.
        let proved = self.accounts.number(name);
        let Some(left) = self.leavers.take(now, name.key(), address, proved) else {
            return Memberships::new(self.take_seat(id, LOBBY, Presence::Entering));
        };
        let is_soon = left.is_lost && now - left.at < BACK_SOON;
        let lobby = self.rooms[LOBBY].name.clone();
        let names = match left.is_lost {
            true => left.rooms.iter().map(|room| room.name.clone()).collect(),
            false => vec![lobby],
        };
        for who in left.ignores.into_iter().filter(|_| left.is_lost) {
            self.ignores.ignore(id, who);
        }
        let returned = Returned {
            left: left.id,
            is_lost: left.is_lost,
            is_soon,
            rooms: left.rooms,
            lines: HISTORY_LINES,
            bytes: HISTORY_BYTES,
        };
        self.leavers.returned.insert(id, returned);
        let mut seats: Option<Memberships> = None;
        for room in names {
            if seats.is_some() && !self.rooms.has(&room) && self.rooms.are_full() {
                continue;
            }
            let room = self.rooms.open(room);
            if is_soon {
                self.forget_departure(room, name);
            }
            match &mut seats {
                None => {
                    let place = self.take_seat(id, room, Presence::Entering);
                    seats = Some(Memberships::new(place));
                }
                Some(seats) => {
                    seats.add(self.take_seat(id, room, Presence::Joining));
                    self.several.insert(id);
                }
            }
        }
        seats.expect("everybody was in a room")
    }

    /// Who is back is not told as gone, if they have not been told so yet.
    fn forget_departure(&mut self, room: RoomId, name: &Name) {
        let departures = &mut self.rooms[room].departures;
        for (crowd, _) in departures.iter_mut() {
            crowd.names.retain(|other| other != name);
        }
        departures.retain(|(crowd, _)| crowd.names.len() + crowd.others > 0);
    }

    /// Who has come to a room: lines for those who are new, and for those who are back.
    pub(super) fn told_arrivals(&self, room: RoomId) -> impl Iterator<Item = Notice> + use<> {
        let returned = &self.leavers.returned;
        let is_back = |who: &Id| returned.get(who).is_some_and(|user| user.is_soon);
        let arrivals = &self.rooms[room].arrivals;
        let crowd = |are_back: bool| {
            let who = arrivals.iter().filter(move |who| is_back(who) == are_back);
            let names = who.clone().map(|who| &self.users[*who].name);
            Crowd::of(names, who.count(), NAMES_SHOWN)
        };
        let (back, new) = match returned.is_empty() {
            true => (Crowd::default(), crowd(false)),
            false => (crowd(true), crowd(false)),
        };
        let is_some = |crowd: &Crowd| !crowd.names.is_empty();
        let new = Some(new).filter(is_some).map(Notice::Joined);
        let back = Some(back).filter(is_some).map(Notice::Back);
        new.into_iter().chain(back)
    }

    /// Whether this user is told in place of a join that they are back.
    pub(super) fn is_back_soon(&self, id: Id) -> bool {
        let returned = self.leavers.returned.get(&id);
        returned.is_some_and(|user| user.is_soon)
    }

    /// Who comes to several rooms at once is welcomed first in the one that they speak in.
    pub(super) fn welcome_where_they_speak(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        effects: &mut Vec<Effect>,
    ) {
        let rooms = &self.users[id].rooms;
        if rooms.enters() && rooms.spoken() != room {
            self.flush(now, rooms.spoken(), effects);
        }
    }

    /// Somebody has come to a room and is told what was said before, or what they missed.
    pub(super) fn tell_before(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        effects: &mut Vec<Effect>,
    ) {
        let Some(mut returned) = self.leavers.returned.remove(&id) else {
            return self.tell_backlog(now, id, room, effects);
        };
        let name = &self.rooms[room].name;
        let left = returned.rooms.iter().find(|left| left.name == *name);
        match left.map(|left| (left.after(), left.last)) {
            None => self.tell_backlog(now, id, room, effects),
            Some((None, _)) => {
                self.tell_missed(id, room, Missed::Unknown, effects);
                self.tell_backlog(now, id, room, effects);
            }
            Some((Some(after), last)) => {
                let (missed, said) = self.missed(now, id, room, (after, last), &mut returned);
                match missed {
                    Missed::Lines(0) => self.tell_backlog(now, id, room, effects),
                    _ => self.tell_missed(id, room, missed, effects),
                }
                if !said.is_empty() {
                    self.tell_said(id, room, said, Replay::Missed, effects);
                }
            }
        }
        if self.users[id].rooms.unread().is_some() {
            self.leavers.returned.insert(id, returned);
        }
    }

    /// The lines of a room after one, as far as a user may still be told so many. Their own ones up to `last`
    /// they have typed.
    fn missed(
        &self,
        now: Time,
        id: Id,
        room: RoomId,
        (after, last): (LineId, Option<LineId>),
        returned: &mut Returned,
    ) -> (Missed, Vec<Said>) {
        let user = &self.users[id].name;
        let is_own =
            |said: &Said| said.from == *user && last.is_some_and(|last| is_upto(said.id, last));
        let room = &self.rooms[room];
        let (is_all, mut said) = room.history.since(now, after, room.last);
        said.retain(|said| !self.ignores.ignores_name(id, &said.from) && !is_own(said));
        let count = said.len();
        let shown = returned.spend(&said);
        said.drain(..count - shown);
        let missed = match is_all && shown == count {
            true => Missed::Lines(count),
            false if count == 0 => Missed::Unknown,
            false => Missed::More {
                count,
                is_all,
                shown,
            },
        };
        (missed, said)
    }

    fn tell_backlog(&self, now: Time, id: Id, room: RoomId, effects: &mut Vec<Effect>) {
        let backlog = self.history_for(now, id, room, self.backlog);
        if !backlog.is_empty() {
            self.tell_said(id, room, backlog, Replay::AtJoin, effects);
        }
    }

    fn tell_missed(&self, id: Id, room: RoomId, missed: Missed, effects: &mut Vec<Effect>) {
        let lines = self.users[id].rooms.lines(room);
        let elsewhere = (lines == Lines::Marked).then(|| self.rooms[room].name.clone());
        tell(id, Notice::Missed { elsewhere, missed }, effects);
    }
}

impl LeftRoom {
    /// The last line that had come, if it is known.
    fn after(&self) -> Option<LineId> {
        match self.reached {
            Reached::All => self.last,
            Reached::Line(id) => Some(id),
            Reached::Unknown => None,
        }
    }
}

impl Returned {
    /// How many of these lines, the last ones, may be told.
    fn spend(&mut self, said: &[Said]) -> usize {
        let mut shown = 0;
        for said in said.iter().rev() {
            if self.lines == 0 || self.bytes < said.text.len() {
                break;
            }
            self.lines -= 1;
            self.bytes -= said.text.len();
            shown += 1;
        }
        shown
    }
}

impl Leavers {
    fn put(&mut self, now: Time, key: Rc<str>, mut left: Left) {
        self.forget(&key);
        left.number = self.next;
        self.next += 1;
        let order = &mut self.in_order[usize::from(left.proved.is_some())];
        order.insert(left.number, key.clone());
        let is_full = order.len() > LEFT_REMEMBERED;
        let oldest = order.first_key_value().map(|(_, key)| key.clone());
        self.by_id.insert(left.id, key.clone());
        self.by_key.insert(key, left);
        let is_over = |left: &Left| now.saturating_sub(left.at) >= left.within();
        if let Some(oldest) = oldest
            && (is_full || self.by_key.get(&oldest).is_some_and(is_over))
        {
            self.forget(&oldest);
        }
    }

    /// What is left of the user of this name, if it is for somebody who comes from this address, or has proved
    /// that the name is theirs.
    fn take(
        &mut self,
        now: Time,
        key: &str,
        address: Option<IpAddr>,
        proved: Option<Number>,
    ) -> Option<Left> {
        let left = self.by_key.get(key)?;
        let ago = now.saturating_sub(left.at);
        let is_near = address.is_some() && left.address == address;
        let is_lost = left.is_lost && is_near && ago < BACK_WITHIN;
        // A name that was given up and registered again is another's.
        let is_owner = left.proved.is_some() && left.proved == proved && ago < PROVED_BACK_WITHIN;
        (is_lost || is_owner).then(|| self.forget(key))?
    }

    /// The rooms of one who has left, and whether they were lost. Their owner may be back already, by another
    /// conn.
    fn of(&mut self, id: Id) -> Option<(&mut [LeftRoom], bool)> {
        if let Some(key) = self.by_id.get(&id) {
            let left = self.by_key.get_mut(key)?;
            return Some((&mut left.rooms, left.is_lost));
        }
        let mut returned = self.returned.values_mut();
        let user = returned.find(|user| user.left == id)?;
        Some((&mut user.rooms, user.is_lost))
    }

    /// Somebody from this address left for good.
    fn forget_from(&mut self, key: &str, address: Option<IpAddr>) {
        if self
            .by_key
            .get(key)
            .is_some_and(|left| left.address == address)
        {
            self.forget(key);
        }
    }

    fn forget(&mut self, key: &str) -> Option<Left> {
        let left = self.by_key.remove(key)?;
        self.by_id.remove(&left.id);
        self.in_order[usize::from(left.proved.is_some())].remove(&left.number);
        Some(left)
    }

    /// `is_here` tells whether somebody is a user.
    pub(super) fn invariants(&self, is_here: impl Fn(Id) -> bool) {
        assert_eq!(self.by_key.len(), self.by_id.len());
        let [others, proved] = &self.in_order;
        assert_eq!(self.by_key.len(), others.len() + proved.len());
        assert!(others.len().max(proved.len()) <= LEFT_REMEMBERED);
        for (id, key) in &self.by_id {
            assert_eq!(self.by_key[key].id, *id);
        }
        assert!(self.returned.keys().all(|id| is_here(*id)));
    }
}

impl Left {
    /// For how long it is kept.
    fn within(&self) -> Time {
        match self.proved.is_some() {
            true => PROVED_BACK_WITHIN,
            false => BACK_WITHIN,
        }
    }
}

/// Whether a line is not after another of its epoch.
fn is_upto(id: LineId, last: LineId) -> bool {
    id.epoch == last.epoch && id.number <= last.number
}
