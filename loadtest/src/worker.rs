//! One thread of the measured phase and its bots: lines go out as the schedule says, and every line
//! that comes is held against the ledger. One pass of the loop is: launch, flush, wait, hear, and post
//! what other threads have to know.
//!
//! Nothing is allocated for a line. Invariant: a receiver lands once on each line, when it comes or
//! when it is jumped over, so that lines in the air are exactly those somebody still waits for.

use crate::bot::{Bot, Heard};
use crate::collector::{News, Tally};
use crate::crowd::READ_BYTES;
use crate::flight::Flight;
use crate::ledger::{Arrival, Findings, Ledger, Sent};
use crate::line::{self, Header, LONGEST};
use crate::measure::Task;
use crate::poller::{Batch, Poller, Ready};
use crate::process;
use crate::protocol::Incoming;
use crate::schedule::{Due, Pace, Schedule};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// Bytes that may wait at one sender for the server to take them. Above this a line of the open
/// model is not sent at all: 16 thousand short lines behind, nothing is learnt from one more. (A
/// window bounds itself.)
const UNSENT_BYTES: usize = 1024 * 1024;

/// What all threads share.
pub(crate) struct Office<'a> {
    pub(crate) task: Task,
    /// The bots of each thread.
    ranges: &'a [Range<usize>],
    /// The senders of each thread.
    lanes: Vec<Range<usize>>,
    pollers: &'a [Poller],
    sent: &'a Sent,
    /// Due times and latencies count from here.
    pub(crate) epoch: Instant,
    /// How often tallies were asked for.
    asked: AtomicU32,
    /// A conn is gone: nothing more is said, as the lines that its bot is owed would never come down.
    halted: AtomicBool,
    /// The phase is over.
    stopped: AtomicBool,
}

/// What one thread tells another.
pub(crate) enum Mail {
    /// All receivers of the writer have this line of a sender of the reader.
    Down(usize, u32),
    /// A sender of the reader has a place in the window.
    Turn(usize),
}

/// What a thread has found in the end.
pub(crate) struct Outcome {
    /// Those that are still there.
    pub(crate) bots: Vec<Bot>,
    pub(crate) findings: Findings,
    /// When a line last came, in microseconds since the epoch.
    pub(crate) heard: u64,
    /// Lines that were sent late, and how late the worst was.
    pub(crate) late: (u64, u64),
    pub(crate) unsent: u64,
    pub(crate) closed: u64,
    pub(crate) refused: u64,
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
    news: Sender<News>,
    answered: u32,
    /// Whether it has told that it is quiet.
    quiet: bool,
    unsent: u64,
    closed: u64,
}

/// What is known of the lines. Apart from the bots, so that one can read into it.
struct Books<'a> {
    size: usize,
    ledger: Ledger<'a>,
    flight: Flight,
    schedule: Schedule,
    post: Post<'a>,
    tally: Tally,
    /// Lines of our senders in the air.
    in_air: u64,
    refused: u64,
    foreign: u64,
    heard: u64,
}

/// The letters to the other threads.
struct Post<'a> {
    own: usize,
    /// The senders of each thread.
    lanes: &'a [Range<usize>],
    boxes: Vec<Sender<Mail>>,
    /// Those that have got something since they were last woken.
    unread: Vec<bool>,
}

impl<'a> Office<'a> {
    pub(crate) fn new(
        task: Task,
        ranges: &'a [Range<usize>],
        pollers: &'a [Poller],
        sent: &'a Sent,
    ) -> Self {
        let lanes = ranges.iter().map(|bots| task.groups.lanes_among(bots));
        Self {
            task,
            ranges,
            lanes: lanes.collect(),
            pollers,
            sent,
            epoch: Instant::now(),
            asked: AtomicU32::new(0),
            halted: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        }
    }

    pub(crate) fn workers(&self) -> usize {
        self.ranges.len()
    }

    /// Asks every thread for its tally.
    pub(crate) fn ask(&self) {
        self.asked.fetch_add(1, Ordering::Release);
        self.wake_all();
    }

