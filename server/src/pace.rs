//! The one rate limiter: so many events at once, and so many in each while, of one conn (`Bucket`) or
//! by key (`Paces`). Pure arithmetic on the loop's time; callers decide what is limited and how.
//!
//! A bucket is the time at which it would be full again (the generic cell rate algorithm), so it is one
//! number and an idle one needs no refilling.
//!
//! Invariant: no table exceeds `MOST` keys. Keys that are idle long enough are removed; a key that
//! finds the table full is not stored, and so not limited.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::hub::Time;

/// What one has used of a limit.
#[derive(Clone, Copy, Default, Debug)]
pub struct Bucket {
    clear_at: Time,
}

impl Bucket {
    /// When the next event may happen, if so much may be used ahead of time.
    pub fn ready_at(self, ahead: Duration) -> Time {
        self.clear_at.saturating_sub(ahead)
    }

    /// Counts an event that takes so long to be made good.
    pub fn count(&mut self, now: Time, cost: Duration) {
        self.clear_at = self.clear_at.max(now) + cost;
    }

    /// Whether it is full.
    pub fn is_clear(self, now: Time) -> bool {
        self.clear_at <= now
    }
}

/// A bucket for each key, of which so many in a minute may happen, all of them at once.
#[derive(Debug)]
pub struct Paces<K> {
    buckets: BTreeMap<K, Bucket>,
    /// When idle keys were last removed: not for each key of a flood.
    swept: Time,
}

impl<K> Default for Paces<K> {
    fn default() -> Paces<K> {
        let buckets = BTreeMap::new();
        let swept = Time::ZERO;
        Paces { buckets, swept }
    }
}

impl<K: Ord> Paces<K> {
    /// How long this key has to wait at this rate; none if it need not.
    pub fn wait(&self, now: Time, key: &K, per_minute: u32) -> Option<Duration> {
        let bucket = self.buckets.get(key)?;
        let ready_at = bucket.ready_at(every(per_minute) * (per_minute - 1));
        (ready_at > now).then(|| ready_at - now)
    }

    /// Counts one event.
    pub fn count(&mut self, now: Time, key: K, per_minute: u32) {
        if self.buckets.len() >= MOST && self.swept + SWEEP <= now {
            self.swept = now;
            self.buckets.retain(|_, bucket| !bucket.is_clear(now));
        }
        if self.buckets.len() < MOST || self.buckets.contains_key(&key) {
            let bucket = self.buckets.entry(key).or_default();
            bucket.count(now, every(per_minute));
        }
    }

    /// Takes back one counted event.
    pub fn give_back(&mut self, now: Time, key: &K, per_minute: u32) {
        if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.clear_at = bucket.ready_at(every(per_minute));
            if bucket.is_clear(now) {
                self.buckets.remove(key);
            }
        }
    }

    /// How many keys are stored.
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether none is stored.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }
}

fn every(per_minute: u32) -> Duration {
    Duration::from_secs(60) / per_minute
}

/// The interval between walks over a full table.
const SWEEP: Duration = Duration::from_secs(1);

/// Keys stored at most: about 1 MiB.
pub const MOST: usize = 10_000;
