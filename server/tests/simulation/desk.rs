//! The server's other inputs: the worker for accounts, the console, signals and the message of the
//! day.
//!
//! The worker decides questions in the order in which they fall due, which is not the order in
//! which they were asked, and answers late. Its decisions are recorded, so that the referee knows
//! who proved what.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use papo_server::hub::{Question, Secret, Time, Verdict};
use papo_server::net::sys::{Ready, Signal};
use papo_server::store::accounts::{
    Answer, BanKey, Busy, Found, Lane, Listed, NewPassword, Owner, Password, Query, Task,
};
use papo_server::store::jobs::Done;

use crate::dice::Dice;
use crate::faults::{Counts, Fault, Faults};
use crate::letters::Letters;
use crate::orders::{FRESH, PASSWORD};

/// See the top of this file.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) signals: VecDeque<Signal>,
    /// A signal to stop was delivered.
    stop_signalled: bool,
    /// Typed at the console and not read yet.
    pub(crate) typed: VecDeque<u8>,
    /// The part that was read.
    pub(crate) heard: Vec<u8>,
    /// The console has ended.
    pub(crate) hung_up: bool,
    console_closed: bool,
    /// The version of the message of the day on disk, and when reading it is done.
    pub(crate) motd: usize,
    reloading: Option<(Time, io::Result<Vec<String>>)>,
    accounts: Vec<Account>,
    /// Whether there is an operators' password.
    pub(crate) has_operators: bool,
    bans: Vec<BanKey>,
    pub(crate) letters: Letters,
    queue: Vec<(Time, Query)>,
    answers: VecDeque<Answer>,
    /// Everything that was answered.
    pub(crate) answered: Vec<Answer>,
}

/// Questions that it accepts at once: fewer than the real worker, so that it is busy at times.
const PLACES: usize = 8;

struct Account {
    owner: Owner,
    password: Vec<u8>,
    /// Whether it is a one-time password.
    is_once: bool,
}

impl Desk {
    /// Adds an account before the start.
    pub(crate) fn keep(&mut self, owner: Owner, password: &str) {
        let password = password.as_bytes().to_vec();
        self.accounts.push(Account {
            owner,
            password,
            is_once: false,
        });
    }

    pub(crate) fn ready(&self, now: Time, found: &mut Vec<Ready>) {
        found.extend(self.signals.iter().copied().map(Ready::Signal));
        if !self.console_closed && (self.hung_up || !self.typed.is_empty()) {
            found.push(Ready::Console);
        }
        let is_read = self.reloading.as_ref().is_some_and(|(at, _)| *at <= now);
        if is_read || !self.answers.is_empty() {
            found.push(Ready::Done);
        }
    }

    /// Whether nothing is on its way to the server.
    pub(crate) fn is_quiet(&self) -> bool {
        let console = self.console_closed || self.typed.is_empty();
        console && self.queue.is_empty() && self.answers.is_empty() && self.reloading.is_none()
    }

    pub(crate) fn ask(&mut self, now: Time, dice: &mut Dice, query: Query) -> Result<(), Busy> {
        if self.queue.len() + self.answers.len() >= PLACES {
            return Err(Busy);
        }
        let mut due = now + Duration::from_millis(dice.between(1, 400) as u64);
        if query.lane == Lane::Letters {
            // They keep their order.
            let mut others = self
                .queue
                .iter()
                .filter(|(_, other)| other.lane == Lane::Letters);
            due = others.next_back().map_or(due, |(last, _)| due.max(*last));
        }
        self.queue.push((due, query));
        Ok(())
    }

