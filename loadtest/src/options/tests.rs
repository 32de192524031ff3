//! The command line: what is understood, and which line is said when it is not.

use super::*;

fn load(line: &str) -> Plan {
    match wish(line) {
        Ok(Wish::Load(plan)) => *plan,
        Ok(_) => panic!("'{line}' is no load test"),
        Err(error) => panic!("'{line}': {error}"),
    }
}

fn wish(line: &str) -> Result<Wish, String> {
    let words: Vec<String> = line.split_whitespace().map(String::from).collect();
    parse(&words)
}

fn refused(line: &str, error: &str) {
    match wish(line) {
        Err(found) => assert!(found.contains(error), "'{line}': {found}"),
        Ok(_) => panic!("'{line}' was accepted"),
    }
}

#[test]
fn without_options_there_are_defaults() {
    let plan = load("");
    assert_eq!(
        plan.server,
        Server::Target("127.0.0.1:12345".parse().unwrap())
    );
    assert_eq!(
        (plan.groups.bots, plan.groups.senders, plan.size),
        (100, 1, 64)
    );
    assert_eq!(plan.pace, Pace::Window(1));
    assert_eq!(plan.length, Duration::from_secs(10));
    assert_eq!(plan.cpus, Cpus::default());
    assert!(!plan.json);
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
    // What all senders of one room could not be checked for, many rooms can.
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
    assert_eq!(load("--spawn").server, Server::Spawn(Program::PapoServer));
    assert_eq!(load("--spawn").protocol, Protocol::Papo);
    assert_eq!(
        load("--spawn-reference").server,
        Server::Spawn(Program::Reference)
    );
    assert_eq!(load("--spawn-reference").protocol, Protocol::Raw);
    assert_eq!(
        load("--target 127.0.0.1:7 --protocol raw").protocol,
        Protocol::Raw
    );
    let both = Server::Compare([Program::PapoServer, Program::Reference]);
    assert_eq!(load("--vs-reference").server, both);
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
            "lines in flight",
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
            "one of papo, irc, redis, nats, mqtt, raw, not 'tcp'",
        ),
        (
            "--protocol irc --size 401",
            "--size 401 does not fit into a line of irc, which takes 400",
        ),
        ("--target here", "HOST:PORT"),
        ("--spawn --target 127.0.0.1:7", "exclude each other"),
        ("--spawn --spawn-reference", "exclude each other"),
        ("--spawn-reference --protocol papo", "only --protocol raw"),
        ("--server-cpu 1", "--server-cpu needs"),
        ("--spawn --no-pin --bots-cpu 1", "exclude each other"),
        ("reference --listen nowhere", "HOST:PORT"),
        ("nonsense", "nonsense"),
    ] {
        refused(line, error);
        assert!(
            !wish(line).err().is_some_and(|error| error.contains('\n')),
            "{line}"
        );
    }
}

#[test]
fn help_and_version_are_text() {
    for (line, part) in [
        ("--help", "--connect-rate"),
        ("-h", "--vs-reference"),
        ("reference --help", "--listen"),
        ("--version", env!("CARGO_PKG_VERSION")),
    ] {
        match wish(line) {
            Ok(Wish::Text(text)) => assert!(text.contains(part), "{line}: {text}"),
            _ => panic!("'{line}' gave no text"),
        }
    }
    assert!(matches!(
        wish("reference --listen=127.0.0.1:7"),
        Ok(Wish::Reference(_, false))
    ));
    assert!(matches!(
        wish("reference --pairs"),
        Ok(Wish::Reference(_, true))
    ));
}
