//! The results as a few lines of text.

use super::table;
use crate::bots::ledger::Order;
use crate::compare::Outcome;
use crate::measure::schedule::Pace;
use crate::report::conditions::Metric;
use crate::report::figures::{
    Figures, Latencies, Ratio, Total, bytes, digits, grouped, is_busy, known, many, percent,
    ratios, sizes, totals,
};
use crate::search::{Bound, Found};
use std::time::Duration;

/// The whole text: each run, then the comparison, or the result of a search. The `excused` metrics are
/// judged by conditions.
pub(super) fn document(outcome: &Outcome, excused: &[Metric]) -> String {
    let runs = &outcome.runs;
    let totals = totals(runs);
    let mut blocks: Vec<String> = runs.iter().map(|each| run(each, excused)).collect();
    if runs.len() > 1 {
        blocks.push(table::text(&totals));
    }
    let failures = outcome.failures.iter();
    blocks.extend(failures.map(|failure| format!("FAILED      {failure}")));
    let sentences = sentences(&totals);
    if !sentences.is_empty() {
        blocks.push(sentences.join("\n"));
    }
    blocks.extend(outcome.found.map(found));
    blocks.join("\n\n")
}

/// The first server compared with each of the others, for each number of bots.
pub(super) fn sentences(totals: &[Total<'_>]) -> Vec<String> {
    let several = sizes(totals).len() > 1;
    let sentence = |ratio: &Ratio<'_>| {
        let Ratio { first, other, .. } = ratio;
        let with = match several {
            true => format!(" with {} bots", grouped(ratio.bots as u64)),
            false => String::new(),
        };
        let cpu = ratio.cpu?;
        Some(format!(
            "{first} needs {cpu:.2} x the processor time of {other} a delivery{with}"
        ))
    };
    ratios(totals).iter().filter_map(sentence).collect()
}

/// The result of a search.
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
        Bound::TesterLate => format!(
            "{rate} lines/s meet the conditions, confirmed, though the tester was late; this is a \
             lower bound"
        ),
        Bound::Ceiling => {
            format!("{rate} lines/s meet the conditions, confirmed; more was not tried")
        }
    }
}

fn run(run: &Figures, excused: &[Metric]) -> String {
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
        processors(run),
        format!("joined      {}", joined(run)),
        format!("delivered   {}", delivered(run)),
        latency(run),
        format!("left        {}", left(run)),
        format!("server cpu  {}", server_cpu(run)),
        format!("memory      {}", memory(run)),
        tester(run),
    ]
    .into_iter()
    .chain(trouble(run).map(|figure| format!("trouble     {figure}")))
    .chain([checks(run, excused)])
    .collect::<Vec<_>>()
    .join("\n")
}

/// When latency begins to count: with a window a line is due when there is a place for it, and sent then.
fn latency(run: &Figures) -> String {
    let (latency, raw) = (spread(&run.measured.latency), spread(&run.measured.raw));
    match run.pace {
        Pace::Window(_) => format!("latency     {latency}, from sending"),
        Pace::Rate(_) => {
            format!("latency     {latency}, from the due time\nraw         {raw}, from sending")
        }
    }
}

