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

mod list;
mod questions;
#[cfg(test)]
mod tests;
mod throttle;
mod users;
mod wire;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use log::Level;

use crate::clean::clean;
use crate::flood::Rate;
use crate::hub::Time;
use crate::limits::{
    DATAGRAM_BURST, DATAGRAMS_PER_S, HEARTBEATS_MISSED, HEARTBEATS_PER_TURN, LINE_BYTES,
    LIST_AGAIN, LOGINS_PER_ADDRESS, LOGINS_PER_EMAIL, REGISTRATIONS,
};
use list::{Entry, List, list};
use questions::{Answer, Known, Question, Questions};
use throttle::{Seldom, Throttle};
use users::{Login, Users};
use wire::{Asked, HEARTBEAT_HEAD, Kind};

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

/// What is to be done, in this order. E-mails are in lower case, which is who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Out {
    /// Send a datagram, from this address of ours (an unspecified one leaves it to the system).
    Send {
        to: SocketAddr,
        local: IpAddr,
        bytes: Vec<u8>,
    },
    /// Ask the accounts to register; their verdict goes to [`Directory::answer`] with the ticket.
    Register {
        ticket: u64,
        email: String,
        password: String,
    },
    /// Ask the accounts whether this is the password; the same.
    Verify {
        ticket: u64,
        email: String,
        password: String,
    },
    /// This e-mail came.
    Online(String),
    /// It went.
    Offline(String),
    /// A line to a user of another transport; `to` and `text` are clean, `text` is one line and not
    /// empty, `to` is nobody perhaps.
    Private {
        from: String,
        to: String,
        text: String,
    },
    /// A line that `from` sent to `to` goes no further. Best told with [`Directory::private`] in the
    /// name of `to`, since that is the window its owner looks at.
    Refused {
        from: String,
        to: String,
        why: Refusal,
    },
    /// A line of the log.
    Log(Level, String),
}

/// Why a line goes no further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Over [`crate::limits::LINE_BYTES`].
    LongLine,
    /// Too many lines; said once, until its owner has been quiet for a while.
    TooFast,
}

/// What the accounts say. One that does not fit the question is as `Failed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is registered now.
    Registered,
    /// Somebody has registered it before.
    AlreadyThere,
    /// The password is right.
    Right,
    /// It is wrong.
    Wrong,
    /// Nobody has registered that e-mail.
    NoSuch,
    /// It could not be found out. The client gets no answer and asks again.
    Failed,
    /// There is too much to do. The same.
    Busy,
}

/// See the top of this file.
#[derive(Debug)]
pub struct Directory {
    answers: AnswerTo,
    users: Users,
    questions: Questions,
    /// E-mails that logged in and wait for the list.
    greet: VecDeque<String>,
    failed_addresses: Throttle<IpAddr>,
    failed_emails: Throttle<String>,
    registrations: Throttle<IpAddr>,
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
            failed_addresses: Throttle::new(LOGINS_PER_ADDRESS),
            failed_emails: Throttle::new(LOGINS_PER_EMAIL),
            registrations: Throttle::new(REGISTRATIONS),
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
        let peer = match self.answers {
            AnswerTo::FixedPort(port) => SocketAddr::new(from.ip(), port),
            AnswerTo::SourcePort => from,
        };
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
                };
                self.account(now, question, password, out);
            }
            Asked::Alive { email } => match self.users.find_at(&email, peer) {
                Some(user) => user.unanswered = 0,
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

    /// What the accounts say to the question of this ticket.
    pub fn answer(&mut self, now: Time, ticket: u64, verdict: Verdict, out: &mut Vec<Out>) {
        let Some(question) = self.questions.take(ticket) else {
            return;
        };
        let answer = match (question.kind, verdict) {
            (Kind::Registration, Verdict::Registered) => {
                self.questions.forget_answers(&question.email);
                Answer::Word(wire::REGISTERED)
            }
            (Kind::Registration, Verdict::AlreadyThere) => Answer::Word(wire::EMAIL_TAKEN),
            (Kind::Login, Verdict::Wrong) => Answer::Word(wire::WRONG_PASSWORD),
            (Kind::Login, Verdict::NoSuch) => Answer::Word(wire::NO_SUCH_EMAIL),
            (Kind::Login, Verdict::Right) if self.login(now, &question, out) => Answer::List,
            _ => {
                self.pardon(&question);
                return;
            }
        };
        match answer {
            Answer::Word(word) => send(question.peer, question.local, word, out),
            Answer::List => self.pardon(&question),
        }
        self.questions.keep(now, question, answer);
    }

    /// Send the lists and heartbeats that are due, and let those go who do not answer. `others` are
    /// the names of the other transports in an order that lasts, best that of their arrival; only as
    /// many are looked at as fit into a list.
    pub fn tick<'a>(
        &mut self,
        now: Time,
        others: impl Iterator<Item = &'a str> + Clone,
        out: &mut Vec<Out>,
    ) {
        while let Some(email) = self.greet.pop_front() {
            self.send_list(&email, "", others.clone(), out);
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

    /// When to call `tick` next; long past when a login waits for its list. None while nobody is
    /// online.
    pub fn deadline(&self) -> Option<Time> {
        match self.greet.is_empty() {
            true => self.users.next_beat(),
            false => Some(Time::ZERO),
        }
    }

    /// Send a private line of a user of another transport to an e-mail, in any case; its end is cut
    /// off with `…` where it is too long for a datagram. False when that e-mail is not online.
    pub fn private(&self, to: &str, from: &str, text: &str, out: &mut Vec<Out>) -> bool {
        let Some(user) = self.users.find(&to.to_ascii_lowercase()) else {
            return false;
        };
        let Some(datagram) = wire::message(user.email.typed(), from, text) else {
            return false;
        };
        send(user.peer, user.local, &datagram, out);
        true
    }

    /// Who is online, in order of login.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(|user| user.email.key())
    }
}

