//! The table of places that were left, as plain data: it has nothing that means something in this running
//! program alone, but for times, which count from its start.
//!
//! A place is found by its name, by its key, or by both. Who finds it by name has to come from the same address,
//! or to have proved that the name is theirs; a place with a key then stays for the one who has the key.
//!
//! Invariant: at most one place of a name is found by that name. A place that is found no more is not kept:
//! [`LEFT_REMEMBERED`] of lost users and so many of owners of names are found by name, [`SESSIONS_KEPT`] by key,
//! those left last.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::rc::Rc;

use super::Reached;
use crate::hub::Time;
use crate::hub::archive::entry::LineId;
use crate::hub::name::Name;
use crate::hub::notice::Who;
use crate::hub::resume::Had;
use crate::hub::sessions::{KeyHash, Session};
use crate::hub::tags::Ids;
use crate::limits::{
    BACK_WITHIN, LEFT_REMEMBERED, PROVED_BACK_WITHIN, RESUME_WITHIN, SESSIONS_KEPT,
};

/// What is left of a user. Times are in milliseconds since this server started, before 0 if they were before.
#[derive(Clone, Debug)]
pub struct LeftPlace {
    /// Never used again, from 1 on. 0 if it has none yet.
    pub number: u64,
    /// What they were called.
    pub name: Name,
    /// When they left.
    pub left_at: i64,
    /// Where they came from, if that is known.
    pub address: Option<IpAddr>,
    /// The keys of the registered names that they had proved to be theirs.
    pub proved: Vec<Rc<str>>,
    /// Whether they wanted to go.
    pub how: HowLeft,
    /// Their rooms, first the one that they spoke in.
    pub rooms: Vec<LeftRoom>,
    /// Whom they ignored.
    pub ignores: Vec<Who>,
    /// When they had come.
    pub since: i64,
    /// When they had last said something, if they did.
    pub spoke: Option<i64>,
    /// Whether they had said nothing since they came.
    pub seeks: bool,
    /// What their lines began with.
    pub ids: Ids,
    /// The key and the marks of a program that may come back with it.
    pub session: Session,
}

/// How a user left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HowLeft {
    /// They did not want to go.
    Lost,
    /// They did.
    Quit,
}

/// A room of a user who left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftRoom {
    /// What it is called.
    pub name: Name,
    /// The last line that it was told while they were in it.
    pub last: Option<LineId>,
    /// Which lines had reached them.
    pub reached: Reached,
}

/// See the top of this file.
#[derive(Default)]
pub(in crate::hub) struct LeftPlaces {
    all: BTreeMap<u64, LeftPlace>,
    by_name: HashMap<Rc<str>, u64>,
    /// Those that are found by name, oldest first, those of owners of names apart.
    named: [BTreeSet<u64>; 2],
    by_key: HashMap<KeyHash, u64>,
    /// Those that are found by key, oldest first.
    keyed: BTreeSet<u64>,
    last: u64,
    /// The numbers of places that came, changed or went, if somebody wants to know.
    pub(super) changed: Option<BTreeSet<u64>>,
}

/// A time as places have it.
pub(in crate::hub) fn millis(at: Time) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

impl LeftPlace {
    /// How long ago it was left.
    pub(super) fn ago(&self, now: Time) -> Time {
        let ago = millis(now).saturating_sub(self.left_at).max(0);
        Time::from_millis(ago.unsigned_abs())
    }

    /// Whether the name was theirs.
    pub(in crate::hub) fn is_owner(&self) -> bool {
        self.proved.iter().any(|key| **key == *self.name.key())
    }

    fn has_name(&self) -> bool {
        self.how == HowLeft::Lost || self.is_owner()
    }

    /// Whether it can be found again. Nobody has the name of a guest again.
    pub(super) fn is_kept(&self) -> bool {
        !self.name.is_guest() && (self.has_name() || self.session.key.is_some())
    }

