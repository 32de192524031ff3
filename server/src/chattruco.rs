//! ChatTruco's directory: who is online there, told to each every second, in UDP datagrams.
//!
//! Pure: datagrams, verdicts and the time come in, what is to be done comes out, in order. It never
//! fails, never asks the accounts twice for one datagram that came twice, and never answers anybody
//! but the address a datagram came from. What users say to each other goes from client to client;
//! only what is meant for users of other transports passes here. Of what a datagram claims nothing
//! is proven but a password, which crossed the network in the clear: this is for a LAN.
//!
//! Invariant: each `Online` is followed by one `Offline` of the same e-mail before the next, and while
//! nobody is online nothing is due.

mod bridge;
mod list;
mod logins;
mod out;
mod questions;
mod seldom;
#[cfg(test)]
mod tests;
mod users;
mod wire;

pub use logins::Verdict;
pub use out::{Out, Password, Refusal};

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use log::Level;

use crate::hub::Time;
use crate::limits::{DATAGRAM_BYTES, HEARTBEATS_MISSED, HEARTBEATS_PER_TURN};
use crate::pace::Paces;
use list::{Entry, List, list};
use questions::{Question, Questions};
use seldom::Seldom;
use users::{Unproven, Users};
use wire::{Asked, HEARTBEAT_HEAD};

/// The port of ChatTruco, of its server and of its clients alike.
pub const PORT: u16 = 54319;

/// Where a client hears what is sent to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerTo {
    /// At this port of the address it sends from, [`PORT`] for ChatTruco's own clients.
    FixedPort(u16),
    /// At the port it sends from: for tests, and for clients behind an address translation. Then two
    /// ports of an address are two clients.
    SourcePort,
}

/// See the top of this file. The methods are spread over files by what they are about: passwords in
/// logins.rs, private lines in bridge.rs.
#[derive(Debug)]
pub struct Directory {
    answers: AnswerTo,
    users: Users,
    questions: Questions,
    /// E-mails that wait for a list, and what stands before it: they logged in, or have answered for
    /// the first time.
    greet: VecDeque<(String, &'static str)>,
    failed_addresses: Paces<IpAddr>,
    failed_emails: Paces<String>,
    registrations: Paces<IpAddr>,
    strays: Seldom,
    unheard: Seldom,
    /// The first who is left out of the list, as the log has it.
    left_out: Option<String>,
}

impl Directory {
    /// Nobody is online.
    pub fn new(answers: AnswerTo) -> Directory {
        Directory {
            answers,
            users: Users::default(),
            questions: Questions::default(),
            greet: VecDeque::new(),
            failed_addresses: Paces::default(),
            failed_emails: Paces::default(),
            registrations: Paces::default(),
            strays: Seldom::default(),
            unheard: Seldom::default(),
            left_out: None,
        }
    }

    /// A datagram came from `from` to our address `local`; `truncated` when it was longer than this.
    pub fn receive(
        &mut self,
        now: Time,
        from: SocketAddr,
        local: IpAddr,
        datagram: &[u8],
        truncated: bool,
        out: &mut Vec<Out>,
    ) {
        let mut peer = from;
        if let AnswerTo::FixedPort(port) = self.answers {
            peer.set_port(port);
        }
        match wire::parse(datagram, truncated) {
            Asked::Wrong(answer) => send(peer, local, answer, out),
            Asked::Account {
                kind,
                email,
                password,
            } => {
                let fingerprint = self.questions.fingerprint(datagram);
                let question = Question {
                    kind,
                    email,
                    peer,
                    local,
                    fingerprint,
                    bytes: datagram.len(),
                };
                self.account(now, question, password, out);
            }
            Asked::Alive { email } => match self.users.find_at(&email, peer) {
                Some(user) => {
                    // An answer to nothing shows nothing.
                    let is_answer = user.unanswered > 0;
                    user.unanswered = 0;
                    if is_answer && let Some(unproven) = user.unproven.take() {
                        self.believe(&email, peer, local, unproven, out);
                    }
                }
                None => self.stray(now, from, "a sign of life of somebody else", out),
            },
            Asked::Message {
                to,
                from: email,
                text,
            } => {
                if self.users.find_at(&email, peer).is_some() {
                    self.message(now, peer, &email, to, text, out);
                } else {
                    self.stray(now, from, "a message of somebody else", out);
                }
            }
            Asked::Nothing(why) => self.stray(now, from, why, out),
        }
    }

