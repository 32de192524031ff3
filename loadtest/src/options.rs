//! The command line: options as typed become a plan as needed, or one line that says what is wrong.
//!
//! A plan is valid by construction: whoever gets one need not look again. Nothing is opened here;
//! only names are resolved and limits of the host are asked for.

use crate::child::{Cpus, Program};
use crate::ledger::PAIRS;
use crate::line::{HEADER, LONGEST, SENDERS};
use crate::net;
use crate::protocol::Protocol;
use crate::scenario::Scenario;
use crate::schedule::Pace;
use crate::trouble::{self, Trouble};
use argh::FromArgs;
use std::net::SocketAddr;
use std::time::Duration;

/// The largest window: 64 Ki lines.
const WINDOW: u32 = 1 << 16;
/// Where papo listens unless told otherwise.
const TARGET: &str = "127.0.0.1:12345";

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
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) server: Server,
    pub(crate) protocol: Protocol,
    pub(crate) scenario: Scenario,
    /// Kinds of troublemakers, and how many come along.
    pub(crate) trouble: Vec<(Trouble, usize)>,
    pub(crate) seed: u64,
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
    pub(crate) json: bool,
}

/// Which server is tested.
#[derive(Debug, PartialEq)]
pub(crate) enum Server {
    /// One that is there.
    Target(SocketAddr),
    /// One that is started for the test.
    Spawn(Program),
    /// Several in turn; the last is the measure of the others.
    Compare([Program; 2]),
}

/// Fills a room of a chat server with bots that talk, and checks that every bot gets every line of
/// the others, once and in order. Exit code 1 if not, 2 for a wrong option.
#[derive(FromArgs)]
#[argh(
    help_triggers("-h", "--help"),
    example = "A server that is running already:\n  {command_name} --target 127.0.0.1:12345 --bots 1000",
    example = "A papo-server of its own, 16 lines in flight:\n  {command_name} --spawn --bots 1000 --window 16",
    example = "The same beside the bare fan-out that is the limit of this machine:\n  {command_name} --vs-reference --bots 1000 --window 16",
    example = "200 lines a second whatever the server does, as JSON:\n  {command_name} --spawn --bots 500 --senders 50 --rate 200 --json"
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
    /// what it is about: fanout (default), slow, garbage, churn, mixed or storm
    #[argh(option, default = "String::from(\"fanout\")", arg_name = "name")]
    scenario: String,
    /// readers beside the bots that read slowly (default 0; 10 in the scenario slow, 5 in mixed)
    #[argh(option, arg_name = "n")]
    slow: Option<u32>,
    /// bytes a second that each of them reads (default 1000)
    #[argh(option, default = "1000", arg_name = "per-s")]
    slow_rate: u32,
    /// readers that read nothing until the end (default 0; 10 in the scenario slow, 5 in mixed)
    #[argh(option, arg_name = "n")]
    stopped: Option<u32>,
    /// conns that send garbage (default 0; 20 in the scenario garbage, 10 in mixed)
    #[argh(option, arg_name = "n")]
    garbage: Option<u32>,
    /// pieces of garbage a second over all of them (default 2000, 1000 in mixed)
    #[argh(option, arg_name = "per-s")]
    garbage_rate: Option<u32>,
    /// bots that come and go (default 0; 50 in the scenario churn, 25 in mixed)
    #[argh(option, arg_name = "n")]
    churn: Option<u32>,
    /// joins and leaves a second over all of them (default 100, 50 in mixed)
    #[argh(option, arg_name = "per-s")]
    churn_rate: Option<u32>,
    /// what the garbage is made from: the same number, the same garbage (default 1)
    #[argh(option, default = "1", arg_name = "n")]
    seed: u64,
    /// bots in the room (default 100)
    #[argh(option, default = "100", arg_name = "n")]
    bots: u32,
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
    /// for how long lines go out (default 10)
    #[argh(option, default = "10.0", arg_name = "s")]
    seconds: f64,
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
        Err(exit) if exit.status.is_ok() => return Ok(Wish::Text(exit.output)),
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
    let server = server(args)?;
    let protocol = match args.protocol.as_deref() {
        Some(name) => {
            Protocol::named(name).ok_or(format!("--protocol is 'papo' or 'raw', not '{name}'"))?
        }
        None if server == Server::Spawn(Program::Reference) => Protocol::Raw,
        None => Protocol::Papo,
    };
    let scenario = scenario(args, &server)?;
    let trouble = troublemakers(args, scenario)?;
    crowd_size(args, trouble.iter().map(|&(_, count)| count as u64).sum())?;
    within("--size", args.size as f64, HEADER as f64, LONGEST as f64)?;
    within("--seconds", args.seconds, 0.001, 86_400.0)?;
    within("--patience", args.patience, 0.001, 3600.0)?;
    within("--joining", args.joining as f64, 1.0, f64::from(u32::MAX))?;
    if let Some(rate) = args.connect_rate {
        within("--connect-rate", rate, 1.0, 1e6)?;
    }
    Ok(Plan {
        cpus: cpus(args, &server)?,
        server,
        protocol,
        scenario,
        trouble,
        seed: args.seed,
        bots: args.bots as usize,
        senders: args.senders as usize,
        pace: pace(args)?,
        size: args.size,
        length: Duration::from_secs_f64(args.seconds),
        joining: args.joining,
        connect_rate: args.connect_rate,
        patience: Duration::from_secs_f64(args.patience),
        json: args.json,
    })
}

fn server(args: &Args) -> Result<Server, String> {
    let target = || net::resolve(args.target.as_deref().unwrap_or(TARGET));
    match (
        args.target.is_some(),
        args.spawn,
        args.spawn_reference,
        args.vs_reference,
    ) {
        (_, false, false, false) => target().map(Server::Target),
        (false, true, false, false) => Ok(Server::Spawn(Program::PapoServer)),
        (false, false, true, false) => match args.protocol.as_deref() {
            None | Some("raw") => Ok(Server::Spawn(Program::Reference)),
            Some(_) => Err("--spawn-reference knows only --protocol raw".into()),
        },
        (false, _, false, true) => Ok(Server::Compare([Program::PapoServer, Program::Reference])),
        _ => {
            Err("--target, --spawn, --spawn-reference and --vs-reference exclude each other".into())
        }
    }
}

fn scenario(args: &Args, server: &Server) -> Result<Scenario, String> {
    let name = args.scenario.as_str();
    let scenario = Scenario::named(name).ok_or(format!("there is no --scenario '{name}'"))?;
    match (scenario, server) {
        (Scenario::Pairs | Scenario::Rooms | Scenario::Idle, _) => {
            Err(format!("--scenario {name} cannot be run yet"))
        }
        (Scenario::Storm, Server::Compare(_)) => {
            Err("--scenario storm and --vs-reference exclude each other".into())
        }
        _ => Ok(scenario),
    }
}

fn troublemakers(args: &Args, scenario: Scenario) -> Result<Vec<(Trouble, usize)>, String> {
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

/// `others` are troublemakers, who need descriptors as well.
fn crowd_size(args: &Args, others: u64) -> Result<(), String> {
    let Args { bots, senders, .. } = *args;
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
    if bots as usize > trouble::FIRST && others > 0 {
        let most = trouble::FIRST;
        return Err(format!(
            "--bots {bots} is more than the {most} beside troublemakers"
        ));
    }
    if u64::from(bots) + others > most {
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

fn cpus(args: &Args, server: &Server) -> Result<Cpus, String> {
    let ours = !matches!(server, Server::Target(_));
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
