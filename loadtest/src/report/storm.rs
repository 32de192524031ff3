//! The results of storms, as text and as JSON. An unknown figure is "unknown", or `null`.

use super::json::{Value, json};
use super::text::busy;
use crate::compare::Runs;
use crate::report::figures::known;
use crate::storm::{Cycle, Outcome};
use std::time::Duration;

/// The medians of the figures of all storms, by name.
fn medians(outcome: &Outcome) -> [(&'static str, Option<f64>); 4] {
    let joined = outcome.median(|cycle| Some(cycle.joined_in));
    let left = outcome.median(|cycle| Some(cycle.left_in));
    [
        ("joined_ms", joined.map(ms)),
        ("left_ms", left.map(ms)),
        (
            "join_cpu_ms",
            outcome.median(|cycle| cycle.join_cpu).map(ms),
        ),
        (
            "leave_cpu_ms",
            outcome.median(|cycle| cycle.leave_cpu).map(ms),
        ),
    ]
}

fn conns_per_s(outcome: &Outcome) -> Option<f64> {
    let joined = outcome.median(|cycle| Some(cycle.joined_in))?;
    Some(outcome.bots as f64 / joined.as_secs_f64()).filter(|rate| rate.is_finite())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// One object: of the only run, or of all runs.
pub(super) fn json(runs: &Runs<Outcome>) -> String {
    let document = match (runs.done.as_slice(), runs.failures.as_slice()) {
        ([one], []) => run(one),
        (done, failures) => json!({
            "runs": done.iter().map(run).collect::<Vec<_>>(),
            "failures": failures,
        }),
    };
    document.to_string()
}

fn run(outcome: &Outcome) -> Value {
    let cycle = |cycle: &Cycle| {
        json!({
            "joined_ms": ms(cycle.joined_in),
            "left_ms": ms(cycle.left_in),
            "join_tester_share": cycle.join_busy,
            "leave_tester_share": cycle.leave_busy,
            "join_cpu_ms": cycle.join_cpu.map(ms),
            "leave_cpu_ms": cycle.leave_cpu.map(ms),
        })
    };
    let medians = medians(outcome).map(|(name, ms)| (name.to_string(), json!(ms)));
    json!({
        "server": outcome.name,
        "scenario": "storm",
        "bots": outcome.bots,
        "storms": outcome.cycles.iter().map(cycle).collect::<Vec<_>>(),
        "median": Value::from_iter(medians),
        "conns_per_s": conns_per_s(outcome),
        "tester_cpu_share_joining": outcome.median(|cycle| cycle.join_busy),
        "tester_cpu_share_leaving": outcome.median(|cycle| cycle.leave_busy),
        "faults": outcome.faults,
    })
}

/// A few lines for each run.
pub(super) fn text(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(lines).collect::<Vec<_>>().join("\n\n")
}

fn lines(outcome: &Outcome) -> String {
    let tell = |(_, time)| known(time, |ms: f64| format!("{ms:.1} ms"));
    let [joined, left, join_cpu, leave_cpu] = medians(outcome).map(tell);
    [
        format!("server      {}", outcome.name),
        format!(
            "storms      {} of {} bots",
            outcome.cycles.len(),
            outcome.bots
        ),
        format!(
            "joined      in {joined}, {} conns/s; server cpu {join_cpu}{}",
            known(conns_per_s(outcome), |conns| format!("{conns:.0}")),
            busy(outcome.median(|cycle| cycle.join_busy))
        ),
        format!(
            "left        in {left}; server cpu {leave_cpu} (medians of all storms){}",
            busy(outcome.median(|cycle| cycle.leave_busy))
        ),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conns_a_second_are_not_the_servers_where_the_tester_was_busy() {
        let outcome = |join_busy| Outcome {
            name: "papo".into(),
            bots: 100,
            cycles: vec![Cycle {
                joined_in: Duration::from_millis(50),
                left_in: Duration::from_millis(20),
                join_busy,
                leave_busy: Some(0.1),
                join_cpu: None,
                leave_cpu: None,
            }],
            faults: Vec::new(),
        };
        let told = |share| text(&[outcome(share)]);
        let warned = |text: &str| text.matches("the tester was busy").count();
        assert!(told(Some(0.99)).contains("2000 conns/s; server cpu unknown; the tester was busy"));
        assert_eq!(warned(&told(Some(0.99))), 1);
        assert_eq!(warned(&told(Some(0.9))), 0);
        assert_eq!(warned(&told(None)), 0);
    }
}
