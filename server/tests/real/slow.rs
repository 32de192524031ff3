//! Readers that read nothing or little: they delay nobody, cost little, and are told what they
//! missed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use nix::sys::signal::Signal;
use socket2::{Domain, Socket, Type};

use crate::harness::{PATIENCE, Server};
use crate::metrics;
use crate::people::{Person, Program, Talker};

/// Lines of a flood. With 1 KB each these are 12 MB: more than two sockets' buffers and a feed
/// hold.
const LINES: usize = 12_000;

/// ana sends all of it. bob gets it line by line, which proves that nobody waits.
pub(crate) fn flood(ana: &mut Talker, bob: &mut Talker, mut between: impl FnMut()) {
    const AT_ONCE: usize = 100;
    for n in (0..LINES).step_by(AT_ONCE) {
        let some: String = (n..n + AT_ONCE).map(|n| line(n) + "\n").collect();
        ana.send(some);
        for n in n..n + AT_ONCE {
            bob.expect(&format!("<ana> {}", line(n)));
        }
        between();
    }
}

fn line(n: usize) -> String {
    format!("{n} {}", "x".repeat(1000))
}

/// A lagging reader gets the flood to its end, in order, with each gap reported in its place.
/// Returns how many lines were lost.
fn catch_up(lagger: &mut impl Person) -> usize {
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
    skipped
}

/// A server with a lagging reader, then ana and bob.
fn talked_at(options: &str, lagger: impl FnOnce(&Server)) -> (Server, Talker, Talker) {
    let server = Server::start(&format!("--rate 0 --backlog 0 {options}"));
    lagger(&server);
    let mut bob = Talker::join(&server, "bob");
    let ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    (server, ana, bob)
}

#[test]
fn a_reader_that_never_reads_delays_nobody_and_is_told_what_it_missed() {
    let mut lagger = None;
    let (_server, mut ana, mut bob) = talked_at("", |server| {
        lagger = Some(Talker::from(narrow(server.address())).named("lagger"));
    });
    let mut lagger = lagger.expect("it is there");
    flood(&mut ana, &mut bob, || {});
    lagger.expect("* bob joined");
    lagger.expect("* ana joined");
    assert!(
        catch_up(&mut lagger) > 0,
        "it lagged behind by more than a feed"
    );
    ana.say("welcome back");
    lagger.expect("<ana> welcome back");
    lagger.expect_nothing_else();
}

#[test]
fn a_program_that_is_stopped_goes_on_as_if_it_had_been_slow() {
    let mut stopped = None;
    let (_server, mut ana, mut bob) = talked_at("", |server| {
        stopped = Some(Program::nc(server, &[]).named("carl"));
    });
    let mut stopped = stopped.expect("it is there");
    stopped.signal(Signal::SIGSTOP);
    flood(&mut ana, &mut bob, || {});
    stopped.signal(Signal::SIGCONT);
    stopped.expect("* bob joined");
    stopped.expect("* ana joined");
    assert!(
        catch_up(&mut stopped) > 0,
        "it lagged behind by more than a feed"
    );
    stopped.say("I am back");
    ana.expect("<carl> I am back");
}

#[test]
fn a_reader_of_single_bytes_gets_whole_lines() {
    let mut slow = None;
    let (_server, mut ana, mut bob) = talked_at("", |server| {
        let mut socket = narrow(server.address());
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        socket.write_all(b"carl\n").expect("it is taken");
        slow = Some(socket);
    });
    let mut slow = slow.expect("it is there");
    let mut taken = Vec::new();
    // A byte for each 100 lines of the others, up to some place in its welcome.
    flood(&mut ana, &mut bob, || {
        if taken.len() == 60 {
            return;
        }
        let mut byte = [0];
        slow.read_exact(&mut byte).expect("it is not cut off");
        taken.push(byte[0]);
    });
    // From here on it reads normally. Its current line is complete.
    let mut slow = Talker::from(slow);
    let rest = slow.hear().expect("it is not cut off");
    let begun = String::from_utf8(taken).expect("text") + &rest;
    let mut heard: Vec<String> = begun.lines().map(String::from).collect();
    while !heard.iter().any(|line| line == "* ana joined") {
        heard.push(slow.hear().expect("it is not cut off"));
    }
    assert_eq!(heard[0], "* papo: what is your name?");
    assert!(heard[1].starts_with("* welcome, carl! "), "{heard:?}");
    assert!(
        catch_up(&mut slow) > 0,
        "it lagged behind by more than a feed"
    );
    slow.expect_nothing_else();
}