    /// Decides questions that are due.
    pub(crate) fn work(
        &mut self,
        now: Time,
        dice: &mut Dice,
        faults: &Faults,
        counts: &mut Counts,
    ) {
        self.queue.sort_by_key(|(due, _)| *due);
        while self.queue.first().is_some_and(|(due, _)| *due <= now) {
            let (_, query) = self.queue.remove(0);
            let fails = dice.chance(faults.of(Fault::AccountsFail));
            if fails {
                counts.add(Fault::AccountsFail.name());
            }
            let verdict = match fails {
                true => Verdict::Failed,
                false => self.decide(&query.task),
            };
            let found = match (&query.task, verdict) {
                (Task::List(part), Verdict::Right) => self.list(part),
                (Task::Fetch(of, after), Verdict::Right) => self.letters.fetch(of, *after),
                (Task::Reset(_), Verdict::Changed) => {
                    Found::Password(NewPassword(FRESH.to_owned()))
                }
                _ => Found::Nothing,
            };
            let Query { asker, task, .. } = query;
            self.answers.push_back(Answer {
                asker,
                task,
                verdict,
                found,
            });
        }
    }

    fn decide(&mut self, task: &Task) -> Verdict {
        match task {
            Task::Ask(owner, question) => self.decide_question(owner, question),
            Task::List(_) => Verdict::Right,
            Task::Reset(owner) => {
                let is_once = matches!(owner, Owner::Name { .. });
                match self.find(owner) {
                    Some(at) => self.change(at, FRESH.as_bytes(), is_once),
                    None => Verdict::NoSuch,
                }
            }
            Task::Free(owner) => self.remove(owner),
            Task::Leave(to, _) if self.find(to).is_none() => Verdict::NoSuch,
            Task::Leave(to, letter) => self.letters.leave(to, letter),
            Task::Fetch(..) => Verdict::Right,
            Task::Note(_) => Verdict::Changed,
            Task::Discard(of, upto) => self.letters.discard(of, *upto),
            Task::Keep(ban) => {
                self.bans.retain(|key| *key != ban.key);
                self.bans.push(ban.key.clone());
                Verdict::Changed
            }
            Task::KeepHook(_) => Verdict::Changed,
            Task::ForgetHook(_) => Verdict::Removed,
            Task::Forget(key) => {
                let before = self.bans.len();
                self.bans.retain(|other| other != key);
                match self.bans.len() < before {
                    true => Verdict::Removed,
                    false => Verdict::NoSuch,
                }
            }
        }
    }

    fn decide_question(&mut self, owner: &Owner, question: &Question) -> Verdict {
        match (question, self.find(owner)) {
            (Question::Operator(typed), _) => {
                match (self.has_operators, bytes(typed) == PASSWORD.as_bytes()) {
                    (false, _) => Verdict::NoSuch,
                    (true, true) => Verdict::Right,
                    (true, false) => Verdict::Wrong,
                }
            }
            (Question::Register(password), _) => {
                if self.accounts.iter().any(|kept| clash(&kept.owner, owner)) {
                    return Verdict::AlreadyThere;
                }
                self.accounts.push(Account {
                    owner: owner.clone(),
                    password: bytes(password),
                    is_once: false,
                });
                Verdict::Registered
            }
            (_, None) => Verdict::NoSuch,
            (Question::Verify(password), Some(at)) => {
                let account = &self.accounts[at];
                match account.password == bytes(password) {
                    true if account.is_once => Verdict::RightOnce,
                    true => Verdict::Right,
                    false => Verdict::Wrong,
                }
            }
            (Question::Renew { old, .. }, Some(at))
                if !self.accounts[at].is_once || self.accounts[at].password != bytes(old) =>
            {
                Verdict::Wrong
            }
            (Question::Change(password) | Question::Renew { new: password, .. }, Some(at)) => {
                self.change(at, &bytes(password), false)
            }
            (Question::Remove, Some(_)) => self.remove(owner),
        }
    }

    fn find(&self, owner: &Owner) -> Option<usize> {
        let mut accounts = self.accounts.iter();
        accounts.position(|kept| same(&kept.owner, owner))
    }

    fn remove(&mut self, owner: &Owner) -> Verdict {
        match self.find(owner) {
            Some(at) => {
                self.accounts.remove(at);
                self.letters.drop_of(owner);
                Verdict::Removed
            }
            None => Verdict::NoSuch,
        }
    }

