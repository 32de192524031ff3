//! Which feeds there are and who reads them. A feed exists only for a room and a style that has
//! readers, and goes with its last one.
//!
//! Invariant: `feeds[f].readers[s]` reads feed `f` exactly when its conn's `reading` is `(f, s)`.

use slab::Slab;

use crate::dialect::Style;
use crate::feed::Feed;
use crate::hub::{Id, RoomId};
use crate::limits::{FEED_FIRST_BYTES, FEED_GRANTED_BYTES};

/// See the top of this file.
pub(super) struct Feeds {
    pub(super) feeds: Slab<RoomFeed>,
    /// For each room the key of its feed in each style.
    rooms: Vec<[Option<usize>; Style::COUNT]>,
    /// Feeds that grew in this turn, to be flushed.
    pub(super) dirty: Vec<usize>,
    /// What each feed may grow to.
    cap: usize,
    share: Share,
}

/// The memory of all feeds together.
pub(super) struct Share {
    held: usize,
    may: usize,
}

/// One feed with its readers.
pub(super) struct RoomFeed {
    pub(super) feed: Feed,
    pub(super) room: RoomId,
    pub(super) style: Style,
    pub(super) readers: Vec<Id>,
    /// No reader's cursor is below this. It only rises, and only when readers are looked at; that
    /// is done when the ring is full, never for each line.
    pub(super) read_by_all: u64,
    pub(super) is_dirty: bool,
}

impl Feeds {
    /// No feeds yet; each may grow to `cap` bytes, all together to `may`.
    pub(super) fn new(cap: usize, may: usize) -> Feeds {
        Feeds {
            feeds: Slab::new(),
            rooms: Vec::new(),
            dirty: Vec::new(),
            cap,
            share: Share { held: 0, may },
        }
    }

    /// The feeds of a room, one for each style that has readers.
    pub(super) fn of_room(&self, room: RoomId) -> [Option<usize>; Style::COUNT] {
        self.rooms.get(room.0 as usize).copied().unwrap_or_default()
    }

    /// One more reader of a room in a style: the feed and the seat.
    pub(super) fn seat(&mut self, room: RoomId, style: Style, reader: Id) -> (usize, usize) {
        let room_index = room.0 as usize;
        if self.rooms.len() <= room_index {
            self.rooms.resize(room_index + 1, Default::default());
        }
        let key = *self.rooms[room_index][style.index()].get_or_insert_with(|| {
            self.share.add(FEED_FIRST_BYTES);
            self.feeds.insert(RoomFeed {
                feed: Feed::new(self.cap),
                room,
                style,
                readers: Vec::new(),
                read_by_all: 0,
                is_dirty: false,
            })
        });
        let feed = &mut self.feeds[key];
        feed.readers.push(reader);
        (key, feed.readers.len() - 1)
    }

    /// One reader less. The reader who sits on the freed seat now, if any.
    pub(super) fn unseat(&mut self, key: usize, seat: usize) -> Option<Id> {
        let feed = &mut self.feeds[key];
        feed.readers.swap_remove(seat);
        let moved = feed.readers.get(seat).copied();
        if feed.readers.is_empty() {
            self.rooms[feed.room.0 as usize][feed.style.index()] = None;
            let gone = self.feeds.remove(key);
            self.share.take(gone.feed.capacity());
        }
        moved
    }

    /// A feed, and what all of them hold, for whoever makes it larger or smaller.
    pub(super) fn with_share(&mut self, key: usize) -> (&mut RoomFeed, &mut Share) {
        (&mut self.feeds[key], &mut self.share)
    }

    /// Checks what is counted; for tests.
    pub(super) fn invariants(&self) {
        let held: usize = self
            .feeds
            .iter()
            .map(|(_, room)| room.feed.capacity())
            .sum();
        assert_eq!(self.share.held, held, "what feeds hold is counted");
    }

    /// This feed grew.
    pub(super) fn mark(&mut self, key: usize) {
        if !std::mem::replace(&mut self.feeds[key].is_dirty, true) {
            self.dirty.push(key);
        }
    }
}

impl Share {
    /// Whether there is room for this feed to become twice as large. When there is not, those who lag
    /// in it are moved ahead instead, as in a feed at its cap. For what one turn brings there always
    /// is, or else those who lag elsewhere would cost lines those who do not lag here.
    pub(super) fn allows(&self, feed: &Feed) -> bool {
        feed.capacity() < FEED_GRANTED_BYTES || self.held + feed.capacity() <= self.may
    }

    pub(super) fn add(&mut self, bytes: usize) {
        self.held += bytes;
    }

    pub(super) fn take(&mut self, bytes: usize) {
        self.held -= bytes;
    }
}
