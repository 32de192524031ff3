//! What came of a run, for people and as JSON. It only divides and formats; every reading was taken
//! before.
//!
//! A figure that could not be read is told as unknown (`null` in JSON), never as zero.

use crate::child::Cpus;
use crate::collector::Histogram;
use crate::crowd::Moves;
use crate::ledger::Order;
use crate::measure::Measured;
use crate::protocol::Protocol;
use crate::scenario::{Groups, Scenario};
use crate::schedule::Pace;
use crate::timeline;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// Everything that is known of a run.
pub(crate) struct Figures {
    /// What the server is called.
    pub(crate) name: &'static str,
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
    /// What the first bot was told of that, where it is told.
    pub(crate) arrivals: Option<Moves>,
    /// From the first goodbye until the first bot was told of the last.
    pub(crate) left_in: Option<Duration>,
    pub(crate) departures: Option<Moves>,
    pub(crate) server: ServerFigures,
    /// Processor time of the bots in the measured phase.
    pub(crate) tester_cpu: Option<Duration>,
    /// Length of the phase in which processor time was counted.
    pub(crate) took: Duration,
    pub(crate) cpus: Cpus,
    pub(crate) measured: Measured,
    /// How the server ended, when we ended it.
    pub(crate) ended: Option<String>,
}

/// What the kernel says of the server.
pub(crate) struct ServerFigures {
    pub(crate) pid: Option<u32>,
    /// Processor time in the measured phase.
    pub(crate) cpu: Option<Duration>,
    /// Processor time while the bots came, and while they left.
    pub(crate) cpu_joining: Option<Duration>,
    pub(crate) cpu_leaving: Option<Duration>,
    /// Bytes of memory that each conn has added.
    pub(crate) memory_per_conn: Option<u64>,
    /// Bytes of memory with all conns.
    pub(crate) memory: Option<u64>,
}

/// Prints the figures and names every fault; whether there was none.
pub(crate) fn report(runs: &[Figures], as_json: bool) -> bool {
    let ratio = ratio(runs);
    let text = match (as_json, runs) {
        (true, [one]) => json(one).to_string(),
        (true, _) => json!({
            "runs": runs.iter().map(json).collect::<Vec<_>>(),
            "cpu_ratio": ratio,
        })
        .to_string(),
        (false, _) => {
            let mut blocks: Vec<String> = runs.iter().map(text).collect();
            if let Some(ratio) = ratio {
                let (name, base) = (runs[0].name, runs[1].name);
                blocks.push(format!(
                    "{name} needs {ratio:.2} x the processor time of {base} a delivery"
                ));
            }
            blocks.join("\n\n")
        }
    };
    crate::print(&text);
    let faults: Vec<String> = runs.iter().flat_map(faults).collect();
    for fault in &faults {
        crate::complain(fault);
    }
    faults.is_empty()
}

/// Processor time for each delivery of the first server beside that of the second, over all of
/// their runs; `None` for a single run.
fn ratio(runs: &[Figures]) -> Option<f64> {
    let (first, second) = (runs.first()?.name, runs.get(1)?.name);
    let each = |name: &str| {
        let own = || runs.iter().filter(|run| run.name == name);
        let cpu: Duration = own().map(|run| run.server.cpu).sum::<Option<Duration>>()?;
        let deliveries: u64 = own().map(|run| run.measured.deliveries).sum();
        Some(cpu.as_secs_f64() / deliveries as f64)
    };
    Some(each(first)? / each(second)?).filter(|ratio| ratio.is_finite())
}

/// One sentence for each kind of fault.
fn faults(run: &Figures) -> Vec<String> {
    let Measured {
        verdict,
        closed,
        refused,
        foreign,
        unsent,
        deliveries,
        ..
    } = &run.measured;
    let mut verdict = verdict.clone();
    if !run.protocol.has_one_order() {
        verdict.order = Order::Unknown;
    }
    let mut faults = verdict.faults();
    for (count, what) in [
        (*closed, "conns closed by the server"),
        (*refused, "lines refused with '!'"),
        (*foreign, "lines damaged, or said by strangers"),
        (*unsent, "lines never sent, as the server took none"),
    ] {
        if count > 0 {
            faults.push(format!("{what}: {count}"));
        }
    }
    for (moves, what) in [(run.arrivals, "arrivals"), (run.departures, "departures")] {
        if let Some(Moves { told, made }) = moves.filter(|moves| moves.told != moves.made) {
            faults.push(format!("{what} told: {told} of {made}"));
        }
    }
    if *deliveries == 0 {
        faults.push("nothing was delivered at all".into());
    }
    faults
}

