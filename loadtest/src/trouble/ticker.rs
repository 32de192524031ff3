//! Events at a steady pace. The caller passes the time; this never waits.

use std::time::{Duration, Instant};

/// Ticks that are missed by more than this are not made up for.
const CATCH_UP: Duration = Duration::from_millis(100);

pub(super) struct Ticker {
    every: Duration,
    next: Instant,
}

impl Ticker {
    /// The first tick is now.
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every,
            next: Instant::now(),
        }
    }

    /// So many ticks a second.
    pub(super) fn per_second(rate: u32) -> Self {
        Self::new(Duration::from_secs(1) / rate)
    }

    /// Whether a tick is due; it counts as done then.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        self.next = (self.next + self.every).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        true
    }

    /// When the next tick is due.
    pub(super) fn next(&self) -> Instant {
        self.next
    }
}
