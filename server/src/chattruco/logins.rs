//! Logins and registrations: when to ask the accounts, and what a verdict changes.
//!
//! A repeated datagram is asked once, and nobody is asked more often than failures allow. The
//! client's window is frozen until it gets an answer, so requests that are dropped are answered
//! too: `erro`.

use log::Level;

use super::limits::{LIST_AGAIN, LOGINS_PER_ADDRESS, LOGINS_PER_EMAIL, REGISTRATIONS};
use super::tries::{Answer, Known, Try};
use super::users::Login;
use super::wire::{self, Kind};
use super::{Directory, Out, send};
use crate::hub::{Question, Secret, Time, Verdict};
use crate::places::network;

impl Directory {
    /// The accounts' verdict on the try with this ticket.
    pub fn answer(&mut self, now: Time, ticket: u64, verdict: Verdict, out: &mut Vec<Out>) {
        let Some(tried) = self.tries.take(ticket) else {
            return;
        };
        let answer = match (tried.kind, verdict) {
            (Kind::Registration, Verdict::Registered) => {
                self.tries.forget_answers(&tried.email);
                Answer::Word(wire::REGISTERED)
            }
            (Kind::Registration, Verdict::AlreadyThere) => Answer::Word(wire::EMAIL_TAKEN),
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

    /// A login or registration: repeats a recent answer, or asks the accounts.
    pub(super) fn account(&mut self, now: Time, tried: Try, password: Secret, out: &mut Vec<Out>) {
        match self.tries.known(now, tried.peer, tried.fingerprint) {
            Known::Waiting => return,
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
        if !self.tries.has_room(now, tried.peer) || !self.may_try(now, &tried) {
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
        let address = network(tried.peer.ip());
        let (table, most) = match tried.kind {
            Kind::Registration => (&mut self.registrations, REGISTRATIONS),
            Kind::Login => (&mut self.failed_addresses, LOGINS_PER_ADDRESS),
        };
        if table.wait(now, &address, most).is_some() {
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
        table.count(now, address, most);
        true
    }

    /// The client did not fail: its try does not count.
    fn uncount(&mut self, now: Time, tried: &Try) {
        let (table, most) = match tried.kind {
            Kind::Registration => (&mut self.registrations, REGISTRATIONS),
            Kind::Login => (&mut self.failed_addresses, LOGINS_PER_ADDRESS),
        };
        table.give_back(now, &network(tried.peer.ip()), most);
        if tried.kind == Kind::Login {
            let email = tried.email.key().to_owned();
            self.failed_emails.give_back(now, &email, LOGINS_PER_EMAIL);
        }
    }

    /// The password was right. False if there is no room.
    fn login(&mut self, now: Time, tried: &Try, out: &mut Vec<Out>) -> bool {
        let Try {
            email,
            peer,
            local,
            bytes,
            ..
        } = tried;
        let key = email.key().to_owned();
        match self.users.login(now, email.clone(), *peer, *local, *bytes) {
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
        let user = self.users.find_at(&key, *peer);
        if let Some(user) = user.filter(|user| user.listed.is_none_or(|at| at + LIST_AGAIN <= now))
        {
            user.listed = Some(now);
            self.greet.push_back((key, ""));
        }
        true
    }
}

/// The answer to a request that is dropped now.
fn refuse(tried: &Try, out: &mut Vec<Out>) {
    let word = match tried.kind {
        Kind::Registration => wire::BAD_REGISTRATION,
        Kind::Login => wire::BAD_LOGIN,
    };
    send(tried.peer, tried.local, word, out);
}
