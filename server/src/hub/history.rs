//! The last public lines of one room.
//! It knows no reader and no clock.
//!
//! Invariant: at most `HISTORY_LINES` lines and `HISTORY_BYTES` bytes of text; `bytes` is their sum.

use std::collections::VecDeque;
use std::rc::Rc;

use super::Time;
use super::notice::{Said, SaidKind};
use crate::limits::{HISTORY_BYTES, HISTORY_LINES};
use crate::name::Name;

/// A queue of lines, oldest first.
#[derive(Default)]
pub(super) struct History {
    lines: VecDeque<Line>,
    bytes: usize,
}

struct Line {
    from: Name,
    text: Rc<str>,
    kind: SaidKind,
    at: Time,
}

impl History {
    pub(super) fn push(&mut self, now: Time, from: Name, text: Rc<str>, kind: SaidKind) {
        self.bytes += text.len();
        self.lines.push_back(Line {
            from,
            text,
            kind,
            at: now,
        });
        while self.lines.len() > HISTORY_LINES || self.bytes > HISTORY_BYTES {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.len();
        }
    }

    /// The last `count` lines of those whose speaker `hears` accepts, oldest first.
    pub(super) fn last(&self, now: Time, count: usize, hears: impl Fn(&Name) -> bool) -> Vec<Said> {
        let heard = self.lines.iter().rev().filter(|line| hears(&line.from));
        let mut said: Vec<Said> = heard.take(count).map(|line| line.told(now)).collect();
        said.reverse();
        said
    }

    pub(super) fn invariants(&self) {
        let bytes: usize = self.lines.iter().map(|line| line.text.len()).sum();
        assert_eq!(self.bytes, bytes);
        assert!(self.lines.len() <= HISTORY_LINES && bytes <= HISTORY_BYTES);
    }
}

impl Line {
    fn told(&self, now: Time) -> Said {
        Said {
            from: self.from.clone(),
            text: self.text.clone(),
            kind: self.kind,
            age: now.saturating_sub(self.at),
        }
    }
}
