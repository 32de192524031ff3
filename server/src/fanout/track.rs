//! A track: what still has to be sent to one reader from one feed. It is a cursor into the feed and a short
//! queue of patches, each with the offset of the feed at which it takes effect.
//!
//! It never copies bytes of the feed, except when the reader leaves the feed (`detach`) or is moved ahead in
//! the middle of a line. It never writes: it returns the pieces, and its caller writes them and says how many
//! bytes were sent.
//!
//! Invariant: `cursor <= first patch <= second patch ... <= end of the feed`; `private` is the number of
//! unsent bytes in the inserts, which hold beyond that at most the sent part of the first one and the spare
//! capacity of the last. Public and private lines keep their order because an insert has the offset of the
//! feed's end at its time.

mod queue;

use std::num::NonZeroU32;

use crate::fanout::feed::Feed;
use crate::fanout::sent::Log;
pub(super) use queue::Spare;
use queue::{Patch, Queue};

/// See the top of this file. Without a queue nothing is private and nothing is skipped, as is so for
/// nearly all tracks nearly always.
#[derive(Default, Debug)]
pub(super) struct Track {
    pub(super) reading: Option<Reading>,
    cursor: u64,
    /// Where the last bytes of the feed that were sent end; the cursor passes what is not sent, too.
    pub(super) sent: u64,
    queue: Option<Box<Queue>>,
}

/// A place among the readers of a feed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The key of the feed and one, so that none costs no byte more.
    feed: NonZeroU32,
    seat: u32,
}

impl Reading {
    /// This seat of that feed.
    pub fn new(feed: usize, seat: usize) -> Reading {
        let feed = NonZeroU32::MIN.saturating_add(feed as u32);
        let seat = seat as u32;
        Reading { feed, seat }
    }

    /// The key of the feed.
    pub fn feed(self) -> usize {
        self.feed.get() as usize - 1
    }

    /// The place in its list of readers.
    pub fn seat(self) -> usize {
        self.seat as usize
    }
}

impl Track {
    /// One that reads from the end of a feed on.
    pub(super) fn new(end: u64, reading: Reading) -> Track {
        Track {
            reading: Some(reading),
            cursor: end,
            sent: end,
            queue: None,
        }
    }

