//! The runs in a few lines for people.

use super::table;
use crate::child::Cpus;
use crate::compare::Outcome;
use crate::figures::{Figures, Latencies, bytes, digits, grouped, known, percent, ratios, totals};
use crate::ledger::Order;
use crate::schedule::Pace;
use crate::search::{Bound, Found};
use std::time::Duration;

/// All of it: each run, then how they compare, or what a search has found.
pub(super) fn document(outcome: &Outcome) -> String {
    let runs = &outcome.runs;
    let mut blocks: Vec<String> = runs.iter().map(run).collect();
    if runs.len() > 1 {
        blocks.push(table::text(&totals(runs)));
    }
    let sentences = sentences(runs);
    if !sentences.is_empty() {
        blocks.push(sentences.join("\n"));
    }
    blocks.extend(outcome.found.map(found));
    blocks.join("\n\n")
}

/// How the first server stands to each of the others.
pub(super) fn sentences(runs: &[Figures]) -> Vec<String> {
    let Some(first) = runs.first() else {
        return Vec::new();
    };
    ratios(runs)
        .into_iter()
        .filter_map(|(name, ratio)| {
            let (first, ratio) = (&first.name, ratio?);
            Some(format!(
                "{first} needs {ratio:.2} x the processor time of {name} a delivery"
            ))
        })
        .collect()
}

/// What a search has found.
pub(super) fn found(found: Found) -> String {
    let Some(rate) = found.rate else {
        return match found.bound {
            Bound::Tester => "even the lowest rate was too fast for the tester".into(),
            _ => "even the lowest rate does not meet the conditions".into(),
        };
    };
    let rate = digits(rate);
    match found.bound {
        Bound::Server => {
            format!("the highest rate that meets the conditions is {rate} lines/s, confirmed")
        }
        Bound::Tester => format!(
            "{rate} lines/s meet the conditions, confirmed; above that the tester was the \
             bottleneck, so this is a lower bound"
        ),
        Bound::Ceiling => {
            format!("{rate} lines/s meet the conditions, confirmed; more was not tried")
        }
    }
}

fn run(run: &Figures) -> String {
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
        format!("bots        {}", bots(run)),
        processors(run.cpus, run.measured.threads),
        format!("joined      {}", joined(run)),
        format!("delivered   {}", delivered(run)),
        format!(
            "latency     {}, from the due time",
            spread(&run.measured.latency)
        ),
        format!("raw         {}, from sending", spread(&run.measured.raw)),
        format!("left        {}", left(run)),
        format!("server cpu  {}", server_cpu(run)),
        format!("memory      {}", memory(run)),
        tester(run),
    ]
    .into_iter()
    .chain(trouble(run).map(|figure| format!("trouble     {figure}")))
    .chain([checks(run)])
    .collect::<Vec<_>>()
    .join("\n")
}

/// Who was there and what they did.
pub(super) fn bots(run: &Figures) -> String {
    let groups = &run.groups;
    let place = match groups.private {
        true => format!("{} pairs", groups.count()),
        false => format!("{} in a room", groups.size),
    };
    let pace = match run.pace {
        _ if run.silent() => "one at the end".into(),
        Pace::Window(window) => format!("{window} in flight"),
        Pace::Rate(rate) => format!("{} a second", (rate * 100.0).round() / 100.0),
    };
    format!(
        "{}, of which {} send; {} bytes a line, {pace}, {}; scenario {}, {place}",
        run.groups.bots,
        run.groups.senders_in_all(),
        run.size,
        run.protocol.name(),
        run.scenario.name(),
    )
}

/// How the bots came in.
pub(super) fn joined(run: &Figures) -> String {
    format!(
        "in {:.3} s: {:.0} conns/s, at most {} at once; server cpu {}",
        run.joined_in.as_secs_f64(),
        run.joins_per_s(),
        run.joining,
        seconds(run.server.cpu_joining)
    )
}

