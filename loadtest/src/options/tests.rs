//! The command line: what is accepted, and the error line for the rest.

use super::*;
use crate::child::Program;
use crate::protocol::Protocol;

fn load(line: &str) -> Plan {
    match command(&with_server(line)) {
        Ok(Invocation::Load(plan)) => *plan,
        Ok(_) => panic!("'{line}' is no load test"),
        Err(error) => panic!("'{line}': {error}"),
    }
}

/// The line, with a server if it names none.
fn with_server(line: &str) -> String {
    let names = ["--target", "--spawn", "--vs-reference", "reference"];
    match line
        .split_whitespace()
        .any(|word| names.iter().any(|name| word.starts_with(name)))
    {
        true => line.into(),
        false => format!("--target 127.0.0.1:7 {line}"),
    }
}

fn command(line: &str) -> Result<Invocation, String> {
    let words: Vec<String> = line.split_whitespace().map(String::from).collect();
    parse(&words)
}

fn refused(line: &str, error: &str) {
    match command(line) {
        Err(found) => assert!(found.contains(error), "'{line}': {found}"),
        Ok(_) => panic!("'{line}' was accepted"),
    }
}

#[test]
fn of_all_but_the_server_there_are_defaults() {
    let plan = load("");
    assert_eq!(
        plan.servers,
        [Contender {
            name: "server".into(),
            protocol: Protocol::Papo,
            tls: false,
            server: Server::Target("127.0.0.1:7".parse().unwrap()),
        }]
    );
    assert_eq!(
        (plan.groups.bots, plan.groups.senders, plan.size),
        (100, 1, 64)
    );
    assert_eq!(plan.pace, Pace::Window(1));
    assert_eq!(plan.length, Duration::from_secs(10));
    assert_eq!(plan.cpus, Cpus::default());
    assert_eq!((plan.rounds, &plan.all_groups[..]), (1, &[plan.groups][..]));
    assert_eq!(plan.output, Output::default());
}

#[test]
fn a_value_follows_a_space_or_an_equals_sign() {
    let apart = load("--target 127.0.0.1:7 --bots 5 --rate 2.5 --seconds 0.5 --connect-rate 9");
    let joined = load("--target=127.0.0.1:7 --bots=5 --rate=2.5 --seconds=0.5 --connect-rate=9");
    assert_eq!(apart, joined);
    assert_eq!(joined.pace, Pace::Rate(2.5));
    assert_eq!(joined.length, Duration::from_millis(500));
}

#[test]
fn a_scenario_groups_the_bots() {
    let groups = |line: &str| {
        let groups = load(line).groups;
        (groups.count(), groups.senders_in_all(), groups.private)
    };
    assert_eq!(groups("--bots 9 --senders 2"), (1, 2, false));
    assert_eq!(groups("--scenario pairs --bots 8"), (4, 4, true));
    assert_eq!(groups("--scenario rooms --bots 11"), (3, 2, false));
    let rooms = "--scenario rooms --bots 12 --room-size 4 --senders 2";
    assert_eq!(groups(rooms), (3, 6, false));
    assert_eq!(groups("--scenario idle --bots 9"), (1, 1, false));
    // So many senders are too many for one room, but not for many rooms.
    let many = load("--scenario pairs --bots 10000 --target 127.0.0.1:7");
    assert_eq!(many.groups.owed(), 10_000);
}

#[test]
fn bots_on_one_processor_have_one_thread() {
    assert_eq!(load("--bots-cpu 0").threads, 1);
    assert_eq!(load("--bots-cpu 0 --threads 3").threads, 3);
}

