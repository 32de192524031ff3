//! A host without descriptors: users are not disturbed, new clients are told, nothing spins.

use std::net::TcpStream;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use crate::harness::{PROGRAM, Server, our_name};
use crate::people::{Person, Talker};
use crate::signals::Scratch;

/// A server that may have 64 descriptors.
fn poor(options: &str) -> Server {
    limited("ulimit -n 64", options)
}

/// A server behind these words of a shell.
fn limited(limit: &str, options: &str) -> Server {
    let mut command = Command::new("sh");
    command.args(["-c", &format!(r#"{limit} && exec "$0" "$@""#), PROGRAM]);
    command.args(["--listen", "127.0.0.1:0", "--user", &our_name()]);
    command.args(options.split_whitespace());
    command.stdin(Stdio::null());
    Server::launch(command, 1)
}

/// Two hundred connect; each may succeed or fail.
fn crowd(server: &Server) -> Vec<TcpStream> {
    let connect = |_| TcpStream::connect(server.address()).expect("the kernel takes it");
    (0..200).map(connect).collect()
}

#[test]
fn a_limit_is_told_only_if_it_was_raised() {
    for (limit, told) in [
        ("ulimit -n 64", None),
        (
            "ulimit -Sn 64 && ulimit -Hn 80",
            Some("descriptor limit 80 (was 64)"),
        ),
    ] {
        let mut server = limited(limit, "");
        server.signal(Signal::SIGTERM);
        server.expect_exit(0);
        let log = server.log.rest();
        let line = log.iter().find(|line| line.contains("descriptor limit"));
        assert_eq!(line.is_some(), told.is_some(), "{log:#?}");
        assert!(line.is_none_or(|line| line.ends_with(told.unwrap_or_default())));
    }
}

#[test]
fn two_hundred_connect_without_descriptors() {
    let mut server = poor("--max-conns 0 --rate 1 --burst 4");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    let crowd = crowd(&server);
    server.log.find("error: accept: ");
    // At a line a second, this takes some seconds.
    server.expect_idle(|| {
        for n in 0..6 {
            ana.say(&format!("line {n}"));
            bob.expect(&format!("<ana> line {n}"));
        }
    });
    drop(crowd);
    // As soon as the server has noticed that some left; until then new clients are refused.
    let mut carl = loop {
        let mut carl = Talker::connect(&server);
        match carl.hear().as_deref() {
            Some("* papo: what is your name?") => break carl,
            Some("* bye: the server is full, please try again later") | None => {}
            Some(other) => panic!("{other}"),
        }
    };
    carl.say("carl");
    carl.expect("* welcome, carl! you are in lobby with ana and bob; /help lists the commands");
    bob.expect("* carl joined");
}

#[test]
fn a_reload_without_a_descriptor_left_changes_nothing() {
    let file = Scratch::new("poor-motd");
    file.write("first\n");
    let mut server = poor(&format!("--max-conns 0 --motd {}", file.0.display()));
    let mut ana = Talker::join(&server, "ana");
    ana.expect("* first");
    let crowd = crowd(&server);
    server.log.find("error: accept: ");
    file.write("second\n");
    server.signal(Signal::SIGHUP);
    server.log.find("; the old one stays");
    ana.expect_nothing_else();
    drop(crowd);
    // With descriptors it is read.
    loop {
        server.signal(Signal::SIGHUP);
        if server.log.find("message of the day: ").contains("1 line") {
            break;
        }
    }
}

#[test]
fn a_small_limit_serves_few_and_turns_the_rest_away() {
    let server = poor("--rate 1 --burst 4");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    let crowd = crowd(&server);
    ana.say("still here");
    bob.expect("<ana> still here");
    let mut late = Talker::connect(&server);
    late.expect("* bye: the server is full, please try again later");
    late.expect_end();
    drop(crowd);
}
