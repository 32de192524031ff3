//! The thread with the database and the hashing: takes queries from the loop, decides them one by
//! one, and sends the answers back.
//!
//! The time of an answer must not show whether an account exists, and a missing account must not
//! cost a hash, or anybody could occupy the worker with unknown e-mails. So such an answer is held
//! back for as long as a hash takes, while others are served.
//!
//! Invariant: a query counts in `waiting` from `ask` until it is decided.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::lanes::Lanes;
use super::secret::{self, Hasher, Password};
use super::store::Store;
use super::{Answer, Found, NewPassword, Owner, Query, Task, Waiting};
use crate::hub::{Question, Verdict};
use crate::limits::{ANSWERS_HELD, HASH_MEMORY_KEPT};

/// See the top of this file.
pub(super) struct Worker {
    store: Store,
    hasher: Hasher,
    operators: Option<Proof>,
    queries: Receiver<Query>,
    lanes: Lanes,
    answers: SyncSender<Answer>,
    waiting: Waiting,
    /// Answers without a hash, and when each would have come with one.
    held: VecDeque<(Instant, Answer)>,
    /// How long the last hash took.
    hash_took: Option<Duration>,
    /// Why queries fail, until a change succeeds; logged again only if the reason changes.
    last_failure: Option<String>,
}

/// The operators' password, hashed when first needed.
pub(super) enum Proof {
    Password(Password),
    Hash(String),
}

impl Worker {
    pub(super) fn new(
        store: Store,
        operators: Option<Proof>,
        queries: Receiver<Query>,
        answers: SyncSender<Answer>,
        waiting: Waiting,
    ) -> Worker {
        Worker {
            store,
            hasher: Hasher::default(),
            operators,
            queries,
            lanes: Lanes::default(),
            answers,
            waiting,
            held: VecDeque::new(),
            hash_took: None,
            last_failure: None,
        }
    }

    /// Serves until the loop is gone. Calls `wake` after each answer.
    pub(super) fn work(mut self, mut wake: impl FnMut()) {
        while self.take_in() {
            let answer = self.next_answer();
            let due = self.due(Instant::now());
            for answer in answer.into_iter().chain(due) {
                if self.answers.send(answer).is_err() {
                    return;
                }
                wake();
            }
        }
    }

