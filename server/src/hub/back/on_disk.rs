//! Which places are on disk, and what of them is to be written: with the lines of the same turn, so that a mark
//! is there exactly if its line is. Places that were left are all there, and those of users who are here if
//! they have a key or have proved their name; nobody else costs anything.
//!
//! Invariant: what is on disk is what was accepted last of each place. What was refused is written later.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{HowLeft, LeftPlace, LeftRoom, Reached, json, millis};
use crate::hub::archive::record::{Record, Recorded};
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::request::Request;
use crate::hub::{Hub, Time};

/// See the top of this file.
#[derive(Default)]
pub(in crate::hub) struct OnDisk {
    /// By number, with a hash of what is there.
    written: HashMap<u64, u64>,
    /// Users who asked for something that may have changed their places.
    asked: BTreeSet<Id>,
    /// Places that may have changed, with the user who is here and has it.
    changed: BTreeMap<u64, Option<Id>>,
    /// The places in the batch that is handed over, with what is there if it is accepted.
    batch: Vec<(u64, Option<u64>)>,
    records: Vec<u8>,
    /// Whether the last batch with places was refused.
    is_refused: bool,
}

impl OnDisk {
    /// What is there of a place from now on.
    fn add(&mut self, number: u64, place: Option<(&LeftPlace, Option<Time>)>) {
        let data = place.map_or_else(String::new, |(place, _)| json::write(place));
        let is_left = place.is_some_and(|(_, ago)| ago.is_some());
        let hash = place.is_some().then(|| hash_of(&data, is_left));
        if self.written.get(&number).copied() == hash {
            return;
        }
        let ago = place.and_then(|(_, ago)| ago);
        let data = data.as_str();
        Record { number, ago, data }.write(&mut self.records);
        self.batch.push((number, hash));
    }

    /// `place` tells the number of a user's place.
    pub(in crate::hub) fn invariants(&self, place: impl Fn(Id) -> Option<u64>) {
        for (number, holder) in &self.changed {
            assert!(holder.is_none_or(|id| place(id) == Some(*number)));
        }
    }
}

impl Hub {
    /// Places are kept from here on, and these were kept before.
    pub(in crate::hub) fn begin_places(&mut self, now: Time, before: Vec<Recorded>) {
        let mut on_disk = OnDisk::default();
        self.leavers.places.changed = Some(BTreeSet::new());
        let last = before.iter().map(|place| place.number).max();
        self.leavers.places.number_after(last.unwrap_or(0));
        for recorded in before {
            let Recorded { number, ago, data } = recorded;
            on_disk
                .written
                .insert(number, hash_of(&data, ago.is_some()));
            // It is gone, unless it is found below.
            on_disk.changed.insert(number, None);
            let Some(mut place) = json::read(&data) else {
                log::warn!("place {number} of the archive is damaged, and is left out");
                continue;
            };
            // Who was there to the end left now, after all others.
            place.number = ago.map_or(0, |_| number);
            let ago = ago.unwrap_or_default();
            place.left_at = millis(now).saturating_sub(millis(ago));
            place.since = place.left_at;
            let accounts = &self.accounts;
            let proved = &mut place.proved;
            proved.retain(|key| accounts.number_then(key, ago).is_some());
            if place.is_kept() {
                self.leavers.places.put(now, place);
            }
        }
        self.leavers.on_disk = Some(on_disk);
    }

    /// A request of somebody comes, which may change what is kept of their place.
    pub(in crate::hub) fn note_request(&mut self, id: Id, request: &Request) {
        let is_talk = matches!(
            request,
            Request::Say(_)
                | Request::Act(_)
                | Request::Private { .. }
                | Request::Reply(_)
                | Request::Refer(_)
                | Request::Bare { .. }
        );
        if let Some(on_disk) = self.leavers.on_disk.as_mut().filter(|_| !is_talk) {
            on_disk.asked.insert(id);
        }
    }

    /// The place of somebody may have changed, or whether it is kept while they are here.
    pub(in crate::hub) fn place_changed(&mut self, id: Id) {
        let has_key = |id| self.sessions.get(id).is_some_and(|of| of.key.is_some());
        let user = self.users.get(id);
        let is_kept = user.is_some_and(|user| has_key(id) || self.owns(user));
        let (Some(on_disk), Some(user)) = (&mut self.leavers.on_disk, self.users.get_mut(id))
        else {
            return;
        };
        if !is_kept {
            let number = std::mem::take(&mut user.place);
            return self.place_gone(number);
        }
        if user.place == 0 {
            user.place = self.leavers.places.new_number();
        }
        on_disk.changed.insert(user.place, Some(id));
    }

