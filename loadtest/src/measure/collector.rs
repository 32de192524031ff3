//! Collects the counts of the measured phase: four times a second each thread reports its counts, and the
//! kernel is asked for the processor time of the server and the tester. It also ends the phase: when all
//! threads are finished, or nothing has come for too long.
//!
//! It never touches a bot. Invariant: every delivery is in one interval, and intervals have no gaps.

use crate::measure::Task;
use crate::measure::coordinator::Coordinator;
use crate::measure::process::{self, Reading};
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
const GRACE: Duration = Duration::from_secs(1);
/// When to explain why the phase goes on after its time.
const NOTE_AFTER: Duration = Duration::from_secs(1);

/// What a thread reports.
pub(crate) enum Report {
    /// Its counts since the last request.
    Counted(Box<Tally>),
    /// All of its lines are complete, and it sends no more.
    Finished,
}

/// Counts of one thread, or of all of them, for some time.
pub(crate) struct Tally {
    pub(crate) lines: u64,
    pub(crate) deliveries: u64,
    /// Lines in flight at the end of that time, and bots that flood control has held back.
    pub(crate) lines_in_flight: u64,
    pub(crate) throttled: u64,
    /// Processor time spent spinning while nothing came.
    pub(crate) idle: Duration,
    /// Latency of lines that were sent when they were due: most lines, and with a window all.
    prompt: Histogram<u64>,
    /// Latency of all others from the due time, and from when they were sent.
    due: Histogram<u64>,
    sent: Histogram<u64>,
}

/// The counts of all threads in the end.
pub(crate) struct Collected {
    pub(crate) lines: u64,
    pub(crate) deliveries: u64,
    pub(crate) latency: Histogram<u64>,
    pub(crate) raw: Histogram<u64>,
    /// Processor time that the threads spent spinning while nothing came.
    pub(crate) idle: Duration,
    /// Whether a signal ended the phase; and whether lines were in flight then, so it is unknown whether
    /// they were lost.
    pub(crate) interrupted: bool,
    pub(crate) is_loss_unknown: bool,
    pub(crate) timeline: Vec<Interval>,
}

struct Collector<'a> {
    coordinator: &'a Coordinator<'a>,
    task: Task,
    progress: &'a Progress,
    collected: Collected,
    /// The counts of the current interval.
    tally: Tally,
    /// Threads that have reported for it, and threads that are finished.
    answers: usize,
    finished: usize,
    /// When the previous interval ended, since the start of the phase.
    end: Duration,
    reading: Reading,
    /// When a line last came or went out.
    last_progress: Duration,
    /// Whether the user was told why the phase goes on.
    has_explained: bool,
}

/// Collect until all threads have ended.
pub(crate) fn collect(
    coordinator: &Coordinator<'_>,
    reports: &Receiver<Report>,
    progress: &Progress,
) -> Collected {
    let collector = Collector {
        coordinator,
        task: coordinator.task,
        progress,
        collected: Collected {
            lines: 0,
            deliveries: 0,
            latency: histogram(),
            raw: histogram(),
            idle: Duration::ZERO,
            interrupted: false,
            is_loss_unknown: false,
            timeline: Vec::new(),
        },
        tally: Tally::new(),
        answers: 0,
        finished: 0,
        end: Duration::ZERO,
        reading: Reading::take(coordinator.task.server),
        last_progress: Duration::ZERO,
        has_explained: false,
    };
    collector.run(reports)
}

