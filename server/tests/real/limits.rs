//! Flood control, and limits on connections: in all, from one address, in a minute.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::harness::{Server, command};
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
fn a_connection_too_many_for_the_server() {
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
fn nameless_conns_make_room_on_a_full_server() {
    let server = Server::start("--max-conns 10");
    let silent = |_| {
        let mut one = Talker::connect(&server);
        one.expect("* papo: what is your name?");
        one
    };
    let mut silent: Vec<Talker> = (0..10).map(silent).collect();
    // When the last one came, more than four of five places were taken, so it had 10 seconds. The
    // others have a minute.
    let mut last = silent.pop().expect("ten of them");
    last.expect("* bye: no name came in time");
    last.expect_end();
    for one in &mut silent {
        one.say("/ignore");
        one.expect_start("! ");
    }
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
    let Some(address) = outside("0.0.0.0:0", "192.0.2.1:9") else {
        return;
    };
    let server = beside_loopback("--per-address 1", address);
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
fn an_address_over_its_rate_is_told_when_to_return() {
    let Some(address) = outside("0.0.0.0:0", "192.0.2.1:9") else {
        return;
    };
    let server = beside_loopback("--per-minute 1", address);
    let place = server.places[1];
    // It has left before the next one comes, so the number at once does not count.
    let mut ana = Talker::to(place).named("ana");
    ana.say("/quit");
    ana.expect("* bye, ana");
    ana.expect_end();
    drop(ana);
    for _ in 0..3 {
        let mut again = Talker::to(place);
        again.expect("* bye: too many new connections from your address, please wait a minute");
        again.expect_end();
    }
    for _ in 0..3 {
        Talker::join(&server, "ana");
    }
    let free = beside_loopback("--per-minute 0 --per-address 0", address);
    let mut all: Vec<Talker> = (0..100).map(|_| Talker::to(free.places[1])).collect();
    for one in &mut all {
        one.expect("* papo: what is your name?");
    }
}

#[test]
fn one_address_that_opens_a_thousand_gets_as_many_as_it_may() {
    const MAY: usize = 4;
    let Some(v4) = outside("0.0.0.0:0", "192.0.2.1:9") else {
        return;
    };
    // Elsewhere each would be waited for: a browser may be refused in its own form.
    let options = "--per-minute 0 --per-address";
    let options = format!("{options} {MAY} --listen {v4}:0/text --listen 0/text");
    let server = Server::launch(command(&options), 3);
    let both = server.places[2].port();
    // At a socket for both families an IPv4 address appears as ::ffff:a.b.c.d, and is the same one.
    let places = [server.places[1], SocketAddr::new(v4, both)];
    storm(1000, MAY, |n| places[n % 2]);
    if let Some(v6) = outside("[::]:0", "[2001:db8::1]:9") {
        storm(1000, MAY, |_| SocketAddr::new(v6, both));
    } else {
        eprintln!("this host has no IPv6 address that others could see: not tried with IPv6");
    }
    Talker::join(&server, "ana");
}

/// That many connect from one address, and only the first ones are asked for names.
fn storm(count: usize, may: usize, place: impl Fn(usize) -> SocketAddr) {
    let mut inside = Vec::new();
    for n in 0..count {
        let mut comer = Talker::to(place(n));
        if n < may {
            comer.expect("* papo: what is your name?");
            inside.push(comer);
        } else {
            comer.expect("* bye: too many connections from your address");
            comer.expect_end();
        }
    }
}

/// This host's address towards others; nothing is sent. A host without a network has none, and the
/// test is skipped.
pub(crate) fn outside(from: &str, others: &str) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(others).ok()?;
    Some(socket.local_addr().expect("it is connected").ip())
}

/// A server that listens on loopback and on this address.
pub(crate) fn beside_loopback(options: &str, address: IpAddr) -> Server {
    let options = format!("{options} --listen {address}:0");
    Server::launch(command(&options), 2)
}
