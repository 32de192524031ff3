//! The scenario storm: all bots join at once, and when all have joined, all leave at once, again and again.
//! Half of them send a goodbye, the others just close the conn.
//!
//! An observer stays, and must be told of each join and each leave once. A caller sends a roll call at the
//! end of each half, to know when everything was told. Nothing else is sent. Invariant: a half begins when
//! the observer has received everything of the one before.

use crate::bots::bot::State;
use crate::bots::join::{READ_BYTES, TICK};
use crate::bots::line::{HEADER, ROLL_CALL};
use crate::bots::poller::{Batch, Poller, Ready};
use crate::measure::process::{CpuMeter, Reading};
use crate::measure::progress::Progress;
use crate::protocol::{Incoming, Place, Protocol, Who};
use crate::signals;
use crate::trouble::conn::{Conn, Flow, Greeting};
use crate::trouble::listener::Listener;
use crate::trouble::{self, FIRST, FIRST_RECONNECT};
use std::cmp::Ordering;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Fewest storms.
const LEAST: usize = 2;

/// The bots and the server of a storm.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) bots: usize,
    /// After this time no storm begins, except for the first two.
    pub(crate) length: Duration,
    /// How long nothing may happen before this gives up.
    pub(crate) patience: Duration,
    /// The server's process, if it is on this host.
    pub(crate) pid: Option<u32>,
}

/// One storm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cycle {
    /// Until the last bot had joined.
    pub(crate) joined_in: Duration,
    /// Until the observer was told of the last leave.
    pub(crate) left_in: Duration,
    /// Share of a processor that the tester used for the joins, and for the leaves.
    pub(crate) join_busy: Option<f64>,
    pub(crate) leave_busy: Option<f64>,
    /// Processor time of the server for the joins.
    pub(crate) join_cpu: Option<Duration>,
    /// The same for the leaves.
    pub(crate) leave_cpu: Option<Duration>,
}

/// The results of all storms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) bots: usize,
    pub(crate) cycles: Vec<Cycle>,
    /// A sentence for each fault.
    pub(crate) faults: Vec<String>,
}

struct Storm {
    plan: Plan,
    poller: Poller,
    buffer: Vec<u8>,
    /// The bots, then the observer, then the caller.
    conns: Vec<Option<Conn>>,
    listeners: Vec<Listener>,
    /// How often all bots have joined.
    storms: u64,
    /// Bots that have joined, and bots that have left, in this storm.
    inside: usize,
    gone: usize,
    last_number: usize,
    last_progress: Instant,
    faults: Vec<String>,
}

/// Why a storm is impossible with this protocol, if it is.
pub(crate) fn check(protocol: Protocol) -> Result<(), String> {
    match protocol.tells_moves() {
        true => Ok(()),
        false => Err(format!(
            "a storm needs a server that tells who comes and leaves, not {}",
            protocol.name()
        )),
    }
}

/// Run storms against a server that `check` allows.
pub(crate) fn run(plan: Plan, progress: &Progress) -> Result<Outcome, String> {
    let (bots, length, name) = (plan.bots, plan.length, plan.name.clone());
    let mut storm = Storm::new(plan)?;
    storm.settle()?;
    progress.begin("storming", length.as_micros() as u64);
    let (started, mut cycles) = (Instant::now(), Vec::new());
    while storm.faults.is_empty() && (cycles.len() < LEAST || started.elapsed() < length) {
        match storm.cycle() {
            Ok(cycle) => cycles.push(cycle),
            // The earlier storms are complete.
            Err(_) if signals::caught().is_some() && !cycles.is_empty() => break,
            Err(failure) => return Err(failure),
        }
        progress.show(started.elapsed().as_micros() as u64, || {
            format!("{} storms", cycles.len())
        });
    }
    Ok(Outcome {
        name,
        bots,
        cycles,
        faults: storm.faults,
    })
}

impl Storm {
    fn new(plan: Plan) -> Result<Self, String> {
        let all = plan.bots + 2;
        Ok(Self {
            plan,
            poller: Poller::new().map_err(|error| error.to_string())?,
            buffer: vec![0; READ_BYTES],
            conns: (0..all).map(|_| None).collect(),
            listeners: vec![Listener::default(); all],
            storms: 0,
            inside: 0,
            gone: 0,
            last_number: FIRST_RECONNECT,
            last_progress: Instant::now(),
            faults: Vec::new(),
        })
    }

