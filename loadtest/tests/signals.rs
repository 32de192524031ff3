//! A signal that ends the program ends the server that it has started, and the results until then are printed
//! and written.

mod common;

use common::fresh_path;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_signal_that_ends_the_tool_ends_its_server() {
    let own = env!("CARGO_BIN_EXE_loadtest");
    for (signal, code) in [
        (Signal::SIGTERM, 143),
        (Signal::SIGINT, 130),
        (Signal::SIGHUP, 129),
    ] {
        let mut tool = Command::new(own)
            .args(["--spawn-reference", "--seconds", "600", "--json"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let pid = tool.id();
        let server = wait_for(|| child_of(pid));
        kill(Pid::from_raw(pid as i32), signal).unwrap();
        assert_eq!(tool.wait().unwrap().code(), Some(code));
        wait_for(|| (!runs(server)).then_some(()));
    }
}

#[test]
fn a_hangup_that_is_ignored_ends_nothing() {
    let mut tool = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_loadtest"))
        .args(["--spawn-reference", "--seconds", "600", "--json"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(tool.id() as i32);
    let server = wait_for(|| child_of(tool.id()));
    kill(pid, Signal::SIGHUP).unwrap();
    // Of two pending signals the hangup would be taken first.
    kill(pid, Signal::SIGTERM).unwrap();
    assert_eq!(tool.wait().unwrap().code(), Some(143));
    wait_for(|| (!runs(server)).then_some(()));
}

#[test]
fn an_interrupted_run_tells_what_it_measured_and_writes_its_reports() {
    let files = ["html", "csv", "txt", "svg"].map(|end| fresh_path(&format!("interrupted.{end}")));
    let options = ["--report", "--csv", "--hdr", "--svg"];
    for pace in [["--window", "1"], ["--rate", "100"]] {
        files.iter().for_each(|file| drop(fs::remove_file(file)));
        let mut tool = Command::new(env!("CARGO_BIN_EXE_loadtest"))
            .args(["--spawn-reference", "--seconds", "600", "--json", "--live"])
            .args(["--bots", "3"])
            .args(pace)
            .args(
                options
                    .iter()
                    .zip(&files)
                    .flat_map(|(option, file)| [option, file.to_str().unwrap()]),
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(tool.stderr.take().unwrap());
        let mut line = String::new();
        // The first quarter of a second is measured.
        while !line.contains("/s overall") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended by itself");
        }
        kill(Pid::from_raw(tool.id() as i32), Signal::SIGINT).unwrap();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        let output = tool.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{rest}");
        assert!(rest.contains("interrupted by SIGINT"), "{rest}");
        assert!(!rest.contains("lost") && !rest.contains("closed"), "{rest}");
        let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(figures["interrupted"], true, "{figures}");
        assert!(figures["deliveries"].as_u64().unwrap() > 0, "{figures}");
        assert_eq!(figures["faults"], Value::Array(Vec::new()), "{figures}");
        assert!(figures["seconds"].as_f64().unwrap() < 590.0, "{figures}");
        for file in &files {
            let length = fs::metadata(file).map(|file| file.len());
            assert!(length.is_ok_and(|length| length > 100), "{file:?}");
        }
    }
}

#[test]
fn an_interruption_on_the_way_in_is_one_sentence_and_no_file() {
    // It accepts conns and never sends anything.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let csv = fresh_path("interrupted-early.csv");
    let tool = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["--target", &silent.local_addr().unwrap().to_string()])
        .args(["--patience", "600", "--csv", csv.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _bot = silent.accept().unwrap();
    kill(Pid::from_raw(tool.id() as i32), Signal::SIGTERM).unwrap();
    let output = tool.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "loadtest: interrupted by SIGTERM, before anything was measured\n"
    );
    assert!(!csv.exists());
}

#[test]
fn an_interrupted_storm_tells_the_storms_that_were() {
    let tool = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["--spawn", "--scenario", "storm", "--bots", "5"])
        .args(["--seconds", "600", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let server = wait_for(|| child_of(tool.id()));
    // When the server has used so much time, some storms are over.
    wait_for(|| (ticks(server)? > 20).then_some(()));
    kill(Pid::from_raw(tool.id() as i32), Signal::SIGINT).unwrap();
    let output = tool.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        !figures["storms"].as_array().unwrap().is_empty(),
        "{figures}"
    );
}

/// Poll until there is a result, and give up after far longer than it can take.
fn wait_for<T>(look: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if let Some(found) = look() {
            return found;
        }
        thread::yield_now();
    }
    panic!("it never came");
}

/// State and parent of a process.
fn process(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.into(), fields.next()?.parse().ok()?))
}

/// Processor time of a process so far, in hundredths of a second.
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

fn child_of(parent: u32) -> Option<u32> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let mut pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.find(|&pid| process(pid).is_some_and(|(_, of)| of == parent))
}

/// An unreaped zombie does not run any more.
fn runs(pid: u32) -> bool {
    process(pid).is_some_and(|(state, _)| state != "Z")
}
