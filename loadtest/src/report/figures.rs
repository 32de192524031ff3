//! All that is known of a run, and what follows from it by dividing: shares, rates, faults, and the
//! sum of several runs of one server. How a number is written for people is in `numbers`.
//!
//! Every reading was taken before. A figure that could not be read is `None`, never zero.

use crate::bots::crowd::Moves;
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

pub(crate) use numbers::{bytes, counted, digits, grouped, known, many, milliseconds, percent};

/// Latencies in microseconds.
pub(crate) type Latencies = Histogram<u64>;

/// A thread of the tester that uses more of its processor than this is likely to have slowed the run
/// down. (Processor time a delivery is the server's own all the same.)
const BUSY: f64 = 0.95;
/// One that uses less than this had time for its lines: when they were late all the same, others had the
/// processor.
const IDLE: f64 = 0.5;
/// Above this share of lines sent late the load was not the one that was asked for. A single line
/// may be late on any machine.
const LATE_SHARE: f64 = 0.01;

/// Everything that is known of a run.
pub(crate) struct Figures {
    /// What the server is called.
    pub(crate) name: String,
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) scenario: Scenario,
    pub(crate) groups: Groups,
    pub(crate) pace: Pace,
    pub(crate) size: usize,
    /// Bots that were on their way in at any time, at most.
    pub(crate) joining: usize,
    /// From the first connect until the last bot was let in.
    pub(crate) joined_in: Duration,
    /// Share of a processor that the tester used meanwhile, of whose threads only one is there.
    pub(crate) busy_joining: Option<f64>,
    /// What the first bot was told of that, where it is told.
    pub(crate) arrivals: Option<Moves>,
    /// From the first goodbye until the first bot of each room was told of the last.
    pub(crate) left_in: Option<Duration>,
    pub(crate) departures: Option<Moves>,
    pub(crate) server: ServerFigures,
    /// Processor time of the bots in the measured phase.
    pub(crate) tester_cpu: Option<Duration>,
    /// Length of the phase in which processor time was counted.
    pub(crate) took: Duration,
    /// Where the bots were to run; where the server did is in `server`.
    pub(crate) cpus: Cpus,
    pub(crate) measured: Measured,
    /// What came of the troublemakers, when there were any.
    pub(crate) trouble: Option<trouble::Outcome>,
    /// How the server ended, when we ended it.
    pub(crate) ended: Option<String>,
}

/// What the kernel says of the server.
pub(crate) struct ServerFigures {
    pub(crate) pid: Option<u32>,
    /// Processors that it may use, as the kernel lists them: `1` or `0-3`.
    pub(crate) processors: Option<String>,
    /// Processor time in the measured phase.
    pub(crate) cpu: Option<Duration>,
    /// Processor time while the bots came, and while they left.
    pub(crate) cpu_joining: Option<Duration>,
    pub(crate) cpu_leaving: Option<Duration>,
    /// Bytes of memory that each conn has added; unknown where memory shrank, as what was freed
    /// meanwhile hides it.
    pub(crate) memory_per_conn: Option<u64>,
    /// Bytes of memory with all conns.
    pub(crate) memory: Option<u64>,
}

impl Figures {
    /// How long the measured phase was, as its figures a second take it.
    pub(crate) fn seconds(&self) -> f64 {
        self.measured.took.as_secs_f64()
    }

    /// Microseconds of the server's processor for each delivery.
    pub(crate) fn cpu_per_delivery(&self) -> Option<f64> {
        cpu_per_delivery(std::iter::once(self))
    }

    /// What share of one processor this time was, over the measured phase.
    pub(crate) fn share(&self, cpu: Option<Duration>) -> Option<f64> {
        Some(cpu?.as_secs_f64() / self.took.as_secs_f64())
    }

    /// `None` where nothing is said.
    pub(crate) fn deliveries_per_s(&self) -> Option<f64> {
        deliveries_per_s(std::iter::once(self))
    }

    /// Conns a second while the bots came in.
    pub(crate) fn joins_per_s(&self) -> f64 {
        self.groups.bots as f64 / self.joined_in.as_secs_f64()
    }

    /// Share of the lines that the tester sent late.
    pub(crate) fn late_share(&self) -> f64 {
        match self.measured.lines {
            0 => 0.0,
            lines => self.measured.late as f64 / lines as f64,
        }
    }

    /// Whether the tester was late so often that the load was not the one that was asked for.
    pub(crate) fn overdue(&self) -> bool {
        self.measured.late > 1 && self.late_share() > LATE_SHARE
    }

    /// Whether nothing was said while it was measured, but one line at the end: figures of deliveries
    /// mean nothing then.
    pub(crate) fn silent(&self) -> bool {
        self.scenario == Scenario::Idle
    }

    /// The most bytes of memory that the server was seen with.
    pub(crate) fn memory_peak(&self) -> Option<u64> {
        let intervals = self.measured.timeline.iter();
        let seen = intervals.map(|interval| interval.server_memory);
        seen.chain([self.server.memory]).flatten().max()
    }

    /// Share of a processor that the server used while nothing was said.
    pub(crate) fn idle_cpu(&self) -> Option<f64> {
        timeline::quiet_cpu(&self.measured.timeline)
    }

    /// How many listeners saw another order, where all are owed the same.
    pub(crate) fn differing(&self) -> usize {
        match self.protocol.has_one_order() {
            true => self.measured.verdict.order.differing(),
            false => 0,
        }
    }

    /// Why latency and deliveries/s say more of the tester than of the server, if they do.
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

