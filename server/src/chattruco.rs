//! ChatTruco's directory: users who log in by UDP datagrams and get the list of who is online every
//! second.
//!
//! Pure: datagrams, verdicts and the time go in, actions come out, in order. It never fails, leaves no
//! client waiting, and answers only the address that a datagram came from. Its users' clients talk to
//! each other directly; only messages to users of other transports pass here. Nothing that a datagram
//! claims is proven but a password, and that crossed the network in the clear: this is for a LAN.
//!
//! Invariant: each `Online` is followed by one `Offline` of the same e-mail before the next
//! `Online`. An address that waits for an answer gets nothing before it. While nobody is online and
//! nobody waits there is no deadline.

mod aliases;
mod bridge;
mod letters;
mod limits;
mod list;
mod log_limit;
mod logins;
mod out;
#[cfg(test)]
mod tests;
mod tries;
mod users;
mod wire;

pub use limits::{ANSWER_WITHIN, DATAGRAM_BUFFER, DATAGRAM_BYTES, DATAGRAMS_PER_TURN};
pub use out::{Out, Refusal};

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use log::Level;

use crate::hub::Time;
use crate::pace::Paces;
use aliases::Aliases;
use limits::{HEARTBEATS_MISSED, HEARTBEATS_PER_TURN, LISTED};
use list::{Entry, List, list};
use log_limit::LogLimit;
use logins::Greeting;
use tries::{Tries, Try};
use users::Users;
use wire::{Asked, HEARTBEAT_HEAD};

/// The UDP port of ChatTruco's server and of its clients.
pub const PORT: u16 = 54319;

/// Where a client expects its answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerTo {
    /// At this port of its address: [`PORT`] for ChatTruco's own clients.
    FixedPort(u16),
    /// At the port it sends from: for tests, and for clients behind NAT. Two ports of an address
    /// are then two clients.
    SourcePort,
}

/// The methods are in several files: passwords in logins.rs, private lines in bridge.rs.
#[derive(Debug)]
pub struct Directory {
    answers: AnswerTo,
    users: Users,
    tries: Tries,
    aliases: Aliases,
    /// Lists that the next `tick` sends.
    greetings: VecDeque<Greeting>,
    failed_addresses: Paces<IpAddr>,
    failed_emails: Paces<String>,
    registrations: Paces<IpAddr>,
    strays: LogLimit,
    unheard: LogLimit,
    /// The first user who did not fit into the list, as last logged.
    left_out: Option<String>,
}

impl Directory {
    /// An empty directory.
    pub fn new(answers: AnswerTo) -> Directory {
        Directory {
            answers,
            users: Users::default(),
            tries: Tries::default(),
            aliases: Aliases::default(),
            greetings: VecDeque::new(),
            failed_addresses: Paces::default(),
            failed_emails: Paces::default(),
            registrations: Paces::default(),
            strays: LogLimit::default(),
            unheard: LogLimit::default(),
            left_out: None,
        }
    }

