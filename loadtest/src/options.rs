//! The command line: options as typed become a plan as needed, or one line that says what is wrong.
//!
//! A plan is valid by construction: whoever gets one need not look again. Nothing is opened here;
//! only names are resolved and limits of the host are asked for.

use crate::child::{self, Cpus, Program};
use crate::ledger::PAIRS;
use crate::line::{HEADER, LONGEST, SENDERS};
use crate::net;
use crate::protocol::Protocol;
use crate::scenario::{Groups, Scenario};
use crate::schedule::Pace;
use argh::FromArgs;
use std::net::SocketAddr;
use std::time::Duration;

/// The largest window: 64 Ki lines.
const WINDOW: u32 = 1 << 16;
/// The most places in the windows of all groups: 4 Mi of them are 16 MiB.
const PLACES: u64 = 1 << 22;
/// Threads that are used unless told otherwise, at most, and the most that may be asked for.
const THREADS: usize = 8;
const MOST_THREADS: usize = 64;
/// Where papo listens unless told otherwise.
const TARGET: &str = "127.0.0.1:12345";

/// What the user wants.
pub(crate) enum Wish {
    /// This text, and nothing else.
    Text(String),
    /// The bare fan-out, listening here; whether conns name their groups.
    Reference(SocketAddr, bool),
    /// A load test.
    Load(Box<Plan>),
}

