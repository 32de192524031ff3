//! How the troublemakers come in: who there is, by which names and numbers, and in which order they
//! connect. It makes no trouble yet.
//!
//! Invariant: all accounts begin with the first roll call, which everybody hears but those who come
//! and go.

use super::{Crew, Member, Phase, Role, SIP};
use crate::bots::bot::State;
use crate::bots::crowd::READ_BYTES;
use crate::bots::poller::Poller;
use crate::protocol::{Place, Who};
use crate::trouble::beat::Beat;
use crate::trouble::churn::Churn;
use crate::trouble::conn::{Conn, Greeting};
use crate::trouble::garbage::Manners;
use crate::trouble::hearing::Hearing;
use crate::trouble::vandals::Vandals;
use crate::trouble::{self, FIRST, FRESH, Plan, Trouble};
use std::time::Instant;

/// What the kernel keeps for who reads slowly or not at all; the least it allows is near this.
const NARROW: usize = 4096;
/// The first room of the makers of garbage.
const GARBAGE_ROOM: usize = 90_000;

impl Crew {
    /// Those whom the plan asks for, and the two who are always there. Nobody has a conn yet.
    pub(in crate::trouble) fn new(plan: Plan) -> Result<Self, String> {
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
    pub(in crate::trouble) fn gather(&mut self) -> Result<(), String> {
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

    /// Begins to connect; who comes again has a new number.
    pub(in crate::trouble) fn open(&mut self, key: usize) -> Result<(), String> {
        let member = &mut self.members[key];
        let (greeting, narrow) = match member.role {
            Role::Slow { .. } | Role::Stopped => (Greeting::Hello, Some(NARROW)),
            Role::Garbage(Manners::Wild) => (Greeting::Silence, None),
            _ => (Greeting::Hello, None),
        };
        let bot = match member.role {
            Role::Churn | Role::Garbage(Manners::Wild) => {
                self.fresh = trouble::after(self.fresh);
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
}
