//! Private lines for owners of registered names who are not here: over a restart and a kill, and in order.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;

use crate::harness::{Server, own_directory};
use crate::people::{Person, Talker};

/// Ana, who has registered, comes in.
fn log_in(server: &Server) -> Talker {
    let mut ana = Talker::connect(server);
    ana.say("ana");
    ana.expect("* papo: what is your name?");
    ana.expect_start("* papo: what is the password of ana?");
    ana.say("segredo9");
    ana.expect_start("* welcome, ana! ");
    ana
}

#[test]
fn private_lines_wait_over_a_restart_and_a_kill_and_come_once_in_their_order() {
    let place = own_directory();
    let start = || Server::start(&format!("--data {} --backlog 0", place.display()));
    let server = start();
    let mut ana = Talker::join(&server, "ana");
    ana.say("/register segredo9");
    ana.expect_start("* ana is registered; ");
    ana.say("/quit");
    ana.expect("* bye, ana");
    let mut bob = Talker::join(&server, "bob");
    for n in 0..30 {
        bob.say(&format!("@ana line {n}"));
        match n {
            0..20 => bob.expect("* ana is away and will get it"),
            _ => bob.expect("* ana is away and will not get it: 20 lines of yours wait already"),
        }
    }
    let file = place.join("accounts.db");
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // What the sender was told is on disk is there.
    server.signal(Signal::SIGKILL);
    drop(server);

    let mut server = start();
    let mut ana = log_in(&server);
    ana.expect("* 20 private lines came while you were not here:");
    for n in 0..20 {
        let line = ana.expect_start("[private from bob, ");
        assert!(line.ends_with(&format!("] line {n}")), "{line}");
    }
    ana.expect_nothing_else();
    ana.say("/quit");
    ana.expect("* bye, ana");
    ana.expect_end();
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);

    let server = start();
    let mut ana = log_in(&server);
    ana.expect_nothing_else();
    let bytes = fs::read(&file).expect("a file");
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(!has(b"line 1"), "what was told is overwritten");
    let _ = fs::remove_dir_all(&place);
}
