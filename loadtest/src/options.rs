//! The command line: options as typed become a plan as needed, or one line that says what is wrong.
//!
//! A plan is valid by construction: whoever gets one need not look again. Nothing is opened here;
//! only names are resolved and limits of the host are asked for.

use crate::child::Cpus;
use crate::conditions::{self, Condition};
use crate::ledger::PAIRS;
use crate::line::{HEADER, LONGEST, SENDERS};
use crate::net;
use crate::schedule::Pace;
use argh::FromArgs;
use std::net::SocketAddr;
use std::time::Duration;

mod help;
mod servers;

pub(crate) use servers::{Contender, Server};

/// The largest window: 64 Ki lines.
const WINDOW: u32 = 1 << 16;
/// Where papo listens unless told otherwise.
const TARGET: &str = "127.0.0.1:12345";
/// For how long lines go out: in a run, and in a step of a search.
const SECONDS: (f64, f64) = (10.0, 3.0);
/// Lines a second with which a search begins.
const START: f64 = 100.0;
/// Runs of each server in a comparison.
const ROUNDS: usize = 2;

/// What the user wants.
pub(crate) enum Wish {
    /// This text, and nothing else.
    Text(String),
    /// The bare fan-out, listening here.
    Reference(SocketAddr),
    /// A load test.
    Load(Box<Plan>),
}

/// A load test that can be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// One, or several to be compared with the first.
    pub(crate) servers: Vec<Contender>,
    /// Each number of bots that is to be tried.
    pub(crate) counts: Vec<usize>,
    /// How often each of them is.
    pub(crate) rounds: usize,
    /// Bots in the run that is made: the first of `counts` to begin with.
    pub(crate) bots: usize,
    /// The first so many bots send.
    pub(crate) senders: usize,
    pub(crate) pace: Pace,
    /// Bytes of text in a line.
    pub(crate) size: usize,
    pub(crate) length: Duration,
    /// Bots on their way in at any time, at most.
    pub(crate) joining: usize,
    pub(crate) connect_rate: Option<f64>,
    pub(crate) patience: Duration,
    pub(crate) cpus: Cpus,
    /// What must not be true of any run.
    pub(crate) fail_if: Vec<Condition>,
    /// What is to stay true while the highest rate is searched; empty without a search.
    pub(crate) find_max: Vec<Condition>,
    /// The rate with which a search begins.
    pub(crate) start: f64,
    pub(crate) output: Output,
}

/// How the results are told, and where they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    pub(crate) json: bool,
    /// A line for each interval even where there is no terminal.
    pub(crate) live: bool,
    /// `-` is standard output.
    pub(crate) csv: Option<String>,
    pub(crate) hdr: Option<String>,
    pub(crate) report: Option<String>,
    pub(crate) svg: Option<String>,
}

