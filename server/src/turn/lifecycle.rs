//! Where the server is between its start and its end, and what time it is: the system's, without the times
//! in which this process stood still. After a suspended machine or a stopped process nobody is late because
//! we were: all deadlines move by as much.
//!
//! What survives an upgrade of the running program: all of it, as times are those of the machine.
//!
//! Invariants: `now` never goes back; a server that stops never serves again, and ends within
//! `FLUSH_WITHIN`.

use std::time::Duration;

use crate::clock::Clock;
use crate::dialect::Style;
use crate::hub::Time;
use crate::limits::{FLUSH_WITHIN, STALL};
use crate::net::sys::Sys;

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
    /// The time of this turn.
    pub(super) now: Time,
    /// The time of day in this turn, once a line has needed it.
    clock: Option<Clock>,
    /// For how long we stood still, all in all.
    lost: Duration,
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
        at + self.lost
    }

    /// A time of the system's as the loop counts it.
    pub(super) fn of_system(&self, at: Time) -> Time {
        at.saturating_sub(self.lost)
    }

    /// The time of day when the turn began: the same for all lines of a turn, and so for each of them when it
    /// is told again by its age.
    pub(super) fn time_of_day<S: Sys>(&mut self, sys: &mut S) -> Clock {
        let began = self.to_system(self.now);
        *self.clock.get_or_insert_with(|| {
            let clock = sys.clock();
            clock.earlier(sys.now().saturating_sub(began))
        })
    }

    /// The time of day, if lines of this style need it.
    pub(super) fn clock<S: Sys>(&mut self, sys: &mut S, style: Style) -> Clock {
        match style.has_time() {
            true => self.time_of_day(sys),
            false => Clock::default(),
        }
    }

    /// A turn begins: the loop meant to sleep until `due`, and the system's time is `system`.
    ///
    /// Who was late then has [`STALL`] to be heard; what it sent meanwhile may take many turns.
    pub(super) fn wake(&mut self, due: Option<Time>, system: Time) {
        self.clock = None;
        let now = self.of_system(system);
        let due = due.unwrap_or(now).max(self.now);
        if now <= due + STALL {
            self.now = now;
            return;
        }
        log::warn!("stood still for {} s", (now - due).as_secs());
        self.now = self.now.max(due.saturating_sub(STALL));
        self.lost += now - self.now;
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
    fn wake(life: &mut Lifecycle, before: Time, due: Option<Time>, system: Time) -> Time {
        life.now = before;
        life.wake(due, system);
        life.now
    }

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_busy_loop_is_late_and_loses_nothing() {
        let mut life = Lifecycle::default();
        assert_eq!(wake(&mut life, s(10), Some(s(20)), s(15)), s(15));
        assert_eq!(wake(&mut life, s(15), Some(s(20)), s(25)), s(25));
        assert_eq!(wake(&mut life, s(25), None, s(9000)), s(9000));
        assert_eq!(life.to_system(s(9000)), s(9000));
    }

    #[test]
    fn a_stall_moves_what_was_due() {
        let mut life = Lifecycle::default();
        // Somebody had until 60; the process was stopped from 40 to 100.
        let now = wake(&mut life, s(40), Some(s(60)), s(100));
        assert_eq!(now, s(55), "it has five seconds more");
        assert_eq!(life.to_system(s(60)), s(105));
        assert_eq!(wake(&mut life, now, Some(s(60)), s(105)), s(60));
    }

    #[test]
    fn it_never_goes_back() {
        let mut life = Lifecycle::default();
        // Lines were waiting, so it did not mean to sleep at all.
        assert_eq!(wake(&mut life, s(40), Some(s(40)), s(1000)), s(40));
        assert_eq!(wake(&mut life, s(40), Some(s(10)), s(1001)), s(41));
    }
}