    /// The last line that had come of each room that they have again: of who quit only the lobby.
    pub(super) fn had(&self, lobby: &Name) -> Had {
        let is_lost = self.how == HowLeft::Lost;
        let rooms = self.rooms.iter();
        let rooms = rooms.filter(|room| is_lost || room.name == *lobby);
        let had = |room: &LeftRoom| Some((room.name.clone(), room.after()?));
        rooms.filter_map(had).collect()
    }

    /// For how long it is found by its name.
    fn within(&self) -> Time {
        match self.is_owner() {
            true => PROVED_BACK_WITHIN,
            false => BACK_WITHIN,
        }
    }
}

impl LeftRoom {
    /// The last line that had come, if it is known.
    pub(super) fn after(&self) -> Option<LineId> {
        match self.reached {
            Reached::All => self.last,
            Reached::Line(id) => Some(id),
            Reached::Unknown => None,
        }
    }
}

impl LeftPlaces {
    /// Keeps a place, which was left after all others. Returns its number: the one that it has, or a new one.
    pub(in crate::hub) fn put(&mut self, now: Time, mut place: LeftPlace) -> u64 {
        debug_assert!(place.is_kept());
        self.last = (self.last + 1).max(place.number);
        if place.number == 0 {
            place.number = self.last;
        }
        let (number, key) = (place.number, place.session.key);
        self.note(number);
        let name = place.name.shared_key();
        self.forget_name(&name);
        let named = place.has_name().then(|| usize::from(place.is_owner()));
        self.all.insert(number, place);
        if let Some(order) = named {
            self.by_name.insert(name, number);
            self.named[order].insert(number);
        }
        if let Some(key) = key {
            self.by_key.insert(key, number);
            self.keyed.insert(number);
        }
        self.forget_old(now);
        number
    }

    /// What is left of the user of this name, if it is for somebody who comes from this address, or has proved
    /// that the name is theirs.
    pub(super) fn take_by_name(
        &mut self,
        now: Time,
        name: &str,
        address: Option<IpAddr>,
        is_owner: bool,
    ) -> Option<LeftPlace> {
        let place = self.find_by_name(now, name, address, is_owner)?.clone();
        self.forget_name(name);
        Some(place)
    }

    /// The same, which stays in the table.
    pub(super) fn find_by_name(
        &self,
        now: Time,
        name: &str,
        address: Option<IpAddr>,
        is_owner: bool,
    ) -> Option<&LeftPlace> {
        let place = &self.all[self.by_name.get(name)?];
        let ago = place.ago(now);
        let is_near = address.is_some() && place.address == address;
        let is_lost = place.how == HowLeft::Lost && is_near && ago < BACK_WITHIN;
        let is_theirs = is_owner && place.is_owner() && ago < PROVED_BACK_WITHIN;
        (is_lost || is_theirs).then_some(place)
    }

    /// The number of the place that this key is for.
    pub(in crate::hub) fn find_by_key(&mut self, now: Time, key: KeyHash) -> Option<u64> {
        self.forget_old(now);
        self.by_key.get(&key).copied()
    }