    /// The place with this number, if it is one, is not of a user who is here any more.
    pub(in crate::hub) fn place_gone(&mut self, number: u64) {
        if let Some(on_disk) = self.leavers.on_disk.as_mut().filter(|_| number != 0) {
            on_disk.changed.insert(number, None);
        }
    }

    /// This name is registered no more, or was taken from its owner.
    pub(in crate::hub) fn disown_places(&mut self, name: &Name) {
        self.leavers.places.disown(name);
        if let Some(id) = self.users.find(name.key()) {
            self.place_changed(id);
        }
    }

    /// Whether places are to be written, and nothing hinders that as far as it is known.
    pub(in crate::hub) fn has_places_to_write(&self) -> bool {
        let changed = self.leavers.places.changed.as_ref();
        let has_changed = |on_disk: &OnDisk| {
            !on_disk.changed.is_empty()
                || !on_disk.asked.is_empty()
                || changed.is_some_and(|changed| !changed.is_empty())
        };
        let on_disk = self.leavers.on_disk.as_ref();
        on_disk.is_some_and(|on_disk| !on_disk.is_refused && has_changed(on_disk))
    }

    /// Whether places were refused and are not accepted yet.
    pub(in crate::hub) fn has_refused_places(&self) -> bool {
        self.leavers
            .on_disk
            .as_ref()
            .is_some_and(|on_disk| on_disk.is_refused)
    }

    /// The records of places that have changed, as bytes. Then comes `places_accepted` or `places_refused`.
    pub(in crate::hub) fn write_places(&mut self) -> &[u8] {
        let asked = self
            .leavers
            .on_disk
            .as_mut()
            .map(|on_disk| std::mem::take(&mut on_disk.asked));
        asked
            .into_iter()
            .flatten()
            .for_each(|id| self.place_changed(id));
        let Some(mut on_disk) = self.leavers.on_disk.take() else {
            return &[];
        };
        on_disk.records.clear();
        on_disk.batch.clear();
        let left = self.leavers.places.changed.iter().flatten();
        let mut numbers: BTreeMap<u64, Option<Id>> = left.map(|number| (*number, None)).collect();
        numbers.extend(&on_disk.changed);
        for (number, holder) in numbers {
            if let Some(place) = self.leavers.places.get(number) {
                on_disk.add(number, Some((place, Some(place.ago(self.now)))));
            } else if let Some(id) = holder {
                let place = self.place_here(id);
                on_disk.add(number, Some((&place, None)));
            } else {
                on_disk.add(number, None);
            }
        }
        &self.leavers.on_disk.insert(on_disk).records
    }

    /// They will be on disk.
    pub(in crate::hub) fn places_accepted(&mut self) {
        let Some(on_disk) = &mut self.leavers.on_disk else {
            return;
        };
        on_disk.is_refused = false;
        on_disk.changed.clear();
        // Many come back at once after a restart; what that takes is not kept.
        on_disk.records = Vec::new();
        if let Some(changed) = &mut self.leavers.places.changed {
            changed.clear();
        }
        for (number, hash) in on_disk.batch.drain(..) {
            match hash {
                Some(hash) => on_disk.written.insert(number, hash),
                None => on_disk.written.remove(&number),
            };
        }
    }

    /// They will not.
    pub(in crate::hub) fn places_refused(&mut self) {
        if let Some(on_disk) = &mut self.leavers.on_disk {
            on_disk.is_refused |= !on_disk.batch.is_empty();
            on_disk.batch.clear();
        }
    }

    /// The place of a user who is here, as it would be if the server ended now: nobody would know what has
    /// reached them.
    fn place_here(&self, id: Id) -> LeftPlace {
        let user = &self.users[id];
        let session = self.sessions.get(id).cloned().unwrap_or_default();
        let rooms = user.rooms.iter().map(|place| LeftRoom {
            name: self.rooms[place.room].name.clone(),
            last: None,
            reached: Reached::Unknown,
        });
        LeftPlace {
            number: 0,
            name: user.name.clone(),
            left_at: 0,
            address: self.rules.address(id),
            proved: self.accounts.keys_of(&user.name, &user.proved),
            how: HowLeft::Lost,
            rooms: rooms.collect(),
            ignores: self.ignores.list(id).to_vec(),
            since: 0,
            spoke: None,
            seeks: user.seeks,
            ids: user.ids,
            session,
        }
    }
}

fn hash_of(data: &str, is_left: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    (data, is_left).hash(&mut hasher);
    hasher.finish()
}
