//! What the threads of the measured phase share, and how they tell each other: one keeps the others'
//! time, knows who has which bots, and wakes them.
//!
//! It never touches a bot. Invariant: whoever gets a letter is woken after it was put in the box, so
//! that no letter lies unread.

use crate::bots::ledger::Sent;
use crate::bots::poller::Poller;
use crate::measure::Task;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// What all threads share.
pub(crate) struct Office<'a> {
    pub(crate) task: Task,
    /// The bots of each thread.
    pub(crate) ranges: &'a [Range<usize>],
    /// The senders of each thread.
    pub(crate) lanes: Vec<Range<usize>>,
    pub(crate) pollers: &'a [Poller],
    pub(crate) sent: &'a Sent,
    /// Due times and latencies count from here.
    pub(crate) epoch: Instant,
    /// How often tallies were asked for.
    asked: AtomicU32,
    /// When everybody was told to say nothing more, in microseconds since the epoch; 0 before that.
    halted: AtomicU64,
    /// The phase is over.
    stopped: AtomicBool,
}

/// What one thread tells another.
#[derive(Clone, Copy)]
pub(crate) enum Mail {
    /// All receivers of the writer have this line of a sender of the reader.
    Down(usize, u32),
    /// A sender of the reader has a place in the window.
    Turn(usize),
}

/// The letters to the other threads.
pub(crate) struct Post<'a> {
    own: usize,
    /// The senders of each thread.
    lanes: &'a [Range<usize>],
    boxes: Vec<Sender<Mail>>,
    /// Those that have got something since they were last woken.
    unread: Vec<bool>,
}

impl<'a> Office<'a> {
    /// Nothing has begun yet.
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
            halted: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// How many threads share the bots.
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

    /// Has nobody say anything any more: a conn is gone, and the lines that its bot is owed would never
    /// come down; or a signal has asked for the end.
    pub(crate) fn halt(&self) {
        let now = (self.epoch.elapsed().as_micros() as u64).max(1);
        // The first reason counts.
        let _ = self
            .halted
            .compare_exchange(0, now, Ordering::AcqRel, Ordering::Relaxed);
        self.wake_all();
    }

    /// How often tallies were asked for.
    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Acquire)
    }

    /// Whether nobody says anything any more.
    pub(crate) fn is_halted(&self) -> bool {
        self.halted().is_some()
    }

    /// Since when nobody says anything any more, if that is so.
    pub(crate) fn halted(&self) -> Option<Duration> {
        match self.halted.load(Ordering::Acquire) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// Whether every thread is to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn wake_all(&self) {
        for poller in self.pollers {
            poller.wake().expect("an eventfd takes a number");
        }
    }

    /// How often a line of each sender has to land with this thread, see `flight`.
    pub(crate) fn landings(&self, worker: usize) -> impl Iterator<Item = u32> {
        let groups = self.task.groups;
        let echoes = self.task.echoes();
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

impl<'a> Post<'a> {
    /// For the thread of this number, with the boxes of all.
    pub(crate) fn new(own: usize, office: &'a Office<'_>, boxes: Vec<Sender<Mail>>) -> Self {
        Self {
            own,
            lanes: &office.lanes,
            unread: vec![false; boxes.len()],
            boxes,
        }
    }

    /// Whether this sender is one of ours.
    pub(crate) fn is_own(&self, lane: usize) -> bool {
        self.lanes[self.own].contains(&lane)
    }

    /// To the thread of this sender.
    pub(crate) fn send(&mut self, lane: usize, mail: Mail) {
        let owner = self.lanes.iter().position(|lanes| lanes.contains(&lane));
        let owner = owner.expect("each sender has a thread");
        self.unread[owner] = true;
        // A thread that has ended needs no more letters: the phase is over.
        let _ = self.boxes[owner].send(mail);
    }

    /// Wakes those that have got something.
    pub(crate) fn deliver(&mut self, pollers: &[Poller]) -> io::Result<()> {
        for (unread, poller) in self.unread.iter_mut().zip(pollers) {
            if std::mem::take(unread) {
                poller.wake()?;
            }
        }
        Ok(())
    }
}
