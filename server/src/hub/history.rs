//! The last public lines of one room. It knows no reader and no clock.
//!
//! Invariant: at most `HISTORY_LINES` lines and `HISTORY_BYTES` bytes of text. `bytes` is the sum
//! of the texts; `held` is the memory of all lines, counting each speaker's name in full.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::Time;
use super::archive::entry::LineId;
use super::notice::{Said, SaidKind};
use crate::hub::name::Name;
use crate::limits::{HISTORY_BYTES, HISTORY_LINES};

/// Lines, oldest first.
#[derive(Default)]
pub(super) struct History {
    lines: VecDeque<Line>,
    bytes: usize,
    held: usize,
}

struct Line {
    id: LineId,
    from: Name,
    text: Rc<str>,
    kind: SaidKind,
    /// When, in nanoseconds since the server started; less than 0 is before that. For 292 years.
    at: i64,
}

impl History {
    /// Keeps a line.
    pub(super) fn push(&mut self, now: Time, said: Said) {
        let Said {
            id,
            from,
            text,
            kind,
            age,
        } = said;
        let at = nanos(now) - nanos(age);
        let line = Line {
            id,
            from,
            text,
            kind,
            at,
        };
        self.bytes += line.text.len();
        self.held += line.memory();
        self.lines.push_back(line);
        while self.lines.len() > HISTORY_LINES || self.bytes > HISTORY_BYTES {
            self.forget_oldest();
        }
    }

    /// Bytes of memory allocated, used or not.
    pub(super) fn memory(&self) -> usize {
        self.held + self.lines.capacity() * size_of::<Line>()
    }

    /// Removes the oldest lines until it holds at most `bytes`.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        while !self.lines.is_empty() && self.held + self.lines.len() * size_of::<Line>() > bytes {
            self.forget_oldest();
        }
        self.lines.shrink_to_fit();
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.lines.pop_front() {
            self.bytes -= oldest.text.len();
            self.held -= oldest.memory();
        }
    }

    /// The last `count` lines, oldest first, whose speaker passes `hears`.
    pub(super) fn last(&self, now: Time, count: usize, hears: impl Fn(&Name) -> bool) -> Vec<Said> {
        let heard = self.lines.iter().rev().filter(|line| hears(&line.from));
        let mut said: Vec<Said> = heard.take(count).map(|line| line.told(now)).collect();
        said.reverse();
        said
    }

    pub(super) fn invariants(&self) {
        let bytes: usize = self.lines.iter().map(|line| line.text.len()).sum();
        assert_eq!(self.bytes, bytes);
        let held: usize = self.lines.iter().map(Line::memory).sum();
        assert_eq!(self.held, held);
        assert!(self.lines.len() <= HISTORY_LINES && bytes <= HISTORY_BYTES);
    }
}

impl Line {
    /// Bytes of memory outside this struct: text and name, each with its two reference counts.
    fn memory(&self) -> usize {
        const COUNTERS: usize = 2 * size_of::<usize>();
        let name = self.from.key().len() + self.from.shown().len() + 2 * COUNTERS;
        self.text.len() + COUNTERS + name
    }

    fn told(&self, now: Time) -> Said {
        Said {
            id: self.id,
            from: self.from.clone(),
            text: self.text.clone(),
            kind: self.kind,
            age: Duration::from_nanos((nanos(now) - self.at).max(0) as u64),
        }
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX / 2)
}
