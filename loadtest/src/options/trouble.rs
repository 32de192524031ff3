//! Who makes trouble: kinds and numbers of troublemakers, from the scenario and the options that change
//! it; and what a storm cannot have. Pure.

use super::{Args, within};
use crate::scenario::Scenario;
use crate::trouble::{self, Trouble};

pub(super) fn troublemakers(
    args: &Args,
    scenario: Scenario,
) -> Result<Vec<(Trouble, usize)>, String> {
    let usual = scenario.troublemakers();
    let half = if scenario == Scenario::Mixed { 2 } else { 1 };
    let garbage_rate = args.garbage_rate.unwrap_or(2000 / half);
    let churn_rate = args.churn_rate.unwrap_or(100 / half);
    // Ten sips a second, of a byte at least.
    within("--slow-rate", f64::from(args.slow_rate), 10.0, 1e9)?;
    within("--garbage-rate", f64::from(garbage_rate), 1.0, 1e6)?;
    within("--churn-rate", f64::from(churn_rate), 1.0, 1e6)?;
    let rate = args.slow_rate as usize;
    let kinds = [
        ("--slow", args.slow, usual.slow, Trouble::Slow { rate }),
        ("--stopped", args.stopped, usual.stopped, Trouble::Stopped),
        (
            "--garbage",
            args.garbage,
            usual.garbage,
            Trouble::Garbage { rate: garbage_rate },
        ),
        (
            "--churn",
            args.churn,
            usual.churn,
            Trouble::Churn { rate: churn_rate },
        ),
    ];
    let mut trouble = Vec::new();
    for (name, asked, usual, kind) in kinds {
        let count = asked.unwrap_or(usual);
        within(name, f64::from(count), 0.0, trouble::MOST as f64)?;
        if count > 0 {
            trouble.push((kind, count as usize));
        }
    }
    match (scenario, trouble.is_empty()) {
        (Scenario::Storm, false) => Err("--scenario storm comes without troublemakers".into()),
        _ => Ok(trouble),
    }
}

/// A storm measures other things than deliveries.
pub(super) fn storm(args: &Args) -> Result<(), String> {
    for (name, asked) in [
        ("--vs-reference", args.vs_reference),
        ("--fail-if", args.fail_if.is_some()),
        ("--find-max", args.find_max.is_some()),
        ("--csv", args.csv.is_some()),
        ("--hdr", args.hdr.is_some()),
        ("--report", args.report.is_some()),
        ("--svg", args.svg.is_some()),
    ] {
        if asked {
            return Err(format!("--scenario storm and {name} exclude each other"));
        }
    }
    Ok(())
}
