//! `/reply`: a private line to the last person who wrote privately, also if they have another connection now.
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
    /// Which arrival; none is a direct user, or somebody who left a line for later.
    pub(super) arrival: Option<u64>,
    pub(super) called: Rc<str>,
    /// Whether nobody else can have the name or the address, as they had shown that it is theirs.
    pub(super) is_owner: bool,
}

impl Hub {
    /// A private line to the last user who wrote privately.
    pub(super) fn reply(&mut self, now: Time, id: Id, text: Rc<str>, effects: &mut Vec<Effect>) {
        let Some(writer) = &self.users[id].heard_from else {
            return refuse(id, Complaint::NobodyToReply, effects);
        };
        match self.still_there(writer) {
            Some(to) => self.write_to(now, id, to, text, effects),
            None => self.reply_later(now, id, &writer.clone(), text, effects),
        }
    }

    /// The person who wrote, if they are still online. Somebody else may have taken the name by
    /// now, and must not get what was meant for the first.
    fn still_there(&self, writer: &Writer) -> Option<Person> {
        let arrival = writer.arrival;
        match arrival.and_then(|arrival| self.users.of_arrival(arrival)) {
            Some(id) => Some(Person::User(id)),
            None if writer.is_owner => self.find(&writer.called),
            None => None,
        }
    }

    /// A person as one who has written.
    pub(super) fn writer(&self, person: Person) -> Writer {
        let (arrival, is_owner) = match person {
            Person::User(id) => (Some(self.users[id].arrival), self.owns(&self.users[id])),
            Person::Direct(_) => (None, true),
        };
        let called = self.who(person).shared();
        Writer {
            arrival,
            called,
            is_owner,
        }
    }
}
