//! Readiness: the only file that names `polling`, and the server's only `unsafe`.
//!
//! Always level-triggered: what is not acted upon is reported again, so nothing here has to be
//! remembered, and a budget that runs out costs nothing. Sources are typed: a key never escapes.
//! Invariant: a source is deleted before its descriptor is closed (see `Sys::close`).

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use polling::{Event, Events, PollMode};

use crate::hub::Id;
use crate::sys::{Interest, Ready};

/// What can be ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A conn.
    Conn(Id),
    /// The listener of this number.
    Listener(usize),
    /// The signal descriptor.
    Signal,
    /// Standard input.
    Console,
    /// The directory's UDP socket.
    Datagrams,
}

/// A set of watched descriptors.
pub struct Poller {
    poller: Arc<polling::Poller>,
    events: Events,
}

/// Wakes a sleeping `wait` from another thread.
#[derive(Clone)]
pub struct Waker(Arc<polling::Poller>);

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn new() -> io::Result<Poller> {
        // Large enough to take in one turn what a large room can do in the time of one turn.
        let capacity = std::num::NonZeroUsize::new(4096).unwrap_or(std::num::NonZeroUsize::MIN);
        Ok(Poller {
            poller: Arc::new(polling::Poller::new()?),
            events: Events::with_capacity(capacity),
        })
    }

    /// Change what is watched of a source, from what the last call said (`Off` at first).
    ///
    /// # Errors
    /// For instance when the source cannot be watched at all, as a file.
    pub fn watch(
        &self,
        fd: &impl AsFd,
        source: Source,
        from: Interest,
        to: Interest,
    ) -> io::Result<()> {
        let fd = fd.as_fd();
        let event = |interest: Interest| {
            let readable = matches!(interest, Interest::Read | Interest::ReadWrite);
            let writable = matches!(interest, Interest::Write | Interest::ReadWrite);
            Event::new(source.key(), readable, writable)
        };
        match (from, to) {
            (Interest::Off, Interest::Off) => Ok(()),
            (_, Interest::Off) => self.poller.delete(fd),
            // SAFETY: `add` wants the source to be deleted before it is dropped. Conns are deleted by
            // `Sys::close`, which knows what was watched and takes the socket by value; listeners,
            // signals and standard input are owned by `Os` beside this poller and deleted before
            // they are closed, or live as long as the process.
            (Interest::Off, to) => unsafe {
                self.poller.add_with_mode(&fd, event(to), PollMode::Level)
            },
            (_, to) => self.poller.modify_with_mode(fd, event(to), PollMode::Level),
        }
    }

    /// Sleep until something is ready, a waker was used or the time is over; append what is ready.
    ///
    /// # Errors
    /// When the system cannot wait at all.
    pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        // It appends to what is there, and fails once that is full.
        self.events.clear();
        self.poller.wait(&mut self.events, timeout)?;
        ready.extend(
            self.events
                .iter()
                .map(|event| match Source::of_key(event.key) {
                    Source::Conn(id) => Ready::Conn {
                        id,
                        readable: event.readable,
                        writable: event.writable,
                        hung: event.is_interrupt() || event.is_err() == Some(true),
                    },
                    Source::Listener(number) => Ready::Listener(number),
                    Source::Signal => Ready::Signal,
                    Source::Console => Ready::Console,
                    Source::Datagrams => Ready::Datagrams,
                }),
        );
        Ok(())
    }

    /// A handle for other threads.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.poller))
    }
}

impl Waker {
    /// End the current or the next wait.
    pub fn wake(&self) {
        // Fails only when the poller is gone, and then nobody sleeps.
        let _ = self.0.notify();
    }
}

/// The index that no conn has; such keys name the other sources by their upper half.
const NOT_A_CONN: u32 = u32::MAX;

impl Source {
    fn key(self) -> usize {
        let other = |number: usize| number << 32 | NOT_A_CONN as usize;
        match self {
            Source::Conn(id) => id.key(),
            Source::Signal => other(0),
            Source::Console => other(1),
            Source::Datagrams => other(2),
            Source::Listener(number) => other(3 + number),
        }
    }

    fn of_key(key: usize) -> Source {
        let id = Id::from_key(key);
        match (id.index, id.generation as usize) {
            (NOT_A_CONN, 0) => Source::Signal,
            (NOT_A_CONN, 1) => Source::Console,
            (NOT_A_CONN, 2) => Source::Datagrams,
            (NOT_A_CONN, number) => Source::Listener(number - 3),
            _ => Source::Conn(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_source() {
        let conn = Source::Conn(Id {
            index: 7,
            generation: u32::MAX,
        });
        for source in [
            Source::Signal,
            Source::Console,
            Source::Datagrams,
            Source::Listener(0),
            Source::Listener(9),
            conn,
        ] {
            assert_eq!(Source::of_key(source.key()), source);
            assert_ne!(
                source.key(),
                usize::MAX,
                "polling keeps that one for itself"
            );
        }
    }
}
