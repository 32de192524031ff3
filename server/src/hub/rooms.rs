//! The rooms: who sits where, what was said there, and what its readers have yet to be told.
//! It never makes an effect and knows no user but by id.
//!
//! Invariant: `lobby` is always there, as room 0; every other room has a member or a listener. What is left of closed
//! ones is in closed.rs. The arrivals of a
//! room are members that do not read it yet; everybody else in it reads it. `by_size` holds each room
//! once, so that a list of them costs what it shows. `histories` is the memory of all histories of
//! open rooms; with what closed ones hold it is at most `histories_may`.

mod closed;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use slab::Slab;

use closed::ClosedRooms;
pub(super) use closed::Remains;

use super::Time;
use super::archive::entry::LineId;
use super::effect::RoomId;
use super::history::{History, Line};
use super::id::Id;
use super::notice::{Crowd, Gone, Said};
use super::recent::Recent;
use super::refer::Author;
use crate::hub::name::Name;
use crate::limits::{
    HISTORIES_EIGHTHS, HISTORY_BYTES, MEMORY_BYTES, NEWS_AT_ONCE, NEWS_PAUSE, ROOM_BYTES,
    ROOMS_LEAST, SPARED_EIGHTHS,
};

/// The room everybody enters first. It is never closed.
pub(super) const LOBBY: RoomId = RoomId(0);

/// One room.
pub(super) struct Room {
    pub(super) name: Name,
    /// Everybody in it by seat, that is in joining order.
    pub(super) members: BTreeMap<u64, Id>,
    /// Who came in this turn and does not read yet, in order.
    pub(super) arrivals: Vec<Id>,
    /// Who left papo from here and has not been told, by reason: [`REASONS_TOLD`] at most.
    pub(super) departures: Vec<(Crowd, Gone)>,
    pub(super) history: History,
    pub(super) recent: Recent,
    /// What it is about.
    pub(super) topic: Option<Rc<str>>,
    /// Lines that operators have pinned, in the order in which they were: [`crate::limits::PINS`] at most.
    pub(super) pins: Vec<Line>,
    /// How many scripts read it without being in it.
    pub(super) listeners: usize,
    /// When it was last told who came or left.
    pub(super) news_at: Time,
    /// Its last line in the archive; none if the next one begins an epoch.
    pub(super) last: Option<LineId>,
}

/// All rooms by id and by name.
pub(super) struct Rooms {
    slab: Slab<Room>,
    by_name: HashMap<Name, RoomId>,
    /// With how many members, largest first; those of one size in the order of their ids.
    by_size: BTreeSet<(Reverse<usize>, RoomId)>,
    /// The ids of those there are: walking the slab would cost what there ever was.
    open: BTreeSet<RoomId>,
    /// Seats are never given twice, so the order of seats is the order of joining.
    next_seat: u64,
    histories: usize,
    histories_may: usize,
    /// None if a room is forgotten when the last one leaves it.
    closed: Option<ClosedRooms>,
}

impl Room {
    /// Whether nobody is in it or reads it.
    pub(super) fn is_deserted(&self) -> bool {
        self.members.is_empty() && self.listeners == 0
    }

    fn new(name: Name) -> Room {
        Room {
            name,
            members: BTreeMap::new(),
            arrivals: Vec::new(),
            departures: Vec::new(),
            history: History::default(),
            recent: Recent::default(),
            topic: None,
            pins: Vec::new(),
            listeners: 0,
            news_at: Time::ZERO,
            last: None,
        }
    }

    /// How many read the room.
    pub(super) fn readers(&self) -> usize {
        self.members.len() - self.arrivals.len()
    }

    /// When it may be told again who came or left, if nothing else is told to it before: telling
    /// costs a write for each reader, and a storm of joins must not be answered with a storm of
    /// writes. Small rooms never wait.
    pub(super) fn news_due(&self) -> Time {
        let readers = self.readers() as u32;
        let pause = if readers < NEWS_AT_ONCE {
            Time::ZERO
        } else {
            NEWS_PAUSE * readers
        };
        self.news_at + pause
    }

    /// Whether nobody in it has yet to be told of a coming or going.
    pub(super) fn is_settled(&self) -> bool {
        self.arrivals.is_empty() && self.departures.is_empty()
    }

    pub(super) fn member_ids(&self) -> impl Iterator<Item = Id> {
        self.members.values().copied()
    }
}

impl Rooms {
    pub(super) fn new() -> Rooms {
        let mut rooms = Rooms {
            slab: Slab::new(),
            by_name: HashMap::new(),
            by_size: BTreeSet::new(),
            open: BTreeSet::new(),
            next_seat: 0,
            histories: 0,
            histories_may: MEMORY_BYTES / 8 * HISTORIES_EIGHTHS,
            closed: None,
        };
        let lobby = Name::parse("lobby").expect("lobby is a legal name");
        let id = rooms.open(lobby);
        debug_assert_eq!(id, LOBBY);
        rooms
    }

