//! All bots join: they connect at the requested pace, send a hello, are welcomed, and a roll call in each
//! group shows that every bot receives the lines of the others. Only the time of this is measured, and
//! whether the first bot was told of all others, if the protocol tells joins.
//!
//! Invariant: the key of a bot is its number and its place in `bots`, because no bot leaves before all have
//! joined: any failure while joining ends the run.

use crate::bots::bot::{Bot, ReadResult, State};
use crate::bots::line::{ROLL_CALL, printable};
use crate::bots::net;
use crate::bots::poller::{Batch, Poller, Ready};
use crate::measure::process::CpuMeter;
use crate::measure::progress::Progress;
use crate::protocol::{Incoming, Protocol};
use crate::scenario::Groups;
use crate::signals;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Size of the read buffer, shared by all bots of a thread: 64 KiB hold a thousand short lines.
pub(crate) const READ_BYTES: usize = 64 * 1024;
/// The longest wait, so that the bar moves and the patience is checked.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Which bots join, and how.
#[derive(Clone, Copy)]
pub(crate) struct JoinPlan {
    /// The address of the server.
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    /// Whether they speak TLS.
    pub(crate) tls: bool,
    pub(crate) groups: Groups,
    /// Most bots that are joining at any time.
    pub(crate) joining: usize,
    /// New conns a second.
    pub(crate) connect_rate: Option<f64>,
    /// How long nothing may happen before this gives up.
    pub(crate) patience: Duration,
}

/// How many bots joined or left, and how many of these the first bot of each room was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moves {
    pub(crate) told: u64,
    pub(crate) made: u64,
}

/// The joined bots.
pub(crate) struct Joined {
    pub(crate) bots: Vec<Bot>,
    /// From the first connect until the last was welcomed.
    pub(crate) took: Duration,
    /// The share of a processor that this thread used meanwhile.
    pub(crate) busy: Option<f64>,
    pub(crate) arrivals: Option<Moves>,
}

/// The bots while they join.
struct Joining<'a> {
    plan: JoinPlan,
    poller: Poller,
    bots: Vec<Bot>,
    /// Shared by all bots: each keeps its own incomplete message.
    buffer: Vec<u8>,
    progress: &'a Progress,
    started: Instant,
    /// When a bot last made progress.
    last_progress: Instant,
    /// Bots that have joined.
    inside: usize,
    /// Bots that have received the roll call of another.
    heard: usize,
    /// Joins that the first bot was told of.
    told: u64,
}

/// Whether the first bot counts joins. Not with several rooms: each bot would have to wait for the first
/// one of its room, and real users do not join like that.
fn counts_moves(protocol: Protocol, groups: &Groups) -> bool {
    protocol.tells_moves() && groups.count() == 1
}

/// Let all bots join.
pub(crate) fn join(plan: JoinPlan, progress: &Progress) -> Result<Joined, String> {
    let poller = Poller::new().map_err(|error| error.to_string())?;
    let now = Instant::now();
    let bots = plan.groups.bots;
    progress.begin("joining", bots as u64);
    Joining {
        plan,
        poller,
        bots: Vec::with_capacity(bots),
        buffer: vec![0; READ_BYTES],
        progress,
        started: now,
        last_progress: now,
        inside: 0,
        heard: 0,
        told: 0,
    }
    .run()
}

