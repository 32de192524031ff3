//! The troublemakers and the storm: with papo-server every scenario passes; with a server that makes a fault
//! on purpose, that fault is found and named.
//!
//! The fake server knows only the part of docs/protocol.md that they need. Nothing here waits for time: a
//! rate and a length fix the number of lines, and the program ends by itself.

mod common;

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, Once};

/// Exactly 50 lines are due, on any machine.
const FIFTY_LINES: &str = "--bots 5 --rate 500 --seconds 0.1 --patience 2";
/// The first slow reader, which joins after the watcher and the caller.
const SLOW: &str = "bot100002";
/// The beginning of the names of bots that join and leave all the time.
const CHURN: &str = "bot2000";
/// The line at which the fault begins.
const WHEN: usize = 7;

/// The fault that a server makes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    /// A slow reader misses a line.
    Lose,
    /// A slow reader misses a line, and is told of two.
    Miscount,
    /// A slow reader gets a line twice.
    Repeat,
    /// A slow reader is closed without a reason.
    Close,
    /// A slow reader is closed with a reason: no fault.
    Dismiss,
    /// Bots of the churn get a line twice.
    Double,
    /// Nobody is told of the join of the first of them.
    Hide,
    /// The leave of the first of them is told twice.
    Mourn,
    /// The name of the first of them is taken.
    Refuse,
}

/// The room and its users.
struct Room {
    fault: Fault,
    users: HashMap<String, TcpStream>,
    lines: usize,
    came: usize,
    left: usize,
}

fn server(fault: Fault) -> SocketAddr {
    let room = Arc::new(Mutex::new(Room {
        fault,
        users: HashMap::new(),
        lines: 0,
        came: 0,
        left: 0,
    }));
    common::listen(move |conn| serve(conn, &room))
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
    /// Whether the name was free.
    fn join(&mut self, name: &str, mut conn: TcpStream) -> bool {
        self.came += usize::from(name.starts_with(CHURN));
        let first = name.starts_with(CHURN) && self.came == 1;
        // A conn may be closed by now, here and below.
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
        self.left += usize::from(name.starts_with(CHURN));
        let first = name.starts_with(CHURN) && self.left == 1;
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
        // Roll calls do not count.
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

/// What a user gets for a line, and whether its conn is closed then.
fn wrong(fault: Fault, name: &str, line: &str) -> (String, bool) {
    let told = "* 2 lines skipped: you were reading too slowly\n";
    let reason = format!("* bye, {name}: you have read nothing for too long\n");
    match fault {
        Fault::Lose if name == SLOW => (String::new(), false),
        Fault::Miscount if name == SLOW => (told.into(), false),
        Fault::Repeat if name == SLOW => (line.repeat(2), false),
        Fault::Close if name == SLOW => (line.into(), true),
        Fault::Dismiss if name == SLOW => (line.to_string() + &reason, true),
        Fault::Double if name.starts_with(CHURN) => (line.repeat(2), false),
        _ => (line.into(), false),
    }
}

/// Run the program. Returns exit code, figures and standard error.
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

/// Build papo-server where `--spawn` looks for it. A test run of the whole workspace has built it before.
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
    // In a room of 70 joins are told a little later, together.
    let (code, figures, said) = loadtest("--spawn --scenario storm --bots 70 --seconds 0.1");
    assert_eq!((code, said.as_str()), (Some(0), ""), "{figures}");
    assert!(figures["storms"].as_array().unwrap().len() >= 2);
    assert!(figures["median"]["join_cpu_ms"].as_f64().unwrap() > 0.0);
    let (code, _, said) =
        loadtest("--spawn --scenario storm --bots 8 --seconds 0.01 --fail-if join>=0,leave>600s");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("loadtest: join>=0: it is "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
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
        // The measured bots got all of their lines.
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
