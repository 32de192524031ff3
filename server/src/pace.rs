//! How often something may happen: for each key so many times at once, and as many again in each
//! minute. Pure arithmetic on the loop's time; what is paced, and how fast, is decided above.
//!
//! Invariant: bounded. A key that has been idle for long is forgotten, and no table passes `MOST`; who
//! finds it full is not remembered, and so not held back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::hub::Time;

/// See the top of this file.
#[derive(Debug)]
pub struct Paces<K> {
    /// When each would have nothing to its account any more.
    clear_at: BTreeMap<K, Time>,
    /// When the idle ones were last forgotten: not for each that comes in a flood.
    swept: Time,
}

impl<K> Default for Paces<K> {
    fn default() -> Paces<K> {
        let clear_at = BTreeMap::new();
        let swept = Time::ZERO;
        Paces { clear_at, swept }
    }
}

impl<K: Ord> Paces<K> {
    /// How long this one has to wait, who may so often in a minute; nothing when it may now.
    pub fn wait(&self, now: Time, key: &K, per_minute: u32) -> Option<Duration> {
        let clear_at = self.clear_at.get(key)?;
        let may_at = clear_at.saturating_sub(every(per_minute) * (per_minute - 1));
        (may_at > now).then(|| may_at - now)
    }

    /// It has happened once more.
    pub fn count(&mut self, now: Time, key: K, per_minute: u32) {
        if self.clear_at.len() >= MOST && self.swept + SWEEP <= now {
            self.swept = now;
            self.clear_at.retain(|_, at| *at > now);
        }
        if self.clear_at.len() < MOST || self.clear_at.contains_key(&key) {
            let at = self.clear_at.entry(key).or_insert(now);
            *at = (*at).max(now) + every(per_minute);
        }
    }

    /// One that was counted has not happened after all.
    pub fn give_back(&mut self, now: Time, key: &K, per_minute: u32) {
        if let Some(at) = self.clear_at.get_mut(key) {
            *at = at.saturating_sub(every(per_minute));
            if *at <= now {
                self.clear_at.remove(key);
            }
        }
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.clear_at.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.clear_at.is_empty()
    }
}

fn every(per_minute: u32) -> Duration {
    Duration::from_secs(60) / per_minute
}

/// Between two walks over a full table.
const SWEEP: Duration = Duration::from_secs(1);

/// Keys that are remembered: about 1 MiB.
pub const MOST: usize = 10_000;
