//! Floods: of lines, empty lines, joins and leaves, silent connections. Others notice nothing,
//! memory does not grow, and the processor is not saturated.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::harness::Server;
use crate::metrics;
use crate::people::{Person, Talker};

/// A user ana who sends all these bytes as fast as possible, from a thread.
fn flooder(server: &Server, bytes: Vec<u8>) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).expect("the server listens");
    let ours = socket.try_clone().expect("a second handle");
    thread::spawn(move || {
        // Ends with the test.
        let _ = socket
            .write_all(b"ana\n")
            .and_then(|()| socket.write_all(&bytes));
    });
    ours
}

#[test]
fn a_million_lines_that_are_held_back_cost_nobody_anything() {
    for line in ["\n", "x\n", "\r\n", "/nonsense\n"] {
        let server = Server::start("--rate 2 --burst 2");
        let mut bob = Talker::join(&server, "bob");
        let mut carl = Talker::join(&server, "carl");
        bob.expect("* carl joined");
        let before = server.memory();
        let ana = flooder(&server, line.repeat(1_000_000).into_bytes());
        bob.expect("* ana joined");
        carl.expect("* ana joined");
        server.expect_idle(|| {
            for n in 0..4 {
                carl.say(&format!("line {n}"));
                while bob.hear().expect("he is served") != format!("<carl> line {n}") {}
            }
        });
        let grown = server.memory().saturating_sub(before);
        assert!(grown < 2 << 20, "{grown} bytes more");
        ana.shutdown(Shutdown::Both).expect("it is open");
    }
}

#[test]
fn a_million_empty_lines_without_flood_control() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut carl = Talker::join(&server, "carl");
    bob.expect("* carl joined");
    let before = server.memory();
    let mut bytes = vec![b'\n'; 1_000_000];
    bytes.extend(b"that was it\n");
    let _ana = flooder(&server, bytes);
    bob.expect("* ana joined");
    // He is served in between; whether before the last line depends on speed.
    for n in 0..100 {
        carl.say(&format!("line {n}"));
    }
    let mut ends = 0;
    let mut next = 0;
    while next < 100 || ends < 1 {
        match bob.hear().expect("he is served") {
            line if line == format!("<carl> line {next}") => next += 1,
            line if line == "<ana> that was it" => ends += 1,
            other => panic!("{other}"),
        }
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 2 << 20, "{grown} bytes more");
}

#[test]
fn many_who_hold_a_little_do_not_hold_much_together() {
    const MANY: usize = 100;
    // Half a mebibyte for all; each conn can have 16 KiB of waiting lines.
    let server = Server::start("--memory 1 --rate 1 --burst 1 --backlog 0");
    let mut bob = Talker::join(&server, "bob");
    let mut crowd: Vec<Talker> = (0..MANY)
        .map(|n| Talker::join(&server, &format!("n{n}")))
        .collect();
    for one in &mut crowd {
        one.send("x\n".repeat(16 * 1024));
    }
    let mut gone = 0;
    let mut heard = 0;
    while gone < MANY - 32 {
        let line = bob.hear().expect("who holds nothing stays");
        // The others keep talking, a line a second each.
        heard += 1;
        assert!(heard < 3000, "only {gone} are gone");
        if let Some(list) = line.strip_suffix(" (held too much memory)") {
            gone += self::crowd(list, " left");
        }
    }
    Talker::join(&server, "carl");
    drop(crowd);
}

#[test]
fn carriage_returns_alone_are_a_line_without_an_end() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let _ana = flooder(&server, vec![b'\r'; 1_000_000]);
    bob.expect("* ana joined");
    bob.expect("* ana left (lines too long)");
    bob.expect_nothing_else();
}

#[test]
fn a_thousand_come_and_go_and_each_is_told_once() {
    const AT_ONCE: usize = 100;
    let server = Server::start("--backlog 0");
    let mut bob = Talker::join(&server, "bob");
    for round in 0..10 {
        let come = |n| {
            let mut one = Talker::connect(&server);
            one.send(format!("n{round}x{n}\n/quit\n"));
            one
        };
        let comers: Vec<Talker> = (0..AT_ONCE).map(come).collect();
        for mut one in comers {
            while one.hear().is_some() {}
        }
    }
    let (mut came, mut went) = (0, 0);
    while came < 10 * AT_ONCE || went < 10 * AT_ONCE {
        let line = bob.hear().expect("he is served");
        came += crowd(&line, " joined");
        went += crowd(&line, " left");
        assert!(went <= came, "nobody leaves who has not come");
    }
    assert_eq!((came, went), (10 * AT_ONCE, 10 * AT_ONCE));
    bob.expect_nothing_else();
}

/// The number of users in `* a, b and 3 others joined`.
fn crowd(line: &str, word: &str) -> usize {
    let list = line
        .strip_prefix("* ")
        .and_then(|rest| rest.strip_suffix(word));
    let Some(list) = list else { return 0 };
    let list = list.replace(" and ", ", ");
    list.split(", ")
        .map(|part| match part.strip_suffix(" others") {
            Some(count) => count.parse().expect("a number"),
            None => 1,
        })
        .sum()
}

#[test]
fn ten_thousand_who_say_nothing() {
    const SILENT: usize = 10_000;
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit can be asked for");
    if most < 2 * SILENT as u64 - 1000 {
        eprintln!("the hard limit of descriptors is {most}: not tried with {SILENT} connections");
        return;
    }
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to the hard limit");
    let mut server = Server::start("--metrics 0 --rate 0 --log warn");
    let place = metrics::place(&mut server);
    let conns = || metrics::value(place, "papo_connections") as usize;
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    let before = server.memory();
    let mut silent = Vec::new();
    for n in 0..SILENT {
        silent.push(TcpStream::connect(server.address()).expect("the server listens"));
        if n % 100 == 0 {
            ana.say(&format!("{n} are here"));
            bob.expect(&format!("<ana> {n} are here"));
        }
    }
    let mut last = Talker::connect(&server);
    last.expect("* papo: what is your name?");
    let grown = server.memory().saturating_sub(before);
    assert!(grown < SILENT * 2048, "{grown} bytes more");
    drop(silent);
    // They end one by one.
    while conns() > 3 {}
    last.say("carl");
    last.expect("* welcome, carl! you are in lobby with bob and ana; /help lists the commands");
    bob.expect("* carl joined");
    ana.expect("* carl joined");
}