/// A load test that can be run.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) server: Server,
    pub(crate) protocol: Protocol,
    pub(crate) scenario: Scenario,
    pub(crate) groups: Groups,
    pub(crate) pace: Pace,
    /// Bytes of text in a line.
    pub(crate) size: usize,
    pub(crate) length: Duration,
    /// Bots on their way in at any time, at most.
    pub(crate) joining: usize,
    pub(crate) connect_rate: Option<f64>,
    pub(crate) patience: Duration,
    pub(crate) cpus: Cpus,
    /// Threads that share the bots, at most.
    pub(crate) threads: usize,
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
    /// what the bots speak: papo (default), irc, redis, nats, mqtt or raw
    #[argh(option, arg_name = "name")]
    protocol: Option<String>,
    /// what the bots do: fanout (default, all in one room), pairs (two by two, privately), rooms (many
    /// small ones) or idle (nobody says anything); churn, slow, garbage, mixed and storm add
    /// troublemakers
    #[argh(option, default = "String::from(\"fanout\")", arg_name = "name")]
    scenario: String,
    /// bots in each room of --scenario rooms (default 5)
    #[argh(option, default = "5", arg_name = "n")]
    room_size: u32,
    /// bots (default 100)
    #[argh(option, default = "100", arg_name = "n")]
    bots: u32,
    /// how many of them send, in each room (default 1)
    #[argh(option, default = "1", arg_name = "n")]
    senders: u32,
    /// lines in flight in each room or pair; the next goes out when one has reached all (default 1)
    #[argh(option, arg_name = "lines")]
    window: Option<u32>,
    /// lines a second over all senders of all rooms, sent when they are due whatever is in flight
    #[argh(option, arg_name = "per-s")]
    rate: Option<f64>,
    /// bytes of text in a line, 31 to 1024 (default 64)
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
    /// threads that share the bots (default: one for each processor that they may use)
    #[argh(option, arg_name = "n")]
    threads: Option<usize>,
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
    /// the first line of each conn is `group N`; what it says then goes to that group only
    #[argh(switch)]
    pairs: bool,
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
    if let Some(Command::Reference(Reference { listen, pairs })) = args.command {
        return net::resolve(&listen).map(|address| Wish::Reference(address, pairs));
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
        Some(name) => Protocol::named(name).ok_or_else(|| {
            let names = Protocol::ALL.map(Protocol::name).join(", ");
            format!("--protocol is one of {names}, not '{name}'")
        })?,
        None if server == Server::Spawn(Program::Reference) => Protocol::Raw,
        None => Protocol::Papo,
    };
    let scenario = scenario(args)?;
    let groups = groups(args, scenario)?;
    let cpus = cpus(args, &server)?;
    size(args, protocol)?;
    within("--seconds", args.seconds, 0.001, 86_400.0)?;
    within("--patience", args.patience, 0.001, 3600.0)?;
    within("--joining", args.joining as f64, 1.0, f64::from(u32::MAX))?;
    if let Some(rate) = args.connect_rate {
        within("--connect-rate", rate, 1.0, 1e6)?;
    }
    Ok(Plan {
        threads: threads(args, cpus)?,
        cpus,
        server,
        protocol,
        scenario,
        groups,
        pace: pace(args, &groups)?,
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

fn scenario(args: &Args) -> Result<Scenario, String> {
    Scenario::named(&args.scenario).ok_or_else(|| {
        let names = Scenario::ALL.map(Scenario::name).join(", ");
        format!("--scenario is one of {names}, not '{}'", args.scenario)
    })
}

fn groups(args: &Args, scenario: Scenario) -> Result<Groups, String> {
    let Args { bots, senders, .. } = *args;
    if bots < 2 {
        return Err("--bots must be at least 2: one speaks, one listens".into());
    }
    let size = match scenario {
        Scenario::Pairs if bots % 2 == 1 => {
            return Err(format!("--bots {bots} cannot all be in pairs"));
        }
        // The first of each pair.
        Scenario::Pairs => 1,
        Scenario::Idle => 1,
        Scenario::Rooms => {
            within(
                "--room-size",
                f64::from(args.room_size),
                2.0,
                f64::from(bots),
            )?;
            args.room_size
        }
        _ => bots,
    };
    within("--senders", f64::from(senders), 1.0, f64::from(size))?;
    let [bots, size, senders] = [bots, size, senders].map(|count| count as usize);
    let groups = Groups::of_scenario(scenario, bots, size, senders);
    if groups.owed() > PAIRS {
        return Err(format!(
            "--bots {bots} x --senders {senders} is more than the {PAIRS} pairs that can be checked"
        ));
    }
    descriptors(bots)?;
    match groups.sender(groups.senders_in_all() - 1) < SENDERS as usize {
        true => Ok(groups),
        false => Err(format!(
            "--bots {bots}: only the first {SENDERS} bots can send, as a line has no room for more"
        )),
    }
}

fn descriptors(bots: usize) -> Result<(), String> {
    let limit = net::raise_descriptors().map_err(|error| error.to_string())?;
    let most = limit.saturating_sub(net::SPARE_DESCRIPTORS);
    match bots as u64 <= most {
        true => Ok(()),
        false => Err(format!(
            "--bots {bots} is more than the {most} that this process may have descriptors for (the hard limit is {limit}, see `ulimit -Hn`)"
        )),
    }
}

fn size(args: &Args, protocol: Protocol) -> Result<(), String> {
    let longest = protocol.longest();
    within("--size", args.size as f64, HEADER as f64, LONGEST as f64)?;
    match args.size <= longest {
        true => Ok(()),
        false => Err(format!(
            "--size {} does not fit into a line of {}, which takes {longest}",
            args.size,
            protocol.name()
        )),
    }
}

/// As many as the bots have processors.
fn threads(args: &Args, cpus: Cpus) -> Result<usize, String> {
    match args.threads {
        None => Ok(child::processors_of_bots(cpus).clamp(1, THREADS)),
        Some(threads) => {
            within("--threads", threads as f64, 1.0, MOST_THREADS as f64).map(|()| threads)
        }
    }
}

fn pace(args: &Args, groups: &Groups) -> Result<Pace, String> {
    match (args.window, args.rate) {
        (Some(_), Some(_)) => Err("--window and --rate exclude each other".into()),
        (None, Some(rate)) => within("--rate", rate, 0.001, 1e7).map(|()| Pace::Rate(rate)),
        (window, None) => {
            let window = window.unwrap_or(1);
            within("--window", f64::from(window), 1.0, f64::from(WINDOW))?;
            let count = groups.count() as u64;
            if u64::from(window) * count > PLACES {
                return Err(format!(
                    "--window {window} in {count} rooms is more than {PLACES} lines in flight"
                ));
            }
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