    pub(in crate::hub) fn get(&self, number: u64) -> Option<&LeftPlace> {
        self.all.get(&number)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut LeftPlace> {
        self.note(number);
        self.all.get_mut(&number)
    }

    /// Notes that the private line of this mark was handled, for the holder of the key.
    pub(in crate::hub) fn keep_mark(&mut self, now: Time, key: KeyHash, mark: Rc<str>) {
        let number = self.find_by_key(now, key);
        let place = number.and_then(|number| self.get_mut(number));
        if let Some(place) = place {
            place.session.keep(mark, None);
        }
    }

    /// Numbers up to this one are not given again.
    pub(super) fn number_after(&mut self, number: u64) {
        self.last = self.last.max(number);
    }

    /// A number for the place of a user who is here.
    pub(super) fn new_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn note(&mut self, number: u64) {
        if let Some(changed) = &mut self.changed {
            changed.insert(number);
        }
    }

    /// A place, which is kept no more.
    pub(in crate::hub) fn take(&mut self, number: u64) -> Option<LeftPlace> {
        let place = self.all.get(&number)?.clone();
        if self.by_name.get(place.name.key()) == Some(&number) {
            self.forget_name(place.name.key());
        }
        self.forget_key(number);
        Some(place)
    }

    /// Somebody from this address left this name for good.
    pub(super) fn forget_from(&mut self, name: &str, address: Option<IpAddr>) {
        let place = self.by_name.get(name).map(|number| &self.all[number]);
        if place.is_some_and(|place| place.address == address) {
            self.forget_name(name);
        }
    }

    /// This name is registered no more, or was taken from its owner: nobody has proved it.
    pub(in crate::hub) fn disown(&mut self, name: &Name) {
        let is_it = |key: &Rc<str>| **key == *name.key();
        let proved = self
            .all
            .values()
            .filter(|place| place.proved.iter().any(is_it));
        let numbers: Vec<u64> = proved.map(|place| place.number).collect();
        for number in numbers {
            self.note(number);
            let place = self.all.get_mut(&number).expect("it was just there");
            place.proved.retain(|key| !is_it(key));
            if self.named[1].contains(&number) && !place.is_owner() {
                match place.has_name() {
                    true => {
                        self.named[1].remove(&number);
                        self.named[0].insert(number);
                    }
                    false => self.forget_name(name.key()),
                }
            }
        }
    }

    /// Forgets those beyond what is kept.
    fn forget_old(&mut self, now: Time) {
        for order in 0..self.named.len() {
            while let Some(oldest) = self.named[order].first() {
                let place = &self.all[oldest];
                let is_full = self.named[order].len() > LEFT_REMEMBERED;
                if !is_full && place.ago(now) < place.within() {
                    break;
                }
                let name = place.name.shared_key();
                self.forget_name(&name);
            }
        }
        while let Some(oldest) = self.keyed.first().copied() {
            let is_full = self.keyed.len() > SESSIONS_KEPT;
            if !is_full && self.all[&oldest].ago(now) < RESUME_WITHIN {
                break;
            }
            self.forget_key(oldest);
        }
    }

    /// The place of this name is not found by it any more.
    fn forget_name(&mut self, name: &str) {
        if let Some(number) = self.by_name.remove(name) {
            self.note(number);
            for order in &mut self.named {
                order.remove(&number);
            }
            if !self.keyed.contains(&number) {
                self.all.remove(&number);
            }
        }
    }

    /// A place is not found by its key any more.
    fn forget_key(&mut self, number: u64) {
        if !self.keyed.remove(&number) {
            return;
        }
        self.note(number);
        let place = self.all.get_mut(&number).expect("it is found");
        let session = std::mem::take(&mut place.session);
        if let Some(key) = session.key {
            self.by_key.remove(&key);
        }
        if !self.named.iter().any(|order| order.contains(&number)) {
            self.all.remove(&number);
        }
    }

    pub(super) fn invariants(&self) {
        let [others, owners] = &self.named;
        assert_eq!(self.by_name.len(), others.len() + owners.len());
        assert!(others.len().max(owners.len()) <= LEFT_REMEMBERED + 1);
        assert_eq!(self.by_key.len(), self.keyed.len());
        assert!(self.keyed.len() <= SESSIONS_KEPT);
        for (number, place) in &self.all {
            assert!(*number == place.number && *number <= self.last);
            assert_eq!(owners.contains(number), {
                let is_named = self.by_name.get(place.name.key()) == Some(number);
                is_named && place.is_owner()
            });
            let is_named = others.contains(number) || owners.contains(number);
            assert!(
                is_named || self.keyed.contains(number),
                "it cannot be found"
            );
            assert_eq!(place.session.key.is_some(), self.keyed.contains(number));
        }
        for number in self.by_name.values().chain(self.by_key.values()) {
            assert!(self.all.contains_key(number));
        }
    }
}
