//! The measured phase: lines go out as the schedule says, every line that comes is held against the
//! ledger, until the last one has come. One pass of the loop is: launch, flush, wait, hear.
//!
//! Nothing is allocated for a line. Invariant: a receiver lands once on each line, when it comes or
//! when it is jumped over, so that lines in the air are exactly those somebody still waits for.

use crate::crowd::{Crowd, TICK};
use crate::flight::Flight;
use crate::ledger::{Arrival, Ledger, Verdict};
use crate::line::{self, Header, ROLL_CALL};
use crate::poller::{Batch, Ready};
use crate::progress::Progress;
use crate::protocol::{Incoming, Protocol};
use crate::schedule::{Pace, Schedule};
use hdrhistogram::Histogram;
use std::time::{Duration, Instant};

/// Bytes that may wait at one sender for the server to take them. Above this a line of the open
/// model is not sent at all: 16 thousand short lines behind, nothing is learnt from one more. (A
/// window bounds itself.)
const UNSENT_BYTES: usize = 1024 * 1024;
/// Latencies are kept to three digits, and the histogram grows to whatever comes.
const DIGITS: u8 = 3;

/// What is to be done with the crowd.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) protocol: Protocol,
    /// The first so many bots send.
    pub(crate) senders: usize,
    pub(crate) pace: Pace,
    /// Bytes of text in a line.
    pub(crate) size: usize,
    /// For how long lines go out.
    pub(crate) length: Duration,
    /// For how long nothing may come before what is missing counts as lost.
    pub(crate) patience: Duration,
}

/// What came of it.
pub(crate) struct Measured {
    /// Lines sent.
    pub(crate) lines: u64,
    /// Lines that reached a bot that was owed them.
    pub(crate) deliveries: u64,
    /// From the first line to the last delivery.
    pub(crate) took: Duration,
    /// Microseconds from the due time of a line to each of its deliveries.
    pub(crate) latency: Histogram<u64>,
    pub(crate) verdict: Verdict,
    /// Lines that the tester sent too late.
    pub(crate) late: u64,
    /// How late the tester was at most.
    pub(crate) latest: Duration,
    /// Lines that were not sent as the server had not taken those before.
    pub(crate) unsent: u64,
    /// Conns that the server closed.
    pub(crate) closed: u64,
    /// Answers that something was not done.
    pub(crate) refused: u64,
    /// Public lines that no bot has said so.
    pub(crate) foreign: u64,
}

/// The phase while it lasts.
struct Measuring<'a> {
    crowd: Crowd,
    room: Room,
    schedule: Schedule,
    task: Task,
    progress: &'a Progress,
    /// Due times and latencies count from here.
    epoch: Instant,
    /// The sender whose turn it is.
    next: usize,
    /// Senders with something to flush.
    dirty: Vec<usize>,
    lines: u64,
    unsent: u64,
    closed: u64,
}

/// What is known of the lines. Apart from the crowd, so that a bot can read into it.
struct Room {
    size: usize,
    ledger: Ledger,
    flight: Flight,
    latency: Histogram<u64>,
    deliveries: u64,
    refused: u64,
    foreign: u64,
    /// When a line last came, in microseconds since the epoch.
    heard: u64,
    /// When a line last came or went out.
    moved: u64,
}

/// Does the task with a crowd that is in, and gives it back: it leaves when it is dropped.
pub(crate) fn measure(
    task: Task,
    crowd: Crowd,
    progress: &Progress,
) -> Result<(Measured, Crowd), String> {
    let bots = crowd.bots.len();
    let length = task.length.as_micros() as u64;
    let latency = Histogram::new(DIGITS).map_err(|error| error.to_string())?;
    let measuring = Measuring {
        room: Room {
            size: task.size,
            ledger: Ledger::new(bots, task.senders),
            flight: Flight::new(task.senders, bots as u32 - 1),
            latency,
            deliveries: 0,
            refused: 0,
            foreign: 0,
            heard: 0,
            moved: 0,
        },
        crowd,
        schedule: Schedule::new(task.pace, 0, length),
        task,
        progress,
        epoch: Instant::now(),
        next: 0,
        dirty: Vec::new(),
        lines: 0,
        unsent: 0,
        closed: 0,
    };
    progress.begin("measuring", length);
    measuring.run()
}

