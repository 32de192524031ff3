//! The client without a terminal: a filter between pipes.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::NOWHERE;
use crate::server::{Peer, QUESTION, Server, WELCOME};

/// `papo` with pipes on all sides.
pub(crate) fn papo(arguments: &[&str]) -> Child {
    piped(env!("CARGO_BIN_EXE_papo"), arguments)
}

/// A program with pipes on all sides.
pub(crate) fn piped(program: &str, arguments: &[&str]) -> Child {
    Command::new(program)
        .args(arguments)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C.UTF-8")
        .env("XDG_CONFIG_HOME", NOWHERE)
        .env("XDG_STATE_HOME", NOWHERE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a program")
}

/// `papo --name ana`, connected.
fn ana() -> (Child, Peer) {
    let server = Server::start();
    let child = papo(&[&server.address(), "--name", "ana"]);
    (child, server.accept())
}

pub(crate) fn write(child: &mut Child, text: &str) {
    child
        .stdin
        .as_mut()
        .expect("a pipe")
        .write_all(text.as_bytes())
        .expect("papo reads");
}

/// Wait for the end: exit code, standard output, standard error.
pub(crate) fn end(child: Child) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("an end");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn lines_go_both_ways_and_the_last_ones_arrive() {
    let (mut child, mut peer) = ana();
    peer.welcome_ana();
    write(&mut child, "one\ntwo without an end");
    drop(child.stdin.take());
    assert_eq!(peer.rest(), "one\ntwo without an end");
    peer.send("<bob> an answer\r\n* caf\u{e9} \x1b[2J");
    peer.close();
    let expected = format!("{QUESTION}\n{WELCOME}\n<bob> an answer\n* café \u{fffd}[2J\n");
    assert_eq!(end(child), (Some(0), expected, String::new()));
}

#[test]
fn a_line_that_is_refused_is_a_failure() {
    let (mut child, mut peer) = ana();
    peer.welcome_ana();
    write(&mut child, "one\n");
    drop(child.stdin.take());
    assert_eq!(peer.rest(), "one\n");
    peer.send("! you are muted");
    peer.close();
    let (code, out, error) = end(child);
    assert_eq!(code, Some(1));
    assert!(out.ends_with("! you are muted\n"), "{out}");
    assert_eq!(error, "papo: 1 line was refused\n");
}

#[test]
fn everything_is_delivered_to_a_slow_server() {
    let (mut child, mut peer) = ana();
    peer.welcome_ana();
    let script = "a line of the script\n".repeat(500_000);
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn({
        let script = script.clone();
        move || stdin.write_all(script.as_bytes()).expect("papo reads")
    });
    assert!(peer.rest() == script, "lines are missing");
    writer.join().expect("written");
    peer.close();
    assert_eq!(end(child).0, Some(0));
}

#[test]
fn the_script_waits_for_the_name() {
    let (mut child, mut peer) = ana();
    write(&mut child, "this is no name\n");
    drop(child.stdin.take());
    peer.expect("ana");
    peer.send("! ana is taken");
    let (code, out, error) = end(child);
    assert_eq!(code, Some(1));
    assert_eq!(out, format!("{QUESTION}\n! ana is taken\n"));
    assert_eq!(
        error,
        "papo: the server did not take the name ana: ana is taken\n"
    );
    assert_eq!(peer.rest(), "");
}

#[test]
fn the_script_is_not_taken_for_a_password() {
    let (mut child, mut peer) = ana();
    write(&mut child, "hi everybody\n");
    drop(child.stdin.take());
    peer.expect("ana");
    let asked = "* papo: what is the password of ana? (an empty line: another name)";
    peer.send(asked);
    let (code, out, error) = end(child);
    assert_eq!((code, out), (Some(1), format!("{QUESTION}\n{asked}\n")));
    assert!(
        error.starts_with("papo: the name ana is registered") && error.lines().count() == 1,
        "{error}"
    );
    assert_eq!(peer.rest(), "");
}

/// A file that only its owner can read.
pub(crate) fn write_secret(file: &std::path::Path, text: &str) {
    let mut options = OpenOptions::new();
    let created = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file);
    created
        .expect("a file")
        .write_all(text.as_bytes())
        .expect("a file");
}

