//! Those who come and go. Each stay is held against itself, and all of them together against what
//! the watcher was told: every join and every leave once.
//!
//! Every other leave is a goodbye, the others just close. At the end all say goodbye: they are known
//! to have left when the server closes, and only then what the watcher was told can be too much.
//! Invariant: who is in `ready` is either in the room or has no conn; all others are on their way.

use super::beat::Beat;
use super::conn::Flow;
use super::crew::Crew;
use super::hearing::Hearing;
use crate::bots::bot::State;
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

/// Those who come and go, all together.
pub(super) struct Churn {
    keys: Range<usize>,
    beat: Beat,
    /// Who may come or go next, the longest waiting first.
    ready: VecDeque<usize>,
    joins: u64,
    leaves: u64,
    /// Lines heard in all stays.
    heard: u64,
}

impl Churn {
    /// These members, so many times a second.
    pub(super) fn new(keys: Range<usize>, rate: u32) -> Self {
        Self {
            keys,
            beat: Beat::per_second(rate),
            ready: VecDeque::new(),
            joins: 0,
            leaves: 0,
            heard: 0,
        }
    }

    /// What they did, by name.
    pub(super) fn figures(&self) -> [(&'static str, u64); 3] {
        [
            ("joins", self.joins),
            ("leaves", self.leaves),
            ("lines heard in these stays", self.heard),
        ]
    }
}

impl Crew {
    /// Those whose turn it is come or go; when the next turn is.
    pub(super) fn churn_due(&mut self, now: Instant) -> Result<Option<Instant>, String> {
        while let Some(churn) = &mut self.churn {
            if !churn.beat.take(now) {
                return Ok(Some(churn.beat.next()));
            }
            let Some(key) = churn.ready.pop_front() else {
                return Ok(Some(churn.beat.next()));
            };
            match self.members[key].conn {
                Some(_) => self.leave(key)?,
                None => self.open(key)?,
            }
        }
        Ok(None)
    }

    /// Somebody has been let in.
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

    /// Somebody has gone: a stay is over.
    pub(super) fn left(&mut self, key: usize) {
        let member = &mut self.members[key];
        let Hearing { lines, .. } = member.hearing;
        self.faults.extend(member.hearing.faults(&member.name));
        if let Some(churn) = &mut self.churn {
            churn.leaves += 1;
            churn.heard += lines;
            churn.ready.push_back(key);
        }
    }

    /// All leave, those on their way in as soon as they are in; and the watcher is told of all.
    pub(super) fn end_churn(&mut self, watch: usize) -> Result<(), String> {
        let Some(keys) = self.churn.as_ref().map(|churn| churn.keys.clone()) else {
            return Ok(());
        };
        let is_out = |crew: &Crew, key: usize| crew.members[key].conn.is_none();
        while !keys.clone().all(|key| is_out(self, key)) {
            let inside = |crew: &Crew, key: usize| {
                let conn = crew.members[key].conn.as_ref();
                conn.is_some_and(|conn| conn.state() == State::In)
            };
            for key in keys.clone() {
                if inside(self, key) {
                    self.leave(key)?;
                }
            }
            let keys = keys.clone();
            let goes_on = self.wait_until(|crew| {
                let mut keys = keys.clone();
                keys.clone().any(|key| inside(crew, key)) || keys.all(|key| is_out(crew, key))
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
        // When it is never told, that is found when the accounts are compared.
        self.wait_until(|crew| {
            let Some(churn) = &crew.churn else {
                return true;
            };
            let told = &crew.members[watch].hearing;
            told.came >= churn.joins && told.left >= churn.leaves + crew.closed
        })?;
        Ok(())
    }

    /// Holds what was done against what the watcher was told.
    pub(super) fn judge_churn(&mut self, watch: usize) {
        let told = &self.members[watch].hearing;
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
