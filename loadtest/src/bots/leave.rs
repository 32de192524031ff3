//! All bots but the first of each group leave, and the server has to tell that first one of each of the
//! others. Only the time of this is measured.
//!
//! Invariant: a bot is in `bots` until its conn is closed.

use crate::bots::bot::{Bot, ReadResult, State};
use crate::bots::join::{Moves, READ_BYTES, TICK};
use crate::bots::poller::{Batch, Poller, Ready};
use crate::measure::progress::Progress;
use crate::protocol::{Incoming, Protocol};
use crate::scenario::Groups;
use crate::signals;
use std::io;
use std::time::{Duration, Instant};

/// The bots while they leave.
struct Leaving {
    protocol: Protocol,
    groups: Groups,
    poller: Poller,
    /// By number; `None` when the conn is closed.
    bots: Vec<Option<Bot>>,
    buffer: Vec<u8>,
    /// Bots whose conn is closed after their goodbye.
    gone: usize,
    /// Leaves that the first bot of each group was told of.
    told: Vec<u64>,
    /// How many of these first bots were told of all others.
    done: usize,
    /// Whether the conn of a first bot is closed, which then can be told of nothing.
    is_first_gone: bool,
    /// When something last happened.
    last_progress: Instant,
}

/// Whether the first bot of each group is told who leaves the group, and only that.
pub(crate) fn counts_moves(protocol: Protocol, groups: &Groups) -> bool {
    protocol.tells_moves() && !groups.private
}

/// Let the bots leave. Returns what the first bots were told, and how long it took.
pub(crate) fn leave(
    protocol: Protocol,
    groups: Groups,
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
            groups,
            poller,
            bots: bots.into_iter().map(Some).collect(),
            buffer: vec![0; READ_BYTES],
            gone: 0,
            told: vec![0; groups.count()],
            // A bot that is alone has nothing to be told.
            done: (0..groups.count())
                .filter(|&group| others(&groups, group) == 0)
                .count(),
            is_first_gone: false,
            last_progress: started,
        }
        .run(patience, progress)
    };
    let moves = leave().map_err(|error| error.to_string())?;
    Ok((moves, started.elapsed()))
}

impl Leaving {
    fn run(mut self, patience: Duration, progress: &Progress) -> io::Result<Moves> {
        let groups = self.groups;
        let leavers = (0..groups.bots).filter(|&key| !is_first(&groups, key));
        for key in leavers {
            if let Some(bot) = &mut self.bots[key] {
                self.protocol.goodbye(&mut bot.out);
                bot.state = State::Leaving;
            }
            self.flush(key)?;
        }
        let mut batch = Batch::new();
        let count = groups.count();
        let made = groups.bots - count;
        let enough = |leaving: &Self| leaving.gone == made && leaving.done == count;
        let asked = || signals::caught().is_some();
        while !enough(&self)
            && self.last_progress.elapsed() < patience
            && !self.is_first_gone
            && !asked()
        {
            self.poller.wait(&mut batch, Some(TICK))?;
            for ready in batch.iter() {
                self.serve(ready)?;
            }
            progress.show(self.gone as u64, || format!("{} bots left", self.gone));
        }
        Ok(Moves {
            told: told(&groups, &self.told),
            made: made as u64,
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
        let (group, first) = (self.groups.of(key), is_first(&self.groups, key));
        let owed = others(&self.groups, group);
        let heard = bot.read(self.protocol, &mut self.buffer, |_, incoming| {
            if let (true, Incoming::Left(bots)) = (first, incoming) {
                let before = self.told[group];
                self.told[group] += bots;
                self.done += usize::from(before < owed && self.told[group] >= owed);
                self.last_progress = Instant::now();
            }
        });
        match heard {
            ReadResult::Open => Ok(()),
            ReadResult::Answering => self.flush(key),
            ReadResult::Closed => {
                self.remove(key);
                Ok(())
            }
        }
    }

    /// Send queued bytes. After the last byte a leaving bot closes its half, because some servers wait for
    /// that.
    fn flush(&mut self, key: usize) -> io::Result<()> {
        let Some(bot) = &mut self.bots[key] else {
            return Ok(());
        };
        if !bot.flush(key, &self.poller)? {
            self.remove(key);
        } else if bot.state == State::Leaving && bot.unsent() == 0 {
            bot.hang_up();
        }
        Ok(())
    }

    fn remove(&mut self, key: usize) {
        self.bots[key] = None;
        match is_first(&self.groups, key) {
            true => self.is_first_gone = true,
            false => self.gone += 1,
        }
        self.last_progress = Instant::now();
    }
}

fn is_first(groups: &Groups, key: usize) -> bool {
    groups.members(groups.of(key)).start == key
}

/// How many bots leave a group.
fn others(groups: &Groups, group: usize) -> u64 {
    groups.members(group).len() as u64 - 1
}

/// How many leaves all first bots were told of. What one was told too often does not make up for what
/// another one missed.
fn told(groups: &Groups, told: &[u64]) -> u64 {
    let owed = (0..).map(|group| others(groups, group));
    let capped: u64 = told
        .iter()
        .zip(owed)
        .map(|(&told, owed)| told.min(owed))
        .sum();
    match capped < (groups.bots - groups.count()) as u64 {
        true => capped,
        false => told.iter().sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn one_room_makes_up_for_no_other() {
        let rooms = Groups::of_scenario(Scenario::Rooms, 7, 3, 1);
        let firsts: Vec<usize> = (0..7).filter(|&key| is_first(&rooms, key)).collect();
        assert_eq!(firsts, [0, 3, 6]);
        assert_eq!(told(&rooms, &[2, 2, 0]), 4);
        assert_eq!(told(&rooms, &[1, 3, 0]), 3);
        assert_eq!(told(&rooms, &[2, 3, 0]), 5);
        assert_eq!(told(&rooms, &[2, 2, 1]), 5);
    }
}
