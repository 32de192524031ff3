//! All bots come in: they connect at the asked pace, say hello, are welcomed, and a roll call shows
//! that everybody hears everybody. Nothing is measured here but how long that took.
//!
//! Invariant: the key of a bot in the slab is its number, as no bot leaves before all are in: any
//! failure on the way in ends the run.

use crate::bot::{Bot, State};
use crate::line::ROLL_CALL;
use crate::net;
use crate::poller::{Batch, Poller, Ready};
use crate::progress::Progress;
use crate::protocol::{Incoming, Place, Protocol, Who};
use slab::Slab;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Bytes taken with one read, for all bots together: 64 KiB hold a thousand short lines.
const READ_BYTES: usize = 64 * 1024;
/// The longest wait, so that the bar moves and patience is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Who is to come, and how.
#[derive(Clone, Copy)]
pub(crate) struct Invitation {
    /// Where the server listens.
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) bots: usize,
    /// Bots on their way in at any time, at most.
    pub(crate) joining: usize,
    /// New conns a second.
    pub(crate) connect_rate: Option<f64>,
    /// How long nothing may happen before we give up.
    pub(crate) patience: Duration,
}

/// The bots, and what wakes them.
pub(crate) struct Crowd {
    pub(crate) poller: Poller,
    pub(crate) bots: Slab<Bot>,
    /// One for all: what a read left unfinished is kept by its bot.
    pub(crate) buffer: Vec<u8>,
}

/// The crowd while it gathers.
struct Gathering<'a> {
    invitation: Invitation,
    crowd: Crowd,
    progress: &'a Progress,
    started: Instant,
    /// When somebody last came nearer.
    moved: Instant,
    /// Bots that are in.
    inside: usize,
    /// Bots that have heard the roll call.
    heard: usize,
}

/// Gets all bots in, and says how long it took until the last was welcomed.
pub(crate) fn gather(
    invitation: Invitation,
    progress: &Progress,
) -> Result<(Crowd, Duration), String> {
    let poller = Poller::new().map_err(|error| error.to_string())?;
    let now = Instant::now();
    let gathering = Gathering {
        invitation,
        crowd: Crowd {
            poller,
            bots: Slab::with_capacity(invitation.bots),
            buffer: vec![0; READ_BYTES],
        },
        progress,
        started: now,
        moved: now,
        inside: 0,
        heard: 0,
    };
    progress.begin("joining", invitation.bots as u64);
    gathering.run()
}

impl Gathering<'_> {
    fn run(mut self) -> Result<(Crowd, Duration), String> {
        let bots = self.invitation.bots;
        let mut batch = Batch::new();
        while self.inside < bots {
            self.invite()?;
            self.turn(&mut batch)?;
        }
        let took = self.started.elapsed();
        // The last bot came last, so the server has accepted all others before it can hear it; and
        // whoever hears it has nothing of the others' joins left to hear.
        let last = &mut self.crowd.bots[bots - 1];
        last.say(self.invitation.protocol, ROLL_CALL);
        self.flush(bots - 1)?;
        while self.heard < bots - 1 {
            self.turn(&mut batch)?;
        }
        Ok((self.crowd, took))
    }

    /// Starts as many connections as may start now.
    fn invite(&mut self) -> Result<(), String> {
        let Invitation {
            target,
            bots,
            joining,
            connect_rate,
            ..
        } = self.invitation;
        let due = connect_rate.map_or(bots, |rate| {
            1 + (self.started.elapsed().as_secs_f64() * rate) as usize
        });
        loop {
            let next = self.crowd.bots.len();
            let room = next - self.inside < joining;
            // The last comes when all others are in, see `run`.
            let turn = next + 1 < bots || (next + 1 == bots && self.inside == next);
            if !(room && turn && next < due) {
                return Ok(());
            }
            let bot = net::connect(target, next)
                .and_then(|socket| Bot::new(socket, who(next), next, &self.crowd.poller))
                .map_err(|error| format!("bot{next} cannot connect to {target}: {error}"))?;
            let key = self.crowd.bots.insert(bot);
            debug_assert_eq!(key, next);
            self.moved = Instant::now();
        }
    }

    fn turn(&mut self, batch: &mut Batch) -> Result<(), String> {
        let wait = match self.invitation.connect_rate {
            Some(rate) => TICK.min(Duration::from_secs_f64(1.0 / rate)),
            None => TICK,
        };
        let waited = self.crowd.poller.wait(batch, Some(wait));
        waited.map_err(|error| error.to_string())?;
        for ready in batch.iter() {
            self.serve(ready)?;
        }
        self.progress
            .show(self.inside as u64, || format!("{} bots", self.inside));
        if self.moved.elapsed() < self.invitation.patience {
            return Ok(());
        }
        let Invitation { bots, patience, .. } = self.invitation;
        let patience = patience.as_secs_f64();
        Err(match self.inside < bots {
            true => format!(
                "{} of {bots} bots were let in, then nobody for {patience} s",
                self.inside
            ),
            false => format!(
                "{} of {} bots heard the last one, then nobody for {patience} s",
                self.heard,
                bots - 1
            ),
        })
    }

    fn serve(&mut self, ready: Ready) -> Result<(), String> {
        let Ready {
            key,
            readable,
            writable,
        } = ready;
        let failed = |error: io::Error| {
            format!(
                "bot{key} cannot connect to {}: {error}",
                self.invitation.target
            )
        };
        let bot = &mut self.crowd.bots[key];
        if writable && bot.state == State::Connecting {
            bot.connected().map_err(failed)?;
            self.moved = Instant::now();
            match self.invitation.protocol.hello(who(key), &mut bot.out) {
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
        let flushed = self.crowd.bots[key].flush(key, &self.crowd.poller);
        match flushed.map_err(|error| error.to_string())? {
            true => Ok(()),
            false => Err(format!("the server closed the conn of bot{key}")),
        }
    }

    fn hear(&mut self, key: usize) -> Result<(), String> {
        let protocol = self.invitation.protocol;
        let mut last_words: Option<String> = None;
        let mut refused = false;
        let bot = &mut self.crowd.bots[key];
        let alive = bot.read(protocol, &mut self.crowd.buffer, |state, incoming| {
            match (*state, incoming) {
                (State::In, Incoming::Said(ROLL_CALL)) if key != self.invitation.bots - 1 => {
                    self.heard += 1;
                    self.moved = Instant::now();
                }
                (State::In, _) => {}
                (_, Incoming::Welcome) => {
                    *state = State::In;
                    self.inside += 1;
                    self.moved = Instant::now();
                }
                (_, Incoming::Refused(words)) if !refused => {
                    refused = true;
                    last_words = Some(String::from_utf8_lossy(words).into_owned());
                }
                // The last thing said is the reason when the conn is closed.
                (_, Incoming::Notice(words)) if !refused => {
                    last_words = Some(String::from_utf8_lossy(words).into_owned());
                }
                _ => {}
            }
        });
        let refusal = last_words.filter(|_| !alive || refused);
        match (alive, refusal) {
            // It may have answered.
            (true, None) => self.flush(key),
            (_, Some(line)) => Err(format!("the server did not let bot{key} in: {line}")),
            (false, None) => Err(format!("the server closed the conn of bot{key}")),
        }
    }
}

fn who(bot: usize) -> Who {
    Who {
        bot,
        place: Place::Lobby,
    }
}