    /// Tells every thread to end.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.wake_all();
    }

    fn halt(&self) {
        self.halted.store(true, Ordering::Release);
        self.wake_all();
    }

    fn wake_all(&self) {
        for poller in self.pollers {
            poller.wake().expect("an eventfd takes a number");
        }
    }

    /// How often a line of each sender has to land with this thread, see `flight`.
    fn landings(&self, worker: usize) -> impl Iterator<Item = u32> {
        let groups = self.task.groups;
        let echoes = self.task.protocol.echoes();
        (0..groups.senders_in_all()).map(move |lane| {
            let sender = groups.sender(lane);
            let members = groups.members(groups.of(sender));
            let among = |bots: &Range<usize>| {
                let (start, end) = (bots.start.max(members.start), bots.end.min(members.end));
                end.saturating_sub(start) as u32
            };
            let own = among(&self.ranges[worker]);
            if !self.ranges[worker].contains(&sender) {
                return own;
            }
            let others = self.ranges.iter().filter(|bots| among(bots) > 0).count() as u32 - 1;
            own - u32::from(!echoes) + others
        })
    }
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
    let task = office.task;
    let (range, lanes) = (office.ranges[worker].clone(), office.lanes[worker].clone());
    let [start, length] = [task.start, task.length].map(|time| time.as_micros() as u64);
    let worker = Worker {
        office,
        poller: &office.pollers[worker],
        bots: bots.into_iter().map(Some).collect(),
        first: range.start,
        buffer: vec![0; READ_BYTES],
        text: Vec::with_capacity(LONGEST),
        books: Books {
            size: task.size,
            ledger: Ledger::new(task.groups, range, task.protocol.echoes(), office.sent),
            flight: Flight::new(office.landings(worker)),
            schedule: Schedule::new(task.pace, task.groups, lanes, start, length),
            post: Post {
                own: worker,
                lanes: &office.lanes,
                unread: vec![false; boxes.len()],
                boxes,
            },
            tally: Tally::new(),
            in_air: 0,
            refused: 0,
            foreign: 0,
            heard: 0,
        },
        dirty: Vec::new(),
        news,
        answered: 0,
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
    fn run(mut self, inbox: &Receiver<Mail>) -> std::io::Result<Outcome> {
        for (key, bot) in self.bots.iter().flatten().enumerate() {
            bot.move_to(self.poller, key)?;
        }
        let mut batch = Batch::new();
        while !self.office.stopped.load(Ordering::Acquire) {
            let now = self.now();
            self.launch(now);
            self.flush()?;
            self.report(now);
            let alarm = self.books.schedule.alarm(now);
            let wait = alarm.map(|alarm| Duration::from_micros(alarm.saturating_sub(now)));
            self.poller.wait(&mut batch, wait)?;
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

    fn now(&self) -> u64 {
        self.office.epoch.elapsed().as_micros() as u64
    }

    /// Puts every line that is due into the hands of its sender. All that one sender has to say in
    /// one pass goes out with one write.
    fn launch(&mut self, now: u64) {
        if self.office.halted.load(Ordering::Acquire) {
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

    fn flush(&mut self) -> std::io::Result<()> {
        while let Some(key) = self.dirty.pop() {
            self.flush_bot(key)?;
        }
        Ok(())
    }

    /// Tells the collector what it has asked for, and once that all is said and heard.
    fn report(&mut self, now: u64) {
        let over = self.books.schedule.over(now) || self.office.halted.load(Ordering::Acquire);
        if over && self.books.in_air == 0 && !self.quiet {
            self.quiet = true;
            self.tell(News::Quiet);
        }
        let asked = self.office.asked.load(Ordering::Acquire);
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
        self.tell(News::Counted(tally));
    }

    fn tell(&self, news: News) {
        let told = self.news.send(news);
        told.expect("the collector listens until all threads have ended");
    }

    fn serve(&mut self, ready: Ready) -> std::io::Result<()> {
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
                books.hear(key, incoming, now);
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

    fn flush_bot(&mut self, key: usize) -> std::io::Result<()> {
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
            unsent: self.unsent,
            closed: self.closed,
            refused: books.refused,
            foreign: books.foreign,
            busy: process::thread_cpu_time().map(|used| used.as_secs_f64() / took),
        }
    }
}

impl Books<'_> {
    /// Something reached one of our bots.
    fn hear(&mut self, receiver: usize, incoming: Incoming<'_>, now: u64) {
        match incoming {
            Incoming::Said(text) => match line::decode(text, self.size) {
                Some(header) => self.hear_bot(receiver, header, now),
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
            late,
        } = header;
        let Arrival::Owed { lane, jumped } = self.ledger.receive(receiver, sender, counter) else {
            return;
        };
        for settled in counter - jumped..=counter {
            self.land(lane, settled);
        }
        self.heard = now;
        self.tally.deliver(now.saturating_sub(due), late);
    }

    fn open(&mut self, mail: Mail) {
        match mail {
            Mail::Down(lane, counter) => self.land(lane, counter),
            Mail::Turn(lane) => self.schedule.turn(lane),
        }
    }

    /// One of those who count for us has this line. A line of another thread that is down with us is
    /// told there; the place of one of ours goes on to the next sender, wherever that is.
    fn land(&mut self, lane: usize, counter: u32) {
        if !self.flight.land(lane, counter) {
            return;
        }
        if !self.post.is_own(lane) {
            self.post.send(lane, Mail::Down(lane, counter));
            return;
        }
        self.in_air -= 1;
        match self.schedule.heir(lane) {
            Some(heir) if self.post.is_own(heir) => self.schedule.turn(heir),
            Some(heir) => self.post.send(heir, Mail::Turn(heir)),
            None => {}
        }
    }
}

impl Post<'_> {
    fn is_own(&self, lane: usize) -> bool {
        self.lanes[self.own].contains(&lane)
    }

    /// To the thread of this sender.
    fn send(&mut self, lane: usize, mail: Mail) {
        let owner = self.lanes.iter().position(|lanes| lanes.contains(&lane));
        let owner = owner.expect("each sender has a thread");
        self.unread[owner] = true;
        // A thread that has ended needs no more letters: the phase is over.
        let _ = self.boxes[owner].send(mail);
    }

    /// Wakes those that have got something.
    fn deliver(&mut self, pollers: &[Poller]) -> std::io::Result<()> {
        for (unread, poller) in self.unread.iter_mut().zip(pollers) {
            if std::mem::take(unread) {
                poller.wake()?;
            }
        }
        Ok(())
    }
}
