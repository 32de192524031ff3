//! Which bytes of which feed the last bytes sent to one reader were. The peer's system says how many of them
//! it has not acknowledged, and so it is known up to where each room has reached the peer.
//!
//! What was sent is a row of stretches: bytes of one feed without a break, then private ones. The last
//! stretch is in its reader. Those before are in one ring for all readers, each with the number of the one
//! before it, so that no reader needs memory of its own for them. A reader of one room who says nothing
//! and is told nothing makes no stretch at all.
//!
//! Invariant: a place is exact, or it is said to be unknown: stretches that were overwritten, and rooms
//! whose lines were carried from one feed to another meanwhile, are not guessed at.

use crate::hub::RoomId;
use crate::limits::STRETCHES;

/// Up to where a room has reached a reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Bytes of the feed before this offset, and so many private bytes that came after them.
    At {
        /// The offset.
        offset: u64,
        /// The private bytes.
        then: u32,
    },
    /// It is not known.
    Unknown,
}

/// The last stretch of a reader.
#[derive(Debug)]
pub(super) struct Last {
    /// The key of its feed, or [`NO_FEED`].
    pub(super) feed: u32,
    /// Bytes of the feed, and private ones behind them. Larger numbers than fit make no difference: no
    /// system keeps so much.
    bytes: u32,
    private: u32,
    /// The number of the stretch before.
    before: u32,
}

/// A stretch that is over.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    before: u32,
    feed: u32,
    room: u32,
    bytes: u32,
    private: u32,
    /// Where its bytes of the feed end, or [`LEFT`].
    end: u64,
}

/// The stretches that are over, of all readers; the oldest are overwritten.
#[derive(Default)]
pub(super) struct Stretches {
    ring: Vec<Stretch>,
    next: u32,
}

/// The feed of bytes that were sent before there was one.
pub(super) const NO_FEED: u32 = u32::MAX;
/// At this place the feed was left.
const LEFT: u64 = u64::MAX;
/// Before the first stretch there is none ...
const START: u32 = 0;
/// ... or it does not say anything about the rooms.
const MIXED: u32 = 1;
/// The number of the first stretch.
const FIRST: u32 = 2;

impl Default for Last {
    fn default() -> Last {
        Last {
            feed: NO_FEED,
            bytes: 0,
            private: 0,
            before: START,
        }
    }
}

/// Where to note what is sent.
pub(super) struct Log<'a> {
    pub(super) last: &'a mut Last,
    pub(super) stretches: &'a mut Stretches,
    /// The room of the last stretch's feed.
    pub(super) room: Option<RoomId>,
}

impl Log<'_> {
    /// So many bytes of the feed go out. Those of before ended at `end`; others may be between.
    pub(super) fn feed(&mut self, end: u64, from: u64, count: usize) {
        // What came before the first bytes of all need not be known, unless lines were lost there.
        let is_first = end == from && self.last.bytes == 0 && self.last.before == START;
        if is_first {
            self.last.private = 0;
        } else if end != from || self.last.private > 0 {
            self.close(end);
        }
        self.last.bytes = self.last.bytes.saturating_add(count as u32);
    }

    /// So many private bytes go out.
    pub(super) fn private(&mut self, count: usize) {
        self.last.private = self.last.private.saturating_add(count as u32);
    }

    /// What follows is not of this feed, whose bytes ended at `end`.
    pub(super) fn turn_to(&mut self, feed: u32, end: u64) {
        self.close(end);
        self.last.feed = feed;
    }

    /// This feed, of which bytes were sent up to `end`, is left for the next. When something is `unsent`
    /// it goes out as private bytes, and nothing can be said about what was before.
    pub(super) fn leave(&mut self, (feed, next): (u32, u32), end: u64, unsent: bool) {
        self.close(end);
        if unsent {
            self.mix(end);
        } else {
            self.push(feed, 0, 0, LEFT);
        }
        self.last.feed = next;
    }

    /// What is sent next may be of any room, and nothing can be said about what was before.
    pub(super) fn mix(&mut self, end: u64) {
        self.close(end);
        self.last.before = MIXED;
    }

    fn close(&mut self, end: u64) {
        let Last {
            feed,
            bytes,
            private,
            ..
        } = *self.last;
        (self.last.bytes, self.last.private) = (0, 0);
        if bytes > 0 || private > 0 {
            self.push(feed, bytes, private, end);
        }
    }

    fn push(&mut self, feed: u32, bytes: u32, private: u32, end: u64) {
        let stretch = Stretch {
            before: self.last.before,
            feed,
            room: self.room.map_or(NO_FEED, |room| room.0),
            bytes,
            private,
            end,
        };
        self.last.before = self.stretches.push(stretch);
    }
}

