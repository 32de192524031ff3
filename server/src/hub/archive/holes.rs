//! Lines that could not be kept, counted by room until their holes can be marked in the archive. Those that
//! change others (a deletion, a correction, a pin, a topic) are held themselves, and are kept later: what
//! was deleted must not come back with the next start.
//!
//! Invariant: lines stand in their order, each is counted or held. At most [`HOLES`] rooms, further ones only
//! for changes, which take at most [`HELD_BYTES`]; deletions have precedence. Lines of further rooms are
//! counted together.

use std::collections::BTreeMap;

use super::entry::{Entry, Kind, LineId, entries};
use crate::limits::{HELD_BYTES, HOLES};

/// See the top of this file.
#[derive(Default)]
pub(super) struct Holes {
    /// By the room's name.
    rooms: BTreeMap<Box<str>, Vec<Stretch>>,
    /// In other rooms.
    others: u64,
    /// The changes that are held, and their bytes.
    changes: u64,
    bytes: usize,
}

/// Missing lines one after the other, and what follows them.
struct Stretch {
    /// The first one, if any is missing.
    first: LineId,
    count: u64,
    /// The entry of the change after them, as bytes; none for the last stretch of a room.
    change: Option<Box<[u8]>>,
}

impl Holes {
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.others == 0
    }

    /// All of it is in the archive. Returns how many lines that are.
    pub(super) fn clear(&mut self) -> u64 {
        std::mem::take(self).changes
    }

    /// This line is not kept now; whether it is held.
    pub(super) fn add(&mut self, line: &Entry<'_>) -> bool {
        let mut bytes = Vec::new();
        if is_change(line.kind) {
            line.write(&mut bytes);
            if line.kind == Kind::Deleted && self.bytes + bytes.len() > HELD_BYTES {
                self.drop_all_but_deletions();
            }
        }
        let is_held = !bytes.is_empty() && self.bytes + bytes.len() <= HELD_BYTES;
        if !is_held && self.rooms.len() >= HOLES && !self.rooms.contains_key(line.room) {
            self.others += 1;
            return false;
        }
        let stretches = self.rooms.entry(line.room.into()).or_default();
        if stretches.last().is_none_or(|last| last.change.is_some()) {
            stretches.push(Stretch {
                first: line.id,
                count: 0,
                change: None,
            });
        }
        if let Some(last) = stretches.last_mut() {
            match is_held {
                true => {
                    (self.changes, self.bytes) = (self.changes + 1, self.bytes + bytes.len());
                    last.change = Some(bytes.into());
                }
                false => last.count += 1,
            }
        }
        is_held
    }

    /// There is no room for them: they are missing, as other lines are.
    fn drop_all_but_deletions(&mut self) {
        (self.changes, self.bytes) = (0, 0);
        for stretches in self.rooms.values_mut() {
            let mut kept: Vec<Stretch> = Vec::new();
            for mut stretch in std::mem::take(stretches) {
                let is_kept = stretch
                    .change
                    .as_ref()
                    .is_some_and(|bytes| entries(bytes).all(|entry| entry.kind == Kind::Deleted));
                match &stretch.change {
                    Some(bytes) if is_kept => {
                        (self.changes, self.bytes) = (self.changes + 1, self.bytes + bytes.len());
                    }
                    Some(_) => (stretch.count, stretch.change) = (stretch.count + 1, None),
                    None => {}
                }
                match kept.last_mut().filter(|last| last.change.is_none()) {
                    Some(last) => {
                        last.count += stretch.count;
                        last.change = stretch.change;
                    }
                    None => kept.push(stretch),
                }
            }
            *stretches = kept;
        }
    }

    /// Appends the entries that mark them, and those that are held.
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
        for (room, stretches) in &self.rooms {
            for stretch in stretches {
                if stretch.count > 0 {
                    hole(room, stretch.first, stretch.count).write(out);
                }
                out.extend_from_slice(stretch.change.as_deref().unwrap_or_default());
            }
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

/// Whether a line is about what was there before it.
fn is_change(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Deleted | Kind::Edited | Kind::Pinned | Kind::Unpinned | Kind::Topic
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> LineId {
        LineId { epoch: 7, number }
    }

    fn add(holes: &mut Holes, kind: Kind, number: u64, text: &str) -> bool {
        holes.add(&Entry {
            kind,
            room: "lobby",
            id: id(number),
            from: "ana",
            text,
            more: 0,
            refers: is_change(kind).then_some(id(1)),
            is_proved: false,
        })
    }

    fn written(holes: &Holes) -> Vec<(Kind, u64, u64)> {
        let mut bytes = Vec::new();
        holes.write(&mut bytes);
        let of = |entry: Entry<'_>| (entry.kind, entry.id.number, entry.more);
        entries(&bytes).map(of).collect()
    }

    #[test]
    fn changes_are_held_in_their_order_between_holes() {
        let mut holes = Holes::default();
        assert!(!add(&mut holes, Kind::Line, 4, "lost"));
        assert!(!add(&mut holes, Kind::Joined, 5, ""));
        assert!(add(&mut holes, Kind::Deleted, 6, ""));
        assert!(add(&mut holes, Kind::Edited, 7, "hello"));
        assert!(!add(&mut holes, Kind::Reacted, 8, "ok"));
        let expected = [
            (Kind::Hole, 4, 2),
            (Kind::Deleted, 6, 0),
            (Kind::Edited, 7, 0),
            (Kind::Hole, 8, 1),
        ];
        assert_eq!(written(&holes), expected);
        assert_eq!(holes.clear(), 2);
        assert!(holes.is_empty());
    }

    #[test]
    fn deletions_have_the_room_of_all_others() {
        let mut holes = Holes::default();
        let long = "x".repeat(HELD_BYTES / 8);
        for number in 1..=7 {
            assert!(add(&mut holes, Kind::Edited, number, &long));
        }
        assert!(!add(&mut holes, Kind::Edited, 8, &long));
        let mut number = 8;
        while written(&holes)[0].0 == Kind::Edited {
            number += 1;
            assert!(add(&mut holes, Kind::Deleted, number, ""));
        }
        let lines = written(&holes);
        assert_eq!(lines[..2], [(Kind::Hole, 1, 8), (Kind::Deleted, 9, 0)]);
        assert_eq!(lines.len() as u64, 1 + holes.changes);
        assert_eq!(holes.changes, number - 8);
        // They do not take more than that either.
        while add(&mut holes, Kind::Deleted, number + 1, "") {
            number += 1;
        }
        assert!(holes.bytes <= HELD_BYTES);
    }
}
