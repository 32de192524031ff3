//! Whether a reader has been sent a line of a feed, and how much of the feed waits for it.

use super::{Reader, Reading};
use crate::fanout::feeds::Feeds;
use crate::hub::LineId;

/// What a reader has of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Had {
    /// It was sent the line.
    Sent,
    /// It was not yet: so many bytes of the feed wait.
    Behind(u64),
    /// It reads the feed from a later place on.
    NotFromThere,
}

impl Feeds {
    /// Where this line of a feed ends; if that is too long ago, where a later one begins.
    pub(crate) fn end_of(&self, feed: usize, id: LineId) -> u64 {
        self.feeds[feed].feed.ids.end_of(id)
    }
}

impl Reader {
    /// What it has of the line that ends at this offset of the feed in which it has this seat.
    pub(crate) fn had(&self, feeds: &Feeds, reading: Reading, line: u64) -> Had {
        let room = &feeds.feeds[reading.feed()];
        let cursor = self.cursor(reading.feed()).unwrap_or(line);
        let has_rest = self
            .more
            .as_ref()
            .is_some_and(|more| !more.carried.is_drained());
        if room.since[reading.seat()] >= line {
            Had::NotFromThere
        } else if cursor < line || has_rest {
            Had::Behind(room.feed.end() - cursor)
        } else {
            Had::Sent
        }
    }

    /// How many lines of a feed wait for it.
    pub(crate) fn lines_waiting(&self, feeds: &Feeds, feed: usize) -> u64 {
        let (feed, cursor) = (&feeds.feeds[feed].feed, self.cursor(feed));
        let from = feed.line_of(cursor.unwrap_or(feed.end()));
        feed.lines_between(from, feed.end())
    }
}
