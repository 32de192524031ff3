//! Who does not want to read whom.
//! Ignoring goes by the name and not by the user, so it outlives a leave and a return.
//!
//! Invariant: `lists` and `deaf` hold the same pairs, seen from either side; no empty list stays,
//! so as long as nobody ignores anybody a public line costs one look at an empty map.

use std::collections::HashMap;

use super::id::Id;
use crate::limits::IGNORES;
use crate::name::Name;

/// The pairs of ignoring and ignored.
#[derive(Default)]
pub(super) struct Ignores {
    /// Whom each user ignores, in the order in which it began to.
    lists: HashMap<Id, Vec<Name>>,
    /// Who ignores the owner of this name.
    deaf: HashMap<Name, Vec<Id>>,
}

impl Ignores {
    /// Everybody who ignores `from`.
    pub(super) fn deaf_to(&self, from: &Name) -> &[Id] {
        if self.deaf.is_empty() {
            return &[];
        }
        self.deaf.get(from).map_or(&[], Vec::as_slice)
    }

    pub(super) fn ignores(&self, who: Id, from: &Name) -> bool {
        self.list(who).contains(from)
    }

    pub(super) fn list(&self, who: Id) -> &[Name] {
        self.lists.get(&who).map_or(&[], Vec::as_slice)
    }

    /// `who` ignores `from`, whom it heard so far; false when its list is full.
    pub(super) fn ignore(&mut self, who: Id, from: Name) -> bool {
        let list = self.lists.entry(who).or_default();
        if list.len() == IGNORES {
            return false;
        }
        self.deaf.entry(from.clone()).or_default().push(who);
        list.push(from);
        true
    }

    /// `who` hears `from` again.
    pub(super) fn hear(&mut self, who: Id, from: &Name) {
        self.unlink(who, from);
        if let Some(list) = self.lists.get_mut(&who) {
            list.retain(|name| name != from);
            if list.is_empty() {
                self.lists.remove(&who);
            }
        }
    }

    /// `who` has left.
    pub(super) fn forget(&mut self, who: Id) {
        for from in self.lists.remove(&who).unwrap_or_default() {
            self.unlink(who, &from);
        }
    }

    fn unlink(&mut self, who: Id, from: &Name) {
        if let Some(deaf) = self.deaf.get_mut(from) {
            deaf.retain(|id| *id != who);
            if deaf.is_empty() {
                self.deaf.remove(from);
            }
        }
    }

    /// `users` is how many lists there may be at most.
    pub(super) fn invariants(&self, users: usize) {
        assert!(self.lists.len() <= users, "a list without its user");
        let listed: usize = self.lists.values().map(Vec::len).sum();
        let deaf: usize = self.deaf.values().map(Vec::len).sum();
        assert_eq!(listed, deaf, "both sides hold the same pairs");
        assert!(
            self.lists
                .values()
                .all(|list| !list.is_empty() && list.len() <= IGNORES)
        );
    }
}
