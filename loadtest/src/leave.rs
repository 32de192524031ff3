//! All bots but the first say goodbye, and the first has to be told of each of them. It measures
//! nothing but how long that took.
//!
//! Invariant: a bot is in `bots` until the server has closed its conn, or it has given up on that.

use crate::bot::{Bot, Heard, State};
use crate::crowd::{Moves, READ_BYTES, TICK};
use crate::poller::{Batch, Poller, Ready};
use crate::progress::Progress;
use crate::protocol::{Incoming, Protocol};
use std::io;
use std::time::{Duration, Instant};

/// The crowd while it leaves.
struct Leaving {
    protocol: Protocol,
    poller: Poller,
    /// By number; `None` when it is gone.
    bots: Vec<Option<Bot>>,
    buffer: Vec<u8>,
    /// Bots whose conn the server has closed, after their goodbye.
    gone: usize,
    /// Departures that the first bot was told of.
    told: u64,
    /// When something last happened.
    moved: Instant,
}

/// Lets the bots go: what the first one was told, and how long it took.
pub(crate) fn leave(
    protocol: Protocol,
    bots: Vec<Bot>,
    patience: Duration,
    progress: &Progress,
) -> Result<(Moves, Duration), String> {
    progress.begin("leaving", bots.len() as u64);
    let started = Instant::now();
    let leave = || -> io::Result<Moves> {
        let poller = Poller::new()?;
        for (key, bot) in bots.iter().enumerate() {
            bot.move_to(&poller, key)?;
        }
        Leaving {
            protocol,
            poller,
            bots: bots.into_iter().map(Some).collect(),
            buffer: vec![0; READ_BYTES],
            gone: 0,
            told: 0,
            moved: started,
        }
        .run(patience, progress)
    };
    let moves = leave().map_err(|error| error.to_string())?;
    Ok((moves, started.elapsed()))
}

impl Leaving {
    fn run(mut self, patience: Duration, progress: &Progress) -> io::Result<Moves> {
        let others = self.bots.len() - 1;
        for key in 1..=others {
            if let Some(bot) = &mut self.bots[key] {
                self.protocol.goodbye(&mut bot.out);
                bot.state = State::Leaving;
            }
            self.flush(key)?;
        }
        let mut batch = Batch::new();
        let enough = |leaving: &Self| leaving.gone == others && leaving.told >= others as u64;
        while !enough(&self) && self.moved.elapsed() < patience && self.bots[0].is_some() {
            self.poller.wait(&mut batch, Some(TICK))?;
            for ready in batch.iter() {
                self.serve(ready)?;
            }
            progress.show(self.gone as u64, || format!("{} bots left", self.gone));
        }
        Ok(Moves {
            told: self.told,
            made: others as u64,
        })
    }

    fn serve(&mut self, ready: Ready) -> io::Result<()> {
        let key = ready.key;
        if ready.writable {
            self.flush(key)?;
        }
        let Some(bot) = self.bots[key].as_mut().filter(|_| ready.readable) else {
            return Ok(());
        };
        let heard = bot.read(self.protocol, &mut self.buffer, |_, incoming| {
            if let (0, Incoming::Left(bots)) = (key, incoming) {
                self.told += bots;
                self.moved = Instant::now();
            }
        });
        match heard {
            Heard::Well => Ok(()),
            Heard::Asked => self.flush(key),
            Heard::Gone => {
                self.bury(key);
                Ok(())
            }
        }
    }

    /// Sends what is left. When all is said, a bot that leaves closes its side, so that a server that
    /// waits for that does not wait for ever.
    fn flush(&mut self, key: usize) -> io::Result<()> {
        let Some(bot) = &mut self.bots[key] else {
            return Ok(());
        };
        if !bot.flush(key, &self.poller)? {
            self.bury(key);
        } else if bot.state == State::Leaving && bot.unsent() == 0 {
            bot.hang_up();
        }
        Ok(())
    }

    fn bury(&mut self, key: usize) {
        self.bots[key] = None;
        self.gone += usize::from(key > 0);
        self.moved = Instant::now();
    }
}
