//! Rooms that nobody is in: their last lines, topic and last id, for when somebody comes again. The lobby
//! is never among them. Without an archive there are none.
//!
//! Invariant: at most [`CLOSED_ROOMS`], of which the ones left longest ago go first; `memory` is what all
//! of them hold.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::archive::entry::LineId;
use super::history::History;
use crate::hub::name::Name;
use crate::limits::{CLOSED_ROOM_BYTES, CLOSED_ROOMS};

/// What is left of a room.
#[derive(Default)]
pub(super) struct Remains {
    pub(super) history: History,
    pub(super) topic: Option<Rc<str>>,
    pub(super) last: Option<LineId>,
}

/// See the top of this file.
#[derive(Default)]
pub(super) struct ClosedRooms {
    by_name: HashMap<Name, (u64, Remains)>,
    /// The one closed longest ago first.
    in_order: BTreeMap<u64, Name>,
    next: u64,
    memory: usize,
}

impl Remains {
    fn memory(&self) -> usize {
        let topic = self.topic.as_ref().map_or(0, |topic| topic.len());
        self.history.memory() + topic + CLOSED_ROOM_BYTES
    }
}

impl ClosedRooms {
    pub(super) fn put(&mut self, name: Name, remains: Remains) {
        debug_assert!(!self.by_name.contains_key(&name));
        self.memory += remains.memory();
        self.in_order.insert(self.next, name.clone());
        self.by_name.insert(name, (self.next, remains));
        self.next += 1;
        while self.by_name.len() > CLOSED_ROOMS {
            self.forget_oldest();
        }
    }

    pub(super) fn take(&mut self, name: &Name) -> Option<Remains> {
        let (at, remains) = self.by_name.remove(name)?;
        self.in_order.remove(&at);
        self.memory -= remains.memory();
        Some(remains)
    }

    /// The next line of this room begins an epoch.
    pub(super) fn end_epoch(&mut self, name: &Name) {
        if let Some((_, remains)) = self.by_name.get_mut(name) {
            remains.last = None;
        }
    }

    /// Bytes that all of them hold.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Forgets rooms until the others hold at most `bytes`.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        while self.memory > bytes {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, name)) = self.in_order.pop_first()
            && let Some((_, remains)) = self.by_name.remove(&name)
        {
            self.memory -= remains.memory();
        }
    }

    pub(super) fn invariants(&self) {
        assert_eq!(self.by_name.len(), self.in_order.len());
        assert!(self.by_name.len() <= CLOSED_ROOMS);
        let held = self.by_name.values().map(|(_, remains)| remains.memory());
        assert_eq!(self.memory, held.sum::<usize>());
        for (at, name) in &self.in_order {
            assert_eq!(self.by_name.get(name).map(|(at, _)| at), Some(at));
        }
    }
}
