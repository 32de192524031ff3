//! The table of registered names, who was asked for a password, and which questions are open. It
//! stores no password but those of open questions, and makes no effects.
//!
//! Invariants: `by_key` and `by_look` hold the same names. An id has at most one open question, and
//! a question stays open until its verdict comes, even if the id has left.

pub(super) mod login;
pub(super) mod question;

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use super::id::Id;
use crate::hub::name::Name;
use question::{Question, Registered, Secret};

/// Ages of lines and of accounts are read one after the other when a server starts.
const AGES_DIFFER: Duration = Duration::from_secs(60);

/// One registration. A name that is freed and registered again gets another number, so that users
/// who proved the old one have no rights to the new one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Number(u64);

/// See the top of this file.
#[derive(Default)]
pub(super) struct Accounts {
    by_key: HashMap<Rc<str>, Account>,
    by_look: HashMap<Rc<str>, Rc<str>>,
    /// The keys by the small looks that differ from them.
    by_small: HashMap<Rc<str>, Rc<str>>,
    next: u64,
    /// Nameless conns that were asked for the password of a name.
    asked: HashMap<Id, Claim>,
    /// A few hundred at most: when the worker's lanes are full, further questions get `Busy` at
    /// once.
    open: Vec<Open>,
}

struct Account {
    look: Rc<str>,
    shown: Rc<str>,
    number: Number,
    /// How long before the start of the server it was registered.
    age: Duration,
}

/// What a conn was asked for.
pub(super) struct Claim {
    pub(super) name: Name,
    /// The one-time password that it gave. If set, it was asked for a new password.
    pub(super) old: Option<Secret>,
}

/// A question without a verdict yet.
pub(super) struct Open {
    pub(super) asker: Id,
    pub(super) name: Name,
    pub(super) question: Question,
}

/// The small look of a registered name, if it is not its key.
fn small_look(shown: &str, key: &str) -> Option<Rc<str>> {
    let small = Name::parse(shown).ok()?.small_look();
    (*small != *key).then_some(small)
}

impl Accounts {
    /// Replaces the table.
    pub(super) fn set(&mut self, registered: Vec<Registered>) {
        self.by_key.clear();
        self.by_look.clear();
        self.by_small.clear();
        for account in registered {
            self.add(account);
        }
    }

    /// The number of a name, which is added if it is new.
    pub(super) fn add(&mut self, account: Registered) -> Number {
        let Registered {
            key,
            look,
            shown,
            age,
        } = account;
        if let Some(known) = self.by_key.get(&key) {
            return known.number;
        }
        let number = Number(self.next);
        self.next += 1;
        // The store keeps looks unique. If they were not, the first name would keep its look.
        self.by_look
            .entry(look.clone())
            .or_insert_with(|| key.clone());
        if let Some(small) = small_look(&shown, &key) {
            self.by_small.entry(small).or_insert_with(|| key.clone());
        }
        let account = Account {
            look,
            shown,
            number,
            age,
        };
        self.by_key.insert(key, account);
        number
    }

    pub(super) fn remove(&mut self, name: &Name) {
        let Some(account) = self.by_key.remove(name.key()) else {
            return;
        };
        let is_its = |key: Option<&Rc<str>>| key.is_some_and(|key| **key == *name.key());
        if is_its(self.by_look.get(&account.look)) {
            self.by_look.remove(&account.look);
        }
        if let Some(small) = small_look(&account.shown, name.key())
            && is_its(self.by_small.get(&small))
        {
            self.by_small.remove(&small);
        }
    }

    /// The registration of a name, if it has one.
    pub(super) fn number(&self, name: &Name) -> Option<Number> {
        self.by_key.get(name.key()).map(|account| account.number)
    }

    /// The keys of the names of these registrations, those that still are. Nearly always it is this name alone.
    pub(super) fn keys_of(&self, name: &Name, numbers: &[Number]) -> Vec<Rc<str>> {
        let own = self.number(name);
        let key = |number: &Number| {
            let is_it = |(_, account): &(_, &Account)| account.number == *number;
            match own == Some(*number) {
                true => Some(name.shared_key()),
                false => self.by_key.iter().find(is_it).map(|(key, _)| key.clone()),
            }
        };
        numbers.iter().filter_map(key).collect()
    }

