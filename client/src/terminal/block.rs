//! Lines on their way to the server, one after the other, no faster than its flood control lets them
//! through: what has not gone out yet can still be stopped. It sends nothing itself and has no clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The server's flood control lets 10 lines through at once and then 2 a second; a few are left for what
/// is typed meanwhile.
const BURST: u32 = 8;
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Block {
    waiting: VecDeque<String>,
    /// Lines of the block that were given out.
    sent: usize,
    /// When the server will have let all lines through that it got.
    is_through: Option<Instant>,
}

impl Block {
    /// Add the lines of a text that are not empty.
    pub(super) fn add(&mut self, text: &str) {
        let lines = lines(text).map(str::to_owned);
        self.waiting.extend(lines);
    }

    /// Whether the time of the next line has come.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.waiting.is_empty() && self.deadline().is_none_or(|due| due <= now)
    }

    /// The next line.
    pub(super) fn next(&mut self, now: Instant) -> Option<String> {
        let line = self.waiting.pop_front()?;
        self.count(now);
        let goes_on = !self.waiting.is_empty();
        self.sent = if goes_on { self.sent + 1 } else { 0 };
        Some(line)
    }

    /// Count a line that was sent.
    pub(super) fn count(&mut self, now: Instant) {
        self.is_through = Some(self.is_through.map_or(now, |then| then.max(now)) + INTERVAL);
    }

    /// The server takes nothing at the moment: wait for an interval.
    pub(super) fn hold(&mut self, now: Instant) {
        self.is_through = Some(now + INTERVAL * BURST);
    }

    /// When the next line is due; the first of all is at once.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let due = self.is_through?.checked_sub(INTERVAL * (BURST - 1))?;
        (!self.waiting.is_empty()).then_some(due)
    }

    /// How many lines went out, of how many, while some have not.
    pub(super) fn progress(&self) -> Option<(usize, usize)> {
        let left = self.waiting.len();
        (left > 0).then_some((self.sent, self.sent + left))
    }

    /// Drop what has not gone out.
    pub(super) fn stop(&mut self) {
        self.waiting.clear();
        self.sent = 0;
    }
}

/// The lines of a text that would be sent.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_server() {
        let (mut block, start) = (Block::default(), Instant::now());
        let text: String = (1..=12).map(|n| format!("{n}\n\n")).collect();
        block.add(&text);
        let mut times = Vec::new();
        let mut now = start;
        while block.progress().is_some() {
            if block.is_due(now) {
                block.next(now).expect("lines wait");
                times.push((now - start).as_millis());
            } else {
                now = block.deadline().expect("lines wait");
            }
        }
        assert_eq!(times, [0, 0, 0, 0, 0, 0, 0, 0, 500, 1000, 1500, 2000]);
        assert!(!block.is_due(now) && block.deadline().is_none());
    }

    #[test]
    fn progress_and_stopping() {
        let (mut block, now) = (Block::default(), Instant::now());
        block.add("a\nb");
        assert_eq!(block.progress(), Some((0, 2)));
        assert_eq!(block.next(now).as_deref(), Some("a"));
        block.add("c");
        assert_eq!(block.progress(), Some((1, 3)));
        block.hold(now);
        assert!(!block.is_due(now));
        block.stop();
        assert_eq!((block.progress(), block.deadline()), (None, None));
        block.add("d");
        assert_eq!(block.progress(), Some((0, 1)));
    }
}