/// `papo --name ana` with this password in a file, connected, after it has sent the name.
fn ana_with_password(test: &str) -> (Child, Peer) {
    let file = std::env::temp_dir().join(format!("papo-{test}-{}", std::process::id()));
    write_secret(&file, "s3cret\nnot this\n");
    let path = file.to_str().expect("UTF-8");
    let server = Server::start();
    let address = server.address();
    let child = papo(&[&address, "--name", "ana", "--password-file", path]);
    let mut peer = server.accept();
    peer.expect("ana");
    std::fs::remove_file(&file).expect("it was read before anything was sent");
    (child, peer)
}

#[test]
fn a_password_answers_the_question_and_nothing_else() {
    let (mut child, mut peer) = ana_with_password("answers");
    write(&mut child, "hi everybody\n");
    drop(child.stdin.take());
    peer.send("* papo: what is the password of ana? (an empty line: another name)");
    peer.expect("s3cret");
    peer.send("* welcome, ana! you are alone in lobby");
    assert_eq!(peer.rest(), "hi everybody\n");
    peer.close();
    assert_eq!(end(child).0, Some(0));
}

#[test]
fn a_password_is_not_said_where_the_name_has_none() {
    let (mut child, mut peer) = ana_with_password("not-said");
    write(&mut child, "hi everybody\n");
    peer.send("* welcome, ana! you are alone in lobby");
    let (code, _, error) = end(child);
    assert_eq!(code, Some(1));
    assert!(
        error.starts_with("papo: the name ana asked for no password here"),
        "{error}"
    );
    assert_eq!(peer.rest(), "");
}

#[test]
fn a_wrong_password_is_a_failure() {
    let (child, mut peer) = ana_with_password("wrong");
    peer.send("* papo: what is the password of ana? (an empty line: another name)");
    peer.expect("s3cret");
    peer.send("! that is not the password of ana");
    let (code, _, error) = end(child);
    assert_eq!(code, Some(1));
    assert_eq!(
        error,
        "papo: the server did not take the name ana: that is not the password of ana\n"
    );
    assert_eq!(peer.rest(), "");
}

#[test]
fn the_script_is_not_taken_for_a_new_password() {
    let (mut child, mut peer) = ana_with_password("once");
    write(&mut child, "hi everybody\n");
    peer.send("* papo: what is the password of ana? (an empty line: another name)");
    peer.expect("s3cret");
    peer.send("* papo: what is the password of ana to be from now on? the one you gave was for one time (an empty line: another name)");
    let (code, _, error) = end(child);
    assert_eq!(code, Some(1));
    assert!(
        error.starts_with("papo: the password of ana was for one time"),
        "{error}"
    );
    assert_eq!(peer.rest(), "");
}

#[test]
fn without_a_name_the_script_has_it() {
    let server = Server::start();
    let mut child = papo(&[&server.address(), "--lang", "pt"]);
    let mut peer = server.accept();
    write(&mut child, "ana\n/sair\n");
    peer.expect("/lang pt");
    peer.welcome_ana();
    peer.expect("/sair");
    // Standard input is still open, but the user has asked to leave.
    peer.close();
    let (code, _, error) = end(child);
    assert_eq!((code, error.as_str()), (Some(0), ""));
}

#[test]
fn a_script_that_got_no_name_has_failed() {
    let server = Server::start();
    let mut child = papo(&[&server.address()]);
    let mut peer = server.accept();
    write(&mut child, "Thu Nov 26 16:11:53 UTC 2026\n");
    drop(child.stdin.take());
    peer.send("! a name is one word of letters, digits and _, without spaces");
    assert_eq!(peer.rest(), "Thu Nov 26 16:11:53 UTC 2026\n");
    peer.close();
    let (code, _, error) = end(child);
    assert_eq!(code, Some(1));
    assert_eq!(
        error,
        "papo: the server accepted no name, so nothing was said; --name gives one\n"
    );
}

