//! `/reply`: a private line to whoever wrote privately last, wherever they are connected now.
//!
//! Invariant: it never reaches another person, whoever has the name by now.

use std::rc::Rc;

use super::effect::Effect;
use super::id::Id;
use super::notice::Complaint;
use super::persons::Person;
use super::{Hub, Time, refuse};

/// A person who wrote, with the name they had then.
#[derive(Clone)]
pub(super) struct Writer {
    /// Which arrival; none is a direct user.
    arrival: Option<u64>,
    pub(super) called: Rc<str>,
}

impl Hub {
    /// A private line to the last user who wrote privately.
    pub(super) fn reply(&mut self, now: Time, id: Id, text: Rc<str>, effects: &mut Vec<Effect>) {
        let Some(writer) = &self.users[id].heard_from else {
            return refuse(id, Complaint::NobodyToReply, effects);
        };
        match self.still_there(writer) {
            Some(to) => self.write_to(now, id, to, text, effects),
            None => {
                let called = writer.called.as_ref().to_owned();
                refuse(id, Complaint::NoSuchUser(called), effects);
            }
        }
    }

    /// The person who wrote, if they are still online. Somebody else may have taken the name by
    /// now, and must not get what was meant for the first; an address needs a password, so it stays
    /// the same person's.
    fn still_there(&self, writer: &Writer) -> Option<Person> {
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
}
