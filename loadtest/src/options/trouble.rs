//! The kinds and numbers of troublemakers, from the scenario and their options; and the options that a
//! storm does not allow. Pure.

use super::servers::Contender;
use super::{Args, within};
use crate::report::conditions::Condition;
use crate::scenario::Scenario;
use crate::storm;
use crate::trouble::{self, Trouble};

/// The kinds of troublemakers with their numbers.
pub(super) fn troublemakers(
    args: &Args,
    scenario: Scenario,
) -> Result<Vec<(Trouble, usize)>, String> {
    let usual = scenario.troublemakers();
    let half = if scenario == Scenario::Mixed { 2 } else { 1 };
    let garbage_rate = args.garbage_rate.unwrap_or(2000 / half);
    let churn_rate = args.churn_rate.unwrap_or(100 / half);
    // Ten reads a second, each of at least a byte and at most one buffer.
    within("--slow-rate", f64::from(args.slow_rate), 10.0, 655_360.0)?;
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
        within(name, f64::from(count), 0.0, trouble::MAX_PER_KIND as f64)?;
        let reads = matches!(kind, Trouble::Slow { .. } | Trouble::Stopped);
        if reads && count > 0 && matches!(scenario, Scenario::Rooms | Scenario::Pairs) {
            let scenario = scenario.name();
            return Err(format!(
                "{name} needs one room for all: in --scenario {scenario} nobody speaks where they listen"
            ));
        }
        if count > 0 {
            trouble.push((kind, count as usize));
        }
    }
    match (scenario, trouble.is_empty()) {
        (Scenario::Storm, false) => Err("--scenario storm comes without troublemakers".into()),
        _ => Ok(trouble),
    }
}

/// Check that the scenario is possible with all servers, before any of them is measured.
pub(super) fn servers(
    servers: &[Contender],
    scenario: Scenario,
    trouble: &[(Trouble, usize)],
) -> Result<(), String> {
    for Contender { protocol, .. } in servers {
        trouble::check(trouble, *protocol)?;
        if scenario == Scenario::Storm {
            storm::check(*protocol)?;
        }
    }
    Ok(())
}

/// A storm does not measure deliveries: nobody sends, and all connect at once.
pub(super) fn storm(args: &Args, fail_if: &[Condition]) -> Result<(), String> {
    if !fail_if.iter().all(|each| each.metric.is_of_storms()) {
        return Err("--fail-if: a storm has join, leave, join-cpu and leave-cpu".into());
    }
    for (name, asked) in [
        ("--window", args.window.is_some()),
        ("--rate", args.rate.is_some()),
        ("--connect-rate", args.connect_rate.is_some()),
        ("--threads", args.threads.is_some()),
        ("--live", args.live),
        ("--vs-reference", args.vs_reference),
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
