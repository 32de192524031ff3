//! Churn: troublemakers that join and leave all the time. The lines of each stay are checked, and all joins
//! and leaves are compared with what the watcher was told: each of them once.
//!
//! Every other leave is a goodbye, the others just close the conn. At the end all send a goodbye: only
//! after the server has closed their conns, a leave too many at the watcher is a fault.
//! Invariant: a member in `ready` is either in the room or has no conn; all others are joining or leaving.

use super::conn::Flow;
use super::listener::Listener;
use super::ticker::Ticker;
use super::troublemakers::Troublemakers;
use crate::bots::bot::State;
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

/// All members of this kind.
pub(super) struct Churn {
    keys: Range<usize>,
    ticker: Ticker,
    /// The members that may join or leave next, the longest waiting first.
    ready: VecDeque<usize>,
    joins: u64,
    leaves: u64,
    /// Lines received in all stays.
    received: u64,
}

impl Churn {
    /// These members join and leave so many times a second.
    pub(super) fn new(keys: Range<usize>, rate: u32) -> Self {
        Self {
            keys,
            ticker: Ticker::per_second(rate),
            ready: VecDeque::new(),
            joins: 0,
            leaves: 0,
            received: 0,
        }
    }

    /// Counts by name.
    pub(super) fn figures(&self) -> [(&'static str, u64); 3] {
        [
            ("joins", self.joins),
            ("leaves", self.leaves),
            ("lines heard in these stays", self.received),
        ]
    }
}

impl Troublemakers {
    /// Let members join or leave that are due. Returns when the next one is due.
    pub(super) fn churn_due(&mut self, now: Instant) -> Result<Option<Instant>, String> {
        while let Some(churn) = &mut self.churn {
            if !churn.ticker.tick(now) {
                return Ok(Some(churn.ticker.next()));
            }
            let Some(key) = churn.ready.pop_front() else {
                return Ok(Some(churn.ticker.next()));
            };
            match self.members[key].conn {
                Some(_) => self.leave(key)?,
                None => self.open(key)?,
            }
        }
        Ok(None)
    }

    /// A member has joined.
    pub(super) fn arrived(&mut self, key: usize) {
        if let Some(churn) = &mut self.churn {
            churn.joins += 1;
            churn.ready.push_back(key);
        }
    }

    fn leave(&mut self, key: usize) -> Result<(), String> {
        let is_even = |churn: &Churn| churn.leaves.is_multiple_of(2);
        let politely = self.is_ending() || self.churn.as_ref().is_some_and(is_even);
        let member = &mut self.members[key];
        let Some(conn) = &mut member.conn else {
            return Ok(());
        };
        if !politely || conn.leave(self.plan.protocol, &self.poller)? == Flow::Ended {
            member.conn = None;
            self.left(key);
        }
        Ok(())
    }

    /// A member has left: check its stay.
    pub(super) fn left(&mut self, key: usize) {
        let member = &mut self.members[key];
        let Listener { lines, .. } = member.listener;
        self.faults.extend(member.listener.faults(&member.name));
        if let Some(churn) = &mut self.churn {
            churn.leaves += 1;
            churn.received += lines;
            churn.ready.push_back(key);
        }
    }

    /// Let all members leave, the joining ones as soon as they have joined, and wait until the watcher is
    /// told of all leaves.
    pub(super) fn end_churn(&mut self, watch: usize) -> Result<(), String> {
        let Some(keys) = self.churn.as_ref().map(|churn| churn.keys.clone()) else {
            return Ok(());
        };
        let is_out =
            |troublemakers: &Troublemakers, key: usize| troublemakers.members[key].conn.is_none();
        while !keys.clone().all(|key| is_out(self, key)) {
            let inside = |troublemakers: &Troublemakers, key: usize| {
                let conn = troublemakers.members[key].conn.as_ref();
                conn.is_some_and(|conn| conn.state() == State::Joined)
            };
            for key in keys.clone() {
                if inside(self, key) {
                    self.leave(key)?;
                }
            }
            let keys = keys.clone();
            let goes_on = self.wait_until(|troublemakers| {
                let mut keys = keys.clone();
                keys.clone().any(|key| inside(troublemakers, key))
                    || keys.all(|key| is_out(troublemakers, key))
            })?;
            if !goes_on {
                let stuck = keys.filter(|&key| !is_out(self, key)).count();
                return Err(format!(
                    "{stuck} of those who come and go are stuck half way"
                ));
            }
        }
        if !self.plan.protocol.tells_moves() {
            return Ok(());
        }
        // If it is never told, `check_churn` finds that.
        self.wait_until(|troublemakers| {
            let Some(churn) = &troublemakers.churn else {
                return true;
            };
            let told = &troublemakers.members[watch].listener;
            told.came >= churn.joins && told.left >= churn.leaves + troublemakers.closed
        })?;
        Ok(())
    }

    /// Compare the joins and leaves with what the watcher was told.
    pub(super) fn check_churn(&mut self, watch: usize) {
        let told = &self.members[watch].listener;
        let Some(churn) = &self.churn else { return };
        if !self.plan.protocol.tells_moves() {
            return;
        }
        if told.told > 0 {
            let fault = "comings and goings could not be counted: the watcher read too slowly";
            self.faults.push(fault.into());
            return;
        }
        for (what, done, told) in [
            ("joins", churn.joins, told.came),
            ("leaves", churn.leaves + self.closed, told.left),
        ] {
            if done != told {
                self.faults
                    .push(format!("{done} {what} were done, {told} told"));
            }
        }
    }
}
