//! What was asked of the worker that keeps the accounts, and how often: wrong passwords are counted by
//! address and by account, and held back; so is who registers name after name. It knows no conns, and does
//! nothing with a verdict but to keep it for the hub.
//!
//! What survives an upgrade of the running program: `attempts` and `orders`; it waits until nothing is asked.
//!
//! Invariants: every question of the hub gets one verdict. Orders reach the worker in the order in which
//! they were given, and at most `CHANGES_WAITING` of them wait. What a try counts against, and who made it,
//! is settled when it is asked and travels with the question.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::slice::from_ref;
use std::time::Duration;

use crate::hub::name::Name;
use crate::hub::{Id, Question, Time, Verdict};
use crate::limits::{ACCOUNT_CHANGES, CHANGES_WAITING, WRONG_PASSWORDS, WRONG_PASSWORDS_FOR_ONE};
use crate::net::sys::Sys;
use crate::pace::Paces;
use crate::places::{counted, network};
use crate::store::accounts::{Asker, Busy, Lane, Owner, Query, Task};
use crate::store::jobs::Job;
use crate::web::limits::SCRIPT_LOGINS;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Auth {
    /// Wrong passwords and changes lately. When too many try within a minute, those who come on top are
    /// held back by the names alone that they try.
    attempts: Paces<Subject>,
    /// How many passwords from an address for an account the worker has and has not answered. They cannot be
    /// counted as wrong yet; without a bound, tries at once would use up the account's for everybody.
    open: BTreeMap<(Option<IpAddr>, Subject), u32>,
    /// Those that wait for the answers to these, oldest first: at most one of each conn.
    held: Vec<Try>,
    /// Orders of operators that the worker has not taken yet.
    orders: VecDeque<Query>,
    /// How many queries the worker has taken and not answered.
    asked: usize,
    /// What came of the hub's questions, to be given to it in this turn.
    pub(super) verdicts: Vec<(Id, Verdict)>,
}

/// A question of the hub on its way to the worker.
#[derive(Debug)]
struct Try {
    asker: (Id, SocketAddr),
    owner: Owner,
    question: Question,
}

/// Who tries, or what is tried.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Subject {
    /// Where a try comes from: an address, or the /64 of one.
    Address(IpAddr),
    /// The name or e-mail it is for.
    Account(String),
    /// Names registered and passwords changed from an address: each costs the worker as much as a
    /// wrong try, and a name is gone for good.
    Changes(IpAddr),
    /// Requests of scripts with a password: each is verified, the right ones, too.
    Scripts(IpAddr),
    /// The operators' password. Who is on this host is counted apart: nobody in the network can use up
    /// the tries of an operator who comes from here.
    Operators {
        /// Whether the try comes from this host.
        here: bool,
    },
}

impl Auth {
    /// How many queries the worker has.
    pub(super) fn asked(&self) -> usize {
        self.asked
    }

    /// Whether the worker has answered all, and no order waits for it.
    pub(super) fn is_done(&self) -> bool {
        self.orders.is_empty() && self.held.is_empty() && self.asked == 0
    }

    /// Hand a query to the worker.
    pub(super) fn submit<S: Sys>(&mut self, sys: &mut S, query: Query) -> Result<(), Busy> {
        sys.submit(Job::Account(query))?;
        self.asked += 1;
        Ok(())
    }

    /// The worker has answered a query.
    pub(super) fn answered(&mut self) {
        self.asked -= 1;
    }

    /// The hub asks something about an account for `who`, who comes from `peer`.
    pub(super) fn ask<S: Sys>(
        &mut self,
        sys: &mut S,
        now: Time,
        asker: (Id, SocketAddr),
        name: &Name,
        question: Question,
    ) {
        let owner = Owner::from(name);
        let asked = Try {
            asker,
            owner,
            question,
        };
        self.put(sys, now, asked);
    }

    /// Questions that waited for others are asked, as many as may.
    pub(super) fn ask_held<S: Sys>(&mut self, sys: &mut S, now: Time) {
        for held in std::mem::take(&mut self.held) {
            self.put(sys, now, held);
        }
    }

    fn put<S: Sys>(&mut self, sys: &mut S, now: Time, asked: Try) {
        let Try {
            asker: (who, peer),
            owner,
            question,
        } = &asked;
        let (who, peer) = (*who, *peer);
        let from = counted(peer.ip()).map(network);
        if let Some(wait) = self.wait_for(now, from, owner, question) {
            return self.verdicts.push((who, Verdict::TooMany { wait }));
        }
        let open = tried(from, owner, question);
        let is_full = |open| {
            self.open
                .get(open)
                .is_some_and(|count| *count >= WRONG_PASSWORDS)
        };
        if open.as_ref().is_some_and(is_full) {
            return self.held.push(asked);
        }
        let change = change(from, question);
        let query = Query {
            asker: Asker::Conn(who, peer),
            lane: lane(from, question),
            task: Task::Ask(asked.owner, asked.question),
        };
        match self.submit(sys, query) {
            Ok(()) => {
                self.count(now, change);
                if let Some(open) = open {
                    *self.open.entry(open).or_default() += 1;
                }
            }
            Err(Busy) => self.verdicts.push((who, Verdict::Busy)),
        }
    }

