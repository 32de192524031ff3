//! When lines are due. Pure: it is told the time, in microseconds since the start of the run.
//!
//! A window is the closed model: a line is due as soon as fewer lines than the window are in the
//! air, so a slow server is asked less. A rate is the open model: lines are due at fixed moments,
//! whatever the server does, and latency counts from there. Being late for such a moment is the
//! fault of the tester, never of the server, and is counted apart.

/// How lines are paced, over all senders together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// So many lines in the air.
    Window(u32),
    /// So many lines a second.
    Rate(f64),
}

/// Being later than this for a line of the open model is counted: 1 ms is far above what one turn
/// of an idle tester takes and far below what a user notices.
const LATE: u64 = 1000;

/// The plan of the measured phase.
pub(crate) struct Schedule {
    pace: Pace,
    start: u64,
    end: u64,
    launched: u64,
    late: u64,
    worst: u64,
}

impl Schedule {
    /// From `start` on for `length`.
    pub(crate) fn new(pace: Pace, start: u64, length: u64) -> Self {
        Self {
            pace,
            start,
            end: start + length,
            launched: 0,
            late: 0,
            worst: 0,
        }
    }

    /// The due time of the line that has to go out now, if one has to.
    pub(crate) fn next(&mut self, now: u64, in_air: usize) -> Option<u64> {
        let due = match self.pace {
            Pace::Window(window) => (now < self.end && in_air < window as usize).then_some(now),
            Pace::Rate(_) => self.wake().filter(|&due| due <= now),
        }?;
        self.launched += 1;
        let late = now - due;
        if late > LATE {
            self.late += 1;
        }
        self.worst = self.worst.max(late);
        Some(due)
    }

    /// When the next line of the open model is due; `None` for the closed model and after the end.
    pub(crate) fn wake(&self) -> Option<u64> {
        let Pace::Rate(rate) = self.pace else {
            return None;
        };
        let due = self.start + (self.launched as f64 * 1e6 / rate) as u64;
        (due < self.end).then_some(due)
    }

    /// Whether no line will be due any more.
    pub(crate) fn over(&self, now: u64) -> bool {
        match self.pace {
            Pace::Window(_) => now >= self.end,
            Pace::Rate(_) => self.wake().is_none(),
        }
    }

    /// Lines that the tester sent late, and how late the worst was.
    pub(crate) fn late(&self) -> (u64, u64) {
        (self.late, self.worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_filled_until_the_end() {
        let mut schedule = Schedule::new(Pace::Window(2), 100, 50);
        assert_eq!(schedule.next(100, 0), Some(100));
        assert_eq!(schedule.next(110, 1), Some(110));
        assert_eq!(schedule.next(120, 2), None);
        assert_eq!(schedule.next(149, 1), Some(149));
        assert!(!schedule.over(149));
        assert_eq!(schedule.next(150, 0), None);
        assert!(schedule.over(150));
        assert_eq!(schedule.wake(), None);
        assert_eq!(schedule.late(), (0, 0));
    }

    #[test]
    fn a_rate_does_not_care_what_is_in_the_air() {
        let mut schedule = Schedule::new(Pace::Rate(1000.0), 500, 3000);
        assert_eq!(schedule.next(499, 0), None);
        assert_eq!(schedule.next(500, 9), Some(500));
        assert_eq!(schedule.next(1000, 9), None);
        assert_eq!(schedule.wake(), Some(1500));
        assert_eq!(schedule.next(1500, 9), Some(1500));
        assert_eq!(schedule.next(2600, 9), Some(2500));
        assert!(schedule.over(2600));
        assert_eq!(schedule.next(9999, 0), None);
        assert_eq!(schedule.late(), (0, 100));
    }

    #[test]
    fn what_the_tester_missed_is_sent_late_and_counted() {
        let mut schedule = Schedule::new(Pace::Rate(1000.0), 0, 5000);
        let due: Vec<_> = std::iter::from_fn(|| schedule.next(3500, 0)).collect();
        assert_eq!(due, [0, 1000, 2000, 3000]);
        assert_eq!(schedule.late(), (3, 3500));
    }
}
