//! Where the server is between its start and its end, and what time it is.
//!
//! What survives an upgrade of the running program: all of it, as times are those of the machine.
//!
//! Invariants: `now` never goes back; a server that stops never serves again, and ends within
//! `FLUSH_WITHIN`.

mod clock;

use crate::hub::Time;
use crate::limits::FLUSH_WITHIN;
use clock::Clock;

/// How a server ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Everybody got the farewell, or the time for it was over.
    Stopped,
    /// A second signal came before that.
    Forced,
}

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Lifecycle {
    state: State,
    clock: Clock,
    /// The time of this turn.
    pub(super) now: Time,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum State {
    #[default]
    Serving,
    /// Everybody has been told; until when they may take it.
    Stopping {
        until: Time,
    },
    Ended(End),
}

impl Lifecycle {
    pub(super) fn is_serving(&self) -> bool {
        self.state == State::Serving
    }

    /// When it ends at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        match self.state {
            State::Stopping { until } => Some(until),
            State::Serving | State::Ended(_) => None,
        }
    }

    /// Stop; the second time, end at once. Whether it was serving until now.
    pub(super) fn stop(&mut self) -> bool {
        let was_serving = self.is_serving();
        self.state = match self.state {
            State::Serving => State::Stopping {
                until: self.now + FLUSH_WITHIN,
            },
            State::Stopping { .. } => State::Ended(End::Forced),
            State::Ended(end) => State::Ended(end),
        };
        was_serving
    }

    /// How it has ended, if it has: a stop ends when it is done or its time is over.
    pub(super) fn end(&mut self, is_done: bool) -> Option<End> {
        if let State::Stopping { until } = self.state
            && (is_done || until <= self.now)
        {
            self.state = State::Ended(End::Stopped);
        }
        match self.state {
            State::Ended(end) => Some(end),
            State::Serving | State::Stopping { .. } => None,
        }
    }

    /// A time of the loop's as the system counts it.
    pub(super) fn to_system(&self, at: Time) -> Time {
        self.clock.to_system(at)
    }

    /// A time of the system's as the loop counts it.
    pub(super) fn of_system(&self, at: Time) -> Time {
        self.clock.of_system(at)
    }

    /// A turn begins: the loop meant to sleep until `due`, and the system's time is `system`.
    pub(super) fn wake(&mut self, due: Option<Time>, system: Time) {
        self.now = self.clock.wake(self.now, due, system);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_when_everybody_has_taken_leave_or_the_time_is_over() {
        let mut life = Lifecycle::default();
        assert!(life.is_serving() && life.deadline().is_none());
        assert_eq!(life.end(true), None, "nobody is there, and it serves on");
        assert!(life.stop() && !life.is_serving());
        assert_eq!(life.deadline(), Some(FLUSH_WITHIN));
        assert_eq!(life.end(false), None);
        life.wake(life.deadline(), FLUSH_WITHIN);
        assert_eq!(life.end(false), Some(End::Stopped));

        let mut life = Lifecycle::default();
        life.stop();
        assert_eq!(life.end(true), Some(End::Stopped));
    }

    #[test]
    fn a_second_stop_waits_for_nobody() {
        let mut life = Lifecycle::default();
        assert!(life.stop());
        assert!(!life.stop());
        assert_eq!(life.end(false), Some(End::Forced));
        assert!(!life.stop());
        assert_eq!(life.end(true), Some(End::Forced));
    }
}
