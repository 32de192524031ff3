//! All runs of a plan: each server with each number of bots, round by round; or one server with one rate
//! after another until the highest one is found.
//!
//! It measures nothing itself, and prints only the progress of a search.

use crate::measure::progress::Progress;
use crate::measure::schedule::Pace;
use crate::options::{Contender, Plan};
use crate::report::conditions;
use crate::report::figures::{Figures, counted, known, milliseconds, quantile};
use crate::run;
use crate::search::{CLOSE, Found, Search, Step};
use crate::signals;
use crate::storm;

/// The result of all runs.
pub(crate) struct Outcome {
    /// In the order of the runs; of a search only the last one.
    pub(crate) runs: Vec<Figures>,
    /// A sentence for each run without a result.
    pub(crate) failures: Vec<String>,
    pub(crate) found: Option<Found>,
}

/// The results of several runs.
pub(crate) struct Runs<T> {
    /// In the order of the runs; at least one.
    pub(crate) done: Vec<T>,
    /// A sentence for each server without a result; it was not tried again.
    pub(crate) failures: Vec<String>,
}

/// Make the runs of the plan.
pub(crate) fn run(plan: &Plan) -> Result<Outcome, String> {
    let progress = Progress::new(plan.output.live);
    let outcome = match plan.servers.as_slice() {
        [only] if !plan.find_max.is_empty() => find(plan, only, &progress),
        _ => {
            each(plan, |plan, contender| run::run(plan, contender, &progress)).map(|runs| Outcome {
                runs: runs.done,
                failures: runs.failures,
                found: None,
            })
        }
    };
    progress.end();
    outcome
}

/// The same with storms.
pub(crate) fn storms(plan: &Plan) -> Result<Runs<storm::Outcome>, String> {
    let progress = Progress::new(plan.output.live);
    let outcomes = each(plan, |plan, contender| {
        run::storm(plan, contender, &progress)
    });
    progress.end();
    outcomes
}

/// The servers take turns, so a disturbance of the machine affects all of them. The failure of one does
/// not lose the results of the others.
fn each<T>(
    plan: &Plan,
    run: impl Fn(&Plan, &Contender) -> Result<T, String>,
) -> Result<Runs<T>, String> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let alone = plan.servers.len() == 1 && plan.all_groups.len() == 1;
    for &groups in &plan.all_groups {
        let plan = Plan {
            groups,
            ..plan.clone()
        };
        for _ in 0..plan.rounds {
            for contender in &plan.servers {
                if signals::caught().is_some() && !(done.is_empty() && failed.is_empty()) {
                    break;
                }
                if failed.iter().any(|(name, _)| *name == contender.name) {
                    continue;
                }
                match run(&plan, contender) {
                    Ok(result) => done.push(result),
                    // What was measured before counts.
                    Err(_) if signals::caught().is_some() && !done.is_empty() => {}
                    Err(failure) => failed.push((
                        contender.name.clone(),
                        match alone {
                            true => failure,
                            false => {
                                format!("{} with {} bots: {failure}", contender.name, groups.bots)
                            }
                        },
                    )),
                }
            }
        }
    }
    let failures: Vec<String> = failed.into_iter().map(|(_, failure)| failure).collect();
    match done.is_empty() {
        true => Err(failures.join("; ")),
        false => Ok(Runs { done, failures }),
    }
}

fn find(plan: &Plan, contender: &Contender, progress: &Progress) -> Result<Outcome, String> {
    let mut search = Search::new(plan.start);
    let mut last = None;
    while let Some(rate) = search.rate() {
        let plan = Plan {
            pace: Pace::Rate(rate),
            ..plan.clone()
        };
        let figures = match run::run(&plan, contender, progress) {
            Err(_) if signals::caught().is_some() && last.is_some() => break,
            figures => figures?,
        };
        let (step, reason) = assess(&plan, &figures);
        progress.note(&format!(
            "{}/s: p99 {}, {reason}",
            counted(rate),
            known(quantile(&figures.measured.latency, 0.99), milliseconds)
        ));
        search.tell(step);
        last = Some(figures);
        if signals::caught().is_some() {
            break;
        }
    }
    Ok(Outcome {
        runs: last.into_iter().collect(),
        failures: Vec::new(),
        found: signals::caught().is_none().then(|| search.found()),
    })
}

