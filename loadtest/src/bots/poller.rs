//! Readiness of sockets: a thin wrap of `polling`, always in Level mode. The only file that names
//! `polling` and `rustix`, and the only one with `unsafe`.
//!
//! The wait itself is one `epoll_wait` on the descriptor of `polling`, whose own would cost five
//! system calls: it arms a timer and re-arms the timer and its notifier before each wait. As epoll
//! counts in whole milliseconds, rounded up, a timer of ours ends a wait that is no whole number of
//! them, for one system call more. (`epoll_pwait2` needs no timer, but not every kernel has it.)
//!
//! It never owns a socket and never decides anything. Reading interest is always on, because a
//! socket whose peer has gone must be read to be noticed; writing interest is on only while bytes
//! are left over. Invariant: a key in a [`Batch`] is one that was added, and at most once a batch.

use crate::bots::net::Socket;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use polling::{Event, Events, PollMode};
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

#[cfg(not(target_os = "linux"))]
compile_error!("loadtest reads /proc and relies on epoll: it is for Linux only");

/// Events taken in one wait: enough that the wait vanishes beside one read for each of them.
const BATCH: usize = 1024;
/// The key under which `polling` keeps its notifier.
const NOTIFIER: u64 = usize::MAX as u64;
/// The key of the timer; the listener of the reference has the one before the notifier's.
const TIMER: u64 = usize::MAX as u64 - 2;

/// What wakes the loop.
pub(crate) struct Poller {
    inner: polling::Poller,
    timer: TimerFd,
}

/// The events of one wait.
pub(crate) struct Batch {
    events: Vec<epoll::Event>,
    /// Whether somebody called `Poller::wake`.
    pub(crate) woken: bool,
}

/// One socket that can be used without blocking.
#[derive(Clone, Copy)]
pub(crate) struct Ready {
    /// What the socket was added with.
    pub(crate) key: usize,
    /// A read gives bytes, an end or an error.
    pub(crate) readable: bool,
    /// A write takes bytes or gives an error.
    pub(crate) writable: bool,
}

impl Poller {
    /// One that watches nothing yet.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let poller = Self {
            inner: polling::Poller::new()?,
            timer: TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?,
        };
        poller.add_reader(&poller.timer.as_fd().as_raw_fd(), TIMER as usize)?;
        Ok(poller)
    }

    /// Watches a socket for reading, and for writing when `writing`.
    pub(crate) fn add(&self, socket: &Socket, key: usize, writing: bool) -> io::Result<()> {
        self.add_source(socket, key, writing)
    }

    /// Watches anything else that epoll can watch, such as the output of a child, for reading.
    pub(crate) fn add_reader(&self, source: &impl AsRawFd, key: usize) -> io::Result<()> {
        self.add_source(source, key, false)
    }

    fn add_source(&self, source: &impl AsRawFd, key: usize, writing: bool) -> io::Result<()> {
        let event = Event::new(key, true, writing);
        // SAFETY: the caller of `add_with_mode` must `delete` the source before it is closed, so
        // that the poller never holds a dead descriptor. On epoll, the one backend this file
        // compiles for, the kernel itself forgets a descriptor when its last copy is closed, and
        // no descriptor is ever copied here: there is no `try_clone` in this crate, and children
        // start with all of ours closed (CLOEXEC). `polling` keeps no table of its own.
        unsafe {
            self.inner
                .add_with_mode(source.as_raw_fd(), event, PollMode::Level)
        }
    }

    /// Turns the interest in writing on or off.
    pub(crate) fn set_writing(&self, socket: &Socket, key: usize, on: bool) -> io::Result<()> {
        let event = Event::new(key, true, on);
        self.inner
            .modify_with_mode(socket.as_fd(), event, PollMode::Level)
    }

    /// Watches a socket no more: of one that is not to be read for now.
    pub(crate) fn remove(&self, socket: &Socket) -> io::Result<()> {
        self.inner.delete(socket.as_fd())
    }

    /// Ends the wait of the thread that waits here now, or else its next.
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.inner.notify()
    }

    /// Waits until something is ready or the timeout is over; without one, for as long as it takes. Now
    /// and then it ends before, for nothing: by the timer of a wait that something else has ended.
    pub(crate) fn wait(&self, batch: &mut Batch, timeout: Option<Duration>) -> io::Result<()> {
        batch.woken = false;
        batch.events.clear();
        let timeout = match timeout {
            Some(odd) if odd.subsec_nanos() % 1_000_000 > 0 => {
                let once = Expiration::OneShot(TimeSpec::from_duration(odd));
                self.timer.set(once, TimerSetTimeFlags::empty())?;
                None
            }
            other => other,
        };
        // A timeout beyond what the kernel can count is as good as none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let free = rustix::buffer::spare_capacity(&mut batch.events);
        match epoll::wait(self.inner.as_fd(), free, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let expired = |event: &epoll::Event| event.data.u64() == TIMER;
        if let Some(place) = batch.events.iter().position(expired) {
            batch.events.swap_remove(place);
            // To disarm it also takes back that it has expired.
            self.timer.unset()?;
        }
        let notified = |event: &epoll::Event| event.data.u64() == NOTIFIER;
        if let Some(place) = batch.events.iter().position(notified) {
            batch.events.swap_remove(place);
            batch.woken = true;
            self.rearm()?;
        }
        Ok(())
    }

    /// Only `polling` itself can take back its notification and listen to the next. What else is
    /// ready by then is ready at the next wait as well: that is what Level mode means.
    fn rearm(&self) -> io::Result<()> {
        let mut unused = Events::with_capacity(NonZeroUsize::MIN);
        let waited = self.inner.wait(&mut unused, Some(Duration::ZERO));
        waited.map(|_| ())
    }
}

