//! The last lines of one room, of every kind, as bytes: what somebody who was away for a moment has missed.
//! It asks nobody and knows no users; what was before is in the archive.
//!
//! Invariant: it holds whole entries in their order, without a gap up to the last line of the room, in two
//! halves of about [`RECENT_BYTES`] / 2. When the newer half is full, the older one is forgotten.

use super::Time;
use super::archive::entry::{Entry, Kind, LineId, read};
use crate::limits::RECENT_BYTES;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Recent {
    older: Vec<u8>,
    newer: Vec<u8>,
    /// The last line of each half, and the one before them, which is not held.
    before: Option<LineId>,
    middle: Option<LineId>,
    last: Option<LineId>,
}

impl Recent {
    /// Nothing of a room whose last line was this.
    pub(super) fn after(last: Option<LineId>) -> Recent {
        Recent {
            before: last,
            middle: last,
            last,
            ..Recent::default()
        }
    }

    /// One more line, as the bytes of its entry. The text of a line that it deletes is forgotten.
    pub(super) fn push(&mut self, now: Time, id: LineId, entry: &[u8]) {
        if entry.first() == Some(&(Kind::Deleted as u8))
            && let Some(Entry {
                refers: Some(line), ..
            }) = read(&mut &*entry)
        {
            self.forget_text(line);
        }
        const TIME: usize = size_of::<u64>();
        let half = RECENT_BYTES / 2;
        if !self.newer.is_empty() && self.newer.len() + TIME + entry.len() > half {
            std::mem::swap(&mut self.older, &mut self.newer);
            self.newer.clear();
            (self.before, self.middle) = (self.middle, self.last);
        }
        let needed = self.newer.len() + TIME + entry.len();
        if needed > self.newer.capacity() {
            let room = needed.max((2 * needed).min(half));
            self.newer.reserve_exact(room - self.newer.len());
        }
        let millis = now.as_millis() as u64;
        self.newer.extend_from_slice(&millis.to_le_bytes());
        self.newer.extend_from_slice(entry);
        self.last = Some(id);
    }

    /// Overwrites the text of a line and of what corrects it.
    fn forget_text(&mut self, line: LineId) {
        for half in [&mut self.older, &mut self.newer] {
            let start = half.as_ptr() as usize;
            let is_it = |entry: &Entry<'_>| entry.id == line || entry.refers == Some(line);
            let texts = lines(half).map(|(_, entry)| entry).filter(is_it);
            let texts = texts.filter(|entry| entry.kind == Kind::Edited || entry.id == line);
            let places =
                texts.map(|entry| (entry.text.as_ptr() as usize - start, entry.text.len()));
            for (at, len) in places.collect::<Vec<_>>() {
                half[at..at + len].fill(b' ');
            }
        }
    }

    /// The lines after this one, oldest first, each with its time; none if some of them are not held. If it is
    /// the last one of before, and nothing was held then, they are all that are held since the first.
    pub(super) fn since(
        &self,
        after: LineId,
        is_last: bool,
    ) -> Option<impl Iterator<Item = (Time, Entry<'_>)> + Clone> {
        let is_before = |id: LineId| id.epoch == after.epoch && id.number <= after.number;
        let all = lines(&self.older).chain(lines(&self.newer));
        let ids = all.clone().map(|(_, entry)| entry.id);
        let is_reached = |id: LineId| id.epoch == after.epoch && id.number >= after.number;
        if !is_last && !self.before.into_iter().chain(ids).any(is_reached) {
            // There was no such line.
            return None;
        }
        let mut passed = None;
        for (place, (_, entry)) in all.clone().enumerate() {
            let is_first = entry.id.epoch == after.epoch && entry.id.number == after.number + 1;
            if is_before(entry.id) {
                passed = Some(place + 1);
            } else if passed.is_none() && is_first {
                passed = Some(place);
            }
        }
        let is_whole = || self.before.map_or(is_last, is_before);
        let passed = passed.or_else(|| is_whole().then_some(0))?;
        Some(all.skip(passed))
    }

    /// The oldest line.
    pub(super) fn first(&self) -> Option<LineId> {
        let mut all = lines(&self.older).chain(lines(&self.newer));
        all.next().map(|(_, entry)| entry.id)
    }

    /// Bytes of memory that it holds.
    pub(super) fn memory(&self) -> usize {
        self.older.capacity() + self.newer.capacity()
    }
}

fn lines(mut bytes: &[u8]) -> impl Iterator<Item = (Time, Entry<'_>)> + Clone {
    std::iter::from_fn(move || {
        let millis = u64::from_le_bytes(bytes.split_off(..8)?.try_into().ok()?);
        Some((Time::from_millis(millis), read(&mut bytes)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(epoch: u64, number: u64) -> LineId {
        LineId { epoch, number }
    }

    fn push(recent: &mut Recent, id: LineId, text: &str) {
        let mut bytes = Vec::new();
        let entry = Entry {
            kind: Kind::Line,
            room: "lobby",
            id,
            from: "ana",
            text,
            more: 0,
            refers: None,
            is_proved: false,
        };
        entry.write(&mut bytes);
        recent.push(Time::from_secs(id.number), id, &bytes);
    }

    fn numbers(recent: &Recent, after: LineId) -> Option<Vec<u64>> {
        Some(
            recent
                .since(after, false)?
                .map(|(_, line)| line.id.number)
                .collect(),
        )
    }

    #[test]
    fn what_came_after_a_line_is_whole_or_not_told() {
        let mut recent = Recent::after(Some(id(1, 4)));
        assert_eq!(numbers(&recent, id(1, 4)), Some(vec![]));
        assert_eq!(numbers(&recent, id(1, 3)), None);
        push(&mut recent, id(1, 5), "one");
        push(&mut recent, id(1, 6), "two");
        // Lines were lost to the archive, and another epoch began.
        push(&mut recent, id(9, 1), "three");
        assert_eq!(numbers(&recent, id(1, 4)), Some(vec![5, 6, 1]));
        assert_eq!(numbers(&recent, id(1, 5)), Some(vec![6, 1]));
        assert_eq!(numbers(&recent, id(9, 0)), Some(vec![1]));
        assert_eq!(numbers(&recent, id(9, 1)), Some(vec![]));
        assert_eq!(numbers(&recent, id(2, 1)), None);
        let times: Vec<Time> = recent
            .since(id(1, 5), false)
            .into_iter()
            .flatten()
            .map(|line| line.0)
            .collect();
        assert_eq!(times, [Time::from_secs(6), Time::from_secs(1)]);
    }

    #[test]
    fn it_holds_at_least_half_and_never_more_than_all() {
        let mut recent = Recent::default();
        for number in 1..=1000 {
            push(&mut recent, id(1, number), &"x".repeat(100));
            let held = numbers(&recent, id(1, 0));
            assert!(held.is_some() || number > 50, "{number}");
            assert!(recent.memory() <= RECENT_BYTES + 1024);
        }
        let held = numbers(&recent, id(1, 970));
        assert_eq!(held.map(|held| held.len()), Some(30));
        assert_eq!(numbers(&recent, id(1, 800)), None);
    }
}