    /// The registrations of the names of these keys.
    pub(super) fn numbers_of(&self, keys: &[Rc<str>]) -> Box<[Number]> {
        let number = |key| Some(self.by_key.get(key)?.number);
        keys.iter().filter_map(number).collect()
    }

    /// The registration that a name has, if it had it so long before the start of the server.
    pub(super) fn number_then(&self, key: &str, age: Duration) -> Option<Number> {
        let account = self.by_key.get(key)?;
        (age <= account.age.saturating_add(AGES_DIFFER)).then_some(account.number)
    }

    pub(super) fn is_registered(&self, name: &Name) -> bool {
        self.by_key.contains_key(name.key())
    }

    /// A registered name as its owner typed it.
    pub(super) fn shown(&self, name: &Name) -> Option<&Rc<str>> {
        self.by_key.get(name.key()).map(|account| &account.shown)
    }

    /// Whether a name is unavailable because it looks like one that is registered or being
    /// registered, or because somebody other than `asks` is registering it.
    pub(super) fn is_claimed(&self, name: &Name, asks: Option<Id>) -> bool {
        let look = name.look();
        // Two registered names can have one look after a change of Unicode's tables.
        let own = self.by_key.get(name.key());
        let is_own = own.is_some_and(|account| account.look == look);
        let registered = self.by_look.get(&look).filter(|_| !is_own);
        let is_other = |key: &str| own.is_none() && self.by_key.contains_key(key);
        let small = name.small_look();
        if registered.is_some_and(|key| **key != *name.key())
            || name.doubles().any(|key| is_other(&key))
            || own.is_none() && self.by_small.contains_key(&small)
        {
            return true;
        }
        let is_register = |open: &&Open| matches!(open.question, Question::Register(_));
        let mut coming = self.open.iter().filter(is_register);
        coming.any(|open| match open.name == *name {
            true => Some(open.asker) != asks,
            false => open.name.look() == look || open.name.small_look() == small,
        })
    }

    /// An operator has given this name another password: users who proved the old one lose their
    /// rights.
    pub(super) fn renumber(&mut self, name: &Name) {
        if let Some(account) = self.by_key.get_mut(name.key()) {
            account.number = Number(self.next);
            self.next += 1;
        }
    }

    pub(super) fn ask(&mut self, who: Id, claim: Claim) {
        self.asked.insert(who, claim);
    }

    /// What `who` was asked for, if anything.
    pub(super) fn asked(&self, who: Id) -> Option<&Claim> {
        self.asked.get(&who)
    }

    /// `who` is no longer asked. Returns what for.
    pub(super) fn stop_asking(&mut self, who: Id) -> Option<Claim> {
        self.asked.remove(&who)
    }

    /// Note a question that is put.
    pub(super) fn open(&mut self, open: Open) {
        self.open.push(open);
    }

    /// The question of `asker` is answered.
    pub(super) fn close(&mut self, asker: Id) -> Option<Open> {
        let at = self.open.iter().position(|open| open.asker == asker)?;
        Some(self.open.remove(at))
    }

    /// Whether a question of `asker` is open.
    pub(super) fn is_open(&self, asker: Id) -> bool {
        self.open.iter().any(|open| open.asker == asker)
    }

    /// `is_nameless` says whether an id is a conn without a name.
    pub(super) fn invariants(&self, is_nameless: impl Fn(Id) -> bool) {
        for (key, account) in &self.by_key {
            assert!(account.number.0 < self.next);
            let first = &self.by_look[&account.look];
            assert!(first == key || self.by_key[first].look == account.look);
        }
        for who in self.asked.keys() {
            assert!(is_nameless(*who), "only the nameless are asked");
            assert!(!self.is_open(*who), "asked again before the verdict");
        }
        for (at, open) in self.open.iter().enumerate() {
            let others = &self.open[at + 1..];
            assert!(others.iter().all(|other| other.asker != open.asker));
        }
    }
}