impl Directory {
    /// A login or a registration: answered as it was a moment ago, or asked.
    fn account(&mut self, now: Time, question: Question, password: &str, out: &mut Vec<Out>) {
        match self
            .questions
            .known(now, question.peer, question.fingerprint)
        {
            Known::Waiting => return,
            Known::Answered(Answer::Word(word)) => {
                return send(question.peer, question.local, word, out);
            }
            Known::Answered(Answer::List) => {
                // Its place may have been taken from another address, or its time may be over.
                if self
                    .users
                    .find_at(question.email.key(), question.peer)
                    .is_some()
                {
                    self.login(now, &question, out);
                    return;
                }
            }
            Known::Nothing => {}
        }
        if !self.questions.has_room(now, question.peer) || !self.may_try(now, &question) {
            let line = format!(
                "directory: too many tries: {} for {} is not answered",
                question.peer.ip(),
                question.email.typed()
            );
            return self.unheard.say(now, Level::Info, line, out);
        }
        let (kind, email) = (question.kind, question.email.key().to_owned());
        let ticket = self.questions.ask(now, question);
        let password = password.to_owned();
        out.push(match kind {
            Kind::Registration => Out::Register {
                ticket,
                email,
                password,
            },
            Kind::Login => Out::Verify {
                ticket,
                email,
                password,
            },
        });
    }

    /// Count a try as failed until it turns out otherwise, so that many at once are no way around.
    /// Who has none left is not answered: `erro_pw` to the right password would be a lie, and a
    /// client that repeats itself gets through as soon as it may.
    fn may_try(&mut self, now: Time, question: &Question) -> bool {
        let address = question.peer.ip();
        if question.kind == Kind::Registration {
            return self.registrations.take(now, address);
        }
        if !self.failed_addresses.take(now, address) {
            return false;
        }
        let may = self
            .failed_emails
            .take(now, question.email.key().to_owned());
        if !may {
            self.failed_addresses.give_back(&address);
        }
        may
    }

    /// It was no failure of the client's.
    fn pardon(&mut self, question: &Question) {
        let address = question.peer.ip();
        match question.kind {
            Kind::Registration => self.registrations.give_back(&address),
            Kind::Login => {
                self.failed_addresses.give_back(&address);
                self.failed_emails
                    .give_back(&question.email.key().to_owned());
            }
        }
    }

    /// The password was right. False when there is no room.
    fn login(&mut self, now: Time, question: &Question, out: &mut Vec<Out>) -> bool {
        let Question {
            email, peer, local, ..
        } = question;
        let key = email.key().to_owned();
        match self.users.login(now, email.clone(), *peer, *local) {
            Login::New => out.push(Out::Online(key.clone())),
            Login::MovedFrom(before) => {
                let line = format!("directory: {key} moved from {before} to {}", peer.ip());
                out.push(Out::Log(Level::Info, line));
            }
            Login::Again => {}
            Login::Full => {
                let line = format!("directory: full: {key} is not answered");
                self.unheard.say(now, Level::Warn, line, out);
                return false;
            }
        }
        let user = self.users.find_at(&key, *peer);
        if let Some(user) = user.filter(|user| user.listed.is_none_or(|at| at + LIST_AGAIN <= now))
        {
            user.listed = Some(now);
            self.greet.push_back(key);
        }
        true
    }

    /// What a user says to one of another transport: each line is a line there.
    fn message(
        &mut self,
        now: Time,
        peer: SocketAddr,
        email: &str,
        to: &str,
        text: &str,
        out: &mut Vec<Out>,
    ) {
        let Some(user) = self.users.find_at(email, peer) else {
            return;
        };
        let (from, to) = (email.to_owned(), clean(to.as_bytes()).into_owned());
        for line in text.lines() {
            let text = clean(line.as_bytes());
            let flood = &mut user.flood;
            let why = if text.is_empty() {
                continue;
            } else if flood.ready_at(RATE) > now {
                if flood.told {
                    return;
                }
                flood.told = true;
                Some(Refusal::TooFast)
            } else {
                flood.charge(RATE, now, line.len());
                (line.len() > LINE_BYTES).then_some(Refusal::LongLine)
            };
            let (from, to, text) = (from.clone(), to.clone(), text.into_owned());
            out.push(match why {
                Some(why) => Out::Refused { from, to, why },
                None => Out::Private { from, to, text },
            });
        }
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
        let List { text, left_out } = list(&user.entry, direct.chain(others));
        send(user.peer, user.local, &format!("{head}{text}"), out);
        // Lists differ by a few bytes of our own address, so one user's speaks for all of them.
        if self
            .users
            .iter()
            .next()
            .is_some_and(|first| first.email == user.email)
        {
            let left_out = left_out.map(|entry| entry.name().to_owned());
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

/// How much a user may say here.
const RATE: Rate = Rate {
    lines_per_s: DATAGRAMS_PER_S,
    burst: DATAGRAM_BURST,
};

fn send(to: SocketAddr, local: IpAddr, text: &str, out: &mut Vec<Out>) {
    let bytes = text.as_bytes().to_vec();
    out.push(Out::Send { to, local, bytes });
}
