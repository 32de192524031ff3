//! Which conn to look at next, and when. A set of (time, conn) without any knowledge of why.
//!
//! A deadline is a pure function of a conn's state; an entry here is only a promise to look. One
//! that has moved later is found stale and armed again; only one that moves earlier is replaced.
//! Invariant: at most one entry for a conn, at or before its deadline (its `armed` says when).

use std::collections::BTreeSet;

use crate::hub::{Id, Time};

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Timers {
    entries: BTreeSet<(Time, Id)>,
}

impl Timers {
    /// Look at `id` at this time, and no more at `armed`, if that is when it was to be looked at.
    pub(super) fn arm(&mut self, at: Time, id: Id, armed: Option<Time>) {
        if let Some(armed) = armed {
            self.disarm(armed, id);
        }
        self.entries.insert((at, id));
    }

    /// Look no more at `id`, which was to be looked at then.
    pub(super) fn disarm(&mut self, armed: Time, id: Id) {
        self.entries.remove(&(armed, id));
    }

    /// The earliest time at which somebody is to be looked at.
    pub(super) fn next(&self) -> Option<Time> {
        self.entries.first().map(|(at, _)| *at)
    }

    /// The next conn whose time has come.
    pub(super) fn pop_due(&mut self, now: Time) -> Option<Id> {
        let due = self.next().is_some_and(|at| at <= now);
        due.then(|| self.entries.pop_first().map(|(_, id)| id))
            .flatten()
    }

    /// How many conns are to be looked at.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
