//! The protocol of systemd: sockets that it opened for us, and messages that we are ready, alive or
//! stopping. Does nothing without it (`NOTIFY_SOCKET`, `LISTEN_FDS` unset). It never retries: a
//! missing manager needs no message.
//!
//! Invariant: the loop itself sends the watchdog message, before it waits. So a hanging loop sends
//! none and the service is restarted.

use std::io;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::hub::Time;
use crate::net::listen::{self, Listener};

/// Computes when the next watchdog message is due.
#[derive(Debug)]
pub struct Watchdog {
    every: Duration,
    next: Time,
}

impl Watchdog {
    /// The watchdog, if the manager wants one. We send twice as often as it asks.
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

    /// Called by the loop: whether a message is due now.
    pub fn is_due(&mut self, now: Time) -> bool {
        let due = self.next <= now;
        if due {
            self.next = now + self.every;
        }
        due
    }

    /// Until when the loop may sleep, if it wants to sleep until `until`.
    pub fn sooner(&self, until: Option<Time>) -> Time {
        until.map_or(self.next, |until| until.min(self.next))
    }
}

/// The listeners that the manager opened, in its order.
///
/// # Errors
/// If a descriptor it passed is not a listener.
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

/// We listen and serve.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// We are alive.
pub fn alive() {
    tell(NotifyState::Watchdog);
}

/// We are stopping.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    // Fails only if the manager is gone.
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