    /// Takes queries from the loop; waits if there is nothing to do. False when the loop is gone.
    fn take_in(&mut self) -> bool {
        if self.lanes.is_empty() {
            let asked = match self.held.front() {
                Some((due, _)) => {
                    let left = due.saturating_duration_since(Instant::now());
                    self.queries.recv_timeout(left)
                }
                None => match self.queries.recv_timeout(HASH_MEMORY_KEPT) {
                    Err(RecvTimeoutError::Timeout) => {
                        self.hasher.free_memory();
                        self.queries.recv().map_err(RecvTimeoutError::from)
                    }
                    asked => asked,
                },
            };
            match asked {
                Ok(query) => self.lanes.push(query),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        for query in self.queries.try_iter() {
            self.lanes.push(query);
        }
        true
    }

    /// Decides the next query, if there is one. Returns its answer, unless that is held back.
    fn next_answer(&mut self) -> Option<Answer> {
        let query = self.lanes.next()?;
        let began = Instant::now();
        let mut found = Found::Nothing;
        let decided = self.decide(&query.task, &mut found);
        let verdict = self.verdict_of(decided, &query.task);
        self.waiting[query.lane as usize].fetch_sub(1, Ordering::Relaxed);
        let is_of_an_account = matches!(query.task, Task::Ask(_, Question::Verify(_)));
        let answer = Answer {
            asker: query.asker,
            task: query.task,
            verdict,
            found,
        };
        let hash_took = match verdict {
            Verdict::Right | Verdict::RightOnce | Verdict::Wrong if is_of_an_account => None,
            Verdict::NoSuch if is_of_an_account => self.hash_took,
            _ => return Some(answer),
        };
        // Any hash, even a pretended one, shows how long the next one takes.
        let Some(hash_took) = hash_took else {
            self.hash_took = Some(began.elapsed());
            return Some(answer);
        };
        self.held.push_back((began + hash_took, answer));
        None
    }

    /// Answers held back long enough; the oldest too if there are too many.
    fn due(&mut self, now: Instant) -> Vec<Answer> {
        let too_many = self.held.len().saturating_sub(ANSWERS_HELD);
        let is_due = |(at, (due, _)): &(usize, &(Instant, Answer))| *at < too_many || *due <= now;
        let count = self.held.iter().enumerate().take_while(is_due).count();
        self.held.drain(..count).map(|(_, answer)| answer).collect()
    }

    fn decide(&mut self, task: &Task, found: &mut Found) -> io::Result<Verdict> {
        match task {
            Task::Ask(owner, question) => self.answer(owner, question),
            Task::List(part) => {
                let (listed, count) = self.store.list(part)?;
                *found = Found::Listed(listed, count);
                Ok(Verdict::Right)
            }
            Task::Reset(owner) => {
                let (text, password) = secret::random_password()?;
                // Clients that log in by e-mail cannot change a password.
                let once = matches!(owner, Owner::Name { .. });
                *found = Found::Password(NewPassword(text));
                self.change(owner, &password, once)
            }
            Task::Free(owner) => self.store.remove(owner).map(removed),
            Task::Keep(ban) => self.store.keep(ban).map(|()| Verdict::Changed),
            Task::Forget(key) => self.store.forget(key).map(removed),
            Task::KeepHook(hook) => self.store.keep_hook(hook).map(|()| Verdict::Changed),
            Task::ForgetHook(number) => self.store.forget_hook(*number).map(removed),
            Task::Leave(to, letter) => self.store.leave(to, letter),
            Task::Fetch(of, after) => {
                let (letters, more) = self.store.letters(of, *after)?;
                *found = Found::Letters(letters, more);
                Ok(Verdict::Right)
            }
            Task::Note(visits) => self.store.note_visits(visits).map(|()| Verdict::Changed),
            Task::Discard(of, upto) => self.store.discard(of, *upto).map(removed),
        }
    }

    fn answer(&mut self, owner: &Owner, question: &Question) -> io::Result<Verdict> {
        match question {
            Question::Verify(password) => self.verify(owner, &password.into()),
            Question::Register(password) => {
                if self.store.is_taken(owner)? {
                    return Ok(Verdict::AlreadyThere);
                }
                let hash = self.hasher.hash(&password.into())?;
                Ok(match self.store.insert(owner, &hash)? {
                    true => Verdict::Registered,
                    false => Verdict::AlreadyThere,
                })
            }
            Question::Change(password) => self.change(owner, &password.into(), false),
            Question::Renew { old, new } => {
                let is_once = self.store.is_once(owner)?;
                match self.store.hash_of(owner)? {
                    None => Ok(Verdict::NoSuch),
                    Some(hash) if is_once && self.hasher.verify(&old.into(), &hash)? => {
                        self.change(owner, &new.into(), false)
                    }
                    Some(_) => Ok(Verdict::Wrong),
                }
            }
            Question::Remove => self.store.remove(owner).map(removed),
            Question::Operator(password) => self.verify_operator(&password.into()),
        }
    }

    fn verify(&mut self, owner: &Owner, password: &Password) -> io::Result<Verdict> {
        let Some(hash) = self.store.hash_of(owner)? else {
            if self.hash_took.is_none() {
                self.hasher.pretend(password)?;
            }
            return Ok(Verdict::NoSuch);
        };
        if !self.hasher.verify(password, &hash)? {
            return Ok(Verdict::Wrong);
        }
        if self.store.is_once(owner)? {
            return Ok(Verdict::RightOnce);
        }
        if let Err(error) = self.store.note_use(owner) {
            log::warn!("accounts: a login is not noted: {error}");
        }
        Ok(Verdict::Right)
    }

    fn change(&mut self, owner: &Owner, to: &Password, once: bool) -> io::Result<Verdict> {
        if self.store.hash_of(owner)?.is_none() {
            return Ok(Verdict::NoSuch);
        }
        let hash = self.hasher.hash(to)?;
        Ok(match self.store.update(owner, &hash, once)? {
            true => Verdict::Changed,
            false => Verdict::NoSuch,
        })
    }

    fn verify_operator(&mut self, password: &Password) -> io::Result<Verdict> {
        if let Some(Proof::Password(operators)) = &self.operators {
            let hash = self.hasher.hash(operators)?;
            self.operators = Some(Proof::Hash(hash));
        }
        let Some(Proof::Hash(hash)) = &self.operators else {
            return Ok(Verdict::NoSuch);
        };
        Ok(match self.hasher.verify(password, hash)? {
            true => Verdict::Right,
            false => Verdict::Wrong,
        })
    }

    /// The reason is logged for the operator; the user gets a verdict.
    fn verdict_of(&mut self, decided: io::Result<Verdict>, task: &Task) -> Verdict {
        match &decided {
            Err(error) => {
                let reason = error.to_string();
                if self.last_failure.as_ref() != Some(&reason) {
                    log::error!("accounts: {} failed: {reason}", label(task));
                }
                self.last_failure = Some(reason);
            }
            Ok(verdict) if self.last_failure.is_some() && is_change(*verdict) => {
                log::info!("accounts work again");
                self.last_failure = None;
            }
            Ok(_) => {}
        }
        decided.unwrap_or(Verdict::Failed)
    }
}

fn removed(was_there: bool) -> Verdict {
    match was_there {
        true => Verdict::Removed,
        false => Verdict::NoSuch,
    }
}

/// Whether something was written, which shows that the disk works. Removing what was not there
/// writes nothing.
fn is_change(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Registered | Verdict::Changed | Verdict::Removed
    )
}

/// A task as logged, without its password.
fn label(task: &Task) -> &'static str {
    match task {
        Task::Ask(_, Question::Verify(_)) => "a login",
        Task::Ask(_, Question::Register(_)) => "a registration",
        Task::Ask(_, Question::Change(_) | Question::Renew { .. }) => "a change of password",
        Task::Ask(_, Question::Remove) => "an unregistration",
        Task::Ask(_, Question::Operator(_)) => "a login of an operator",
        Task::List(_) => "/accounts",
        Task::Reset(_) => "/reset",
        Task::Free(_) => "/free",
        Task::Keep(_) => "keeping a ban",
        Task::Forget(_) => "forgetting a ban",
        Task::KeepHook(_) => "keeping a hook",
        Task::ForgetHook(_) => "forgetting a hook",
        Task::Leave(..) => "keeping a private line",
        Task::Fetch(..) => "reading private lines",
        Task::Note(_) => "noting who was here",
        Task::Discard(..) => "removing private lines that were told",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, sync_channel};

