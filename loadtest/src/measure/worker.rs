//! One thread of the measured phase and its bots: it sends lines as the schedule says, and checks every
//! received line with the ledger. One turn of the loop: send due lines, flush, report, wait, receive, wake
//! other threads that have messages.
//!
//! Nothing is allocated for a line. Invariant: `bots` and the receivers of the ledger have the same
//! places, and the place of a closed conn stays empty.

use crate::bots::bot::{Bot, ReadResult};
use crate::bots::join::READ_BYTES;
use crate::bots::ledger::Findings;
use crate::bots::line::{self, Header, LONGEST};
use crate::bots::poller::{Batch, Poller, Ready};
use crate::measure::accounting::Accounting;
use crate::measure::collector::{Report, Tally};
use crate::measure::coordinator::{Coordinator, Message};
use crate::measure::process;
use crate::measure::schedule::{Due, Pace};
use crate::measure::waiter::Waiter;
use std::io;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

/// Most unsent bytes of one sender. Above this, lines of the open model are not sent at all: 16 thousand
/// short lines behind, one more tells nothing. (A window limits itself.)
const UNSENT_BYTES: usize = 1024 * 1024;

/// The results of one thread.
pub(crate) struct Outcome {
    /// The bots that are still connected.
    pub(crate) bots: Vec<Bot>,
    pub(crate) findings: Findings,
    /// When the last line came, in microseconds since the epoch.
    pub(crate) last_received: u64,
    /// How many lines were sent late, and how late the latest one was.
    pub(crate) late: (u64, u64),
    /// How long after the end of its time the last line was sent.
    pub(crate) overrun: u64,
    pub(crate) unsent: u64,
    pub(crate) closed: u64,
    pub(crate) refused: u64,
    pub(crate) throttled: u64,
    pub(crate) foreign: u64,
    /// The share of a processor that the thread used.
    pub(crate) busy: Option<f64>,
}

struct Worker<'a> {
    coordinator: &'a Coordinator<'a>,
    poller: &'a Poller,
    /// By place; `None` when the conn is closed.
    bots: Vec<Option<Bot>>,
    first: usize,
    buffer: Vec<u8>,
    /// The text of the line being sent.
    text: Vec<u8>,
    accounting: Accounting<'a>,
    /// Bots with something to flush.
    dirty: Vec<usize>,
    waiter: Waiter,
    reports: Sender<Report>,
    answered: u32,
    /// Processor time spent spinning while nothing came.
    idle: Duration,
    /// Whether it has reported `Finished`.
    is_finished: bool,
    unsent: u64,
    closed: u64,
}

/// Run one thread with its bots.
pub(crate) fn work(
    coordinator: &Coordinator<'_>,
    worker: usize,
    bots: Vec<Bot>,
    channels: Vec<Sender<Message>>,
    inbox: &Receiver<Message>,
    reports: Sender<Report>,
) -> Result<Outcome, String> {
    let worker = Worker {
        coordinator,
        poller: &coordinator.pollers[worker],
        bots: bots.into_iter().map(Some).collect(),
        first: coordinator.ranges[worker].start,
        buffer: vec![0; READ_BYTES],
        text: Vec::with_capacity(LONGEST),
        accounting: Accounting::new(worker, coordinator, channels),
        dirty: Vec::new(),
        waiter: Waiter::new(coordinator.task.idle_mode),
        reports,
        answered: 0,
        idle: Duration::ZERO,
        is_finished: false,
        unsent: 0,
        closed: 0,
    };
    let outcome = worker.run(inbox);
    if outcome.is_err() {
        // The other threads must not wait for this one.
        coordinator.stop();
    }
    outcome.map_err(|error| error.to_string())
}