#[test]
fn each_way_to_a_server_has_its_protocol() {
    let found = |line: &str| -> Vec<(String, Protocol, Server)> {
        let servers = load(line).servers.into_iter();
        servers
            .map(|each| (each.name, each.protocol, each.server))
            .collect()
    };
    let papo = || {
        let server = Server::Spawn(Program::PapoServer);
        ("papo-server".to_string(), Protocol::Papo, server)
    };
    let reference = || {
        let server = Server::Spawn(Program::Reference);
        ("loadtest reference".to_string(), Protocol::Raw, server)
    };
    let there = |name: &str, protocol| {
        let server = Server::Target("127.0.0.1:7".parse().unwrap());
        (name.to_string(), protocol, server)
    };
    assert_eq!(found("--spawn"), [papo()]);
    assert_eq!(found("--spawn-reference"), [reference()]);
    assert_eq!(
        found("--target 127.0.0.1:7 --protocol raw"),
        [there("server", Protocol::Raw)]
    );
    assert_eq!(found("--vs-reference"), [papo(), reference()]);
    let of = |(name, _, server): (String, Protocol, Server), protocol| (name, protocol, server);
    assert_eq!(
        found("--spawn --protocol ws --vs-reference"),
        [of(papo(), Protocol::Ws), of(reference(), Protocol::WsRaw)]
    );
    assert_eq!(
        found("--spawn-reference --protocol ws-raw"),
        [of(reference(), Protocol::WsRaw)]
    );
    let unkept = || {
        let server = Server::Spawn(Program::Unkept);
        let name = "papo-server --keep off".to_string();
        (name, Protocol::Papo, server)
    };
    assert_eq!(found("--spawn --vs-unkept"), [papo(), unkept()]);
    assert_eq!(
        found("--spawn --protocol ws --vs-unkept"),
        [of(papo(), Protocol::Ws), of(unkept(), Protocol::Ws)]
    );
    let secure = || {
        let server = Server::Spawn(Program::Secure);
        ("papo-server over TLS".to_string(), Protocol::Papo, server)
    };
    assert_eq!(found("--spawn --tls"), [secure()]);
    assert_eq!(found("--spawn --tls --vs-clear"), [secure(), papo()]);
    assert_eq!(
        found("--spawn --vs a=raw@127.0.0.1:7 --vs b=papo@127.0.0.1:7 --vs-reference"),
        [
            papo(),
            there("a", Protocol::Raw),
            there("b", Protocol::Papo),
            reference()
        ]
    );
    assert_eq!(load("--vs-reference").rounds, 2);
    assert_eq!(load("--vs-reference --rounds 5").rounds, 5);
}

#[test]
fn bots_may_be_a_list() {
    let plan = load("--scenario rooms --bots 10,20,5");
    let counts: Vec<_> = plan
        .all_groups
        .iter()
        .map(|groups| (groups.bots, groups.count()))
        .collect();
    assert_eq!(counts, [(10, 2), (20, 4), (5, 1)]);
    assert_eq!(plan.groups, plan.all_groups[0]);
}

#[test]
fn a_run_without_troublemakers_can_be_like_one_with_them() {
    assert!(load("--scenario slow").has_trouble());
    assert!(load("--slow 1").has_trouble());
    let plain = load("--scenario slow --slow 0 --stopped 0");
    assert!(plain.trouble.is_empty() && plain.has_trouble());
    assert!(!load("--bots 10").has_trouble());
}

#[test]
fn a_search_has_short_steps_and_a_start() {
    let plan = load("--find-max p99<20ms --rate 50");
    assert_eq!((plan.start, plan.length), (50.0, Duration::from_secs(3)));
    assert_eq!(load("--find-max p99<20ms").start, 100.0);
    assert_eq!(
        load("--find-max p99<20ms --seconds 1").length,
        Duration::from_secs(1)
    );
}

#[test]
fn processors_are_chosen_or_left_alone() {
    assert_eq!(load("--spawn --no-pin").cpus, Cpus::default());
    let chosen = Cpus {
        server: Some(3),
        bots: Some(2),
    };
    assert_eq!(load("--spawn --server-cpu 3 --bots-cpu 2").cpus, chosen);
    let bots = Cpus {
        server: None,
        bots: Some(0),
    };
    assert_eq!(load("--bots-cpu 0").cpus, bots);
}

#[test]
fn what_cannot_be_done_is_refused_in_one_line() {
    for (line, error) in [
        ("--bot 3", "--bot"),
        ("--bots", "--bots"),
        ("--bots many", "many"),
        ("--bots 1", "at least 2"),
        ("--bots 50000000", "descriptors"),
        ("--senders 0", "--senders must be 1 to 100"),
        ("--bots 5 --senders 6", "--senders must be 1 to 5"),
        ("--bots 10000 --senders 10000", "pairs"),
        ("--scenario party", "--scenario is one of fanout, pairs"),
        ("--scenario pairs --bots 5", "in pairs"),
        ("--scenario pairs --senders 2", "--senders must be 1 to 1"),
        (
            "--scenario rooms --room-size 1",
            "--room-size must be 2 to 100",
        ),
        (
            "--scenario rooms --room-size 4 --senders 5",
            "--senders must be 1 to 4",
        ),
        (
            "--scenario pairs --bots 1000 --window 60000",
            "lines in in_flight",
        ),
        ("--threads 0", "--threads must be 1 to 64"),
        ("--window 0", "--window must be 1 to 65536"),
        ("--window 2 --rate 3", "exclude each other"),
        ("--rate NaN", "--rate must be"),
        ("--size 30", "--size must be 31 to 1024"),
        ("--seconds 0", "--seconds must be"),
        ("--joining 0", "--joining must be"),
        ("--connect-rate 0", "--connect-rate must be"),
        (
            "--protocol tcp",
            "one of papo, irc, redis, nats, mqtt, nats-ws, mqtt-ws, ws, raw, ws-raw, not 'tcp'",
        ),
        (
            "--protocol irc --size 401",
            "--size 401 does not fit into a line of irc, which takes 400",
        ),
        (
            "--spawn --size 401 --vs a=irc@127.0.0.1:7",
            "--size 401 does not fit into a line of irc",
        ),
        (
            "--scenario pairs --size 1007",
            "--size 1007 does not fit into a line of papo, which takes 1006",
        ),
        ("--target here", "HOST:PORT"),
        ("--spawn --target 127.0.0.1:7", "exclude each other"),
        ("--spawn --spawn-reference", "exclude each other"),
        (
            "--spawn-reference --protocol papo",
            "only --protocol raw and ws-raw",
        ),
        ("--server-cpu 1", "--server-cpu needs"),
        ("--spawn --no-pin --bots-cpu 1", "exclude each other"),
        ("reference --listen nowhere", "HOST:PORT"),
        ("nonsense", "nonsense"),
    ] {
        refused_in_one_line(line, error);
    }
}