    fn observer(&self) -> usize {
        self.plan.bots
    }

    fn caller(&self) -> usize {
        self.plan.bots + 1
    }

    /// Let observer and caller join, and start the observer's counts.
    fn settle(&mut self) -> Result<(), String> {
        let (observer, caller) = (self.observer(), self.caller());
        self.open(observer, FIRST)?;
        self.open(caller, FIRST + 1)?;
        self.wait_until("the observer came in", |storm| {
            let is_in =
                |conn: &Option<Conn>| conn.as_ref().is_some_and(|c| c.state() == State::Joined);
            storm.conns[observer..].iter().all(is_in)
        })?;
        self.call()?;
        self.wait_until("the observer heard the roll call", |storm| {
            storm.listeners[observer].roll_calls > 0
        })
    }

    fn cycle(&mut self) -> Result<Cycle, String> {
        let before = Reading::take(self.plan.pid);
        let (joined_in, join_busy) = self.join()?;
        let between = Reading::take(self.plan.pid);
        let (left_in, leave_busy) = self.leave()?;
        let after = Reading::take(self.plan.pid);
        Ok(Cycle {
            joined_in,
            left_in,
            join_busy,
            leave_busy,
            join_cpu: between.since(before).server,
            leave_cpu: after.since(between).server,
        })
    }

    /// Let all bots join, until all have received the roll call.
    fn join(&mut self) -> Result<(Duration, Option<f64>), String> {
        let (observer, bots) = (self.observer(), self.plan.bots);
        (self.inside, self.gone) = (0, 0);
        let (started, busy) = (Instant::now(), CpuMeter::new());
        for key in 0..bots {
            // The server may not yet have freed the names of conns that just closed.
            self.last_number = trouble::next_number(self.last_number);
            self.open(key, self.last_number)?;
        }
        self.wait_until("all bots were let in", |storm| storm.inside == bots)?;
        let took = (started.elapsed(), busy.share());
        self.storms += 1;
        let calls = self.listeners[observer].roll_calls;
        self.call()?;
        self.wait_until("all bots heard the roll call", |storm| {
            let heard = |listener: &Listener| listener.roll_calls > 0;
            storm.listeners[..bots].iter().all(heard)
                && storm.listeners[observer].roll_calls > calls
        })?;
        self.compare(self.storms, self.storms - 1);
        Ok(took)
    }

    /// Let all bots leave, until the observer has received the roll call after that.
    fn leave(&mut self) -> Result<(Duration, Option<f64>), String> {
        let (observer, bots) = (self.observer(), self.plan.bots);
        let (started, busy) = (Instant::now(), CpuMeter::new());
        for key in 0..bots {
            let Some(conn) = &mut self.conns[key] else {
                continue;
            };
            let politely = key % 2 == 0;
            if !politely || conn.leave(self.plan.protocol, &self.poller)? == Flow::Ended {
                self.conns[key] = None;
                self.gone += 1;
            }
        }
        self.wait_until("all bots were gone", |storm| storm.gone == bots)?;
        // If it is never told, `compare` finds that.
        let all = self.storms * bots as u64;
        self.wait(|storm| storm.listeners[observer].left >= all)?;
        let took = (started.elapsed(), busy.share());
        let calls = self.listeners[observer].roll_calls;
        self.call()?;
        self.wait_until("the observer heard the roll call", |storm| {
            storm.listeners[observer].roll_calls > calls
        })?;
        self.compare(self.storms, self.storms);
        Ok(took)
    }

    /// Compare what the observer was told since the start with the number of joins and leaves of all bots.
    /// A leave told twice may hide a closed conn that the server has not noticed: that is found after the
    /// next half.
    fn compare(&mut self, joins: u64, leaves: u64) {
        let bots = self.plan.bots as u64;
        let Listener { came, left, .. } = self.listeners[self.observer()];
        for (what, done, told) in [("came", joins * bots, came), ("left", leaves * bots, left)] {
            if done != told {
                self.faults.push(format!(
                    "{done} bots {what}, the observer was told of {told}"
                ));
            }
        }
    }