    /// Send the lists and heartbeats that are due, and let those go who do not answer. `others` are
    /// the names of the other transports in an order that lasts, best that of their arrival; only as
    /// many are looked at as fit into a list.
    pub fn tick<'a>(
        &mut self,
        now: Time,
        others: &(impl Iterator<Item = &'a str> + Clone),
        out: &mut Vec<Out>,
    ) {
        while let Some((email, head)) = self.greet.pop_front() {
            self.send_list(&email, head, others.clone(), out);
        }
        for _ in 0..HEARTBEATS_PER_TURN {
            let Some(beat) = self.users.pop_beat(now) else {
                break;
            };
            let Some(user) = self.users.get_mut(beat.1) else {
                continue;
            };
            if user.unanswered >= HEARTBEATS_MISSED {
                let gone = self.users.remove(beat.1);
                out.extend(gone.map(|user| Out::Offline(user.email.key().to_owned())));
                continue;
            }
            user.unanswered += 1;
            let email = user.email.key().to_owned();
            self.users.beat_again(now, beat);
            self.send_list(&email, HEARTBEAT_HEAD, others.clone(), out);
        }
    }

    /// Put a user out, in any case of its e-mail, until it logs in again. Its client is told nothing:
    /// it ends when no heartbeat has come for 4 seconds.
    pub fn put_out(&mut self, email: &str, out: &mut Vec<Out>) {
        let gone = self.users.put_out(&email.to_ascii_lowercase());
        out.extend(gone.map(|user| Out::Offline(user.email.key().to_owned())));
    }

    /// When to call `tick` next; long past when a login waits for its list. None while nobody is
    /// online.
    pub fn deadline(&self) -> Option<Time> {
        match self.greet.is_empty() {
            true => self.users.next_beat(),
            false => Some(Time::ZERO),
        }
    }

    /// Who is online, in order of login.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(|user| user.email.key())
    }
}

impl Directory {
    /// A client is where it says: it gets the list as far as that was too long before, and what was
    /// written to it meanwhile.
    fn believe(
        &mut self,
        email: &str,
        peer: SocketAddr,
        local: IpAddr,
        unproven: Unproven,
        out: &mut Vec<Out>,
    ) {
        if unproven.is_cut {
            self.greet.push_back((email.to_owned(), HEARTBEAT_HEAD));
        }
        out.extend(unproven.waiting.into_iter().map(|bytes| Out::Send {
            to: peer,
            local,
            bytes,
        }));
    }

    /// The list for this user, after `head`.
    fn send_list<'a>(
        &mut self,
        email: &str,
        head: &str,
        others: impl Iterator<Item = &'a str>,
        out: &mut Vec<Out>,
    ) {
        let Some(user) = self.users.find(email) else {
            return;
        };
        let here = format!(":{}#", user.local);
        let direct = self.users.iter().map(|user| Entry(&user.entry, ""));
        let others = others.filter(|name| !name.contains([':', '#', ' ']));
        let others = others.map(|name| Entry(name, &here));
        let most = user.unproven.as_ref().map(|unproven| unproven.bytes);
        let most = most.unwrap_or(DATAGRAM_BYTES);
        let List { text, left_out } = list(&user.entry, direct.chain(others), most);
        send(user.peer, user.local, &format!("{head}{text}"), out);
        // Lists differ by a few bytes of our own address, so one user's speaks for all of them.
        let first = self.users.iter().next();
        let is_firsts = first.is_some_and(|first| first.email == user.email);
        let left_out = left_out.map(|entry| entry.name().to_owned());
        if let Some(unproven) = self.users.unproven(email) {
            unproven.is_cut |= left_out.is_some();
        } else if is_firsts {
            self.say_who_is_left_out(left_out, out);
        }
    }

    fn say_who_is_left_out(&mut self, left_out: Option<String>, out: &mut Vec<Out>) {
        if self.left_out == left_out {
            return;
        }
        out.push(match &left_out {
            Some(name) => Out::Log(
                Level::Warn,
                format!("directory: the list is full: {name} and all who came later are left out"),
            ),
            None => Out::Log(
                Level::Info,
                "directory: nobody is left out of the list".into(),
            ),
        });
        self.left_out = left_out;
    }

    fn stray(&mut self, now: Time, from: SocketAddr, what: &str, out: &mut Vec<Out>) {
        let line = format!("directory: ignored from {from}: {what}");
        self.strays.say(now, Level::Debug, line, out);
    }
}

fn send(to: SocketAddr, local: IpAddr, text: &str, out: &mut Vec<Out>) {
    let bytes = text.as_bytes().to_vec();
    out.push(Out::Send { to, local, bytes });
}
