//! Moments that come again and again, at a steady pace. It is told the time and never waits.

use std::time::{Duration, Instant};

/// What is longer past than this is not made up for.
const PAST: Duration = Duration::from_millis(100);

/// A pace.
pub(super) struct Beat {
    every: Duration,
    next: Instant,
}

impl Beat {
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every,
            next: Instant::now(),
        }
    }

    /// So many times a second.
    pub(super) fn per_second(rate: u32) -> Self {
        Self::new(Duration::from_secs(1) / rate)
    }

    /// Whether a moment has come. Those that are long past do not come again.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        self.next = (self.next + self.every).max(now.checked_sub(PAST).unwrap_or(now));
        true
    }

    pub(super) fn next(&self) -> Instant {
        self.next
    }
}