    fn change(&mut self, at: usize, to: &[u8], is_once: bool) -> Verdict {
        let account = &mut self.accounts[at];
        (account.password, account.is_once) = (to.to_vec(), is_once);
        Verdict::Changed
    }

    /// The owners with this in the name or e-mail.
    fn list(&self, part: &str) -> Found {
        let names = self.accounts.iter().map(|account| match &account.owner {
            Owner::Name { shown, .. } => shown,
            Owner::Email(email) => email,
        });
        let listed = names.filter(|name| name.contains(part)).map(|name| Listed {
            whom: name.clone(),
            registered: Duration::from_secs(60),
            used: None,
        });
        let listed: Vec<Listed> = listed.collect();
        let count = listed.len();
        Found::Listed(listed, count)
    }

    /// What came of the next job that is done.
    pub(crate) fn done(&mut self, now: Time) -> Option<Done> {
        if let Some(answer) = self.answers.pop_front() {
            self.answered.push(answer.clone());
            return Some(Done::Account(answer));
        }
        let read = self.reloading.take_if(|(at, _)| *at <= now);
        read.map(|(_, read)| Done::Motd(read))
    }

    pub(crate) fn console(&mut self, buffer: &mut [u8], most: usize) -> io::Result<usize> {
        assert!(!self.console_closed, "a closed console is read");
        if self.typed.is_empty() && !self.hung_up {
            return Err(ErrorKind::WouldBlock.into());
        }
        let n = most.min(buffer.len()).min(self.typed.len());
        for (to, from) in buffer.iter_mut().zip(self.typed.drain(..n)) {
            *to = from;
            self.heard.push(from);
        }
        Ok(n)
    }

    pub(crate) fn close_console(&mut self) {
        self.console_closed = true;
    }

    /// Delivers the signals among what is reported.
    pub(crate) fn deliver(&mut self, reported: &[Ready]) {
        for ready in reported {
            if let Ready::Signal(signal) = ready {
                let at = self.signals.iter().position(|other| other == signal);
                self.signals
                    .remove(at.expect("it is reported because it is there"));
                self.stop_signalled |= *signal == Signal::Stop;
            }
        }
    }

    /// Whether the server was told to stop, by a signal or at the console.
    pub(crate) fn has_been_stopped(&self) -> bool {
        self.stop_signalled || self.orders().iter().any(|line| line == "/quit")
    }

    /// Starts to read the message of the day again.
    pub(crate) fn reload(&mut self, now: Time, dice: &mut Dice, fails: bool) {
        let done = now + Duration::from_millis(dice.between(0, 300) as u64);
        let read = match fails {
            true => Err(ErrorKind::NotFound.into()),
            false => Ok(motd(self.motd)),
        };
        self.reloading = Some((done, read));
    }

    /// The operator's lines that the server has to execute, including the last one without an end.
    pub(crate) fn orders(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.heard);
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        text[..whole].lines().map(str::to_owned).collect()
    }
}

/// The message of the day in this version: as many lines as its number.
pub(crate) fn motd(version: usize) -> Vec<String> {
    let line = |n: usize| format!("motd {version} {n}/{version}");
    (1..=version).map(line).collect()
}

/// What a password counts as.
fn bytes(secret: &Secret) -> Vec<u8> {
    Password::from(secret).bytes().to_vec()
}

pub(crate) fn same(a: &Owner, b: &Owner) -> bool {
    match (a, b) {
        (Owner::Name { key: a, .. }, Owner::Name { key: b, .. }) => a == b,
        (Owner::Email(a), Owner::Email(b)) => a == b,
        _ => false,
    }
}

/// Whether one can be mistaken for the other.
fn clash(a: &Owner, b: &Owner) -> bool {
    match (a, b) {
        (Owner::Name { look: a, .. }, Owner::Name { look: b, .. }) if a == b => true,
        _ => same(a, b),
    }
}
