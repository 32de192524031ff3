//! Who has said that they are away. Nothing is kept from them; who writes to them privately is told, once.
//!
//! A table beside the users, for hardly anybody is away. Invariant: each in it is a user.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Absence, AbsenceFault, Away};
use crate::hub::directs::ToDirect;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Crowd, Notice};
use crate::hub::operators::short;
use crate::hub::persons::Person;
use crate::hub::{Hub, Time, refuse, tell};
use crate::limits::{AWAY_LISTED, AWAY_TOLD};

/// See the top of this file.
#[derive(Default)]
pub(in crate::hub) struct Aways(BTreeMap<Id, State>);

struct State {
    text: Rc<str>,
    since: Time,
    /// Who wrote and knows.
    told: BTreeSet<Person>,
}

impl Aways {
    /// Whether and how somebody is away.
    pub(in crate::hub) fn of(&self, now: Time, who: Id) -> Option<Away> {
        let State { text, since, .. } = self.0.get(&who)?;
        Some(Away {
            text: text.clone(),
            since: now.saturating_sub(*since),
        })
    }

    /// They are away no more; whether they were.
    pub(in crate::hub) fn end(&mut self, who: Id) -> bool {
        self.0.remove(&who).is_some()
    }

    /// `who` is `to` from here on.
    pub(in crate::hub) fn hand_over(&mut self, who: Id, to: Id) {
        if let Some(state) = self.0.remove(&who) {
            self.0.insert(to, state);
        }
    }

    /// The words of who is away, if this writer has yet to be told of it.
    fn first_from(&mut self, writer: Person, to: Id) -> Option<Rc<str>> {
        let state = self.0.get_mut(&to)?;
        // Who is told twice loses nothing.
        if state.told.len() == AWAY_TOLD {
            state.told.clear();
        }
        state.told.insert(writer).then(|| state.text.clone())
    }

    /// `users` says who is one.
    pub(in crate::hub) fn invariants(&self, is_user: impl Fn(Id) -> bool) {
        for (who, state) in &self.0 {
            assert!(is_user(*who), "{who:?} is away and no user");
            assert!(state.told.len() <= AWAY_TOLD);
        }
    }
}

impl Hub {
    pub(super) fn go_away(&mut self, now: Time, id: Id, text: &str, effects: &mut Vec<Effect>) {
        let state = State {
            text: short(text),
            since: now,
            told: BTreeSet::new(),
        };
        self.aways.0.insert(id, state);
        tell(id, Notice::Absence(Absence::YouAreAway), effects);
    }

    pub(super) fn come_back(&mut self, id: Id, effects: &mut Vec<Effect>) {
        match self.aways.end(id) {
            true => tell(id, Notice::Absence(Absence::YouAreBack), effects),
            false => refuse(id, Complaint::Absence(AbsenceFault::NotAway), effects),
        }
    }

    /// Who says something in public is back.
    pub(in crate::hub) fn end_away(&mut self, id: Id, effects: &mut Vec<Effect>) {
        if self.aways.end(id) {
            tell(id, Notice::Absence(Absence::YouAreBack), effects);
        }
    }

    /// Those of these who are away.
    pub(in crate::hub) fn away_among<'a>(&self, names: impl Iterator<Item = &'a Name>) -> Crowd {
        if self.aways.0.is_empty() {
            return Crowd::default();
        }
        let is_away = |name: &&Name| {
            let id = self.users.find(name.key());
            id.is_some_and(|id| self.aways.0.contains_key(&id))
        };
        let away: Vec<&Name> = names.filter(is_away).collect();
        Crowd::of(away.iter().copied(), away.len(), AWAY_LISTED)
    }

    /// The first private line of a writer to who is away is answered with that, whether or not it is told.
    pub(in crate::hub) fn tell_away(&mut self, writer: Person, to: Id, effects: &mut Vec<Effect>) {
        let Some(text) = self.aways.first_from(writer, to) else {
            return;
        };
        let name = self.users[to].name.clone();
        let notice = Notice::Absence(Absence::IsAway(name.clone(), text));
        match writer {
            Person::User(id) => tell(id, notice, effects),
            Person::Direct(id) => effects.push(Effect::Direct {
                to: self.directs[id].clone(),
                from: name,
                what: ToDirect::Notice(notice),
            }),
        }
    }
}