impl Figures {
    fn seconds(&self) -> f64 {
        self.measured.took.as_secs_f64()
    }

    /// Microseconds of the server's processor for each delivery.
    fn cpu_per_delivery(&self) -> Option<f64> {
        let cpu = self.server.cpu?.as_secs_f64() * 1e6;
        Some(cpu / self.measured.deliveries as f64).filter(|each| each.is_finite())
    }

    fn share(&self, cpu: Option<Duration>) -> Option<f64> {
        Some(cpu?.as_secs_f64() / self.took.as_secs_f64())
    }

    /// Milliseconds.
    fn latency(&self, quantile: f64) -> f64 {
        self.measured.latency.value_at_quantile(quantile) as f64 / 1e3
    }

    fn deliveries_per_s(&self) -> f64 {
        match self.measured.deliveries {
            0 => 0.0,
            deliveries => deliveries as f64 / self.seconds(),
        }
    }
}

fn json(run: &Figures) -> Value {
    let measured = &run.measured;
    let verdict = &measured.verdict;
    let (window, rate) = match run.pace {
        Pace::Window(window) => (Some(window), None),
        Pace::Rate(rate) => (None, Some(rate)),
    };
    json!({
        "server": run.name,
        "target": run.target.to_string(),
        "protocol": run.protocol.name(),
        "scenario": run.scenario.name(),
        "groups": run.groups.count(),
        "bots": run.groups.bots,
        "senders": run.groups.senders_in_all(),
        "window": window,
        "rate": rate,
        "size": run.size,
        "server_cpu": run.cpus.server,
        "bots_cpu": run.cpus.bots,
        "joining": run.joining,
        "join_seconds": run.joined_in.as_secs_f64(),
        "moves": moves(run),
        "tester": tester_figures(run),
        "joins_per_s": run.groups.bots as f64 / run.joined_in.as_secs_f64(),
        "lines": measured.lines,
        "deliveries": measured.deliveries,
        "seconds": run.seconds(),
        "deliveries_per_s": run.deliveries_per_s(),
        "latency_ms": latencies(&measured.latency),
        "raw_latency_ms": latencies(&measured.raw),
        "idle_cpu_share": timeline::quiet_cpu(&measured.timeline),
        "server_pid": run.server.pid,
        "server_cpu_us_per_delivery": run.cpu_per_delivery(),
        "server_cpu_share": run.share(run.server.cpu),
        "server_memory_per_conn": run.server.memory_per_conn,
        "server_memory": run.server.memory,
        "server_ended": run.ended,
        "tester_cpu_share": run.share(run.tester_cpu),
        "tester_late_lines": measured.late,
        "tester_latest_ms": measured.latest.as_secs_f64() * 1e3,
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
        "refused": measured.refused,
        "foreign": measured.foreign,
        "unsent": measured.unsent,
        "faults": faults(run),
    })
}

/// How the bots came and went, and what that cost the server, in seconds.
fn moves(run: &Figures) -> Value {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    json!({
        "server_cpu_joining": seconds(run.server.cpu_joining),
        "left_seconds": seconds(run.left_in),
        "server_cpu_leaving": seconds(run.server.cpu_leaving),
        "arrivals_told": run.arrivals.map(|moves| moves.told),
        "departures_told": run.departures.map(|moves| moves.told),
    })
}

/// How the tester did its part.
fn tester_figures(run: &Figures) -> Value {
    json!({
        "intervals": run.measured.timeline.len(),
        "threads": run.measured.threads,
        "busiest_thread": run.measured.busiest,
        "late_share": run.measured.late_share(),
    })
}