impl Joining<'_> {
    fn run(mut self) -> Result<Joined, String> {
        let JoinPlan {
            protocol, groups, ..
        } = self.plan;
        let mut batch = Batch::new();
        let busy = CpuMeter::new();
        while self.inside < groups.bots {
            self.connect_next()?;
            self.turn(&mut batch)?;
        }
        let (took, busy) = (self.started.elapsed(), busy.share());
        // The last bot joined last, so a bot that receives its roll call has received all that the server
        // sent before, and no join of others is left to receive.
        for group in 0..groups.count() {
            let last = groups.members(group).end - 1;
            self.bots[last].say(protocol, ROLL_CALL);
            self.flush(last)?;
        }
        while self.heard < listeners(&groups) {
            self.turn(&mut batch)?;
        }
        let arrivals = counts_moves(protocol, &groups).then_some(Moves {
            told: self.told,
            made: groups.bots as u64 - 1,
        });
        Ok(Joined {
            bots: self.bots,
            took,
            busy,
            arrivals,
        })
    }

    /// Start as many connections as may start now.
    fn connect_next(&mut self) -> Result<(), String> {
        let JoinPlan {
            target,
            protocol,
            tls,
            groups,
            joining,
            connect_rate,
            ..
        } = self.plan;
        let bots = groups.bots;
        let due = connect_rate.map_or(bots, |rate| {
            1 + (self.started.elapsed().as_secs_f64() * rate) as usize
        });
        loop {
            let next = self.bots.len();
            let room = next - self.inside < joining;
            // The last bot joins after all others, see `run`; and the first before all others, if it counts
            // them.
            let alone = next + 1 == bots || (next == 1 && counts_moves(protocol, &groups));
            let turn = next < bots && (!alone || self.inside == next);
            if !(room && turn && next < due) {
                return Ok(());
            }
            let bot = net::connect(target, next)
                .and_then(|socket| Bot::new(socket, groups.who(next), next, &self.poller))
                .and_then(|bot| if tls { bot.secure() } else { Ok(bot) })
                .map_err(|error| format!("bot{next} cannot connect to {target}: {error}"))?;
            self.bots.push(bot);
            self.last_progress = Instant::now();
        }
    }

    fn turn(&mut self, batch: &mut Batch) -> Result<(), String> {
        let wait = match self.plan.connect_rate {
            Some(rate) => TICK.min(Duration::from_secs_f64(1.0 / rate)),
            None => TICK,
        };
        let waited = self.poller.wait(batch, Some(wait));
        waited.map_err(|error| error.to_string())?;
        signals::fail_if_caught()?;
        for ready in batch.iter() {
            self.serve(ready)?;
        }
        self.progress
            .show(self.inside as u64, || format!("{} bots", self.inside));
        // While no bot is joining, the tester has not yet started the next connection.
        let is_tester_next = self.inside == self.bots.len() && self.inside < self.plan.groups.bots;
        if is_tester_next || self.last_progress.elapsed() < self.plan.patience {
            return Ok(());
        }
        let JoinPlan {
            groups, patience, ..
        } = self.plan;
        let patience = patience.as_secs_f64();
        Err(match self.inside < groups.bots {
            true => format!(
                "{} of {} bots were let in, then nobody for {patience} s",
                self.inside, groups.bots
            ),
            false => format!(
                "{} of {} bots heard the last one, then nobody for {patience} s",
                self.heard,
                listeners(&groups)
            ),
        })
    }

    fn serve(&mut self, ready: Ready) -> Result<(), String> {
        let Ready {
            key,
            readable,
            writable,
        } = ready;
        let JoinPlan {
            target, protocol, ..
        } = self.plan;
        let failed = |error: io::Error| format!("bot{key} cannot connect to {target}: {error}");
        let bot = &mut self.bots[key];
        if writable && bot.state == State::Connecting {
            bot.connected().map_err(failed)?;
            self.last_progress = Instant::now();
            match bot.greet(protocol) {
                true => bot.state = State::Waiting,
                false => {
                    bot.state = State::Joined;
                    self.inside += 1;
                }
            }
        }
        if writable {
            self.flush(key)?;
        }
        if readable {
            self.receive(key)?;
        }
        Ok(())
    }

    fn flush(&mut self, key: usize) -> Result<(), String> {
        let flushed = self.bots[key].flush(key, &self.poller);
        match flushed.map_err(|error| error.to_string())? {
            true => Ok(()),
            false => Err(format!("the server closed the conn of bot{key}")),
        }
    }

    fn receive(&mut self, key: usize) -> Result<(), String> {
        let JoinPlan {
            protocol, groups, ..
        } = self.plan;
        let mut last_message: Option<String> = None;
        let mut refused = false;
        let heard = self.bots[key].read(protocol, &mut self.buffer, |state, incoming| {
            match (*state, incoming) {
                (State::Joined, Incoming::Said(ROLL_CALL)) => {
                    *state = State::RollCalled;
                    // With echoes, the caller receives it too.
                    let caller = groups.members(groups.of(key)).end - 1;
                    self.heard += usize::from(key != caller);
                    self.last_progress = Instant::now();
                }
                (State::Joined, Incoming::Came(bots)) if key == 0 => self.told += bots,
                (State::Joined | State::RollCalled, _) => {}
                (_, Incoming::Welcome) => {
                    *state = State::Joined;
                    self.inside += 1;
                    self.last_progress = Instant::now();
                }
                (_, Incoming::Refused(line)) if !refused => {
                    refused = true;
                    last_message = Some(printable(line));
                }
                // When the conn is closed, the last message is the reason.
                (_, Incoming::Notice(line)) if !refused => {
                    last_message = Some(printable(line));
                }
                _ => {}
            }
        });
        if heard == ReadResult::Answering {
            self.flush(key)?;
        }
        let alive = heard != ReadResult::Closed;
        let refusal = last_message.filter(|_| !alive || refused);
        match (alive, refusal) {
            (true, None) => Ok(()),
            (_, Some(line)) => Err(format!("the server did not let bot{key} in: {line}")),
            (false, None) => Err(format!("the server closed the conn of bot{key}")),
        }
    }
}

/// How many bots have to receive the roll call of their group.
fn listeners(groups: &Groups) -> usize {
    groups.bots - groups.count()
}
