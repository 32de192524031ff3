//! One thread of the measured phase and its bots: lines go out as the schedule says, and every line
//! that comes is held against the ledger. One pass of the loop is: launch, flush, report, wait, hear,
//! and post what other threads have to know.
//!
//! Nothing is allocated for a line. Invariant: `bots` and the receivers of the ledger are in the same
//! places, and a bot leaves its place empty when its conn is gone.

use crate::bots::bot::{Bot, Heard};
use crate::bots::crowd::READ_BYTES;
use crate::bots::ledger::Findings;
use crate::bots::line::{self, Header, LONGEST};
use crate::bots::poller::{Batch, Poller, Ready};
use crate::measure::books::Books;
use crate::measure::collector::{News, Tally};
use crate::measure::office::{Mail, Office};
use crate::measure::process;
use crate::measure::schedule::{Due, Pace};
use crate::measure::watch::Watch;
use std::io;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

/// Bytes that may wait at one sender for the server to take them. Above this a line of the open
/// model is not sent at all: 16 thousand short lines behind, nothing is learnt from one more. (A
/// window bounds itself.)
const UNSENT_BYTES: usize = 1024 * 1024;

/// What a thread has found in the end.
pub(crate) struct Outcome {
    /// Those that are still there.
    pub(crate) bots: Vec<Bot>,
    pub(crate) findings: Findings,
    /// When a line last came, in microseconds since the epoch.
    pub(crate) heard: u64,
    /// Lines that were sent late, and how late the worst was.
    pub(crate) late: (u64, u64),
    /// How long after the end of its time the last line was sent.
    pub(crate) overrun: u64,
    pub(crate) unsent: u64,
    pub(crate) closed: u64,
    pub(crate) refused: u64,
    pub(crate) throttled: u64,
    pub(crate) foreign: u64,
    /// Share of a processor that it used.
    pub(crate) busy: Option<f64>,
}

/// A thread at work.
struct Worker<'a> {
    office: &'a Office<'a>,
    poller: &'a Poller,
    /// By their place among ours; `None` when the conn is gone.
    bots: Vec<Option<Bot>>,
    first: usize,
    buffer: Vec<u8>,
    /// The text of the line that goes out.
    text: Vec<u8>,
    books: Books<'a>,
    /// Those of ours with something to flush.
    dirty: Vec<usize>,
    watch: Watch,
    news: Sender<News>,
    answered: u32,
    /// Processor time that it spent awake in vain.
    idle: Duration,
    /// Whether it has told that it is quiet.
    quiet: bool,
    unsent: u64,
    closed: u64,
}

/// Does the work of one thread with its bots.
pub(crate) fn work(
    office: &Office<'_>,
    worker: usize,
    bots: Vec<Bot>,
    boxes: Vec<Sender<Mail>>,
    inbox: &Receiver<Mail>,
    news: Sender<News>,
) -> Result<Outcome, String> {
    let worker = Worker {
        office,
        poller: &office.pollers[worker],
        bots: bots.into_iter().map(Some).collect(),
        first: office.ranges[worker].start,
        buffer: vec![0; READ_BYTES],
        text: Vec::with_capacity(LONGEST),
        books: Books::new(worker, office, boxes),
        dirty: Vec::new(),
        watch: Watch::new(office.task.rest),
        news,
        answered: 0,
        idle: Duration::ZERO,
        quiet: false,
        unsent: 0,
        closed: 0,
    };
    let outcome = worker.run(inbox);
    if outcome.is_err() {
        // The others must not wait for what will never come.
        office.stop();
    }
    outcome.map_err(|error| error.to_string())
}

