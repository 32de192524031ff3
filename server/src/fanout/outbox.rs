//! An outbox: what one conn still has to get. A cursor into its room's feed, and a short queue of
//! patches, each stamped with the offset of the feed at which it takes effect.
//!
//! It never copies what stands in the feed, except when the conn leaves the feed (`detach`) or is
//! moved ahead in the middle of a line. It never writes: it names the pieces, somebody writes them
//! and says how much went out.
//!
//! Invariant: `cursor <= first patch <= second patch ... <= end of the feed`; `private` is the number
//! of unsent bytes in the inserts, and what they hold beyond that is at most what is sent of the first
//! one and the room of the last. Order between public and private lines is exact because an insert is
//! stamped with the end of the feed at the moment it came.

use std::collections::VecDeque;

use crate::fanout::feed::Feed;
use crate::limits::INSERT_BYTES;

/// See the top of this file.
#[derive(Default, Debug)]
pub struct Outbox {
    cursor: u64,
    patches: VecDeque<Patch>,
    private: usize,
    /// Memory of the inserts' bytes: below 4 GiB, as a conn that holds more than a few MiB is ended.
    held: u32,
    /// How many of the patches are skips.
    skips: u32,
}

#[derive(Debug)]
enum Patch {
    /// Bytes for this reader alone; the first `sent` of them are out already.
    Insert {
        at: u64,
        bytes: Vec<u8>,
        sent: usize,
    },
    /// So many bytes, whole lines of the feed, that this reader must not see.
    Skip { at: u64, len: u64, lines: u64 },
    /// So many lines were lost here. Becomes words (an insert) just before it is sent, so that a
    /// reader that falls behind again and again, and gets nothing private, costs one patch.
    Gap { at: u64, lines: u64 },
}

impl Outbox {
    /// Where in its feed this reader is.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Unsent bytes that are for this reader alone.
    pub fn private(&self) -> usize {
        self.private
    }

    /// Bytes of memory that it holds, used or not.
    pub fn memory(&self) -> usize {
        self.held as usize + self.patches.capacity() * size_of::<Patch>()
    }

    /// Runs of lines that this reader must not see and has not come to yet.
    pub fn skips(&self) -> usize {
        self.skips as usize
    }

    /// Whether there is nothing to send, for a reader whose feed ends at `end` (its cursor, when it
    /// reads none).
    pub fn is_empty(&self, end: u64) -> bool {
        self.patches.is_empty() && self.cursor == end
    }

    /// Whether there is nothing to send to a conn that reads no feed.
    pub fn is_drained(&self) -> bool {
        self.patches.is_empty()
    }

    /// Add bytes for this reader alone, after everything that is in its feed by now. They go into the
    /// last insert as long as that stays small: what is sent of an insert is freed when all of it is,
    /// so one that grew with each line would never be.
    pub fn insert(&mut self, end: u64, bytes: &[u8]) {
        self.private += bytes.len();
        match self.patches.back_mut() {
            Some(Patch::Insert {
                at, bytes: last, ..
            }) if *at == end && last.len() + bytes.len() <= INSERT_BYTES => {
                let before = last.capacity();
                last.extend_from_slice(bytes);
                self.held += (last.capacity() - before) as u32;
            }
            _ => {
                let bytes = bytes.to_vec();
                self.held += bytes.capacity() as u32;
                self.patches.push_back(Patch::Insert {
                    at: end,
                    bytes,
                    sent: 0,
                });
            }
        }
    }

    /// The next line of the feed, `len` bytes that are about to be appended at `end`, is not for
    /// this reader.
    pub fn skip(&mut self, end: u64, len: usize) {
        let len = len as u64;
        match self.patches.back_mut() {
            Some(Patch::Skip {
                at,
                len: run,
                lines,
            }) if *at + *run == end => {
                *run += len;
                *lines += 1;
            }
            _ => self.push_skip(end, len, 1),
        }
    }

