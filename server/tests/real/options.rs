//! The command line: what it prints, how it fails, and where it listens.

use std::fs::OpenOptions;
use std::process::{Command, Output, Stdio};

use crate::harness::{PROGRAM, Server, command};
use crate::people::{Person, Talker};

/// Runs the program to its end.
fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    command.output().expect("it starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// Checks the exit code and that one line contains this.
#[track_caller]
pub(crate) fn check_fault(arguments: &[&str], code: i32, part: &str) {
    let end = run(arguments);
    let told = text(&end.stderr);
    assert_eq!(end.status.code(), Some(code), "{told}");
    assert!(end.stdout.is_empty());
    assert!(
        told.starts_with("papo-server: ") && told.ends_with('\n'),
        "{told:?}"
    );
    assert!(told.lines().count() == 1 && told.contains(part), "{told:?}");
}

#[test]
fn wrong_command_lines() {
    check_fault(&["--bad"], 2, "--bad");
    check_fault(&["stray"], 2, "stray");
    check_fault(&["--rate"], 2, "--rate");
    check_fault(&["--rate=many"], 2, "many");
    check_fault(
        &["--rate", "-1"],
        2,
        "'-1' is not a number of lines a second",
    );
    check_fault(&["--per-address", "-1"], 2, "0 is no limit");
    check_fault(&["--lang", "xx"], 2, "'xx' is neither en nor pt");
    check_fault(&["--log", "loud"], 2, "'loud'");
    check_fault(&["--listen", "nowhere"], 2, "'nowhere' is not [ADDR:]PORT");
    check_fault(&["--listen", "127.0.0.1:99999"], 2, "99999");
    check_fault(&["--listen", ""], 2, "try --help");
}

#[test]
fn what_cannot_be_served() {
    let server = Server::start("");
    let taken = server.address().to_string();
    check_fault(
        &["--listen", &taken],
        1,
        "is in use, perhaps by another papo-server",
    );
    let motd = ["--motd", "/nonexistent/motd", "--listen", "127.0.0.1:0"];
    check_fault(&motd, 1, "--motd /nonexistent/motd: ");
}

#[test]
fn help_and_version() {
    for option in ["--help", "-h"] {
        let help = run(&[option]);
        assert_eq!(help.status.code(), Some(0));
        assert!(help.stderr.is_empty());
        let help = text(&help.stdout);
        for option in [
            "--listen",
            "--lang",
            "--motd",
            "--backlog",
            "--rate",
            "--burst",
            "--max-conns",
            "--per-address",
            "--per-minute",
            "--memory",
            "--log",
            "--version",
        ] {
            assert!(help.contains(option), "{help}");
        }
    }
    let version = run(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    let expected = format!("papo-server {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&version.stdout), expected);
}

#[test]
fn help_into_a_closed_pipe() {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        r#""$0" --help | true; "$0" --version >&-; exit 0"#,
        PROGRAM,
    ]);
    let end = command.output().expect("sh starts");
    assert_eq!(text(&end.stderr), "");
}

#[test]
fn help_and_version_that_cannot_be_written() {
    for option in ["--help", "--version"] {
        let full = OpenOptions::new().write(true).open("/dev/full");
        let mut command = Command::new(PROGRAM);
        command
            .arg(option)
            .stdout(full.expect("every Linux has it"));
        let end = command.output().expect("it starts");
        assert_eq!(end.status.code(), Some(1), "{option}");
        let told = text(&end.stderr);
        let fault = "papo-server: cannot write to standard output: No space left on device";
        assert!(
            told.starts_with(fault) && told.lines().count() == 1,
            "{told}"
        );
    }
}

#[test]
fn values_after_an_equals_sign() {
    let server = Server::start("--lang=pt --rate=0 --backlog=0");
    Talker::connect(&server).expect("* papo: qual é o seu nome?");
}

#[test]
fn several_places() {
    let mut one = command("--listen=127.0.0.1:0 --listen [::1]:0");
    let places = if std::net::TcpListener::bind("[::1]:0").is_ok() {
        3
    } else {
        one = command("--listen=127.0.0.1:0");
        2
    };
    let server = Server::launch(one, places);
    let mut people: Vec<Talker> = Vec::new();
    for (place, name) in server.places.iter().zip(["ana", "bob", "carl"]) {
        let talker = Talker::to(*place).named(name);
        for earlier in &mut people {
            earlier.expect(&format!("* {name} joined"));
        }
        people.push(talker);
    }
    let (first, others) = people.split_first_mut().expect("somebody");
    first.say("hello everywhere");
    for other in others {
        other.expect("<ana> hello everywhere");
    }
}

#[test]
fn the_backlog_is_as_long_as_the_option_says() {
    let server = Server::start("--backlog=2 --rate 0");
    let mut ana = Talker::join(&server, "ana");
    ana.send("one\ntwo\n/me three\n");
    ana.expect_nothing_else();
    let mut bob = Talker::join(&server, "bob");
    bob.expect_past("<ana> two");
    bob.expect_past("~ ana three");
    bob.expect_nothing_else();
}
