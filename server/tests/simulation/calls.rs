//! The system calls of the simulated system: each does what the real one would, or what the dice or
//! a plan demand.
//!
//! It checks what no server may do: use a closed socket, write after the end of its half or after a
//! final error, be wrong about its interest, exceed a budget.

use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use papo_server::dialect::Clock;
use papo_server::hub::archive::entry::entries;
use papo_server::hub::{Id, Time};
use papo_server::limits::{WRITE_BYTES, WRITE_SLICES};
use papo_server::net::sys::datagrams::{Datagram, Datagrams};
use papo_server::net::sys::{
    Accepted, Interest, Listening, Probing, Ready, Signs, Sys, is_exhaustion,
};
use papo_server::store::accounts::Busy;
use papo_server::store::jobs::{Done, Job};

use crate::faults::Fault;
use crate::link::Link;
use crate::net::{Fd, Net};
use crate::nth::Call;

/// When the simulated time begins, in seconds since 1970.
pub(crate) const BEGIN: i64 = 1_764_156_355;

impl Sys for Net {
    type Socket = Fd;

    fn now(&mut self) -> Time {
        self.now
    }

    fn clock(&mut self) -> Clock {
        Clock {
            at: BEGIN + self.now.as_secs() as i64,
            ..Clock::default()
        }
    }

    fn random(&mut self) -> Option<u128> {
        let mut half = || self.dice.below(usize::MAX) as u128;
        Some(half() << 64 | half())
    }

