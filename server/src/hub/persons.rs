//! Persons: users, who have a conn and rooms, and direct users, who have neither. Every command
//! that takes a name looks it up here.

use std::rc::Rc;

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

/// A person who wrote, with the name they had then.
#[derive(Clone)]
pub(super) struct Writer {
    /// Which arrival; none is a direct user.
    arrival: Option<u64>,
    pub(super) called: Rc<str>,
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

    /// The person who wrote, if they are still online. Somebody else may have taken the name by
    /// now, and must not get what was meant for the first; an address needs a password, so it stays
    /// the same person's.
    pub(super) fn still_there(&self, writer: &Writer) -> Option<Person> {
        match writer.arrival {
            Some(arrival) => self.users.of_arrival(arrival).map(Person::User),
            None => self.find(&writer.called),
        }
    }

    /// A person as one who has written.
    pub(super) fn writer(&self, person: Person) -> Writer {
        let arrival = match person {
            Person::User(id) => Some(self.users[id].arrival),
            Person::Direct(_) => None,
        };
        let called = self.who(person).shared();
        Writer { arrival, called }
    }

    /// The name of a person.
    pub(super) fn who(&self, person: Person) -> Who {
        match person {
            Person::User(id) => Who::User(self.users[id].name.clone()),
            Person::Direct(id) => Who::Direct(self.directs[id].clone()),
        }
    }
}
