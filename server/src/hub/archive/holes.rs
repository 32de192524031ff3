//! Lines that could not be kept, counted by room until their holes can be marked in the archive.
//!
//! Invariant: at most [`HOLES`] rooms; lines of further rooms are counted together.

use std::collections::BTreeMap;

use super::entry::{Entry, Kind, LineId};
use crate::limits::HOLES;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Holes {
    /// By the room's name: the first missing line, and how many.
    rooms: BTreeMap<Box<str>, (LineId, u64)>,
    /// In other rooms.
    others: u64,
}

impl Holes {
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.others == 0
    }

    pub(super) fn clear(&mut self) {
        self.rooms.clear();
        self.others = 0;
    }

    /// This line is missing.
    pub(super) fn add(&mut self, line: &Entry<'_>) {
        let is_full = self.rooms.len() >= HOLES;
        match self.rooms.get_mut(line.room) {
            Some((_, count)) => *count += 1,
            None if is_full => self.others += 1,
            None => {
                self.rooms.insert(line.room.into(), (line.id, 1));
            }
        }
    }

    /// Appends the entries that mark them.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let hole = |room, id, more| Entry {
            kind: Kind::Hole,
            room,
            id,
            from: "",
            text: "",
            more,
            refers: None,
            is_proved: false,
        };
        for (room, (first, count)) in &self.rooms {
            hole(room, *first, *count).write(out);
        }
        let nowhere = LineId {
            epoch: 0,
            number: 0,
        };
        if self.others > 0 {
            hole("", nowhere, self.others).write(out);
        }
    }
}
