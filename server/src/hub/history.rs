//! The last public lines of one room. It knows no reader and no clock.
//!
//! Invariant: at most `HISTORY_LINES` lines and `HISTORY_BYTES` bytes of text. `bytes` is the sum
//! of the texts; `held` is the memory of all lines, counting each speaker's name in full.

mod since;

use std::collections::VecDeque;
use std::rc::Rc;

use super::Time;
use super::archive::entry::LineId;
use super::notice::{Said, SaidKind};
use super::refer::Author;
use crate::hub::name::Name;
use crate::limits::{HISTORY_BYTES, HISTORY_LINES};

/// Lines, oldest first.
#[derive(Default)]
pub(super) struct History {
    pub(super) lines: VecDeque<Line>,
    pub(super) bytes: usize,
    pub(super) held: usize,
    /// The last line that was forgotten.
    forgotten: Option<LineId>,
}

/// One line.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) id: LineId,
    pub(super) from: Name,
    /// Whose it is.
    pub(super) by: Author,
    pub(super) text: Rc<str>,
    pub(super) kind: SaidKind,
    pub(super) is_edited: bool,
    /// The line that it answers.
    pub(super) re: Option<LineId>,
    /// When, in nanoseconds since the server started; less than 0 is before that. For 292 years.
    pub(super) at: i64,
    /// Seats of rooms from this one on were taken after it.
    pub(super) seats: u64,
    /// Whose and which.
    pub(super) reactions: Vec<(u64, Rc<str>)>,
}

impl History {
    /// Keeps a line, after which seats from this one on are taken.
    pub(super) fn push(&mut self, now: Time, seats: u64, said: Said, by: Author) {
        let mut line = Line::new(now, said, by);
        line.seats = seats;
        self.bytes += line.text.len();
        self.held += line.memory();
        self.lines.push_back(line);
        self.keep_limits();
    }

    /// Forgets the oldest lines beyond what is kept.
    pub(super) fn keep_limits(&mut self) {
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
            self.forgotten = Some(oldest.id);
            self.bytes -= oldest.text.len();
            self.held -= oldest.memory();
        }
    }

    /// The last `count` lines, oldest first, whose speaker passes `hears`.
    pub(super) fn last(&self, now: Time, count: usize, hears: impl Fn(&Name) -> bool) -> Vec<Said> {
        let heard = self.lines.iter().rev().filter(|line| hears(&line.from));
        let quoted =
            |line: &Line| self.newest(|other| Some(other.id) == line.re && hears(&other.from));
        let told = |line: &Line| line.told(now, quoted(line));
        let mut said: Vec<Said> = heard.take(count).map(told).collect();
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
