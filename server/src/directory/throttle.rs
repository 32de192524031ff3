//! How often something may be tried, and how often something is said. Pure arithmetic on the time.
//!
//! Invariant: a table holds at most as many keys as it was made for; the idle ones are forgotten.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use log::Level;

use super::Out;
use crate::hub::Time;
use crate::limits::{DATAGRAM_LOG, FAILURES_KEPT};

/// So many tries at once for each key, and then so many a minute; kept as in flood.rs as the time at
/// which all would be there again.
#[derive(Debug)]
pub(super) struct Throttle<K> {
    until: HashMap<K, Time>,
    /// When the idle ones were last forgotten; not for each try in a flood.
    swept: Time,
    tries: u32,
}

impl<K: Hash + Eq> Throttle<K> {
    pub(super) fn new(tries: u32) -> Throttle<K> {
        Throttle {
            until: HashMap::new(),
            swept: Time::ZERO,
            tries,
        }
    }

    /// Take one try, if there is one left. When nobody more can be remembered, strangers have none:
    /// that many fail only where addresses are forged.
    pub(super) fn take(&mut self, now: Time, key: K) -> bool {
        if self.until.len() >= FAILURES_KEPT && self.swept + SWEEP <= now {
            self.swept = now;
            self.until.retain(|_, until| *until > now);
        }
        let is_full = self.until.len() >= FAILURES_KEPT;
        let used = self.until.get(&key).map_or(now, |until| now.max(*until));
        let has_room = !is_full || self.until.contains_key(&key);
        let may = has_room && used <= now + self.each() * (self.tries - 1);
        if may {
            self.until.insert(key, used + self.each());
        }
        may
    }

    /// It was no failure: as if it had not been tried.
    pub(super) fn give_back(&mut self, key: &K) {
        let each = self.each();
        if let Some(until) = self.until.get_mut(key) {
            *until = until.saturating_sub(each);
        }
    }

    fn each(&self) -> Duration {
        Duration::from_secs(60) / self.tries
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.until.len()
    }
}

const SWEEP: Duration = Duration::from_secs(1);

/// Says one of many alike things, and with the next how many there were between.
#[derive(Default, Debug)]
pub(super) struct Seldom {
    next: Time,
    unsaid: u64,
}

impl Seldom {
    pub(super) fn say(&mut self, now: Time, level: Level, line: String, out: &mut Vec<Out>) {
        if now < self.next {
            self.unsaid += 1;
            return;
        }
        let line = match std::mem::take(&mut self.unsaid) {
            0 => line,
            unsaid => format!("{line}, and {unsaid} like it before"),
        };
        self.next = now + DATAGRAM_LOG;
        out.push(Out::Log(level, line));
    }
}
