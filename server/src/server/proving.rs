//! Passwords: the hub's questions go to the worker that keeps the accounts, its answers come back
//! as verdicts. Wrong tries are counted here, by address and by account, and held back; so is who
//! registers name after name.
//!
//! While its question is open, no further line of a conn is handled; nobody else waits for it.
//! Invariant: every question of the hub gets one verdict, also when its asker is gone meanwhile.

use std::net::IpAddr;
use std::slice::from_ref;
use std::time::Duration;

use super::Server;
use super::accept::limited_address;
use crate::accounts::{self, Answer, Asked, Owner, Password, Query};
use crate::attempts::Subject;
use crate::hub::{Id, Question, Verdict};
use crate::sys::Sys;

impl<S: Sys> Server<S> {
    /// The hub asks something about an account for `who`.
    pub(super) fn put_question(&mut self, who: Id, question: &Question) {
        if let Some(conn) = self.conn(who) {
            conn.awaits_verdict = true;
        }
        let owner = owner(question);
        let wait = self.wait_for(who, question, &owner);
        let verdict = match (wait, worded(question)) {
            (Some(wait), _) => Verdict::TooMany { wait },
            (None, None) => Verdict::Wrong,
            (None, Some(question)) => {
                let query = Query {
                    ticket: who.key(),
                    owner,
                    question,
                };
                match self.sys.ask(query) {
                    Ok(()) => return,
                    Err(accounts::Busy) => Verdict::Busy,
                }
            }
        };
        self.verdicts.push((who, verdict));
    }

    /// How long `who` has to wait before it may ask this; nothing when it may, which counts where
    /// asking is what costs.
    fn wait_for(&mut self, who: Id, question: &Question, owner: &Owner) -> Option<Duration> {
        match question {
            Question::Verify { .. } | Question::Operator { .. } => {
                let subjects = self.subjects(who, owner);
                self.attempts.wait(self.now, &subjects)
            }
            Question::Register { .. } | Question::Change { .. } => {
                let change = Subject::Changes(self.address(who)?);
                let wait = self.attempts.wait(self.now, from_ref(&change));
                if wait.is_none() {
                    self.attempts.count(self.now, [change]);
                }
                wait
            }
            Question::Remove { .. } => None,
        }
    }

    /// The address of a conn, unless everybody shares it.
    fn address(&mut self, who: Id) -> Option<IpAddr> {
        self.conn(who)
            .and_then(|conn| limited_address(conn.peer.ip()))
    }

    /// What the worker has answered since the last turn.
    pub(super) fn take_answers(&mut self) {
        while let Some(answer) = self.sys.answer() {
            let Answer {
                ticket,
                owner,
                asked,
                verdict,
            } = answer;
            match (&owner, asked) {
                (Owner::Email(_), _) => self.answer_directory(ticket, verdict),
                (_, Asked::Keep | Asked::Forget) => self.answer_change(ticket, verdict),
                _ => self.answer_user(Id::from_key(ticket), &owner, verdict),
            }
        }
        self.ask_for_changes();
        self.give_verdicts();
    }

    fn answer_user(&mut self, who: Id, owner: &Owner, verdict: accounts::Verdict) {
        if verdict == accounts::Verdict::Wrong {
            let subjects = self.subjects(who, owner);
            self.attempts.count(self.now, subjects);
        }
        if *owner == Owner::Operators {
            self.log_proof(who, verdict);
        }
        self.verdicts.push((who, told(verdict)));
    }

    /// Whoever tries to be an operator is in the log, with right passwords and with wrong ones.
    fn log_proof(&mut self, who: Id, verdict: accounts::Verdict) {
        let Some(peer) = self.conn(who).map(|conn| conn.peer) else {
            return;
        };
        let Some(name) = self.hub.name(who) else {
            return;
        };
        match verdict {
            accounts::Verdict::Right => log::info!("{name} is an operator now, {peer}"),
            accounts::Verdict::Wrong => {
                log::warn!("wrong password of the operators by {name}, {peer}");
            }
            _ => {}
        }
    }

    /// The hub learns what came of its questions.
    pub(super) fn give_verdicts(&mut self) {
        while !self.verdicts.is_empty() {
            for (who, verdict) in std::mem::take(&mut self.verdicts) {
                if let Some(conn) = self.conn(who) {
                    conn.awaits_verdict = false;
                }
                self.hub.verdict(self.now, who, verdict, &mut self.effects);
                self.deliver();
                self.settle(who);
            }
        }
    }

    /// Whom a wrong try is counted for: the account, and the address unless everybody shares it.
    fn subjects(&mut self, who: Id, owner: &Owner) -> Vec<Subject> {
        let peer = self.address(who);
        let account = match owner {
            Owner::Name { key, .. } | Owner::Email(key) => Subject::Account(key.clone()),
            Owner::Operators => Subject::Operators {
                here: peer.is_none(),
            },
        };
        peer.map(Subject::Address)
            .into_iter()
            .chain([account])
            .collect()
    }
}

/// Whom a question is about.
fn owner(question: &Question) -> Owner {
    match question {
        Question::Operator { .. } => Owner::Operators,
        Question::Verify { name, .. }
        | Question::Register { name, .. }
        | Question::Change { name, .. }
        | Question::Remove { name } => Owner::Name {
            key: name.key().to_owned(),
            look: name.look().to_string(),
            shown: name.shown().to_owned(),
        },
    }
}

/// The hub's question in the worker's words; nothing when it holds what is no password.
fn worded(question: &Question) -> Option<accounts::Question> {
    Some(match question {
        Question::Verify { password, .. } | Question::Operator { password, .. } => {
            accounts::Question::Verify(Password::new(password.text())?)
        }
        Question::Register { password, .. } => {
            accounts::Question::Register(Password::new(password.text())?)
        }
        Question::Change { password, .. } => {
            accounts::Question::Change(Password::new(password.text())?)
        }
        Question::Remove { .. } => accounts::Question::Remove,
    })
}

/// The worker's verdict in the hub's words.
fn told(verdict: accounts::Verdict) -> Verdict {
    match verdict {
        accounts::Verdict::Registered => Verdict::Registered,
        accounts::Verdict::AlreadyThere => Verdict::AlreadyThere,
        accounts::Verdict::Right => Verdict::Right,
        accounts::Verdict::Wrong => Verdict::Wrong,
        accounts::Verdict::NoSuch => Verdict::NoSuch,
        accounts::Verdict::Changed => Verdict::Changed,
        accounts::Verdict::Removed => Verdict::Removed,
        // The latter is no answer to the hub.
        accounts::Verdict::Failed | accounts::Verdict::Kept => Verdict::Failed,
    }
}
