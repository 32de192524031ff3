//! Rate limits by key: so many events at once, and as many in each minute. Pure arithmetic on the
//! loop's time; callers decide what is limited and how.
//!
//! Invariant: no table exceeds `MOST` keys. Keys that are idle long enough are removed; a key that
//! finds the table full is not stored, and so not limited.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::hub::Time;

/// See the top of this file.
#[derive(Debug)]
pub struct Paces<K> {
    /// When each key has its full burst again.
    clear_at: BTreeMap<K, Time>,
    /// When idle keys were last removed: not for each key of a flood.
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
    /// How long this key has to wait at this rate; none if it need not.
    pub fn wait(&self, now: Time, key: &K, per_minute: u32) -> Option<Duration> {
        let clear_at = self.clear_at.get(key)?;
        let may_at = clear_at.saturating_sub(every(per_minute) * (per_minute - 1));
        (may_at > now).then(|| may_at - now)
    }

    /// Counts one event.
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

    /// Takes back one counted event.
    pub fn give_back(&mut self, now: Time, key: &K, per_minute: u32) {
        if let Some(at) = self.clear_at.get_mut(key) {
            *at = at.saturating_sub(every(per_minute));
            if *at <= now {
                self.clear_at.remove(key);
            }
        }
    }

    /// How many keys are stored.
    pub fn len(&self) -> usize {
        self.clear_at.len()
    }

    /// Whether none is stored.
    pub fn is_empty(&self) -> bool {
        self.clear_at.is_empty()
    }
}

fn every(per_minute: u32) -> Duration {
    Duration::from_secs(60) / per_minute
}

/// The interval between walks over a full table.
const SWEEP: Duration = Duration::from_secs(1);

/// Keys stored at most: about 1 MiB.
pub const MOST: usize = 10_000;