    use super::super::{Asker, Lane};
    use super::*;
    use crate::hub::Secret;

    #[test]
    fn a_missing_account_costs_no_hash_but_its_time() {
        let (ask, queries) = channel();
        let (answers, _told) = sync_channel(1);
        let store = Store::new("/nowhere/at/all".into());
        let mut worker = Worker::new(store, None, queries, answers, Waiting::default());
        let next = |worker: &mut Worker, email: &str| {
            worker.waiting[Lane::DatagramLogins as usize].fetch_add(1, Ordering::Relaxed);
            let question = Question::Verify(Secret::new("s3cret").expect("it is short"));
            let query = Query {
                asker: Asker::Operator(None),
                task: Task::Ask(Owner::Email(email.into()), question),
                lane: Lane::DatagramLogins,
            };
            ask.send(query).expect("it is there");
            assert!(worker.take_in());
            worker.next_answer()
        };
        let first = next(&mut worker, "ana").expect("it was measured");
        assert_eq!(first.verdict, Verdict::NoSuch);
        // A fact instead of a time, which a busy machine can stretch.
        assert!(worker.hasher.has_worked(), "it answered without a hash");
        let took = worker.hash_took.expect("it was measured");
        worker.hasher.free_memory();
        let before = Instant::now();
        assert_eq!(next(&mut worker, "bob"), None);
        assert!(!worker.hasher.has_worked(), "it was worth a hash");
        assert!(worker.due(before).is_empty(), "told too early");
        let due = worker.due(Instant::now() + took);
        assert_eq!(due.len(), 1);
        assert!(matches!(&due[0].task, Task::Ask(Owner::Email(email), _) if email == "bob"));
        // Nobody can make it hold answers without limit.
        for _ in 0..=ANSWERS_HELD {
            next(&mut worker, "carl");
        }
        assert_eq!(worker.due(before).len(), 1);
        assert_eq!(worker.held.len(), ANSWERS_HELD);
    }
}
