//! Readiness of sockets: a thin wrapper of `polling`, always in Level mode. The only file that names
//! `polling` and `rustix`, and the only one with `unsafe`.
//!
//! The wait itself is one `epoll_wait` on the descriptor of `polling`, because its own wait costs five
//! system calls: it arms a timer, and re-arms timer and notifier before each wait. As epoll counts in
//! whole milliseconds, rounded up, a timer ends waits of other lengths, for one more system call.
//! (`epoll_pwait2` needs no timer, but not every kernel has it.)
//!
//! It never owns a socket and never decides anything. Interest in reading is always on, because a closed
//! socket is only noticed by reading; interest in writing is on only while there are unsent bytes.
//! Invariant: each key in a [`Batch`] was added, and is in it at most once.

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

/// Most events of one wait: so many that the wait costs little beside one read for each of them.
const BATCH: usize = 1024;
/// The key under which `polling` keeps its notifier.
const NOTIFIER: u64 = usize::MAX as u64;
/// The key of the timer; the listener of the reference has the one before the notifier's.
const TIMER: u64 = usize::MAX as u64 - 2;

pub(crate) struct Poller {
    inner: polling::Poller,
    timer: TimerFd,
}

/// The events of one wait.
pub(crate) struct Batch {
    events: Vec<epoll::Event>,
    /// Whether `Poller::wake` was called.
    pub(crate) woken: bool,
}

/// A socket that can be used without blocking.
#[derive(Clone, Copy)]
pub(crate) struct Ready {
    /// The key of `Poller::add`.
    pub(crate) key: usize,
    /// A read returns bytes, the end or an error.
    pub(crate) readable: bool,
    /// A write takes bytes or returns an error.
    pub(crate) writable: bool,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let poller = Self {
            inner: polling::Poller::new()?,
            timer: TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?,
        };
        poller.add_reader(&poller.timer.as_fd().as_raw_fd(), TIMER as usize)?;
        Ok(poller)
    }

    /// Watch a socket for reading, and for writing if `writing`.
    pub(crate) fn add(&self, socket: &Socket, key: usize, writing: bool) -> io::Result<()> {
        self.add_source(socket, key, writing)
    }

    /// Watch anything else that epoll can watch, such as the output of a child, for reading.
    pub(crate) fn add_reader(&self, source: &impl AsRawFd, key: usize) -> io::Result<()> {
        self.add_source(source, key, false)
    }

    fn add_source(&self, source: &impl AsRawFd, key: usize, writing: bool) -> io::Result<()> {
        let event = Event::new(key, true, writing);
        // SAFETY: the caller of `add_with_mode` must `delete` the source before it is closed, so
        // that the poller never holds a closed descriptor. With epoll, the only backend of this file,
        // the kernel forgets a descriptor when its last copy is closed, and no descriptor is ever
        // copied: this crate has no `try_clone`, and children start with all of them closed (CLOEXEC).
        // `polling` keeps no table of its own.
        unsafe {
            self.inner
                .add_with_mode(source.as_raw_fd(), event, PollMode::Level)
        }
    }

    /// Turn the interest in writing on or off.
    pub(crate) fn set_writing(&self, socket: &Socket, key: usize, on: bool) -> io::Result<()> {
        let event = Event::new(key, true, on);
        self.inner
            .modify_with_mode(socket.as_fd(), event, PollMode::Level)
    }

    /// Stop watching a socket that is not to be read for now.
    pub(crate) fn remove(&self, socket: &Socket) -> io::Result<()> {
        self.inner.delete(socket.as_fd())
    }

    /// End the current wait of this poller, or else the next.
    pub(crate) fn wake(&self) -> io::Result<()> {
        self.inner.notify()
    }

    /// Wait until something is ready or the timeout is over; without a timeout, for as long as it takes.
    /// Sometimes it returns early without events, by the timer of an earlier wait.
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
        // A timeout that is too long for the kernel is as good as none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let free = rustix::buffer::spare_capacity(&mut batch.events);
        match epoll::wait(self.inner.as_fd(), free, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let expired = |event: &epoll::Event| event.data.u64() == TIMER;
        if let Some(place) = batch.events.iter().position(expired) {
            batch.events.swap_remove(place);
            // Disarming also clears its expiration.
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

    /// Only `polling` itself can clear its notification. Other events of this wait come again at the next
    /// one, because of Level mode.
    fn rearm(&self) -> io::Result<()> {
        let mut unused = Events::with_capacity(NonZeroUsize::MIN);
        let waited = self.inner.wait(&mut unused, Some(Duration::ZERO));
        waited.map(|_| ())
    }
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            events: Vec::with_capacity(BATCH),
            woken: false,
        }
    }

    /// Whether the wait ended without any event.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.woken
    }

    /// The ready sockets.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Ready> + '_ {
        use epoll::EventFlags as Flags;
        let either = Flags::HUP | Flags::ERR;
        self.events.iter().map(move |event| {
            // Copied, because the event is packed and allows no reference to its field.
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

    /// The notifier is armed again after each wake, and its key is never returned.
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
        // On a busy machine some waits are later, but not all.
        let shortest = waits.iter().min().unwrap();
        assert!(
            (odd..Duration::from_millis(2)).contains(shortest),
            "{waits:?}"
        );
        // The timer of an interrupted wait neither ends the next one nor stays ready.
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