    /// How long somebody from there has to wait before it may ask this; nothing when it may.
    fn wait_for(
        &self,
        now: Time,
        from: Option<IpAddr>,
        owner: &Owner,
        asked: &Question,
    ) -> Option<Duration> {
        match asked {
            Question::Verify(_) | Question::Renew { .. } | Question::Operator(_) => {
                self.wait(now, &subjects(from, owner, asked))
            }
            Question::Register(_) | Question::Change(_) | Question::Remove => {
                let change = change(from, asked)?;
                self.wait(now, from_ref(&change))
            }
        }
    }

    /// How long somebody from there has to wait before they may try a key.
    pub(super) fn wait_for_key(&self, now: Time, peer: SocketAddr) -> Option<Duration> {
        let from = counted(peer.ip()).map(network)?;
        self.wait(now, &[Subject::Address(from)])
    }

    /// How long scripts from there have to wait before the next password of theirs is verified. This host counts,
    /// too: its people and operators wait for the same worker.
    pub(super) fn wait_for_script(&self, now: Time, peer: SocketAddr) -> Option<Duration> {
        self.wait(now, &[Subject::Scripts(network(peer.ip()))])
    }

    /// A password of a script from there is verified.
    pub(super) fn count_script(&mut self, now: Time, peer: SocketAddr) {
        self.count(now, [Subject::Scripts(network(peer.ip()))]);
    }

    /// A key from there was wrong.
    pub(super) fn count_key(&mut self, now: Time, peer: SocketAddr) {
        let from = counted(peer.ip()).map(network);
        self.count(now, from.map(Subject::Address));
    }

    /// How long these have to wait before the next try; nothing when they may.
    fn wait(&self, now: Time, subjects: &[Subject]) -> Option<Duration> {
        let wait = |subject: &Subject| self.attempts.wait(now, subject, subject.per_minute());
        subjects.iter().filter_map(wait).max()
    }

    /// A try was wrong, or a change is to be made.
    fn count(&mut self, now: Time, subjects: impl IntoIterator<Item = Subject>) {
        for subject in subjects {
            let per_minute = subject.per_minute();
            self.attempts.count(now, subject, per_minute);
        }
    }

    /// The worker has answered a try.
    fn close(&mut self, tried: Option<(Option<IpAddr>, Subject)>) {
        if let Some(Entry::Occupied(mut open)) = tried.map(|tried| self.open.entry(tried)) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }

    /// What came of such a question.
    pub(super) fn answer(
        &mut self,
        now: Time,
        (who, peer): (Id, SocketAddr),
        task: &Task,
        verdict: Verdict,
    ) {
        if let Task::Ask(owner, question) = task {
            let from = counted(peer.ip()).map(network);
            if verdict == Verdict::Wrong {
                self.count(now, subjects(from, owner, question));
            }
            self.close(tried(from, owner, question));
        }
        self.verdicts.push((who, verdict));
    }

    /// An order of an operator. Flood control keeps users from ordering more than the worker does. A pipe
    /// into the console could; what it orders on top is not done, and the log says so.
    pub(super) fn order<S: Sys>(&mut self, sys: &mut S, by: Option<Id>, task: Task) {
        if self.orders.len() >= CHANGES_WAITING {
            return log::error!("too many orders wait for the disk; one was not kept");
        }
        self.orders.push_back(Query {
            asker: Asker::Operator(by),
            task,
            lane: Lane::Host,
        });
        self.submit_orders(sys);
    }

    /// Hand to the worker what it can take.
    pub(super) fn submit_orders<S: Sys>(&mut self, sys: &mut S) {
        while let Some(order) = self.orders.front().cloned() {
            if self.submit(sys, order).is_err() {
                return;
            }
            self.orders.pop_front();
        }
    }
}

impl Subject {
    fn per_minute(&self) -> u32 {
        match self {
            Subject::Address(_) => WRONG_PASSWORDS,
            Subject::Account(_) | Subject::Operators { .. } => WRONG_PASSWORDS_FOR_ONE,
            Subject::Changes(_) => ACCOUNT_CHANGES,
            Subject::Scripts(_) => SCRIPT_LOGINS,
        }
    }
}

/// What asking counts against, where it is the asking that costs and not a wrong password.
fn change(from: Option<IpAddr>, asked: &Question) -> Option<Subject> {
    let is_change = matches!(asked, Question::Register(_) | Question::Change(_));
    from.filter(|_| is_change).map(Subject::Changes)
}

/// Whom a wrong try is counted for: the account, and the address unless everybody shares it.
fn subjects(from: Option<IpAddr>, owner: &Owner, asked: &Question) -> Vec<Subject> {
    let account = account(from, owner, asked);
    from.map(Subject::Address)
        .into_iter()
        .chain([account])
        .collect()
}

fn account(from: Option<IpAddr>, owner: &Owner, asked: &Question) -> Subject {
    match (asked, owner) {
        (Question::Operator(_), _) => Subject::Operators {
            here: from.is_none(),
        },
        (_, Owner::Name { key, .. } | Owner::Email(key)) => Subject::Account(key.clone()),
    }
}

/// Which account a password is tried for, and from where, if the question has one.
fn tried(
    from: Option<IpAddr>,
    owner: &Owner,
    asked: &Question,
) -> Option<(Option<IpAddr>, Subject)> {
    match asked {
        Question::Verify(_) | Question::Renew { .. } | Question::Operator(_) => {
            Some((from, account(from, owner, asked)))
        }
        Question::Register(_) | Question::Change(_) | Question::Remove => None,
    }
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

#[cfg(test)]
mod tests;
