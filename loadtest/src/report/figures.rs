//! Everything known about a run, and the figures derived from it: shares, rates, faults. `totals` sums up
//! several runs, `numbers` formats numbers for people.
//!
//! All readings were taken before. An unknown figure is `None`, never zero.

use crate::bots::join::Moves;
use crate::bots::ledger::{Fault, Order};
use crate::child::Cpus;
use crate::measure::Measured;
use crate::measure::collector::Histogram;
use crate::measure::schedule::Pace;
use crate::measure::timeline;
use crate::protocol::Protocol;
use crate::report::conditions::Metric;
use crate::scenario::{Groups, Scenario};
use crate::trouble;
use std::net::SocketAddr;
use std::time::Duration;

mod numbers;
mod totals;

pub(crate) use numbers::{bytes, counted, digits, grouped, known, many, milliseconds, percent};
pub(crate) use totals::{Ratio, Total, names, ratios, sizes, totals};

/// Latencies in microseconds.
pub(crate) type Latencies = Histogram<u64>;

/// A thread of the tester that uses more of its processor than this has probably slowed the run down. (The
/// server's processor time for a delivery is valid even so.)
const BUSY: f64 = 0.95;
/// A thread that uses less than this had time for its lines: if they were late, other programs had the
/// processor.
const IDLE: f64 = 0.5;
/// Above this share of late lines the load was not the requested one. A single line may be late on any
/// machine.
const LATE_SHARE: f64 = 0.01;

/// The figures of a run.
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) scenario: Scenario,
    pub(crate) groups: Groups,
    pub(crate) pace: Pace,
    pub(crate) size: usize,
    /// Most bots that were joining at any time.
    pub(crate) joining: usize,
    /// From the first connect until the last bot had joined.
    pub(crate) joined_in: Duration,
    /// Share of a processor that the tester used meanwhile, with only one thread.
    pub(crate) busy_joining: Option<f64>,
    /// The joins that the first bot was told of, if the protocol tells them.
    pub(crate) arrivals: Option<Moves>,
    /// From the first goodbye until the first bot of each room was told of the last leave.
    pub(crate) left_in: Option<Duration>,
    pub(crate) departures: Option<Moves>,
    pub(crate) server: ServerFigures,
    /// Processor time of the bots in the measured phase.
    pub(crate) tester_cpu: Option<Duration>,
    /// Length of the phase in which processor time was counted.
    pub(crate) took: Duration,
    /// The requested processors; those of the server are in `server`.
    pub(crate) cpus: Cpus,
    pub(crate) measured: Measured,
    /// The results of the troublemakers, if there were any.
    pub(crate) trouble: Option<trouble::Outcome>,
    /// How the server ended, if this run started it.
    pub(crate) ended: Option<String>,
}

/// The kernel's figures of the server.
pub(crate) struct ServerFigures {
    pub(crate) pid: Option<u32>,
    /// Processors that it may use, as the kernel lists them: `1` or `0-3`.
    pub(crate) processors: Option<String>,
    /// Processor time in the measured phase.
    pub(crate) cpu: Option<Duration>,
    /// Processor time while the bots joined, and while they left.
    pub(crate) cpu_joining: Option<Duration>,
    pub(crate) cpu_leaving: Option<Duration>,
    /// Bytes of memory for each conn; unknown if memory shrank, because freed memory hides it.
    pub(crate) memory_per_conn: Option<u64>,
    /// Bytes of memory with all conns.
    pub(crate) memory: Option<u64>,
}

impl Figures {
    /// The length of the measured phase, for figures a second.
    pub(crate) fn seconds(&self) -> f64 {
        self.measured.took.as_secs_f64()
    }

    /// Microseconds of the server's processor for each delivery.
    pub(crate) fn cpu_per_delivery(&self) -> Option<f64> {
        cpu_per_delivery(std::iter::once(self))
    }

    /// The share of one processor that this time is, over the measured phase.
    pub(crate) fn share(&self, cpu: Option<Duration>) -> Option<f64> {
        Some(cpu?.as_secs_f64() / self.took.as_secs_f64())
    }

    /// `None` for an idle run.
    pub(crate) fn deliveries_per_s(&self) -> Option<f64> {
        deliveries_per_s(std::iter::once(self))
    }

    /// Joins a second while the bots joined.
    pub(crate) fn joins_per_s(&self) -> f64 {
        self.groups.bots as f64 / self.joined_in.as_secs_f64()
    }

    /// The share of lines that the tester sent late.
    pub(crate) fn late_share(&self) -> f64 {
        match self.measured.lines {
            0 => 0.0,
            lines => self.measured.late as f64 / lines as f64,
        }
    }

    /// Whether the tester was late so often that the load was not the requested one.
    pub(crate) fn overdue(&self) -> bool {
        self.measured.late > 1 && self.late_share() > LATE_SHARE
    }

    /// Whether the run was idle, with one line at the end: figures of deliveries mean nothing then.
    pub(crate) fn silent(&self) -> bool {
        self.scenario == Scenario::Idle
    }

    /// The most memory that the server was seen with, in bytes.
    pub(crate) fn memory_peak(&self) -> Option<u64> {
        let intervals = self.measured.timeline.iter();
        let seen = intervals.map(|interval| interval.server_memory);
        seen.chain([self.server.memory]).flatten().max()
    }

