//! What a service manager wants of a server: sockets that it opened for us, and to be told when we
//! are ready, alive and stopping. Without one (`NOTIFY_SOCKET`, `LISTEN_FDS` unset) all of it does
//! nothing. Never retries: whoever manages us and is not there has nobody to tell.
//!
//! Invariant: a sign of life is given by the loop itself, when it comes to wait. A loop that hangs
//! gives none, and is started again.

use std::io;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::hub::Time;
use crate::net::listen::{self, Listener};

/// When the next sign of life is due.
#[derive(Debug)]
pub struct Watchdog {
    every: Duration,
    next: Time,
}

impl Watchdog {
    /// The manager's, when it wants signs of life. It is given twice as many as it asks for.
    pub fn from_environment() -> Option<Watchdog> {
        let limit = sd_notify::watchdog_enabled()?;
        Some(Watchdog::within(limit))
    }

    fn within(limit: Duration) -> Watchdog {
        Watchdog {
            every: limit / 2,
            next: Time::ZERO,
        }
    }

    /// The loop comes by: whether a sign of life is due.
    pub fn is_due(&mut self, now: Time) -> bool {
        let due = self.next <= now;
        if due {
            self.next = now + self.every;
        }
        due
    }

    /// How long the loop may sleep, when it wants to sleep until then.
    pub fn sooner(&self, until: Option<Time>) -> Time {
        until.map_or(self.next, |until| until.min(self.next))
    }
}

/// The listeners that the manager opened, in its order.
///
/// # Errors
/// When what it passed is no listener.
pub fn listeners() -> io::Result<Vec<Listener>> {
    let mut passed = ListenFd::from_env();
    let mut listeners = Vec::new();
    for place in 0..passed.len() {
        if let Some(listener) = passed.take_tcp_listener(place)? {
            listeners.push(listen::adopt(listener)?);
        }
    }
    Ok(listeners)
}

/// We listen, and whoever comes is served.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// We live.
pub fn alive() {
    tell(NotifyState::Watchdog);
}

/// We say goodbye to everybody, and end.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    // Fails when the manager is gone, and then there is nobody to tell.
    let _ = sd_notify::notify(&[state]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_in_half_the_time() {
        let second = Duration::from_secs(1);
        let mut watchdog = Watchdog::within(10 * second);
        assert!(watchdog.is_due(3 * second));
        assert!(!watchdog.is_due(3 * second));
        assert_eq!(watchdog.sooner(None), 8 * second);
        assert_eq!(watchdog.sooner(Some(4 * second)), 4 * second);
        assert_eq!(watchdog.sooner(Some(60 * second)), 8 * second);
        assert!(watchdog.is_due(8 * second));
    }
}