impl Stretch {
    /// How many private bytes right behind those of the feed are acknowledged when so many private ones are
    /// not: all of them, where there are none of the feed.
    fn behind(&self, unacknowledged: u32) -> u32 {
        match self.bytes {
            0 => u32::MAX,
            _ => self.private - unacknowledged,
        }
    }
}

impl Stretches {
    fn push(&mut self, stretch: Stretch) -> u32 {
        let number = self.next.max(FIRST);
        match self.ring.len() < STRETCHES {
            // The first number has the place after it.
            true if self.ring.is_empty() => self.ring.extend([stretch; FIRST as usize + 1]),
            true => self.ring.push(stretch),
            false => self.ring[number as usize % STRETCHES] = stretch,
        }
        self.next = number.wrapping_add(1);
        number
    }

    fn get(&self, number: u32) -> Option<&Stretch> {
        let ago = self.next.wrapping_sub(number) as usize;
        let is_kept = number >= FIRST && (1..=STRETCHES).contains(&ago);
        is_kept.then(|| self.ring.get(number as usize % STRETCHES))?
    }
}

impl Last {
    /// Whether nothing but private bytes was sent since lines of a room became private ones.
    pub(super) fn is_mixed(&self) -> bool {
        self.bytes == 0 && self.before == MIXED
    }

    /// Up to where a room has reached the reader whose last stretch this is, when `unacknowledged` bytes
    /// have not. Of the room's feed everything before `sent` was sent.
    pub(super) fn place(
        &self,
        stretches: &Stretches,
        (feed, room): (u32, RoomId),
        sent: u64,
        unacknowledged: u32,
    ) -> Place {
        let mut left = unacknowledged;
        let mut offset = sent;
        let mut was_left = false;
        let mut stretch = Stretch {
            before: self.before,
            feed: self.feed,
            room: if self.feed == feed { room.0 } else { NO_FEED },
            bytes: self.bytes,
            private: self.private,
            end: sent,
        };
        let mut then = stretch.behind(0);
        if self.feed != feed {
            then = u32::MAX;
        }
        while left > 0 {
            if stretch.bytes == 0 && stretch.before == MIXED {
                return Place::Unknown;
            }
            if stretch.end == LEFT {
                was_left |= stretch.room == room.0;
            } else if stretch.room == room.0 {
                let is_this = stretch.feed == feed && !was_left && stretch.end <= offset;
                // Private bytes may be the rest of a line, or tell of lost ones.
                if !is_this {
                    return Place::Unknown;
                }
                if left <= stretch.private {
                    then = stretch.behind(left);
                    offset = stretch.end;
                    break;
                }
                let unsent = (left - stretch.private).min(stretch.bytes);
                offset = stretch.end - u64::from(unsent);
                then = if stretch.bytes == 0 { u32::MAX } else { 0 };
            }
            let total = stretch.bytes.saturating_add(stretch.private);
            left = left.saturating_sub(total);
            match stretch.before {
                _ if left == 0 => {}
                START => break,
                MIXED => return Place::Unknown,
                number => match stretches.get(number) {
                    Some(before) => stretch = *before,
                    None => return Place::Unknown,
                },
            }
        }
        Place::At { offset, then }
    }
}
