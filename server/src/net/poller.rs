//! Readiness: the only file that names `polling`.
//!
//! `polling` creates the epoll and wakes it from other threads. Interest is registered with that
//! epoll through `rustix`, on which polling stands, because its keys have 64 bits on every machine
//! and polling's are as wide as a pointer. The wait is ours too: one `epoll_pwait` instead of five
//! calls.
//!
//! Always level-triggered: what is not handled is reported again, so nothing has to be remembered
//! here, and an exhausted budget costs nothing. Sources are typed: no key leaves this file.
//! Invariant: a source is deleted before its descriptor is closed (see `Sys::close`).

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use polling::Events;
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;

use crate::hub::Id;
use crate::limits::{LINE_COST_BYTES, TURN_BYTES};
use crate::net::sys::{Interest, Ready};

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
    /// The events of one wait; empty between waits.
    events: Vec<epoll::Event>,
    /// For [`Poller::rearm`] only.
    rearmed: Events,
}

/// Wakes a sleeping `wait` from another thread.
#[derive(Clone)]
pub struct Waker(Arc<polling::Poller>);

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    /// If the system has no descriptors left.
    pub fn new() -> io::Result<Poller> {
        Ok(Poller {
            poller: Arc::new(polling::Poller::new()?),
            events: Vec::with_capacity(BATCH),
            rearmed: Events::new(),
        })
    }

    /// Changes the interest in a source, from that of the last call (`Off` at first).
    ///
    /// # Errors
    /// For instance if the source cannot be watched at all, like a file.
    pub fn watch(
        &self,
        fd: &impl AsFd,
        source: Source,
        from: Interest,
        to: Interest,
    ) -> io::Result<()> {
        let flags = |interest: Interest| {
            // Urgent bytes count as readable. A hang-up is always reported.
            let read = EventFlags::IN | EventFlags::PRI;
            let (reads, writes) = match interest {
                Interest::Off | Interest::Hangup => (false, false),
                Interest::Read => (true, false),
                Interest::Write => (false, true),
                Interest::ReadWrite => (true, true),
            };
            let mut flags = EventFlags::empty();
            flags.set(read, reads);
            flags.set(EventFlags::OUT, writes);
            flags
        };
        let key = EventData::new_u64(source.key());
        match (from, to) {
            (Interest::Off, Interest::Off) => {}
            (_, Interest::Off) => epoll::delete(&*self.poller, fd)?,
            (Interest::Off, to) => epoll::add(&*self.poller, fd, key, flags(to))?,
            (_, to) => epoll::modify(&*self.poller, fd, key, flags(to))?,
        }
        Ok(())
    }

    /// Reports a watched source only when something new comes: for a source that is readable but
    /// cannot be read now. The next `watch` ends this.
    ///
    /// # Errors
    /// If the source is not watched.
    pub fn watch_news(&self, fd: &impl AsFd, source: Source) -> io::Result<()> {
        let key = EventData::new_u64(source.key());
        let flags = EventFlags::IN | EventFlags::ET;
        Ok(epoll::modify(&*self.poller, fd, key, flags)?)
    }

    /// Sleeps until something is ready, a waker is used or the time is over; appends what is ready.
    ///
    /// Returns whether a signal came, which must be read.
    ///
    /// # Errors
    /// If the system cannot wait at all.
    pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<bool> {
        // Up to a day `rustix` calls `epoll_pwait`, which every kernel has, in whole milliseconds,
        // rounded up. A longer sleep wakes up once in between.
        let timeout = timeout.map(|timeout| timeout.min(LONGEST_SLEEP));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let events = spare_capacity(&mut self.events);
        match epoll::wait(&*self.poller, events, timeout.as_ref()) {
            Ok(_) => {}
            // An unblocked signal such as SIGCONT: the loop takes a turn and sleeps again.
            Err(Errno::INTR) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let (mut woken, mut signalled) = (false, false);
        for event in self.events.drain(..) {
            let key = event.data.u64();
            if key == POLLING_KEY {
                woken = true;
                continue;
            }
            match ready_of(Source::of_key(key), event.flags) {
                Some(event) => ready.push(event),
                None => signalled = true,
            }
        }
        if woken {
            self.rearm()?;
        }
        Ok(signalled)
    }

    /// A waker was used, which `polling` reports once: its own wait resets it for the next use.
    /// Other ready sources are level-triggered and reported again.
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
    /// Ends the current or the next wait.
    pub fn wake(&self) {
        // Fails only if the poller is gone, and then nobody sleeps.
        let _ = self.0.notify();
    }
}

/// Events taken in one wait: as many lines as one turn can handle. More would be reported again and
/// again until it is their turn; the kernel continues where it stopped.
const BATCH: usize = TURN_BYTES / LINE_COST_BYTES;
/// The longest sleep in one go.
const LONGEST_SLEEP: Duration = Duration::from_secs(86_400);
/// The key of `polling`'s own descriptors.
const POLLING_KEY: u64 = usize::MAX as u64;

/// Translates an event; the flags mean what they mean in `polling`.
fn ready_of(source: Source, flags: EventFlags) -> Option<Ready> {
    let failed = EventFlags::HUP | EventFlags::ERR;
    Some(match source {
        Source::Conn(id) => Ready::Conn {
            id,
            readable: flags.intersects(EventFlags::IN | EventFlags::PRI | failed),
            writable: flags.intersects(EventFlags::OUT | failed),
            hung: flags.intersects(failed),
        },
        Source::Listener(number) => Ready::Listener(number),
        Source::Console => Ready::Console,
        Source::Datagrams => Ready::Datagrams,
        // Which signal has to be read first.
        Source::Signal => return None,
    })
}

/// The index that no conn has; the upper half of such a key names another source.
const NOT_A_CONN: u32 = u32::MAX;

impl Source {
    fn key(self) -> u64 {
        // Numbers from 1: with 32-bit pointers, polling's own key has 0 there.
        let other = |number: usize| (number as u64) << 32 | u64::from(NOT_A_CONN);
        match self {
            Source::Conn(id) => id.key(),
            Source::Signal => other(1),
            Source::Console => other(2),
            Source::Datagrams => other(3),
            Source::Listener(number) => other(4 + number),
        }
    }

    fn of_key(key: u64) -> Source {
        let id = Id::from_key(key);
        match (id.index, id.generation as usize) {
            (NOT_A_CONN, 1) => Source::Signal,
            (NOT_A_CONN, 2) => Source::Console,
            (NOT_A_CONN, 3) => Source::Datagrams,
            (NOT_A_CONN, number) => Source::Listener(number - 4),
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
            // Polling reserves the key with all bits of a pointer, of which there are 32 or 64.
            assert!(![u64::from(u32::MAX), u64::MAX].contains(&source.key()));
        }
    }

    #[test]
    fn a_waker_ends_every_wait_that_follows() {
        let mut poller = Poller::new().expect("descriptors are left");
        let waker = poller.waker();
        let mut ready = Vec::new();
        // Without a timeout, a lost wake-up would hang this test.
        for _ in 0..3 {
            waker.wake();
            waker.wake();
            poller.wait(None, &mut ready).expect("it can wait");
            assert_eq!(ready, []);
        }
    }
}
