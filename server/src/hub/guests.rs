//! The numbers of guests: the lowest free one is handed out, without looking through all of them.
//! It knows no user.
//!
//! Invariant: a number up to `used` is taken or in `free`; a greater one is free and in no set.

use std::collections::BTreeSet;

use crate::name::Name;

/// Which numbers are free.
#[derive(Default)]
pub(super) struct Guests {
    free: BTreeSet<u32>,
    /// The greatest number that was ever taken.
    used: u32,
}

impl Guests {
    /// The name for the next guest. It stays free until it is taken.
    pub(super) fn free_name(&self) -> Name {
        let number = self.free.first().copied().unwrap_or(self.used + 1);
        Name::parse(&format!("guest{number}")).expect("guest and ten digits are a legal name")
    }

    /// This name has an owner now.
    pub(super) fn take(&mut self, name: &Name) {
        let Some(number) = number(name) else { return };
        if !self.free.remove(&number) {
            debug_assert_eq!(number, self.used + 1, "guests get the lowest number");
            self.used = number;
        }
    }

    /// This name has none any more.
    pub(super) fn give_back(&mut self, name: &Name) {
        self.free.extend(number(name));
    }

    /// `taken` is how many guests there are.
    pub(super) fn invariants(&self, taken: usize) {
        assert_eq!(self.used as usize, taken + self.free.len());
        assert!(
            self.free
                .iter()
                .all(|number| (1..=self.used).contains(number))
        );
    }
}

/// The number of a guest. Nobody else has such a name, as they are reserved.
pub(super) fn number(name: &Name) -> Option<u32> {
    name.shown().strip_prefix("guest")?.parse().ok()
}