    /// Start to read a feed at its end. What was waiting is sent first.
    pub fn attach(&mut self, end: u64) {
        self.cursor = end;
        for patch in &mut self.patches {
            match patch {
                Patch::Insert { at, .. } | Patch::Gap { at, .. } | Patch::Skip { at, .. } => {
                    *at = end;
                }
            }
        }
    }

    /// Stop to read a feed. What is unread goes along as private bytes, `keep` of them at most;
    /// more than that is lost from its old end and told as a gap.
    pub fn detach(&mut self, feed: &Feed, keep: usize) {
        let oldest = feed.end().saturating_sub(keep as u64);
        if self.cursor < oldest {
            self.skip_ahead(feed, feed.line_at_or_after(oldest));
        }
        let patches = std::mem::take(&mut self.patches);
        let from = std::mem::take(&mut self.cursor);
        (self.private, self.held, self.skips) = (0, 0, 0);
        let mut read_to = from;
        for patch in patches {
            let at = patch.at();
            self.carry(feed, read_to, at);
            read_to = at;
            match patch {
                Patch::Insert { bytes, sent, .. } => self.insert(0, &bytes[sent..]),
                Patch::Skip { len, .. } => read_to += len,
                Patch::Gap { lines, .. } => self.patches.push_back(Patch::Gap { at: 0, lines }),
            }
        }
        self.carry(feed, read_to, feed.end());
    }

    /// The feed is about to forget everything before `to`, a line start beyond the cursor.
    ///
    /// The rest of the line that was begun stays, and so do private lines; the lines between are
    /// lost and counted, without those that this reader was not to see anyway.
    pub fn skip_ahead(&mut self, feed: &Feed, to: u64) {
        debug_assert!(self.cursor < to && to <= feed.end());
        let line = feed.line_at_or_after(self.cursor).min(to);
        let mut lost = feed.lines_between(line, to);
        let later = self.patches.partition_point(|patch| patch.at() < to);
        let kept = self.patches.split_off(later);
        let passed = std::mem::take(&mut self.patches);
        let rest = feed.pieces(self.cursor, line).concat();
        self.cursor = to;
        if !rest.is_empty() {
            self.insert(to, &rest);
        }
        for patch in passed {
            match patch {
                Patch::Insert { bytes, sent, .. } => {
                    self.private -= bytes.len() - sent;
                    self.held -= bytes.capacity() as u32;
                    self.insert(to, &bytes[sent..]);
                }
                // A run of skipped lines may reach beyond `to`: the rest of it stays a skip.
                Patch::Skip { at, len, lines } => {
                    let beyond = (at + len).saturating_sub(to);
                    let lines_beyond = feed.lines_between(to, to + beyond);
                    lost -= lines - lines_beyond;
                    self.skips -= 1;
                    if beyond > 0 {
                        self.push_skip(to, beyond, lines_beyond);
                    }
                }
                Patch::Gap { lines, .. } => self.patches.push_back(Patch::Gap { at: to, lines }),
            }
        }
        if lost > 0 {
            // Before a skip that was cut: a gap stands where the lines stood. Never merged with one
            // that is followed by an insert, which may hold lines of the room (see `detach`).
            let cut = matches!(self.patches.back(), Some(Patch::Skip { .. }));
            let place = self.patches.len() - usize::from(cut);
            match place
                .checked_sub(1)
                .and_then(|last| self.patches.get_mut(last))
            {
                Some(Patch::Gap { lines, .. }) => *lines += lost,
                _ => self.patches.insert(
                    place,
                    Patch::Gap {
                        at: to,
                        lines: lost,
                    },
                ),
            }
        }
        self.patches.extend(kept);
    }

    /// If gaps wait to be told, turn each into the words that `tell` gives for it.
    pub fn tell_gaps(&mut self, mut tell: impl FnMut(u64) -> Vec<u8>) {
        for patch in &mut self.patches {
            if let Patch::Gap { at, lines } = *patch {
                let bytes = tell(lines);
                self.private += bytes.len();
                self.held += bytes.capacity() as u32;
                *patch = Patch::Insert { at, bytes, sent: 0 };
            }
        }
    }

