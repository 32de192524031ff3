//! Passwords: the hub's questions go to the worker that keeps the accounts, its verdicts come
//! back. Wrong tries are counted here, by address and by account, and held back; so is who
//! registers name after name.
//!
//! While its question is open, no further line of a conn is handled; nobody else waits for it.
//! Invariant: every question of the hub gets one verdict, also when its asker is gone meanwhile; what
//! a try counts against, and who made it, is settled when it is asked and travels with the question.

use std::net::{IpAddr, SocketAddr};
use std::slice::from_ref;
use std::time::Duration;

use super::Server;
use crate::hub::name::Name;
use crate::hub::{Id, Question, Verdict};
use crate::net::sys::Sys;
use crate::places::{counted, network};
use crate::store::accounts::{Asker, Lane, Owner, Query, Task};
use crate::turn::attempts::Subject;

impl<S: Sys> Server<S> {
    /// The hub asks something about an account for `who`.
    pub(super) fn put_question(&mut self, who: Id, name: &Name, question: Question) {
        let Some(conn) = self.conns.get_mut(who) else {
            return self.verdicts.push((who, Verdict::Failed));
        };
        conn.await_answer();
        let peer = conn.peer;
        let from = counted(peer.ip()).map(network);
        let owner = Owner::from(name);
        if let Some(wait) = self.wait_for(from, &owner, &question) {
            return self.verdicts.push((who, Verdict::TooMany { wait }));
        }
        let change = change(from, &question);
        let asked = self.query(Query {
            asker: Asker::Conn(who, peer),
            lane: lane(from, &question),
            task: Task::Ask(owner, question),
        });
        match asked {
            Ok(()) => self.attempts.count(self.life.now, change),
            Err(_) => self.verdicts.push((who, Verdict::Busy)),
        }
    }

    /// How long somebody from there has to wait before it may ask this; nothing when it may.
    fn wait_for(&self, from: Option<IpAddr>, owner: &Owner, asked: &Question) -> Option<Duration> {
        match asked {
            Question::Verify(_) | Question::Renew { .. } | Question::Operator(_) => {
                let subjects = subjects(from, owner, asked);
                self.attempts.wait(self.life.now, &subjects)
            }
            Question::Register(_) | Question::Change(_) | Question::Remove => {
                let change = change(from, asked)?;
                self.attempts.wait(self.life.now, from_ref(&change))
            }
        }
    }

    /// What came of a question that `who` asked, who came from `peer`.
    pub(super) fn answer_conn(&mut self, who: Id, peer: SocketAddr, task: &Task, verdict: Verdict) {
        if let Task::Ask(owner, question) = task {
            log_answer(owner, question, verdict, peer, self.hub.name(who).is_some());
            if verdict == Verdict::Wrong {
                let from = counted(peer.ip()).map(network);
                let subjects = subjects(from, owner, question);
                self.attempts.count(self.life.now, subjects);
            }
        }
        self.verdicts.push((who, verdict));
    }

    /// The hub learns what came of its questions.
    pub(super) fn give_verdicts(&mut self) {
        while !self.verdicts.is_empty() {
            for (who, verdict) in std::mem::take(&mut self.verdicts) {
                if let Some(conn) = self.conns.get_mut(who) {
                    conn.got_answer();
                }
                self.hub
                    .verdict(self.life.now, who, verdict, &mut self.effects);
                self.deliver();
                self.settle(who);
            }
        }
    }
}

/// Whoever tries to be an operator is in the log, with right passwords and with wrong ones.
fn log_answer(
    owner: &Owner,
    question: &Question,
    verdict: Verdict,
    peer: SocketAddr,
    is_here: bool,
) {
    let (Owner::Name { shown, .. } | Owner::Email(shown)) = owner;
    match (question, verdict) {
        (Question::Operator(_), Verdict::Right) if is_here => {
            log::info!("{shown} is an operator now, {peer}");
        }
        (Question::Operator(_), Verdict::Wrong) => {
            log::warn!("wrong password of the operators by {shown}, {peer}");
        }
        (Question::Operator(_), _) => {}
        (_, Verdict::NoSuch) => {
            log::warn!("accounts: {shown} is not in the database (any more)");
        }
        _ => {}
    }
}

/// What asking counts against, where it is the asking that costs and not a wrong password.
fn change(from: Option<IpAddr>, asked: &Question) -> Option<Subject> {
    let is_change = matches!(asked, Question::Register(_) | Question::Change(_));
    from.filter(|_| is_change).map(Subject::Changes)
}

/// Whom a wrong try is counted for: the account, and the address unless everybody shares it.
fn subjects(from: Option<IpAddr>, owner: &Owner, asked: &Question) -> Vec<Subject> {
    let account = match (asked, owner) {
        (Question::Operator(_), _) => Subject::Operators {
            here: from.is_none(),
        },
        (_, Owner::Name { key, .. } | Owner::Email(key)) => Subject::Account(key.clone()),
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
        Question::Operator(_) => Lane::Operators,
        Question::Verify(_) | Question::Renew { .. } => Lane::Logins,
        Question::Register(_) | Question::Change(_) | Question::Remove => Lane::Registrations,
    }
}
