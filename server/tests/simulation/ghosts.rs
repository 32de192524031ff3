//! Cases that few seeds meet: the last lines of a lost peer are said, but flood control does not
//! stretch them over days; a verdict reaches only its asker; and nobody joins a server that stops.

use std::time::Duration;

use papo_server::flood::Rate;
use papo_server::net::sys::Signal;
use papo_server::turn::Server;

use crate::dice::Dice;
use crate::net::Net;
use crate::orders::PASSWORD;

#[test]
fn a_lost_peer_leaves_soon_whatever_it_left_unread() {
    let config = crate::configs::config(Rate {
        lines_per_s: 2,
        burst: 10,
    });
    let mut server = Server::new(Net::new(Dice::new(1)), config);
    let net = server.sys();
    let watcher = net.connect(0, [127, 0, 0, 1].into(), usize::MAX);
    net.links[watcher].to_server.extend(b"watch\n");
    let ghost = net.connect(0, [127, 0, 0, 1].into(), usize::MAX);
    let lines = format!("ghost\n{}", "y\n".repeat(100_000));
    net.links[ghost].to_server.extend(lines.bytes());
    net.links[ghost].reset = true;
    let began = net.now;
    while server.sys().now < began + Duration::from_secs(120) {
        server.turn().expect("the wait works");
        server.invariants();
    }
    let net = server.sys();
    let heard = String::from_utf8_lossy(&net.links[watcher].written);
    assert!(net.links[ghost].closed, "it still talks");
    assert!(heard.ends_with("* ghost left (connection lost)\n"));
    // The burst, and then the rate for a minute.
    let said = heard.matches("<ghost> y\n").count();
    assert!((100..=140).contains(&said), "{said} lines");
}

/// Two conns from given addresses, the second of which wants the first one's name. Returns what
/// both are told, and how long the second waited. The first may be a ghost.
fn ask_for_the_name_of(
    is_ghost: bool,
    first: [u8; 4],
    second: [u8; 4],
) -> (String, String, Duration) {
    let config = crate::configs::config(Rate {
        lines_per_s: 0,
        burst: 0,
    });
    let mut server = Server::new(Net::new(Dice::new(1)), config);
    let older = server.sys().connect(0, first.into(), usize::MAX);
    server.sys().links[older].to_server.extend(b"ana\n");
    for _ in 0..5 {
        server.turn().expect("the wait works");
    }
    let began = server.sys().now;
    server.sys().links[older].ghost = is_ghost.then_some(began);
    let newer = server.sys().connect(0, second.into(), usize::MAX);
    server.sys().links[newer].to_server.extend(b"ana\n");
    let told = |server: &mut Server<Net>, at: usize| {
        String::from_utf8_lossy(&server.sys().links[at].written).into_owned()
    };
    loop {
        server.turn().expect("the wait works");
        server.invariants();
        let answer = told(&mut server, newer);
        let is_over = answer.contains("* welcome") || answer.contains("! ");
        let took = server.sys().now - began;
        if is_over || took > Duration::from_secs(60) {
            return (told(&mut server, older), answer, took);
        }
    }
}

#[test]
fn a_ghost_gives_its_name_to_one_from_its_address() {
    let (here, there) = ([10, 9, 0, 1], [10, 9, 0, 2]);
    let (ghost, heir, took) = ask_for_the_name_of(true, here, here);
    assert!(heir.contains("* ana is taken; checking if"), "{heir}");
    assert!(
        heir.contains("* welcome, ana! you are alone in lobby"),
        "{heir}"
    );
    assert!(
        ghost.ends_with("* bye, ana: you logged in elsewhere\n"),
        "{ghost}"
    );
    assert!((3..5).contains(&took.as_secs()), "{took:?}");

    // A live neighbour keeps the name, however quiet.
    let (alive, refused, took) = ask_for_the_name_of(false, here, here);
    assert!(
        refused.ends_with("! the name ana is taken; try another\n"),
        "{refused}"
    );
    assert!(!alive.contains("* bye"), "{alive}");
    assert!(took < Duration::from_secs(2), "{took:?}");

    // For a user from another address nobody is probed.
    let (_, refused, _) = ask_for_the_name_of(true, here, there);
    assert!(!refused.contains("checking if"), "{refused}");
}