    /// That figures are those of flood control, if they are.
    pub(crate) fn throttling(&self) -> Option<String> {
        let held = self.measured.throttled;
        (held > 0).then(|| {
            format!(
                "the server held back {held} of the bots: its flood control is measured; \
                 start it with --rate 0"
            )
        })
    }

    /// One sentence for each kind of fault, but for those that are judged elsewhere.
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

/// Whether a thread of the tester that has used so much of its processor is likely to have slowed down
/// what it measured.
pub(crate) fn is_busy(share: Option<f64>) -> bool {
    share.is_some_and(|share| share > BUSY)
}

/// All runs of one server with one number of bots.
pub(crate) struct Total<'a> {
    pub(crate) name: &'a str,
    pub(crate) bots: usize,
    pub(crate) runs: Vec<&'a Figures>,
    /// Latencies of all of them from the due time, in microseconds.
    pub(crate) latency: Latencies,
    /// The same from the moment of handing over.
    pub(crate) raw: Latencies,
}

/// The runs by server and number of bots, each in the order of its first run.
pub(crate) fn totals(runs: &[Figures]) -> Vec<Total<'_>> {
    let mut totals: Vec<Total<'_>> = Vec::new();
    for run in runs {
        let known = totals
            .iter_mut()
            .find(|total| total.name == run.name && total.bots == run.groups.bots);
        match known {
            Some(total) => {
                total.runs.push(run);
                add(&mut total.latency, &run.measured.latency);
                add(&mut total.raw, &run.measured.raw);
            }
            None => totals.push(Total {
                name: &run.name,
                bots: run.groups.bots,
                runs: vec![run],
                latency: run.measured.latency.clone(),
                raw: run.measured.raw.clone(),
            }),
        }
    }
    totals
}

fn add(sum: &mut Latencies, more: &Latencies) {
    sum.add(more).expect("the histogram grows to any value");
}

impl Total<'_> {
    /// Deliveries of all of its runs.
    pub(crate) fn deliveries(&self) -> u64 {
        self.runs.iter().map(|run| run.measured.deliveries).sum()
    }

    /// Microseconds of the server's processor for each delivery.
    pub(crate) fn cpu_per_delivery(&self) -> Option<f64> {
        cpu_per_delivery(self.runs.iter().copied())
    }

    /// Deliveries a second; `None` where nothing is said.
    pub(crate) fn deliveries_per_s(&self) -> Option<f64> {
        deliveries_per_s(self.runs.iter().copied())
    }

    /// Whether lines were sent when there was a place for them, and were due at no other time.
    pub(crate) fn windowed(&self) -> bool {
        let window = |run: &&Figures| matches!(run.pace, Pace::Window(_));
        self.runs.iter().all(window)
    }

    /// Whether nothing was said in any of its runs, see `Figures::silent`.
    pub(crate) fn silent(&self) -> bool {
        self.runs.iter().all(|run| run.silent())
    }

    /// Share of a processor that the server used while nothing was said, on average.
    pub(crate) fn idle_cpu(&self) -> Option<f64> {
        let each = self.runs.iter().map(|run| run.idle_cpu());
        let all: Option<f64> = each.sum();
        all.map(|sum| sum / self.runs.len() as f64)
    }

    /// The most of any run: a server that stays keeps the memory of the first one.
    pub(crate) fn memory_per_conn(&self) -> Option<u64> {
        let each = self.runs.iter().map(|run| run.server.memory_per_conn);
        each.max().flatten()
    }

    /// Seconds until all were in, on average.
    pub(crate) fn join_seconds(&self) -> f64 {
        let all: Duration = self.runs.iter().map(|run| run.joined_in).sum();
        all.as_secs_f64() / self.runs.len() as f64
    }
}

/// So much of the deliveries was as quick as this, in microseconds; unknown where there was none.
pub(crate) fn quantile(latency: &Latencies, at: f64) -> Option<f64> {
    (!latency.is_empty()).then(|| latency.value_at_quantile(at) as f64)
}

/// How the first server stands to another one with as many bots.
#[derive(Debug, PartialEq)]
pub(crate) struct Ratio<'a> {
    pub(crate) first: &'a str,
    pub(crate) other: &'a str,
    pub(crate) bots: usize,
    /// Processor time for each delivery of the first one beside that of the other, over all of their
    /// runs with so many bots.
    pub(crate) cpu: Option<f64>,
}

/// One for each number of bots and each server but the first. Runs of different sizes are never
/// added up: what a delivery costs depends on how many there are.
pub(crate) fn ratios<'a>(totals: &[Total<'a>]) -> Vec<Ratio<'a>> {
    let Some(name) = totals.first().map(|total| total.name) else {
        return Vec::new();
    };
    let others = totals.iter().filter(|total| total.name != name);
    let beside = |other: &Total<'a>| {
        let first = totals
            .iter()
            .find(|total| total.name == name && total.bots == other.bots)?;
        Some(Ratio {
            first: name,
            other: other.name,
            bots: other.bots,
            cpu: ratio(first.cpu_per_delivery(), other.cpu_per_delivery()),
        })
    };
    others.filter_map(beside).collect()
}

/// The servers by name, each once, in the order of their first runs.
pub(crate) fn names<'a>(totals: &[Total<'a>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for total in totals {
        if !names.contains(&total.name) {
            names.push(total.name);
        }
    }
    names
}

/// The numbers of bots that were tried, each once.
pub(crate) fn sizes(totals: &[Total<'_>]) -> Vec<usize> {
    let mut sizes: Vec<usize> = totals.iter().map(|total| total.bots).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// One figure beside another; `None` when that says nothing.
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