impl Measuring<'_> {
    fn run(mut self) -> Result<(Measured, Crowd), String> {
        let mut batch = Batch::new();
        let patience = self.task.patience.as_micros() as u64;
        let mut shown = 0;
        loop {
            let now = self.now();
            self.launch(now);
            self.flush()?;
            let waiting = self.room.flight.lines() > 0;
            let over = self.closed > 0 || self.schedule.over(now);
            let stuck = waiting && now.saturating_sub(self.room.moved) > patience;
            if stuck || (over && !waiting) {
                return Ok(self.close());
            }
            if now - shown > TICK.as_micros() as u64 {
                shown = now;
                self.show(now);
            }
            let wake = self
                .schedule
                .wake()
                .map(|due| Duration::from_micros(due.saturating_sub(now)));
            let waited = self
                .crowd
                .poller
                .wait(&mut batch, Some(wake.map_or(TICK, |due| due.min(TICK))));
            waited.map_err(|error| error.to_string())?;
            for ready in batch.iter() {
                self.serve(ready)?;
            }
        }
    }

    fn now(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }

    /// Puts every line that is due into the hands of its sender. All that one sender has to say in
    /// one pass goes out with one write.
    fn launch(&mut self, now: u64) {
        if self.closed > 0 {
            return;
        }
        while let Some(due) = self.schedule.next(now, self.room.flight.lines()) {
            let sender = self.next;
            self.next = (sender + 1) % self.task.senders;
            let bot = &mut self.crowd.bots[sender];
            if matches!(self.task.pace, Pace::Rate(_)) && bot.unsent() > UNSENT_BYTES {
                self.unsent += 1;
                continue;
            }
            if self.dirty.last() != Some(&sender) {
                self.dirty.push(sender);
            }
            let counter = self.room.ledger.send(sender);
            let header = Header {
                sender: sender as u32,
                counter,
                due,
            };
            line::encode(header, self.task.size, &mut bot.out);
            bot.out.push(b'\n');
            self.room.flight.launch(sender);
            self.room.moved = now;
            self.lines += 1;
        }
    }

    fn flush(&mut self) -> Result<(), String> {
        while let Some(sender) = self.dirty.pop() {
            self.flush_bot(sender)?;
        }
        Ok(())
    }

    fn serve(&mut self, ready: Ready) -> Result<(), String> {
        let Ready {
            key,
            readable,
            writable,
        } = ready;
        if writable {
            self.flush_bot(key)?;
        }
        // Flushing may have found the conn gone.
        let Some(bot) = self.crowd.bots.get_mut(key).filter(|_| readable) else {
            return Ok(());
        };
        let (room, epoch) = (&mut self.room, self.epoch);
        let mut now = None;
        let alive = bot.read(self.task.protocol, &mut self.crowd.buffer, |_, incoming| {
            // One look at the clock for all lines of a read: they came at the same time.
            let now = *now.get_or_insert_with(|| epoch.elapsed().as_micros() as u64);
            room.hear(key, incoming, now);
        });
        if !alive {
            self.bury(key);
        }
        Ok(())
    }

    fn flush_bot(&mut self, key: usize) -> Result<(), String> {
        let Some(bot) = self.crowd.bots.get_mut(key) else {
            return Ok(());
        };
        let flushed = bot.flush(key, &self.crowd.poller);
        if !flushed.map_err(|error| error.to_string())? {
            self.bury(key);
        }
        Ok(())
    }

    /// A conn that is gone takes its bot along. Nothing is said after that: the lines that this bot
    /// is owed would never come down.
    fn bury(&mut self, key: usize) {
        self.crowd.bots.remove(key);
        self.closed += 1;
    }

    fn show(&self, now: u64) {
        self.progress.show(now, || {
            let millions = self.room.deliveries as f64 / now as f64;
            format!("{millions:.3} M deliveries/s")
        });
    }

    fn close(self) -> (Measured, Crowd) {
        let (late, latest) = self.schedule.late();
        let measured = Measured {
            lines: self.lines,
            deliveries: self.room.deliveries,
            took: Duration::from_micros(self.room.heard),
            latency: self.room.latency,
            verdict: self.room.ledger.close(),
            late,
            latest: Duration::from_micros(latest),
            unsent: self.unsent,
            closed: self.closed,
            refused: self.room.refused,
            foreign: self.room.foreign,
        };
        (measured, self.crowd)
    }
}

impl Room {
    /// Something reached one bot.
    fn hear(&mut self, receiver: usize, incoming: Incoming<'_>, now: u64) {
        match incoming {
            Incoming::Said(text) => match line::decode(text, self.size) {
                Some(header) => self.hear_bot(receiver, header, now),
                // The troublemakers' caller says it as well.
                None if text == ROLL_CALL => {}
                None => self.foreign += 1,
            },
            Incoming::Skipped(lines) => self.ledger.skip(receiver, lines),
            Incoming::Refused(_) => self.refused += 1,
            _ => {}
        }
    }

    fn hear_bot(&mut self, receiver: usize, header: Header, now: u64) {
        let Header {
            sender,
            counter,
            due,
        } = header;
        let Arrival::Owed { jumped } = self.ledger.receive(receiver, sender, counter) else {
            return;
        };
        for settled in counter - jumped..=counter {
            self.flight.land(sender as usize, settled);
        }
        self.deliveries += 1;
        self.heard = now;
        self.moved = now;
        let recorded = self.latency.record(now.saturating_sub(due));
        recorded.expect("the histogram grows to any value");
    }
}
