//! The runs as JSON. An unknown figure is `null`, never zero.

use super::table;
use crate::bots::ledger::Order;
use crate::compare::Outcome;
use crate::measure::schedule::Pace;
use crate::measure::timeline::Interval;
use crate::report::figures::{Figures, Latencies, Ratio, Total, ratios, sizes, totals};
use crate::search::{Bound, Found};
pub(super) use serde_json::{Value, json};
use std::time::Duration;

/// One object: of the only run, or of all runs and their comparison.
pub(super) fn document(outcome: &Outcome) -> String {
    let document = match (outcome.runs.as_slice(), outcome.failures.as_slice()) {
        ([one], []) => {
            let mut figures = run(one);
            if let Some(found) = outcome.found {
                figures["find_max"] = search(found);
            }
            figures
        }
        (runs, failures) => {
            let mut comparison = comparison(runs);
            comparison["failures"] = json!(failures);
            comparison
        }
    };
    document.to_string()
}

fn comparison(runs: &[Figures]) -> Value {
    let totals = totals(runs);
    let ratios = ratios(&totals);
    let told = |ratio: &Ratio<'_>| {
        json!({
            "beside": ratio.other,
            "bots": ratio.bots,
            "cpu_ratio": ratio.cpu,
        })
    };
    // There is no single ratio for several numbers of bots.
    let only = match sizes(&totals).len() {
        1 => ratios.first().and_then(|ratio| ratio.cpu),
        _ => None,
    };
    json!({
        "runs": runs.iter().map(run).collect::<Vec<_>>(),
        "cpu_ratio": only,
        "ratios": ratios.iter().map(told).collect::<Vec<_>>(),
        "totals": totals.iter().map(|total| row(total, &totals)).collect::<Vec<_>>(),
    })
}

fn row(total: &Total<'_>, all: &[Total<'_>]) -> Value {
    json!({
        "server": total.name,
        "bots": total.bots,
        "runs": total.runs.len(),
        "deliveries": total.deliveries(),
        "deliveries_per_s": total.deliveries_per_s(),
        "latency_ms": latency(&total.latency),
        "raw_latency_ms": latency(&total.raw),
        "server_cpu_us_per_delivery": total.cpu_per_delivery(),
        "server_cpu_to_first": table::to_first(total, all),
        "server_memory_per_conn": total.memory_per_conn(),
        "join_seconds": total.join_seconds(),
    })
}

fn search(found: Found) -> Value {
    json!({
        "rate": found.rate,
        "bound": match found.bound {
            Bound::Server => "server",
            Bound::Tester | Bound::TesterLate => "tester",
            Bound::Ceiling => "ceiling",
        },
    })
}

fn latency(histogram: &Latencies) -> Value {
    if histogram.is_empty() {
        return Value::Null;
    }
    let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
    json!({
        "p50": at(0.5),
        "p90": at(0.9),
        "p99": at(0.99),
        "p999": at(0.999),
        "max": at(1.0),
        "mean": histogram.mean() / 1e3,
    })
}

fn interval(interval: &Interval) -> Value {
    let latency = interval.latency.map(|all| all.map(|us| us as f64 / 1e3));
    json!({
        "end_s": interval.end.as_secs_f64(),
        "length_s": interval.length.as_secs_f64(),
        "lines": interval.lines,
        "deliveries": interval.deliveries,
        "deliveries_per_s": interval.rate(),
        "p50_ms": latency.map(|[p50, ..]| p50),
        "p99_ms": latency.map(|[_, p99, _]| p99),
        "max_ms": latency.map(|[.., max]| max),
        "server_cpu_share": interval.server_cpu,
        "server_memory": interval.server_memory,
        "tester_cpu_share": interval.tester_cpu,
    })
}

fn run(run: &Figures) -> Value {
    let mut all = load(run);
    for part in [result(run), checks(run)] {
        if let (Value::Object(all), Value::Object(part)) = (&mut all, part) {
            all.extend(part);
        }
    }
    all
}

