//! All troublemakers of a run, and the loop that they live in: they come in, make trouble until they
//! are told to end, and hear the rest. How they come in is in `muster`, what each kind does in a file of
//! its own.
//!
//! Invariants: the key of a member is its place in `members`; a conn is opened only between two
//! batches of events, so that no event of an old conn meets a new one.

mod muster;

use super::beat::Beat;
use super::churn::Churn;
use super::conn::{Conn, Flow};
use super::garbage::Manners;
use super::hearing::Hearing;
use super::vandals::Vandals;
use super::{Outcome, Plan};
use crate::bots::bot::State;
use crate::bots::crowd::READ_BYTES;
use crate::bots::line::ROLL_CALL;
use crate::bots::poller::{Batch, Poller, Ready};
use crate::protocol::Incoming;
use crate::signals;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// The longest wait: so long it takes at most until the end is noticed.
const TICK: Duration = Duration::from_millis(20);
/// How often a slow reader reads a little.
const SIP: Duration = Duration::from_millis(100);
/// Faults that are told one by one.
const FAULTS: usize = 20;
/// Keys of the two who are always there.
pub(super) const WATCH: usize = 0;
const CALL: usize = 1;

/// What a member is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Hears everything and says nothing.
    Watch,
    /// Says the roll calls.
    Call,
    /// Reads so many bytes at a time.
    Slow {
        sip: usize,
    },
    Stopped,
    Garbage(Manners),
    Churn,
}

/// One troublemaker. Without a conn it is out: not yet in, on leave, or closed by the server.
pub(super) struct Member {
    pub(super) role: Role,
    /// What reports call it.
    pub(super) name: String,
    pub(super) conn: Option<Conn>,
    pub(super) hearing: Hearing,
}

/// What the members are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    ComingIn,
    /// All do what they are there for.
    Trouble,
    /// Those who come and go come no more, those who read badly read well.
    Ending,
}

/// All troublemakers of a run.
pub(super) struct Crew {
    pub(super) plan: Plan,
    pub(super) poller: Poller,
    pub(super) members: Vec<Member>,
    pub(super) buffer: Vec<u8>,
    pub(super) churn: Option<Churn>,
    pub(super) vandals: Option<Vandals>,
    pub(super) faults: Vec<String>,
    phase: Phase,
    sips: Beat,
    /// The number of the next conn of who comes again.
    fresh: usize,
    /// Readers that the server closed. The watcher is told that they left.
    pub(super) closed: u64,
    /// Those of them to whom it said why.
    pub(super) farewells: u64,
    /// When something was last heard by somebody whom it concerns.
    pub(super) moved: Instant,
}