    /// A datagram came from `from` to our address `local`; `truncated` if its end was cut off.
    pub fn receive(
        &mut self,
        now: Time,
        from: SocketAddr,
        local: IpAddr,
        datagram: &[u8],
        truncated: bool,
        out: &mut Vec<Out>,
    ) {
        let peer = self.peer(from);
        match wire::parse(datagram, truncated) {
            Asked::Wrong(answer) => send(peer, local, answer, out),
            Asked::Account {
                kind,
                email,
                password,
            } => {
                let fingerprint = self.tries.fingerprint(datagram);
                let tried = Try {
                    kind,
                    email,
                    peer,
                    local,
                    fingerprint,
                    bytes: datagram.len(),
                };
                self.account(now, tried, password, out);
            }
            Asked::Alive { email } if self.users.find_at(&email, peer).is_some() => {
                self.alive(&email, peer, local, out);
            }
            Asked::Alive { .. } => self.stray(now, from, "a sign of life of somebody else", out),
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

    /// Sends due lists and heartbeats, and ends users who do not answer. `others` are the names on
    /// other transports in a stable order, best that of arrival; only as many are read as fit into
    /// a list.
    pub fn tick<'a>(
        &mut self,
        now: Time,
        others: &(impl Iterator<Item = &'a str> + Clone),
        out: &mut Vec<Out>,
    ) {
        self.refuse_late(now, out);
        self.aliases.give(others.clone().take(LISTED), others);
        while let Some(greeting) = self.greetings.pop_front() {
            self.greet(now, &greeting, others.clone(), out);
        }
        for _ in 0..HEARTBEATS_PER_TURN {
            let Some(beat) = self.users.pop_beat(now) else {
                break;
            };
            let peer = self.users.get_mut(beat.1).map(|user| user.peer);
            if peer.is_some_and(|peer| self.is_waiting(peer)) {
                self.users.beat_again(now, beat);
                continue;
            }
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
            self.send_list(&email, HEARTBEAT_HEAD, usize::MAX, others.clone(), out);
        }
    }

    /// Ends a user, whatever the case of the e-mail, until they log in again. The client is not
    /// told: it exits after 4 seconds without a heartbeat.
    pub fn remove_user(&mut self, email: &str, out: &mut Vec<Out>) {
        let gone = self.users.remove_user(&email.to_ascii_lowercase());
        out.extend(gone.map(|user| Out::Offline(user.email.key().to_owned())));
    }

    /// When to call `tick` next; in the past when a login waits for its list.
    pub fn deadline(&self) -> Option<Time> {
        let (beat, verdict) = (self.users.next_beat(), self.tries.deadline());
        match self.greetings.is_empty() {
            true => beat.into_iter().chain(verdict).min(),
            false => Some(Time::ZERO),
        }
    }

    /// The users online, in order of login.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(|user| user.email.key())
    }
}

impl Directory {
    /// Where the answer to a datagram from there goes.
    fn peer(&self, mut from: SocketAddr) -> SocketAddr {
        if let AnswerTo::FixedPort(port) = self.answers {
            from.set_port(port);
        }
        from
    }

    /// A client is there. If it answers a heartbeat, it has proven its address and waits for no
    /// answer: it gets the rest of a list that was cut, and the lines that waited.
    fn alive(&mut self, email: &str, peer: SocketAddr, local: IpAddr, out: &mut Vec<Out>) {
        let is_waiting = self.is_waiting(peer);
        let Some(user) = self.users.find_at(email, peer) else {
            return;
        };
        if std::mem::take(&mut user.unanswered) == 0 || is_waiting {
            return;
        }
        user.is_settling = false;
        for bytes in user.waiting.drain(..) {
            out.push(Out::Send {
                to: peer,
                local,
                bytes,
            });
        }
        if user.unproven.take().is_some_and(|limits| limits.is_cut) {
            self.owe_rest(email, peer, local);
        }
    }

    /// Sends this user the list after `head`, in a datagram of at most so many bytes.
    fn send_list<'a>(
        &mut self,
        email: &str,
        head: &str,
        most: usize,
        others: impl Iterator<Item = &'a str>,
        out: &mut Vec<Out>,
    ) {
        let Some(user) = self.users.find(email) else {
            return;
        };
        let here = format!(":{}#", user.local);
        let direct = self.users.iter().map(|user| Entry(&user.entry, ""));
        let others = others.map(|name| Entry(self.aliases.shown(name), &here));
        let unproven = user.unproven.as_ref().map(|limits| limits.bytes);
        let most = most.min(unproven.unwrap_or(DATAGRAM_BYTES));
        let List { text, left_out } = list(&user.entry, direct.chain(others), most);
        send(user.peer, user.local, &format!("{head}{text}"), out);
        // Lists differ by only a few bytes of our own address, so one user's stands for all.
        let first = self.users.iter().next();
        let is_firsts = first.is_some_and(|first| first.email == user.email);
        let left_out = left_out.map(|entry| entry.name().to_owned());
        if let Some(unproven) = self.users.unproven(email) {
            unproven.is_cut |= left_out.is_some();
        } else if is_firsts && most >= DATAGRAM_BYTES {
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
