//! The queue of a track: its patches in order, and their sums. It knows no feed.
//!
//! Invariant: `private`, `held` and `skips` are the sums of the patches.

use std::collections::VecDeque;

use crate::limits::{INSERT_BYTES, SPARE_QUEUES};

#[derive(Default, Debug)]
pub(super) struct Queue {
    pub(super) patches: VecDeque<Patch>,
    /// Unsent bytes of the inserts.
    pub(super) private: usize,
    /// Memory of the inserts' bytes: below 4 GiB, as a conn that holds more than a few MiB is ended.
    pub(super) held: u32,
    /// How many of the patches are skips.
    pub(super) skips: u32,
    /// The memory of an insert that is sent, for the next one.
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub(super) enum Patch {
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

/// Queues that were emptied, for those who need one next: without them each private line would cost
/// three allocations.
#[derive(Default)]
pub(in crate::fanout) struct Spare(
    #[expect(clippy::vec_box, reason = "the boxes are what is spared")] Vec<Box<Queue>>,
);

impl Spare {
    pub(super) fn take(&mut self) -> Box<Queue> {
        self.0.pop().unwrap_or_default()
    }

    /// Keep an empty queue, unless it has grown.
    pub(super) fn give(&mut self, queue: Box<Queue>) {
        if self.0.len() < SPARE_QUEUES && queue.patches.capacity() <= FEW {
            self.0.push(queue);
        }
    }
}

/// Patches that a queue may have room for without giving that back.
const FEW: usize = 16;

impl Queue {
    pub(super) fn memory(&self) -> usize {
        let patches = self.patches.capacity() * size_of::<Patch>();
        size_of::<Queue>() + patches + self.held as usize + self.buffer.capacity()
    }

    /// Private bytes go into the last insert as long as that stays small: what is sent of an insert is
    /// freed when all of it is, so one that grew with each line would never be.
    pub(super) fn insert(&mut self, end: u64, bytes: &[u8]) {
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
                let mut new = std::mem::take(&mut self.buffer);
                new.extend_from_slice(bytes);
                self.held += new.capacity() as u32;
                self.patches.push_back(Patch::Insert {
                    at: end,
                    bytes: new,
                    sent: 0,
                });
            }
        }
    }

    pub(super) fn skip(&mut self, at: u64, len: u64, lines: u64) {
        self.skips += 1;
        self.patches.push_back(Patch::Skip { at, len, lines });
    }

    /// Add the private bytes or the gap of a patch, at this place.
    pub(super) fn push(&mut self, at: u64, patch: Patch) {
        match patch {
            Patch::Insert { bytes, sent, .. } => self.insert(at, &bytes[sent..]),
            Patch::Gap { lines, .. } => self.patches.push_back(Patch::Gap { at, lines }),
            Patch::Skip { .. } => debug_assert!(false, "a skip belongs to its feed"),
        }
    }

    /// So many lines are lost before `to`, where all patches stand. A gap stands where the lines stood:
    /// before a skip that was cut. It is never merged with one that is followed by an insert, which may
    /// hold lines of the room (see `detach`).
    pub(super) fn lose(&mut self, to: u64, lost: u64) {
        let cut = matches!(self.patches.back(), Some(Patch::Skip { .. }));
        let place = self.patches.len() - usize::from(cut);
        let last = place.checked_sub(1);
        match last.and_then(|last| self.patches.get_mut(last)) {
            Some(Patch::Gap { lines, .. }) => *lines += lost,
            _ => {
                let gap = Patch::Gap {
                    at: to,
                    lines: lost,
                };
                self.patches.insert(place, gap);
            }
        }
    }

    /// A patch that was taken out counts no more.
    pub(super) fn count_out(&mut self, patch: &Patch) {
        match patch {
            Patch::Insert { bytes, sent, .. } => {
                self.private -= bytes.len() - sent;
                self.held -= bytes.capacity() as u32;
            }
            Patch::Skip { .. } => self.skips -= 1,
            Patch::Gap { .. } => {}
        }
    }

    /// The first patch is done. A queue that was long once and is never empty gives back what it does
    /// not need any more.
    pub(super) fn pop(&mut self) {
        let Some(patch) = self.patches.pop_front() else {
            return;
        };
        self.count_out(&patch);
        if let Patch::Insert { mut bytes, .. } = patch
            && self.buffer.capacity() == 0
            && bytes.capacity() <= INSERT_BYTES
        {
            bytes.clear();
            self.buffer = bytes;
        }
        if self.patches.capacity() > FEW && self.patches.len() < self.patches.capacity() / 4 {
            self.patches.shrink_to(self.patches.len() * 2);
        }
    }
}

impl Patch {
    pub(super) fn at(&self) -> u64 {
        match self {
            Patch::Insert { at, .. } | Patch::Skip { at, .. } | Patch::Gap { at, .. } => *at,
        }
    }
}
