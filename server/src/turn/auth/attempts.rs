//! How often somebody may try a password or set one: a few at once, then one in a while, for each
//! address and for each name. It knows no accounts, and no arithmetic but that of pace.rs.
//!
//! Invariant: bounded, as pace.rs is. When too many try wrong passwords within a minute, those who come
//! on top are held back by the names alone that they try.

use std::net::IpAddr;
use std::time::Duration;

use crate::hub::Time;
use crate::limits::{ACCOUNT_CHANGES, WRONG_PASSWORDS, WRONG_PASSWORDS_FOR_ONE};
use crate::pace::Paces;

/// Who tries, or what is tried.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    /// Where a try comes from: an address, or the /64 of one.
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
pub(super) struct Attempts {
    clear_at: Paces<Subject>,
}

impl Attempts {
    /// How long these have to wait before the next try; nothing when they may.
    pub(super) fn wait(&self, now: Time, subjects: &[Subject]) -> Option<Duration> {
        let wait = |subject: &Subject| self.clear_at.wait(now, subject, subject.per_minute());
        subjects.iter().filter_map(wait).max()
    }

    /// A try was wrong, or a change is to be made.
    pub(super) fn count(&mut self, now: Time, subjects: impl IntoIterator<Item = Subject>) {
        for subject in subjects {
            let per_minute = subject.per_minute();
            self.clear_at.count(now, subject, per_minute);
        }
    }
}

impl Subject {
    fn per_minute(&self) -> u32 {
        match self {
            Subject::Address(_) => WRONG_PASSWORDS,
            Subject::Account(_) | Subject::Operators { .. } => WRONG_PASSWORDS_FOR_ONE,
            Subject::Changes(_) => ACCOUNT_CHANGES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::MOST;

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
