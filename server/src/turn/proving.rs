//! Passwords: the hub's questions go to the worker that keeps the accounts, its answers come back
//! as verdicts. Wrong tries are counted here, by address and by account, and held back; so is who
//! registers name after name.
//!
//! While its question is open, no further line of a conn is handled; nobody else waits for it.
//! Invariant: every question of the hub gets one verdict, also when its asker is gone meanwhile; what
//! a try counts against, and who made it, is settled when it is asked.

use std::net::{IpAddr, SocketAddr};
use std::slice::from_ref;
use std::time::Duration;

use super::Server;
use crate::hub::{Id, Question, Verdict};
use crate::net::sys::Sys;
use crate::places::{counted, network};
use crate::store::accounts::{self, Asked, Lane, Owner, Password, Query};
use crate::turn::attempts::Subject;

/// A question on its way: what it counts against if the password is wrong, and who asked.
pub(super) struct Try {
    subjects: Vec<Subject>,
    /// For the log, of who wants to be an operator.
    by: Option<(String, SocketAddr)>,
}

impl<S: Sys> Server<S> {
    /// The hub asks something about an account for `who`.
    pub(super) fn put_question(&mut self, who: Id, question: &Question) {
        let Some(conn) = self.conns.get_mut(who) else {
            return self.verdicts.push((who, Verdict::Failed));
        };
        conn.await_answer();
        let peer = conn.peer;
        let from = counted(peer.ip()).map(network);
        let owner = owner(question);
        let tried = Try {
            subjects: subjects(from, &owner),
            by: match question {
                Question::Operator { name, .. } => Some((name.shown().to_owned(), peer)),
                _ => None,
            },
        };
        if let Some(wait) = self.wait_for(from, question, &tried) {
            return self.verdicts.push((who, Verdict::TooMany { wait }));
        }
        let Some(worded) = worded(question) else {
            return self.answer_user(who, tried, accounts::Verdict::Wrong);
        };
        let ticket = who.key();
        let query = Query {
            ticket,
            owner,
            question: worded,
            lane: lane(from, question),
        };
        match self.sys.ask(query) {
            Ok(()) => {
                self.attempts.count(self.now, change(from, question));
                self.tries.insert(ticket, tried);
            }
            Err(accounts::Busy) => self.verdicts.push((who, Verdict::Busy)),
        }
    }

    /// How long somebody from there has to wait before it may ask this; nothing when it may.
    fn wait_for(&self, from: Option<IpAddr>, asked: &Question, tried: &Try) -> Option<Duration> {
        match asked {
            Question::Verify { .. } | Question::Renew { .. } | Question::Operator { .. } => {
                self.attempts.wait(self.now, &tried.subjects)
            }
            Question::Register { .. } | Question::Change { .. } | Question::Remove { .. } => {
                let change = change(from, asked)?;
                self.attempts.wait(self.now, from_ref(&change))
            }
        }
    }

    /// What the worker has answered since the last turn.
    pub(super) fn take_answers(&mut self) {
        while let Some(answer) = self.sys.answer() {
            let (ticket, verdict) = (answer.ticket, answer.verdict);
            match (&answer.owner, answer.asked) {
                (_, Asked::List | Asked::Reset | Asked::Free) => self.answer_manage(answer),
                (Owner::Email(_), _) => self.answer_directory(ticket, verdict),
                (_, Asked::Keep | Asked::Forget) => self.answer_change(ticket, verdict),
                (owner, _) => {
                    if let (Owner::Name { shown, .. }, accounts::Verdict::NoSuch) = (owner, verdict)
                    {
                        log::warn!("accounts: {shown} is not in the database (any more)");
                    }
                    if let Some(tried) = self.tries.remove(&ticket) {
                        self.answer_user(Id::from_key(ticket), tried, verdict);
                    }
                }
            }
        }
        self.ask_for_changes();
        self.give_verdicts();
    }

    fn answer_user(&mut self, who: Id, tried: Try, verdict: accounts::Verdict) {
        // Whoever tries to be an operator is in the log, with right passwords and with wrong ones.
        match (verdict, tried.by) {
            (accounts::Verdict::Right, Some((name, peer))) if self.hub.name(who).is_some() => {
                log::info!("{name} is an operator now, {peer}");
            }
            (accounts::Verdict::Wrong, Some((name, peer))) => {
                log::warn!("wrong password of the operators by {name}, {peer}");
            }
            _ => {}
        }
        if verdict == accounts::Verdict::Wrong {
            self.attempts.count(self.now, tried.subjects);
        }
        self.verdicts.push((who, told(verdict)));
    }

    /// The hub learns what came of its questions.
    pub(super) fn give_verdicts(&mut self) {
        while !self.verdicts.is_empty() {
            for (who, verdict) in std::mem::take(&mut self.verdicts) {
                if let Some(conn) = self.conns.get_mut(who) {
                    conn.got_answer();
                }
                self.hub.verdict(self.now, who, verdict, &mut self.effects);
                self.deliver();
                self.settle(who);
            }
        }
    }
}

/// What asking counts against, where it is the asking that costs and not a wrong password.
fn change(from: Option<IpAddr>, asked: &Question) -> Option<Subject> {
    let is_change = matches!(asked, Question::Register { .. } | Question::Change { .. });
    from.filter(|_| is_change).map(Subject::Changes)
}

/// Whom a wrong try is counted for: the account, and the address unless everybody shares it.
fn subjects(from: Option<IpAddr>, owner: &Owner) -> Vec<Subject> {
    let account = match owner {
        Owner::Name { key, .. } | Owner::Email(key) => Subject::Account(key.clone()),
        Owner::Operators => Subject::Operators {
            here: from.is_none(),
        },
    };
    from.map(Subject::Address)
        .into_iter()
        .chain([account])
        .collect()
}

/// Among whom a question of somebody from there waits.
fn lane(from: Option<IpAddr>, question: &Question) -> Lane {
    match question {
        _ if from.is_none() => Lane::Host,
        Question::Operator { .. } => Lane::Operators,
        Question::Verify { .. } | Question::Renew { .. } => Lane::Logins,
        Question::Register { .. } | Question::Change { .. } | Question::Remove { .. } => {
            Lane::Registrations
        }
    }
}

/// Whom a question is about.
fn owner(question: &Question) -> Owner {
    match question {
        Question::Operator { .. } => Owner::Operators,
        Question::Verify { name, .. }
        | Question::Register { name, .. }
        | Question::Change { name, .. }
        | Question::Renew { name, .. }
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
        Question::Renew { old, new, .. } => {
            accounts::Question::Renew(Password::new(old.text())?, Password::new(new.text())?)
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
        accounts::Verdict::RightOnce => Verdict::RightOnce,
        accounts::Verdict::Wrong => Verdict::Wrong,
        accounts::Verdict::NoSuch => Verdict::NoSuch,
        accounts::Verdict::Changed => Verdict::Changed,
        accounts::Verdict::Removed => Verdict::Removed,
        // The latter is no answer to the hub.
        accounts::Verdict::Failed | accounts::Verdict::Kept => Verdict::Failed,
    }
}