#[test]
fn nobody_reading_is_a_quiet_end() {
    let (mut child, mut peer) = ana();
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("a line");
    assert_eq!(first, format!("{QUESTION}\n"));
    drop(stdout);
    // Standard input stays open and the server is silent: papo notices the closed output by itself.
    let (code, _, error) = end_with_open_input(child);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    peer.expect("ana");
}

#[test]
fn what_cannot_be_written_is_a_failure() {
    let full = || {
        let full = OpenOptions::new().write(true).open("/dev/full");
        Stdio::from(full.expect("every Linux has it"))
    };
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).env("LC_ALL", "C.UTF-8");
        command.env("XDG_CONFIG_HOME", NOWHERE);
        command.stdin(Stdio::piped()).stdout(full());
        command.stderr(Stdio::piped()).spawn().expect("a program")
    };
    for program in [
        env!("CARGO_BIN_EXE_papo"),
        env!("CARGO_BIN_EXE_papo-chattruco"),
    ] {
        for option in ["--help", "--version"] {
            let (code, _, error) = end(run(program, &[option]));
            assert_eq!(code, Some(1), "{option}");
            assert!(
                error.ends_with(": cannot write: no space left on device\n"),
                "{error}"
            );
        }
    }
    let server = Server::start();
    let child = run(env!("CARGO_BIN_EXE_papo"), &[&server.address()]);
    let _peer = server.accept();
    let (code, _, error) = end_with_open_input(child);
    assert_eq!(code, Some(1));
    assert_eq!(error, "papo: cannot write: no space left on device\n");
}

#[test]
fn an_interrupt_ends_a_filter_after_all_that_it_heard_and_sent() {
    let (mut child, mut peer) = ana();
    write(&mut child, "the last words\n");
    peer.welcome_ana();
    peer.expect("the last words");
    peer.send("<bob> an answer");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    for expected in [QUESTION, WELCOME, "<bob> an answer"] {
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        assert_eq!(line.trim_end(), expected);
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).expect("it runs");
    // A waiting shell must see the signal, so it ends its script.
    let status = child.wait().expect("an end");
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32));
    assert_eq!(peer.rest(), "");
}

fn end_with_open_input(mut child: Child) -> (Option<i32>, String, String) {
    let stdin = child.stdin.take();
    let found = end(child);
    drop(stdin);
    found
}

#[test]
fn a_connection_that_is_lost_is_a_failure() {
    let (child, mut peer) = ana();
    peer.welcome_ana();
    peer.close();
    let (code, _, error) = end_with_open_input(child);
    assert_eq!(code, Some(1));
    assert_eq!(error, "papo: the server closed the connection\n");
}

#[test]
fn no_server_is_a_failure_in_both_languages() {
    let free = TcpListener::bind("127.0.0.1:0")
        .expect("bind")
        .local_addr()
        .expect("address");
    let (code, out, error) = end(papo(&[&free.to_string()]));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(
        error,
        format!("papo: cannot connect to {free}: connection refused\n")
    );
    let (_, _, error) = end(papo(&[&free.to_string(), "--lang", "pt"]));
    assert_eq!(
        error,
        format!("papo: não foi possível conectar a {free}: conexão recusada\n")
    );
}

#[test]
fn the_command_line() {
    let (code, out, error) = end(papo(&["--nmae", "ana"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(
        error.starts_with("papo: ") && error.lines().count() == 1,
        "{error}"
    );
    let (code, out, _) = end(papo(&["--version"]));
    assert_eq!(
        (code, out),
        (Some(0), format!("papo {}\n", env!("CARGO_PKG_VERSION")))
    );
    let mut help = papo(&["--help"]);
    let mut byte = [0];
    help.stdout
        .take()
        .expect("a pipe")
        .read_exact(&mut byte)
        .expect("help");
    assert_eq!(end(help).0, Some(0));
}
