//! When frames may be drawn. It draws nothing and knows no clock.
//!
//! After a pause three are drawn at once: a key and the line that comes right behind it, or the prompt, the welcome and
//! who is here.
//! Invariant: at most 60 begin within a second.

use std::time::{Duration, Instant};

/// The time of a frame.
pub(super) const FRAME: Duration = Duration::from_millis(18);

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Option<Instant>,
}

impl Pace {
    /// From when on the next frame may begin; at any time if none has begun.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// A frame begins.
    pub(super) fn begin(&mut self, now: Instant) {
        self.next = Some(match self.next {
            Some(next) if next + 2 * FRAME > now => next + FRAME,
            _ => now.checked_sub(FRAME).unwrap_or(now),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_frames_after_a_pause_and_sixty_in_a_second() {
        let (mut pace, begin) = (Pace::default(), Instant::now());
        for pause in [0, 3, 17, 18, 400] {
            let mut now = begin + Duration::from_secs(10) * pause;
            let mut begun = Vec::new();
            while begun.len() < 200 {
                if pace.next().is_none_or(|next| now >= next) {
                    pace.begin(now);
                    begun.push(now);
                    now += Duration::from_millis(u64::from(pause));
                } else {
                    now += Duration::from_millis(1);
                }
            }
            assert!(pause > 0 || begun[0] == begun[2] && begun[2] < begun[3]);
            let second = Duration::from_secs(1);
            for (at, first) in begun.iter().enumerate() {
                let within = begun[at..]
                    .iter()
                    .take_while(|&&time| time < *first + second);
                assert!(within.count() <= 60, "{pause}");
            }
        }
    }
}
