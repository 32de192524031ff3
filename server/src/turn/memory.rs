//! The limit of memory for all conns and feeds together. When conns hold too much, those that hold most are
//! closed. When feeds hold too much, the readers that lag most lose lines.
//!
//! Bytes given to conns are added up, and nothing else is counted; all conns are measured only when that sum
//! is large. Invariants: after a measurement the remaining conns are within their limit; feeds are within
//! theirs, apart from the lines of this turn.

use std::cmp::Reverse;

use super::Server;
use crate::fanout::feeds::RoomFeed;
use crate::hub::{Gone, Id};
use crate::limits::{FEED_BYTES, FEED_GRANTED_BYTES, LOOK_PART, SPARED_EIGHTHS};
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// Closes the conns that hold most until the rest is within the limit. They get no last line: it would
    /// wait behind what they do not read.
    pub(super) fn spare_memory(&mut self) {
        let may = self.conns_may();
        if self.conns.bytes_since_audit < may / LOOK_PART {
            return;
        }
        self.conns.bytes_since_audit = 0;
        let conns = self.conns.iter();
        let mut holders: Vec<(usize, Id)> = conns.map(|(id, conn)| (conn.memory(), id)).collect();
        let held: usize = holders.iter().map(|(bytes, _)| bytes).sum();
        if held <= may {
            return;
        }
        holders.sort_unstable_by_key(|(bytes, id)| (Reverse(*bytes), id.index));
        for id in largest(held - may, &holders) {
            let Some(conn) = self.conns.get_mut(id) else {
                continue;
            };
            log::warn!("{} holds {} bytes, too many", conn.peer(), conn.memory());
            conn.break_output(self.life.now, &self.feeds);
            if conn.standing().is_some() {
                self.work.failed.push((id, Gone::Memory));
            } else {
                // Its user has left, and it is slow to read its last lines.
                self.work.mark_dead(id, conn);
            }
        }
    }

    /// The limit of all conns together, in bytes.
    pub(super) fn conns_may(&self) -> usize {
        self.config.memory / 8 * crate::limits::CONNS_EIGHTHS
    }

    /// Makes room for a line of `len` bytes: drops what every reader has read, else grows the feed, else moves
    /// lagging readers ahead.
    pub(super) fn make_room(&mut self, key: usize, len: usize) {
        while !self.feeds.feeds[key].feed.fits(len) {
            let to = self.feeds.feeds[key].feed.start_with_room_for(len);
            let read_by_all = self.look_at_readers(key, to);
            let feed = &self.feeds.feeds[key].feed;
            let is_too_small = feed.capacity() < len;
            if is_too_small || read_by_all < to {
                if let Some(size) = feed.larger(len)
                    && self.may_grow(key, size)
                {
                    self.feeds.resize(key, size);
                    continue;
                }
                if is_too_small {
                    // Other feeds cannot shrink any more, and the line needs room.
                    self.feeds.resize(key, len.next_power_of_two());
                    continue;
                }
            }
            self.forget_before(key, to);
            // No reader lags any more, so the feed can shrink.
            let room = &self.feeds.feeds[key];
            let half = room.feed.capacity() / 2;
            let unread = (room.feed.end() - room.read_by_all) as usize;
            if half >= crate::limits::FEED_FIRST_BYTES && half / 2 > unread {
                self.forget_before(key, room.feed.line_of(room.read_by_all));
                if self.feeds.feeds[key].feed.tight() + len <= half {
                    self.feeds.resize(key, half);
                }
            }
        }
    }

    /// Whether a feed may have this size, after other feeds have shrunk as far as they can. They shrink for the
    /// lines of this turn; otherwise readers that lag there would cost lines to readers that do not lag here.
    fn may_grow(&mut self, key: usize, size: usize) -> bool {
        if !self.feeds.allows(key, size) && size <= FEED_GRANTED_BYTES {
            self.spare_feeds();
        }
        self.feeds.allows(key, size)
    }

    /// Cuts the largest feeds because all together hold too much. What every reader has read is dropped first;
    /// then feeds above some level are cut to it, so that lagging readers lose lines, and the level is halved
    /// until that is enough. The lines of this turn stay. Much is freed at once, so that this is rare.
    fn spare_feeds(&mut self) {
        let enough = self.feeds.may() / 8 * SPARED_EIGHTHS;
        let keys: Vec<usize> = self.feeds.feeds.iter().map(|(key, _)| key).collect();
        let mut level = FEED_BYTES;
        loop {
            for key in &keys {
                self.cut(*key, level);
            }
            if self.feeds.held() <= enough || level == 0 {
                return;
            }
            level /= 2;
        }
    }

    /// Cuts a feed to `level` bytes of lines from before this turn, without spare room.
    fn cut(&mut self, key: usize, level: usize) {
        let end = self.feeds.feeds[key].feed.end();
        let read_by_all = self.look_at_readers(key, end);
        let RoomFeed {
            feed,
            is_dirty,
            fresh,
            ..
        } = &self.feeds.feeds[key];
        let fresh = if *is_dirty { *fresh } else { end }.max(feed.start());
        let wanted = feed
            .line_at_or_after(end.saturating_sub(level as u64))
            .min(fresh);
        let to = wanted.max(feed.line_of(read_by_all).min(fresh));
        self.forget_before(key, to);
        let size = self.feeds.feeds[key].feed.tight();
        if size < self.feeds.feeds[key].feed.capacity() {
            self.feeds.resize(key, size);
        }
    }

    /// The offset up to which all readers of a feed have read, if the estimate is before `to`; otherwise it is
    /// not looked for.
    fn look_at_readers(&mut self, key: usize, to: u64) -> u64 {
        let room = &mut self.feeds.feeds[key];
        if room.read_by_all < to {
            let conns = &self.conns;
            let readers = room.readers.iter();
            let cursors = readers.filter_map(|id| conns[*id].reader.cursor(key));
            room.read_by_all = cursors.min().unwrap_or(room.feed.end());
        }
        room.read_by_all
    }

    /// Moves readers of a feed that are before `to` ahead to it, and drops what is before it.
    fn forget_before(&mut self, key: usize, to: u64) {
        let room = &mut self.feeds.feeds[key];
        if room.read_by_all < to {
            for (id, since) in room.readers.iter().zip(&mut room.since) {
                let reader = &mut self.conns[*id].reader;
                if reader.cursor(key).is_some_and(|cursor| cursor < to) {
                    let before = reader.memory();
                    reader.skip_ahead(key, &room.feed, to);
                    *since = to;
                    self.conns.bytes_since_audit += reader.memory().saturating_sub(before);
                }
            }
            room.read_by_all = to;
        }
        room.feed.drop_before(to);
    }
}

/// The largest of these that together hold so many bytes.
fn largest(bytes: usize, holders: &[(usize, Id)]) -> impl Iterator<Item = Id> {
    let mut freed = 0;
    holders
        .iter()
        .take_while(move |(held, _)| {
            let goes = freed < bytes;
            freed += held;
            goes
        })
        .map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_chosen_than_needed() {
        let id = |index| Id {
            index,
            generation: 0,
        };
        let holders = [(50, id(3)), (30, id(1)), (30, id(2)), (1, id(0))];
        let check = |bytes, expected: &[u32]| {
            let gone: Vec<u32> = largest(bytes, &holders).map(|id| id.index).collect();
            assert_eq!(gone, expected);
        };
        check(0, &[]);
        check(1, &[3]);
        check(50, &[3]);
        check(51, &[3, 1]);
        check(111, &[3, 1, 2, 0]);
    }
}
