//! How a thread of the measured phase waits for the next event.
//!
//! A sleeping thread has to be woken, and on one machine the server pays for that within its write: some
//! microseconds, more than the write itself in a virtual machine. Bots on other machines would not cost
//! the server this. It also distorts comparisons: a thread that is a little faster than the server sleeps
//! before nearly every write, one that is a little slower never does. So if the bots have processors for
//! themselves, a thread spins for a while after the last event. Invariant: processor time spent spinning
//! is `idle`, and not part of the thread's work.

use crate::bots::poller::{Batch, Poller};
use crate::child::{self, Cpus};
use crate::measure::process;
use std::io;
use std::time::{Duration, Instant};

/// For how long a thread spins: a busy server writes again long before.
const SPIN_FOR: Duration = Duration::from_millis(1);
/// The pause between two polls: polling takes locks that the server's write needs too.
const LOOK_EVERY: Duration = Duration::from_micros(50);

/// What a thread does while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdleMode {
    Sleep,
    /// Poll again and again for a while, and then sleep.
    Spin,
}

/// Waits for one thread.
pub(crate) struct Waiter {
    idle_mode: IdleMode,
    looked: Instant,
    /// Processor time spent spinning while nothing came.
    idle: Duration,
}

impl IdleMode {
    /// Spin only on processors that neither the server nor another thread needs; the thread of the
    /// troublemakers counts as one.
    pub(crate) fn of(cpus: Cpus, threads: usize) -> Self {
        let apart = cpus.server.is_some() && cpus.server != cpus.bots;
        match apart && threads <= child::processors_of_bots(cpus) {
            true => Self::Spin,
            false => Self::Sleep,
        }
    }
}

impl Waiter {
    pub(crate) fn new(idle_mode: IdleMode) -> Self {
        Self {
            idle_mode,
            looked: Instant::now(),
            idle: Duration::ZERO,
        }
    }

    /// Wait until something is ready or the timeout is over; without a timeout, for as long as it takes.
    pub(crate) fn wait(
        &mut self,
        poller: &Poller,
        batch: &mut Batch,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        let spin_for = match self.idle_mode {
            IdleMode::Sleep => return poller.wait(batch, timeout),
            IdleMode::Spin => timeout.map_or(SPIN_FOR, |timeout| timeout.min(SPIN_FOR)),
        };
        let (began, used) = (Instant::now(), process::thread_cpu_time());
        let mut waited;
        loop {
            let pause = pause(
                self.looked.elapsed(),
                spin_for.saturating_sub(began.elapsed()),
            );
            let paused = Instant::now();
            while paused.elapsed() < pause {
                std::hint::spin_loop();
            }
            poller.wait(batch, Some(Duration::ZERO))?;
            self.looked = Instant::now();
            waited = self.looked - began;
            if !batch.is_empty() || waited >= spin_for {
                break;
            }
        }
        // Not the elapsed time: other programs may have had the processor meanwhile.
        if let (Some(before), Some(now)) = (used, process::thread_cpu_time()) {
            self.idle += now.saturating_sub(before);
        }
        let rest = timeout.map(|timeout| timeout.saturating_sub(waited));
        match batch.is_empty() && rest != Some(Duration::ZERO) {
            true => poller.wait(batch, rest),
            false => Ok(()),
        }
    }

    /// Take the processor time spent spinning since the last call.
    pub(crate) fn take_idle(&mut self) -> Duration {
        std::mem::take(&mut self.idle)
    }
}

/// The pause before the next poll: `looked` is the time since the last one, `left` until the timeout.
fn pause(looked: Duration, left: Duration) -> Duration {
    LOOK_EVERY.saturating_sub(looked).min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_poll_is_never_after_the_timeout() {
        let micros = Duration::from_micros;
        assert_eq!(pause(micros(0), micros(900)), LOOK_EVERY);
        assert_eq!(pause(micros(20), micros(900)), LOOK_EVERY - micros(20));
        assert_eq!(pause(micros(20), micros(7)), micros(7));
        assert_eq!(pause(micros(20), micros(0)), micros(0));
        assert_eq!(pause(micros(999), micros(900)), micros(0));
    }

    #[test]
    fn a_thread_spins_only_where_that_takes_nothing_from_the_server() {
        let cpus = |server, bots| Cpus { server, bots };
        assert_eq!(IdleMode::of(cpus(Some(1), Some(0)), 1), IdleMode::Spin);
        assert_eq!(IdleMode::of(cpus(Some(1), Some(1)), 1), IdleMode::Sleep);
        assert_eq!(IdleMode::of(cpus(Some(1), Some(0)), 2), IdleMode::Sleep);
        assert_eq!(IdleMode::of(Cpus::default(), 1), IdleMode::Sleep);
    }

    #[test]
    fn an_idle_wait_is_counted_and_a_wake_ends_it() {
        let poller = Poller::new().unwrap();
        let mut batch = Batch::new();
        let mut waiter = Waiter::new(IdleMode::Spin);
        let timeout = Duration::from_millis(2);
        let used = || process::thread_cpu_time().unwrap();
        let before = used();
        waiter.wait(&poller, &mut batch, Some(timeout)).unwrap();
        let (idle, all) = (waiter.take_idle(), used() - before);
        assert!(idle > Duration::ZERO && idle <= all, "{idle:?} of {all:?}");
        assert!(!batch.woken);
        poller.wake().unwrap();
        waiter.wait(&poller, &mut batch, None).unwrap();
        assert!(batch.woken);
    }
}
