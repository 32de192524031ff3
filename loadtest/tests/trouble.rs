//! The troublemakers and the storm: against papo-server every scenario passes; against a server that
//! wrongs one of them on purpose, that is found and named.
//!
//! The fake server knows as much of docs/protocol.md as they need. Nothing here waits for time: a rate
//! and a length fix the number of lines, and the tool itself ends.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, Once};
use std::thread;

/// Exactly 50 lines are due, on any machine.
const FIFTY_LINES: &str = "--bots 5 --rate 500 --seconds 0.1 --patience 2";
/// The first of the slow readers, who comes after the watcher and the caller.
const SLOW: &str = "bot100002";
/// Who comes more than once has such a name.
const COMES_AND_GOES: &str = "bot2000";
/// From which line on somebody is wronged.
const WHEN: usize = 7;

/// What a server does to somebody.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    /// A slow reader does not get a line.
    Lose,
    /// Nor this one, and is told of two.
    Miscount,
    /// A slow reader gets a line twice.
    Repeat,
    /// A slow reader is closed without a word.
    Close,
    /// A slow reader is closed with the reason: no fault.
    Dismiss,
    /// Those who come and go get a line twice.
    Double,
    /// Of the first of them nobody is told that it came.
    Hide,
    /// That the first of them left is told twice.
    Mourn,
    /// The first of them has a name that is taken.
    Refuse,
}

/// The room: who is in it.
struct Room {
    fault: Fault,
    users: HashMap<String, TcpStream>,
    lines: usize,
    came: usize,
    left: usize,
}

/// Starts a server; its threads end with the test process.
fn server(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let room = Arc::new(Mutex::new(Room {
        fault,
        users: HashMap::new(),
        lines: 0,
        came: 0,
        left: 0,
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
    if !room.lock().unwrap().join(&name, conn) {
        return;
    }
    while let Some(Ok(text)) = lines.next() {
        if text == "/quit" {
            break;
        }
        room.lock().unwrap().say(&name, &text);
    }
    room.lock().unwrap().leave(&name);
}

impl Room {
    /// Whether the name could be had.
    fn join(&mut self, name: &str, mut conn: TcpStream) -> bool {
        self.came += usize::from(name.starts_with(COMES_AND_GOES));
        let first = name.starts_with(COMES_AND_GOES) && self.came == 1;
        // Somebody may be gone by now, here and below.
        if self.fault == Fault::Refuse && first {
            let _ = writeln!(conn, "! the name {name} is taken; try another");
            return false;
        }
        if !(self.fault == Fault::Hide && first) {
            self.tell(&format!("* {name} joined\n"));
        }
        let _ = writeln!(conn, "* welcome, {name}! you are in lobby");
        self.users.insert(name.into(), conn);
        true
    }

    fn leave(&mut self, name: &str) {
        let Some(mut conn) = self.users.remove(name) else {
            return;
        };
        let _ = writeln!(conn, "* bye, {name}");
        let _ = conn.shutdown(Shutdown::Both);
        self.left += usize::from(name.starts_with(COMES_AND_GOES));
        let first = name.starts_with(COMES_AND_GOES) && self.left == 1;
        let times = if self.fault == Fault::Mourn && first {
            2
        } else {
            1
        };
        self.tell(&format!("* {name} left\n").repeat(times));
    }

    fn tell(&mut self, line: &str) {
        for conn in self.users.values_mut() {
            let _ = conn.write_all(line.as_bytes());
        }
    }

    fn say(&mut self, from: &str, text: &str) {
        let line = format!("<{from}> {text}\n");
        // A roll call is no line of the test.
        self.lines += usize::from(text != "roll call");
        let now = text != "roll call" && self.lines == WHEN;
        for (name, conn) in self.users.iter_mut().filter(|(name, _)| *name != from) {
            let (bytes, end) = match now {
                true => wrong(self.fault, name, &line),
                false => (line.clone(), false),
            };
            let _ = conn.write_all(bytes.as_bytes());
            if end {
                let _ = conn.shutdown(Shutdown::Both);
            }
        }
    }
}

/// What somebody gets for a line, and whether that is the end.
fn wrong(fault: Fault, name: &str, line: &str) -> (String, bool) {
    let told = "* 2 lines skipped: you were reading too slowly\n";
    let reason = format!("* bye, {name}: you have read nothing for too long\n");
    match fault {
        Fault::Lose if name == SLOW => (String::new(), false),
        Fault::Miscount if name == SLOW => (told.into(), false),
        Fault::Repeat if name == SLOW => (line.repeat(2), false),
        Fault::Close if name == SLOW => (line.into(), true),
        Fault::Dismiss if name == SLOW => (line.to_string() + &reason, true),
        Fault::Double if name.starts_with(COMES_AND_GOES) => (line.repeat(2), false),
        _ => (line.into(), false),
    }
}

/// Runs the tool: exit code, figures and what is said of it.
fn loadtest(arguments: &str) -> (Option<i32>, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(arguments.split_whitespace())
        .arg("--json")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let figures = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), figures, said)
}

/// Makes sure that a papo-server lies where `--spawn` looks for it. A test run of the whole workspace
/// has built it anyway.
fn build_papo_server() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_loadtest")).parent().unwrap();
        if folder.join("papo-server").exists() {
            return;
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--package", "papo-server", "--target-dir"]);
        cargo.arg(folder.parent().unwrap());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
    });
}