impl Batch {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            events: Vec::with_capacity(BATCH),
            woken: false,
        }
    }

    /// Whether the wait was in vain.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.woken
    }

    /// What is ready.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Ready> + '_ {
        use epoll::EventFlags as Flags;
        let either = Flags::HUP | Flags::ERR;
        self.events.iter().map(move |event| {
            // The event is packed: a copy, as no reference to its field may be taken.
            let flags = event.flags;
            Ready {
                key: event.data.u64() as usize,
                readable: flags.intersects(Flags::IN | Flags::PRI | Flags::RDHUP | either),
                writable: flags.intersects(Flags::OUT | either),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// The notifier is armed again after each wake, and no key of it is ever seen.
    #[test]
    fn each_wake_ends_one_wait() {
        let poller = Poller::new().unwrap();
        let mut batch = Batch::new();
        for _ in 0..3 {
            poller.wake().unwrap();
            poller.wake().unwrap();
            poller.wait(&mut batch, None).unwrap();
            assert!(batch.woken);
            assert_eq!(batch.iter().count(), 0);
            poller.wait(&mut batch, Some(Duration::ZERO)).unwrap();
            assert!(!batch.woken);
        }
    }

    #[test]
    fn a_wait_ends_neither_early_nor_a_millisecond_late() {
        let poller = Poller::new().unwrap();
        let mut batch = Batch::new();
        let odd = Duration::from_micros(1300);
        let waits = (0..50).map(|_| {
            let began = Instant::now();
            poller.wait(&mut batch, Some(odd)).unwrap();
            assert!(batch.is_empty());
            began.elapsed()
        });
        let waits: Vec<Duration> = waits.collect();
        // On a busy machine some are later, but not all.
        let shortest = waits.iter().min().unwrap();
        assert!(
            (odd..Duration::from_millis(2)).contains(shortest),
            "{waits:?}"
        );
        // The timer of a wait that was cut short neither spoils the next nor stays ready.
        poller.wake().unwrap();
        poller.wait(&mut batch, Some(odd)).unwrap();
        assert!(batch.woken);
        let (began, mut turns) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_millis(20) {
            poller
                .wait(&mut batch, Some(Duration::from_millis(20)))
                .unwrap();
            turns += 1;
        }
        assert!(turns <= 3, "{turns} turns");
    }
}
