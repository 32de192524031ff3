//! The command line: the arguments become a plan, or one line that says what is wrong.
//!
//! A plan is valid by construction: nobody has to check it again. Nothing is opened here; only names are
//! resolved and limits of the host are read.

use crate::bots::net;
use crate::child::{self, Cpus};
use crate::measure::schedule::Pace;
use crate::report::conditions::{self, Condition};
use crate::scenario::{Groups, Scenario, TroublemakerCounts};
use crate::trouble::Trouble;
use argh::FromArgs;
use std::net::SocketAddr;
use std::time::Duration;

mod args;
mod help;
mod load;
mod servers;
mod trouble;

use args::{Args, Command, Reference};
pub(crate) use servers::{Contender, Server};

/// Most threads by default, and most that may be requested.
const THREADS: usize = 8;
const MOST_THREADS: usize = 64;
/// For how long lines are sent: in a run, and in a step of a search.
const SECONDS: (f64, f64) = (10.0, 3.0);
/// The first rate of a search, in lines a second.
const START: f64 = 100.0;
/// Runs of each server in a comparison.
const ROUNDS: usize = 2;

/// What the user wants.
pub(crate) enum Invocation {
    /// Print this text.
    Text(String),
    /// Run the bare fan-out, listening here; whether conns name their groups.
    Reference(SocketAddr, bool),
    /// Run a load test.
    Load(Box<Plan>),
}

/// A load test that can be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// One server, or several that are compared with the first.
    pub(crate) servers: Vec<Contender>,
    pub(crate) scenario: Scenario,
    /// The groups of each number of bots.
    pub(crate) all_groups: Vec<Groups>,
    /// How many runs each of them gets with each server.
    pub(crate) rounds: usize,
    /// The groups of the current run.
    pub(crate) groups: Groups,
    /// The kinds of troublemakers with their numbers.
    pub(crate) trouble: Vec<(Trouble, usize)>,
    /// The seed of their garbage.
    pub(crate) seed: u64,
    pub(crate) pace: Pace,
    /// Bytes of text in a line.
    pub(crate) size: usize,
    pub(crate) length: Duration,
    /// Most bots that are joining at any time.
    pub(crate) joining: usize,
    pub(crate) connect_rate: Option<f64>,
    pub(crate) patience: Duration,
    pub(crate) cpus: Cpus,
    /// Most threads that share the bots.
    pub(crate) threads: usize,
    /// Conditions that fail the load test when a run meets them.
    pub(crate) fail_if: Vec<Condition>,
    /// Conditions that a search for the highest rate must meet; empty without a search.
    pub(crate) find_max: Vec<Condition>,
    /// The first rate of a search.
    pub(crate) start: f64,
    pub(crate) output: Output,
}

impl Plan {
    /// Whether the scenario has troublemakers, even if their numbers are set to 0: so a run without them can
    /// be the same in everything else.
    pub(crate) fn has_trouble(&self) -> bool {
        !self.trouble.is_empty() || self.scenario.troublemakers() != TroublemakerCounts::default()
    }
}

/// How results are presented, and where they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    pub(crate) json: bool,
    /// Print a line for each interval even without a terminal.
    pub(crate) live: bool,
    /// `-` is standard output.
    pub(crate) csv: Option<String>,
    pub(crate) hdr: Option<String>,
    pub(crate) report: Option<String>,
    pub(crate) svg: Option<String>,
}

/// Parse the arguments without the name of the program; the error is one line.
pub(crate) fn parse(arguments: &[String]) -> Result<Invocation, String> {
    let words = split_values(arguments);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let args = match Args::from_args(&[crate::program_name()], &words) {
        Ok(args) => args,
        Err(exit) if exit.status.is_ok() => {
            return Ok(Invocation::Text(help::grouped(&exit.output)));
        }
        Err(exit) => return Err(one_line(&exit.output)),
    };
    if args.version {
        return Ok(Invocation::Text(format!(
            "{} {}",
            crate::program_name(),
            env!("CARGO_PKG_VERSION")
        )));
    }
    if let Some(Command::Reference(Reference { listen, pairs })) = args.command {
        return net::resolve(&listen).map(|address| Invocation::Reference(address, pairs));
    }
    plan(&args).map(|plan| Invocation::Load(Box::new(plan)))
}

/// `--name=value` as two words, because argh compares whole words.
fn split_values(arguments: &[String]) -> Vec<String> {
    let split = |word: &String| match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.into(), value.into()],
        _ => vec![word.clone()],
    };
    arguments.iter().flat_map(split).collect()
}

