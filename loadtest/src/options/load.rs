//! The bots and their lines: scenario, groups, pace and length of lines, from their options. Nothing is
//! opened; only the limits of this process are read.

use super::servers::Contender;
use super::{Args, within};
use crate::bots::ledger::PAIRS;
use crate::bots::line::{HEADER, LONGEST, SENDERS};
use crate::bots::net;
use crate::measure::schedule::Pace;
use crate::scenario::{Groups, Scenario};
use crate::trouble;

/// The largest window: 64 Ki lines.
const WINDOW: u32 = 1 << 16;
/// Most places in the windows of all groups: 4 Mi of them are 16 MiB.
const PLACES: u64 = 1 << 22;

/// The scenario.
pub(super) fn scenario(args: &Args) -> Result<Scenario, String> {
    Scenario::named(&args.scenario).ok_or_else(|| {
        let names = Scenario::ALL.map(Scenario::name).join(", ");
        format!("--scenario is one of {names}, not '{}'", args.scenario)
    })
}

/// The groups of each number of bots. `others` is the number of troublemakers, which need descriptors
/// too.
pub(super) fn all_groups(
    args: &Args,
    scenario: Scenario,
    others: usize,
) -> Result<Vec<Groups>, String> {
    let mut all_groups: Vec<Groups> = Vec::new();
    for word in args.bots.split(',') {
        let bots = word.trim().parse().map_err(|_| {
            format!(
                "--bots is a number, or several with commas, not '{}'",
                args.bots
            )
        })?;
        let groups = groups(args, scenario, bots)?;
        descriptors(groups.bots, others)?;
        if all_groups.contains(&groups) {
            return Err(format!("--bots has {bots} twice"));
        }
        all_groups.push(groups);
    }
    Ok(all_groups)
}

fn groups(args: &Args, scenario: Scenario, bots: u32) -> Result<Groups, String> {
    let senders = args.senders;
    if bots < 2 {
        return Err("--bots must be at least 2: one speaks, one listens".into());
    }
    let size = match scenario {
        Scenario::Pairs if bots % 2 == 1 => {
            return Err(format!("--bots {bots} cannot all be in pairs"));
        }
        // The first bot of each pair.
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
    match groups.sender(groups.senders_in_all() - 1) < SENDERS as usize {
        true => Ok(groups),
        false => Err(format!(
            "--bots {bots}: only the first {SENDERS} bots can send, as a line has no room for more"
        )),
    }
}

/// A scenario without lines has no pace.
pub(super) fn idle(args: &Args) -> Result<(), String> {
    for (name, asked) in [
        ("--window", args.window.is_some()),
        ("--rate", args.rate.is_some()),
        ("--find-max", args.find_max.is_some()),
    ] {
        if asked {
            return Err(format!("--scenario idle and {name} exclude each other"));
        }
    }
    Ok(())
}

fn descriptors(bots: usize, others: usize) -> Result<(), String> {
    let below = trouble::FIRST;
    if bots > below && others > 0 {
        return Err(format!(
            "--bots {bots} is more than the {below} that may be beside troublemakers"
        ));
    }
    let limit = net::raise_descriptors().map_err(|error| error.to_string())?;
    let most = limit.saturating_sub(net::SPARE_DESCRIPTORS);
    match bots + others <= most {
        true => Ok(()),
        false => Err(format!(
            "--bots {bots} is more than the {most} that this process may have descriptors for (the hard limit is {limit}, see `ulimit -Hn`)"
        )),
    }
}

/// Bytes of a line, which every server must accept.
pub(super) fn size(
    args: &Args,
    servers: &[Contender],
    all_groups: &[Groups],
) -> Result<usize, String> {
    let (size, place) = (args.size, all_groups[0].who(0).place);
    within("--size", size as f64, HEADER as f64, LONGEST as f64)?;
    for protocol in servers.iter().map(|contender| contender.protocol) {
        let longest = protocol.longest(place);
        if size > longest {
            return Err(format!(
                "--size {size} does not fit into a line of {}, which takes {longest}",
                protocol.name()
            ));
        }
    }
    Ok(size)
}

/// How fast lines are sent, for every number of bots.
pub(super) fn pace(args: &Args, all_groups: &[Groups]) -> Result<Pace, String> {
    match (args.window, args.rate) {
        (Some(_), Some(_)) => Err("--window and --rate exclude each other".into()),
        (None, Some(rate)) => within("--rate", rate, 0.001, 1e7).map(|()| Pace::Rate(rate)),
        (window, None) => {
            let window = window.unwrap_or(1);
            within("--window", f64::from(window), 1.0, f64::from(WINDOW))?;
            let counts = all_groups.iter().map(|groups| groups.count() as u64);
            let count = counts.max().unwrap_or_default();
            if u64::from(window) * count > PLACES {
                return Err(format!(
                    "--window {window} in {count} rooms is more than {PLACES} lines in in_flight"
                ));
            }
            Ok(Pace::Window(window))
        }
    }
}
