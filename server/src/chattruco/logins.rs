//! Logins and registrations: when to ask the accounts, and what a verdict changes.
//!
//! A repeated datagram is asked once, and nobody is asked more often than failures allow. The
//! client's window is frozen until it gets an answer, so requests that are dropped are answered
//! too: `erro`.

use log::Level;

use super::out::Password;
use super::questions::{Answer, Known, Question};
use super::users::Login;
use super::wire::{self, Kind};
use super::{Directory, Out, send};
use crate::hub::Time;
use crate::limits::{LIST_AGAIN, LOGINS_PER_ADDRESS, LOGINS_PER_EMAIL, REGISTRATIONS};
use crate::places::network;

/// The accounts' answer. One that does not fit its question counts as `Failed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The e-mail is registered now.
    Registered,
    /// The e-mail was registered before.
    AlreadyThere,
    /// The password is right.
    Right,
    /// It is wrong.
    Wrong,
    /// The e-mail is not registered.
    NoSuch,
    /// It failed. The client is told so and may try again.
    Failed,
    /// There is too much to do; otherwise like `Failed`.
    Busy,
}

impl Directory {
    /// The accounts' verdict on the question with this ticket.
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
            (Kind::Login, Verdict::NoSuch) => {
                // There is no account to guard, and nonexistent e-mails would fill the table.
                let email = question.email.key().to_owned();
                self.failed_emails.give_back(now, &email, LOGINS_PER_EMAIL);
                Answer::Word(wire::NO_SUCH_EMAIL)
            }
            (Kind::Login, Verdict::Right) if self.login(now, &question, out) => Answer::List,
            _ => {
                self.pardon(now, &question);
                return not_looked_at(&question, out);
            }
        };
        match answer {
            Answer::Word(word) => send(question.peer, question.local, word, out),
            Answer::List => self.pardon(now, &question),
        }
        self.questions.keep(now, question, answer);
    }

    /// A login or registration: repeats a recent answer, or asks the accounts.
    pub(super) fn account(
        &mut self,
        now: Time,
        question: Question,
        password: Password,
        out: &mut Vec<Out>,
    ) {
        match self
            .questions
            .known(now, question.peer, question.fingerprint)
        {
            Known::Waiting => return,
            Known::Answered(Answer::Word(word)) => {
                return send(question.peer, question.local, word, out);
            }
            Known::Answered(Answer::List) => {
                // Unless another address has logged in instead, or the time is over.
                let (email, peer) = (question.email.key(), question.peer);
                if self.users.find_at(email, peer).is_some() {
                    self.login(now, &question, out);
                    return;
                }
            }
            Known::Nothing => {}
        }
        if !self.questions.has_room(now, question.peer) || !self.may_try(now, &question) {
            let line = format!(
                "directory: too many tries: {} for {} is not looked at",
                question.peer.ip(),
                question.email.typed()
            );
            not_looked_at(&question, out);
            return self.unheard.say(now, Level::Info, line, out);
        }
        let (kind, email) = (question.kind, question.email.key().to_owned());
        let ticket = self.questions.ask(now, question);
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

    /// Counts a try as failed until the verdict, so that many tries at once gain nothing. Without
    /// tries left the answer is not `erro_pw`: for the right password that would be a lie.
    fn may_try(&mut self, now: Time, question: &Question) -> bool {
        let address = network(question.peer.ip());
        let (table, most) = match question.kind {
            Kind::Registration => (&mut self.registrations, REGISTRATIONS),
            Kind::Login => (&mut self.failed_addresses, LOGINS_PER_ADDRESS),
        };
        if table.wait(now, &address, most).is_some() {
            return false;
        }
        if question.kind == Kind::Login {
            let email = question.email.key().to_owned();
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
    fn pardon(&mut self, now: Time, question: &Question) {
        let (table, most) = match question.kind {
            Kind::Registration => (&mut self.registrations, REGISTRATIONS),
            Kind::Login => (&mut self.failed_addresses, LOGINS_PER_ADDRESS),
        };
        table.give_back(now, &network(question.peer.ip()), most);
        if question.kind == Kind::Login {
            let email = question.email.key().to_owned();
            self.failed_emails.give_back(now, &email, LOGINS_PER_EMAIL);
        }
    }

    /// The password was right. False if there is no room.
    fn login(&mut self, now: Time, question: &Question, out: &mut Vec<Out>) -> bool {
        let Question {
            email,
            peer,
            local,
            bytes,
            ..
        } = question;
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
fn not_looked_at(question: &Question, out: &mut Vec<Out>) {
    let word = match question.kind {
        Kind::Registration => wire::BAD_REGISTRATION,
        Kind::Login => wire::BAD_LOGIN,
    };
    send(question.peer, question.local, word, out);
}
