//! A seeded network under the loop: the other side of `Sys`.
//!
//! Sockets are queues of bytes with a window; readiness is computed as a level-triggered poller
//! does it, hang-ups included that nobody asked for. Which faults exist, and how often, is drawn
//! once for each seed. It checks on its own account what no server may do: touch a closed socket,
//! close a watched one, spin.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use papo_server::accounts::{Answer, Busy, Query};
use papo_server::hub::{Id, Time};
use papo_server::sys::{Datagram, Interest, Ready, Signal, Sys};

use crate::dice::Dice;

/// One end of a connection as the server holds it: a number that is never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Fd(pub(crate) usize);

/// A connection.
#[derive(Default)]
pub(crate) struct Link {
    /// Sent by the peer, not yet read by the server.
    pub(crate) to_server: VecDeque<u8>,
    /// The peer has closed its half.
    pub(crate) fin: bool,
    /// The peer has reset the connection.
    pub(crate) reset: bool,
    /// What the server has read, in order.
    pub(crate) read: Vec<u8>,
    /// What the server has written, in order.
    pub(crate) written: Vec<u8>,
    /// How much of it the peer has taken.
    pub(crate) taken: usize,
    /// How much may stand untaken.
    pub(crate) window: usize,
    /// The server has closed its half.
    pub(crate) server_fin: bool,
    /// The server has it.
    pub(crate) accepted: bool,
    /// The server has closed it.
    pub(crate) closed: bool,
    id: Option<Id>,
    watched: Option<(Id, Interest)>,
}

impl Link {
    fn room(&self) -> usize {
        self.window.saturating_sub(self.written.len() - self.taken)
    }
}

/// How often each fault happens, in a thousand calls; 0 where a seed does without.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    pub(crate) short_read: u32,
    pub(crate) short_write: u32,
    pub(crate) interrupted: u32,
    pub(crate) would_block: u32,
    pub(crate) accept_fails: u32,
    pub(crate) stale: u32,
    /// Conns at once before descriptors run out.
    pub(crate) descriptors: usize,
}

/// How often each fault has happened.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(crate) struct Counts(pub(crate) BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn add(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

/// See the top of this file.
pub(crate) struct Net {
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) counts: Counts,
    pub(crate) links: Vec<Link>,
    pub(crate) now: Time,
    pub(crate) signals: VecDeque<Signal>,
    /// Whether time goes on to the next deadline at once when there is nothing to do.
    pub(crate) hurry: bool,
    waiting: VecDeque<usize>,
    accepting: bool,
    listening: bool,
    /// Conns that were closed.
    old: Vec<Id>,
    /// Waits in a row that neither slept nor were followed by another call.
    idle_waits: u32,
}

impl Net {
    pub(crate) fn new(dice: Dice, faults: Faults) -> Net {
        Net {
            dice,
            faults,
            counts: Counts::default(),
            links: Vec::new(),
            now: Time::from_secs(1),
            signals: VecDeque::new(),
            hurry: false,
            waiting: VecDeque::new(),
            accepting: true,
            listening: true,
            old: Vec::new(),
            idle_waits: 0,
        }
    }

    /// A peer connects; nothing happens when nobody listens any more.
    pub(crate) fn connect(&mut self, window: usize) -> usize {
        self.links.push(Link {
            window,
            reset: !self.listening,
            ..Link::default()
        });
        if self.listening {
            self.waiting.push_back(self.links.len() - 1);
        }
        self.links.len() - 1
    }

    /// Connections that the server holds open.
    pub(crate) fn open(&self) -> usize {
        self.links
            .iter()
            .filter(|link| link.accepted && !link.closed)
            .count()
    }

    /// Whether nothing is on its way to the server.
    pub(crate) fn is_quiet(&self) -> bool {
        self.waiting.is_empty()
            && self
                .links
                .iter()
                .all(|link| link.closed || link.to_server.is_empty())
    }

    fn link(&mut self, fd: Fd) -> &mut Link {
        self.idle_waits = 0;
        let link = &mut self.links[fd.0];
        assert!(!link.closed, "a closed socket is used: {fd:?}");
        link
    }

