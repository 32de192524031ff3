//! Which feeds there are and who reads them. A feed exists only for a room and a style that has
//! readers, and goes with its last one.
//!
//! Invariant: `feeds[f].readers[s]` reads feed `f` exactly when its conn's `reading` is `(f, s)`, and
//! `held` is the memory of all rings.

use slab::Slab;

use crate::dialect::Style;
use crate::fanout::feed::Feed;
use crate::hub::{Id, RoomId};
use crate::limits::WRITE_BYTES;

/// See the top of this file.
pub(crate) struct Feeds {
    pub(crate) feeds: Slab<RoomFeed>,
    /// For each room the key of its feed in each style.
    rooms: Vec<[Option<usize>; Style::COUNT]>,
    /// Feeds that grew in this turn, to be flushed.
    pub(crate) dirty: Vec<usize>,
    /// What each feed may grow to.
    cap: usize,
    /// Bytes of memory that all of them hold, and that they may hold.
    held: usize,
    may: usize,
}

/// One feed with its readers.
pub(crate) struct RoomFeed {
    pub(crate) feed: Feed,
    pub(crate) room: RoomId,
    pub(crate) style: Style,
    pub(crate) readers: Vec<Id>,
    /// No reader's cursor is below this. It only rises, and only when readers are looked at; that
    /// is done when the ring is full, never for each line.
    pub(crate) read_by_all: u64,
    pub(crate) is_dirty: bool,
    /// Where what this turn brought begins, when it is dirty. Nobody can have read that yet, so nobody
    /// loses it.
    pub(crate) fresh: u64,
}

impl Feeds {
    /// No feeds yet; each may grow to `cap` bytes, all together to `may`.
    pub(crate) fn new(cap: usize, may: usize) -> Feeds {
        Feeds {
            feeds: Slab::new(),
            rooms: Vec::new(),
            dirty: Vec::new(),
            cap,
            held: 0,
            may,
        }
    }

    /// The feeds of a room, one for each style that has readers.
    pub(crate) fn of_room(&self, room: RoomId) -> [Option<usize>; Style::COUNT] {
        self.rooms.get(room.0 as usize).copied().unwrap_or_default()
    }

    /// One more reader of a room in a style: the feed and the seat.
    pub(crate) fn seat(&mut self, room: RoomId, style: Style, reader: Id) -> (usize, usize) {
        let room_index = room.0 as usize;
        if self.rooms.len() <= room_index {
            self.rooms.resize(room_index + 1, Default::default());
        }
        let key = *self.rooms[room_index][style.index()].get_or_insert_with(|| {
            self.feeds.insert(RoomFeed {
                feed: Feed::new(self.cap),
                room,
                style,
                readers: Vec::new(),
                read_by_all: 0,
                is_dirty: false,
                fresh: 0,
            })
        });
        let feed = &mut self.feeds[key];
        feed.readers.push(reader);
        (key, feed.readers.len() - 1)
    }

    /// One reader less. The reader who sits on the freed seat now, if any.
    pub(crate) fn unseat(&mut self, key: usize, seat: usize) -> Option<Id> {
        let feed = &mut self.feeds[key];
        feed.readers.swap_remove(seat);
        let moved = feed.readers.get(seat).copied();
        if feed.readers.is_empty() {
            self.rooms[feed.room.0 as usize][feed.style.index()] = None;
            let gone = self.feeds.remove(key);
            self.held -= gone.feed.memory();
        }
        moved
    }

    /// Bytes of memory that all of them hold.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// What they may hold.
    pub(crate) fn may(&self) -> usize {
        self.may
    }

    /// Whether a feed may be of this size without all of them holding too much.
    pub(crate) fn allows(&self, key: usize, size: usize) -> bool {
        let now = self.feeds[key].feed.memory();
        self.held + Feed::memory_at(size) <= self.may + now
    }

    /// Make a feed larger or smaller.
    pub(crate) fn resize(&mut self, key: usize, size: usize) {
        let feed = &mut self.feeds[key].feed;
        let before = feed.memory();
        feed.resize(size);
        self.held = self.held - before + feed.memory();
    }

    /// Checks what is counted; for tests.
    pub(crate) fn invariants(&self) {
        let held = self.feeds.iter().map(|(_, room)| room.feed.memory());
        assert_eq!(self.held, held.sum::<usize>(), "what feeds hold is counted");
        // A turn brings WRITE_BYTES at most, and each of its lines to the styles of one room. Half of a
        // ring may be empty.
        let fresh = 2 * Style::COUNT * WRITE_BYTES;
        assert!(self.held <= self.may + fresh, "feeds hold {}", self.held);
    }

    /// This feed is about to get the first line of a turn, or one more.
    pub(crate) fn mark(&mut self, key: usize) {
        let room = &mut self.feeds[key];
        if !std::mem::replace(&mut room.is_dirty, true) {
            room.fresh = room.feed.end();
            self.dirty.push(key);
        }
    }
}
