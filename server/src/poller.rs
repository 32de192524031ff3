//! Readiness: the only file that names `polling`, and the server's only `unsafe`.
//!
//! `polling` watches and wakes; its own way to wait costs five system calls, so the wait is ours: one
//! `epoll_pwait` upon polling's epoll, through the crate on which polling stands.
//!
//! Always level-triggered: what is not acted upon is reported again, so nothing here has to be
//! remembered, and a budget that runs out costs nothing. Sources are typed: a key never escapes.
//! Invariant: a source is deleted before its descriptor is closed (see `Sys::close`).

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use polling::{Event, Events, PollMode};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;

use crate::hub::Id;
use crate::limits::{LINE_COST_BYTES, TURN_BYTES};
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
    /// What one wait brought; empty between two.
    events: Vec<epoll::Event>,
    /// For [`Poller::rearm`] alone.
    rearmed: Events,
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
        Ok(Poller {
            poller: Arc::new(polling::Poller::new()?),
            events: Vec::with_capacity(BATCH),
            rearmed: Events::new(),
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
        // Up to a day `rustix` calls `epoll_pwait`, which every kernel has, in whole milliseconds,
        // rounded up. Who sleeps longer wakes once in between.
        let timeout = timeout.map(|timeout| timeout.min(LONGEST_SLEEP));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let events = spare_capacity(&mut self.events);
        match epoll::wait(&*self.poller, events, timeout.as_ref()) {
            Ok(_) => {}
            // A signal that nobody blocks, such as SIGCONT: the loop looks around and sleeps again.
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let mut woken = false;
        for event in self.events.drain(..) {
            let key = event.data.u64();
            if key == POLLING_KEY {
                woken = true;
            } else {
                ready.push(ready_of(Source::of_key(key as usize), event.flags));
            }
        }
        if woken { self.rearm() } else { Ok(()) }
    }

    /// A waker was used, which `polling` reports once: its own wait takes that back and makes the
    /// next one count. What else is ready, level-triggered as it is, is reported again.
    fn rearm(&mut self) -> io::Result<()> {
        self.rearmed.clear();
        self.poller.wait(&mut self.rearmed, Some(Duration::ZERO))?;
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

/// Events taken in one wait: as many lines as one turn can handle. More would be reported, and looked
/// at, again and again until it is their turn; the kernel begins where it stopped.
const BATCH: usize = TURN_BYTES / LINE_COST_BYTES;
/// The longest sleep in one go.
const LONGEST_SLEEP: Duration = Duration::from_secs(86_400);
/// What `polling` calls its own descriptors.
const POLLING_KEY: u64 = usize::MAX as u64;

/// What an event says, with the flags read as `polling` reads them.
fn ready_of(source: Source, flags: EventFlags) -> Ready {
    let failed = EventFlags::HUP | EventFlags::ERR;
    match source {
        Source::Conn(id) => Ready::Conn {
            id,
            readable: flags.intersects(EventFlags::IN | EventFlags::PRI | failed),
            writable: flags.intersects(EventFlags::OUT | failed),
            hung: flags.intersects(failed),
        },
        Source::Listener(number) => Ready::Listener(number),
        Source::Signal => Ready::Signal,
        Source::Console => Ready::Console,
        Source::Datagrams => Ready::Datagrams,
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

    #[test]
    fn a_waker_ends_every_wait_that_follows() {
        let mut poller = Poller::new().expect("descriptors are left");
        let waker = poller.waker();
        let mut ready = Vec::new();
        // Without a timeout: a wake that is lost would leave this test asleep.
        for _ in 0..3 {
            waker.wake();
            waker.wake();
            poller.wait(None, &mut ready).expect("it can wait");
            assert_eq!(ready, []);
        }
    }
}
