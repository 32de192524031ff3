//! All troublemakers of a run, and their loop: they join (`joining`), make trouble until told to
//! end, and then read the rest. Each kind that sends has its own file.
//!
//! Invariants: the key of a member is its place in `members`; a conn is opened only between two batches of
//! events, so a new conn never gets an event of an old one.

mod joining;

use super::churn::Churn;
use super::conn::{Conn, Flow};
use super::garbage::Severity;
use super::garbage_senders::GarbageSenders;
use super::listener::Listener;
use super::ticker::Ticker;
use super::{Outcome, Plan};
use crate::bots::bot::State;
use crate::bots::join::READ_BYTES;
use crate::bots::line::ROLL_CALL;
use crate::bots::poller::{Batch, Poller, Ready};
use crate::protocol::Incoming;
use crate::signals;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// The longest wait, and so the longest time until the end is noticed.
const TICK: Duration = Duration::from_millis(20);
/// How often a slow reader reads.
const SLOW_READ_EVERY: Duration = Duration::from_millis(100);
/// Most faults that are listed.
const FAULTS: usize = 20;
/// The keys of the two members that are always there.
pub(super) const WATCH: usize = 0;
const CALL: usize = 1;

/// The role of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Receives everything and sends nothing.
    Watch,
    /// Sends the roll calls.
    Call,
    /// Reads so many bytes at a time.
    Slow {
        bytes: usize,
    },
    Stopped,
    Garbage(Severity),
    Churn,
}

/// One troublemaker. Without a conn it has not joined, has left, or was closed by the server.
pub(super) struct Member {
    pub(super) role: Role,
    /// Its name in reports.
    pub(super) name: String,
    pub(super) conn: Option<Conn>,
    pub(super) listener: Listener,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Joining,
    Trouble,
    /// Nobody joins any more, and slow and stopped readers read everything.
    Ending,
}

/// All troublemakers of a run.
pub(super) struct Troublemakers {
    pub(super) plan: Plan,
    pub(super) poller: Poller,
    pub(super) members: Vec<Member>,
    pub(super) buffer: Vec<u8>,
    pub(super) churn: Option<Churn>,
    pub(super) garbage_senders: Option<GarbageSenders>,
    pub(super) faults: Vec<String>,
    phase: Phase,
    slow_reads: Ticker,
    /// The number of the last conn that was opened again.
    last_number: usize,
    /// Readers that the server closed; the watcher is told that they left.
    pub(super) closed: u64,
    /// Those of them that got the reason.
    pub(super) farewells: u64,
    /// When a member last received anything but an answer to garbage.
    pub(super) last_progress: Instant,
}

impl Troublemakers {
    /// Make trouble until told to end, then end. A failure is a fault.
    pub(super) fn work(mut self, stopped: &Receiver<()>) -> Outcome {
        if let Err(failure) = self.trouble(stopped).and_then(|()| self.end()) {
            self.faults.push(failure);
        }
        let mut figures = vec![(
            "lines the watcher heard",
            self.members[WATCH].listener.lines,
        )];
        let (slow, told) = self.readers().fold((0, 0), |(readers, told), key| {
            (readers + 1, told + self.members[key].listener.told)
        });
        if slow > 0 {
            figures.push(("slow and stopped readers", slow));
            figures.push(("lines they were told are skipped", told));
            figures.push(("of them closed with a farewell", self.farewells));
        }
        figures.extend(self.churn.iter().flat_map(Churn::figures));
        figures.extend(
            self.garbage_senders
                .iter()
                .flat_map(GarbageSenders::figures),
        );
        let more = self.faults.len().saturating_sub(FAULTS);
        self.faults.truncate(FAULTS);
        if more > 0 {
            self.faults.push(format!("{more} more like these"));
        }
        Outcome {
            faults: self.faults,
            figures,
        }
    }

