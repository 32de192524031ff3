//! The measured phase: the bots are distributed to threads, and the results of the threads are combined.
//! `worker` is one thread, `collector` collects the counts meanwhile.
//!
//! Invariant: every bot belongs to exactly one thread, which returns it unless its conn is closed.

pub(crate) mod accounting;
pub(crate) mod collector;
pub(crate) mod coordinator;
pub(crate) mod in_flight;
pub(crate) mod process;
pub(crate) mod progress;
pub(crate) mod schedule;
pub(crate) mod timeline;
pub(crate) mod waiter;
pub(crate) mod worker;

use crate::bots::bot::Bot;
use crate::bots::ledger::{Fault, Sent, Verdict};
use crate::bots::poller::Poller;
use crate::measure::collector::{Collected, Histogram};
use crate::measure::coordinator::{Coordinator, Message};
use crate::measure::progress::Progress;
use crate::measure::schedule::Pace;
use crate::measure::timeline::Interval;
use crate::measure::waiter::IdleMode;
use crate::measure::worker::Outcome;
use crate::protocol::Protocol;
use crate::scenario::Groups;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What the bots have to do.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) protocol: Protocol,
    pub(crate) groups: Groups,
    pub(crate) pace: Pace,
    /// Bytes of text in a line.
    pub(crate) size: usize,
    /// When the first line may be sent, since the start of the phase.
    pub(crate) start: Duration,
    /// For how long lines are sent from then on.
    pub(crate) length: Duration,
    /// After this time without any line, missing lines count as lost.
    pub(crate) patience: Duration,
    /// Most threads that share the bots.
    pub(crate) threads: usize,
    /// What they do while they wait.
    pub(crate) idle_mode: IdleMode,
    /// The server's process, if it is on this host.
    pub(crate) server: Option<u32>,
}

impl Task {
    /// Whether the server sends bots their own lines too.
    pub(crate) fn echoes(&self) -> bool {
        self.protocol.echoes() && !self.groups.private
    }
}

/// The results of the measured phase.
pub(crate) struct Measured {
    /// Lines sent.
    pub(crate) lines: u64,
    /// Lines that reached a bot that had to get them; lines echoed to their sender do not count.
    pub(crate) deliveries: u64,
    /// From the start to the end of sending, or to the last delivery if that is later; shorter when it was
    /// ended early.
    pub(crate) took: Duration,
    /// Microseconds from the due time of a line to each of its deliveries.
    pub(crate) latency: Histogram<u64>,
    /// Microseconds from the moment the tester sent a line to each of its deliveries.
    pub(crate) raw: Histogram<u64>,
    /// The phase by intervals.
    pub(crate) timeline: Vec<Interval>,
    /// Threads that shared the bots.
    pub(crate) threads: usize,
    /// Share of a processor used by the busiest of them.
    pub(crate) busiest: Option<f64>,
    /// Processor time that all of them together spent spinning while nothing came.
    pub(crate) idle: Duration,
    pub(crate) verdict: Verdict,
    /// Lines that the tester sent too late.
    pub(crate) late: u64,
    /// How late the tester was at most.
    pub(crate) latest: Duration,
    /// How long after the end of its time it sent the last line.
    pub(crate) overrun: Duration,
    /// Lines that were not sent because the server had not taken the earlier ones.
    pub(crate) unsent: u64,
    /// Conns that the server closed, and when it closed the first one.
    pub(crate) closed: u64,
    pub(crate) closed_after: Option<Duration>,
    /// Whether a signal ended the phase early.
    pub(crate) interrupted: bool,
    /// Refusals by the server.
    pub(crate) refused: u64,
    /// Bots whose lines the server's flood control held back.
    pub(crate) throttled: u64,
    /// Lines that no bot has sent in this form.
    pub(crate) foreign: u64,
}

/// Do the task with joined bots. Returns the bots that are still connected.
pub(crate) fn measure(
    task: Task,
    mut bots: Vec<Bot>,
    progress: &Progress,
) -> Result<(Measured, Vec<Bot>), String> {
    let ranges = task.groups.split(task.threads);
    let pollers: Result<Vec<Poller>, _> = ranges.iter().map(|_| Poller::new()).collect();
    let pollers = pollers.map_err(|error| error.to_string())?;
    let (channels, inboxes): (Vec<_>, Vec<_>) = ranges.iter().map(|_| mpsc::channel()).unzip();
    let sent = Sent::new(task.groups.senders_in_all());
    let coordinator = Coordinator::new(task, &ranges, &pollers, &sent);
    progress.begin("measuring", (task.start + task.length).as_micros() as u64);
    let (collected, outcomes) = thread::scope(|scope| {
        let (reports, received) = mpsc::channel();
        let start = |(worker, inbox): (usize, mpsc::Receiver<Message>)| {
            let own: Vec<Bot> = bots.drain(..ranges[worker].len()).collect();
            let (coordinator, channels, reports) =
                (&coordinator, channels.clone(), reports.clone());
            scope.spawn(move || worker::work(coordinator, worker, own, channels, &inbox, reports))
        };
        let workers: Vec<_> = inboxes.into_iter().enumerate().map(start).collect();
        // Only the threads hold the sender now, so the collector notices their end.
        drop(reports);
        let collected = collector::collect(&coordinator, &received, progress);
        let ended = workers.into_iter().map(|worker| {
            let ended = worker.join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let outcomes: Result<Vec<Outcome>, String> = ended.collect();
        (collected, outcomes)
    });
    Ok(combine(collected, outcomes?, &coordinator))
}

fn combine(
    collected: Collected,
    outcomes: Vec<Outcome>,
    coordinator: &Coordinator<'_>,
) -> (Measured, Vec<Bot>) {
    let planned = coordinator.task.start + coordinator.task.length;
    let spoken = coordinator
        .halted()
        .map_or(planned, |halted| halted.min(planned));
    let sum = |count: fn(&Outcome) -> u64| outcomes.iter().map(count).sum();
    let most = |time: fn(&Outcome) -> u64| {
        Duration::from_micros(outcomes.iter().map(time).max().unwrap_or_default())
    };
    let busy = outcomes.iter().filter_map(|outcome| outcome.busy);
    let mut measured = Measured {
        lines: collected.lines,
        deliveries: collected.deliveries,
        took: most(|outcome| outcome.last_received).max(spoken),
        latency: collected.latency,
        raw: collected.raw,
        timeline: collected.timeline,
        threads: outcomes.len(),
        busiest: busy.reduce(f64::max),
        idle: collected.idle,
        verdict: Verdict::of(&[]),
        late: sum(|outcome| outcome.late.0),
        latest: most(|outcome| outcome.late.1),
        overrun: most(|outcome| outcome.overrun),
        unsent: sum(|outcome| outcome.unsent),
        closed: sum(|outcome| outcome.closed),
        closed_after: None,
        interrupted: collected.interrupted,
        refused: sum(|outcome| outcome.refused),
        throttled: sum(|outcome| outcome.throttled),
        foreign: sum(|outcome| outcome.foreign),
    };
    let (findings, bots): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .map(|outcome| (outcome.findings, outcome.bots))
        .unzip();
    measured.closed_after = coordinator.halted().filter(|_| measured.closed > 0);
    measured.verdict = Verdict::of(&findings);
    if collected.is_loss_unknown {
        measured.verdict.lost = Fault::default();
    }
    (measured, bots.into_iter().flatten().collect())
}
