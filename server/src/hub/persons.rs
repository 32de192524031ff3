//! Persons: users, who have a conn and rooms, and direct users, who have neither. Every command
//! that takes a name looks it up here.

use super::Hub;
use super::directs::DirectId;
use super::id::Id;
use super::notice::{Complaint, Who};
use crate::hub::name::Name;

/// A person who is online.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Person {
    /// A user.
    User(Id),
    /// A direct user.
    Direct(DirectId),
}

impl Hub {
    /// The person of this name or address, as typed. No text is both.
    pub(super) fn find(&self, typed: &str) -> Option<Person> {
        match Name::key_of(typed) {
            Some(key) => self.users.find(key.as_ref()).map(Person::User),
            None => self.directs.find(typed).map(Person::Direct),
        }
    }

    /// The same, but not the asker.
    pub(super) fn find_other(&self, asker: Option<Id>, typed: &str) -> Result<Person, Complaint> {
        match self.find(typed) {
            Some(Person::User(id)) if Some(id) == asker => Err(Complaint::Yourself),
            Some(person) => Ok(person),
            None => Err(Complaint::NoSuchUser(typed.to_owned())),
        }
    }

    /// The name of a person.
    pub(super) fn who(&self, person: Person) -> Who {
        match person {
            Person::User(id) => Who::User(self.users[id].name.clone()),
            Person::Direct(id) => Who::Direct(self.directs[id].clone()),
        }
    }
}