/// argh explains errors in several lines; the first one with text is enough.
fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("wrong option").trim_end_matches(':');
    match first.starts_with("Required") {
        true => format!("{first} {}", lines.next().unwrap_or_default()),
        false => first.to_string(),
    }
}

fn plan(args: &Args) -> Result<Plan, String> {
    let servers = servers::servers(args)?;
    let scenario = load::scenario(args)?;
    let trouble = trouble::troublemakers(args, scenario)?;
    trouble::servers(&servers, scenario, &trouble)?;
    let others = trouble.iter().map(|&(_, count)| count).sum();
    let all_groups = load::all_groups(args, scenario, others)?;
    let cpus = cpus(args, &servers)?;
    within("--patience", args.patience, 0.001, 3600.0)?;
    within("--joining", args.joining as f64, 1.0, f64::from(u32::MAX))?;
    if let Some(rate) = args.connect_rate {
        within("--connect-rate", rate, 1.0, 1e6)?;
    }
    let fail_if = conditions("--fail-if", args.fail_if.as_deref())?;
    let find_max = conditions("--find-max", args.find_max.as_deref())?;
    let seconds = args.seconds.unwrap_or(match find_max.is_empty() {
        true => SECONDS.0,
        false => SECONDS.1,
    });
    within("--seconds", seconds, 0.001, 86_400.0)?;
    let rounds = args.rounds.unwrap_or(match servers.len() {
        1 => 1,
        _ => ROUNDS,
    });
    within("--rounds", rounds as f64, 1.0, 1000.0)?;
    if !find_max.is_empty() && (servers.len() > 1 || all_groups.len() > 1 || args.rounds.is_some())
    {
        return Err("--find-max takes one server and one number of bots, in no rounds".into());
    }
    if !find_max.is_empty() && args.window.is_some() {
        return Err("--find-max and --window exclude each other".into());
    }
    if args.json && args.csv.as_deref() == Some("-") {
        return Err("--json and --csv - exclude each other: both go to standard output".into());
    }
    match scenario {
        Scenario::Storm => trouble::storm(args, &fail_if)?,
        Scenario::Idle => load::idle(args)?,
        _ => {}
    }
    Ok(Plan {
        threads: threads(args, cpus)?,
        cpus,
        size: load::size(args, &servers, &all_groups)?,
        servers,
        scenario,
        trouble,
        seed: args.seed,
        pace: load::pace(args, &all_groups)?,
        groups: all_groups[0],
        all_groups,
        rounds,
        length: Duration::from_secs_f64(seconds),
        joining: args.joining,
        connect_rate: args.connect_rate,
        patience: Duration::from_secs_f64(args.patience),
        fail_if,
        find_max,
        start: args.rate.unwrap_or(START),
        output: Output {
            json: args.json,
            live: args.live,
            csv: args.csv.clone(),
            hdr: args.hdr.clone(),
            report: args.report.clone(),
            svg: args.svg.clone(),
        },
    })
}

fn conditions(name: &str, text: Option<&str>) -> Result<Vec<Condition>, String> {
    let parsed = text.map(conditions::parse).transpose();
    Ok(parsed
        .map_err(|error| format!("{name}: {error}"))?
        .unwrap_or_default())
}

/// One thread for each processor of the bots.
fn threads(args: &Args, cpus: Cpus) -> Result<usize, String> {
    match args.threads {
        None => Ok(child::processors_of_bots(cpus).clamp(1, THREADS)),
        Some(threads) => {
            within("--threads", threads as f64, 1.0, MOST_THREADS as f64).map(|()| threads)
        }
    }
}

fn cpus(args: &Args, servers: &[Contender]) -> Result<Cpus, String> {
    let starts_server = servers
        .iter()
        .any(|contender| matches!(contender.server, Server::Spawn(_)));
    if args.server_cpu.is_some() && !starts_server {
        return Err("--server-cpu needs a server that loadtest starts, such as --spawn".into());
    }
    if args.no_pin && (args.server_cpu.is_some() || args.bots_cpu.is_some()) {
        return Err("--no-pin and a processor exclude each other".into());
    }
    let asked = Cpus {
        server: args.server_cpu,
        bots: args.bots_cpu,
    };
    Ok(match starts_server && !args.no_pin {
        true => asked.apart(),
        false => asked,
    })
}

/// NaN is within no range.
fn within(name: &str, value: f64, least: f64, most: f64) -> Result<(), String> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(format!("{name} must be {least} to {most}, not {value}")),
    }
}

#[cfg(test)]
mod tests;
