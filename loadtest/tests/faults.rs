//! The tool against servers that do wrong on purpose: each fault is found, named, and makes the exit
//! code 1; against one that does right it is 0. And the tool with its own server.
//!
//! The fake server knows as much of docs/protocol.md as the bots need. Nothing here waits for time:
//! a rate and a length fix the number of lines, and the tool itself ends.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// Exactly 50 lines are due, on any machine.
const FIFTY_LINES: &str = "--rate 500 --seconds 0.1 --patience 0.5";
/// The bot that is wronged, and from which of its lines on.
const VICTIM: &str = "bot3";
const WHEN: usize = 7;

/// What a server does to the victim.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    Lose,
    Double,
    Swap,
    Skip,
    Damage,
    Close,
    /// Lines of one sender before those of another.
    Prefer,
    /// The victim's name is refused.
    Refuse,
    /// Senders get their own lines back.
    Echo,
    /// Nobody is told that the victim came.
    HideArrival,
    /// Nobody is told that the victim left.
    HideDeparture,
}

/// Who is there, and what the victim has still to get.
struct Room {
    fault: Fault,
    users: HashMap<String, User>,
    /// Lines that the victim was owed.
    lines: usize,
    held: Vec<(String, String)>,
}

struct User {
    conn: TcpStream,
    room: String,
}

/// Starts a server; its threads end with the test process.
fn server(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let room = Arc::new(Mutex::new(Room {
        fault,
        users: HashMap::new(),
        lines: 0,
        held: Vec::new(),
    }));
    thread::spawn(move || {
        for conn in listener.incoming() {
            let (room, conn) = (room.clone(), conn.unwrap());
            thread::spawn(move || serve(conn, &room));
        }
    });
    address
}

fn serve(conn: TcpStream, room: &Mutex<Room>) {
    conn.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(conn.try_clone().unwrap()).lines();
    let Some(Ok(name)) = lines.next() else { return };
    room.lock().unwrap().welcome(&name, conn);
    while let Some(Ok(text)) = lines.next() {
        let mut room = room.lock().unwrap();
        match text.split_once(' ') {
            _ if text == "/quit" => break,
            Some(("/join", to)) => room.join(&name, to),
            Some(("/private", rest)) => {
                let (to, text) = rest.split_once(' ').unwrap();
                let line = format!("[private from {name}] {text}\n");
                room.say(&name, &line, text, |listener, _| listener == to);
            }
            _ => {
                let line = format!("<{name}> {text}\n");
                let place = room.users[&name].room.clone();
                room.say(&name, &line, &text, |_, user| user.room == place);
            }
        }
    }
    room.lock().unwrap().leave(&name);
}

impl Room {
    fn welcome(&mut self, name: &str, mut conn: TcpStream) {
        let refused = self.fault == Fault::Refuse && name == VICTIM;
        let answer = match refused {
            true => format!("! the name {name} is taken\n"),
            false => format!("* welcome, {name}! you are in lobby\n"),
        };
        self.tell(Fault::HideArrival, name, "joined");
        // A bot may be gone by now, here and below: the tool has ended.
        let _ = conn.write_all(answer.as_bytes());
        let room = "lobby".into();
        self.users.insert(name.to_string(), User { conn, room });
    }

    fn join(&mut self, name: &str, room: &str) {
        let user = self.users.get_mut(name).unwrap();
        user.room = room.into();
        let answer = format!("* you are in {room} with others\n");
        let _ = user.conn.write_all(answer.as_bytes());
    }

    fn leave(&mut self, name: &str) {
        if let Some(user) = self.users.remove(name) {
            self.tell(Fault::HideDeparture, name, "left");
            let _ = user.conn.shutdown(Shutdown::Both);
        }
    }

    /// All are told that somebody came or left, unless that is the fault.
    fn tell(&mut self, hidden: Fault, name: &str, what: &str) {
        if self.fault == hidden && name == VICTIM {
            return;
        }
        for user in self.users.values_mut() {
            let notice = format!("* {name} {what}\n");
            let _ = user.conn.write_all(notice.as_bytes());
        }
    }

