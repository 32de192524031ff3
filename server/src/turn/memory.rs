//! The memory of all together. Conns: when they hold too much, those who hold the most have to leave.
//! Feeds: when they do, those who lag most lose lines.
//!
//! What conns are given is added up as it is given, and nothing else is counted; only when that is
//! enough to matter, all of them are looked at. Invariants: after a look, those who stay hold what conns
//! may hold together; feeds hold what feeds may, and beside it only what this turn brought.

use std::cmp::Reverse;

use super::Server;
use crate::fanout::feeds::RoomFeed;
use crate::hub::{Gone, Id};
use crate::limits::{FEED_BYTES, FEED_GRANTED_BYTES, LOOK_PART, SPARED_EIGHTHS};
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// See to it that conns do not hold too much. Whoever has to leave is freed of all at once: words
    /// for it would have to wait behind what it does not read.
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
            log::warn!("{} holds {} bytes, too many", conn.peer, conn.memory());
            conn.break_output(self.life.now, &self.feeds);
            if conn.standing().is_some() {
                self.work.failed.push((id, Gone::Memory));
            } else {
                // It has left already, and takes too long to read its last lines.
                self.work.mark_dead(id, conn);
            }
        }
    }

    /// Bytes of memory that all conns may hold together.
    pub(super) fn conns_may(&self) -> usize {
        self.config.memory / 8 * crate::limits::CONNS_EIGHTHS
    }

    /// See to it that a line of `len` bytes can be appended: forget what everybody has read, else
    /// grow, else move the laggards ahead.
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
                    // All that others could give was given: a line has to stand somewhere.
                    self.feeds.resize(key, len.next_power_of_two());
                    continue;
                }
            }
            self.forget_before(key, to);
            // Nobody lags any more: give back what laggards needed.
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

    /// Whether a feed may be of this size, after others have given what they can: for what one turn
    /// brings they do, or those who lag there would cost lines those who do not lag here.
    fn may_grow(&mut self, key: usize, size: usize) -> bool {
        if !self.feeds.allows(key, size) && size <= FEED_GRANTED_BYTES {
            self.spare_feeds();
        }
        self.feeds.allows(key, size)
    }

    /// All feeds hold too much: the largest are cut. What everybody has read goes first, then those who
    /// lag lose lines: feeds that hold more than some level are cut to it, and the level is halved until
    /// that is enough. What came in this turn stays. Much is freed at once, so the next time is far.
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

    /// Let a feed hold no more than `level` bytes of what came before this turn, and no room beside it.
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

    /// Up to where all readers of a feed have read, if that is said to be before `to`: else it is not
    /// looked for.
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

    /// Whoever has not read a feed up to `to` is moved ahead, and what is before goes.
    fn forget_before(&mut self, key: usize, to: u64) {
        let room = &mut self.feeds.feeds[key];
        if room.read_by_all < to {
            for id in &room.readers {
                let reader = &mut self.conns[*id].reader;
                if reader.cursor(key).is_some_and(|cursor| cursor < to) {
                    let before = reader.memory();
                    reader.skip_ahead(key, &room.feed, to);
                    self.conns.bytes_since_audit += reader.memory().saturating_sub(before);
                }
            }
            room.read_by_all = to;
        }
        room.feed.drop_before(to);
    }
}

/// As many of these, the largest first, as hold so many bytes.
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
    fn no_more_of_them_than_needed() {
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