    /// Whether `tell_gaps` has something to do.
    pub fn has_gap(&self) -> bool {
        self.patches
            .iter()
            .any(|patch| matches!(patch, Patch::Gap { .. }))
    }

    /// What `pieces` gives, when that is one piece of the feed: as it is for nearly every reader of
    /// nearly every line.
    pub fn only_piece<'a>(&self, feed: &'a Feed) -> Option<&'a [u8]> {
        match feed.pieces(self.cursor, feed.end()) {
            [piece, []] if self.patches.is_empty() && !piece.is_empty() => Some(piece),
            _ => None,
        }
    }

    /// What is to be sent, in order, as slices of the feed and of the inserts; none of them empty.
    /// Without a feed only inserts are sent.
    pub fn pieces<'a>(&'a self, feed: Option<&'a Feed>) -> impl Iterator<Item = &'a [u8]> {
        let mut at = self.cursor;
        let steps = self.patches.iter().map(Some).chain(std::iter::once(None));
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

    /// `n` bytes of `pieces` are out. Patches that are done, and skips that come next, go.
    pub fn advance(&mut self, end: u64, mut n: usize) {
        loop {
            let to = self.patches.front().map_or(end, Patch::at);
            let step = n.min((to - self.cursor) as usize);
            self.cursor += step as u64;
            n -= step;
            if self.cursor < to {
                return;
            }
            match self.patches.front_mut() {
                Some(Patch::Insert { bytes, sent, .. }) => {
                    let step = n.min(bytes.len() - *sent);
                    *sent += step;
                    self.private -= step;
                    n -= step;
                    if *sent < bytes.len() {
                        return;
                    }
                    self.held -= bytes.capacity() as u32;
                }
                Some(Patch::Skip { len, .. }) => {
                    self.cursor += *len;
                    self.skips -= 1;
                }
                Some(Patch::Gap { .. }) | None => break,
            }
            self.patches.pop_front();
            self.tighten();
        }
        debug_assert_eq!(n, 0, "no more can be out than there was");
    }

    /// Nothing can be sent any more; forget it all. The cursor goes to `end`.
    pub fn discard(&mut self, end: u64) {
        *self = Outbox {
            cursor: end,
            ..Outbox::default()
        };
    }

    /// Release what the queue held at its longest, so that an idle conn holds no heap: a reader that
    /// ignored somebody while it lagged may have had 100,000 patches.
    pub fn release(&mut self) {
        if self.patches.is_empty() {
            self.patches = VecDeque::new();
        }
    }

    /// Whether it has given back all memory, as `release` does.
    pub fn is_released(&self) -> bool {
        self.patches.capacity() == 0
    }

    /// A queue that was long once and is never empty gives back what it does not need any more.
    fn tighten(&mut self) {
        const FEW: usize = 16;
        if self.patches.capacity() > FEW && self.patches.len() < self.patches.capacity() / 4 {
            self.patches.shrink_to(self.patches.len() * 2);
        }
    }

    fn push_skip(&mut self, at: u64, len: u64, lines: u64) {
        self.skips += 1;
        self.patches.push_back(Patch::Skip { at, len, lines });
    }

    fn carry(&mut self, feed: &Feed, from: u64, to: u64) {
        for piece in feed.pieces(from, to) {
            if !piece.is_empty() {
                self.insert(0, piece);
            }
        }
    }

    /// Checks what the top of this file promises; for tests.
    pub fn invariants(&self, end: u64) {
        let mut at = self.cursor;
        let (mut private, mut held, mut skips) = (0, 0, 0);
        for patch in &self.patches {
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
        assert_eq!(
            (private, held, skips),
            (self.private, self.held, self.skips)
        );
    }
}

impl Patch {
    fn at(&self) -> u64 {
        match self {
            Patch::Insert { at, .. } | Patch::Skip { at, .. } | Patch::Gap { at, .. } => *at,
        }
    }
}

#[cfg(test)]
mod tests;