    fn fault(&mut self, per_mille: u32, what: &'static str) -> bool {
        let happens = self.dice.chance(per_mille);
        if happens {
            self.counts.add(what);
        }
        happens
    }

    fn next_waiting(&mut self) -> io::Result<usize> {
        self.idle_waits = 0;
        self.waiting.pop_front().ok_or(ErrorKind::WouldBlock.into())
    }

    fn ready(&mut self) -> Vec<Ready> {
        let mut ready = Vec::new();
        if self.accepting && self.listening && !self.waiting.is_empty() {
            ready.push(Ready::Listener(0));
        }
        if !self.signals.is_empty() {
            ready.push(Ready::Signal);
        }
        for link in &self.links {
            let Some((id, interest)) = link.watched else {
                continue;
            };
            let reads = matches!(interest, Interest::Read | Interest::ReadWrite);
            let writes = matches!(interest, Interest::Write | Interest::ReadWrite);
            let hung = link.reset || link.fin && link.server_fin;
            let readable = hung || reads && (!link.to_server.is_empty() || link.fin);
            let writable = hung || writes && link.room() > 0;
            if readable || writable {
                ready.push(Ready::Conn {
                    id,
                    readable,
                    writable,
                    hung,
                });
            }
        }
        ready
    }

    /// Readiness of conns that are gone, and of such as have nothing.
    fn lies(&mut self) -> Vec<Ready> {
        let mut lies = Vec::new();
        if !self.old.is_empty() && self.fault(self.faults.stale, "stale readiness") {
            let id = self.dice.pick(&self.old);
            lies.push(Ready::Conn {
                id,
                readable: true,
                writable: true,
                hung: self.dice.chance(500),
            });
        }
        if self.fault(self.faults.stale, "spurious readiness") {
            let watched: Vec<(Id, Interest)> =
                self.links.iter().filter_map(|link| link.watched).collect();
            if !watched.is_empty() {
                let (id, interest) = self.dice.pick(&watched);
                let readable = matches!(interest, Interest::Read | Interest::ReadWrite);
                lies.push(Ready::Conn {
                    id,
                    readable,
                    writable: !readable,
                    hung: false,
                });
            }
        }
        lies
    }
}

impl Sys for Net {
    type Socket = Fd;

    fn now(&mut self) -> Time {
        self.now
    }

    fn wait(&mut self, until: Option<Time>, ready: &mut Vec<Ready>) -> io::Result<()> {
        let mut found = self.ready();
        if found.is_empty() {
            // Nothing to do: time passes, to the deadline or to when the next peer acts.
            let most = if self.hurry { 2_000_000 } else { 200_000 };
            let step = Duration::from_micros(self.dice.between(10, most) as u64);
            let next = self.now + step;
            let slept = until.map_or(next, |until| until.clamp(self.now, next));
            self.idle_waits = if slept > self.now {
                0
            } else {
                self.idle_waits + 1
            };
            self.now = slept;
        } else {
            self.idle_waits += 1;
        }
        assert!(
            self.idle_waits < 100,
            "the loop spins: {found:?} until {until:?} at {:?}",
            self.now
        );
        found.extend(self.lies());
        self.dice.shuffle(&mut found);
        if found.len() > 1 && self.dice.chance(100) {
            found.truncate(self.dice.between(1, found.len()));
        }
        ready.extend(found);
        self.now += Duration::from_micros(self.dice.below(300) as u64);
        Ok(())
    }

    fn accept(&mut self, _listener: usize) -> io::Result<(Fd, SocketAddr)> {
        if self.waiting.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.open() >= self.faults.descriptors {
            self.idle_waits = 0;
            self.counts.add("descriptors run out");
            return Err(io::Error::from_raw_os_error(24));
        }
        let at = self.next_waiting()?;
        if self.fault(self.faults.accept_fails, "accept fails") {
            self.links[at].closed = true;
            self.links[at].reset = true;
            return Err(ErrorKind::ConnectionAborted.into());
        }
        self.links[at].accepted = true;
        Ok((
            Fd(at),
            SocketAddr::from(([127, 0, 0, 1], (at % 60_000) as u16)),
        ))
    }

