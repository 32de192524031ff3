//! The program against servers that make faults on purpose: each fault is found, named, and makes the exit
//! code 1; without faults it is 0. And the program with its own server.
//!
//! Nothing here waits for time: a rate and a length fix the number of lines, and the program ends by itself.

mod server;

use serde_json::Value;
use server::{Fault, server};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

/// Exactly 50 lines are due, on any machine.
const FIFTY_LINES: &str = "--rate 500 --seconds 0.1 --patience 0.5";
fn loadtest(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Run the program against a server with this fault. Returns exit code, figures and standard error.
fn judged(fault: Fault, more: &str) -> (Option<i32>, Value, String) {
    let target = server(fault);
    let output = loadtest(&format!("--target {target} {FIFTY_LINES} --json {more}"));
    let figures = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), figures, said)
}

#[test]
fn a_faithful_server_passes() {
    for threads in ["", "--threads 2"] {
        let (code, figures, said) =
            judged(Fault::Nothing, &format!("--bots 5 --senders 2 {threads}"));
        assert_eq!((code, said.as_str()), (Some(0), ""), "{figures}");
        assert_eq!(figures["lines"], 50);
        assert_eq!(figures["deliveries"], 200);
        assert_eq!(figures["same_order"], true);
        assert_eq!(figures["server_pid"], std::process::id());
        assert_eq!(figures["moves"]["arrivals_told"], 4);
        assert_eq!(figures["moves"]["departures_told"], 4);
    }
}

#[test]
fn a_faithful_server_passes_with_rooms_and_pairs() {
    for (groups, deliveries, left) in [
        ("--scenario rooms --bots 10", 200, Value::from(8)),
        (
            "--scenario rooms --bots 9 --room-size 4 --threads 2",
            150,
            6.into(),
        ),
        ("--scenario pairs --bots 6", 50, Value::Null),
        ("--scenario pairs --bots 6 --threads 3", 50, Value::Null),
    ] {
        let (code, figures, said) = judged(Fault::Nothing, groups);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{groups}: {figures}");
        assert_eq!(figures["lines"], 50);
        assert_eq!(figures["deliveries"], deliveries, "{groups}");
        assert_eq!(figures["moves"]["departures_told"], left, "{groups}");
    }
}

#[test]
fn each_fault_is_found_and_named() {
    each_fault("--bots 5", "line 6 of bot0 at bot3");
}

#[test]
fn two_threads_find_the_same_faults() {
    each_fault("--bots 5 --threads 2", "line 6 of bot0 at bot3");
}

#[test]
fn each_fault_is_found_in_the_room_of_the_victim() {
    let rooms = "--scenario rooms --bots 10";
    each_fault(rooms, "line 6 of bot0 at bot3");
    each_fault(&format!("{rooms} --threads 2"), "line 6 of bot0 at bot3");
}

#[test]
fn each_fault_is_found_in_the_pair_of_the_victim() {
    let pairs = "--scenario pairs --bots 6";
    each_fault(pairs, "line 6 of bot2 at bot3");
    each_fault(&format!("{pairs} --threads 2"), "line 6 of bot2 at bot3");
}

#[test]
fn who_comes_or_leaves_untold_is_missed() {
    let rooms = "--scenario rooms --bots 11";
    for (fault, groups, name) in [
        (Fault::HideArrival, "--bots 5", "arrivals told: 3 of 4"),
        (Fault::HideDeparture, "--bots 5", "departures told: 3 of 4"),
        (Fault::HideDeparture, rooms, "departures told: 7 of 8"),
    ] {
        let (code, figures, said) = judged(fault, groups);
        assert_eq!(code, Some(1), "{fault:?}: {figures}");
        assert!(said.contains(name), "{fault:?}: {said}");
    }
}

