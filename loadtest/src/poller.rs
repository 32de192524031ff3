//! Readiness of sockets: a thin wrap of `polling`, always in Level mode. The only file that names
//! `polling`, and the only one with `unsafe`.
//!
//! It never owns a socket and never decides anything. Reading interest is always on, because a
//! socket whose peer has gone must be read to be noticed; writing interest is on only while bytes
//! are left over. Invariant: a key in a [`Batch`] is one that was added, and at most once a batch.

use crate::net::Socket;
use polling::{Event, Events, PollMode};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

#[cfg(not(target_os = "linux"))]
compile_error!("loadtest reads /proc and relies on epoll: it is for Linux only");

/// Events taken in one wait. A wait costs five system calls (timer, two re-arms, the wait and the
/// notifier), so a large batch makes them vanish beside one read for each event.
const BATCH: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// What wakes the loop.
pub(crate) struct Poller {
    inner: polling::Poller,
}

/// The events of one wait.
pub(crate) struct Batch {
    events: Events,
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

    /// Waits until something is ready or the timeout is over; without one, for as long as it takes.
    pub(crate) fn wait(&self, batch: &mut Batch, timeout: Option<Duration>) -> io::Result<()> {
        // `polling` appends, and fails when the buffer is full.
        batch.events.clear();
        self.inner.wait(&mut batch.events, timeout).map(|_| ())
    }
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            events: Events::with_capacity(BATCH),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Ready> + '_ {
        self.events.iter().map(|event| Ready {
            key: event.key,
            readable: event.readable,
            writable: event.writable,
        })
    }
}
