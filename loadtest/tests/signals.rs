//! A signal that ends the tool ends the server that it has started.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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
    // The hangup is the first of the two that would be taken.
    kill(pid, Signal::SIGTERM).unwrap();
    assert_eq!(tool.wait().unwrap().code(), Some(143));
    wait_for(|| (!runs(server)).then_some(()));
}

/// Looks until there is something, and gives up after far longer than it can take.
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
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.into(), fields.next()?.parse().ok()?))
}

fn child_of(parent: u32) -> Option<u32> {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.find(|&pid| process(pid).is_some_and(|(_, of)| of == parent))
}

/// A zombie that nobody has reaped runs no more.
fn runs(pid: u32) -> bool {
    process(pid).is_some_and(|(state, _)| state != "Z")
}
