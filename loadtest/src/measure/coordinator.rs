//! What the threads of the measured phase share (the clock, which thread has which bots, when to stop),
//! and the messages between them.
//!
//! It never touches a bot. Invariant: a thread is woken after a message for it was queued, so no message
//! stays unread.

use crate::bots::ledger::Sent;
use crate::bots::poller::Poller;
use crate::measure::Task;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// The state that all threads share.
pub(crate) struct Coordinator<'a> {
    pub(crate) task: Task,
    /// The bots of each thread.
    pub(crate) ranges: &'a [Range<usize>],
    /// The senders of each thread.
    pub(crate) lanes: Vec<Range<usize>>,
    pub(crate) pollers: &'a [Poller],
    pub(crate) sent: &'a Sent,
    /// Due times and latencies are relative to this.
    pub(crate) epoch: Instant,
    /// How often tallies were requested.
    tallies_requested: AtomicU32,
    /// When all threads were told to send nothing more, in microseconds since the epoch; 0 before that.
    halted: AtomicU64,
    /// The phase is over.
    stopped: AtomicBool,
}

/// A message from one thread to another.
#[derive(Clone, Copy)]
pub(crate) enum Message {
    /// All receivers of the writing thread have this line of this sender.
    Complete(usize, u32),
    /// This sender has a place in the window.
    Turn(usize),
}

/// The channels to the other threads.
pub(crate) struct Outbox<'a> {
    own: usize,
    /// The senders of each thread.
    lanes: &'a [Range<usize>],
    channels: Vec<Sender<Message>>,
    /// Threads that got a message since they were last woken.
    to_wake: Vec<bool>,
}

impl<'a> Coordinator<'a> {
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
            tallies_requested: AtomicU32::new(0),
            halted: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// How many threads share the bots.
    pub(crate) fn workers(&self) -> usize {
        self.ranges.len()
    }

    /// Ask every thread for its tally.
    pub(crate) fn request_tallies(&self) {
        self.tallies_requested.fetch_add(1, Ordering::Release);
        self.wake_all();
    }

    /// Tell every thread to end.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.wake_all();
    }

    /// Tell every thread to send nothing more: a conn is closed, and its bot would never confirm further
    /// lines; or a signal asked for the end.
    pub(crate) fn halt(&self) {
        let now = (self.epoch.elapsed().as_micros() as u64).max(1);
        // Only the first call counts.
        let _ = self
            .halted
            .compare_exchange(0, now, Ordering::AcqRel, Ordering::Relaxed);
        self.wake_all();
    }

    /// How often tallies were requested.
    pub(crate) fn tallies_requested(&self) -> u32 {
        self.tallies_requested.load(Ordering::Acquire)
    }

    pub(crate) fn is_halted(&self) -> bool {
        self.halted().is_some()
    }

    /// Since when nothing more is sent.
    pub(crate) fn halted(&self) -> Option<Duration> {
        match self.halted.load(Ordering::Acquire) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn wake_all(&self) {
        for poller in self.pollers {
            poller.wake().expect("an eventfd takes a number");
        }
    }

    /// How many confirmations a line of each sender needs in this thread, see `in_flight`.
    pub(crate) fn confirmations(&self, worker: usize) -> impl Iterator<Item = u32> {
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

impl<'a> Outbox<'a> {
    /// For the thread with this number, with the channels to all threads.
    pub(crate) fn new(
        own: usize,
        coordinator: &'a Coordinator<'_>,
        channels: Vec<Sender<Message>>,
    ) -> Self {
        Self {
            own,
            lanes: &coordinator.lanes,
            to_wake: vec![false; channels.len()],
            channels,
        }
    }

    /// Whether this sender belongs to this thread.
    pub(crate) fn is_own(&self, lane: usize) -> bool {
        self.lanes[self.own].contains(&lane)
    }

    /// Send to the thread of this sender.
    pub(crate) fn send(&mut self, lane: usize, message: Message) {
        let owner = self.lanes.iter().position(|lanes| lanes.contains(&lane));
        let owner = owner.expect("each sender has a thread");
        self.to_wake[owner] = true;
        // A thread that has ended needs no more messages: the phase is over.
        let _ = self.channels[owner].send(message);
    }

    /// Wake the threads that got a message.
    pub(crate) fn wake_receivers(&mut self, pollers: &[Poller]) -> io::Result<()> {
        for (to_wake, poller) in self.to_wake.iter_mut().zip(pollers) {
            if std::mem::take(to_wake) {
                poller.wake()?;
            }
        }
        Ok(())
    }
}