    /// Those who hear it get the line, and the sender gets it back if that is the fault.
    fn say(&mut self, from: &str, line: &str, text: &str, hears: impl Fn(&str, &User) -> bool) {
        // The roll call is no line of the test.
        let counted = text != "roll call" && hears(VICTIM, &self.users[VICTIM]);
        self.lines += usize::from(counted);
        let echoes = counted && self.fault == Fault::Echo && self.lines == WHEN;
        for (name, user) in &mut self.users {
            let wronged = name == VICTIM && counted;
            let bytes = match wronged {
                true => wrong(self.fault, self.lines, from, line, &mut self.held),
                false if name == from && echoes => line.into(),
                false if name != from && hears(name, user) => line.into(),
                false => String::new(),
            };
            let _ = user.conn.write_all(bytes.as_bytes());
            if wronged && self.fault == Fault::Close && self.lines == WHEN {
                let _ = user.conn.shutdown(Shutdown::Both);
            }
        }
    }
}

/// What the victim gets for a line.
fn wrong(
    fault: Fault,
    count: usize,
    from: &str,
    line: &str,
    held: &mut Vec<(String, String)>,
) -> String {
    match fault {
        Fault::Lose if count == WHEN => String::new(),
        Fault::Double if count == WHEN => line.repeat(2),
        Fault::Damage if count == WHEN => line.replace('x', "y"),
        Fault::Skip if count == WHEN => "* 1 line skipped: you were reading too slowly\n".into(),
        Fault::Swap if count == WHEN => {
            held.push((from.into(), line.into()));
            String::new()
        }
        Fault::Swap if count == WHEN + 1 => format!("{line}{}", held[0].1),
        Fault::Prefer => {
            held.push((from.into(), line.into()));
            if from == held[0].0 || from == "done" {
                return String::new();
            }
            // The second sender overtakes all that the first has said so far.
            let first = held[0].0.clone();
            held.sort_by_key(|(sender, _)| *sender == first);
            let bytes = held.drain(..).map(|(_, line)| line).collect();
            held.push(("done".into(), String::new()));
            bytes
        }
        _ => line.into(),
    }
}

fn loadtest(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs the tool against a server with this fault: exit code, figures and what is said of it.
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
    for (groups, deliveries) in [
        ("--scenario rooms --bots 10", 200),
        ("--scenario rooms --bots 9 --room-size 4 --threads 2", 150),
        ("--scenario pairs --bots 6", 50),
        ("--scenario pairs --bots 6 --threads 3", 50),
    ] {
        let (code, figures, said) = judged(Fault::Nothing, groups);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{groups}: {figures}");
        assert_eq!(figures["lines"], 50);
        assert_eq!(figures["deliveries"], deliveries, "{groups}");
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
    for (fault, name) in [
        (Fault::HideArrival, "arrivals told: 3 of 4"),
        (Fault::HideDeparture, "departures told: 3 of 4"),
    ] {
        let (code, figures, said) = judged(fault, "--bots 5");
        assert_eq!(code, Some(1), "{fault:?}: {figures}");
        assert!(said.contains(name), "{fault:?}: {said}");
    }
}

/// `first` is the seventh line that the victim is owed.
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
        (Fault::Close, "closed", "conns closed by the server: 1"),
        (Fault::Echo, "echoed", "sent back to their sender: 1 line"),
    ] {
        let (code, figures, said) = judged(fault, groups);
        let name = name.replace("SIXTH", first);
        assert_eq!(code, Some(1), "{fault:?}: {figures}");
        assert_eq!(figures[figure], 1, "{fault:?}: {figures}");
        assert!(said.contains(&name), "{fault:?}: {said}");
        // A closed conn may or may not have been owed a line by then.
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
    let output = loadtest("--bots 1");
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
