//! Looks at the measured phase while it lasts: four times a second each thread hands over what it has
//! counted since, and the kernel is asked what the server and the tester have used. It also says
//! when the phase is over: when no thread has anything left to do, or nothing has come for too long.
//!
//! It never touches a bot. Invariant: every delivery is in one interval, and intervals adjoin.

use crate::measure::Task;
use crate::measure::office::Office;
use crate::measure::process;
use crate::measure::progress::Progress;
use crate::measure::timeline::{INTERVAL, Interval};
use crate::report::figures::many;
use crate::signals;
pub(crate) use hdrhistogram::Histogram;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Latencies are kept to three digits.
const DIGITS: u8 = 3;
/// How long lines may still come after a signal: longer than any that is not held back takes.
const PARTING: Duration = Duration::from_secs(1);
/// How long nobody asks why it goes on after its time.
const UNTOLD: Duration = Duration::from_secs(1);

/// What a thread tells.
pub(crate) enum News {
    /// What it has counted since it was asked last.
    Counted(Box<Tally>),
    /// Its lines are all down, and there will be no more.
    Quiet,
}

/// What one thread has counted for a while, or all of them.
pub(crate) struct Tally {
    pub(crate) lines: u64,
    pub(crate) deliveries: u64,
    /// Its lines in the air at the end of it, and those of its bots that flood control has held back.
    pub(crate) in_air: u64,
    pub(crate) throttled: u64,
    /// Processor time spent awake in vain.
    pub(crate) idle: Duration,
    /// Latency of lines that were handed over when they were due: most, and of a window all. One
    /// histogram is enough for them.
    prompt: Histogram<u64>,
    /// Latency of all others from the due time, and from when they were handed over.
    due: Histogram<u64>,
    handed: Histogram<u64>,
}

/// What all threads have counted in the end.
pub(crate) struct Collected {
    pub(crate) lines: u64,
    pub(crate) deliveries: u64,
    pub(crate) latency: Histogram<u64>,
    pub(crate) raw: Histogram<u64>,
    /// Processor time that the threads spent awake in vain.
    pub(crate) idle: Duration,
    /// Whether a signal ended it; and whether lines were on their way then, of which nobody knows
    /// whether they would have come.
    pub(crate) interrupted: bool,
    pub(crate) torn: bool,
    pub(crate) timeline: Vec<Interval>,
}

/// The collecting while it lasts.
struct Collecting<'a> {
    office: &'a Office<'a>,
    task: Task,
    progress: &'a Progress,
    collected: Collected,
    /// What has come in of the interval that is being collected.
    tally: Tally,
    /// Threads that have handed in theirs, and threads that are quiet.
    answers: usize,
    quiet: usize,
    /// When the interval before ended, since the start of the phase.
    end: Duration,
    used: Used,
    /// When a line last came or went out.
    moved: Duration,
    /// Whether it was told why the end is waited for.
    told: bool,
}

/// Processor time used so far.
#[derive(Clone, Copy)]
struct Used {
    server: Option<Duration>,
    tester: Option<Duration>,
}

/// Collects until all threads have ended.
pub(crate) fn collect(
    office: &Office<'_>,
    papers: &Receiver<News>,
    progress: &Progress,
) -> Collected {
    let collecting = Collecting {
        office,
        task: office.task,
        progress,
        collected: Collected {
            lines: 0,
            deliveries: 0,
            latency: histogram(),
            raw: histogram(),
            idle: Duration::ZERO,
            interrupted: false,
            torn: false,
            timeline: Vec::new(),
        },
        tally: Tally::new(),
        answers: 0,
        quiet: 0,
        end: Duration::ZERO,
        used: Used::now(office.task.server),
        moved: Duration::ZERO,
        told: false,
    };
    collecting.run(papers)
}

