//! Direct users: people of another system, known by e-mail. They are in no room and read none; they
//! are told of, get private lines and send some.
//!
//! Invariant: `by_email` and `in_order` hold the same addresses; each was announced once as there.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::effect::Effect;
use super::notice::{Complaint, Gone, Notice};
use super::operators::Fault;
use super::persons::Person;
use super::request::Direct;
use super::{Hub, Time};
use crate::limits::EMAIL_BYTES;

/// Names one login of a direct user; none is given twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct DirectId(u64);

/// Everybody direct, by address and in the order of login.
#[derive(Default)]
pub(super) struct Directs {
    /// By the address in small letters.
    by_email: HashMap<String, DirectId>,
    in_order: BTreeMap<DirectId, Rc<str>>,
    next: DirectId,
}

impl Directs {
    /// The direct user with this address.
    pub(super) fn find(&self, typed: &str) -> Option<DirectId> {
        self.by_email.get(&typed.to_ascii_lowercase()).copied()
    }

    /// Everybody, in the order of login.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Rc<str>> {
        self.in_order.values()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.in_order.len()
    }

    fn insert(&mut self, email: Rc<str>) {
        self.by_email.insert(email.to_ascii_lowercase(), self.next);
        self.in_order.insert(self.next, email);
        self.next = DirectId(self.next.0 + 1);
    }

    fn remove(&mut self, id: DirectId) -> Option<Rc<str>> {
        let email = self.in_order.remove(&id)?;
        self.by_email.remove(&email.to_ascii_lowercase());
        Some(email)
    }

    pub(super) fn invariants(&self) {
        assert_eq!(self.by_email.len(), self.in_order.len());
        for (at, email) in &self.in_order {
            assert_eq!(self.by_email.get(&email.to_ascii_lowercase()), Some(at));
            assert!(is_address(email));
        }
    }
}

/// For ids that are known to be of one who is there; the address as it was written at login.
impl std::ops::Index<DirectId> for Directs {
    type Output = Rc<str>;
    fn index(&self, id: DirectId) -> &Rc<str> {
        &self.in_order[&id]
    }
}

/// What a direct user gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ToDirect {
    /// A private line of the user's.
    Line(Rc<str>),
    /// Something about the user.
    Notice(Notice),
}

impl Hub {
    /// What has happened among the direct users, or why nothing came of it: an address that cannot be
    /// one or that is not there, a receiver who is not there, a writer who is muted.
    pub fn direct(
        &mut self,
        now: Time,
        direct: Direct,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Complaint> {
        let no_such = |typed: &str| Complaint::NoSuchUser(typed.to_owned());
        match direct {
            Direct::Online(email) => {
                if !is_address(&email) {
                    return Err(no_such(&email));
                }
                if self.directs.find(&email).is_none() {
                    self.directs.insert(email.clone());
                    // Logins do not wait as joins do: each has paid with a password hash.
                    self.tell_all(now, &Notice::DirectJoined(email), effects);
                }
            }
            Direct::Offline(email) => {
                let id = self.directs.find(&email).ok_or_else(|| no_such(&email))?;
                self.leave_direct(now, id, Gone::Hangup, effects);
            }
            Direct::Private { from, to, text } => {
                let writer = self.directs.find(&from);
                let writer = Person::Direct(writer.ok_or_else(|| no_such(&from))?);
                if let Some(left) = self.rules.mute_of(now, &self.who(writer)) {
                    return Err(Complaint::Order(Fault::Muted { left }));
                }
                // Among themselves they write past the server.
                match self.find(&to) {
                    Some(Person::User(to)) => self.hand_over(now, writer, to, text, effects),
                    Some(Person::Direct(_)) => return Err(no_such(&to)),
                    None => self.leave_letter(writer, &to, text, effects)?,
                }
            }
        }
        Ok(())
    }

    /// A direct user is there no more; the address as it was written at login.
    pub(super) fn leave_direct(
        &mut self,
        now: Time,
        id: DirectId,
        why: Gone,
        effects: &mut Vec<Effect>,
    ) -> Option<Rc<str>> {
        let email = self.directs.remove(id)?;
        self.rules.forget_direct(&email);
        self.note_parting_of_direct(now, &email);
        let notice = Notice::DirectLeft {
            email: email.clone(),
            why,
        };
        self.tell_all(now, &notice, effects);
        Some(email)
    }

    /// The addresses of everybody direct, in the order of login.
    pub fn directs(&self) -> Vec<Rc<str>> {
        self.directs.iter().cloned().collect()
    }
}

/// Whether a text can stand for a direct user without being taken for anything else: one @ with
/// something on both sides, and nothing that parts names in a line or a line's words.
fn is_address(text: &str) -> bool {
    let parts = |c: char| c.is_whitespace() || c.is_control() || "<>[]:,".contains(c);
    let around = text.split_once('@');
    around.is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(parts)
    }) && text.len() <= EMAIL_BYTES
}
