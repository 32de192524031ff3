//! How often somebody may try a password or set one: a few at once, then one in a while, for each
//! address and for each name. Pure arithmetic on the loop's time; it knows no accounts.
//!
//! Invariant: bounded. Who has not tried for long is forgotten, and the table never passes `MOST`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::hub::Time;
use crate::limits::{ACCOUNT_CHANGES, WRONG_PASSWORDS, WRONG_PASSWORDS_FOR_ONE};

/// Who tries, or what is tried.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// Where a try comes from.
    Address(IpAddr),
    /// The name or e-mail it is for.
    Account(String),
    /// Names registered and passwords changed from an address: each costs the worker as much as a
    /// wrong try, and a name is gone for good.
    Changes(IpAddr),
    /// The operators' password. Who is on this host is counted apart: nobody in the network can use up
    /// the tries of an operator who comes from here.
    Operators {
        /// Whether the try comes from this host.
        here: bool,
    },
}

/// See the top of this file.
#[derive(Default, Debug)]
pub struct Attempts {
    /// When each would have no wrong try to its name any more.
    clear_at: BTreeMap<Subject, Time>,
}

impl Attempts {
    /// How long these have to wait before the next try; nothing when they may.
    pub fn wait(&self, now: Time, subjects: &[Subject]) -> Option<Duration> {
        let may_at = subjects.iter().filter_map(|subject| {
            let clear_at = self.clear_at.get(subject)?;
            let allowed = subject.every() * (subject.at_once() - 1);
            Some(clear_at.saturating_sub(allowed))
        });
        let may_at = may_at.max().filter(|at| *at > now)?;
        Some(may_at - now)
    }

    /// A try was wrong, or a change is to be made.
    pub fn count(&mut self, now: Time, subjects: impl IntoIterator<Item = Subject>) {
        if self.clear_at.len() >= MOST {
            self.clear_at.retain(|_, at| *at > now);
        }
        for subject in subjects {
            if self.clear_at.len() < MOST || self.clear_at.contains_key(&subject) {
                let every = subject.every();
                let at = self.clear_at.entry(subject).or_insert(now);
                *at = (*at).max(now) + every;
            }
        }
    }
}

impl Subject {
    fn at_once(&self) -> u32 {
        match self {
            Subject::Address(_) => WRONG_PASSWORDS,
            Subject::Account(_) | Subject::Operators { .. } => WRONG_PASSWORDS_FOR_ONE,
            Subject::Changes(_) => ACCOUNT_CHANGES,
        }
    }

    /// As many in a minute as at once.
    fn every(&self) -> Duration {
        Duration::from_secs(60) / self.at_once()
    }
}

/// Subjects that are remembered: about 1 MiB. When so many try wrong passwords within a minute,
/// those who come on top are held back by the names alone that they try.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_at_once_and_then_one_in_twenty_seconds() {
        let mut attempts = Attempts::default();
        let address = [Subject::Address([10, 0, 0, 1].into())];
        let mut now = Time::from_secs(1000);
        for _ in 0..3 {
            assert_eq!(attempts.wait(now, &address), None);
            attempts.count(now, address.clone());
        }
        assert_eq!(attempts.wait(now, &address), Some(Duration::from_secs(20)));
        now += Duration::from_secs(20);
        assert_eq!(attempts.wait(now, &address), None);
        let changes = [Subject::Changes([10, 0, 0, 1].into())];
        for _ in 0..10 {
            assert_eq!(attempts.wait(now, &changes), None, "counted apart");
            attempts.count(now, changes.clone());
        }
        assert_eq!(attempts.wait(now, &changes), Some(Duration::from_secs(6)));
        let other = Subject::Account("ana".to_owned());
        assert_eq!(attempts.wait(now, &[other]), None);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut attempts = Attempts::default();
        for n in 0..2 * MOST {
            attempts.count(Time::ZERO, [Subject::Account(n.to_string())]);
        }
        assert_eq!(attempts.clear_at.len(), MOST);
        attempts.count(Time::from_secs(100), [Subject::Account("new".to_owned())]);
        assert_eq!(attempts.clear_at.len(), 1, "what is long past is forgotten");
    }
}
