//! The ids of a feed's last lines, found by the offsets at which they end: also of lines whose bytes the feed
//! has forgotten, as a peer may not have acknowledged those yet.
//!
//! Invariant: the lines are the last ones of the feed, one after the other, all of one epoch; at most
//! [`FEED_IDS`].

use std::collections::VecDeque;

use crate::fanout::sent::Place;
use crate::hub::{LineId, Reached};
use crate::limits::FEED_IDS;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Ids {
    lines: VecDeque<Line>,
    /// The id of the last line, and where it ends.
    last: Option<LineId>,
    end: u64,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    /// Its bytes.
    len: u16,
    /// How much larger its number is than that of the line before.
    step: u16,
}

impl Ids {
    /// A line of this length was appended.
    pub(super) fn push(&mut self, len: usize, id: LineId) {
        let step = match self.last {
            Some(last) if last.epoch == id.epoch => id.number.saturating_sub(last.number),
            _ => 0,
        };
        let line = u16::try_from(len).ok().zip(u16::try_from(step).ok());
        match line {
            Some((len, step)) if step > 0 => {
                if self.lines.len() == FEED_IDS {
                    self.lines.pop_front();
                }
                self.lines.push_back(Line { len, step });
            }
            _ => self.begin(len),
        }
        self.last = Some(id);
        self.end += len as u64;
    }

    /// Nothing is known of the lines before this one.
    fn begin(&mut self, len: usize) {
        self.lines.clear();
        let len = u16::try_from(len);
        let line = len.map(|len| Line { len, step: 1 });
        self.lines.extend(line);
    }

    /// Hold memory, or none.
    pub(super) fn resize(&mut self, holds: bool) {
        let lines = if holds { FEED_IDS } else { 0 };
        if self.lines.capacity() != lines {
            self.lines = VecDeque::with_capacity(lines);
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.lines.capacity() * size_of::<Line>()
    }

    pub(super) fn memory_at(size: usize) -> usize {
        if size == 0 {
            0
        } else {
            FEED_IDS * size_of::<Line>()
        }
    }

    /// Where this line ends; if that is too long ago, where a later one begins.
    pub(super) fn end_of(&self, id: LineId) -> u64 {
        let mut end = self.end;
        let Some(mut last) = self.last else {
            return end;
        };
        for line in self.lines.iter().rev() {
            if last.epoch == id.epoch && last.number <= id.number {
                return end;
            }
            last.number -= u64::from(line.step);
            end -= u64::from(line.len);
        }
        end
    }

    /// Which lines have reached a reader that has got the feed up to this place. A line of which a part is
    /// missing has not.
    pub(super) fn reached(&self, place: Place) -> Reached {
        let Place::At { offset, then } = place else {
            return Reached::Unknown;
        };
        let (Some(mut id), mut end) = (self.last, self.end) else {
            return Reached::All;
        };
        if offset >= end {
            return Reached::All;
        }
        for line in self.lines.iter().rev() {
            let start = end - u64::from(line.len);
            // The rest of a line goes out as private bytes when its feed forgets it.
            let is_whole = || start < offset && end - offset <= u64::from(then);
            if end <= offset || is_whole() {
                return Reached::Line(id);
            }
            id.number -= u64::from(line.step);
            end = start;
        }
        match end <= offset {
            true => Reached::Line(id),
            false => Reached::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(epoch: u64, number: u64) -> LineId {
        LineId { epoch, number }
    }

    fn at(offset: u64) -> Place {
        Place::At { offset, then: 0 }
    }

    #[test]
    fn the_last_whole_line_before_an_offset() {
        let mut ids = Ids::default();
        ids.resize(true);
        assert_eq!(ids.reached(at(0)), Reached::All, "there is nothing to miss");
        for number in [5, 6, 9] {
            ids.push(10, id(1, number));
        }
        assert_eq!(ids.reached(at(0)), Reached::Line(id(1, 4)));
        assert_eq!(ids.reached(at(9)), Reached::Line(id(1, 4)));
        assert_eq!(ids.reached(at(10)), Reached::Line(id(1, 5)));
        assert_eq!(ids.reached(at(25)), Reached::Line(id(1, 6)));
        assert_eq!(ids.reached(at(30)), Reached::All);
        let ends = [5, 6, 8, 9, 10].map(|number| ids.end_of(id(1, number)));
        assert_eq!(ends, [10, 20, 20, 30, 30]);
        assert_eq!(ids.end_of(id(1, 4)), 0, "before all that is known");
        assert_eq!(ids.end_of(id(7, 9)), 0, "of an epoch before");
        let rest = Place::At {
            offset: 25,
            then: 5,
        };
        assert_eq!(ids.reached(rest), Reached::Line(id(1, 9)));
        let part = Place::At {
            offset: 25,
            then: 4,
        };
        assert_eq!(ids.reached(part), Reached::Line(id(1, 6)));
        assert_eq!(ids.reached(Place::Unknown), Reached::Unknown);
    }

    #[test]
    fn what_is_too_long_ago_is_not_known() {
        let mut ids = Ids::default();
        ids.resize(true);
        for number in 1..=FEED_IDS as u64 + 1 {
            ids.push(2, id(1, number));
        }
        assert_eq!(ids.reached(at(0)), Reached::Unknown);
        assert_eq!(ids.reached(at(2)), Reached::Line(id(1, 1)));
        let held = ids.memory();
        assert_eq!(held, Ids::memory_at(1));
        // Numbers of another epoch say nothing about those of this one.
        ids.push(2, id(7, 1));
        assert_eq!(ids.reached(at(2)), Reached::Unknown);
        assert_eq!(
            ids.reached(at(2 * FEED_IDS as u64 + 2)),
            Reached::Line(id(7, 0))
        );
        assert_eq!(ids.memory(), held);
    }
}