    fn wait(&mut self, until: Option<Time>, ready: &mut Vec<Ready>) -> io::Result<()> {
        self.check_turn();
        self.plan.next(Call::Wait, None)?;
        self.desk
            .work(self.now, &mut self.dice, &self.faults, &mut self.counts);
        self.links.iter_mut().for_each(Link::seal);
        let mut found = self.ready();
        if found.is_empty() {
            self.sleep(until);
            self.unheeded = 0;
        } else {
            self.unheeded += 1;
        }
        // I6: readiness that is never handled, or time that never passes. Lines waiting in the
        // server are handled without calls, 16 in a turn, so some turns may pass then.
        assert!(
            self.unheeded <= 3 && self.idle_waits <= 200,
            "I6: the loop spins: {found:?} until {until:?} at {:?}",
            self.now
        );
        let mut hidden = !found.is_empty() && self.fault(Fault::EmptyWait);
        if hidden {
            found.clear();
        }
        found.extend(self.lies());
        self.dice.shuffle(&mut found);
        if found.len() > 1 && self.fault(Fault::SplitBatch) {
            found.truncate(self.dice.between(1, found.len() - 1));
            hidden = true;
        }
        // Unreported readiness cannot be handled.
        if hidden {
            self.unheeded = 0;
        }
        self.desk.deliver(&found);
        ready.extend(found);
        self.now += Duration::from_micros(self.dice.below(300) as u64);
        self.lose_time();
        Ok(())
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Fd>> {
        let accepted = match self.take_waiting(listener) {
            Err(error) if is_exhaustion(&error) => self.take_on_reserve(listener),
            accepted => accepted.map(|(fd, peer)| Accepted::Conn(fd, peer)),
        };
        self.accepts.note(&accepted);
        if let Ok(Accepted::Conn(fd, _) | Accepted::OnReserve(fd)) = &accepted {
            self.links[fd.0].inside = self.inside(fd.0);
        }
        accepted
    }

    fn listen(&mut self, to: Listening) {
        self.accepting = to == Listening::On;
        if to != Listening::Closed {
            return;
        }
        self.check_closing();
        self.listening = false;
        for at in self.waiting.iter_mut().flat_map(std::mem::take) {
            self.links[at].reset = true;
            self.links[at].closed = true;
        }
    }

    fn read(&mut self, socket: &mut Fd, buffer: &mut [u8]) -> io::Result<usize> {
        self.call(Call::Read, Some(*socket))?;
        let Link { spared, reset, .. } = self.links[socket.0];
        let tears = self.links[socket.0].may_tear();
        if self.fault(Fault::InterruptedRead) {
            return Err(ErrorKind::Interrupted.into());
        }
        // A socket that was reset never blocks.
        if !reset && self.fault(Fault::ReadBlocks) {
            return Err(ErrorKind::WouldBlock.into());
        }
        if !spared && self.fault(Fault::ReadTimesOut) {
            let link = &mut self.links[socket.0];
            (link.reset, link.fin) = (true, true);
            link.lose();
            return Err(ErrorKind::TimedOut.into());
        }
        let mut most = buffer.len();
        if tears && self.fault(Fault::OneByteRead) {
            most = 1;
        } else if tears && self.fault(Fault::ShortRead) {
            most = self.dice.between(2, 9);
        }
        let link = &mut self.links[socket.0];
        link.seal();
        if !link.has_come() {
            return match (link.reset, link.has_ended()) {
                (true, _) => Err(ErrorKind::ConnectionReset.into()),
                (false, true) => Ok(0),
                (false, false) => Err(ErrorKind::WouldBlock.into()),
            };
        }
        let n = link.take_in(buffer, most);
        // Who is admitted is watched from then on.
        match link.id.is_none() {
            true => self.check_dropped(socket.0),
            false => self.bytes_read += n,
        }
        Ok(n)
    }

    fn write(&mut self, socket: &mut Fd, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(Call::Write, Some(*socket))?;
        let offered: usize = pieces.iter().map(|piece| piece.len()).sum();
        assert!(
            pieces.iter().all(|piece| !piece.is_empty()),
            "an empty piece"
        );
        assert!(
            offered <= WRITE_BYTES && pieces.len() <= WRITE_SLICES,
            "I7: {offered} bytes"
        );
        let link = &self.links[socket.0];
        assert!(!link.server_fin, "a write after the end of our half");
        assert!(!link.failed, "a write after one that failed for good");
        let (spared, mut room) = (link.spared, link.room());
        let waits_long = link
            .blocked
            .is_some_and(|since| since + Duration::from_secs(5) < self.now);
        let fails = !spared && self.fault(Fault::WriteFails);
        if self.links[socket.0].reset || fails {
            self.counts.add("broken pipe");
            self.links[socket.0].failed = true;
            let codes = if fails { [105, 12] } else { [32, 104] };
            return Err(io::Error::from_raw_os_error(self.dice.pick(&codes)));
        }
        if self.fault(Fault::InterruptedWrite) {
            return Err(ErrorKind::Interrupted.into());
        }
        if room > 0 && !waits_long && self.fault(Fault::WriteBlocks) {
            room = 0;
        }
        let may_tear = room > 1 && self.links[socket.0].strict.is_none();
        if may_tear && self.fault(Fault::OneByteWrite) {
            room = 1;
        } else if may_tear && self.fault(Fault::ShortWrite) {
            room = self.dice.between(1, room.min(50));
        }
        let now = self.now;
        let link = &mut self.links[socket.0];
        if room == 0 {
            link.blocked.get_or_insert(now);
            self.counts.add("no room");
            return Err(ErrorKind::WouldBlock.into());
        }
        let pieces: Vec<&[u8]> = pieces.iter().map(|piece| &**piece).collect();
        if let Some(strict) = &mut link.strict {
            if link.fin {
                strict.finish();
            }
            strict.take(now, &mut self.dice, &pieces.concat(), &mut link.written);
            link.take_out(&[], 0, now);
            link.out += offered;
            return Ok(offered);
        }
        Ok(link.take_out(&pieces, room, now))
    }

    fn shutdown(&mut self, socket: &mut Fd) {
        // The call is recorded; its failure does not matter.
        let _ = self.call(Call::Shutdown, Some(*socket));
        self.links[socket.0].server_fin = true;
        self.check_refusal(socket.0);
    }

    fn watch(&mut self, socket: &Fd, id: Id, from: Interest, to: Interest) -> io::Result<()> {
        let planned = self.call(Call::Watch, Some(*socket));
        // Only a new entry costs the poller memory.
        let is_new = from == Interest::Off && !self.links[socket.0].spared;
        let fails = is_new && self.fault(Fault::WatchFails);
        let link = &mut self.links[socket.0];
        link.id = Some(id);
        if planned.is_err() || fails {
            link.unwatched = true;
            return planned.and(Err(io::Error::from_raw_os_error(12)));
        }
        let known = link.watched.map_or(Interest::Off, |(_, interest)| interest);
        assert!(
            known == from || link.unwatched,
            "the server is wrong about what is watched"
        );
        link.watched = (to != Interest::Off).then_some((id, to));
        Ok(())
    }

    fn close(&mut self, socket: Fd, watched: Interest) {
        let _ = self.call(Call::Close, Some(socket));
        let link = &mut self.links[socket.0];
        let known = link
            .watched
            .take()
            .map_or(Interest::Off, |(_, interest)| interest);
        // I5: a socket is unwatched before it is closed.
        assert!(
            known == watched || link.unwatched,
            "I5: closed while it is watched otherwise"
        );
        link.closed = true;
        self.old.extend(link.id);
    }

    fn acknowledged(&mut self, fd: &Fd) -> Option<Duration> {
        self.acted();
        let link = &mut self.links[fd.0];
        match &mut link.strict {
            _ if link.ghost.is_some() => None,
            Some(strict) => strict.acknowledged(self.now, &mut self.dice),
            None => Some(self.now - link.times.last().map_or(Time::ZERO, |(_, at)| *at)),
        }
    }

    fn bytes_acknowledged(&mut self, fd: &Fd) -> Option<u64> {
        self.acted();
        Some(self.links[fd.0].acknowledged() as u64)
    }

    fn probe(&mut self, fd: &Fd, _: Probing) -> Option<Signs> {
        self.acted();
        let gone = self.links[fd.0].ghost;
        // One that is there answers all the time; one that is not is asked each second.
        Some(Signs {
            heard: gone.unwrap_or(self.now).as_millis() as u32,
            unanswered: gone.map_or(0, |gone| (self.now - gone).as_secs() as u32 + 1),
            pause: Duration::ZERO,
            answers_in: Duration::from_millis(1),
        })
    }

    fn console(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_console(buffer);
        let is_over = match &read {
            Ok(count) => *count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock),
        };
        if is_over {
            self.desk.close_console();
        }
        read
    }

