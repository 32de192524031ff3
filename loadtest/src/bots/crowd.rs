//! All bots come in: they connect at the asked pace, say hello, are welcomed, and a roll call in each
//! group shows that everybody hears everybody. Nothing is measured here but how long that took, and
//! whether the first bot was told of all others, where a protocol tells.
//!
//! Invariant: the key of a bot is its number and its place in `bots`, as no bot leaves before all are
//! in: any failure on the way in ends the run.

use crate::bots::bot::{Bot, Heard, State};
use crate::bots::line::{ROLL_CALL, words};
use crate::bots::net;
use crate::bots::poller::{Batch, Poller, Ready};
use crate::measure::process::Busy;
use crate::measure::progress::Progress;
use crate::protocol::{Incoming, Protocol};
use crate::scenario::Groups;
use crate::signals;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Bytes taken with one read, for all bots of a thread together: 64 KiB hold a thousand short lines.
pub(crate) const READ_BYTES: usize = 64 * 1024;
/// The longest wait, so that the bar moves and patience is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Who is to come, and how.
#[derive(Clone, Copy)]
pub(crate) struct Invitation {
    /// Where the server listens.
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) groups: Groups,
    /// Bots on their way in at any time, at most.
    pub(crate) joining: usize,
    /// New conns a second.
    pub(crate) connect_rate: Option<f64>,
    /// How long nothing may happen before we give up.
    pub(crate) patience: Duration,
}

/// How many bots came or left, as the first bot was told, or the first ones of all rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moves {
    /// Those it was told of.
    pub(crate) told: u64,
    /// Those there were.
    pub(crate) made: u64,
}

/// What came of the gathering.
pub(crate) struct Gathered {
    /// All of them, in their places.
    pub(crate) bots: Vec<Bot>,
    /// From the first connect until the last was welcomed.
    pub(crate) took: Duration,
    /// Share of a processor that this thread used meanwhile.
    pub(crate) busy: Option<f64>,
    pub(crate) arrivals: Option<Moves>,
}

/// The crowd while it gathers.
struct Gathering<'a> {
    invitation: Invitation,
    poller: Poller,
    bots: Vec<Bot>,
    /// One for all: what a read left unfinished is kept by its bot.
    buffer: Vec<u8>,
    progress: &'a Progress,
    started: Instant,
    /// When somebody last came nearer.
    moved: Instant,
    /// Bots that are in.
    inside: usize,
    /// Bots that have heard the roll call of another.
    heard: usize,
    /// Arrivals that the first bot was told of.
    told: u64,
}

/// Whether the first bot counts who comes. In several rooms nobody does: each bot would have to wait
/// for the first one of its room, and no crowd comes like that.
fn counts_moves(protocol: Protocol, groups: &Groups) -> bool {
    protocol.tells_moves() && groups.count() == 1
}

/// Gets all bots in.
pub(crate) fn gather(invitation: Invitation, progress: &Progress) -> Result<Gathered, String> {
    let poller = Poller::new().map_err(|error| error.to_string())?;
    let now = Instant::now();
    let bots = invitation.groups.bots;
    progress.begin("joining", bots as u64);
    Gathering {
        invitation,
        poller,
        bots: Vec::with_capacity(bots),
        buffer: vec![0; READ_BYTES],
        progress,
        started: now,
        moved: now,
        inside: 0,
        heard: 0,
        told: 0,
    }
    .run()
}

