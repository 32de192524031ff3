//! Logins and registrations: when to ask the accounts, and what a verdict changes.
//!
//! The client's window is frozen until it gets an answer, and it never asks again. So each request is
//! answered once, also one that is not looked at: `erro`, `sin_erro`. Until then its address gets
//! nothing else, which the client would take for the answer. A doubled datagram is asked once, and
//! nobody is asked more often than failures allow.

use std::net::{IpAddr, SocketAddr};

use log::Level;

use super::limits::{
    LIST_AGAIN, LOGINS_PER_ADDRESS, LOGINS_PER_EMAIL, REGISTRATIONS, UNPROVEN_TIMES,
};
use super::tries::{Answer, Known, Try};
use super::users::Login;
use super::wire::{self, Asked, HEARTBEAT_HEAD, Kind};
use super::{Directory, Out, send};
use crate::hub::{Question, Secret, Time, Verdict};
use crate::places::{counted, network};

/// A list that is owed to a client.
#[derive(Debug)]
pub(super) struct Greeting {
    email: String,
    peer: SocketAddr,
    local: IpAddr,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Why {
    /// It has logged in and waits, with a datagram of this many bytes.
    LoggedIn(usize),
    /// It had a part of the list.
    Rest,
}

impl Directory {
    /// The accounts' verdict on the try with this ticket.
    pub fn answer(&mut self, now: Time, ticket: u64, verdict: Verdict, out: &mut Vec<Out>) {
        let Some(tried) = self.tries.take(ticket) else {
            return;
        };
        let answer = match (tried.kind, verdict) {
            (Kind::Registration, Verdict::Registered) => {
                self.tries.forget_answers(&tried.email);
                return send(tried.peer, tried.local, wire::REGISTERED, out);
            }
            (Kind::Registration, Verdict::AlreadyThere) => {
                return send(tried.peer, tried.local, wire::EMAIL_TAKEN, out);
            }
            (Kind::Login, Verdict::Wrong) => Answer::Word(wire::WRONG_PASSWORD),
            (Kind::Login, Verdict::NoSuch) => {
                // There is no account to guard, and nonexistent e-mails would fill the table.
                let email = tried.email.key().to_owned();
                self.failed_emails.give_back(now, &email, LOGINS_PER_EMAIL);
                Answer::Word(wire::NO_SUCH_EMAIL)
            }
            // A ChatTruco client cannot change a one-time password, so there it stays valid.
            (Kind::Login, Verdict::Right | Verdict::RightOnce) if self.login(now, &tried, out) => {
                Answer::List
            }
            _ => {
                self.uncount(now, &tried);
                return refuse(&tried, out);
            }
        };
        match answer {
            Answer::Word(word) => send(tried.peer, tried.local, word, out),
            Answer::List => self.uncount(now, &tried),
        }
        self.tries.keep(now, tried, answer);
    }

    /// A datagram from somebody who is not served: what waits for an answer is refused, all else
    /// is ignored.
    pub fn turn_away(
        &self,
        from: SocketAddr,
        local: IpAddr,
        datagram: &[u8],
        truncated: bool,
        out: &mut Vec<Out>,
    ) {
        let word = match wire::parse(datagram, truncated) {
            Asked::Wrong(word) => word,
            Asked::Account { kind, .. } => refusal(kind),
            Asked::Alive { .. } | Asked::Message { .. } | Asked::Nothing(_) => return,
        };
        send(self.peer(from), local, word, out);
    }

    /// Nobody is served any more: everybody who waits is refused.
    pub fn close(&mut self, out: &mut Vec<Out>) {
        self.refuse_late(Time::MAX, out);
        for greeting in self.greetings.drain(..) {
            if let Why::LoggedIn(_) = greeting.why {
                send(greeting.peer, greeting.local, wire::BAD_LOGIN, out);
            }
        }
    }

    /// Refuses those whose verdict has not come in time.
    pub(super) fn refuse_late(&mut self, now: Time, out: &mut Vec<Out>) {
        while let Some(tried) = self.tries.take_late(now) {
            self.uncount(now, &tried);
            refuse(&tried, out);
        }
    }

    /// Whether a client at this address waits for an answer, and would take anything for it.
    pub(super) fn is_waiting(&self, peer: SocketAddr) -> bool {
        let waits = |owed: &Greeting| owed.peer == peer && matches!(owed.why, Why::LoggedIn(_));
        self.greetings.iter().any(waits) || self.tries.is_waiting(peer)
    }

    /// Sends a list that is owed. Who has moved meanwhile, or was put out, is refused.
    pub(super) fn greet<'a>(
        &mut self,
        now: Time,
        greeting: &Greeting,
        others: impl Iterator<Item = &'a str>,
        out: &mut Vec<Out>,
    ) {
        let Greeting {
            email, peer, local, ..
        } = greeting;
        let is_waiting = self.is_waiting(*peer);
        let Some(user) = self.users.find_at(email, *peer) else {
            if let Why::LoggedIn(_) = greeting.why {
                send(*peer, *local, wire::BAD_LOGIN, out);
            }
            return;
        };
        match greeting.why {
            Why::LoggedIn(bytes) => {
                let is_again = user.listed.is_some_and(|at| at + LIST_AGAIN > now);
                let most = match is_again {
                    true => bytes * UNPROVEN_TIMES,
                    false => usize::MAX,
                };
                if !is_again {
                    user.listed = Some(now);
                }
                self.send_list(email, "", most, others, out);
            }
            Why::Rest if is_waiting => {}
            Why::Rest => self.send_list(email, HEARTBEAT_HEAD, usize::MAX, others, out),
        }
    }

