//! What the plan asks for, run by run: each server with each number of bots, round by round; or one
//! server with rate after rate until the highest one is found.
//!
//! It measures nothing itself and prints nothing but how a search goes on.

use crate::conditions;
use crate::figures::{Figures, counted, milliseconds};
use crate::options::{Contender, Plan};
use crate::progress::Progress;
use crate::run;
use crate::schedule::Pace;
use crate::search::{Found, Search, Step};
use crate::storm;
use std::time::Duration;

/// The result of all runs.
pub(crate) struct Outcome {
    /// In the order in which they were made; of a search only the last one.
    pub(crate) runs: Vec<Figures>,
    pub(crate) found: Option<Found>,
}

/// Does what the plan says.
pub(crate) fn run(plan: &Plan) -> Result<Outcome, String> {
    let progress = Progress::new(plan.output.live);
    let outcome = match plan.servers.as_slice() {
        [only] if !plan.find_max.is_empty() => find(plan, only, &progress),
        _ => each(plan, |plan, contender| run::run(plan, contender, &progress))
            .map(|runs| Outcome { runs, found: None }),
    };
    progress.end();
    outcome
}

/// The same with storms.
pub(crate) fn storms(plan: &Plan) -> Result<Vec<storm::Outcome>, String> {
    let progress = Progress::new(plan.output.live);
    let outcomes = each(plan, |plan, contender| {
        run::storm(plan, contender, &progress)
    });
    progress.end();
    outcomes
}

/// The servers are taken in turn, so that a disturbance of the machine meets all of them.
fn each<T>(
    plan: &Plan,
    run: impl Fn(&Plan, &Contender) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut runs = Vec::new();
    for &groups in &plan.crowds {
        let plan = Plan {
            groups,
            ..plan.clone()
        };
        for _ in 0..plan.rounds {
            for contender in &plan.servers {
                runs.push(run(&plan, contender)?);
            }
        }
    }
    Ok(runs)
}

fn find(plan: &Plan, contender: &Contender, progress: &Progress) -> Result<Outcome, String> {
    let mut search = Search::new(plan.start);
    let mut last = None;
    while let Some(rate) = search.rate() {
        let plan = Plan {
            pace: Pace::Rate(rate),
            ..plan.clone()
        };
        let figures = run::run(&plan, contender, progress)?;
        let (step, reason) = judge(&plan, &figures);
        progress.note(&format!(
            "{}/s: p99 {}, {reason}",
            counted(rate),
            milliseconds(figures.measured.latency.value_at_quantile(0.99) as f64)
        ));
        search.tell(step);
        last = Some(figures);
    }
    Ok(Outcome {
        runs: last.into_iter().collect(),
        found: Some(search.found()),
    })
}

/// Whether a run meets all that a search asks for, and why not.
fn judge(plan: &Plan, run: &Figures) -> (Step, String) {
    let excused: Vec<_> = plan.find_max.iter().map(|each| each.metric).collect();
    let mut reasons = run.faults(&excused);
    if run.overdue() {
        return (
            Step::TesterLate,
            format!(
                "the tester was late for {} of {} lines, by up to {}",
                run.measured.late,
                run.measured.lines,
                milliseconds(micros(run.measured.latest))
            ),
        );
    }
    reasons.extend(conditions::missed(&plan.find_max, run));
    match reasons.is_empty() {
        true => (Step::Met, "met".into()),
        false => (Step::Missed, reasons.join("; ")),
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::run;
    use crate::options::{Wish, parse};

    #[test]
    fn a_step_is_met_missed_or_the_testers_fault() {
        let words = ["--find-max", "p99<20ms"].map(String::from);
        let Ok(Wish::Load(plan)) = parse(&words) else {
            panic!("no load test")
        };
        let good = run("papo", 10);
        assert_eq!(judge(&plan, &good), (Step::Met, "met".into()));
        let strict = Plan {
            find_max: conditions::parse("p99<2ms").unwrap(),
            ..*plan.clone()
        };
        assert_eq!(judge(&strict, &good).0, Step::Missed);
        let mut lossy = run("papo", 10);
        lossy.measured.verdict.lost.count = 1;
        assert_eq!(judge(&plan, &lossy).0, Step::Missed);
        // What the tester missed says nothing of the server, whatever its latency.
        let mut late = run("papo", 10);
        late.measured.late = 5;
        assert_eq!(judge(&strict, &late).0, Step::TesterLate);
    }
}
