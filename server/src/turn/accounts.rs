//! The accounts and the conns: what the hub asks of the accounts goes out, and what came of it is given
//! back to it. How often one may ask is for auth.rs.
//!
//! Invariant: while a question of a conn is open, none of its lines is handled; nobody else waits for it.

use std::net::SocketAddr;
use std::time::Duration;

use super::Server;
use crate::hub::name::Name;
use crate::hub::{Id, Question, Registered, Verdict};
use crate::net::sys::Sys;
use crate::store::accounts::{Answer, Asker, Owner, Stored, Task};

impl<S: Sys> Server<S> {
    /// What earlier servers have kept.
    pub fn set_kept(&mut self, kept: Stored) {
        self.set_registered(kept.owners);
        self.set_visits(kept.visits);
        self.set_bans(kept.bans);
        self.set_hooks(kept.hooks);
    }

    /// Who is registered already, and for how long.
    pub fn set_registered(&mut self, owners: Vec<(Owner, Duration)>) {
        let names = owners.into_iter().filter_map(|(owner, age)| match owner {
            Owner::Name { key, look, shown } => Some(Registered {
                key: key.into(),
                look: look.into(),
                shown: shown.into(),
                age,
            }),
            Owner::Email(_) => None,
        });
        self.hub.set_registered(names.collect());
    }

    /// The hub asks something about an account for `who`.
    pub(super) fn put_question(&mut self, who: Id, name: &Name, question: Question) {
        let Some(conn) = self.conns.get_mut(who) else {
            return self.auth.verdicts.push((who, Verdict::Failed));
        };
        conn.await_answer();
        let asker = (who, conn.peer());
        self.auth
            .ask(&mut self.sys, self.life.now, asker, name, question);
    }

    /// What a conn types from here on is a password, or is none any more.
    pub(super) fn mask_input(&mut self, who: Id, on: bool) {
        if let Some(conn) = self.conns.get_mut(who) {
            if on {
                conn.intake.asked_for_secret();
            }
            let bytes = conn.intake.telnet.hide_echo(on);
            if !bytes.is_empty() {
                self.insert(who, bytes);
            }
        }
    }

    pub(super) fn take_answer(&mut self, answer: Answer) {
        self.auth.answered();
        match answer.asker {
            Asker::Conn(who, peer) => {
                let (task, verdict) = (answer.task, answer.verdict);
                log_answer(&task, verdict, peer, self.hub.name(who).is_some());
                let now = self.life.now;
                self.auth.answer(now, (who, peer), &task, verdict);
                self.auth.ask_held(&mut self.sys, now);
            }
            Asker::Letters(asker) => self.take_letters(asker, answer),
            Asker::Operator(by) => self.answer_operator(by, answer),
            Asker::Directory(ticket) => self.tell_directory(ticket, answer.verdict),
        }
    }

    /// The hub learns what came of its questions.
    pub(super) fn give_verdicts(&mut self) {
        while !self.auth.verdicts.is_empty() {
            for (who, verdict) in std::mem::take(&mut self.auth.verdicts) {
                if let Some(conn) = self.conns.get_mut(who) {
                    conn.got_answer();
                }
                if self.sends_requests(who) {
                    self.go_on_with_request(who, verdict);
                } else {
                    let now = self.life.now;
                    self.hub.verdict(now, who, verdict, &mut self.effects);
                    self.deliver();
                }
                self.settle(who);
            }
        }
    }
}

/// Whoever tries to be an operator is in the log, with right passwords and with wrong ones.
fn log_answer(task: &Task, verdict: Verdict, peer: SocketAddr, is_here: bool) {
    let Task::Ask(owner, question) = task else {
        return;
    };
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
