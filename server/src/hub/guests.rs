//! The numbers of guests. Each is given once: a mute, an ignore or a private line meant for a guest
//! who has left must not hit the next one. It knows no users.
//!
//! Reusing the lowest free number would read better on a long evening, but newcomers would inherit
//! all that. Invariant: the numbers up to `last` have been given, no others.

use crate::hub::name::Name;

/// The highest number given. A u64 does not run out: ten thousand guests a second take 58 million
/// years.
#[derive(Default)]
pub(super) struct Guests {
    last: u64,
}

impl Guests {
    /// The name for the next guest: the same until `take`.
    pub(super) fn next_name(&self) -> Name {
        Name::parse(&format!("guest{}", self.last + 1)).expect("guest and digits are a legal name")
    }

    /// Marks a guest's name as given.
    pub(super) fn take(&mut self, name: &Name) {
        let Some(number) = number(name) else { return };
        debug_assert!(number <= self.last + 1, "one after the other");
        self.last = self.last.max(number);
    }

    /// Checks the name of a present user.
    pub(super) fn invariants(&self, name: &Name) {
        assert!(number(name).is_none_or(|number| (1..=self.last).contains(&number)));
    }
}

/// The number of a guest. Nobody else has such a name: they are reserved.
pub(super) fn number(name: &Name) -> Option<u64> {
    name.shown().strip_prefix("guest")?.parse().ok()
}
