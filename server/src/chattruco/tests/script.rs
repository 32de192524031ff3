//! Plays a dialogue with the directory and writes down what comes of it, with a clock of its own.
//!
//! A script is input and expected output, in lines:
//! ```text
//! 10.0.0.1> Con ana@x secret      a datagram from there (10.0.0.1:4000> from another port,
//!                                 10.0.0.1 to 10.9.9.9> to another address of the server)
//! accounts> right 1               the verdict for ticket 1
//! papo> private ana@x bob hi      a private line for an e-mail
//! papo> put out ana@x             an operator does that
//! others bob carl                 who is on the other transports from now on
//! wait 1.5                        so many seconds pass
//! 10.0.0.1< erro                  a datagram to there
//! * verify 1 ana@x secret         whatever else comes out
//! ```

use std::time::Duration;

use super::super::*;
use crate::hub::{Question, Verdict};

/// The server's address unless another is given.
const HERE: &str = "10.0.0.254";

pub(super) struct Player {
    pub(super) directory: Directory,
    pub(super) now: Time,
    others: Vec<String>,
    out: Vec<Out>,
}

/// Checks a script. Clients listen at ChatTruco's port.
#[track_caller]
pub(super) fn check(script: &str) {
    Player::new(AnswerTo::FixedPort(PORT)).check(script);
}

impl Player {
    pub(super) fn new(answers: AnswerTo) -> Player {
        Player {
            directory: Directory::new(answers),
            now: Time::from_secs(100),
            others: Vec::new(),
            out: Vec::new(),
        }
    }

    #[track_caller]
    pub(super) fn check(&mut self, script: &str) {
        let script: Vec<&str> = script.lines().map(str::trim).collect();
        let mut played = Vec::new();
        for line in &script {
            if !is_output(line) {
                played.push((*line).to_owned());
                played.extend(self.play(line).iter().map(show));
            }
        }
        let (script, played) = (script.join("\n"), played.join("\n"));
        assert!(
            script == played,
            "expected:\n{script}\n\nplayed:\n{played}\n"
        );
    }

    /// Plays one line; returns the actions.
    pub(super) fn play(&mut self, line: &str) -> Vec<Out> {
        if let Some(seconds) = line.strip_prefix("wait ") {
            let seconds = seconds.parse().expect("a number of seconds");
            self.pass(Duration::from_secs_f64(seconds));
        } else if let Some(names) = line.strip_prefix("others") {
            self.others = names.split_whitespace().map(str::to_owned).collect();
        } else if let Some(verdict) = line.strip_prefix("accounts> ") {
            let (verdict, ticket) = verdict.split_once(' ').expect("VERDICT TICKET");
            let ticket = ticket.parse().expect("a ticket");
            let verdict = parse_verdict(verdict);
            self.directory
                .answer(self.now, ticket, verdict, &mut self.out);
        } else if let Some(rest) = line.strip_prefix("papo> private ") {
            let words: Vec<&str> = rest.splitn(3, ' ').collect();
            let others = self.others.iter().map(String::as_str);
            let told = self
                .directory
                .private(words[0], words[1], words[2], &others, &mut self.out);
            assert!(told || self.out.is_empty());
        } else if let Some(email) = line.strip_prefix("papo> put out ") {
            self.directory.remove_user(email, &mut self.out);
        } else if let Some((from, text)) = line.split_once("> ") {
            let text = text.replace("\\n", "\n").replace("\\e", "\x1b");
            self.datagram(from, text.as_bytes(), false);
        }
        self.tick();
        self.directory.users.invariants();
        self.directory.tries.invariants();
        self.directory.aliases.invariants();
        std::mem::take(&mut self.out)
    }

    /// `from` as in a script.
    pub(super) fn datagram(&mut self, from: &str, bytes: &[u8], truncated: bool) {
        let (from, local) = from.split_once(" to ").unwrap_or((from, HERE));
        let from = match from.parse() {
            Ok(ip) => SocketAddr::new(ip, PORT),
            Err(_) => from.parse().expect("an address"),
        };
        let local = local.parse().expect("an address");
        self.directory
            .receive(self.now, from, local, bytes, truncated, &mut self.out);
    }

    /// The server's address.
    pub(super) fn address_here(&self) -> IpAddr {
        HERE.parse().expect("an address")
    }

    pub(super) fn take(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    /// Lets time pass as in the loop: whenever something is due.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.directory.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.tick();
        }
        self.now = end;
    }

    fn tick(&mut self) {
        while self.directory.deadline().is_some_and(|due| due <= self.now) {
            let others = self.others.iter().map(String::as_str);
            self.directory.tick(self.now, &others, &mut self.out);
        }
    }
}

fn is_output(line: &str) -> bool {
    let is_datagram = line
        .split_once("< ")
        .is_some_and(|(to, _)| !to.contains(' '));
    is_datagram || line.starts_with("* ")
}

fn parse_verdict(verdict: &str) -> Verdict {
    match verdict {
        "registered" => Verdict::Registered,
        "there" => Verdict::AlreadyThere,
        "right" => Verdict::Right,
        "wrong" => Verdict::Wrong,
        "none" => Verdict::NoSuch,
        "failed" => Verdict::Failed,
        "busy" => Verdict::Busy,
        other => panic!("no verdict: {other}"),
    }
}

pub(super) fn show(out: &Out) -> String {
    match out {
        Out::Send { to, local, bytes } => {
            let text = String::from_utf8_lossy(bytes);
            let port = match to.port() {
                PORT => String::new(),
                port => format!(":{port}"),
            };
            let from = match local.to_string().as_str() {
                HERE => String::new(),
                other => format!("(from {other}) "),
            };
            format!("{}{port}< {from}{text}", to.ip())
        }
        Out::Ask {
            ticket,
            email,
            question,
        } => match question {
            Question::Register(password) => {
                format!("* register {ticket} {email} {}", password.text())
            }
            Question::Verify(password) => format!("* verify {ticket} {email} {}", password.text()),
            other => panic!("not asked by ChatTruco's clients: {other:?}"),
        },
        Out::Online(email) => format!("* online {email}"),
        Out::Offline(email) => format!("* offline {email}"),
        Out::Private { from, to, text, .. } => format!("* private {from} to {to}: {text}"),
        Out::Refused { from, window, why } => format!("* refused {from} to {window}: {why:?}"),
        Out::Log(level, line) => format!("* {level} {line}"),
    }
}