impl Gathering<'_> {
    fn run(mut self) -> Result<Gathered, String> {
        let Invitation {
            protocol, groups, ..
        } = self.invitation;
        let mut batch = Batch::new();
        let busy = Busy::new();
        while self.inside < groups.bots {
            self.invite()?;
            self.turn(&mut batch)?;
        }
        let (took, busy) = (self.started.elapsed(), busy.share());
        // The last bot came last, so the server has accepted all others before it can hear it; and
        // whoever hears it has nothing of the others' joins left to hear.
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
        Ok(Gathered {
            bots: self.bots,
            took,
            busy,
            arrivals,
        })
    }

    /// Starts as many connections as may start now.
    fn invite(&mut self) -> Result<(), String> {
        let Invitation {
            target,
            protocol,
            groups,
            joining,
            connect_rate,
            ..
        } = self.invitation;
        let bots = groups.bots;
        let due = connect_rate.map_or(bots, |rate| {
            1 + (self.started.elapsed().as_secs_f64() * rate) as usize
        });
        loop {
            let next = self.bots.len();
            let room = next - self.inside < joining;
            // The last comes when all others are in, see `run`. And the first before all others,
            // where it counts them.
            let alone = next + 1 == bots || (next == 1 && counts_moves(protocol, &groups));
            let turn = next < bots && (!alone || self.inside == next);
            if !(room && turn && next < due) {
                return Ok(());
            }
            let bot = net::connect(target, next)
                .and_then(|socket| Bot::new(socket, groups.who(next), next, &self.poller))
                .map_err(|error| format!("bot{next} cannot connect to {target}: {error}"))?;
            self.bots.push(bot);
            self.moved = Instant::now();
        }
    }

    fn turn(&mut self, batch: &mut Batch) -> Result<(), String> {
        let wait = match self.invitation.connect_rate {
            Some(rate) => TICK.min(Duration::from_secs_f64(1.0 / rate)),
            None => TICK,
        };
        let waited = self.poller.wait(batch, Some(wait));
        waited.map_err(|error| error.to_string())?;
        signals::go_on()?;
        for ready in batch.iter() {
            self.serve(ready)?;
        }
        self.progress
            .show(self.inside as u64, || format!("{} bots", self.inside));
        // While nobody is on the way, it is us who have not yet invited the next.
        let ours = self.inside == self.bots.len() && self.inside < self.invitation.groups.bots;
        if ours || self.moved.elapsed() < self.invitation.patience {
            return Ok(());
        }
        let Invitation {
            groups, patience, ..
        } = self.invitation;
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
        let Invitation {
            target, protocol, ..
        } = self.invitation;
        let failed = |error: io::Error| format!("bot{key} cannot connect to {target}: {error}");
        let bot = &mut self.bots[key];
        if writable && bot.state == State::Connecting {
            bot.connected().map_err(failed)?;
            self.moved = Instant::now();
            match bot.greet(protocol) {
                true => bot.state = State::Waiting,
                false => {
                    bot.state = State::In;
                    self.inside += 1;
                }
            }
        }
        if writable {
            self.flush(key)?;
        }
        if readable {
            self.hear(key)?;
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

    fn hear(&mut self, key: usize) -> Result<(), String> {
        let Invitation {
            protocol, groups, ..
        } = self.invitation;
        let mut last_words: Option<String> = None;
        let mut refused = false;
        let heard = self.bots[key].read(protocol, &mut self.buffer, |state, incoming| {
            match (*state, incoming) {
                (State::In, Incoming::Said(ROLL_CALL)) => {
                    *state = State::Called;
                    // Where lines are echoed, those who call hear it as well.
                    let caller = groups.members(groups.of(key)).end - 1;
                    self.heard += usize::from(key != caller);
                    self.moved = Instant::now();
                }
                (State::In, Incoming::Came(bots)) if key == 0 => self.told += bots,
                (State::In | State::Called, _) => {}
                (_, Incoming::Welcome) => {
                    *state = State::In;
                    self.inside += 1;
                    self.moved = Instant::now();
                }
                (_, Incoming::Refused(line)) if !refused => {
                    refused = true;
                    last_words = Some(words(line));
                }
                // The last thing said is the reason when the conn is closed.
                (_, Incoming::Notice(line)) if !refused => {
                    last_words = Some(words(line));
                }
                _ => {}
            }
        });
        if heard == Heard::Asked {
            self.flush(key)?;
        }
        let alive = heard != Heard::Gone;
        let refusal = last_words.filter(|_| !alive || refused);
        match (alive, refusal) {
            (true, None) => Ok(()),
            (_, Some(line)) => Err(format!("the server did not let bot{key} in: {line}")),
            (false, None) => Err(format!("the server closed the conn of bot{key}")),
        }
    }
}

/// Those who have to hear the roll call of their group.
fn listeners(groups: &Groups) -> usize {
    groups.bots - groups.count()
}
