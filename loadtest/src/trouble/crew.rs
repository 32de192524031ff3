//! All troublemakers of a run, and the loop that they live in: they come in, make trouble until they
//! are told to end, and hear the rest. What each kind does is in a file of its own.
//!
//! Invariants: the key of a member is its place in `members`; a conn is opened only between two
//! batches of events, so that no event of an old conn meets a new one.

use super::beat::Beat;
use super::churn::Churn;
use super::conn::{Conn, Flow, Greeting};
use super::garbage::Manners;
use super::hearing::Hearing;
use super::vandals::Vandals;
use super::{FIRST, FRESH, LAST, Outcome, Plan, Trouble};
use crate::bot::State;
use crate::line::ROLL_CALL;
use crate::poller::{Batch, Poller, Ready};
use crate::protocol::{Incoming, Place, Who};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// Bytes taken with one read.
const READ_BYTES: usize = 64 * 1024;
/// The longest wait: so long it takes at most until the end is noticed.
const TICK: Duration = Duration::from_millis(20);
/// How often a slow reader reads a little.
const SIP: Duration = Duration::from_millis(100);
/// What the kernel keeps for who reads slowly or not at all; the least it allows is near this.
const NARROW: usize = 4096;
/// The first room of the makers of garbage.
const GARBAGE_ROOM: usize = 90_000;
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
    pub(super) fn new(plan: Plan) -> Result<Self, String> {
        let mut crew = Self {
            poller: Poller::new().map_err(|error| error.to_string())?,
            members: Vec::new(),
            buffer: vec![0; READ_BYTES],
            churn: None,
            vandals: None,
            faults: Vec::new(),
            phase: Phase::ComingIn,
            sips: Beat::new(SIP),
            fresh: FRESH,
            closed: 0,
            farewells: 0,
            moved: Instant::now(),
            plan,
        };
        crew.enlist(Role::Watch, "watch".into());
        crew.enlist(Role::Call, "call".into());
        for (trouble, count) in crew.plan.kinds.clone() {
            let first = crew.members.len();
            for number in 0..count {
                let (role, name) = match trouble {
                    Trouble::Slow { rate } => {
                        let sip = (rate as f64 * SIP.as_secs_f64()) as usize;
                        (Role::Slow { sip: sip.max(1) }, "slow")
                    }
                    Trouble::Stopped => (Role::Stopped, "stop"),
                    Trouble::Garbage { .. } if number % 2 == 0 => {
                        (Role::Garbage(Manners::Mild), "garbage")
                    }
                    Trouble::Garbage { .. } => (Role::Garbage(Manners::Wild), "garbage"),
                    Trouble::Churn { .. } => (Role::Churn, "churn"),
                };
                crew.enlist(role, format!("{name}{number}"));
            }
            let keys = first..first + count;
            match trouble {
                Trouble::Churn { rate } => crew.churn = Some(Churn::new(keys, rate)),
                Trouble::Garbage { rate } => {
                    crew.vandals = Some(Vandals::new(keys, rate, crew.plan.seed));
                }
                Trouble::Slow { .. } | Trouble::Stopped => {}
            }
        }
        Ok(crew)
    }

    fn enlist(&mut self, role: Role, name: String) {
        self.members.push(Member {
            role,
            name,
            conn: None,
            hearing: Hearing::default(),
        });
    }

    /// All but those who come and go come in, the first roll call begins all accounts, and those who
    /// come and go come for the first time.
    pub(super) fn gather(&mut self) -> Result<(), String> {
        let (come_later, come_now): (Vec<usize>, Vec<usize>) =
            (0..self.members.len()).partition(|&key| self.members[key].role == Role::Churn);
        for &key in &come_now {
            self.open(key)?;
        }
        self.wait_for_all_in(&come_now)?;
        if !self.call(1)? {
            return Err("the first roll call did not reach all troublemakers".into());
        }
        for key in self.readers() {
            if let Some(conn) = &self.members[key].conn {
                conn.unwatch(&self.poller)?;
            }
        }
        for &key in &come_later {
            self.open(key)?;
        }
        self.wait_for_all_in(&come_later)
    }

    fn wait_for_all_in(&mut self, keys: &[usize]) -> Result<(), String> {
        let is_in = |member: &Member| {
            let conn = member.conn.as_ref();
            conn.is_some_and(|conn| conn.state() == State::In)
        };
        let all = self.wait_until(|crew| {
            let out = keys.iter().any(|&key| !is_in(&crew.members[key]));
            !out || !crew.faults.is_empty()
        })?;
        if let Some(fault) = self.faults.first() {
            return Err(fault.clone());
        }
        match all {
            true => Ok(()),
            false => {
                let inside = keys.iter().filter(|&&key| is_in(&self.members[key]));
                let (inside, all) = (inside.count(), keys.len());
                Err(format!("{inside} of {all} troublemakers were let in"))
            }
        }
    }

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

    /// Begins to connect; who comes again has a new number.
    pub(super) fn open(&mut self, key: usize) -> Result<(), String> {
        let member = &mut self.members[key];
        let (greeting, narrow) = match member.role {
            Role::Slow { .. } | Role::Stopped => (Greeting::Hello, Some(NARROW)),
            Role::Garbage(Manners::Wild) => (Greeting::Silence, None),
            _ => (Greeting::Hello, None),
        };
        let bot = match member.role {
            Role::Churn | Role::Garbage(Manners::Wild) => {
                self.fresh = if self.fresh < LAST {
                    self.fresh + 1
                } else {
                    FRESH
                };
                self.fresh
            }
            _ => FIRST + key,
        };
        let place = match member.role {
            Role::Garbage(_) => Place::Room(GARBAGE_ROOM + key / 4),
            _ => self.plan.place,
        };
        let (who, target) = (Who { bot, place }, self.plan.target);
        member.hearing = Hearing::default();
        let opened = Conn::open(target, who, greeting, narrow, (key, &self.poller));
        member.conn = Some(opened.map_err(|error| format!("{}: {error}", member.name))?);
        Ok(())
    }

    /// Turns until it is so; `false` when nothing has moved for too long.
    pub(super) fn wait_until(&mut self, is_so: impl Fn(&Crew) -> bool) -> Result<bool, String> {
        let mut batch = Batch::new();
        self.moved = Instant::now();
        while !is_so(self) {
            if self.moved.elapsed() > self.plan.patience {
                return Ok(false);
            }
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
