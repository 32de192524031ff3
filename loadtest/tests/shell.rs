//! The program in a shell: its usage errors, its output, and its exit code when the output cannot be written.
//!
//! Nothing here waits for time: `/dev/full` takes no byte, and the program ends by itself.

mod common;

use common::fresh_path;
use serde_json::Value;
use std::fs::OpenOptions;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

/// A run with its own server, far shorter than a test.
const SHORT: &str = "--spawn-reference --bots 2 --seconds 0.1";

fn tool(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    command
        .args(arguments.split_whitespace())
        .stdin(Stdio::null());
    command
}

fn loadtest(arguments: &str) -> Output {
    tool(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn without_a_server_it_asks_for_one() {
    for arguments in ["", "--bots 5", "--vs other=papo@127.0.0.1:7"] {
        let output = loadtest(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        let said = said(&output);
        assert!(said.contains("--target HOST:PORT"), "{said}");
        assert!(said.contains("--spawn"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn what_cannot_be_printed_is_a_failure_that_is_told() {
    let short = |more: &str| format!("{SHORT} {more}");
    for arguments in [
        "--help",
        "--version",
        "reference --help",
        "reference",
        &short(""),
        &short("--json"),
        &short("--csv -"),
        "--spawn --scenario storm --bots 2 --seconds 0.1",
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = tool(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        let said = said(&output);
        assert!(
            said.contains("loadtest: cannot write to standard output: No space left"),
            "{arguments}: {said}"
        );
    }
}

#[test]
fn who_reads_no_further_still_gets_the_exit_code() {
    let mut child = tool(SHORT).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_file_that_cannot_be_written_takes_nothing_else_along() {
    let page = fresh_path("shell-page.html");
    let output = loadtest(&format!(
        "{SHORT} --csv /dev/full --hdr /dev/full --report {}",
        page.display()
    ));
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.matches("cannot write /dev/full").count(), 2, "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("delivered   "));
    assert!(std::fs::metadata(&page).unwrap().len() > 1000);
}

#[test]
fn a_run_that_fails_leaves_no_empty_file() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = nobody.local_addr().unwrap();
    drop(nobody);
    let csv = fresh_path("shell-none.csv");
    let output = loadtest(&format!("--target {target} --csv {}", csv.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(!csv.exists());
}

#[test]
fn a_single_delivery_is_told_over_the_time_of_the_run() {
    let run = "--spawn-reference --bots 2 --rate 0.1 --seconds 1";
    let output = loadtest(&format!("{run} --json"));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["deliveries"], 1, "{figures}");
    let seconds = figures["seconds"].as_f64().unwrap();
    assert!(seconds >= 1.0, "{figures}");
    let rate = figures["deliveries_per_s"].as_f64().unwrap();
    assert!((rate * seconds - 1.0).abs() < 1e-9, "{figures}");
    assert_eq!(figures["tester"]["bottleneck"], Value::Null, "{figures}");
    let output = loadtest(run);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1 line, 1 delivery in 1.0"), "{text}");
    // A phase that took a little longer is written with its digits, and never as 0.
    assert!(
        !text.contains(" 0/s") && !text.contains("bottleneck"),
        "{text}"
    );
}
