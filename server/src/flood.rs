//! Flood control of one conn: it delays lines and never drops them. Pure arithmetic on the loop's
//! time.
//!
//! Two buckets of pace.rs, lines and bytes. Invariant: a line passes only while both are less than a
//! burst ahead of now.

use std::time::Duration;

use crate::hub::Time;
use crate::limits::{FLOOD_BURST_BYTES, FLOOD_BYTES_PER_S};
use crate::pace::Bucket;

/// How much each user may send; the same for all conns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Lines a second after the burst; 0 turns flood control off.
    pub lines_per_s: u32,
    /// Lines at once.
    pub burst: u32,
}

/// What one conn has used.
#[derive(Clone, Copy, Default, Debug)]
pub struct Flood {
    lines: Bucket,
    bytes: Bucket,
    /// Whether the user was told that lines are held back, since the last full burst.
    pub told: bool,
}

impl Flood {
    /// When the next line may pass; at once if not after `now`.
    pub fn ready_at(&self, rate: Rate) -> Time {
        if rate.lines_per_s == 0 {
            return Time::ZERO;
        }
        let ahead = per_line(rate) * rate.burst.saturating_sub(1);
        self.lines.ready_at(ahead).max(self.bytes.ready_at(BURST))
    }

    /// Charges a line of this many bytes.
    pub fn charge(&mut self, rate: Rate, now: Time, bytes: usize) {
        if rate.lines_per_s == 0 {
            return;
        }
        if self.lines.is_clear(now) && self.bytes.is_clear(now) {
            self.told = false;
        }
        self.lines.count(now, per_line(rate));
        self.bytes.count(now, PER_BYTE * bytes as u32);
    }
}

fn per_line(rate: Rate) -> Duration {
    Duration::from_secs(1) / rate.lines_per_s
}

const PER_BYTE: Duration = Duration::from_nanos(1_000_000_000 / FLOOD_BYTES_PER_S as u64);
const BURST: Duration = Duration::from_secs((FLOOD_BURST_BYTES / FLOOD_BYTES_PER_S) as u64);

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        lines_per_s: 2,
        burst: 10,
    };

    /// How many lines of `bytes` bytes pass in `seconds`.
    fn passed(rate: Rate, bytes: usize, seconds: u64) -> usize {
        let mut flood = Flood::default();
        let mut now = Time::from_secs(100);
        let end = now + Duration::from_secs(seconds);
        let mut lines = 0;
        loop {
            now = now.max(flood.ready_at(rate));
            if now > end || lines == 100_000 {
                return lines;
            }
            flood.charge(rate, now, bytes);
            lines += 1;
        }
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        assert_eq!(passed(RATE, 20, 0), 10);
        assert_eq!(passed(RATE, 20, 10), 30);
    }

    #[test]
    fn bytes_count_too() {
        assert_eq!(passed(RATE, 1024, 0), 9);
        assert_eq!(passed(RATE, 1024, 10), 9 + 20);
        let many = Rate {
            lines_per_s: 1000,
            burst: 1000,
        };
        assert_eq!(passed(many, 1024, 10), 9 + 20);
    }

    #[test]
    fn zero_turns_it_off() {
        assert_eq!(
            passed(
                Rate {
                    lines_per_s: 0,
                    burst: 0
                },
                1024,
                0
            ),
            100_000
        );
    }
}
