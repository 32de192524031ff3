//! What came of the runs: told to people or as JSON, written to the files that were asked for, and
//! judged.
//!
//! Every reading was taken before; here it is only formatted. `table`, `text`, `json`, `csv`, `hdr`,
//! `html`, `charts` (with `ticks` and `draw`) and `storm` turn figures into text and touch no file;
//! this file writes what they give.

mod charts;
mod csv;
mod draw;
mod hdr;
mod html;
mod json;
mod storm;
mod table;
mod text;
mod ticks;

use crate::compare::Outcome;
use crate::conditions::{self, Metric};
use crate::figures::{Figures, Total, totals};
use crate::options::Plan;

/// Prints the figures, writes the files and names every fault; whether there was none.
pub(crate) fn report(plan: &Plan, outcome: &Outcome) -> Result<bool, String> {
    let output = &plan.output;
    let faults = faults(plan, outcome);
    match (output.json, output.csv.as_deref()) {
        (true, _) => crate::print(&json::document(outcome)),
        (false, Some("-")) => {}
        (false, _) => crate::print(&text::document(outcome)),
    }
    let runs = &outcome.runs;
    match output.csv.as_deref() {
        Some("-") => crate::print(csv::rows(runs).trim_end()),
        Some(path) => write(path, &csv::rows(runs))?,
        None => {}
    }
    if let Some(path) = &output.hdr {
        let totals = totals(runs);
        for total in &totals {
            write(
                &apart(path, total, &totals),
                &hdr::percentiles(&total.latency),
            )?;
        }
    }
    if let Some(path) = &output.svg {
        write(path, &charts::main(runs)?)?;
    }
    if let Some(path) = &output.report {
        write(path, &html::page(outcome, &faults)?)?;
    }
    for fault in &faults {
        crate::complain(fault);
    }
    Ok(faults.is_empty())
}

/// The same of storms, which are told as text or as JSON.
pub(crate) fn storms(plan: &Plan, outcomes: &[crate::storm::Outcome]) -> bool {
    crate::print(&match plan.output.json {
        true => storm::json(outcomes),
        false => storm::text(outcomes),
    });
    let faults = outcomes.iter().flat_map(|outcome| &outcome.faults);
    faults.clone().for_each(|fault| crate::complain(fault));
    faults.count() == 0
}

/// One sentence for each fault, and for each condition that is met but must not be. What a
/// condition is about is judged by that condition alone.
fn faults(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let excused: Vec<Metric> = plan.fail_if.iter().map(|each| each.metric).collect();
    let excused = [
        excused,
        plan.find_max.iter().map(|each| each.metric).collect(),
    ]
    .concat();
    let of = |run: &Figures| {
        let mut faults = run.faults(&excused);
        faults.extend(conditions::violations(&plan.fail_if, run));
        match outcome.runs.len() {
            1 => faults,
            _ => faults
                .iter()
                .map(|fault| format!("{} with {} bots: {fault}", run.name, run.groups.bots))
                .collect(),
        }
    };
    match outcome.found {
        Some(found) if found.rate.is_none() => vec![text::found(found)],
        // Of a search only the run that confirms the result is kept.
        _ => outcome.runs.iter().flat_map(of).collect(),
    }
}

fn write(path: &str, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"))
}

/// A file of its own for each of several totals: `run.txt` becomes `run-redis-1000.txt`.
fn apart(path: &str, total: &Total<'_>, all: &[Total<'_>]) -> String {
    if all.len() == 1 {
        return path.into();
    }
    let name: String = total
        .name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let file = path.rfind('/').map_or(0, |slash| slash + 1);
    let end = match path[file..].rfind('.') {
        Some(dot) if dot > 0 => file + dot,
        _ => path.len(),
    };
    format!("{}-{name}-{}{}", &path[..end], total.bots, &path[end..])
}

#[cfg(test)]
mod tests;
