//! Rooms end when nobody is in them. What is left of them: their last lines, topic and last id, for when somebody comes again. The lobby
//! is never among them. Without an archive there are none.
//!
//! Invariant: at most [`CLOSED_ROOMS`], of which the ones left longest ago go first; `memory` is what all
//! of them hold.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{LOBBY, Room, Rooms};
use crate::hub::Hub;
use crate::hub::Time;
use crate::hub::archive::entry::LineId;
use crate::hub::effect::{Effect, RoomId};
use crate::hub::history::{History, Line};
use crate::hub::name::Name;
use crate::hub::recent::Recent;
use crate::limits::{CLOSED_ROOM_BYTES, CLOSED_ROOMS};

/// What is left of a room.
#[derive(Default)]
pub(in crate::hub) struct Remains {
    pub(in crate::hub) history: History,
    pub(in crate::hub) topic: Option<Rc<str>>,
    pub(in crate::hub) pins: Vec<Line>,
    pub(in crate::hub) last: Option<LineId>,
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

impl Hub {
    /// Closes a room if nobody is in it any more, unless it is the lobby.
    pub(in crate::hub) fn close_deserted(&mut self, room: RoomId, effects: &mut Vec<Effect>) {
        if room != LOBBY && self.rooms[room].is_deserted() {
            self.tell_departures(room, effects);
            self.rooms.close(room);
        }
    }
}

impl Rooms {
    /// From here on what is left of a room stays when it is closed.
    pub(in crate::hub) fn keep_closed(&mut self) {
        self.closed = Some(ClosedRooms::default());
    }

    /// Gives a room that nobody has entered yet what was kept of it.
    pub(in crate::hub) fn restore(&mut self, name: Name, remains: Remains) {
        match (self.find(&name), &mut self.closed) {
            (Some(id), _) => {
                self.histories += remains.history.memory();
                let room = &mut self[id];
                let before = std::mem::replace(&mut room.history, remains.history);
                (room.topic, room.pins) = (remains.topic, remains.pins);
                room.last = remains.last;
                let recent = std::mem::replace(&mut room.recent, Recent::after(remains.last));
                self.histories -= before.memory() + recent.memory();
            }
            (None, Some(closed)) => closed.put(name, remains),
            (None, None) => {}
        }
        self.spare_histories();
    }

    /// What is left of this room, if it is closed.
    pub(in crate::hub) fn remains(&self, name: &Name) -> Option<&Remains> {
        let closed = self.closed.as_ref()?;
        closed.by_name.get(name).map(|(_, remains)| remains)
    }

    /// What was said lately in this room, open or closed, and its last line, if the room is known.
    pub(in crate::hub) fn said_of(&self, name: &Name) -> Option<(&History, Option<LineId>)> {
        match self.find(name) {
            Some(id) => Some((&self[id].history, self[id].last)),
            None => {
                let remains = self.remains(name)?;
                Some((&remains.history, remains.last))
            }
        }
    }

    /// The last line of this room, if it is known.
    pub(in crate::hub) fn last_of(&self, name: &Name) -> Option<LineId> {
        self.said_of(name)?.1
    }

    /// The next line of this room, if it is known, begins an epoch.
    pub(in crate::hub) fn end_epoch(&mut self, name: &Name) {
        match (self.find(name), &mut self.closed) {
            (Some(id), _) => self[id].last = None,
            (None, Some(closed)) => closed.end_epoch(name),
            (None, None) => {}
        }
    }

    /// Gives a room that is made what is left of the last one of its name.
    pub(super) fn remind(&mut self, room: &mut Room) {
        let closed = self.closed.as_mut();
        if let Some(remains) = closed.and_then(|closed| closed.take(&room.name)) {
            self.histories += remains.history.memory();
            room.history = remains.history;
            (room.topic, room.pins) = (remains.topic, remains.pins);
            room.last = remains.last;
            room.recent = Recent::after(remains.last);
        }
    }

    /// Closes a room that nobody is in: it is known no more, but for what is left of it.
    fn close(&mut self, id: RoomId) {
        self.by_size.remove(&(Reverse(0), id));
        self.open.remove(&id);
        let room = self.slab.remove(id.0 as usize);
        self.histories -= room.history.memory() + room.recent.memory();
        self.by_name.remove(&room.name);
        if let Some(closed) = &mut self.closed {
            let remains = Remains {
                history: room.history,
                topic: room.topic,
                pins: room.pins,
                last: room.last,
            };
            closed.put(room.name, remains);
            self.spare_histories();
        }
    }

    /// Keep a line, as the bytes of its entry, for who has missed it.
    pub(in crate::hub) fn keep_recent(
        &mut self,
        id: RoomId,
        now: Time,
        line: LineId,
        entry: &[u8],
    ) {
        let recent = &mut self[id].recent;
        let before = recent.memory();
        recent.push(now, line, entry);
        let after = recent.memory();
        if before != after {
            self.histories = self.histories - before + after;
            self.spare_histories();
        }
    }

    /// Forgets closed rooms until all histories hold so many bytes, or none is left.
    pub(super) fn forget_closed(&mut self, bytes: usize) {
        if let Some(closed) = &mut self.closed {
            closed.shrink_to(bytes.saturating_sub(self.histories));
        }
    }

    pub(super) fn closed_memory(&self) -> usize {
        self.closed.as_ref().map_or(0, |closed| closed.memory)
    }
}

impl Room {
    /// Forgets its last lines if they hold more than this. The memory that it held.
    pub(super) fn forget_recent(&mut self, level: usize) -> usize {
        let held = self.recent.memory();
        if held <= level {
            return 0;
        }
        self.recent = Recent::after(self.last);
        held
    }
}

impl Remains {
    fn memory(&self) -> usize {
        let topic = self.topic.as_ref().map_or(0, |topic| topic.len());
        let pins = self.pins.iter().map(|pin| size_of::<Line>() + pin.memory());
        self.history.memory() + topic + pins.sum::<usize>() + CLOSED_ROOM_BYTES
    }
}

impl ClosedRooms {
    fn put(&mut self, name: Name, remains: Remains) {
        debug_assert!(!self.by_name.contains_key(&name));
        self.memory += remains.memory();
        self.in_order.insert(self.next, name.clone());
        self.by_name.insert(name, (self.next, remains));
        self.next += 1;
        while self.by_name.len() > CLOSED_ROOMS {
            self.forget_oldest();
        }
    }

    fn take(&mut self, name: &Name) -> Option<Remains> {
        let (at, remains) = self.by_name.remove(name)?;
        self.in_order.remove(&at);
        self.memory -= remains.memory();
        Some(remains)
    }

    /// The next line of this room begins an epoch.
    fn end_epoch(&mut self, name: &Name) {
        if let Some((_, remains)) = self.by_name.get_mut(name) {
            remains.last = None;
        }
    }

    /// Forgets rooms until the others hold at most `bytes`.
    fn shrink_to(&mut self, bytes: usize) {
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