/// `first` is the seventh line for the victim.
fn each_fault(groups: &str, first: &str) {
    for (fault, figure, name) in [
        (Fault::Lose, "lost", "lost: 1 line (first: SIXTH)"),
        (
            Fault::Double,
            "duplicated",
            "duplicated: 1 line (first: SIXTH)",
        ),
        (
            Fault::Swap,
            "out_of_order",
            "out of order: 1 line (first: SIXTH)",
        ),
        (
            Fault::Skip,
            "skipped",
            "lines skipped, as the server told: 1",
        ),
        (
            Fault::Damage,
            "foreign",
            "lines damaged, or said by strangers: 1",
        ),
        (
            Fault::Throttle,
            "throttled",
            "the server held back 1 of the bots: its flood control is measured; start it with --rate 0",
        ),
        (Fault::Close, "closed", "conns closed by the server: 1"),
        (Fault::Echo, "echoed", "sent back to their sender: 1 line"),
    ] {
        let (code, figures, said) = judged(fault, groups);
        let name = name.replace("SIXTH", first);
        assert_eq!(code, Some(1), "{fault:?}: {figures}");
        assert_eq!(figures[figure], 1, "{fault:?}: {figures}");
        assert!(said.contains(&name), "{fault:?}: {said}");
        // There may or may not have been lines for the closed conn by then.
        if fault != Fault::Close {
            let lost = matches!(fault, Fault::Lose | Fault::Damage);
            assert_eq!(figures["lost"] == 1, lost, "{fault:?}: {figures}");
        }
    }
}

#[test]
fn an_order_of_its_own_is_found_though_each_sender_is_in_order() {
    for threads in ["", "--threads 2"] {
        let more = format!("--bots 5 --senders 2 {threads}");
        let (code, figures, said) = judged(Fault::Prefer, &more);
        assert_eq!(code, Some(1), "{figures}");
        assert_eq!(figures["same_order"], false);
        assert_eq!(
            (&figures["lost"], &figures["out_of_order"]),
            (&0.into(), &0.into())
        );
        assert!(said.contains("order differs between listeners"), "{said}");
    }
}

#[test]
fn a_bot_that_is_not_let_in_is_named_with_the_reason() {
    let (code, _, said) = judged(Fault::Refuse, "--bots 5");
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "loadtest: the server did not let bot3 in: ! the name bot3 is taken\n"
    );
}

#[test]
fn what_a_server_says_commands_no_terminal() {
    let (code, _, said) = judged(Fault::Scream, "--bots 5");
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "loadtest: the server did not let bot3 in: \
         ! \\u{1b}]0;pwned\\u{7} \\u{9b}2J\\u{202e}no\\u{200b}\n"
    );
}

#[test]
fn why_it_waits_for_flood_control_is_told_while_it_waits() {
    let (code, figures, said) = judged(Fault::Hold, "--bots 5");
    assert_eq!(code, Some(1), "{figures}");
    let waits = "loadtest: the time is over; 50 lines are still on their way, as the server's flood \
                 control holds back 1 of the bots (start it with --rate 0); ^C ends the wait\n";
    assert!(said.starts_with(waits), "{said}");
    assert_eq!(said.matches("the time is over").count(), 1, "{said}");
}

#[test]
fn a_server_that_dies_is_told_with_the_time() {
    let (code, figures, said) = judged(Fault::Close, "--bots 5");
    assert_eq!(code, Some(1), "{figures}");
    let told = "conns closed by the server: 1, the first after 0.0";
    assert!(said.contains(told), "{said}");
    assert!(
        figures["closed_after_s"]
            .as_f64()
            .is_some_and(|time| time > 0.0)
    );
}

#[test]
fn nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let output = loadtest(&format!("--target {free} --bots 2"));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("cannot connect to")
    );
}

#[test]
fn a_wrong_option_is_one_line_and_exit_code_2() {
    let output = loadtest("--spawn --bots 1");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn the_reference_carries_every_line() {
    let output = loadtest(
        "--spawn-reference --bots 40 --senders 3 --window 16 --seconds 0.2 --connect-rate 2000 --json",
    );
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{figures}");
    let count = |name: &str| figures[name].as_u64().unwrap();
    assert!(count("lines") >= 16, "{figures}");
    assert_eq!(count("deliveries"), count("lines") * 39);
    assert!(figures["server_cpu_us_per_delivery"].as_f64().unwrap() > 0.0);
    assert_eq!(figures["server_ended"], "signal: 15 (SIGTERM)");
}

#[test]
fn the_reference_carries_every_line_of_groups_with_one_thread_and_with_two() {
    for (groups, each) in [
        ("--scenario pairs --bots 40", 1),
        ("--scenario rooms --bots 40 --senders 2", 4),
        ("--bots 40 --senders 30", 39),
    ] {
        for threads in [1, 2] {
            let output = loadtest(&format!(
                "--spawn-reference {groups} --threads {threads} --window 3 --seconds 0.2 --json"
            ));
            let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(0), "{groups}: {figures}");
            let count = |name: &str| figures[name].as_u64().unwrap();
            assert!(count("lines") >= 3, "{figures}");
            assert_eq!(count("deliveries"), count("lines") * each);
            assert_eq!(figures["tester"]["threads"], threads);
        }
    }
}

