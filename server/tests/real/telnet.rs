//! Telnet: sequences at every split, urgent data, options refused once, and interrupt keys.

use crate::harness::Server;
use crate::people::{Person, Talker};

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const AYT: u8 = 246;
const IP: u8 = 244;
const DM: u8 = 242;
const NOP: u8 = 241;
const SE: u8 = 240;

const ECHO: u8 = 1;
const TIMING_MARK: u8 = 6;
const TTYPE: u8 = 24;

#[test]
fn sequences_at_every_split_point() {
    let server = Server::start("--rate 0 --backlog 0");
    let mut bob = Talker::join(&server, "bob");
    let line = [
        b"he",
        &[IAC, NOP][..],
        b"l",
        &[IAC, DO, ECHO],
        b"l",
        &[IAC, SB, TTYPE, 0, b'x', IAC, IAC],
        &[b'\n', IAC, SE],
        b"o",
        &[IAC, WONT, ECHO],
        b"\r\n",
    ]
    .concat();
    for split in 0..=line.len() {
        let mut ana = Talker::join(&server, "ana");
        bob.expect("* ana joined");
        let (one, two) = line.split_at(split);
        ana.send(one);
        // When this returns, the server has read the first part.
        bob.say("@ana now");
        ana.expect_start_with_replies("[private from bob] now");
        ana.send(two);
        bob.expect("<ana> hello");
        // Not lost, so the next one is new.
        ana.say("/quit");
        bob.expect_start("* ana left");
    }
}

#[test]
fn lines_to_a_telnet_end_in_cr_lf_and_to_others_in_lf() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    // As PuTTY begins.
    let mut ana = Talker::connect(&server);
    ana.expect("* papo: what is your name?");
    ana.send([IAC, WILL, TTYPE, IAC, DO, ECHO]);
    assert_eq!(
        ana.hear_bytes(8),
        [IAC, DONT, TTYPE, IAC, WONT, ECHO, b'\r', 0]
    );
    ana.send(b"ana\r\n");
    let welcome = b"* welcome, ana! you are in lobby with bob; /help lists the commands\r\n";
    assert_eq!(ana.hear_bytes(welcome.len()), welcome);
    let joined = b"* ana joined\n";
    assert_eq!(bob.hear_bytes(joined.len()), joined);
    for text in ["hello", "@ana psst", "/me waves"] {
        bob.say(text);
    }
    let told = b"<bob> hello\r\n[private from bob] psst\r\n~ bob waves\r\n";
    assert_eq!(ana.hear_bytes(told.len()), told);
    ana.say("/lang pt");
    ana.say("/quem");
    let told = "* seu idioma é português\r\n* 2 aqui: bob, ana\r\n";
    assert_eq!(ana.hear_bytes(told.len()), told.as_bytes());
    ana.say("hi");
    let told = b"<ana> hi\n";
    assert_eq!(bob.hear_bytes(told.len()), told);
    // A client that turns out to be a telnet in the middle of a conversation: earlier output stays.
    bob.send([IAC, DO, ECHO]);
    assert_eq!(bob.hear_bytes(3), [IAC, WONT, ECHO]);
    ana.say("hi again");
    let told = b"<ana> hi again\r\n";
    assert_eq!(bob.hear_bytes(told.len()), told);
}

#[test]
fn options_are_refused_once() {
    let server = Server::start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    for _ in 0..3 {
        ana.send([IAC, DO, ECHO, IAC, WILL, TTYPE]);
    }
    ana.send([IAC, WONT, ECHO, IAC, DONT, TTYPE]);
    ana.say("/online");
    assert_eq!(ana.hear_bytes(6), [IAC, WONT, ECHO, IAC, DONT, TTYPE]);
    ana.expect("* 1 here: ana");
}

#[test]
fn a_subnegotiation_without_an_end_costs_nobody_anything() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    ana.send([IAC, SB, TTYPE]);
    for _ in 0..64 {
        ana.send([b'\n'; 16 * 1024]);
    }
    ana.send([IAC, SE]);
    ana.say("hello");
    bob.expect("<ana> hello");
}

#[test]
fn ctrl_c_is_answered() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    // What a telnet does: the interrupt, the data mark as urgent data, and a timing mark,
    // discarding output until that is answered. Half a line was typed before.
    ana.send(b"hel");
    ana.send([IAC, IP, IAC]);
    ana.send_urgent(DM);
    ana.send([IAC, DO, TIMING_MARK]);
    let mut heard = ana.hear_bytes(3 + "* to leave, type /quit\r\n".len());
    let mark = heard
        .windows(3)
        .position(|three| three == [IAC, WONT, TIMING_MARK])
        .expect("the mark is answered");
    heard.drain(mark..mark + 3);
    assert_eq!(heard, b"* to leave, type /quit\r\n");
    ana.send(b"lo\n");
    bob.expect("<ana> hello");
    bob.expect_nothing_else();
}

#[test]
fn are_you_there_is_answered() {
    let server = Server::start("");
    let mut ana = Talker::join(&server, "ana");
    ana.send([IAC, AYT]);
    ana.expect("* yes, papo is here");
}

#[test]
fn urgent_data_alone_is_data() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    for byte in *b"hello\n" {
        ana.send_urgent(byte);
    }
    bob.expect("<ana> hello");
}

impl Talker {
    /// A line that begins with this, perhaps after replies to options.
    fn expect_start_with_replies(&mut self, start: &str) {
        loop {
            let byte = self.hear_bytes(1)[0];
            if byte == IAC {
                self.hear_bytes(2);
                continue;
            }
            let rest = self.hear().expect("a line");
            assert_eq!(format!("{}{rest}", byte as char), start);
            return;
        }
    }
}