/// Whether a run meets all conditions of a search, and why not. Lost lines are the server's fault even if
/// the tester was late; slow ones only if the tester was not.
fn assess(plan: &Plan, run: &Figures) -> (Step, String) {
    let excused: Vec<_> = plan.find_max.iter().map(|each| each.metric).collect();
    let (shared, own): (Vec<_>, Vec<_>) = plan
        .find_max
        .iter()
        .partition(|condition| condition.metric.depends_on_tester());
    let mut faults = run.faults(&excused);
    faults.extend(conditions::missed(own, run));
    if !faults.is_empty() {
        return (Step::Missed, faults.join("; "));
    }
    let slow = conditions::missed(shared, run);
    let late = run.bottleneck();
    match (slow.is_empty(), late) {
        (true, Some(why)) if run.overdue() => match sent_in_time(plan, run) {
            true => (Step::MetLate, format!("met; {why}")),
            false => (Step::TesterLate, why),
        },
        // A tester that is only busy does not matter as long as all conditions are met.
        (true, _) => (Step::Met, "met".into()),
        (false, Some(why)) => (Step::TesterLate, [slow, vec![why]].concat().join("; ")),
        (false, None) => (Step::Missed, slow.join("; ")),
    }
}

/// Whether all lines were sent in the time of the step, or so shortly after it that the rate was as
/// requested, within the precision of the search.
fn sent_in_time(plan: &Plan, run: &Figures) -> bool {
    run.measured.overrun <= plan.length.mul_f64(CLOSE - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Invocation, parse};
    use crate::report::figures::tests::run;

    #[test]
    fn a_server_that_fails_is_left_out_from_then_on_and_the_others_stay() {
        let words = "--spawn --vs-reference --bots 2,3 --rounds 2";
        let words: Vec<String> = words.split(' ').map(String::from).collect();
        let Ok(Invocation::Load(plan)) = parse(&words) else {
            panic!("no load test")
        };
        let runs = each(&plan, |plan, contender| match contender.name.as_str() {
            "papo-server" => Ok(plan.groups.bots),
            _ if plan.groups.bots == 2 => Ok(0),
            _ => Err("it fell".into()),
        });
        let runs = runs.unwrap();
        assert_eq!(runs.done, [2, 0, 2, 0, 3, 3]);
        assert_eq!(runs.failures, ["loadtest reference with 3 bots: it fell"]);
        let none = each(&plan, |_, _| Err::<(), _>("no".into()));
        let told = "papo-server with 2 bots: no; loadtest reference with 2 bots: no";
        assert_eq!(none.map(|runs| runs.done), Err(told.into()));
    }

    #[test]
    fn a_step_is_met_missed_or_the_testers_fault() {
        let words = ["--spawn", "--find-max", "p99<20ms"].map(String::from);
        let Ok(Invocation::Load(plan)) = parse(&words) else {
            panic!("no load test")
        };
        let good = run("papo", 10);
        assert_eq!(assess(&plan, &good), (Step::Met, "met".into()));
        let strict = Plan {
            find_max: conditions::parse("p99<2ms").unwrap(),
            ..*plan.clone()
        };
        assert_eq!(assess(&strict, &good).0, Step::Missed);
        let mut lossy = run("papo", 10);
        lossy.measured.verdict.lost.count = 1;
        assert_eq!(assess(&plan, &lossy).0, Step::Missed);
        // A late tester makes latency worse: a met condition is met even so, an unmet one says nothing
        // about the server.
        let mut late = run("papo", 10);
        (late.measured.late, late.measured.busiest) = (5, Some(0.9));
        assert_eq!(assess(&strict, &late).0, Step::TesterLate);
        let (step, reason) = assess(&plan, &late);
        assert_eq!(step, Step::MetLate);
        assert!(reason.contains("the tester was the bottleneck"), "{reason}");
        // With lines sent long after the step, the load was not that rate.
        late.measured.overrun = plan.length;
        assert_eq!(assess(&plan, &late).0, Step::TesterLate);
        let mut busy = run("papo", 10);
        busy.measured.busiest = Some(1.0);
        assert_eq!(assess(&strict, &busy).0, Step::TesterLate);
        assert_eq!(assess(&plan, &busy).0, Step::Met);
        // A lost line is the server's fault, with or without a condition on it.
        late.measured.verdict.lost.count = 1;
        assert_eq!(assess(&plan, &late).0, Step::Missed);
        let lossless = Plan {
            find_max: conditions::parse("loss<=0").unwrap(),
            ..*plan.clone()
        };
        assert_eq!(assess(&lossless, &late).0, Step::Missed);
    }
}
