//! Private lines for owners of registered names who are not here: over a restart and a kill, and in order.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;

use crate::harness::{Server, own_directory};
use crate::people::{Person, Talker};
use crate::slow::narrow;

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
    ana.expect("* no line since you were away, unless some are lost");
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

/// A name is registered, and its owner leaves.
fn register(server: &Server, name: &str) {
    let mut owner = Talker::join(server, name);
    owner.say("/register segredo9");
    owner.expect_start(&format!("* {name} is registered; "));
    owner.say("/quit");
    owner.expect(&format!("* bye, {name}"));
    owner.expect_end();
}

/// The next line that ends so.
#[track_caller]
fn hear_until(talker: &mut Talker, end: &str) -> String {
    loop {
        let line = talker.hear().expect("it is not cut off");
        if line.ends_with(end) {
            return line;
        }
    }
}

/// Somebody who does not read types what it takes to log in.
fn log_in_blindly(server: &Server, name: &str) -> Talker {
    let mut owner = Talker::from(narrow(server.address()));
    owner.expect("* papo: what is your name?");
    owner.say(name);
    owner.expect_start("* papo: what is the password of ");
    owner.say("segredo9");
    owner
}

#[test]
fn letters_that_a_system_has_not_acknowledged_are_told_again_and_say_so() {
    const LETTERS: usize = 19;
    // As many are told at once.
    const FIRST: usize = 16;
    let place = own_directory();
    let server = Server::start(&format!("--data {} --backlog 0 --rate 0", place.display()));
    register(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    let long = "x".repeat(1000);
    for n in 0..LETTERS {
        bob.say(&format!("@ana {n} {long}"));
        bob.expect("* ana is away and will get it");
    }
    // Her window takes some of them, and she reads none.
    let mut ana = log_in_blindly(&server, "ana");
    bob.expect("* ana joined");
    ana.expect_start("* welcome, ana! ");
    ana.expect("* 19 private lines came while you were not here:");
    bob.say("@ana are you there?");
    bob.say("/seen");
    bob.expect("! you have said nothing in lobby lately");
    ana.reset();
    hear_until(
        &mut bob,
        "* ana's connection is lost, and your last line waits until ana is back",
    );

    let mut ana = log_in(&server);
    let head = hear_until(&mut ana, "private lines came while you were not here:");
    let count: usize = head
        .split(' ')
        .nth(1)
        .and_then(|count| count.parse().ok())
        .expect(&head);
    assert!((1..=LETTERS + 1).contains(&count), "{head}");
    for next in LETTERS + 1 - count..=LETTERS {
        let line = ana.expect_start("[private from bob, ");
        let (head, text) = line.split_once("] ").expect("a head");
        let is_again = head.ends_with(", perhaps again");
        if next == LETTERS {
            assert_eq!((is_again, text), (true, "are you there?"));
        } else {
            assert_eq!(text.split_once(' '), Some((&*next.to_string(), &*long)));
            assert_eq!(is_again, next < FIRST, "{next}");
        }
    }
    ana.say("/quit");
    ana.expect("* bye, ana");
    ana.expect_end();
    let mut ana = log_in(&server);
    ana.expect_nothing_else();
    let _ = fs::remove_dir_all(&place);
}

#[test]
fn whose_private_line_did_not_reach_a_dead_connection_is_told_or_it_waits() {
    let place = own_directory();
    let server = Server::start(&format!("--data {} --backlog 0 --rate 0", place.display()));
    register(&server, "ana");
    let mut ana = log_in_blindly(&server, "ana");
    ana.expect_start("* welcome, ana! ");
    let carl = Talker::from(narrow(server.address())).named("carl");
    let mut eva = Talker::join(&server, "eva");
    let mut bob = Talker::join(&server, "bob");
    eva.expect("* bob joined");
    // Nobody but eva reads, until nothing more goes out to them.
    let long = "x".repeat(1000);
    let is_behind = |bob: &mut Talker, eva: &mut Talker| {
        bob.send(format!("{long}\n").repeat(50));
        for _ in 0..50 {
            eva.expect(&format!("<bob> {long}"));
        }
        bob.say("/seen");
        let first = bob.expect_start("* \"xxx");
        bob.expect_start("* it ");
        let is_behind = first.contains(" has been sent to 1 of 3 others ");
        if !first.contains(" all 3 ") {
            bob.hear();
        }
        is_behind
    };
    while !is_behind(&mut bob, &mut eva) {}
    for to in ["ana", "carl"] {
        bob.say(&format!("@{to} are you there?"));
    }
    bob.say("/lang en");
    bob.expect("* your language is English");
    ana.reset();
    hear_until(
        &mut bob,
        "* ana's connection is lost, and your last line waits until ana is back",
    );
    carl.reset();
    hear_until(
        &mut bob,
        "* carl's connection is lost, and your last line to carl may not have arrived",
    );
    // ana is told what she missed, which is much, and then her letter.
    let mut ana = log_in(&server);
    hear_until(&mut ana, "1 private line came while you were not here:");
    let line = ana.expect_start("[private from bob, ");
    assert!(line.ends_with(", perhaps again] are you there?"), "{line}");
    ana.say("@bob now I am");
    hear_until(&mut bob, "[private from ana] now I am");
    let _ = fs::remove_dir_all(&place);
}

#[test]
fn when_the_owner_of_a_name_was_here_is_known_after_a_restart() {
    let place = own_directory();
    let start = || Server::start(&format!("--data {} --backlog 0", place.display()));
    let mut server = start();
    register(&server, "ana");
    let mut ana = log_in(&server);
    ana.say("hello");
    ana.say("/quit");
    ana.expect("* bye, ana");
    ana.expect_end();
    let mut ana = log_in(&server);
    ana.expect_nothing_else();
    server.signal(Signal::SIGTERM);
    ana.expect_start("* bye, ana: ");
    server.expect_exit(0);

    let server = start();
    let mut bob = Talker::join(&server, "bob");
    let is_known = |bob: &mut Talker| {
        bob.say("/seen ana");
        let line = bob.expect_start("* ana was last here ");
        assert!(line.contains(" s ago, and last spoke "), "{line}");
    };
    is_known(&mut bob);
    // Who is here when the server is killed was here when they came, at least.
    let _ana = log_in(&server);
    bob.expect("* ana is back");
    server.signal(Signal::SIGKILL);
    drop(server);
    let server = start();
    is_known(&mut Talker::join(&server, "bob"));
    let _ = fs::remove_dir_all(&place);
}