impl Worker<'_> {
    fn run(mut self, inbox: &Receiver<Mail>) -> io::Result<Outcome> {
        for (key, bot) in self.bots.iter().flatten().enumerate() {
            bot.move_to(self.poller, key)?;
        }
        let mut batch = Batch::new();
        while !self.office.is_stopped() {
            let now = self.now();
            self.launch(now);
            self.flush()?;
            self.report(now);
            let wait = self.alarm();
            self.watch.wait(self.poller, &mut batch, wait)?;
            if batch.woken {
                inbox.try_iter().for_each(|mail| self.books.open(mail));
            }
            for ready in batch.iter() {
                self.serve(ready)?;
            }
            self.books.post.deliver(self.office.pollers)?;
        }
        Ok(self.close())
    }

    /// How long until something has to be done though nothing comes; looked at last, as all that was
    /// done before it took time.
    fn alarm(&self) -> Option<Duration> {
        if self.office.is_halted() {
            return None;
        }
        let now = self.now();
        let alarm = self.books.schedule.alarm(now)?;
        Some(Duration::from_micros(alarm.saturating_sub(now)))
    }

    fn now(&self) -> u64 {
        self.office.epoch.elapsed().as_micros() as u64
    }

    /// Puts every line that is due into the hands of its sender. All that one sender has to say in
    /// one pass goes out with one write.
    fn launch(&mut self, now: u64) {
        if self.office.is_halted() {
            return;
        }
        let task = self.office.task;
        while let Some(Due { lane, due }) = self.books.schedule.next(now) {
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
                counter: self.office.sent.send(lane),
                due,
                late: now - due,
            };
            self.text.clear();
            line::encode(header, task.size, &mut self.text);
            bot.say(task.protocol, &self.text);
            self.books.in_air += 1;
            self.books.tally.lines += 1;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while let Some(key) = self.dirty.pop() {
            self.flush_bot(key)?;
        }
        Ok(())
    }

    /// Tells the collector what it has asked for, and once that all is said and heard.
    fn report(&mut self, now: u64) {
        let over = self.books.schedule.over(now) || self.office.is_halted();
        if over && self.books.in_air == 0 && !self.quiet {
            self.quiet = true;
            self.tell(News::Quiet);
        }
        let asked = self.office.asked();
        if asked != self.answered {
            self.answered = asked;
            self.count();
        }
    }

    /// Hands over what was counted since the last time.
    fn count(&mut self) {
        let books = &mut self.books;
        let mut tally = Box::new(std::mem::replace(&mut books.tally, Tally::new()));
        tally.in_air = books.in_air;
        tally.throttled = books.throttled.len() as u64;
        tally.idle = self.watch.take_idle();
        self.idle += tally.idle;
        self.tell(News::Counted(tally));
    }

    fn tell(&self, news: News) {
        let told = self.news.send(news);
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
        // Flushing may have found the conn gone.
        let Some(bot) = self.bots[key].as_mut().filter(|_| readable) else {
            return Ok(());
        };
        let (books, epoch) = (&mut self.books, self.office.epoch);
        let mut now = None;
        let heard = bot.read(
            self.office.task.protocol,
            &mut self.buffer,
            |_, incoming| {
                // One look at the clock for all lines of a read: they came at the same time.
                let now = *now.get_or_insert_with(|| epoch.elapsed().as_micros() as u64);
                books.hear(key, &incoming, now);
            },
        );
        match heard {
            Heard::Well => Ok(()),
            Heard::Asked => self.flush_bot(key),
            Heard::Gone => {
                self.bury(key);
                Ok(())
            }
        }
    }

    fn flush_bot(&mut self, key: usize) -> io::Result<()> {
        let Some(bot) = &mut self.bots[key] else {
            return Ok(());
        };
        if !bot.flush(key, self.poller)? {
            self.bury(key);
        }
        Ok(())
    }

    /// A conn that is gone takes its bot along.
    fn bury(&mut self, key: usize) {
        self.bots[key] = None;
        self.closed += 1;
        self.office.halt();
    }

    fn close(mut self) -> Outcome {
        self.count();
        let took = self.office.epoch.elapsed().as_secs_f64();
        let books = self.books;
        Outcome {
            bots: self.bots.into_iter().flatten().collect(),
            findings: books.ledger.close(),
            heard: books.heard,
            late: books.schedule.late(),
            overrun: books.schedule.overrun(),
            unsent: self.unsent,
            closed: self.closed,
            refused: books.refused,
            throttled: books.throttled.len() as u64,
            foreign: books.foreign,
            busy: process::thread_cpu_time()
                .map(|used| used.saturating_sub(self.idle).as_secs_f64() / took),
        }
    }
}
