//! People: users, who have a conn and rooms, and those of other systems, who have neither. Whatever
//! takes somebody's name looks here and nowhere else.

use std::rc::Rc;

use super::Hub;
use super::directs::DirectId;
use super::id::Id;
use super::notice::{Complaint, Who};
use crate::hub::name::Name;

/// Somebody who is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Person {
    /// A user.
    User(Id),
    /// A direct user.
    Direct(DirectId),
}

/// Somebody who wrote, as they were called then.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) person: Person,
    pub(super) called: Rc<str>,
}

impl Hub {
    /// Who is called this, as typed. No text is both a name and an address.
    pub(super) fn find(&self, typed: &str) -> Option<Person> {
        match Name::key_of(typed) {
            Some(key) => self.users.find(&key).map(Person::User),
            None => self.directs.find(typed).map(Person::Direct),
        }
    }

    /// The same for whoever wants somebody else.
    pub(super) fn find_other(&self, asker: Option<Id>, typed: &str) -> Result<Person, Complaint> {
        match self.find(typed) {
            Some(Person::User(id)) if Some(id) == asker => Err(Complaint::Yourself),
            Some(person) => Ok(person),
            None => Err(Complaint::NoSuchUser(typed.to_owned())),
        }
    }

    /// Who wrote, if they are still there. A name may be somebody else's by now, who must not get what
    /// was meant for the first; an address is nobody else's, for it takes a password.
    pub(super) fn still_there(&self, writer: &Writer) -> Option<Person> {
        match writer.person {
            Person::User(id) => self.users.get(id).map(|_| writer.person),
            Person::Direct(_) => self.find(&writer.called),
        }
    }

    /// What somebody is called.
    pub(super) fn who(&self, person: Person) -> Who {
        match person {
            Person::User(id) => Who::User(self.users[id].name.clone()),
            Person::Direct(id) => Who::Direct(self.directs[id].clone()),
        }
    }
}
