//! Readiness of sockets: a thin wrap of `polling`, always in Level mode. The only file that names
//! `polling` and `rustix`, and the only one with `unsafe`.
//!
//! The wait itself is one `epoll_wait` on the descriptor of `polling`, whose own would cost five
//! system calls: it arms a timer and re-arms the timer and its notifier before each wait.
//!
//! It never owns a socket and never decides anything. Reading interest is always on, because a
//! socket whose peer has gone must be read to be noticed; writing interest is on only while bytes
//! are left over. Invariant: a key in a [`Batch`] is one that was added, and at most once a batch.

use crate::net::Socket;
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

/// What wakes the loop.
pub(crate) struct Poller {
    inner: polling::Poller,
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
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            inner: polling::Poller::new()?,
        })
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

    /// Waits until something is ready or the timeout is over; without one, for as long as it takes.
    pub(crate) fn wait(&self, batch: &mut Batch, timeout: Option<Duration>) -> io::Result<()> {
        batch.woken = false;
        batch.events.clear();
        // A timeout beyond what the kernel can count is as good as none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let free = rustix::buffer::spare_capacity(&mut batch.events);
        match epoll::wait(self.inner.as_fd(), free, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
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
}
