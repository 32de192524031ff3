//! Sums of several runs: all runs of one server with one number of bots, and the ratios between servers.

use super::{Figures, Latencies, cpu_per_delivery, deliveries_per_s, ratio};
use crate::measure::collector;
use crate::measure::schedule::Pace;
use std::time::Duration;

/// All runs of one server with one number of bots.
pub(crate) struct Total<'a> {
    pub(crate) name: &'a str,
    pub(crate) bots: usize,
    pub(crate) runs: Vec<&'a Figures>,
    /// Latencies of all runs from the due time, in microseconds.
    pub(crate) latency: Latencies,
    /// The same from the moment of sending.
    pub(crate) raw: Latencies,
}

/// The totals by server and number of bots, in the order of their first runs.
pub(crate) fn totals(runs: &[Figures]) -> Vec<Total<'_>> {
    let mut totals: Vec<Total<'_>> = Vec::new();
    for run in runs {
        let known = totals
            .iter_mut()
            .find(|total| total.name == run.name && total.bots == run.groups.bots);
        match known {
            Some(total) => {
                total.runs.push(run);
                collector::add(&mut total.latency, &run.measured.latency);
                collector::add(&mut total.raw, &run.measured.raw);
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

impl Total<'_> {
    /// Deliveries of all of its runs.
    pub(crate) fn deliveries(&self) -> u64 {
        self.runs.iter().map(|run| run.measured.deliveries).sum()
    }

    /// Microseconds of the server's processor for each delivery.
    pub(crate) fn cpu_per_delivery(&self) -> Option<f64> {
        cpu_per_delivery(self.runs.iter().copied())
    }

    /// Deliveries a second; `None` for idle runs.
    pub(crate) fn deliveries_per_s(&self) -> Option<f64> {
        deliveries_per_s(self.runs.iter().copied())
    }

    /// Whether all runs had a window.
    pub(crate) fn windowed(&self) -> bool {
        let window = |run: &&Figures| matches!(run.pace, Pace::Window(_));
        self.runs.iter().all(window)
    }

    /// Whether all runs were idle, see `Figures::silent`.
    pub(crate) fn silent(&self) -> bool {
        self.runs.iter().all(|run| run.silent())
    }

    /// Share of a processor that the server used while no lines were delivered, on average.
    pub(crate) fn idle_cpu(&self) -> Option<f64> {
        let each = self.runs.iter().map(|run| run.idle_cpu());
        let all: Option<f64> = each.sum();
        all.map(|sum| sum / self.runs.len() as f64)
    }

    /// The largest value of any run: a running server reuses the memory of the first one.
    pub(crate) fn memory_per_conn(&self) -> Option<u64> {
        let each = self.runs.iter().map(|run| run.server.memory_per_conn);
        each.max().flatten()
    }

    /// Seconds until all bots had joined, on average.
    pub(crate) fn join_seconds(&self) -> f64 {
        let all: Duration = self.runs.iter().map(|run| run.joined_in).sum();
        all.as_secs_f64() / self.runs.len() as f64
    }
}

/// The first server compared with another one with as many bots.
#[derive(Debug, PartialEq)]
pub(crate) struct Ratio<'a> {
    pub(crate) first: &'a str,
    pub(crate) other: &'a str,
    pub(crate) bots: usize,
    /// The ratio of the processor time for a delivery, over all runs with so many bots.
    pub(crate) cpu: Option<f64>,
}

/// A ratio for each number of bots and each server but the first. Runs with different numbers of bots are
/// never summed up, because the cost of a delivery depends on that number.
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
