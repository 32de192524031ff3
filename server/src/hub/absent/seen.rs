//! When people were here. Of who is gone it is known by the name that they had last; of who is here from their user.
//!
//! Invariant: at most [`VISITORS`] names of people who had shown no registration, those who left last; and the
//! registered ones.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use super::letters::{Errand, Visit};
use super::{Absence, AbsenceFault, Seen};
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Notice};
use crate::hub::persons::Person;
use crate::hub::users::User;
use crate::hub::{Hub, Time, refuse, tell};
use crate::limits::VISITORS;

/// See the top of this file.
#[derive(Default)]
pub(in crate::hub) struct Visits {
    /// By the key of a name, or an address in small letters.
    by_key: HashMap<Rc<str>, Stay>,
    /// Those without a registration, in the order in which they left.
    in_order: BTreeMap<u64, Rc<str>>,
    next: u64,
}

/// The last time that somebody was here.
struct Stay {
    shown: Rc<str>,
    left: Second,
    spoke: Option<Second>,
    /// The place in the order; none of a registered name.
    place: Option<u64>,
}

/// Somebody who leaves.
pub(in crate::hub) struct Parting {
    key: Rc<str>,
    shown: Rc<str>,
    left: Second,
    spoke: Option<Second>,
    /// Whether they have shown that the name is theirs.
    is_owner: bool,
}

/// Seconds since the server's start; less than 0 is before that.
type Second = i64;

impl Visits {
    /// Somebody has left. Who said nothing this time may have said something before.
    fn note(&mut self, parting: Parting) {
        let Parting {
            key,
            shown,
            left,
            spoke,
            is_owner,
        } = parting;
        let before = self.remove(&key);
        let place = (!is_owner).then_some(self.next);
        if let Some(place) = place {
            self.next += 1;
            self.in_order.insert(place, key.clone());
        }
        let visit = Stay {
            shown,
            left,
            spoke: spoke.or(before.and_then(|visit| visit.spoke)),
            place,
        };
        self.by_key.insert(key, visit);
        if self.in_order.len() > VISITORS
            && let Some((_, oldest)) = self.in_order.pop_first()
        {
            self.by_key.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &str) -> Option<Stay> {
        let visit = self.by_key.remove(key)?;
        if let Some(place) = visit.place {
            self.in_order.remove(&place);
        }
        Some(visit)
    }

    /// This name is registered no more.
    pub(in crate::hub) fn disown(&mut self, name: &Name) {
        if let Some(visit) = self.remove(name.key()) {
            self.note(Parting {
                key: name.shared_key(),
                shown: visit.shown,
                left: visit.left,
                spoke: visit.spoke,
                is_owner: false,
            });
        }
    }

    pub(in crate::hub) fn invariants(&self) {
        assert!(self.in_order.len() <= VISITORS);
        let placed = self
            .by_key
            .iter()
            .filter(|(_, visit)| visit.place.is_some());
        assert_eq!(placed.clone().count(), self.in_order.len());
        for (key, visit) in placed {
            assert_eq!(
                visit.place.and_then(|place| self.in_order.get(&place)),
                Some(key)
            );
        }
    }
}

impl Hub {
    /// What is noted when a user leaves or takes another name. Nobody has the name of a guest again.
    pub(in crate::hub) fn parting(&self, now: Time, user: &User) -> Option<Parting> {
        let parting = || Parting {
            key: user.name.shared_key(),
            shown: user.name.shared(),
            left: second(now),
            spoke: user.spoke.map(second),
            is_owner: self.owns(user),
        };
        (!user.name.is_guest()).then(parting)
    }

    /// Somebody has left or has another name.
    pub(in crate::hub) fn note_parting(
        &mut self,
        parting: Option<Parting>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(parting) = parting else { return };
        let owner = parting.is_owner.then(|| parting.shown.clone());
        self.visits.note(parting);
        if let Some(name) = owner.and_then(|shown| Name::parse(&shown).ok())
            && let Some(visit) = self.visits.by_key.get(name.key())
        {
            let (here, spoke) = (visit.left, visit.spoke);
            effects.push(Effect::Letters(Errand::Visit(Visit { name, here, spoke })));
        }
    }

    /// That the owner of a name is here.
    pub(in crate::hub) fn visit_of(&self, now: Time, user: &User) -> Visit {
        let before = self.visits.by_key.get(user.name.key());
        let before = before.and_then(|visit| visit.spoke);
        Visit {
            name: user.name.clone(),
            here: second(now),
            spoke: user.spoke.map(second).or(before),
        }
    }

    /// When the owners of names were here before the server started.
    pub fn set_visits(&mut self, visits: Vec<Visit>) {
        for Visit { name, here, spoke } in visits {
            if self.accounts.is_registered(&name) {
                self.visits.note(Parting {
                    key: name.shared_key(),
                    shown: name.shared(),
                    left: here,
                    spoke,
                    is_owner: true,
                });
            }
        }
    }

    /// This direct user has left.
    pub(in crate::hub) fn note_parting_of_direct(&mut self, now: Time, email: &Rc<str>) {
        self.visits.note(Parting {
            key: email.to_ascii_lowercase().into(),
            shown: email.clone(),
            left: second(now),
            spoke: None,
            is_owner: false,
        });
    }

    pub(super) fn tell_seen(&self, now: Time, id: Id, typed: String, effects: &mut Vec<Effect>) {
        let notice = match self.find(&typed) {
            Some(Person::User(who)) => {
                let user = &self.users[who];
                let seen = Seen {
                    at: now.saturating_sub(user.since),
                    spoke: match user.spoke {
                        Some(spoke) => Some(now.saturating_sub(spoke)),
                        None => {
                            let before = self.visits.by_key.get(user.name.key());
                            before
                                .and_then(|visit| visit.spoke)
                                .map(|at| since(now, at))
                        }
                    },
                };
                Absence::Here(user.name.clone(), seen, self.aways.of(now, who))
            }
            Some(Person::Direct(who)) => {
                return tell(id, Notice::WhoisDirect(self.directs[who].clone()), effects);
            }
            None => match self.visit(&typed) {
                Some(visit) => {
                    let seen = Seen {
                        at: since(now, visit.left),
                        spoke: visit.spoke.map(|spoke| since(now, spoke)),
                    };
                    Absence::Gone(visit.shown.clone(), seen)
                }
                None => {
                    return refuse(
                        id,
                        Complaint::Absence(AbsenceFault::NeverSeen(typed)),
                        effects,
                    );
                }
            },
        };
        tell(id, Notice::Absence(notice), effects);
    }

    fn visit(&self, typed: &str) -> Option<&Stay> {
        match Name::key_of(typed) {
            Some(key) => self.visits.by_key.get(key.as_ref()),
            None => self.visits.by_key.get(&*typed.to_ascii_lowercase()),
        }
    }
}

fn second(at: Time) -> Second {
    i64::try_from(at.as_secs()).unwrap_or(i64::MAX)
}

fn since(now: Time, at: Second) -> Duration {
    let passed = second(now).saturating_sub(at);
    Duration::from_secs(passed.max(0).unsigned_abs())
}