#[test]
fn twenty_who_never_read_cost_no_more_than_a_feed() {
    let mut laggers = Vec::new();
    // What waits for the archive's disk is bounded elsewhere.
    let (server, mut ana, mut bob) = talked_at("--keep off", |server| {
        for n in 0..20 {
            laggers.push(Talker::from(narrow(server.address())).named(&format!("lagger{n}")));
        }
    });
    let before = server.memory();
    flood(&mut ana, &mut bob, || {});
    let grown = server.memory().saturating_sub(before);
    // A queue for each reader would hold what their sockets do not: 20 x 8 MB and more.
    assert!(grown < 8 << 20, "{grown} bytes more");
    drop(laggers);
}

#[test]
fn a_feed_stops_growing_at_the_memory_limit() {
    let mut lagger = None;
    let (mut server, mut ana, mut bob) = talked_at("--metrics 0 --memory 1", |server| {
        lagger = Some(Talker::from(narrow(server.address())).named("lagger"));
    });
    let place = metrics::place(&mut server);
    flood(&mut ana, &mut bob, || {});
    // Three eighths of it are for feeds. Without that limit there would be one of a mebibyte.
    let held = metrics::value(place, "papo_feed_bytes");
    let may = f64::from(384 << 10);
    assert!(held <= may && held > may / 2.0, "{held} bytes");
    let mut lagger = lagger.expect("it is there");
    lagger.expect("* bob joined");
    lagger.expect("* ana joined");
    assert!(catch_up(&mut lagger) > 0);
    lagger.expect_nothing_else();
}

#[test]
fn a_reset_while_it_is_owed_something_ends_a_reader() {
    let mut lagger = None;
    let (mut server, mut ana, mut bob) = talked_at("--metrics 0", |server| {
        lagger = Some(Talker::from(narrow(server.address())).named("lagger"));
    });
    let place = metrics::place(&mut server);
    flood(&mut ana, &mut bob, || {});
    lagger.expect("it is there").reset();
    bob.expect("* lagger left (connection lost)");
    ana.expect("* lagger left (connection lost)");
    // A spinning loop has thousands of turns in this time; this one has a few for each line and
    // each query.
    let turns = || metrics::value(place, "papo_turn_seconds_count");
    let before = turns();
    for n in 0..50 {
        ana.say(&format!("line {n}"));
        bob.expect(&format!("<ana> line {n}"));
    }
    let turned = turns() - before;
    assert!(turned < 300.0, "{turned} turns for 50 lines");
}

#[test]
fn private_lines_that_nobody_reads_close_the_conn() {
    let server = Server::start("--rate 0");
    let lagger = Talker::from(narrow(server.address())).named("lagger");
    let mut ana = Talker::join(&server, "ana");
    // Unread bytes fill the sockets' buffers first, so it takes more than 64 KiB.
    let line = format!("@lagger {}\n", "x".repeat(1000));
    let many = line.repeat(100);
    for _ in 0..200 {
        ana.send(&many);
        ana.say("/whois lagger");
        // It is online, or it just left: then each line is answered.
        let answer = ana.hear().expect("an answer");
        if !answer.starts_with("* lagger is in") {
            // Its sender is told before that some of these lines may not have arrived.
            let answer = match answer.ends_with(" lines to lagger may not have arrived") {
                true => ana.hear().expect("another answer"),
                false => answer,
            };
            assert_eq!(answer, "* lagger left (too many unread lines)");
            drop(lagger);
            return;
        }
    }
    panic!("20 MB of private lines and still there");
}

/// A socket with a small receive buffer.
pub(crate) fn narrow(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a socket option");
    socket.connect(&address.into()).expect("the server listens");
    socket.into()
}
