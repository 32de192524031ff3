//! Which conn to look at next, and when. A heap of (time, conn) without any knowledge of why.
//!
//! A deadline is a pure function of a conn's state; an entry here is only a promise to look. So
//! nothing is ever removed: who finds an entry stale drops it, or arms the true deadline again.
//! Invariant: a conn with a deadline has an entry at or before it (its `armed` says when).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::hub::{Id, Time};

/// See the top of this file.
#[derive(Default, Debug)]
pub struct Timers {
    heap: BinaryHeap<Reverse<(Time, Id)>>,
}

impl Timers {
    /// Look at `id` at this time.
    pub fn arm(&mut self, at: Time, id: Id) {
        self.heap.push(Reverse((at, id)));
    }

    /// The earliest time at which somebody is to be looked at.
    pub fn next(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// The next conn whose time has come.
    pub fn pop_due(&mut self, now: Time) -> Option<Id> {
        let due = self.next().is_some_and(|at| at <= now);
        due.then(|| self.heap.pop().map(|Reverse((_, id))| id))
            .flatten()
    }
}