/// The bots and their load.
pub(super) fn bots(run: &Figures) -> String {
    let groups = &run.groups;
    let place = match groups.private {
        true => format!("{} pairs", groups.count()),
        false => format!("{} in a room", groups.size),
    };
    let pace = match run.pace {
        _ if run.silent() => "one at the end".into(),
        Pace::Window(window) => format!("{window} in in_flight"),
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

/// How the bots joined.
pub(super) fn joined(run: &Figures) -> String {
    format!(
        "in {:.3} s: {} conns/s, at most {} at once; server cpu {}{}",
        run.joined_in.as_secs_f64(),
        rated(run.joins_per_s()),
        run.joining,
        seconds(run.server.cpu_joining),
        busy(run.busy_joining)
    )
}

/// A note that a figure is limited by a busy tester.
pub(super) fn busy(share: Option<f64>) -> &'static str {
    match is_busy(share) {
        true => "; the tester was busy throughout, so that is as much its time as the server's",
        false => "",
    }
}

/// The deliveries.
pub(super) fn delivered(run: &Figures) -> String {
    let measured = &run.measured;
    let cut = match measured.interrupted {
        true => "; interrupted before its time was over",
        false => "",
    };
    let text = format!(
        "{}, {} in {:.3} s",
        many(measured.lines, "line", "lines"),
        many(measured.deliveries, "delivery", "deliveries"),
        run.seconds()
    );
    match run.deliveries_per_s() {
        Some(rate) => format!("{text}: {}/s{cut}", rated(rate)),
        None => text + cut,
    }
}

/// A rate with all digits before the point, and some after it if there are few.
fn rated(rate: f64) -> String {
    match rate < 100.0 {
        true => digits(rate),
        false => grouped(rate.round() as u64),
    }
}

/// How the bots left.
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

/// The server's processor time in the measured phase.
pub(super) fn server_cpu(run: &Figures) -> String {
    match run.silent() {
        true => format!(
            "{} of a processor while nothing was said",
            known(run.idle_cpu(), percent)
        ),
        false => format!(
            "{} a delivery, {} of a processor",
            known(run.cpu_per_delivery(), |us| format!("{} us", exactly(us))),
            known(run.share(run.server.cpu), percent)
        ),
    }
}

/// The server's memory for each conn, and for all of it.
pub(super) fn memory(run: &Figures) -> String {
    format!(
        "{} a conn, {} in all, {} at most",
        known(run.server.memory_per_conn, |memory| bytes(memory as f64)),
        known(run.server.memory, |memory| bytes(memory as f64)),
        known(run.memory_peak(), |memory| bytes(memory as f64))
    )
}

/// Microseconds to three places, or to as many as a small value needs.
fn exactly(us: f64) -> String {
    match us < 0.1 {
        true => digits(us),
        false => format!("{us:.3}"),
    }
}

fn seconds(time: Option<Duration>) -> String {
    known(time, |time| format!("{:.3} s", time.as_secs_f64()))
}

fn spread(latency: &Latencies) -> String {
    if latency.is_empty() {
        return "unknown".into();
    }
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

fn processors(run: &Figures) -> String {
    let threads = many(run.measured.threads as u64, "thread", "threads");
    // Bots without a given processor do not use the one of started servers.
    let bots = match (run.cpus.bots, run.cpus.server) {
        (Some(bots), _) => bots.to_string(),
        (None, Some(server)) => format!("all but {server}"),
        (None, None) => "any".into(),
    };
    format!(
        "processors  server on {}, bots on {bots} in {threads}",
        known(run.server.processors.as_deref(), String::from)
    )
}

/// How busy the tester was: lines that it sent late are not the server's fault.
fn tester(run: &Figures) -> String {
    let share = run.share(run.tester_cpu);
    let mut text = format!("tester      {} of a processor", known(share, percent));
    if let Some(lateness) = lateness(run) {
        text += &format!("; {lateness}");
    }
    if let Some(why) = run.bottleneck() {
        text += &format!("; {why}");
    }
    text
}

/// The lines that were sent late, by the fault of the tester or its machine; with a window no line can be.
pub(super) fn lateness(run: &Figures) -> Option<String> {
    matches!(run.pace, Pace::Rate(_)).then(|| {
        format!(
            "{} ({}) sent more than 1 ms late on the tester's side, at most {:.3} ms",
            many(run.measured.late, "line", "lines"),
            percent(run.late_share()),
            run.measured.latest.as_secs_f64() * 1e3
        )
    })
}

/// The figures of the troublemakers.
pub(super) fn trouble(run: &Figures) -> impl Iterator<Item = String> + '_ {
    let figures = run.trouble.iter().flat_map(|trouble| &trouble.figures);
    figures.map(|(name, value)| format!("{name}: {value}"))
}

/// The faults, including those that a condition excuses.
pub(super) fn checks(run: &Figures, excused: &[Metric]) -> String {
    let faults = run.faults(excused);
    let all = run.faults(&[]);
    let pardoned: Vec<String> = all
        .into_iter()
        .filter(|fault| !faults.contains(fault))
        .collect();
    let pardoned = match pardoned.is_empty() {
        true => None,
        false => Some(format!("left to conditions: {}", pardoned.join("; "))),
    };
    if !faults.is_empty() {
        let failed = format!("FAILED: {}", faults.join("; "));
        let told: Vec<String> = [failed].into_iter().chain(pardoned).collect();
        return format!("checks      {}", told.join("; "));
    }
    if let Some(pardoned) = pardoned {
        return format!("checks      nothing else is wrong; {pardoned}");
    }
    let order = match run.measured.verdict.order {
        Order::Same(bots) => format!("; {bots} listeners saw one and the same order"),
        Order::Differs(_) | Order::Unknown => String::new(),
    };
    format!("checks      every line came once and in the order of its sender{order}")
}