    fn open(&mut self, key: usize, bot: usize) -> Result<(), String> {
        let place = Place::Lobby;
        let (who, here) = (Who { bot, place }, (key, &self.poller));
        let conn = Conn::open(self.plan.target, who, Greeting::Hello, None, here)?;
        self.conns[key] = Some(conn);
        self.listeners[key] = Listener::default();
        Ok(())
    }

    fn call(&mut self) -> Result<(), String> {
        let (caller, protocol) = (self.caller(), self.plan.protocol);
        let Some(conn) = &mut self.conns[caller] else {
            return Err("the server closed the conn of the caller".into());
        };
        conn.bot.say(protocol, ROLL_CALL);
        conn.flush(&self.poller).map(|_| ())
    }

    fn wait_until(&mut self, what: &str, is_so: impl Fn(&Storm) -> bool) -> Result<(), String> {
        if self.wait(is_so)? {
            return Ok(());
        }
        let (inside, gone) = (self.inside, self.gone);
        Err(format!(
            "nothing happened any more before {what}: {inside} came in, {gone} left"
        ))
    }

    /// Run the loop until `is_so`; `false` without progress for too long.
    fn wait(&mut self, is_so: impl Fn(&Storm) -> bool) -> Result<bool, String> {
        let mut batch = Batch::new();
        self.last_progress = Instant::now();
        while !is_so(self) {
            let waited = self.poller.wait(&mut batch, Some(TICK));
            waited.map_err(|error| error.to_string())?;
            signals::fail_if_caught()?;
            for ready in batch.iter() {
                self.serve(ready)?;
            }
            if self.last_progress.elapsed() > self.plan.patience {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn serve(&mut self, ready: Ready) -> Result<(), String> {
        let (key, protocol) = (ready.key, self.plan.protocol);
        let (slot, listener) = (&mut self.conns[key], &mut self.listeners[key]);
        let Some(conn) = slot else { return Ok(()) };
        if ready.writable {
            conn.writable(protocol, &self.poller)?;
        }
        if !ready.readable {
            return Ok(());
        }
        self.last_progress = Instant::now();
        let before = conn.state();
        let mut refused = false;
        let flow = conn.read(protocol, &self.poller, &mut self.buffer, |incoming| {
            refused |= matches!(incoming, Incoming::Refused(_));
            listener.receive(&incoming, HEADER);
        })?;
        let bot = conn.bot.who.bot;
        if before == State::Waiting && conn.state() == State::Joined && key < self.plan.bots {
            self.inside += 1;
        }
        match (flow, conn.state()) {
            (_, State::Waiting) if refused || flow == Flow::Ended => {
                let words = listener.last_message.take().unwrap_or_default();
                return Err(format!("bot{bot} was not let in: {words}"));
            }
            (Flow::Open, _) => return Ok(()),
            (Flow::Ended, State::Leaving) => self.gone += 1,
            (Flow::Ended, _) => {
                let words = listener.last_message.take().unwrap_or_default();
                return Err(format!("the server closed the conn of bot{bot}: {words}"));
            }
        }
        *slot = None;
        Ok(())
    }
}

impl Outcome {
    /// The median of a figure over all storms, the upper of two; `None` when one is unknown.
    pub(crate) fn median<T: Copy + PartialOrd>(
        &self,
        figure: impl Fn(&Cycle) -> Option<T>,
    ) -> Option<T> {
        let mut all: Vec<T> = self.cycles.iter().map(figure).collect::<Option<_>>()?;
        // No figure is NaN.
        all.sort_unstable_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
        all.get(all.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        let cycle = |ms| Cycle {
            joined_in: Duration::from_millis(ms),
            left_in: Duration::ZERO,
            join_busy: Some(ms as f64 / 10.0),
            leave_busy: None,
            join_cpu: None,
            leave_cpu: None,
        };
        let outcome = Outcome {
            name: "papo".into(),
            bots: 1,
            cycles: [5, 1, 9].map(cycle).to_vec(),
            faults: Vec::new(),
        };
        let median = outcome.median(|cycle| Some(cycle.joined_in));
        assert_eq!(median, Some(Duration::from_millis(5)));
        assert_eq!(outcome.median(|cycle| cycle.join_cpu), None);
        assert_eq!(outcome.median(|cycle| cycle.join_busy), Some(0.5));
        assert_eq!(outcome.median(|cycle| cycle.leave_busy), None);
    }
}