/// In milliseconds.
fn latencies(histogram: &Histogram<u64>) -> Value {
    let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
    json!({ "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0) })
}

fn text(run: &Figures) -> String {
    let pace = match run.pace {
        Pace::Window(window) => format!("{window} in flight"),
        Pace::Rate(rate) => format!("{rate} a second"),
    };
    let pid = known(run.server.pid, |pid| format!("process {pid}"));
    let ended = run
        .ended
        .iter()
        .map(|ended| format!("; it ended with {ended}"));
    [
        format!(
            "server      {} at {}, {pid}{}",
            run.name,
            run.target,
            ended.collect::<String>()
        ),
        format!(
            "bots        {}, of which {} send; {} bytes a line, {pace}, {}",
            run.groups.bots,
            run.groups.senders_in_all(),
            run.size,
            run.protocol.name()
        ),
        processors(run.cpus),
        traffic(run),
        format!(
            "server cpu  {} a delivery, {} of a processor",
            known(run.cpu_per_delivery(), |us| format!("{us:.3} us")),
            percent(run.share(run.server.cpu))
        ),
        format!(
            "memory      {} a conn, {} in all",
            known(run.server.memory_per_conn, bytes),
            known(run.server.memory, bytes)
        ),
        tester(run),
        checks(run),
    ]
    .join("\n")
}

/// How the bots came in and what they heard.
fn traffic(run: &Figures) -> String {
    let measured = &run.measured;
    [
        format!(
            "joined      in {:.3} s: {:.0} conns/s, at most {} at once",
            run.joined_in.as_secs_f64(),
            run.groups.bots as f64 / run.joined_in.as_secs_f64(),
            run.joining
        ),
        format!(
            "delivered   {} lines, {} deliveries in {:.3} s: {:.0} deliveries/s",
            measured.lines,
            measured.deliveries,
            run.seconds(),
            run.deliveries_per_s()
        ),
        format!(
            "latency     p50 {:.3} ms, p90 {:.3}, p99 {:.3}, max {:.3}, from the due time",
            run.latency(0.5),
            run.latency(0.9),
            run.latency(0.99),
            run.latency(1.0)
        ),
    ]
    .join("\n")
}

fn processors(cpus: Cpus) -> String {
    let place = |cpu: Option<usize>| cpu.map_or("any".into(), |cpu| cpu.to_string());
    format!(
        "processors  server on {}, bots on {}",
        place(cpus.server),
        place(cpus.bots)
    )
}

/// How loaded the tester was: what it did late is not the server's fault.
fn tester(run: &Figures) -> String {
    let share = run.share(run.tester_cpu);
    let mut text = format!("tester      {} of a processor", percent(share));
    if matches!(run.pace, Pace::Rate(_)) {
        let (late, latest) = (run.measured.late, run.measured.latest.as_secs_f64() * 1e3);
        text += &format!("; {late} lines sent more than 1 ms late, at most {latest:.3} ms");
    }
    if run.measured.bottleneck() {
        text += "; a thread was busy throughout: deliveries/s and latency are as much the tester's as the server's, so try more --threads or another machine";
    }
    text
}

fn checks(run: &Figures) -> String {
    let faults = faults(run);
    if !faults.is_empty() {
        return format!("checks      FAILED: {}", faults.join("; "));
    }
    let order = match run.measured.verdict.order {
        Order::Same(bots) => format!("; {bots} listeners saw one and the same order"),
        // No fault, or it would have been told above.
        Order::Differs(bots) => format!("; {bots} listeners saw another order than the first"),
        Order::Unknown => String::new(),
    };
    format!("checks      every line came once and in the order of its sender{order}")
}

fn known<T>(value: Option<T>, tell: impl FnOnce(T) -> String) -> String {
    value.map_or("unknown".into(), tell)
}

fn percent(share: Option<f64>) -> String {
    known(share, |share| format!("{:.0} %", share * 100.0))
}

fn bytes(count: u64) -> String {
    match count as f64 / 1024.0 {
        kib if kib < 1024.0 => format!("{kib:.2} KiB"),
        kib => format!("{:.2} MiB", kib / 1024.0),
    }
}
