//! The results of the runs: printed as text or JSON, written to files, and checked for faults.
//!
//! All readings were taken before; here they are only formatted. `table`, `text`, `json`, `csv`, `hdr`,
//! `html`, `charts` (with `ticks` and `draw`) and `storm` turn figures into text and touch no file; this
//! file prints and writes it.

mod charts;
pub(crate) mod conditions;
mod csv;
mod draw;
pub(crate) mod figures;
mod hdr;
mod html;
mod json;
mod storm;
mod table;
mod text;
mod ticks;

use crate::compare::{Outcome, Runs};
use crate::options::Plan;
use crate::report::conditions::Metric;
use crate::report::figures::{Figures, totals};
use crate::signals;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};

/// Check that every file can be written, so a bad path is reported before the run. Existing files keep
/// their contents until then, and no new file is left.
pub(crate) fn check_files(plan: &Plan) -> Result<(), String> {
    let output = &plan.output;
    let mut paths: Vec<String> = [&output.csv, &output.svg, &output.report]
        .into_iter()
        .flatten()
        .filter(|path| *path != "-")
        .cloned()
        .collect();
    if let Some(path) = &output.hdr {
        for groups in &plan.all_groups {
            let names = plan.servers.iter().map(|server| &server.name);
            paths.extend(names.map(|name| percentiles(plan, path, name, groups.bots)));
        }
    }
    for path in paths {
        try_file(&path).map_err(|error| unwritable(&path, &error))?;
    }
    Ok(())
}

fn try_file(path: &str) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            OpenOptions::new().write(true).open(path).map(|_| ())
        }
        Err(error) => Err(error),
    }
}

/// Print the figures, write the files and print every fault; true without any. A file that cannot be
/// written does not affect the others.
pub(crate) fn report(plan: &Plan, outcome: &Outcome) -> bool {
    let (output, runs) = (&plan.output, &outcome.runs);
    let mut faults = faults(plan, outcome);
    let page = output.report.iter().map(|path| {
        let page = html::page(outcome, &faults);
        page.and_then(|page| write(path, &page))
    });
    let mut done: Vec<Result<(), String>> = page.collect();
    done.push(match (output.json, output.csv.as_deref()) {
        (true, _) => crate::print(&json::document(outcome)),
        (false, Some("-")) => crate::print(csv::rows(runs).trim_end()),
        (false, _) => crate::print(&text::document(outcome, &excused(plan))),
    });
    let csv = output.csv.iter().filter(|path| *path != "-");
    done.extend(csv.map(|path| write(path, &csv::rows(runs))));
    if let Some(path) = &output.hdr {
        done.extend(totals(runs).iter().map(|total| {
            let path = percentiles(plan, path, total.name, total.bots);
            write(&path, &hdr::percentiles(&total.latency))
        }));
    }
    let svg = output.svg.iter();
    done.extend(svg.map(|path| charts::main(runs).and_then(|svg| write(path, &svg))));
    faults.extend(done.into_iter().filter_map(Result::err));
    print_faults(&faults)
}

/// Print the faults, and whether the run was interrupted; true without faults.
fn print_faults(faults: &[String]) -> bool {
    if let Some(signal) = signals::caught() {
        crate::print_error(&format!(
            "interrupted by {signal}: these are the results until then"
        ));
    }
    for fault in faults {
        crate::print_error(fault);
    }
    faults.is_empty()
}

/// The same for storms, as text or JSON.
pub(crate) fn storms(plan: &Plan, runs: &Runs<crate::storm::Outcome>) -> bool {
    let printed = crate::print(&match plan.output.json {
        true => storm::json(runs),
        false => storm::text(&runs.done),
    });
    let mut faults = storm_faults(plan, runs);
    faults.extend(printed.err());
    print_faults(&faults)
}

/// One sentence for each run without a result, for each fault, and for each condition of `--fail-if` that
/// is met. A metric with a condition is judged by its conditions alone.
fn faults(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let excused = excused(plan);
    let of = |run: &Figures| {
        let mut faults = run.faults(&excused);
        faults.extend(conditions::violations(&plan.fail_if, run));
        let count = outcome.runs.len() + outcome.failures.len();
        named(faults, count, &run.name, run.groups.bots)
    };
    match outcome.found {
        Some(found) if found.rate.is_none() => vec![text::found(found)],
        // A search keeps only the run that confirms the result.
        _ => {
            let failures = outcome.failures.iter().cloned();
            failures.chain(outcome.runs.iter().flat_map(of)).collect()
        }
    }
}

fn storm_faults(plan: &Plan, runs: &Runs<crate::storm::Outcome>) -> Vec<String> {
    let of = |storm: &crate::storm::Outcome| {
        let mut faults = storm.faults.clone();
        faults.extend(conditions::violations(&plan.fail_if, storm));
        let count = runs.done.len() + runs.failures.len();
        named(faults, count, &storm.name, storm.bots)
    };
    let failures = runs.failures.iter().cloned();
    failures.chain(runs.done.iter().flat_map(of)).collect()
}

/// The faults of one of so many runs: with several of them, each sentence names the run.
fn named(faults: Vec<String>, runs: usize, name: &str, bots: usize) -> Vec<String> {
    let name_run = |fault| match runs {
        1 => fault,
        _ => format!("{name} with {bots} bots: {fault}"),
    };
    faults.into_iter().map(name_run).collect()
}

/// The metrics that conditions judge.
fn excused(plan: &Plan) -> Vec<Metric> {
    let conditions = plan.fail_if.iter().chain(&plan.find_max);
    conditions.map(|condition| condition.metric).collect()
}

fn write(path: &str, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &str, error: &io::Error) -> String {
    format!("cannot write {path}: {error}")
}

/// The path of the percentiles of one server with one number of bots.
fn percentiles(plan: &Plan, path: &str, name: &str, bots: usize) -> String {
    match plan.servers.len() * plan.all_groups.len() {
        1 => path.into(),
        _ => apart(path, name, bots),
    }
}

/// A path for one of several totals: `run.txt` becomes `run-redis-1000.txt`.
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
