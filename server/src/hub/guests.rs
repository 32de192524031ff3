//! The numbers of guests, each given once: what was laid on a guest who has left (a mute, an ignore, a
//! private line on its way) must not reach the next stranger. It knows no user.
//!
//! The lowest free number would read better in a long evening; it made the newcomer inherit all that.
//! Invariant: a number up to `last` was given, a greater one was not.

use crate::hub::name::Name;

/// How far the numbers have come. A u64 never ends: ten thousand guests a second take 58 million years.
#[derive(Default)]
pub(super) struct Guests {
    last: u64,
}

impl Guests {
    /// The name for the next guest. It is the same one until it is taken.
    pub(super) fn next_name(&self) -> Name {
        Name::parse(&format!("guest{}", self.last + 1)).expect("guest and digits are a legal name")
    }

    /// This name has an owner now.
    pub(super) fn take(&mut self, name: &Name) {
        let Some(number) = number(name) else { return };
        debug_assert_eq!(number, self.last + 1, "a number is given once");
        self.last = number;
    }

    /// `name` is somebody's.
    pub(super) fn invariants(&self, name: &Name) {
        assert!(number(name).is_none_or(|number| (1..=self.last).contains(&number)));
    }
}

/// The number of a guest. Nobody else has such a name, as they are reserved.
pub(super) fn number(name: &Name) -> Option<u64> {
    name.shown().strip_prefix("guest")?.parse().ok()
}