    /// This user is to have the rest of a list that was cut.
    pub(super) fn owe_rest(&mut self, email: &str, peer: SocketAddr, local: IpAddr) {
        self.greetings.push_back(Greeting {
            email: email.to_owned(),
            peer,
            local,
            why: Why::Rest,
        });
    }

    /// A login or registration: a recent answer counts again, or the accounts are asked.
    pub(super) fn account(&mut self, now: Time, tried: Try, password: Secret, out: &mut Vec<Out>) {
        let is_waiting = self.is_waiting(tried.peer);
        match self.tries.known(now, tried.peer, tried.fingerprint) {
            Known::Waiting => return,
            // Nothing may come before the answer that this address waits for.
            Known::Answered(_) if is_waiting => {}
            Known::Answered(Answer::Word(word)) => {
                return send(tried.peer, tried.local, word, out);
            }
            Known::Answered(Answer::List) => {
                // Unless another address has logged in instead, or the time is over.
                let (email, peer) = (tried.email.key(), tried.peer);
                if self.users.find_at(email, peer).is_some() {
                    self.login(now, &tried, out);
                    return;
                }
            }
            Known::Nothing => {}
        }
        if !self.tries.has_room() || !self.may_try(now, &tried) {
            let line = format!(
                "directory: too many tries: {} for {} is not looked at",
                tried.peer.ip(),
                tried.email.typed()
            );
            refuse(&tried, out);
            return self.unheard.say(now, Level::Info, line, out);
        }
        let (kind, email) = (tried.kind, tried.email.key().to_owned());
        let ticket = self.tries.ask(now, tried);
        let question = match kind {
            Kind::Registration => Question::Register(password),
            Kind::Login => Question::Verify(password),
        };
        out.push(Out::Ask {
            ticket,
            email,
            question,
        });
    }

    /// Counts a try as failed until the verdict, so that many tries at once gain nothing. Without
    /// tries left the answer is not `erro_pw`: for the right password that would be a lie.
    fn may_try(&mut self, now: Time, tried: &Try) -> bool {
        let (table, most) = match tried.kind {
            Kind::Registration => (&mut self.registrations, REGISTRATIONS),
            Kind::Login => (&mut self.failed_addresses, LOGINS_PER_ADDRESS),
        };
        let address = address(tried);
        if address.is_some_and(|address| table.wait(now, &address, most).is_some()) {
            return false;
        }
        if tried.kind == Kind::Login {
            let email = tried.email.key().to_owned();
            if self
                .failed_emails
                .wait(now, &email, LOGINS_PER_EMAIL)
                .is_some()
            {
                return false;
            }
            self.failed_emails.count(now, email, LOGINS_PER_EMAIL);
        }
        if let Some(address) = address {
            table.count(now, address, most);
        }
        true
    }

    /// The client did not fail: its try does not count.
    fn uncount(&mut self, now: Time, tried: &Try) {
        let (table, most) = match tried.kind {
            Kind::Registration => (&mut self.registrations, REGISTRATIONS),
            Kind::Login => (&mut self.failed_addresses, LOGINS_PER_ADDRESS),
        };
        if let Some(address) = address(tried) {
            table.give_back(now, &address, most);
        }
        if tried.kind == Kind::Login {
            let email = tried.email.key().to_owned();
            self.failed_emails.give_back(now, &email, LOGINS_PER_EMAIL);
        }
    }

    /// The password was right. False if there is no room.
    fn login(&mut self, now: Time, tried: &Try, out: &mut Vec<Out>) -> bool {
        let (key, peer) = (tried.email.key().to_owned(), tried.peer);
        match self.users.login(now, tried) {
            Login::New => out.push(Out::Online(key.clone())),
            Login::MovedFrom(before) => {
                let line = format!("directory: {key} moved from {before} to {}", peer.ip());
                out.push(Out::Log(Level::Info, line));
            }
            Login::Again => {}
            Login::Full => {
                let line = format!("directory: full: {key} is not let in");
                self.unheard.say(now, Level::Warn, line, out);
                return false;
            }
        }
        self.greetings.push_back(Greeting {
            email: key,
            peer,
            local: tried.local,
            why: Why::LoggedIn(tried.bytes),
        });
        true
    }
}

/// The address that limits count; none on this host, whose users share it.
fn address(tried: &Try) -> Option<IpAddr> {
    counted(tried.peer.ip()).map(network)
}

/// The answer to a request that is not looked at.
fn refuse(tried: &Try, out: &mut Vec<Out>) {
    send(tried.peer, tried.local, refusal(tried.kind), out);
}

fn refusal(kind: Kind) -> &'static str {
    match kind {
        Kind::Registration => wire::BAD_REGISTRATION,
        Kind::Login => wire::BAD_LOGIN,
    }
}