/// What they heard.
pub(super) fn delivered(run: &Figures) -> String {
    let measured = &run.measured;
    let (lines, deliveries) = (grouped(measured.lines), grouped(measured.deliveries));
    let text = format!(
        "{lines} lines, {deliveries} deliveries in {:.3} s",
        run.seconds()
    );
    match run.deliveries_per_s() {
        Some(rate) => format!("{text}: {}/s", grouped(rate as u64)),
        None => text,
    }
}

/// How they went.
pub(super) fn left(run: &Figures) -> String {
    match run.left_in {
        Some(took) => format!(
            "in {:.3} s; server cpu {}",
            took.as_secs_f64(),
            seconds(run.server.cpu_leaving)
        ),
        None => "not counted".into(),
    }
}

/// What the server used while it was measured.
pub(super) fn server_cpu(run: &Figures) -> String {
    match run.silent() {
        true => format!(
            "{} of a processor while nothing was said",
            known(run.idle_cpu(), percent)
        ),
        false => format!(
            "{} a delivery, {} of a processor",
            known(run.cpu_per_delivery(), |us| format!("{us:.3} us")),
            known(run.share(run.server.cpu), percent)
        ),
    }
}

/// What the conns have added to the server, and what it has with them.
pub(super) fn memory(run: &Figures) -> String {
    format!(
        "{} a conn, {} in all",
        known(run.server.memory_per_conn, |memory| bytes(memory as f64)),
        known(run.server.memory, |memory| bytes(memory as f64))
    )
}

fn seconds(time: Option<Duration>) -> String {
    known(time, |time| format!("{:.3} s", time.as_secs_f64()))
}

fn spread(latency: &Latencies) -> String {
    let at = |quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
    format!(
        "p50 {:.3} ms, p90 {:.3}, p99 {:.3}, p99.9 {:.3}, max {:.3}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0)
    )
}

fn processors(cpus: Cpus, threads: usize) -> String {
    let place = |cpu: Option<usize>, else_: &str| cpu.map_or(else_.into(), |cpu| cpu.to_string());
    // Bots without a processor of their own keep off that of the server.
    let rest = if cpus.server.is_some() {
        "all others"
    } else {
        "any"
    };
    format!(
        "processors  server on {}, bots on {} in {threads} thread{}",
        place(cpus.server, "any"),
        place(cpus.bots, rest),
        if threads == 1 { "" } else { "s" }
    )
}

/// How loaded the tester was: what it did late is not the server's fault.
fn tester(run: &Figures) -> String {
    let share = run.share(run.tester_cpu);
    let mut text = format!("tester      {} of a processor", known(share, percent));
    if matches!(run.pace, Pace::Rate(_)) {
        text += &format!("; {}", lateness(run));
    }
    if let Some(why) = run.bottleneck() {
        text += &format!("; {why}");
    }
    text
}

/// Which lines the tester sent late, by its own fault.
pub(super) fn lateness(run: &Figures) -> String {
    format!(
        "{} lines ({}) sent more than 1 ms late by the tester itself, at most {:.3} ms",
        grouped(run.measured.late),
        percent(run.late_share()),
        run.measured.latest.as_secs_f64() * 1e3
    )
}

/// What the troublemakers did, figure by figure.
pub(super) fn trouble(run: &Figures) -> impl Iterator<Item = String> + '_ {
    let figures = run.trouble.iter().flat_map(|trouble| &trouble.figures);
    figures.map(|(name, value)| format!("{name}: {value}"))
}

fn checks(run: &Figures) -> String {
    let faults = run.faults(&[]);
    if !faults.is_empty() {
        return format!("checks      FAILED: {}", faults.join("; "));
    }
    let order = match run.measured.verdict.order {
        Order::Same(bots) => format!("; {bots} listeners saw one and the same order"),
        Order::Differs(_) | Order::Unknown => String::new(),
    };
    format!("checks      every line came once and in the order of its sender{order}")
}