    fn trouble(&mut self, stopped: &Receiver<()>) -> Result<(), String> {
        self.phase = Phase::Trouble;
        let mut batch = Batch::new();
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            self.turn(&mut batch)?;
        }
        Ok(())
    }

    /// End: the churn leaves, and the watcher is told of it; slow and stopped readers read the rest, up to
    /// the second roll call; then everything is checked.
    fn end(&mut self) -> Result<(), String> {
        self.phase = Phase::Ending;
        self.close_garbage_senders();
        if self.churn.is_some() {
            self.end_churn(WATCH)?;
        }
        for key in self.readers() {
            if let Some(conn) = &self.members[key].conn {
                conn.watch(&self.poller)?;
            }
        }
        // Members that have not received it are named below.
        self.call(2)?;
        self.check_churn(WATCH);
        self.check_readers();
        for member in &mut self.members {
            if let Some(mut conn) = member.conn.take() {
                // It does not matter how this ends.
                let _ = conn.leave(self.plan.protocol, &self.poller);
            }
        }
        Ok(())
    }

    pub(super) fn is_ending(&self) -> bool {
        self.phase == Phase::Ending
    }

    /// Send a roll call and wait until all listening members have received it, as their `nth`.
    fn call(&mut self, nth: u32) -> Result<bool, String> {
        let protocol = self.plan.protocol;
        if let Some(conn) = &mut self.members[CALL].conn {
            conn.bot.say(protocol, ROLL_CALL);
            conn.flush(&self.poller)?;
        }
        self.wait_until(|all| {
            let listening = |member: &&Member| member.conn.is_some() && member.role.listens();
            let mut listeners = all.members.iter().filter(listening);
            listeners.all(|member| member.listener.roll_calls >= nth)
        })
    }

    /// The keys of the slow and stopped readers.
    pub(super) fn readers(&self) -> impl Iterator<Item = usize> + use<> {
        let reads =
            |key: &usize| matches!(self.members[*key].role, Role::Slow { .. } | Role::Stopped);
        let keys: Vec<usize> = (0..self.members.len()).filter(reads).collect();
        keys.into_iter()
    }

    /// Run the loop until `is_so`; `false` without progress for too long.
    pub(super) fn wait_until(&mut self, is_so: impl Fn(&Self) -> bool) -> Result<bool, String> {
        let mut batch = Batch::new();
        self.last_progress = Instant::now();
        while !is_so(self) {
            if self.last_progress.elapsed() > self.plan.patience {
                return Ok(false);
            }
            signals::fail_if_caught()?;
            self.turn(&mut batch)?;
        }
        Ok(true)
    }

    /// One turn of the loop: do what is due, wait, read.
    fn turn(&mut self, batch: &mut Batch) -> Result<(), String> {
        let now = Instant::now();
        let mut wake = now + TICK;
        if self.phase == Phase::Trouble {
            while self.slow_reads.tick(now) {
                self.read_slowly()?;
            }
            let next = [
                self.slow_read_due(),
                self.churn_due(now)?,
                self.garbage_due(now)?,
            ];
            wake = next.into_iter().flatten().fold(wake, Instant::min);
        }
        let wait = wake.saturating_duration_since(Instant::now());
        let waited = self.poller.wait(batch, Some(wait));
        waited.map_err(|error| error.to_string())?;
        for ready in batch.iter() {
            self.serve(ready)?;
        }
        Ok(())
    }

    fn slow_read_due(&self) -> Option<Instant> {
        self.readers().next().map(|_| self.slow_reads.next())
    }

    /// Let the slow readers read a little.
    fn read_slowly(&mut self) -> Result<(), String> {
        for key in self.readers() {
            if let Role::Slow { bytes } = self.members[key].role {
                self.receive(key, bytes)?;
            }
        }
        Ok(())
    }

    fn serve(&mut self, ready: Ready) -> Result<(), String> {
        let key = ready.key;
        if let Some(conn) = self.members[key].conn.as_mut().filter(|_| ready.writable) {
            let flow = conn.writable(self.plan.protocol, &self.poller);
            flow.map_err(|error| format!("{}: {error}", self.members[key].name))?;
        }
        match ready.readable {
            true => self.receive(key, READ_BYTES),
            false => Ok(()),
        }
    }

    /// Read once, so many bytes at most.
    fn receive(&mut self, key: usize, most: usize) -> Result<(), String> {
        let Member {
            role,
            conn,
            listener,
            ..
        } = &mut self.members[key];
        let Some(conn) = conn else { return Ok(()) };
        let (role, size, before) = (*role, self.plan.size, conn.state());
        let buffer = &mut self.buffer[..most.min(READ_BYTES)];
        let garbage_senders = &mut self.garbage_senders;
        let mut refused = false;
        let flow = conn.read(self.plan.protocol, &self.poller, buffer, |incoming| {
            refused |= matches!(incoming, Incoming::Refused(_));
            match (role, garbage_senders.as_mut()) {
                (Role::Garbage(severity), Some(garbage_senders)) if before != State::Waiting => {
                    garbage_senders.receive(severity, &incoming);
                }
                // Everything before the welcome is of another room, or of none.
                _ if incoming == Incoming::Welcome => *listener = Listener::default(),
                _ => listener.receive(&incoming, size),
            }
        })?;
        let arrived = before == State::Waiting && conn.state() != State::Waiting;
        // Garbage is always answered: that is no progress.
        if !matches!(role, Role::Garbage(_)) || arrived {
            self.last_progress = Instant::now();
        }
        if arrived && role == Role::Churn {
            self.arrived(key);
        }
        if flow == Flow::Ended || (refused && before == State::Waiting && !arrived) {
            self.handle_close(key);
        }
        Ok(())
    }
}

impl Role {
    /// Whether it must receive roll calls.
    fn listens(self) -> bool {
        matches!(self, Self::Watch | Self::Slow { .. } | Self::Stopped)
    }
}
