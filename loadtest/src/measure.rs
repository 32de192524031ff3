//! The measured phase as a whole: the bots are dealt to the threads, and what each thread found is put
//! together. What a thread does stands in `worker`, what is looked at meanwhile in `collector`.
//!
//! Invariant: every bot is with exactly one thread, and comes back from it unless its conn is gone.

pub(crate) mod books;
pub(crate) mod collector;
pub(crate) mod flight;
pub(crate) mod office;
pub(crate) mod process;
pub(crate) mod progress;
pub(crate) mod schedule;
pub(crate) mod timeline;
pub(crate) mod watch;
pub(crate) mod worker;

use crate::bots::bot::Bot;
use crate::bots::ledger::{Fault, Sent, Verdict};
use crate::bots::poller::Poller;
use crate::measure::collector::{Collected, Histogram};
use crate::measure::office::{Mail, Office};
use crate::measure::progress::Progress;
use crate::measure::schedule::Pace;
use crate::measure::timeline::Interval;
use crate::measure::watch::Rest;
use crate::measure::worker::Outcome;
use crate::protocol::Protocol;
use crate::scenario::Groups;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What is to be done with the crowd.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) protocol: Protocol,
    pub(crate) groups: Groups,
    pub(crate) pace: Pace,
    /// Bytes of text in a line.
    pub(crate) size: usize,
    /// When the first line may go out, since the start of the phase.
    pub(crate) start: Duration,
    /// For how long lines go out, from then on.
    pub(crate) length: Duration,
    /// For how long nothing may come before what is missing counts as lost.
    pub(crate) patience: Duration,
    /// Threads that share the bots, at most.
    pub(crate) threads: usize,
    /// What they do while nothing comes.
    pub(crate) rest: Rest,
    /// The server, where it can be looked at.
    pub(crate) server: Option<u32>,
}

impl Task {
    /// Whether a bot gets its own lines too.
    pub(crate) fn echoes(&self) -> bool {
        self.protocol.echoes() && !self.groups.private
    }
}

/// What came of it.
pub(crate) struct Measured {
    /// Lines sent.
    pub(crate) lines: u64,
    /// Lines that reached a bot that was owed them; what came back to its sender does not count.
    pub(crate) deliveries: u64,
    /// From the beginning to the end of the time in which lines go out, or to the last delivery when that
    /// is later; shorter where it was ended before.
    pub(crate) took: Duration,
    /// Microseconds from the due time of a line to each of its deliveries.
    pub(crate) latency: Histogram<u64>,
    /// Microseconds from the moment the tester handed over a line to each of its deliveries.
    pub(crate) raw: Histogram<u64>,
    /// The phase, interval by interval.
    pub(crate) timeline: Vec<Interval>,
    /// Threads that shared the bots.
    pub(crate) threads: usize,
    /// Share of a processor that the busiest of them used.
    pub(crate) busiest: Option<f64>,
    /// Processor time that all of them together spent awake in vain.
    pub(crate) idle: Duration,
    pub(crate) verdict: Verdict,
    /// Lines that the tester sent too late.
    pub(crate) late: u64,
    /// How late the tester was at most.
    pub(crate) latest: Duration,
    /// How long after the end of its time it sent the last line.
    pub(crate) overrun: Duration,
    /// Lines that were not sent as the server had not taken those before.
    pub(crate) unsent: u64,
    /// Conns that the server closed, and when it closed the first.
    pub(crate) closed: u64,
    pub(crate) closed_after: Option<Duration>,
    /// Whether a signal ended it before its time.
    pub(crate) interrupted: bool,
    /// Answers that something was not done.
    pub(crate) refused: u64,
    /// Bots whose lines the server's flood control held back.
    pub(crate) throttled: u64,
    /// Public lines that no bot has said so.
    pub(crate) foreign: u64,
}

/// Does the task with bots that are in, and gives those back that still are.
pub(crate) fn measure(
    task: Task,
    mut bots: Vec<Bot>,
    progress: &Progress,
) -> Result<(Measured, Vec<Bot>), String> {
    let ranges = task.groups.split(task.threads);
    let pollers: Result<Vec<Poller>, _> = ranges.iter().map(|_| Poller::new()).collect();
    let pollers = pollers.map_err(|error| error.to_string())?;
    let (mail, boxes): (Vec<_>, Vec<_>) = ranges.iter().map(|_| mpsc::channel()).unzip();
    let sent = Sent::new(task.groups.senders_in_all());
    let office = Office::new(task, &ranges, &pollers, &sent);
    progress.begin("measuring", (task.start + task.length).as_micros() as u64);
    let (collected, outcomes) = thread::scope(|scope| {
        let (news, papers) = mpsc::channel();
        let start = |(worker, inbox): (usize, mpsc::Receiver<Mail>)| {
            let own: Vec<Bot> = bots.drain(..ranges[worker].len()).collect();
            let (office, mail, news) = (&office, mail.clone(), news.clone());
            scope.spawn(move || worker::work(office, worker, own, mail, &inbox, news))
        };
        let workers: Vec<_> = boxes.into_iter().enumerate().map(start).collect();
        // Only the threads hold it now, so that their end is noticed.
        drop(news);
        let collected = collector::collect(&office, &papers, progress);
        let ended = workers.into_iter().map(|worker| {
            let ended = worker.join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let outcomes: Result<Vec<Outcome>, String> = ended.collect();
        (collected, outcomes)
    });
    Ok(put_together(collected, outcomes?, &office))
}

fn put_together(
    collected: Collected,
    outcomes: Vec<Outcome>,
    office: &Office<'_>,
) -> (Measured, Vec<Bot>) {
    let planned = office.task.start + office.task.length;
    let spoken = office
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
        took: most(|outcome| outcome.heard).max(spoken),
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
    measured.closed_after = office.halted().filter(|_| measured.closed > 0);
    measured.verdict = Verdict::of(&findings);
    if collected.torn {
        measured.verdict.lost = Fault::default();
    }
    (measured, bots.into_iter().flatten().collect())
}