impl Collecting<'_> {
    fn run(mut self, papers: &Receiver<News>) -> Collected {
        let mut next = self.office.epoch + INTERVAL;
        loop {
            let rest = next.saturating_duration_since(Instant::now());
            match papers.recv_timeout(rest) {
                Ok(News::Counted(tally)) => {
                    self.tally.add(&tally);
                    self.answers += 1;
                    if self.answers == self.office.workers() {
                        let (in_air, throttled) = (self.tally.in_air, self.tally.throttled);
                        self.close();
                        self.look(in_air, throttled);
                    }
                }
                Ok(News::Quiet) => {
                    self.quiet += 1;
                    if self.quiet == self.office.workers() {
                        self.office.stop();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.office.ask();
                    next = (next + INTERVAL).max(Instant::now());
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if self.answers > 0 {
            self.close();
        }
        self.collected
    }

    /// The interval is complete.
    fn close(&mut self) {
        let end = self.office.epoch.elapsed();
        let used = Used::now(self.task.server);
        let length = end.saturating_sub(self.end);
        let share = |after: Option<Duration>, before: Option<Duration>| {
            let used = after?.saturating_sub(before?).as_secs_f64();
            Some(used / length.as_secs_f64()).filter(|share| share.is_finite())
        };
        let tally = std::mem::replace(&mut self.tally, Tally::new());
        let latency = tally.latency();
        let interval = Interval {
            end,
            length,
            lines: tally.lines,
            deliveries: tally.deliveries,
            latency: (tally.deliveries > 0)
                .then(|| [0.5, 0.99, 1.0].map(|quantile| latency.value_at_quantile(quantile))),
            server_cpu: share(used.server, self.used.server),
            server_memory: self.task.server.and_then(process::memory),
            tester_cpu: share(
                used.tester.map(|used| used.saturating_sub(tally.idle)),
                self.used.tester,
            ),
        };
        let collected = &mut self.collected;
        collected.lines += tally.lines;
        collected.deliveries += tally.deliveries;
        collected.idle += tally.idle;
        add(&mut collected.latency, &latency);
        add(&mut collected.raw, &tally.prompt);
        add(&mut collected.raw, &tally.handed);
        collected.timeline.push(interval);
        self.progress.live(&collected.timeline);
        if tally.lines + tally.deliveries > 0 || tally.in_air == 0 {
            self.moved = end;
        }
        (self.end, self.used, self.answers) = (end, used, 0);
    }

    /// What nobody has got for so long counts as lost. A signal ends it sooner, but for the lines that
    /// are on their way, which get a moment.
    fn look(&mut self, in_air: u64, throttled: u64) {
        let over = self.task.start + self.task.length;
        if signals::caught().is_some() {
            self.collected.interrupted = true;
            self.office.halt();
            let since = self.office.halted().unwrap_or_default();
            if self.end.saturating_sub(since) > PARTING {
                self.collected.torn = in_air > 0;
                self.office.stop();
            }
        } else if self.end - self.moved > self.task.patience {
            self.office.stop();
        } else if self.end > over && in_air > 0 {
            self.tell_why(self.end - over, in_air, throttled);
        }
    }

    /// Says once why it goes on though its time is over.
    fn tell_why(&mut self, since: Duration, in_air: u64, throttled: u64) {
        let lines = many(in_air, "line is", "lines are");
        let why = match throttled {
            0 if since < UNTOLD => return,
            0 => format!(
                "up to {} s after the last one that comes",
                self.task.patience.as_secs_f64()
            ),
            held => format!(
                "as the server's flood control holds back {held} of the bots (start it with --rate 0)"
            ),
        };
        if !std::mem::replace(&mut self.told, true) {
            self.progress.note(&format!(
                "loadtest: the time is over; {lines} still on their way, {why}; ^C ends the wait"
            ));
        }
    }
}

impl Used {
    fn now(server: Option<u32>) -> Self {
        Self {
            server: server.and_then(process::cpu_time),
            tester: process::own_cpu_time(),
        }
    }
}

impl Tally {
    /// Nothing collected yet.
    pub(crate) fn new() -> Self {
        Self {
            lines: 0,
            deliveries: 0,
            in_air: 0,
            throttled: 0,
            idle: Duration::ZERO,
            prompt: histogram(),
            due: histogram(),
            handed: histogram(),
        }
    }

    /// A delivery so long after its line was due, which was handed over so late; in microseconds.
    pub(crate) fn deliver(&mut self, latency: u64, late: u64) {
        self.deliveries += 1;
        match late {
            0 => record(&mut self.prompt, latency),
            _ => {
                record(&mut self.due, latency);
                record(&mut self.handed, latency.saturating_sub(late));
            }
        }
    }

    /// From the due time, of all deliveries.
    fn latency(&self) -> Histogram<u64> {
        let mut latency = self.prompt.clone();
        add(&mut latency, &self.due);
        latency
    }

    fn add(&mut self, other: &Tally) {
        self.lines += other.lines;
        self.deliveries += other.deliveries;
        self.in_air += other.in_air;
        self.throttled += other.throttled;
        self.idle += other.idle;
        add(&mut self.prompt, &other.prompt);
        add(&mut self.due, &other.due);
        add(&mut self.handed, &other.handed);
    }
}

/// An empty one, which grows to whatever is recorded: nothing is ever clipped.
fn histogram() -> Histogram<u64> {
    Histogram::new(DIGITS).expect("three digits are within what is possible")
}

fn record(histogram: &mut Histogram<u64>, value: u64) {
    let recorded = histogram.record(value);
    recorded.expect("the histogram grows to any value");
}

fn add(sum: &mut Histogram<u64>, more: &Histogram<u64>) {
    sum.add(more).expect("the histogram grows to any value");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_line_is_slow_from_its_due_time_and_quick_from_its_hand_over() {
        let mut tally = Tally::new();
        tally.deliver(100, 0);
        tally.deliver(60_000_000, 59_999_000);
        let mut sum = Tally::new();
        sum.add(&tally);
        sum.add(&tally);
        assert_eq!(sum.deliveries, 4);
        assert_eq!((sum.latency().min(), sum.latency().len()), (100, 4));
        assert!(sum.latency().max() >= 60_000_000);
        assert_eq!(sum.handed.max(), 1000);
    }
}