#[test]
fn a_ghost_that_is_reset_is_not_told_as_gone() {
    let config = crate::configs::config(Rate {
        lines_per_s: 0,
        burst: 0,
    });
    let mut server = Server::new(Net::new(Dice::new(1)), config);
    let watcher = server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
    server.sys().links[watcher].to_server.extend(b"watch\n");
    let old = server.sys().connect(0, [10, 9, 0, 1].into(), usize::MAX);
    server.sys().links[old].to_server.extend(b"ana\n");
    for _ in 0..10 {
        server.turn().expect("the wait works");
    }
    let net = server.sys();
    net.links[old].ghost = Some(net.now);
    let new = net.connect(0, [10, 9, 0, 1].into(), usize::MAX);
    net.links[new].to_server.extend(b"ana\n");
    let told = |server: &mut Server<Net>, at: usize| {
        String::from_utf8_lossy(&server.sys().links[at].written).into_owned()
    };
    while !told(&mut server, new).contains("checking if") {
        server.turn().expect("the wait works");
    }
    // Its host has been started anew and knows of no connection.
    server.sys().links[old].reset = true;
    let asked = server.sys().now;
    while !told(&mut server, new).contains("* welcome") {
        server.turn().expect("the wait works");
        server.invariants();
    }
    let took = server.sys().now - asked;
    assert!(took < Duration::from_secs(1), "{took:?}");
    server.turn().expect("the wait works");
    let told = told(&mut server, watcher);
    assert!(
        told.ends_with(" lists the commands\n* ana is back\n"),
        "{told}"
    );
}

#[test]
fn a_verdict_for_a_departed_conn_does_not_reach_its_successor() {
    // The dice decide which of the two questions is answered first.
    let mut early = 0;
    for seed in 0..40 {
        let config = crate::configs::config(Rate {
            lines_per_s: 0,
            burst: 0,
        });
        let mut net = Net::new(Dice::new(seed));
        net.desk.has_operators = true;
        let mut server = Server::new(net, config);
        let gone = asks(&mut server, "gone", PASSWORD);
        // It is kicked while its question is open, and its slot is reused.
        server.sys().desk.typed.extend(b"/kick gone\n");
        server.sys().links[gone].reset = true;
        while !server.sys().links[gone].closed {
            server.turn().expect("the wait works");
        }
        early += server.sys().desk.answered.len();
        let next = asks(&mut server, "next", "a guess");
        while !server.sys().is_quiet() {
            server.turn().expect("the wait works");
            server.invariants();
        }
        assert_eq!(server.sys().desk.answered.len(), 2, "seed {seed}");
        let told = String::from_utf8_lossy(&server.sys().links[next].written).into_owned();
        assert!(
            told.contains("! that is not the password"),
            "seed {seed}: {told}"
        );
        assert!(!told.contains("you are an operator"), "seed {seed}: {told}");
    }
    assert!(early < 40, "each was answered before it was gone");
}

#[test]
fn a_reused_slot_is_watched_under_its_own_key() {
    let config = crate::configs::config(Rate {
        lines_per_s: 2,
        burst: 10,
    });
    let mut met = 0;
    for waits in 0..25 {
        let mut net = Net::new(Dice::new(1));
        net.desk.has_operators = true;
        let mut server = Server::new(net, config.clone());
        let gone = asks(&mut server, "gone", "a guess");
        server.sys().desk.typed.extend(b"/kick gone\n");
        server.sys().links[gone].reset = true;
        while !server.sys().links[gone].closed {
            server.turn().expect("the wait works");
        }
        let next = server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
        server.sys().links[next].to_server.extend(b"next\n");
        for _ in 0..waits {
            server.sys().now += Duration::from_millis(20);
            server.turn().expect("the wait works");
        }
        let before = server.sys().desk.answered.len();
        // More than it may say at once, so that it is not read any more; only its end is watched.
        let lines = "x\n".repeat(100);
        server.sys().links[next].to_server.extend(lines.bytes());
        server.sys().now += Duration::from_millis(20);
        server.turn().expect("the wait works");
        met += server.sys().desk.answered.len() - before;
        server.sys().links[next].reset = true;
        while !server.sys().links[next].closed {
            server.turn().expect("the wait works");
            server.invariants();
        }
    }
    assert_eq!(met, 1, "the answer came in the turn in which it spoke");
}

/// A user of this name joins and gives the operators' password; the question is open.
fn asks(server: &mut Server<Net>, name: &str, password: &str) -> usize {
    let net = server.sys();
    let at = net.connect(0, [127, 0, 0, 1].into(), usize::MAX);
    let lines = format!("{name}\n/admin {password}\n");
    net.links[at].to_server.extend(lines.bytes());
    while !server.sys().links[at].to_server.is_empty() {
        server.turn().expect("the wait works");
    }
    at
}

#[test]
fn nobody_is_welcomed_by_a_server_that_stops() {
    let config = crate::configs::config(Rate {
        lines_per_s: 0,
        burst: 0,
    });
    let mut server = Server::new(Net::new(Dice::new(1)), config);
    let late = server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
    server.turn().expect("the wait works");
    // One wait reports the name and the signal.
    server.sys().links[late].to_server.extend(b"late\n");
    server.sys().desk.signals.push_back(Signal::Stop);
    server.turn().expect("the wait works");
    let told = String::from_utf8_lossy(&server.sys().links[late].written).into_owned();
    assert_eq!(
        told,
        "* papo: what is your name?\n* bye: the server stops\n"
    );
}