    fn turn_away(&mut self, _listener: usize, last_words: &[u8]) -> io::Result<()> {
        let at = self.next_waiting()?;
        self.links[at].written.extend_from_slice(last_words);
        self.links[at].closed = true;
        self.counts.add("turned away");
        Ok(())
    }

    fn set_accepting(&mut self, on: bool) {
        self.accepting = on;
    }

    fn close_listeners(&mut self) {
        self.listening = false;
        for at in std::mem::take(&mut self.waiting) {
            self.links[at].reset = true;
            self.links[at].closed = true;
        }
    }

    fn read(&mut self, socket: &mut Fd, buffer: &mut [u8]) -> io::Result<usize> {
        self.link(*socket);
        if self.fault(self.faults.interrupted, "interrupted read") {
            return Err(ErrorKind::Interrupted.into());
        }
        let mut most = buffer.len();
        if self.fault(self.faults.short_read, "short read") {
            most = self.dice.between(1, 7);
        }
        let link = self.link(*socket);
        if link.to_server.is_empty() {
            return match (link.reset, link.fin) {
                (true, _) => Err(ErrorKind::ConnectionReset.into()),
                (false, true) => Ok(0),
                (false, false) => Err(ErrorKind::WouldBlock.into()),
            };
        }
        let n = most.min(link.to_server.len());
        for (to, from) in buffer.iter_mut().zip(link.to_server.drain(..n)) {
            *to = from;
            link.read.push(from);
        }
        Ok(n)
    }

    fn write(&mut self, socket: &mut Fd, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        assert!(
            pieces.iter().all(|piece| !piece.is_empty()),
            "an empty piece"
        );
        let link = self.link(*socket);
        assert!(!link.server_fin, "a write after the end of our half");
        if link.reset {
            self.counts.add("broken pipe");
            return Err(ErrorKind::BrokenPipe.into());
        }
        if self.fault(self.faults.interrupted, "interrupted write") {
            return Err(ErrorKind::Interrupted.into());
        }
        let mut room = self.link(*socket).room();
        if room > 0 && self.fault(self.faults.would_block, "no room after all") {
            room = 0;
        }
        if room > 1 && self.fault(self.faults.short_write, "short write") {
            room = self.dice.between(1, room.min(50));
        }
        if room == 0 {
            self.counts.add("no room");
            return Err(ErrorKind::WouldBlock.into());
        }
        let link = self.link(*socket);
        let before = link.written.len();
        for piece in pieces {
            let n = piece.len().min(room - (link.written.len() - before));
            link.written.extend_from_slice(&piece[..n]);
        }
        Ok(link.written.len() - before)
    }

    fn shutdown(&mut self, socket: &mut Fd) {
        self.link(*socket).server_fin = true;
    }

    fn watch(&mut self, socket: &Fd, id: Id, from: Interest, to: Interest) -> io::Result<()> {
        let link = self.link(*socket);
        let known = link.watched.map_or(Interest::Off, |(_, interest)| interest);
        assert_eq!(known, from, "the server is wrong about what is watched");
        link.watched = (to != Interest::Off).then_some((id, to));
        link.id = Some(id);
        Ok(())
    }

    fn close(&mut self, socket: Fd, watched: Interest) {
        let link = self.link(socket);
        let known = link
            .watched
            .take()
            .map_or(Interest::Off, |(_, interest)| interest);
        assert_eq!(known, watched, "the server is wrong about what is watched");
        link.closed = true;
        let id = link.id;
        self.old.extend(id);
    }

    fn signal(&mut self) -> Option<Signal> {
        self.idle_waits = 0;
        self.signals.pop_front()
    }

    fn console(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn close_console(&mut self) {}

    fn say(&mut self, _line: &str) {}

    fn reload(&mut self) {}

    fn ask(&mut self, _query: Query) -> Result<(), Busy> {
        Err(Busy)
    }

    fn answer(&mut self) -> Option<Answer> {
        None
    }

    fn receive(&mut self, _budget: usize, _take: impl FnMut(Datagram<'_>)) {}

    fn send(&mut self, _to: SocketAddr, _local: IpAddr, _bytes: &[u8]) {}

    fn reloaded(&mut self) -> Option<io::Result<Vec<String>>> {
        None
    }
}
