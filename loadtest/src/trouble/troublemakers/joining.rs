//! How the troublemakers join: which members there are, with which names and numbers, and in which order
//! they connect.
//!
//! Invariant: the checks of all members but the churn begin with the first roll call.

use super::{Member, Phase, Role, SLOW_READ_EVERY, Troublemakers};
use crate::bots::bot::State;
use crate::bots::join::READ_BYTES;
use crate::bots::poller::Poller;
use crate::protocol::{Place, Who};
use crate::trouble::churn::Churn;
use crate::trouble::conn::{Conn, Greeting};
use crate::trouble::garbage::Severity;
use crate::trouble::garbage_senders::GarbageSenders;
use crate::trouble::listener::Listener;
use crate::trouble::ticker::Ticker;
use crate::trouble::{self, FIRST, FIRST_RECONNECT, Plan, Trouble};
use std::time::Instant;

/// The receive buffer of slow and stopped readers, near the smallest that the kernel allows.
const SMALL_BUFFER: usize = 4096;
/// The first room of the garbage senders.
const GARBAGE_ROOM: usize = 90_000;

impl Troublemakers {
    /// The members of the plan, and the two that are always there. None has a conn yet.
    pub(in crate::trouble) fn new(plan: Plan) -> Result<Self, String> {
        let mut all = Self {
            poller: Poller::new().map_err(|error| error.to_string())?,
            members: Vec::new(),
            buffer: vec![0; READ_BYTES],
            churn: None,
            garbage_senders: None,
            faults: Vec::new(),
            phase: Phase::Joining,
            slow_reads: Ticker::new(SLOW_READ_EVERY),
            last_number: FIRST_RECONNECT,
            closed: 0,
            farewells: 0,
            last_progress: Instant::now(),
            plan,
        };
        all.add(Role::Watch, "watch".into());
        all.add(Role::Call, "call".into());
        for (trouble, count) in all.plan.kinds.clone() {
            let first = all.members.len();
            for number in 0..count {
                let (role, name) = match trouble {
                    Trouble::Slow { rate } => {
                        let bytes = (rate as f64 * SLOW_READ_EVERY.as_secs_f64()) as usize;
                        (
                            Role::Slow {
                                bytes: bytes.max(1),
                            },
                            "slow",
                        )
                    }
                    Trouble::Stopped => (Role::Stopped, "stop"),
                    Trouble::Garbage { .. } if number % 2 == 0 => {
                        (Role::Garbage(Severity::Mild), "garbage")
                    }
                    Trouble::Garbage { .. } => (Role::Garbage(Severity::Wild), "garbage"),
                    Trouble::Churn { .. } => (Role::Churn, "churn"),
                };
                all.add(role, format!("{name}{number}"));
            }
            let keys = first..first + count;
            match trouble {
                Trouble::Churn { rate } => all.churn = Some(Churn::new(keys, rate)),
                Trouble::Garbage { rate } => {
                    all.garbage_senders = Some(GarbageSenders::new(keys, rate, all.plan.seed));
                }
                Trouble::Slow { .. } | Trouble::Stopped => {}
            }
        }
        Ok(all)
    }

    fn add(&mut self, role: Role, name: String) {
        self.members.push(Member {
            role,
            name,
            conn: None,
            listener: Listener::default(),
        });
    }

    /// Let all members join but the churn, send the first roll call, and let the churn join for the first
    /// time.
    pub(in crate::trouble) fn join(&mut self) -> Result<(), String> {
        let (later, first): (Vec<usize>, Vec<usize>) =
            (0..self.members.len()).partition(|&key| self.members[key].role == Role::Churn);
        for &key in &first {
            self.open(key)?;
        }
        self.wait_for_all_in(&first)?;
        if !self.call(1)? {
            return Err("the first roll call did not reach all troublemakers".into());
        }
        for key in self.readers() {
            if let Some(conn) = &self.members[key].conn {
                conn.unwatch(&self.poller)?;
            }
        }
        for &key in &later {
            self.open(key)?;
        }
        self.wait_for_all_in(&later)
    }

    fn wait_for_all_in(&mut self, keys: &[usize]) -> Result<(), String> {
        let is_in = |member: &Member| {
            let conn = member.conn.as_ref();
            conn.is_some_and(|conn| conn.state() == State::Joined)
        };
        let all = self.wait_until(|all| {
            let out = keys.iter().any(|&key| !is_in(&all.members[key]));
            !out || !all.faults.is_empty()
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

    /// Start to connect; a member that connects again gets a new number.
    pub(in crate::trouble) fn open(&mut self, key: usize) -> Result<(), String> {
        let member = &mut self.members[key];
        let (greeting, receive_buffer) = match member.role {
            Role::Slow { .. } | Role::Stopped => (Greeting::Hello, Some(SMALL_BUFFER)),
            Role::Garbage(Severity::Wild) => (Greeting::Silence, None),
            _ => (Greeting::Hello, None),
        };
        let bot = match member.role {
            Role::Churn | Role::Garbage(Severity::Wild) => {
                self.last_number = trouble::next_number(self.last_number);
                self.last_number
            }
            _ => FIRST + key,
        };
        let place = match member.role {
            Role::Garbage(_) => Place::Room(GARBAGE_ROOM + key / 4),
            _ => self.plan.place,
        };
        let (who, target) = (Who { bot, place }, self.plan.target);
        member.listener = Listener::default();
        let opened = Conn::open(target, who, greeting, receive_buffer, (key, &self.poller));
        member.conn = Some(opened.map_err(|error| format!("{}: {error}", member.name))?);
        Ok(())
    }
}