    /// Share of a processor that the server used while no lines were delivered.
    pub(crate) fn idle_cpu(&self) -> Option<f64> {
        timeline::quiet_cpu(&self.measured.timeline)
    }

    /// How many receivers got another order, if all must get the same one.
    pub(crate) fn differing(&self) -> usize {
        match self.protocol.has_one_order() {
            true => self.measured.verdict.order.differing(),
            false => 0,
        }
    }

    /// Why latency and deliveries/s say more about the tester than about the server, if they do.
    pub(crate) fn bottleneck(&self) -> Option<String> {
        if self.overdue() {
            let (busiest, late) = (self.measured.busiest, percent(self.late_share()));
            return Some(match busiest {
                Some(share) if share < IDLE => format!(
                    "{late} of the lines went out late though the tester was idle for most of the \
                     time: something else had its processor, and latency from the due time counts it"
                ),
                _ => format!(
                    "the tester was the bottleneck: it missed the moment of {late} of its lines"
                ),
            });
        }
        is_busy(self.measured.busiest).then(|| {
            "the tester was the bottleneck: a thread was busy throughout, so deliveries/s and \
             latency are as much its own as the server's; try more --threads or another machine"
                .into()
        })
    }

    /// A sentence if flood control was measured.
    pub(crate) fn throttling(&self) -> Option<String> {
        let held = self.measured.throttled;
        (held > 0).then(|| {
            format!(
                "the server held back {held} of the bots: its flood control is measured; \
                 start it with --rate 0"
            )
        })
    }

    /// One sentence for each kind of fault, except for metrics with conditions.
    pub(crate) fn faults(&self, excused: &[Metric]) -> Vec<String> {
        let counts = |metric| match excused.contains(&metric) {
            true => 0,
            false => 1,
        };
        let measured = &self.measured;
        let mut verdict = measured.verdict.clone();
        for (metric, fault) in [
            (Metric::Loss, &mut verdict.lost),
            (Metric::Duplicates, &mut verdict.duplicated),
            (Metric::Disorder, &mut verdict.disordered),
        ] {
            if excused.contains(&metric) {
                *fault = Fault::default();
            }
        }
        verdict.skipped *= counts(Metric::Skipped);
        if excused.contains(&Metric::Disorder) || !self.protocol.has_one_order() {
            verdict.order = Order::Unknown;
        }
        let mut faults = verdict.faults();
        if measured.closed * counts(Metric::Closed) > 0 {
            let after = measured.closed_after.map(|time| {
                let time = digits(time.as_secs_f64());
                format!(", the first after {time} s")
            });
            faults.push(format!(
                "conns closed by the server: {}{}",
                measured.closed,
                after.unwrap_or_default()
            ));
        }
        for (count, what) in [
            (
                measured.refused * counts(Metric::Refused),
                "refusals by the server",
            ),
            (measured.foreign, "lines damaged, or said by strangers"),
            (measured.unsent, "lines never sent, as the server took none"),
        ] {
            if count > 0 {
                faults.push(format!("{what}: {count}"));
            }
        }
        if !excused.contains(&Metric::Throttled) {
            faults.extend(self.throttling());
        }
        for (moves, what) in [(self.arrivals, "arrivals"), (self.departures, "departures")] {
            if let Some(Moves { told, made }) = moves.filter(|moves| moves.told != moves.made) {
                faults.push(format!("{what} told: {told} of {made}"));
            }
        }
        if measured.deliveries == 0 && !measured.interrupted {
            faults.push("nothing was delivered at all".into());
        }
        let trouble = self.trouble.iter();
        faults.extend(trouble.flat_map(|trouble| trouble.faults.clone()));
        faults
    }
}

/// Whether a thread of the tester that used this share of its processor has probably slowed the run down.
pub(crate) fn is_busy(share: Option<f64>) -> bool {
    share.is_some_and(|share| share > BUSY)
}

/// A quantile of latency in microseconds; unknown without deliveries.
pub(crate) fn quantile(latency: &Latencies, at: f64) -> Option<f64> {
    (!latency.is_empty()).then(|| latency.value_at_quantile(at) as f64)
}

/// The ratio of two figures; `None` when it is unknown or meaningless.
pub(crate) fn ratio(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one? / other?).filter(|ratio| ratio.is_finite())
}

fn cpu_per_delivery<'a>(runs: impl Iterator<Item = &'a Figures> + Clone) -> Option<f64> {
    let runs = runs.filter(|run| !run.silent());
    let cpu: Option<Duration> = runs.clone().map(|run| run.server.cpu).sum();
    let deliveries: u64 = runs.map(|run| run.measured.deliveries).sum();
    Some(cpu?.as_secs_f64() * 1e6 / deliveries as f64).filter(|each| each.is_finite())
}

fn deliveries_per_s<'a>(runs: impl Iterator<Item = &'a Figures> + Clone) -> Option<f64> {
    let runs = runs.filter(|run| !run.silent());
    runs.clone().next()?;
    let seconds: f64 = runs.clone().map(Figures::seconds).sum();
    let deliveries: u64 = runs.map(|run| run.measured.deliveries).sum();
    Some(match deliveries {
        0 => 0.0,
        deliveries => deliveries as f64 / seconds,
    })
}

#[cfg(test)]
pub(crate) mod tests;
