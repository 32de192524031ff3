//! The table of feeds and their readers. There is one feed for each room, style and mark (with or without
//! `#ROOM `) that has readers; it is removed with its last reader.
//!
//! Invariant: `feeds[f].readers[s]` reads feed `f` exactly when one of its conn's readings is `(f, s)`,
//! and `held` is the memory of all rings.

use slab::Slab;

use crate::dialect::{Ids, Style};
use crate::fanout::feed::Feed;
use crate::fanout::sent::Stretches;
use crate::fanout::track::{Reading, Spare};
use crate::hub::name::Name;
use crate::hub::{Id, Lines, RoomId};
use crate::limits::WRITE_BYTES;

/// See the top of this file.
pub(crate) struct Feeds {
    pub(crate) feeds: Slab<RoomFeed>,
    /// For each room the keys of its feeds: few, and of most rooms one.
    rooms: Vec<Vec<u32>>,
    /// Feeds that grew in this turn, to be flushed.
    pub(crate) dirty: Vec<usize>,
    /// What each feed may grow to.
    cap: usize,
    /// Bytes of memory that all of them hold, and that they may hold.
    held: usize,
    may: usize,
    pub(super) spare: Spare,
    pub(super) stretches: Stretches,
}

/// One feed with its readers.
pub(crate) struct RoomFeed {
    pub(crate) feed: Feed,
    pub(crate) room: RoomId,
    pub(crate) style: Style,
    /// What the room is called.
    pub(crate) name: Name,
    lines: Lines,
    /// What each line begins with: `#ROOM ` for those who speak in another room, or nothing.
    pub(crate) mark: Box<str>,
    /// The same before a word about lost lines, which programs always read the room of.
    pub(crate) lost: Box<str>,
    pub(crate) readers: Vec<Id>,
    /// Where each of them began to read, or goes on after lines that it has lost; by seat.
    pub(crate) since: Vec<u64>,
    /// No reader's cursor is below this. It only rises, and only when readers are looked at; that
    /// is done when the ring is full, never for each line.
    pub(crate) read_by_all: u64,
    pub(crate) is_dirty: bool,
    /// Where what this turn brought begins, when it is dirty. Nobody can have read that yet, so nobody
    /// loses it.
    pub(crate) fresh: u64,
}

impl RoomFeed {
    /// The room and how its lines are shown here.
    pub(crate) fn shows(&self) -> (RoomId, Name, Lines) {
        (self.room, self.name.clone(), self.lines)
    }
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
            spare: Spare::default(),
            stretches: Stretches::default(),
        }
    }

    /// The feeds of a room, one for each kind of lines that has readers.
    pub(crate) fn of_room(&self, room: RoomId) -> &[u32] {
        self.rooms.get(room.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// One more reader of a room, in a style, with its mark before each line or without.
    pub(crate) fn seat(
        &mut self,
        (room, name, lines): (RoomId, Name, Lines),
        style: Style,
        reader: Id,
    ) -> Reading {
        let room_index = room.0 as usize;
        if self.rooms.len() <= room_index {
            self.rooms.resize(room_index + 1, Vec::new());
        }
        let keys = self.rooms[room_index].iter().map(|key| *key as usize);
        let is_it = |feed: &RoomFeed| feed.style == style && feed.lines == lines;
        let key = match keys.into_iter().find(|key| is_it(&self.feeds[*key])) {
            Some(key) => key,
            None => self.open(room, name, lines, style),
        };
        let feed = &mut self.feeds[key];
        feed.readers.push(reader);
        feed.since.push(feed.feed.end());
        Reading::new(key, feed.readers.len() - 1)
    }

    fn open(&mut self, room: RoomId, name: Name, lines: Lines, style: Style) -> usize {
        let named = format!("#{} ", name.shown());
        let mark = match lines {
            Lines::Bare => "",
            Lines::Marked => &named,
        };
        let lost = match style.ids {
            Ids::Tags => &named,
            Ids::Hidden | Ids::Short => mark,
        };
        let key = self.feeds.insert(RoomFeed {
            feed: Feed::new(self.cap),
            room,
            style,
            name,
            lines,
            mark: mark.into(),
            lost: lost.into(),
            readers: Vec::new(),
            since: Vec::new(),
            read_by_all: 0,
            is_dirty: false,
            fresh: 0,
        });
        let keys = &mut self.rooms[room.0 as usize];
        keys.reserve_exact(1);
        keys.push(key as u32);
        key
    }

    /// One reader less. The reader who sits on the freed seat now, if any.
    pub(crate) fn unseat(&mut self, reading: Reading) -> Option<Id> {
        let (key, seat) = (reading.feed(), reading.seat());
        let feed = &mut self.feeds[key];
        feed.readers.swap_remove(seat);
        feed.since.swap_remove(seat);
        let moved = feed.readers.get(seat).copied();
        if feed.readers.is_empty() {
            let keys = &mut self.rooms[feed.room.0 as usize];
            keys.retain(|other| *other as usize != key);
            keys.shrink_to_fit();
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
        let mut seats = self.feeds.iter();
        assert!(seats.all(|(_, room)| room.since.len() == room.readers.len()));
        // A turn brings WRITE_BYTES at most, and each of its lines to the styles of one room, with and
        // without its mark. Half of a ring may be empty.
        let fresh = 2 * 2 * Style::COUNT * WRITE_BYTES;
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
