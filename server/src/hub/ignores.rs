//! Who ignores whom. An ignore is stored by name or address and not by user, so it survives a leave
//! and a return.
//!
//! Invariant: `ignorers` holds the pairs of `lists` by the ignored name; direct users are left out,
//! since they say nothing in public. Empty lists are removed, so while nobody ignores anybody a
//! public line costs one look at an empty map. A leave costs one lookup for each name the user
//! ignored, however many others ignore the same names.

use std::collections::{BTreeSet, HashMap};

use super::id::Id;
use super::notice::Who;
use crate::hub::name::Name;
use crate::limits::IGNORES;

#[derive(Default)]
pub(super) struct Ignores {
    /// Whom each user ignores, oldest first.
    lists: HashMap<Id, Vec<Who>>,
    /// Who ignores the user of this name.
    ignorers: HashMap<Name, BTreeSet<Id>>,
}

impl Ignores {
    /// Everybody who ignores `from`.
    pub(super) fn ignorers_of(&self, from: &Name) -> Option<&BTreeSet<Id>> {
        if self.ignorers.is_empty() {
            return None;
        }
        self.ignorers.get(from)
    }

    pub(super) fn ignores(&self, who: Id, from: &Who) -> bool {
        self.list(who).contains(from)
    }

    /// Whether `who` ignores the speaker of a public line.
    pub(super) fn ignores_name(&self, who: Id, from: &Name) -> bool {
        self.ignorers_of(from)
            .is_some_and(|ignorers| ignorers.contains(&who))
    }

    pub(super) fn list(&self, who: Id) -> &[Who] {
        self.lists.get(&who).map_or(&[], Vec::as_slice)
    }

    /// `who` ignores `from` from now on. Not ignored already; false when the list is full.
    pub(super) fn ignore(&mut self, who: Id, from: Who) -> bool {
        let list = self.lists.entry(who).or_default();
        if list.len() == IGNORES {
            return false;
        }
        if let Who::User(name) = &from {
            self.ignorers.entry(name.clone()).or_default().insert(who);
        }
        list.push(from);
        true
    }

    /// `who` no longer ignores `from`. Returns the entry as it was listed, if there was one.
    pub(super) fn stop_ignoring(&mut self, who: Id, from: &Who) -> Option<Who> {
        let list = self.lists.get_mut(&who)?;
        let at = list.iter().position(|other| other == from)?;
        let listed = list.remove(at);
        if list.is_empty() {
            self.lists.remove(&who);
        }
        self.unlink(who, from);
        Some(listed)
    }

    /// `who` is `to` from here on.
    pub(super) fn hand_over(&mut self, who: Id, to: Id) {
        let list = self.list(who).to_vec();
        self.forget(who);
        for from in list {
            self.ignore(to, from);
        }
    }

    /// `who` has left.
    pub(super) fn forget(&mut self, who: Id) {
        for from in self.lists.remove(&who).unwrap_or_default() {
            self.unlink(who, &from);
        }
    }

    fn unlink(&mut self, who: Id, from: &Who) {
        let Who::User(name) = from else { return };
        if let Some(ignorers) = self.ignorers.get_mut(name) {
            ignorers.remove(&who);
            if ignorers.is_empty() {
                self.ignorers.remove(name);
            }
        }
    }

    /// `users` is how many users there are.
    pub(super) fn invariants(&self, users: usize) {
        assert!(self.lists.len() <= users, "a list without its user");
        let listed = self.lists.values().flatten();
        let listed = listed.filter(|who| matches!(who, Who::User(_))).count();
        let ignorers: usize = self.ignorers.values().map(BTreeSet::len).sum();
        assert_eq!(listed, ignorers, "both sides hold the same pairs");
        assert!(
            self.lists
                .values()
                .all(|list| !list.is_empty() && list.len() <= IGNORES)
        );
    }
}