/// Fills a room of a chat server with bots that talk, and checks that every bot gets every line of
/// the others, once and in order.
#[derive(FromArgs)]
#[argh(
    help_triggers("-h", "--help"),
    example = "A server that is running already:\n  {command_name} --target 127.0.0.1:12345 --bots 1000",
    example = "A papo-server of its own, 16 lines in flight, and a page with charts:\n  {command_name} --spawn --bots 1000 --window 16 --report run.html",
    example = "The same beside the bare fan-out that is the limit of this machine:\n  {command_name} --vs-reference --bots 1000 --window 16",
    example = "200 lines a second whatever the server does, as JSON; a gate for a build:\n  {command_name} --spawn --bots 500 --senders 50 --rate 200 --json --fail-if 'p99>50ms,loss>0'",
    example = "The highest rate with a latency that nobody notices:\n  {command_name} --spawn --bots 500 --find-max 'p99<20ms'",
    example = "How two servers grow with the number of users:\n  {command_name} --spawn --vs other=papo@127.0.0.1:7000 --bots 1000,2000,4000 --report growth.html",
    note = "Conditions compare p50 p90 p99 p999 max mean (latency from the due time; raw-p99 and so on\nfrom the moment of sending), loss duplicates disorder skipped closed refused late, cpu (a delivery),\nmemory (a conn), rate (deliveries a second) or join (until all are in) by > >= < <= with a number\nand a unit: us ms s, KiB MiB, k M, %. Several have commas between them.",
    error_code(0, "all is well"),
    error_code(
        1,
        "a fault was found, a condition of --fail-if is met, or the run failed"
    ),
    error_code(2, "a wrong option")
)]
struct Args {
    /// server to test: HOST:PORT (default 127.0.0.1:12345)
    #[argh(option, arg_name = "host:port")]
    target: Option<String>,
    /// start the papo-server that lies beside this program, and test that
    #[argh(switch)]
    spawn: bool,
    /// start `loadtest reference` and test that
    #[argh(switch)]
    spawn_reference: bool,
    /// test a papo-server and the reference in turn, and compare
    #[argh(switch)]
    vs_reference: bool,
    /// what the bots speak: papo (default) or raw
    #[argh(option, arg_name = "name")]
    protocol: Option<String>,
    /// compare with this server as well; may be given several times
    #[argh(option, arg_name = "name=protocol@host:port")]
    vs: Vec<String>,
    /// runs of each server (default 1, of a comparison 2)
    #[argh(option, arg_name = "n")]
    rounds: Option<usize>,
    /// bots in the room (default 100); with commas, one after the other: 1000,2000,4000
    #[argh(option, default = "String::from(\"100\")", arg_name = "n,..")]
    bots: String,
    /// how many of them send (default 1)
    #[argh(option, default = "1", arg_name = "n")]
    senders: u32,
    /// lines in flight over all senders; the next goes out when one has reached all (default 1)
    #[argh(option, arg_name = "lines")]
    window: Option<u32>,
    /// lines a second over all senders, sent when they are due whatever is in flight
    #[argh(option, arg_name = "per-s")]
    rate: Option<f64>,
    /// bytes of text in a line, 24 to 1024 (default 64)
    #[argh(option, default = "64", arg_name = "bytes")]
    size: usize,
    /// for how long lines go out (default 10, in each step of --find-max 3)
    #[argh(option, arg_name = "s")]
    seconds: Option<f64>,
    /// bots on their way in at once, at most (default 1024, which the backlog of most servers
    /// holds); the more, the harder the storm of joins
    #[argh(option, default = "1024", arg_name = "n")]
    joining: usize,
    /// new connections a second (default: as fast as the server lets bots in)
    #[argh(option, arg_name = "per-s")]
    connect_rate: Option<f64>,
    /// what has not come after so long without any line counts as lost (default 10)
    #[argh(option, default = "10.0", arg_name = "s")]
    patience: f64,
    /// processor for the server, when this program starts it (default: the second one)
    #[argh(option, arg_name = "n")]
    server_cpu: Option<usize>,
    /// processor for the bots (default: the first one, when this program starts the server)
    #[argh(option, arg_name = "n")]
    bots_cpu: Option<usize>,
    /// leave it to the kernel which processors are used
    #[argh(switch)]
    no_pin: bool,
    /// exit with code 1 when one of these conditions is met
    #[argh(option, arg_name = "conditions")]
    fail_if: Option<String>,
    /// search the highest rate at which all of these conditions are met, from --rate (default 100)
    #[argh(option, arg_name = "conditions")]
    find_max: Option<String>,
    /// four lines a second on standard error, also where it is no terminal
    #[argh(switch)]
    live: bool,
    /// a self-contained page with figures and charts
    #[argh(option, arg_name = "file.html")]
    report: Option<String>,
    /// the main chart alone
    #[argh(option, arg_name = "file.svg")]
    svg: Option<String>,
    /// a row for each quarter of a second; '-' is standard output, without the text
    #[argh(option, arg_name = "file.csv")]
    csv: Option<String>,
    /// percentiles of latency in ms, as hdr-plot reads them
    #[argh(option, arg_name = "file.txt")]
    hdr: Option<String>,
    /// print one JSON object instead of text
    #[argh(switch)]
    json: bool,
    /// print the version
    #[argh(switch)]
    version: bool,
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs)]
#[argh(subcommand)]
enum Command {
    Reference(Reference),
}

/// The bare fan-out: whatever one conn says, all others get, byte for byte.
#[derive(FromArgs)]
#[argh(subcommand, name = "reference", help_triggers("-h", "--help"))]
struct Reference {
    /// where to listen: ADDR:PORT (default 127.0.0.1:0, any free port)
    #[argh(
        option,
        default = "String::from(\"127.0.0.1:0\")",
        arg_name = "addr:port"
    )]
    listen: String,
}

/// Understands the arguments after the name of the program; the error is one line.
pub(crate) fn parse(arguments: &[String]) -> Result<Wish, String> {
    let words = split_values(arguments);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let args = match Args::from_args(&["loadtest"], &words) {
        Ok(args) => args,
        Err(exit) if exit.status.is_ok() => return Ok(Wish::Text(help::grouped(&exit.output))),
        Err(exit) => return Err(one_line(&exit.output)),
    };
    if args.version {
        return Ok(Wish::Text(format!(
            "loadtest {}",
            env!("CARGO_PKG_VERSION")
        )));
    }
    if let Some(Command::Reference(Reference { listen })) = args.command {
        return net::resolve(&listen).map(Wish::Reference);
    }
    plan(&args).map(|plan| Wish::Load(Box::new(plan)))
}

