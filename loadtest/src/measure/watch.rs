//! How a thread of the measured phase waits for what comes next.
//!
//! Who sleeps has to be woken, and on one machine it is the server that pays for it, within its
//! write: some microseconds, more than the write itself in a virtual machine. A crowd on machines of
//! its own costs a server nothing of the kind. And it tips the scales: a thread that is a little
//! faster than the server sleeps before nearly each write, one that is a little slower never does.
//! So where the bots have processors for themselves, a thread stays awake for a while after whatever
//! came last. Invariant: processor time that it spends so is `idle`, and no part of its work.

use crate::bots::poller::{Batch, Poller};
use crate::child::{self, Cpus};
use crate::measure::process;
use std::io;
use std::time::{Duration, Instant};

/// For how long a thread stays awake: a server that is at work writes again long before.
const AWAKE: Duration = Duration::from_millis(1);
/// How long it minds its own business between two looks: looking takes locks that a server's write
/// needs as well.
const GLANCE: Duration = Duration::from_micros(50);

/// What a thread does while nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It sleeps.
    Asleep,
    /// It looks again and again for a while, and then sleeps.
    Awake,
}

/// A thread's waiting.
pub(crate) struct Watch {
    rest: Rest,
    looked: Instant,
    /// Processor time spent awake in vain.
    idle: Duration,
}

impl Rest {
    /// Awake only on processors that the server does not need and that the threads need not share,
    /// with each other or with the thread of the troublemakers, which counts as one of them.
    pub(crate) fn of(cpus: Cpus, threads: usize) -> Self {
        let apart = cpus.server.is_some() && cpus.server != cpus.bots;
        match apart && threads <= child::processors_of_bots(cpus) {
            true => Self::Awake,
            false => Self::Asleep,
        }
    }
}

impl Watch {
    /// One that has just looked.
    pub(crate) fn new(rest: Rest) -> Self {
        Self {
            rest,
            looked: Instant::now(),
            idle: Duration::ZERO,
        }
    }

    /// Waits until something is ready or the timeout is over; without one, for as long as it takes.
    pub(crate) fn wait(
        &mut self,
        poller: &Poller,
        batch: &mut Batch,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        let awake = match self.rest {
            Rest::Asleep => return poller.wait(batch, timeout),
            Rest::Awake => timeout.map_or(AWAKE, |timeout| timeout.min(AWAKE)),
        };
        let (began, used) = (Instant::now(), process::thread_cpu_time());
        let mut waited;
        loop {
            let pause = pause(self.looked.elapsed(), awake.saturating_sub(began.elapsed()));
            let paused = Instant::now();
            while paused.elapsed() < pause {
                std::hint::spin_loop();
            }
            poller.wait(batch, Some(Duration::ZERO))?;
            self.looked = Instant::now();
            waited = self.looked - began;
            if !batch.is_empty() || waited >= awake {
                break;
            }
        }
        // Not all of that time: others may have had the processor meanwhile.
        if let (Some(before), Some(now)) = (used, process::thread_cpu_time()) {
            self.idle += now.saturating_sub(before);
        }
        let rest = timeout.map(|timeout| timeout.saturating_sub(waited));
        match batch.is_empty() && rest != Some(Duration::ZERO) {
            true => poller.wait(batch, rest),
            false => Ok(()),
        }
    }

    /// The processor time spent awake in vain since this was asked last.
    pub(crate) fn take_idle(&mut self) -> Duration {
        std::mem::take(&mut self.idle)
    }
}

/// How long until the next look, so long after the last one and with so much time left.
fn pause(looked: Duration, left: Duration) -> Duration {
    GLANCE.saturating_sub(looked).min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_look_is_never_after_the_timeout() {
        let micros = Duration::from_micros;
        assert_eq!(pause(micros(0), micros(900)), GLANCE);
        assert_eq!(pause(micros(20), micros(900)), GLANCE - micros(20));
        assert_eq!(pause(micros(20), micros(7)), micros(7));
        assert_eq!(pause(micros(20), micros(0)), micros(0));
        assert_eq!(pause(micros(999), micros(900)), micros(0));
    }

    #[test]
    fn a_thread_is_awake_only_where_that_takes_nothing_from_the_server() {
        let cpus = |server, bots| Cpus { server, bots };
        assert_eq!(Rest::of(cpus(Some(1), Some(0)), 1), Rest::Awake);
        assert_eq!(Rest::of(cpus(Some(1), Some(1)), 1), Rest::Asleep);
        assert_eq!(Rest::of(cpus(Some(1), Some(0)), 2), Rest::Asleep);
        assert_eq!(Rest::of(Cpus::default(), 1), Rest::Asleep);
    }

    #[test]
    fn an_idle_wait_is_counted_and_a_wake_ends_it() {
        let poller = Poller::new().unwrap();
        let mut batch = Batch::new();
        let mut watch = Watch::new(Rest::Awake);
        let timeout = Duration::from_millis(2);
        let used = || process::thread_cpu_time().unwrap();
        let before = used();
        watch.wait(&poller, &mut batch, Some(timeout)).unwrap();
        let (idle, all) = (watch.take_idle(), used() - before);
        assert!(idle > Duration::ZERO && idle <= all, "{idle:?} of {all:?}");
        assert!(!batch.woken);
        poller.wake().unwrap();
        watch.wait(&poller, &mut batch, None).unwrap();
        assert!(batch.woken);
    }
}
