//! The loop's time: the system's, without the times in which this process stood still.
//!
//! After a suspended machine or a stopped process nobody is late because we were: all deadlines move
//! by as much. Invariant: it never goes back.

use std::time::Duration;

use crate::hub::Time;
use crate::limits::STALL;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Clock {
    /// For how long we stood still, all in all.
    lost: Duration,
}

impl Clock {
    /// A time of the loop's as the system counts it.
    pub(super) fn to_system(&self, at: Time) -> Time {
        at + self.lost
    }

    /// A time of the system's as the loop counts it.
    pub(super) fn of_system(&self, at: Time) -> Time {
        at.saturating_sub(self.lost)
    }

    /// The loop wakes. Its time was `before` when it last looked, it meant to wake at `due` at the
    /// latest, and the system's time is `system`: what is the loop's now?
    ///
    /// Who was late then has [`STALL`] to be heard; what it sent meanwhile may take many turns.
    pub(super) fn wake(&mut self, before: Time, due: Option<Time>, system: Time) -> Time {
        let now = self.of_system(system);
        let due = due.unwrap_or(now).max(before);
        if now <= due + STALL {
            return now;
        }
        let resumed = before.max(due.saturating_sub(STALL));
        log::warn!("stood still for {} s", (now - due).as_secs());
        self.lost += now - resumed;
        resumed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_busy_loop_is_late_and_loses_nothing() {
        let mut clock = Clock::default();
        assert_eq!(clock.wake(s(10), Some(s(20)), s(15)), s(15));
        assert_eq!(clock.wake(s(15), Some(s(20)), s(25)), s(25));
        assert_eq!(clock.wake(s(25), None, s(9000)), s(9000));
        assert_eq!(clock.to_system(s(9000)), s(9000));
    }

    #[test]
    fn a_stall_moves_what_was_due() {
        let mut clock = Clock::default();
        // Somebody had until 60; the process was stopped from 40 to 100.
        let now = clock.wake(s(40), Some(s(60)), s(100));
        assert_eq!(now, s(55), "it has five seconds more");
        assert_eq!(clock.to_system(s(60)), s(105));
        assert_eq!(clock.wake(now, Some(s(60)), s(105)), s(60));
    }

    #[test]
    fn it_never_goes_back() {
        let mut clock = Clock::default();
        // Lines were waiting, so it did not mean to sleep at all.
        assert_eq!(clock.wake(s(40), Some(s(40)), s(1000)), s(40));
        assert_eq!(clock.wake(s(40), Some(s(10)), s(1001)), s(41));
    }
}