impl Collector<'_> {
    fn run(mut self, reports: &Receiver<Report>) -> Collected {
        let mut next = self.coordinator.epoch + INTERVAL;
        loop {
            let rest = next.saturating_duration_since(Instant::now());
            match reports.recv_timeout(rest) {
                Ok(Report::Counted(tally)) => {
                    self.tally.add(&tally);
                    self.answers += 1;
                    if self.answers == self.coordinator.workers() {
                        let (lines_in_flight, throttled) =
                            (self.tally.lines_in_flight, self.tally.throttled);
                        self.close();
                        self.check_end(lines_in_flight, throttled);
                    }
                }
                Ok(Report::Finished) => {
                    self.finished += 1;
                    if self.finished == self.coordinator.workers() {
                        self.coordinator.stop();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.coordinator.request_tallies();
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

    /// End the interval.
    fn close(&mut self) {
        let end = self.coordinator.epoch.elapsed();
        let reading = Reading::take(self.task.server);
        let used = reading.since(self.reading);
        let length = end.saturating_sub(self.end);
        let share = |used: Option<Duration>| {
            let share = used?.as_secs_f64() / length.as_secs_f64();
            Some(share).filter(|share| share.is_finite())
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
            server_cpu: share(used.server),
            server_memory: self.task.server.and_then(process::memory),
            tester_cpu: share(used.tester.map(|used| used.saturating_sub(tally.idle))),
        };
        let collected = &mut self.collected;
        collected.lines += tally.lines;
        collected.deliveries += tally.deliveries;
        collected.idle += tally.idle;
        add(&mut collected.latency, &latency);
        add(&mut collected.raw, &tally.prompt);
        add(&mut collected.raw, &tally.sent);
        collected.timeline.push(interval);
        self.progress.live(&collected.timeline);
        if tally.lines + tally.deliveries > 0 || tally.lines_in_flight == 0 {
            self.last_progress = end;
        }
        (self.end, self.reading, self.answers) = (end, reading, 0);
    }

    /// End the phase after too long without a line, or after a signal; then lines in flight get a moment
    /// to arrive.
    fn check_end(&mut self, lines_in_flight: u64, throttled: u64) {
        let over = self.task.start + self.task.length;
        if signals::caught().is_some() {
            self.collected.interrupted = true;
            self.coordinator.halt();
            let since = self.coordinator.halted().unwrap_or_default();
            if self.end.saturating_sub(since) > GRACE {
                self.collected.is_loss_unknown = lines_in_flight > 0;
                self.coordinator.stop();
            }
        } else if self.end - self.last_progress > self.task.patience {
            self.coordinator.stop();
        } else if self.end > over && lines_in_flight > 0 {
            self.explain(self.end - over, lines_in_flight, throttled);
        }
    }

    /// Tell the user once why the phase goes on after its time.
    fn explain(&mut self, since: Duration, lines_in_flight: u64, throttled: u64) {
        let lines = many(lines_in_flight, "line is", "lines are");
        let why = match throttled {
            0 if since < NOTE_AFTER => return,
            0 => format!(
                "up to {} s after the last one that comes",
                self.task.patience.as_secs_f64()
            ),
            held => format!(
                "as the server's flood control holds back {held} of the bots (start it with --rate 0)"
            ),
        };
        if !std::mem::replace(&mut self.has_explained, true) {
            self.progress.note(&format!(
                "loadtest: the time is over; {lines} still on their way, {why}; ^C ends the wait"
            ));
        }
    }
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            lines: 0,
            deliveries: 0,
            lines_in_flight: 0,
            throttled: 0,
            idle: Duration::ZERO,
            prompt: histogram(),
            due: histogram(),
            sent: histogram(),
        }
    }

    /// Count a delivery: its latency from the due time, and how late its line was sent, in microseconds.
    pub(crate) fn deliver(&mut self, latency: u64, late: u64) {
        self.deliveries += 1;
        match late {
            0 => record(&mut self.prompt, latency),
            _ => {
                record(&mut self.due, latency);
                record(&mut self.sent, latency.saturating_sub(late));
            }
        }
    }

    /// The latency of all deliveries from the due time.
    fn latency(&self) -> Histogram<u64> {
        let mut latency = self.prompt.clone();
        add(&mut latency, &self.due);
        latency
    }

    fn add(&mut self, other: &Tally) {
        self.lines += other.lines;
        self.deliveries += other.deliveries;
        self.lines_in_flight += other.lines_in_flight;
        self.throttled += other.throttled;
        self.idle += other.idle;
        add(&mut self.prompt, &other.prompt);
        add(&mut self.due, &other.due);
        add(&mut self.sent, &other.sent);
    }
}

/// An empty histogram that grows with the recorded values: nothing is clipped.
fn histogram() -> Histogram<u64> {
    Histogram::new(DIGITS).expect("three digits are within what is possible")
}

fn record(histogram: &mut Histogram<u64>, value: u64) {
    let recorded = histogram.record(value);
    recorded.expect("the histogram grows to any value");
}

pub(crate) fn add(sum: &mut Histogram<u64>, more: &Histogram<u64>) {
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
        assert_eq!(sum.sent.max(), 1000);
    }
}