/// `--name=value` as two words: argh compares names as a whole.
fn split_values(arguments: &[String]) -> Vec<String> {
    let split = |word: &String| match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.into(), value.into()],
        _ => vec![word.clone()],
    };
    arguments.iter().flat_map(split).collect()
}

/// argh explains over several lines; the first that says something is enough.
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
    let counts = counts(&args.bots)?;
    for &bots in &counts {
        crowd_size(bots, args.senders)?;
    }
    within("--size", args.size as f64, HEADER as f64, LONGEST as f64)?;
    within("--patience", args.patience, 0.001, 3600.0)?;
    within("--joining", args.joining as f64, 1.0, f64::from(u32::MAX))?;
    if let Some(rate) = args.connect_rate {
        within("--connect-rate", rate, 1.0, 1e6)?;
    }
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
    if !find_max.is_empty() && (servers.len() > 1 || counts.len() > 1 || args.rounds.is_some()) {
        return Err("--find-max takes one server and one number of bots, in no rounds".into());
    }
    if !find_max.is_empty() && args.window.is_some() {
        return Err("--find-max and --window exclude each other".into());
    }
    if args.json && args.csv.as_deref() == Some("-") {
        return Err("--json and --csv - exclude each other: both go to standard output".into());
    }
    Ok(Plan {
        cpus: cpus(args, &servers)?,
        servers,
        bots: counts[0],
        counts,
        rounds,
        senders: args.senders as usize,
        pace: pace(args)?,
        size: args.size,
        length: Duration::from_secs_f64(seconds),
        joining: args.joining,
        connect_rate: args.connect_rate,
        patience: Duration::from_secs_f64(args.patience),
        fail_if: conditions("--fail-if", args.fail_if.as_deref())?,
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

/// The numbers of bots, each once.
fn counts(text: &str) -> Result<Vec<usize>, String> {
    let mut counts = Vec::new();
    for word in text.split(',') {
        let count: u32 = word
            .trim()
            .parse()
            .map_err(|_| format!("--bots is a number, or several with commas, not '{text}'"))?;
        if counts.contains(&(count as usize)) {
            return Err(format!("--bots has {count} twice"));
        }
        counts.push(count as usize);
    }
    Ok(counts)
}

fn crowd_size(bots: usize, senders: u32) -> Result<(), String> {
    let bots = bots as u32;
    if bots < 2 {
        return Err("--bots must be at least 2: one speaks, one listens".into());
    }
    within(
        "--senders",
        f64::from(senders),
        1.0,
        f64::from(bots.min(SENDERS)),
    )?;
    if u64::from(bots) * u64::from(senders) > PAIRS {
        return Err(format!(
            "--bots {bots} x --senders {senders} is more than the {PAIRS} pairs that can be checked"
        ));
    }
    let limit = net::raise_descriptors().map_err(|error| error.to_string())?;
    let most = limit.saturating_sub(net::SPARE_DESCRIPTORS);
    if u64::from(bots) > most {
        return Err(format!(
            "--bots {bots} is more than the {most} that this process may have descriptors for (the hard limit is {limit}, see `ulimit -Hn`)"
        ));
    }
    Ok(())
}

fn pace(args: &Args) -> Result<Pace, String> {
    match (args.window, args.rate) {
        (Some(_), Some(_)) => Err("--window and --rate exclude each other".into()),
        (None, Some(rate)) => within("--rate", rate, 0.001, 1e7).map(|()| Pace::Rate(rate)),
        (window, None) => {
            let window = window.unwrap_or(1);
            within("--window", f64::from(window), 1.0, f64::from(WINDOW))?;
            Ok(Pace::Window(window))
        }
    }
}

fn cpus(args: &Args, servers: &[Contender]) -> Result<Cpus, String> {
    let ours = servers
        .iter()
        .any(|contender| matches!(contender.server, Server::Spawn(_)));
    if args.server_cpu.is_some() && !ours {
        return Err("--server-cpu needs a server that loadtest starts, such as --spawn".into());
    }
    if args.no_pin && (args.server_cpu.is_some() || args.bots_cpu.is_some()) {
        return Err("--no-pin and a processor exclude each other".into());
    }
    let default = match ours && !args.no_pin {
        true => Cpus::apart(),
        false => Cpus::default(),
    };
    Ok(Cpus {
        server: args.server_cpu.or(default.server),
        bots: args.bots_cpu.or(default.bots),
    })
}

/// Not a number is within nothing.
fn within(name: &str, value: f64, least: f64, most: f64) -> Result<(), String> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(format!("{name} must be {least} to {most}, not {value}")),
    }
}

#[cfg(test)]
mod tests;