impl Worker<'_> {
    fn run(mut self, inbox: &Receiver<Message>) -> io::Result<Outcome> {
        for (key, bot) in self.bots.iter().flatten().enumerate() {
            bot.move_to(self.poller, key)?;
        }
        let mut batch = Batch::new();
        while !self.coordinator.is_stopped() {
            let now = self.now();
            self.send_due(now);
            self.flush()?;
            self.report(now);
            let wait = self.alarm();
            self.waiter.wait(self.poller, &mut batch, wait)?;
            if batch.woken {
                inbox
                    .try_iter()
                    .for_each(|message| self.accounting.handle(message));
            }
            for ready in batch.iter() {
                self.serve(ready)?;
            }
            self.accounting
                .outbox
                .wake_receivers(self.coordinator.pollers)?;
        }
        Ok(self.close())
    }

    /// How long to wait at most; called last in the turn, because the work before takes time.
    fn alarm(&self) -> Option<Duration> {
        if self.coordinator.is_halted() {
            return None;
        }
        let now = self.now();
        let alarm = self.accounting.schedule.alarm(now)?;
        Some(Duration::from_micros(alarm.saturating_sub(now)))
    }

    fn now(&self) -> u64 {
        self.coordinator.epoch.elapsed().as_micros() as u64
    }

    /// Queue every due line at its sender. All lines of one sender in one turn are sent with one write.
    fn send_due(&mut self, now: u64) {
        if self.coordinator.is_halted() {
            return;
        }
        let task = self.coordinator.task;
        while let Some(Due { lane, due }) = self.accounting.schedule.next(now) {
            let sender = task.groups.sender(lane);
            let key = sender - self.first;
            let Some(bot) = &mut self.bots[key] else {
                continue;
            };
            if matches!(task.pace, Pace::Rate(_)) && bot.unsent() > UNSENT_BYTES {
                self.unsent += 1;
                continue;
            }
            if self.dirty.last() != Some(&key) {
                self.dirty.push(key);
            }
            let header = Header {
                sender: sender as u32,
                counter: self.coordinator.sent.send(lane),
                due,
                late: now - due,
            };
            self.text.clear();
            line::encode(header, task.size, &mut self.text);
            bot.say(task.protocol, &self.text);
            self.accounting.lines_in_flight += 1;
            self.accounting.tally.lines += 1;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while let Some(key) = self.dirty.pop() {
            self.flush_bot(key)?;
        }
        Ok(())
    }

    /// Send the collector the requested counts, and once that this thread is finished.
    fn report(&mut self, now: u64) {
        let over = self.accounting.schedule.over(now) || self.coordinator.is_halted();
        if over && self.accounting.lines_in_flight == 0 && !self.is_finished {
            self.is_finished = true;
            self.tell(Report::Finished);
        }
        let asked = self.coordinator.tallies_requested();
        if asked != self.answered {
            self.answered = asked;
            self.count();
        }
    }

    /// Report the counts since the last time.
    fn count(&mut self) {
        let accounting = &mut self.accounting;
        let mut tally = Box::new(std::mem::replace(&mut accounting.tally, Tally::new()));
        tally.lines_in_flight = accounting.lines_in_flight;
        tally.throttled = accounting.throttled.len() as u64;
        tally.idle = self.waiter.take_idle();
        self.idle += tally.idle;
        self.tell(Report::Counted(tally));
    }

    fn tell(&self, report: Report) {
        let told = self.reports.send(report);
        told.expect("the collector listens until all threads have ended");
    }

    fn serve(&mut self, ready: Ready) -> io::Result<()> {
        let Ready {
            key,
            readable,
            writable,
        } = ready;
        if writable {
            self.flush_bot(key)?;
        }
        // Flushing may have found that the conn is closed.
        let Some(bot) = self.bots[key].as_mut().filter(|_| readable) else {
            return Ok(());
        };
        let (accounting, epoch) = (&mut self.accounting, self.coordinator.epoch);
        let mut now = None;
        let heard = bot.read(
            self.coordinator.task.protocol,
            &mut self.buffer,
            |_, incoming| {
                // The clock is read once for all lines of a read: they came at the same time.
                let now = *now.get_or_insert_with(|| epoch.elapsed().as_micros() as u64);
                accounting.receive(key, &incoming, now);
            },
        );
        match heard {
            ReadResult::Open => Ok(()),
            ReadResult::Answering => self.flush_bot(key),
            ReadResult::Closed => {
                self.remove(key);
                Ok(())
            }
        }
    }

    fn flush_bot(&mut self, key: usize) -> io::Result<()> {
        let Some(bot) = &mut self.bots[key] else {
            return Ok(());
        };
        if !bot.flush(key, self.poller)? {
            self.remove(key);
        }
        Ok(())
    }

    /// Remove a bot whose conn is closed.
    fn remove(&mut self, key: usize) {
        self.bots[key] = None;
        self.closed += 1;
        self.coordinator.halt();
    }

    fn close(mut self) -> Outcome {
        self.count();
        let took = self.coordinator.epoch.elapsed().as_secs_f64();
        let accounting = self.accounting;
        Outcome {
            bots: self.bots.into_iter().flatten().collect(),
            findings: accounting.ledger.close(),
            last_received: accounting.last_received,
            late: accounting.schedule.late(),
            overrun: accounting.schedule.overrun(),
            unsent: self.unsent,
            closed: self.closed,
            refused: accounting.refused,
            throttled: accounting.throttled.len() as u64,
            foreign: accounting.foreign,
            busy: process::thread_cpu_time()
                .map(|used| used.saturating_sub(self.idle).as_secs_f64() / took),
        }
    }
}
