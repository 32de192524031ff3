//! Flood control, the number of connections, and readers that do not read.

use std::net::{SocketAddr, TcpStream, UdpSocket};

use socket2::{Domain, Socket, Type};

use crate::harness::Server;
use crate::people::{Person, Talker};

#[test]
fn a_flood_is_delayed_and_never_dropped() {
    let server = Server::start("--rate 10 --burst 5");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    let all: String = (0..30).map(|n| format!("line {n}\n")).collect();
    ana.send(all);
    for n in 0..30 {
        bob.expect(&format!("<ana> line {n}"));
    }
    ana.expect("* slow down: your lines are held back to 10 a second");
    ana.expect_nothing_else();
}

#[test]
fn nobody_waits_for_a_flood() {
    let server = Server::start("--rate 1 --burst 2");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    ana.send("line\n".repeat(1000));
    ana.expect("* slow down: your lines are held back to 1 a second");
    bob.say("and I?");
    ana.expect("<bob> and I?");
    drop(ana);
}

#[test]
fn a_line_too_many_for_the_server() {
    let server = Server::start("--max-conns 2");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    let mut carl = Talker::connect(&server);
    carl.expect("* bye: the server is full, please try again later");
    carl.expect_end();
    drop(ana);
    bob.expect("* ana left");
    Talker::join(&server, "carl");
}

#[test]
fn loopback_is_not_counted_by_address() {
    let server = Server::start("--per-address 1");
    let mut ana = Talker::join(&server, "ana");
    for name in ["bob", "carl", "dan"] {
        Talker::join(&server, name);
        ana.expect(&format!("* {name} joined"));
        ana.expect(&format!("* {name} left"));
    }
    let _bob = Talker::join(&server, "bob");
    let _carl = Talker::join(&server, "carl");
}

#[test]
fn other_addresses_are_counted() {
    // The address this host has towards others; nothing is sent. A host without a network has none.
    let outside = UdpSocket::bind("0.0.0.0:0").expect("a free port");
    if outside.connect("192.0.2.1:9").is_err() {
        return;
    }
    let address = outside.local_addr().expect("it is connected").ip();
    let options = format!("--per-address 1 --listen {address}:0");
    let server = Server::launch(crate::harness::command(&options), 2);
    let place = server.places[1];
    let mut ana = Talker::to(place).named("ana");
    let mut bob = Talker::to(place);
    bob.expect("* bye: too many connections from your address");
    bob.expect_end();
    let mut carl = Talker::join(&server, "carl");
    ana.expect("* carl joined");
    drop(ana);
    carl.expect("* ana left");
    Talker::to(place).named("bob");
}

#[test]
fn who_never_reads_delays_nobody_and_is_told_what_it_missed() {
    const LINES: usize = 12_000;
    const AT_ONCE: usize = 100;
    let server = Server::start("--rate 0 --backlog 0");
    let mut lagger = Talker::from(narrow(server.address())).named("lagger");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    let text = "x".repeat(1000);
    let line = |n: usize| format!("{n} {text}");
    // 12 MB: more than two sockets' buffers and a feed hold. That bob gets all of it is the proof
    // that nobody waits.
    for n in (0..LINES).step_by(AT_ONCE) {
        let some: String = (n..n + AT_ONCE).map(|n| line(n) + "\n").collect();
        ana.send(some);
        for n in n..n + AT_ONCE {
            bob.expect(&format!("<ana> {}", line(n)));
        }
    }
    lagger.expect("* bob joined");
    lagger.expect("* ana joined");
    let (mut next, mut skipped) = (0, 0);
    while next < LINES {
        let heard = lagger.hear().expect("it is not cut off");
        let count = heard
            .strip_prefix("* ")
            .and_then(|rest| rest.strip_suffix(" lines skipped: you were reading too slowly"));
        if let Some(count) = count {
            let count: usize = count.parse().expect("a number");
            next += count;
            skipped += count;
        } else {
            assert_eq!(heard, format!("<ana> {}", line(next)));
            next += 1;
        }
    }
    assert!(skipped > 0, "it lagged behind by more than a feed");
    ana.say("welcome back");
    lagger.expect("<ana> welcome back");
    lagger.expect_nothing_else();
}

#[test]
fn private_lines_that_nobody_reads_close_the_conn() {
    let server = Server::start("--rate 0");
    let lagger = Talker::from(narrow(server.address())).named("lagger");
    let mut ana = Talker::join(&server, "ana");
    // Unread bytes fill the sockets' buffers first, so it takes more than the promised 64 KiB.
    let line = format!("@lagger {}\n", "x".repeat(1000));
    let many = line.repeat(100);
    for _ in 0..200 {
        ana.send(&many);
        ana.say("/whois lagger");
        // It is there, or it left a moment ago: then each line is answered.
        let answer = ana.hear().expect("an answer");
        if !answer.starts_with("* lagger is in") {
            assert_eq!(answer, "* lagger left (too many unread lines)");
            drop(lagger);
            return;
        }
    }
    panic!("20 MB of private lines and still there");
}

/// A socket that takes little before it has to be read.
fn narrow(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a socket option");
    socket.connect(&address.into()).expect("the server listens");
    socket.into()
}