    fn say(&mut self, line: &str) {
        assert!(
            !line.contains(char::is_control),
            "the operator's screen: {line:?}"
        );
    }

    fn submit(&mut self, job: Job<'_>) -> Result<(), Busy> {
        match job {
            Job::Account(query) => {
                if self.call(Call::Ask, None).is_err() || self.fault(Fault::AccountsBusy) {
                    return Err(Busy);
                }
                self.desk.ask(self.now, &mut self.dice, query)
            }
            Job::Reload => {
                self.acted();
                self.counts.add("reload");
                let fails = self.fault(Fault::ReloadFails);
                self.desk.reload(self.now, &mut self.dice, fails);
                Ok(())
            }
            Job::Archive(batch) => {
                self.acted();
                // Places alone begin no trouble, but they meet it.
                let has_lines = entries(batch).next().is_some();
                if has_lines && self.fault(Fault::ArchiveFull) {
                    self.shelf.fill(self.now, &mut self.dice);
                } else if has_lines && self.fault(Fault::ArchiveFails) {
                    self.shelf.fail(self.now, &mut self.dice);
                }
                self.shelf.push(self.now, batch)
            }
            Job::Recall(recall) => {
                self.acted();
                if self.fault(Fault::RecallBusy) {
                    return Err(Busy);
                }
                let fails = self.fault(Fault::RecallFails);
                let most = if self.fault(Fault::RecallLate) {
                    20_000
                } else {
                    300
                };
                let wait = Duration::from_millis(self.dice.between(0, most) as u64);
                self.shelf.recalls.ask(self.now + wait, recall, fails);
                Ok(())
            }
        }
    }

    fn done(&mut self) -> Option<Done> {
        self.acted();
        let done = self.desk.done(self.now);
        done.or_else(|| self.shelf.done(self.now))
    }
}

impl Datagrams for Net {
    fn receive(&mut self, budget: usize, take: impl FnMut(Datagram<'_>)) {
        self.acted();
        let now = self.now;
        let (post, mut way) = self.post_and_way();
        post.receive(now, budget, &mut way, take);
    }

    fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8]) {
        let (post, mut way) = self.post_and_way();
        post.send(to, local, bytes, &mut way);
    }
}

impl Net {
    fn read_console(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.call(Call::Console, None)?;
        if self.fault(Fault::ConsoleInterrupted) {
            return Err(ErrorKind::Interrupted.into());
        }
        if self.fault(Fault::ConsoleFails) {
            return Err(io::Error::from_raw_os_error(5));
        }
        let most = self.dice.between(1, 100);
        self.desk.console(buffer, most)
    }

    /// Descriptors have run out: whoever is the next gets the one kept for that.
    fn take_on_reserve(&mut self, listener: usize) -> io::Result<Accepted<Fd>> {
        let is_free = |link: &Link| !link.on_reserve || link.closed;
        assert!(
            self.links.iter().all(is_free),
            "the reserve is still in use"
        );
        self.call(Call::AcceptOnReserve, None)?;
        if self.fault(Fault::NoReserve) {
            return Err(io::Error::from_raw_os_error(24));
        }
        let at = self.waiting[listener].pop_front();
        let at = at.ok_or(ErrorKind::WouldBlock)?;
        self.links[at].accepted = Some(self.now);
        self.links[at].on_reserve = true;
        self.counts.add("turned away");
        Ok(Accepted::OnReserve(Fd(at)))
    }

    /// Accepts the next waiting client.
    fn take_waiting(&mut self, listener: usize) -> io::Result<(Fd, SocketAddr)> {
        self.call(Call::Accept, None)?;
        if self.waiting[listener].is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        if self.open() >= self.faults.descriptors {
            self.counts.add("descriptors run out");
            return Err(io::Error::from_raw_os_error(self.dice.pick(&[24, 23])));
        }
        if self.fault(Fault::AcceptNoMemory) {
            return Err(io::Error::from_raw_os_error(self.dice.pick(&[105, 12])));
        }
        if self.fault(Fault::AcceptInterrupted) {
            return Err(ErrorKind::Interrupted.into());
        }
        let at = self.waiting[listener].pop_front().expect("it is not empty");
        if self.fault(Fault::AcceptAborts) {
            self.links[at].closed = true;
            self.links[at].reset = true;
            return Err(ErrorKind::ConnectionAborted.into());
        }
        self.links[at].accepted = Some(self.now);
        Ok((Fd(at), self.links[at].address))
    }
}
