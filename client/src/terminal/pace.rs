//! When frames may be drawn. It draws nothing and knows no clock.
//!
//! After a pause three are drawn at once: a key and the line that comes right behind it, or the prompt, the welcome and
//! who is here. While lines come without an end, their frames leave room for those of keys.
//! Invariant: at most 60 begin within a second.

use std::time::{Duration, Instant};

/// The time of a frame.
pub(super) const FRAME: Duration = Duration::from_millis(18);
/// The time between frames that only show lines: half of all frames are left to keys.
const LINES_FRAME: Duration = Duration::from_millis(36);

/// What a frame is for; what makes it more urgent is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Lines,
    /// A key, or anything else the user does.
    Key,
}

/// See the top of this file. Frames of each kind have begun up to these times.
#[derive(Debug, Default)]
pub(super) struct Pace {
    all: Option<Instant>,
    lines: Option<Instant>,
}

impl Pace {
    /// From when on the next frame may begin; at any time if none has begun.
    pub(super) fn next(&self, due: Due) -> Option<Instant> {
        match due {
            Due::Key => self.all,
            Due::Lines => self.all.max(self.lines),
        }
    }

    /// A frame begins.
    pub(super) fn begin(&mut self, due: Due, now: Instant) {
        self.all = Some(after(self.all, FRAME, now));
        if due == Due::Lines {
            self.lines = Some(after(self.lines, LINES_FRAME, now));
        }
    }
}

/// When the frame after the one that begins now may begin. What was saved up in a pause is two frames.
fn after(next: Option<Instant>, frame: Duration, now: Instant) -> Instant {
    match next {
        Some(next) if next + 2 * frame > now => next + frame,
        _ => now.checked_sub(frame).unwrap_or(now),
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
                if pace.next(Due::Key).is_none_or(|next| now >= next) {
                    pace.begin(Due::Key, now);
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

    #[test]
    fn a_key_is_drawn_at_once_while_lines_flood_the_screen() {
        let (mut pace, begin) = (Pace::default(), Instant::now());
        let may_begin = |pace: &Pace, due, now| pace.next(due).is_none_or(|next| now >= next);
        let mut begun = Vec::new();
        for millis in 0..10_000 {
            let now = begin + Duration::from_millis(millis);
            // As a key that is held down, from the second second on.
            let is_typed = millis > 1000 && millis % 40 == 0;
            if is_typed {
                assert!(may_begin(&pace, Due::Key, now), "after {millis} ms");
            }
            let due = if is_typed { Due::Key } else { Due::Lines };
            if may_begin(&pace, due, now) {
                pace.begin(due, now);
                begun.push(due);
            }
        }
        let lines = begun.iter().filter(|due| **due == Due::Lines).count();
        assert!((275..=285).contains(&lines), "{lines}");
    }
}