    /// Where in its feed this reader is.
    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Unsent bytes that are for this reader alone.
    pub(super) fn private(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.private)
    }

    /// Bytes of memory that it holds besides itself, used or not.
    pub(super) fn memory(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.memory())
    }

    /// Runs of lines that this reader must not see and has not come to yet.
    pub(super) fn skips(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.skips as usize)
    }

    /// Whether there is nothing to send, where the feed ends at `end` (its cursor, when it reads
    /// none).
    pub(super) fn is_empty(&self, end: u64) -> bool {
        self.is_drained() && self.cursor == end
    }

    /// Whether there is nothing to send but what stands in the feed.
    pub(super) fn is_drained(&self) -> bool {
        self.patches().next().is_none()
    }

    /// Add bytes for this reader alone, after everything that is in the feed by now.
    pub(super) fn insert(&mut self, end: u64, bytes: &[u8], spare: &mut Spare) {
        let queue = self.queue.get_or_insert_with(|| spare.take());
        queue.insert(end, bytes);
    }

    /// The next line of the feed, `len` bytes that are about to be appended at `end`, is not for
    /// this reader.
    pub(super) fn skip(&mut self, end: u64, len: usize, spare: &mut Spare) {
        let queue = self.queue.get_or_insert_with(|| spare.take());
        let len = len as u64;
        match queue.patches.back_mut() {
            Some(Patch::Skip {
                at,
                len: run,
                lines,
            }) if *at + *run == end => {
                *run += len;
                *lines += 1;
            }
            _ => queue.skip(end, len, 1),
        }
    }

    /// Start to read a feed at its end. What was waiting is sent first.
    pub(super) fn attach(&mut self, end: u64, reading: Reading) {
        self.reading = Some(reading);
        (self.cursor, self.sent) = (end, end);
        let patches = self.queue.iter_mut().flat_map(|queue| &mut queue.patches);
        for patch in patches {
            match patch {
                Patch::Insert { at, .. } | Patch::Gap { at, .. } | Patch::Skip { at, .. } => {
                    *at = end;
                }
            }
        }
    }

    /// Stop reading the feed. What is unread becomes private bytes, `keep` of them at most; more than
    /// that is lost from its old end and told as a gap.
    pub(super) fn detach(&mut self, feed: &Feed, keep: usize) {
        let oldest = feed.end().saturating_sub(keep as u64);
        if self.cursor < oldest {
            self.skip_ahead(feed, feed.line_at_or_after(oldest));
        }
        let before = std::mem::take(self);
        let mut read_to = before.cursor;
        for patch in before.queue.into_iter().flat_map(|queue| queue.patches) {
            let at = patch.at();
            self.carry(feed, read_to, at);
            read_to = at;
            match patch {
                Patch::Skip { len, .. } => read_to += len,
                Patch::Insert { .. } | Patch::Gap { .. } => self.queue().push(0, patch),
            }
        }
        self.carry(feed, read_to, feed.end());
    }

    /// Take what is sent before anything else of the feed: the rest of a line that was begun, and what is
    /// private behind it.
    pub(super) fn take_first(&mut self, feed: Option<&Feed>) -> Track {
        let mut taken = Track::default();
        if let Some(feed) = feed {
            let line = feed.line_at_or_after(self.cursor);
            taken.carry(feed, self.cursor, line);
            self.cursor = line;
        }
        while let Some(queue) = &mut self.queue
            && let Some(Patch::Insert { at, .. } | Patch::Gap { at, .. }) = queue.patches.front()
            && *at == self.cursor
        {
            let patch = queue.patches.pop_front().expect("it was looked at");
            queue.count_out(&patch);
            taken.queue().push(0, patch);
        }
        taken
    }

    /// Send what another track has after what this one has. Neither reads a feed.
    pub(super) fn append(&mut self, other: Track) {
        debug_assert!(self.reading.is_none() && other.reading.is_none());
        for patch in other.queue.into_iter().flat_map(|queue| queue.patches) {
            self.queue().push(0, patch);
        }
    }

    /// The feed is about to forget everything before `to`, a line start beyond the cursor.
    ///
    /// The rest of the line that was begun stays, and so do private lines; the lines between are
    /// lost and counted, without those that this reader was not to see anyway.
    pub(super) fn skip_ahead(&mut self, feed: &Feed, to: u64) {
        debug_assert!(self.cursor < to && to <= feed.end());
        let line = feed.line_at_or_after(self.cursor).min(to);
        let mut lost = feed.lines_between(line, to);
        let rest = feed.pieces(self.cursor, line).concat();
        self.cursor = to;
        let queue = self.queue();
        let later = queue.patches.partition_point(|patch| patch.at() < to);
        let kept = queue.patches.split_off(later);
        let passed = std::mem::take(&mut queue.patches);
        if !rest.is_empty() {
            queue.insert(to, &rest);
        }
        for patch in passed {
            queue.count_out(&patch);
            match patch {
                // A run of skipped lines may reach beyond `to`: the rest of it stays a skip.
                Patch::Skip { at, len, lines } => {
                    let beyond = (at + len).saturating_sub(to);
                    let lines_beyond = feed.lines_between(to, to + beyond);
                    lost -= lines - lines_beyond;
                    if beyond > 0 {
                        queue.skip(to, beyond, lines_beyond);
                    }
                }
                Patch::Insert { .. } | Patch::Gap { .. } => queue.push(to, patch),
            }
        }
        if lost > 0 {
            queue.lose(to, lost);
        }
        queue.patches.extend(kept);
    }

    /// If gaps wait to be told, turn each into the words that `tell` gives for it.
    pub(super) fn tell_gaps(&mut self, mut tell: impl FnMut(u64) -> Vec<u8>) {
        let Some(queue) = &mut self.queue else { return };
        for patch in &mut queue.patches {
            if let Patch::Gap { at, lines } = *patch {
                let bytes = tell(lines);
                queue.private += bytes.len();
                queue.held += bytes.capacity() as u32;
                *patch = Patch::Insert { at, bytes, sent: 0 };
            }
        }
    }

    /// Whether `tell_gaps` has something to do.
    pub(super) fn has_gap(&self) -> bool {
        self.patches()
            .any(|patch| matches!(patch, Patch::Gap { .. }))
    }

    /// What `pieces` gives, when that is one piece of the feed: as it is for nearly every reader of
    /// nearly every line.
    pub(super) fn only_piece<'a>(&self, feed: &'a Feed) -> Option<&'a [u8]> {
        match feed.pieces(self.cursor, feed.end()) {
            [piece, []] if self.is_drained() && !piece.is_empty() => Some(piece),
            _ => None,
        }
    }

    /// What is to be sent, in order, as slices of the feed and of the inserts; none of them empty.
    /// Without a feed only inserts are sent.
    pub(super) fn pieces<'a>(&'a self, feed: Option<&'a Feed>) -> impl Iterator<Item = &'a [u8]> {
        let mut at = self.cursor;
        let steps = self.patches().map(Some).chain(std::iter::once(None));
        steps
            .flat_map(move |patch| {
                let to = patch.map_or_else(|| feed.map_or(at, Feed::end), Patch::at);
                let [a, b] = feed.map_or([&[][..]; 2], |feed| feed.pieces(at, to));
                at = to;
                let insert = match patch {
                    Some(Patch::Insert { bytes, sent, .. }) => &bytes[*sent..],
                    Some(Patch::Skip { len, .. }) => {
                        at += len;
                        &[]
                    }
                    Some(Patch::Gap { .. }) | None => &[],
                };
                [a, b, insert]
            })
            .filter(|piece| !piece.is_empty())
    }

    /// Up to `n` bytes of `pieces` are out. Patches that are done, and skips that come next, go. How
    /// many of the bytes were not this track's.
    pub(super) fn advance(&mut self, end: u64, mut n: usize, log: &mut Log<'_>) -> usize {
        loop {
            let to = self.patches().next().map_or(end, Patch::at);
            let step = n.min((to - self.cursor) as usize);
            if step > 0 {
                log.feed(self.sent, self.cursor, step);
                self.cursor += step as u64;
                self.sent = self.cursor;
            }
            n -= step;
            let Some(queue) = self.queue.as_mut().filter(|_| self.cursor == to) else {
                return n;
            };
            match queue.patches.front_mut() {
                Some(Patch::Insert { bytes, sent, .. }) => {
                    let step = n.min(bytes.len() - *sent);
                    *sent += step;
                    log.private(step);
                    queue.private -= step;
                    n -= step;
                    if *sent < bytes.len() {
                        return n;
                    }
                }
                Some(Patch::Skip { len, .. }) => self.cursor += *len,
                Some(Patch::Gap { .. }) | None => return n,
            }
            queue.pop();
        }
    }

    /// Nothing can be sent any more; forget it all. The cursor goes to `end`.
    pub(super) fn discard(&mut self, end: u64) {
        self.cursor = end;
        self.queue = None;
    }

    /// Give the queue away when it is empty, so that an idle conn holds no heap: a reader that ignored
    /// somebody while it lagged may have had 100,000 patches.
    pub(super) fn release(&mut self, spare: &mut Spare) {
        if self.is_drained()
            && let Some(queue) = self.queue.take()
        {
            spare.give(queue);
        }
    }

    /// Whether it has given back all memory, as `release` does.
    pub(super) fn is_released(&self) -> bool {
        self.queue.is_none()
    }

    fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.queue.iter().flat_map(|queue| &queue.patches)
    }

    fn queue(&mut self) -> &mut Queue {
        self.queue.get_or_insert_default()
    }

    fn carry(&mut self, feed: &Feed, from: u64, to: u64) {
        for piece in feed.pieces(from, to) {
            if !piece.is_empty() {
                self.queue().insert(0, piece);
            }
        }
    }

    /// Checks what the top of this file promises; for tests.
    pub(super) fn invariants(&self, end: u64) {
        let mut at = self.cursor;
        let (mut private, mut held, mut skips) = (0, 0, 0);
        for patch in self.patches() {
            assert!(at <= patch.at(), "patches are in order");
            at = patch.at();
            match patch {
                Patch::Insert { bytes, sent, .. } => {
                    private += bytes.len() - sent;
                    held += bytes.capacity() as u32;
                }
                Patch::Skip { len, lines, .. } => {
                    assert!(*len > 0 && *lines > 0);
                    skips += 1;
                    at += len;
                }
                Patch::Gap { lines, .. } => assert!(*lines > 0),
            }
        }
        assert!(at <= end);
        if let Some(queue) = &self.queue {
            let counted = (queue.private, queue.held, queue.skips);
            assert_eq!((private, held, skips), counted);
        }
    }
}

#[cfg(test)]
mod tests;