#[test]
fn the_reference_knows_a_pair_that_is_alone() {
    let output = loadtest("--spawn-reference --scenario pairs --bots 2 --seconds 0.1 --json");
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    assert_eq!(output.status.code(), Some(0), "{figures}");
    assert_eq!(figures["deliveries"], figures["lines"]);
}

#[test]
fn after_an_idle_time_one_line_reaches_everybody() {
    let output = loadtest("--spawn-reference --scenario idle --bots 40 --seconds 0.1 --json");
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{figures}");
    assert_eq!(
        (&figures["lines"], &figures["deliveries"]),
        (&1.into(), &39.into())
    );
    assert!(figures["seconds"].as_f64().unwrap() >= 0.1);
}

#[test]
fn a_reader_that_leaves_after_the_first_line_is_no_panic() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .arg("--help")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_delay_is_found_by_a_condition_and_by_nothing_else() {
    // The fake server delays lines by 100 ms. No machine makes that less than 50 ms, nor any other
    // delay here a minute.
    let (code, figures, said) = judged(Fault::Delay, "--bots 5 --fail-if p50>50ms,p99>50ms,loss>0");
    assert_eq!(code, Some(1), "{figures}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("loadtest: p99>50ms: it is "), "{said}");
    assert_eq!(figures["deliveries"], 200);
    for (fault, conditions) in [
        (Fault::Delay, "--bots 5"),
        (Fault::Delay, "--bots 5 --fail-if p99<50ms,p99>60s"),
        (Fault::Nothing, "--bots 5 --fail-if p99>60s,loss>0"),
    ] {
        let (code, figures, said) = judged(fault, conditions);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{figures}");
    }
}

#[test]
fn a_condition_about_a_fault_judges_instead_of_the_default() {
    let (code, _, said) = judged(Fault::Lose, "--bots 5 --fail-if loss>1");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let (code, _, said) = judged(Fault::Lose, "--bots 5 --fail-if loss>0");
    assert_eq!(code, Some(1));
    assert_eq!(said, "loadtest: loss>0: it is 1\n");
    let (code, _, said) = judged(Fault::Throttle, "--bots 5 --fail-if throttled>1");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let (code, _, said) = judged(Fault::Throttle, "--bots 5 --fail-if throttled>0");
    assert_eq!(code, Some(1));
    assert_eq!(said, "loadtest: throttled>0: it is 1\n");
    let (code, _, said) = judged(Fault::Double, "--bots 5 --fail-if loss>1");
    assert_eq!(code, Some(1));
    assert!(said.contains("duplicated: 1 line"), "{said}");
}

#[test]
fn servers_are_compared_with_the_first_one() {
    let (target, other) = (server(Fault::Nothing), server(Fault::Lose));
    let output = loadtest(&format!(
        "--target {target} --vs bad=papo@{other} {FIFTY_LINES} --bots 4,5 --rounds 1 --json"
    ));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> = figures["runs"].as_array().unwrap().iter().collect();
    let names: Vec<_> = names
        .iter()
        .map(|run| (&run["server"], &run["bots"]))
        .collect();
    assert_eq!(names.len(), 4);
    assert_eq!(names[1], (&"bad".into(), &4.into()));
    assert_eq!(figures["ratios"][0]["beside"], "bad");
    // The fake server counts over all runs, so only its first run loses a line.
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "loadtest: bad with 4 bots: lost: 1 line (first: line 6 of bot0 at bot3)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_server_that_fails_leaves_the_others_their_figures() {
    let target = server(Fault::Nothing);
    let other = server(Fault::Refuse);
    let output = loadtest(&format!(
        "--target {target} --vs bad=papo@{other} {FIFTY_LINES} --bots 5 --rounds 2 --json"
    ));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["runs"].as_array().unwrap().len(), 2);
    let failure = "bad with 5 bots: the server did not let bot3 in: ! the name bot3 is taken";
    assert_eq!(figures["failures"], serde_json::json!([failure]));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, format!("loadtest: {failure}\n"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_run() {
    for option in ["--csv", "--hdr", "--svg", "--report"] {
        let output = loadtest(&format!(
            "--spawn-reference --bots 2 --seconds 86400 {option} /nowhere/at/all"
        ));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with("loadtest: cannot write /nowhere/at/all: "),
            "{said}"
        );
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_search_ends_where_the_conditions_do() {
    let output = loadtest("--spawn-reference --bots 3 --seconds 0.05 --rate 1 --find-max p50<0");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("even the lowest rate"), "{said}");
}