#[test]
fn papo_server_passes_every_scenario() {
    build_papo_server();
    for (scenario, figures_that_count) in [
        (
            "slow --slow 3 --stopped 3",
            &["slow and stopped readers"][..],
        ),
        ("garbage --garbage-rate 1000", &["pieces of garbage"]),
        ("churn --churn 10", &["joins", "leaves"]),
        (
            "mixed",
            &["slow and stopped readers", "pieces of garbage", "joins"],
        ),
    ] {
        let (code, figures, said) = loadtest(&format!(
            "--spawn --scenario {scenario} --bots 20 --senders 3 --window 8 --seconds 0.5"
        ));
        assert_eq!(
            (code, said.as_str()),
            (Some(0), ""),
            "{scenario}: {figures}"
        );
        for name in figures_that_count {
            let value = figures["trouble"][name].as_u64();
            assert!(
                value.is_some_and(|value| value > 0),
                "{scenario}: {figures}"
            );
        }
    }
}

#[test]
fn papo_server_passes_the_storm() {
    build_papo_server();
    // 70 is a room in which arrivals are told a little later, together.
    let (code, figures, said) = loadtest("--spawn --scenario storm --bots 70 --seconds 0.1");
    assert_eq!((code, said.as_str()), (Some(0), ""), "{figures}");
    assert!(figures["storms"].as_array().unwrap().len() >= 2);
    assert!(figures["median"]["join_cpu_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_faithful_server_passes() {
    let more = "--slow 2 --stopped 1 --churn 5";
    for fault in [Fault::Nothing, Fault::Dismiss] {
        let target = server(fault);
        let (code, figures, said) = loadtest(&format!("--target {target} {FIFTY_LINES} {more}"));
        assert_eq!((code, said.as_str()), (Some(0), ""), "{fault:?}: {figures}");
        let trouble = &figures["trouble"];
        assert_eq!(trouble["slow and stopped readers"], 3, "{figures}");
        assert_eq!(trouble["joins"], trouble["leaves"], "{figures}");
        let dismissed = u64::from(fault == Fault::Dismiss);
        assert_eq!(trouble["of them closed with a farewell"], dismissed);
    }
    let target = server(Fault::Nothing);
    let (code, figures, said) = loadtest(&format!(
        "--target {target} --scenario storm --bots 8 --seconds 0.01 --patience 2"
    ));
    assert_eq!((code, said.as_str()), (Some(0), ""), "{figures}");
}

#[test]
fn each_fault_is_found_and_named() {
    for (fault, name) in [
        (
            Fault::Lose,
            "slow0 lost lines in silence: 1 missing, 0 told",
        ),
        (
            Fault::Miscount,
            "and was told of 2 skipped: that is not the",
        ),
        (
            Fault::Repeat,
            "slow0 heard lines again or too late: 1 (first: line 6 of bot0)",
        ),
        (
            Fault::Close,
            "slow0 was closed by the server without a word of why",
        ),
        (
            Fault::Double,
            " heard lines again or too late: 1 (first: line 6 of bot0)",
        ),
        (Fault::Hide, " joins were done, "),
        (Fault::Mourn, " leaves were done, "),
        (Fault::Refuse, "was not let in: ! the name bot20000"),
    ] {
        let target = server(fault);
        let (code, figures, said) = loadtest(&format!(
            "--target {target} {FIFTY_LINES} --slow 1 --churn 5 --churn-rate 1"
        ));
        assert_eq!(code, Some(1), "{fault:?}: {figures}");
        assert!(said.contains(name), "{fault:?}: {said}");
        // It is their fault alone: the bots that are measured were not wronged.
        if fault != Fault::Refuse {
            assert_eq!(figures["deliveries"], 200, "{fault:?}: {figures}");
            assert_eq!(figures["foreign"], 0, "{fault:?}: {figures}");
        }
    }
}

#[test]
fn a_storm_counts_who_comes_and_leaves() {
    for (fault, name) in [
        (Fault::Hide, "8 bots came, the observer was told of 7"),
        (Fault::Mourn, " bots left, the observer was told of "),
        (Fault::Refuse, " was not let in: ! the name bot20000"),
    ] {
        let target = server(fault);
        let (code, figures, said) = loadtest(&format!(
            "--target {target} --scenario storm --bots 8 --seconds 0.01 --patience 1"
        ));
        assert_eq!(code, Some(1), "{fault:?}: {figures}");
        assert!(said.contains(name), "{fault:?}: {said}");
    }
}