    pub(super) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.slab.get_mut(id.0 as usize)
    }

    /// All rooms, in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.open.iter().map(|id| (*id, &self[*id]))
    }

    /// All rooms, largest first; those of one size in the order of their ids.
    pub(super) fn by_size(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.by_size.iter().map(|(_, id)| (*id, &self[*id]))
    }

    pub(super) fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether there is a room of this name.
    pub(super) fn has(&self, name: &Name) -> bool {
        self.find(name).is_some()
    }

    /// The room of this name.
    pub(super) fn find(&self, name: &Name) -> Option<RoomId> {
        self.by_name.get(name).copied()
    }

    /// The room of this name, made if it is not there.
    pub(super) fn open(&mut self, name: Name) -> RoomId {
        if let Some(id) = self.by_name.get(&name) {
            return *id;
        }
        // There are never more rooms than users and the lobby, far below 2^32.
        let mut room = Room::new(name.clone());
        self.remind(&mut room);
        let id = RoomId(self.slab.insert(room) as u32);
        self.by_name.insert(name, id);
        self.by_size.insert((Reverse(0), id));
        self.open.insert(id);
        id
    }

    /// Give `who` the next seat of a room, as an arrival.
    pub(super) fn seat(&mut self, id: RoomId, who: Id) -> u64 {
        let seat = self.next_seat;
        self.next_seat += 1;
        let room = &mut self[id];
        let before = room.members.len();
        room.members.insert(seat, who);
        room.arrivals.push(who);
        self.resize(id, before);
        seat
    }

    /// This seat is somebody else's from here on.
    pub(super) fn reseat(&mut self, id: RoomId, seat: u64, who: Id) {
        self[id].members.insert(seat, who);
    }

    /// A reader stands up.
    pub(super) fn unseat(&mut self, id: RoomId, seat: u64) {
        let before = self[id].members.len();
        self[id].members.remove(&seat);
        self.resize(id, before);
    }

    /// Whether there are so many rooms that nobody may open one beside those they are in.
    pub(super) fn are_full(&self) -> bool {
        self.len() >= (self.histories_may / ROOM_BYTES).max(ROOMS_LEAST)
    }

    /// What all histories may hold.
    pub(super) fn limit_histories(&mut self, bytes: usize) {
        self.histories_may = bytes;
        self.spare_histories();
    }

    /// Keep a line for `/history`.
    pub(super) fn remember(&mut self, id: RoomId, now: Time, said: Said, by: Author) {
        let seats = self.next_seat;
        self.amend(id, |history| history.push(now, seats, said, by));
    }

    /// Changes a history, whose memory is counted.
    pub(super) fn amend(&mut self, id: RoomId, change: impl FnOnce(&mut History)) {
        let history = &mut self[id].history;
        let before = history.memory();
        change(history);
        let after = history.memory();
        self.histories = self.histories - before + after;
        self.spare_histories();
    }

    /// When all histories hold too much, the longest lose their oldest lines: all that hold more than
    /// some level are cut to it, and the level is halved until that is enough. Much is freed at once, so
    /// the next time is far.
    fn spare_histories(&mut self) {
        if self.histories + self.closed_memory() <= self.histories_may {
            return;
        }
        let enough = self.histories_may / 8 * SPARED_EIGHTHS;
        self.forget_closed(enough);
        let mut level = HISTORY_BYTES;
        while self.histories > enough {
            for id in &self.open {
                let room = &mut self.slab[id.0 as usize];
                let before = room.history.memory();
                if before > level {
                    room.history.shrink_to(level);
                    self.histories = self.histories - before + room.history.memory();
                }
                self.histories -= room.forget_recent(level);
            }
            level /= 2;
        }
    }

    /// A room that had so many members has another number of them.
    fn resize(&mut self, id: RoomId, before: usize) {
        let now = self[id].members.len();
        self.by_size.remove(&(Reverse(before), id));
        self.by_size.insert((Reverse(now), id));
    }

    pub(super) fn invariants(&self) {
        assert_eq!(self.slab.len(), self.by_name.len(), "one name a room");
        assert!(self.slab.contains(LOBBY.0 as usize), "the lobby is there");
        assert_eq!(self.slab.len(), self.open.len(), "each room is listed");
        assert_eq!(self.slab.len(), self.by_size.len(), "and once by its size");
        let of = |room: &Room| room.history.memory() + room.recent.memory();
        let histories = self.iter().map(|(_, room)| of(room));
        assert_eq!(self.histories, histories.sum::<usize>());
        assert!(
            self.histories + self.closed_memory() <= self.histories_may,
            "{} of history",
            self.histories
        );
        self.closed.iter().for_each(ClosedRooms::invariants);
        for (id, room) in self.iter() {
            assert!(self.by_size.contains(&(Reverse(room.members.len()), id)));
            assert_eq!(self.by_name.get(&room.name), Some(&id));
            assert!(id == LOBBY || !room.is_deserted(), "an empty room");
            assert!(room.arrivals.len() <= room.members.len());
            room.history.invariants();
        }
    }
}

/// For ids that are known to be of a room: one that a user is in.
impl std::ops::Index<RoomId> for Rooms {
    type Output = Room;
    fn index(&self, id: RoomId) -> &Room {
        &self.slab[id.0 as usize]
    }
}

impl std::ops::IndexMut<RoomId> for Rooms {
    fn index_mut(&mut self, id: RoomId) -> &mut Room {
        &mut self.slab[id.0 as usize]
    }
}
