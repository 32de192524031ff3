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

use crate::compare::{Outcome, Runs};
use crate::conditions::{self, Metric};
use crate::figures::{Figures, totals};
use crate::options::Plan;
use std::fs::OpenOptions;
use std::io;

/// Opens every file that is to be written, so that a path which cannot be is told before the run and
/// not after it. What is in them already stays until then.
pub(crate) fn check_files(plan: &Plan) -> Result<(), String> {
    let output = &plan.output;
    let mut paths: Vec<String> = [&output.csv, &output.svg, &output.report]
        .into_iter()
        .flatten()
        .filter(|path| *path != "-")
        .cloned()
        .collect();
    if let Some(path) = &output.hdr {
        for crowd in &plan.crowds {
            let names = plan.servers.iter().map(|server| &server.name);
            paths.extend(names.map(|name| percentiles(plan, path, name, crowd.bots)));
        }
    }
    for path in paths {
        let mut file = OpenOptions::new();
        file.write(true).create(true).truncate(false);
        file.open(&path)
            .map_err(|error| unwritable(&path, &error))?;
    }
    Ok(())
}

/// Prints the figures, writes the files and names every fault; whether there was none.
pub(crate) fn report(plan: &Plan, outcome: &Outcome) -> Result<bool, String> {
    let output = &plan.output;
    let faults = faults(plan, outcome);
    match (output.json, output.csv.as_deref()) {
        (true, _) => crate::print(&json::document(outcome)),
        (false, Some("-")) => {}
        (false, _) => crate::print(&text::document(outcome, &excused(plan))),
    }
    let runs = &outcome.runs;
    match output.csv.as_deref() {
        Some("-") => crate::print(csv::rows(runs).trim_end()),
        Some(path) => write(path, &csv::rows(runs))?,
        None => {}
    }
    if let Some(path) = &output.hdr {
        for total in totals(runs) {
            let path = percentiles(plan, path, total.name, total.bots);
            write(&path, &hdr::percentiles(&total.latency))?;
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
pub(crate) fn storms(plan: &Plan, runs: &Runs<crate::storm::Outcome>) -> bool {
    crate::print(&match plan.output.json {
        true => storm::json(runs),
        false => storm::text(&runs.done),
    });
    let faults = storm_faults(plan, runs);
    for fault in &faults {
        crate::complain(fault);
    }
    faults.is_empty()
}

/// One sentence for each run without a result, for each fault, and for each condition that is met but must not be. What a
/// condition is about is judged by that condition alone.
fn faults(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let excused = excused(plan);
    let of = |run: &Figures| {
        let mut faults = run.faults(&excused);
        faults.extend(conditions::violations(&plan.fail_if, run));
        match outcome.runs.len() + outcome.failures.len() {
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
        _ => {
            let failures = outcome.failures.iter().cloned();
            failures.chain(outcome.runs.iter().flat_map(of)).collect()
        }
    }
}

fn storm_faults(plan: &Plan, runs: &Runs<crate::storm::Outcome>) -> Vec<String> {
    let alone = runs.done.len() + runs.failures.len() == 1;
    let of = |storm: &crate::storm::Outcome| {
        let mut faults = storm.faults.clone();
        faults.extend(conditions::violations(&plan.fail_if, storm));
        match alone {
            true => faults,
            false => faults
                .iter()
                .map(|fault| format!("{} with {} bots: {fault}", storm.name, storm.bots))
                .collect(),
        }
    };
    let failures = runs.failures.iter().cloned();
    failures.chain(runs.done.iter().flat_map(of)).collect()
}

/// What conditions judge.
fn excused(plan: &Plan) -> Vec<Metric> {
    let conditions = plan.fail_if.iter().chain(&plan.find_max);
    conditions.map(|condition| condition.metric).collect()
}

fn write(path: &str, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &str, error: &io::Error) -> String {
    format!("cannot write {path}: {error}")
}

/// The file of one server with one number of bots.
fn percentiles(plan: &Plan, path: &str, name: &str, bots: usize) -> String {
    match plan.servers.len() * plan.crowds.len() {
        1 => path.into(),
        _ => apart(path, name, bots),
    }
}

/// A file of its own for each of several totals: `run.txt` becomes `run-redis-1000.txt`.
fn apart(path: &str, name: &str, bots: usize) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let file = path.rfind('/').map_or(0, |slash| slash + 1);
    let end = match path[file..].rfind('.') {
        Some(dot) if dot > 0 => file + dot,
        _ => path.len(),
    };
    format!("{}-{name}-{bots}{}", &path[..end], &path[end..])
}

#[cfg(test)]
mod tests;