/// The options of the run.
fn load(run: &Figures) -> Value {
    let (window, rate) = match run.pace {
        Pace::Window(window) => (Some(window), None),
        Pace::Rate(rate) => (None, Some(rate)),
    };
    json!({
        "server": run.name,
        "target": run.target.to_string(),
        "protocol": run.protocol.name(),
        "scenario": run.scenario.name(),
        "bots": run.groups.bots,
        "groups": run.groups.count(),
        "room_size": run.groups.size,
        "senders": run.groups.senders_in_all(),
        "window": window,
        "rate": rate,
        "size": run.size,
        "server_cpu": run.server.processors.as_ref().and_then(|list| list.parse::<usize>().ok()),
        "bots_cpu": run.cpus.bots,
        "joining": run.joining,
    })
}

/// The measured figures.
fn result(run: &Figures) -> Value {
    let measured = &run.measured;
    json!({
        "join_seconds": run.joined_in.as_secs_f64(),
        "joins_per_s": run.joins_per_s(),
        "moves": moves(run),
        "lines": measured.lines,
        "deliveries": measured.deliveries,
        "seconds": run.seconds(),
        "interrupted": measured.interrupted,
        "deliveries_per_s": run.deliveries_per_s(),
        "latency_from": match run.pace {
            Pace::Window(_) => "sending",
            Pace::Rate(_) => "due time",
        },
        "latency_ms": latency(&measured.latency),
        "raw_latency_ms": latency(&measured.raw),
        "idle_cpu_share": run.idle_cpu(),
        "server_pid": run.server.pid,
        "server_cpu_us_per_delivery": run.cpu_per_delivery(),
        "server_cpu_share": run.share(run.server.cpu),
        "server_memory_per_conn": run.server.memory_per_conn,
        "server_memory": run.server.memory,
        "server_memory_peak": run.memory_peak(),
        "server_ended": run.ended,
        "tester": tester(run),
        "timeline": measured.timeline.iter().map(interval).collect::<Vec<_>>(),
    })
}

/// The times of joining and leaving, and their processor time of the server, in seconds.
fn moves(run: &Figures) -> Value {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    json!({
        "tester_cpu_share_joining": run.busy_joining,
        "server_cpu_joining": seconds(run.server.cpu_joining),
        "left_seconds": seconds(run.left_in),
        "server_cpu_leaving": seconds(run.server.cpu_leaving),
        "arrivals_told": run.arrivals.map(|moves| moves.told),
        "departures_told": run.departures.map(|moves| moves.told),
    })
}

/// The figures of the tester.
fn tester(run: &Figures) -> Value {
    json!({
        "threads": run.measured.threads,
        "cpu_share": run.share(run.tester_cpu),
        "busiest_thread": run.measured.busiest,
        "late_lines": run.measured.late,
        "late_share": run.late_share(),
        "latest_ms": run.measured.latest.as_secs_f64() * 1e3,
        "bottleneck": run.bottleneck(),
    })
}

/// The counts of faults.
fn checks(run: &Figures) -> Value {
    let measured = &run.measured;
    let verdict = &measured.verdict;
    json!({
        "lost": verdict.lost.count,
        "skipped": verdict.skipped,
        "duplicated": verdict.duplicated.count,
        "out_of_order": verdict.disordered.count,
        "echoed": verdict.echoed.count,
        "invented": verdict.invented.count,
        "same_order": match verdict.order {
            Order::Same(_) => Some(true),
            Order::Differs(_) => Some(false),
            Order::Unknown => None,
        },
        "closed": measured.closed,
        "closed_after_s": measured.closed_after.map(|time| time.as_secs_f64()),
        "refused": measured.refused,
        "throttled": measured.throttled,
        "foreign": measured.foreign,
        "unsent": measured.unsent,
        "trouble": run.trouble.as_ref().map(|trouble| Value::from_iter(
            trouble.figures.iter().map(|&(name, value)| (name.to_string(), json!(value)))
        )),
        "faults": run.faults(&[]),
    })
}
