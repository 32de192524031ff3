//! Signals: a stop with a farewell, a stop at once, and a reload of the message of the day.

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

use crate::harness::Server;
use crate::people::{Person, Talker};
use crate::slow::{flood, narrow};

#[test]
fn a_stop_says_goodbye_in_each_ones_language() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut server = Server::start("");
        let mut ana = Talker::join(&server, "ana");
        let mut bob = Talker::join(&server, "bob");
        ana.expect("* bob joined");
        bob.say("/lang pt");
        bob.expect("* seu idioma é português");
        let mut nameless = Talker::connect(&server);
        nameless.expect("* papo: what is your name?");
        server.signal(signal);
        ana.expect("* bye, ana: the server stops");
        ana.expect_end();
        bob.expect("* até logo, bob: o servidor vai parar");
        bob.expect_end();
        nameless.expect("* bye: the server stops");
        nameless.expect_end();
        drop((ana, bob, nameless));
        server.expect_exit(0);
        let by = format!("{signal} from process {}", std::process::id());
        server.log.find(&by);
        assert!(std::net::TcpStream::connect(server.address()).is_err());
    }
}

#[test]
fn lines_before_a_stop_are_delivered() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    let all: String = (0..200).map(|n| format!("line {n}\n")).collect();
    ana.send(all);
    bob.expect("<ana> line 0");
    // The rest is in the server or in the kernel; lines the server has read are delivered.
    server.signal(Signal::SIGTERM);
    let mut next = 1;
    loop {
        match bob.hear() {
            Some(line) if line == format!("<ana> line {next}") => next += 1,
            Some(line) => break assert_eq!(line, "* bye, bob: the server stops"),
            None => panic!("no farewell"),
        }
    }
}

#[test]
fn a_stop_is_told_to_conns_that_wait_for_accept() {
    let mut server = Server::start("");
    // While it is stopped the kernel accepts clients: more than one turn admits.
    server.signal(Signal::SIGSTOP);
    let comers: Vec<Talker> = (0..100).map(|_| Talker::connect(&server)).collect();
    server.signal(Signal::SIGTERM);
    server.signal(Signal::SIGCONT);
    let mut not_let_in = 0;
    for mut comer in comers {
        match comer.hear().as_deref() {
            Some("* papo: what is your name?") => comer.expect("* bye: the server stops"),
            Some("* bye: the server stops") => not_let_in += 1,
            other => panic!("{other:?}"),
        }
        comer.expect_end();
    }
    assert!(not_let_in > 0, "all were let in before");
    server.expect_exit(0);
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let mut server = Server::start("");
    // A client that does not close its end delays a stop.
    let mut ana = Talker::join(&server, "ana");
    server.signal(Signal::SIGTERM);
    ana.expect("* bye, ana: the server stops");
    server.signal(Signal::SIGTERM);
    server.expect_exit(1);
}

#[test]
fn a_stop_does_not_wait_for_ever_for_readers_that_do_not_read() {
    let mut server = Server::start("--rate 0 --backlog 0");
    let lagger = |n| Talker::from(narrow(server.address())).named(&format!("lagger{n}"));
    let laggers: Vec<Talker> = (0..3).map(lagger).collect();
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    flood(&mut ana, &mut bob, || {});
    ana.send("one more\n".repeat(100));
    bob.expect("<ana> one more");
    server.signal(Signal::SIGTERM);
    ana.expect("* bye, ana: the server stops");
    ana.expect_end();
    let farewell = loop {
        match bob.hear() {
            Some(line) if line == "<ana> one more" => {}
            other => break other,
        }
    };
    assert_eq!(farewell.as_deref(), Some("* bye, bob: the server stops"));
    drop((ana, bob));
    // They still have not read a byte, and keep their sockets open.
    server.expect_exit(0);
    drop(laggers);
}

#[test]
fn a_reload_reads_the_message_of_the_day_again() {
    let file = Scratch::new("motd");
    file.write("first\n\x1b[31msecond\n\n");
    let mut server = Server::start(&format!("--motd {}", file.0.display()));
    let mut ana = Talker::join(&server, "ana");
    ana.expect("* first");
    ana.expect("* [31msecond");
    ana.expect_nothing_else();

    file.write("olá\n");
    server.signal(Signal::SIGHUP);
    server.log.find("message of the day: 1 line");
    let mut bob = Talker::join(&server, "bob");
    bob.expect("* olá");
    bob.expect_nothing_else();

    std::fs::remove_file(&file.0).expect("it is ours");
    server.signal(Signal::SIGHUP);
    server.log.find("the old one stays");
    Talker::join(&server, "carl").expect("* olá");
    drop((ana, bob));
}

#[test]
fn a_reload_without_a_message_of_the_day_ends_nothing() {
    let mut server = Server::start("");
    let mut ana = Talker::join(&server, "ana");
    server.signal(Signal::SIGHUP);
    server.log.find("SIGHUP");
    ana.expect_nothing_else();
}

/// A file of this process only, removed at the end.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        let name = format!("{name}-{}", std::process::id());
        Scratch(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(&self.0, text).expect("the folder of tests can be written");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