#[test]
fn what_cannot_be_judged_or_compared_is_refused_in_one_line() {
    for (line, error) in [
        ("--bots 5,", "--bots is a number"),
        ("--bots 5,6,5", "--bots has 5 twice"),
        ("--bots 5,1", "at least 2"),
        ("--bots 50,5 --senders 6", "--senders must be 1 to 5"),
        ("--fail-if p99", "--fail-if: 'p99' has no comparison"),
        ("--find-max p1<3ms", "--find-max: nothing is called 'p1'"),
        ("--find-max p99<3ms --vs-reference", "one server"),
        ("--find-max p99<3ms --bots 5,6", "one number of bots"),
        ("--find-max p99<3ms --window 2", "exclude each other"),
        ("--scenario idle --rate 5", "idle and --rate exclude"),
        ("--scenario idle --window 5", "idle and --window exclude"),
        (
            "--scenario idle --find-max p99<3ms",
            "idle and --find-max exclude",
        ),
        ("--scenario storm --rate 5", "storm and --rate exclude"),
        (
            "--scenario storm --fail-if join>1s,p99>1s",
            "a storm has join, leave, join-cpu and leave-cpu",
        ),
        ("--scenario storm --live", "storm and --live exclude"),
        (
            "--scenario storm --slow 1",
            "storm comes without troublemakers",
        ),
        (
            "--scenario storm --vs a=nats@127.0.0.1:7",
            "a storm needs a server that tells who comes and leaves, not nats",
        ),
        (
            "--slow 1 --spawn --vs-reference",
            "lets them in by name, not raw",
        ),
        (
            "--scenario garbage --spawn --vs a=irc@127.0.0.1:7",
            "garbage is made for papo, not for irc",
        ),
        ("--scenario rooms --slow 1", "--slow needs one room for all"),
        (
            "--scenario pairs --stopped 1",
            "--stopped needs one room for all",
        ),
        (
            "--slow 1 --slow-rate 700000",
            "--slow-rate must be 10 to 655360",
        ),
        ("--rounds 0", "--rounds must be"),
        ("--json --csv -", "exclude each other"),
        ("--spawn --vs redis", "--vs is NAME=PROTOCOL@HOST:PORT"),
        ("--spawn --vs a=tcp@127.0.0.1:7", "not 'tcp'"),
        ("--spawn --vs a=raw@nowhere", "HOST:PORT"),
        (
            "--spawn --vs papo-server=raw@127.0.0.1:7",
            "two servers are called",
        ),
    ] {
        refused_in_one_line(line, error);
    }
}

#[test]
fn no_server_is_taken_for_granted() {
    for line in ["", "--bots 5", "--vs a=raw@127.0.0.1:7", "--scenario storm"] {
        refused(line, "--target HOST:PORT");
    }
}

fn refused_in_one_line(line: &str, error: &str) {
    let line = &with_server(line);
    refused(line, error);
    let told = command(line).err();
    assert!(!told.is_some_and(|told| told.contains('\n')), "{line}");
}

#[test]
fn help_and_version_are_text() {
    for (line, part) in [
        ("--help", "--connect-rate"),
        ("-h", "--vs-reference"),
        ("reference --help", "--listen"),
        ("--version", env!("CARGO_PKG_VERSION")),
    ] {
        match command(line) {
            Ok(Invocation::Text(text)) => assert!(text.contains(part), "{line}: {text}"),
            _ => panic!("'{line}' gave no text"),
        }
    }
    let Ok(Invocation::Text(text)) = command("-h") else {
        panic!("no help")
    };
    for (_, heading) in help::HEADINGS {
        assert_eq!(text.matches(&format!("\n{heading}\n")).count(), 1, "{text}");
    }
    assert!(matches!(
        command("reference --listen=127.0.0.1:7"),
        Ok(Invocation::Reference(_, false))
    ));
    assert!(matches!(
        command("reference --pairs"),
        Ok(Invocation::Reference(_, true))
    ));
}