impl Crew {
    /// Makes trouble until told to end, then ends. A failure on the way is a fault.
    pub(super) fn work(mut self, stopped: &Receiver<()>) -> Outcome {
        if let Err(failure) = self.trouble(stopped).and_then(|()| self.end()) {
            self.faults.push(failure);
        }
        let mut figures = vec![("lines the watcher heard", self.members[WATCH].hearing.lines)];
        let (slow, told) = self.readers().fold((0, 0), |(readers, told), key| {
            (readers + 1, told + self.members[key].hearing.told)
        });
        if slow > 0 {
            figures.push(("slow and stopped readers", slow));
            figures.push(("lines they were told are skipped", told));
            figures.push(("of them closed with a farewell", self.farewells));
        }
        figures.extend(self.churn.iter().flat_map(Churn::figures));
        figures.extend(self.vandals.iter().flat_map(Vandals::figures));
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

    /// Those who come and go leave, and the watcher is told of it; those who read badly read the rest,
    /// which the second roll call ends; and accounts are compared.
    fn end(&mut self) -> Result<(), String> {
        self.phase = Phase::Ending;
        self.close_vandals();
        if self.churn.is_some() {
            self.end_churn(WATCH)?;
        }
        for key in self.readers() {
            if let Some(conn) = &self.members[key].conn {
                conn.watch(&self.poller)?;
            }
        }
        // Who has not heard it is named below.
        self.call(2)?;
        self.judge_churn(WATCH);
        self.judge_readers();
        for member in &mut self.members {
            if let Some(mut conn) = member.conn.take() {
                // Nothing more is wanted of it, however it ends.
                let _ = conn.leave(self.plan.protocol, &self.poller);
            }
        }
        Ok(())
    }

    /// Whether nobody is to come any more.
    pub(super) fn is_ending(&self) -> bool {
        self.phase == Phase::Ending
    }

    /// Says a roll call and waits until all who listen have heard it, the `nth` of theirs.
    fn call(&mut self, nth: u32) -> Result<bool, String> {
        let protocol = self.plan.protocol;
        if let Some(conn) = &mut self.members[CALL].conn {
            conn.bot.say(protocol, ROLL_CALL);
            conn.flush(&self.poller)?;
        }
        self.wait_until(|crew| {
            let listening = |member: &&Member| member.conn.is_some() && member.role.listens();
            let mut listeners = crew.members.iter().filter(listening);
            listeners.all(|member| member.hearing.calls >= nth)
        })
    }

    /// Slow and stopped ones.
    pub(super) fn readers(&self) -> impl Iterator<Item = usize> + use<> {
        let reads =
            |key: &usize| matches!(self.members[*key].role, Role::Slow { .. } | Role::Stopped);
        let keys: Vec<usize> = (0..self.members.len()).filter(reads).collect();
        keys.into_iter()
    }

    /// Turns until it is so; `false` when nothing has moved for too long.
    pub(super) fn wait_until(&mut self, is_so: impl Fn(&Crew) -> bool) -> Result<bool, String> {
        let mut batch = Batch::new();
        self.moved = Instant::now();
        while !is_so(self) {
            if self.moved.elapsed() > self.plan.patience {
                return Ok(false);
            }
            signals::go_on()?;
            self.turn(&mut batch)?;
        }
        Ok(true)
    }

    /// What is due is done, then what has come is heard.
    fn turn(&mut self, batch: &mut Batch) -> Result<(), String> {
        let now = Instant::now();
        let mut wake = now + TICK;
        if self.phase == Phase::Trouble {
            while self.sips.take(now) {
                self.sip()?;
            }
            let next = [self.sip_due(), self.churn_due(now)?, self.vandals_due(now)?];
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

    fn sip_due(&self) -> Option<Instant> {
        self.readers().next().map(|_| self.sips.next())
    }

    /// The slow ones read a little.
    fn sip(&mut self) -> Result<(), String> {
        for key in self.readers() {
            if let Role::Slow { sip } = self.members[key].role {
                self.hear(key, sip)?;
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
            true => self.hear(key, READ_BYTES),
            false => Ok(()),
        }
    }

    /// Reads once, so many bytes at most.
    fn hear(&mut self, key: usize, most: usize) -> Result<(), String> {
        let Member {
            role,
            conn,
            hearing,
            ..
        } = &mut self.members[key];
        let Some(conn) = conn else { return Ok(()) };
        let (role, size, before) = (*role, self.plan.size, conn.state());
        let buffer = &mut self.buffer[..most.min(READ_BYTES)];
        let vandals = &mut self.vandals;
        let mut refused = false;
        let flow = conn.read(self.plan.protocol, &self.poller, buffer, |incoming| {
            refused |= matches!(incoming, Incoming::Refused(_));
            match (role, vandals.as_mut()) {
                (Role::Garbage(manners), Some(vandals)) if before != State::Waiting => {
                    vandals.hear(manners, &incoming);
                }
                // What came before is of another room, or of none.
                _ if incoming == Incoming::Welcome => *hearing = Hearing::default(),
                _ => hearing.hear(&incoming, size),
            }
        })?;
        let arrived = before == State::Waiting && conn.state() != State::Waiting;
        // Garbage comes back forever: it is no sign that anything moves.
        if !matches!(role, Role::Garbage(_)) || arrived {
            self.moved = Instant::now();
        }
        if arrived && role == Role::Churn {
            self.arrived(key);
        }
        if flow == Flow::Ended || (refused && before == State::Waiting && !arrived) {
            self.ended(key);
        }
        Ok(())
    }
}

impl Role {
    /// Whether it hears roll calls.
    fn listens(self) -> bool {
        matches!(self, Self::Watch | Self::Slow { .. } | Self::Stopped)
    }
}
