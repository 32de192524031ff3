//! Letters: private lines for owners of registered names who are not here. The store keeps them; the hub says
//! what is to be kept, and tells them when their receiver comes.
//!
//! Invariant: who writes is told that a letter is kept only when it is on the disk. A letter that is told again,
//! because it is not known whether it arrived, says so.

use std::rc::Rc;

use super::{Absence, AbsenceFault, Unkept};
use crate::hub::accounts::question::Verdict;
use crate::hub::directs::ToDirect;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Notice, Who};
use crate::hub::persons::Person;
use crate::hub::reply::Writer;
use crate::hub::{Hub, Time, refuse, tell};

/// What the store shall do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Errand {
    /// Keep this private line for the owner of a name, and answer with [`Hub::letter_left`].
    Leave {
        /// The user who wrote it, who is here; none for a direct user.
        by: Option<Id>,
        /// Their name or address.
        from: Rc<str>,
        /// Whether they have shown that the name is theirs.
        is_owner: bool,
        /// For whom.
        to: Name,
        /// The clean text.
        text: Rc<str>,
        /// How it came to be.
        origin: Origin,
    },
    /// Tell `who` the letters for this name, which they have shown to be theirs, with [`Hub::tell_letters`].
    Fetch {
        /// The owner.
        who: Id,
        /// The name they have.
        name: Name,
    },
    /// Note when the owner of a name was here.
    Visit(Visit),
    /// What `to` was told last is the private line of this number: see whether it reaches their system.
    Follow {
        /// The receiver.
        to: Id,
        /// See undelivered.rs.
        number: u64,
    },
    /// This user is gone. Find out which of the lines followed have not reached their system, and answer with
    /// [`Hub::undelivered`].
    Lost {
        /// Who they were.
        who: Id,
        /// Their name.
        name: Name,
        /// Whether they had shown that it is theirs.
        is_owner: bool,
    },
}

/// How a letter came to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// It was written to somebody who is not here.
    Absent,
    /// The same with a program's mark, whose answer waits under this number.
    Marked(u64),
    /// It was sent to a connection that is lost, and perhaps not received. The last one of a writer's counts them.
    Lost {
        /// How many they are; 0 with the others.
        count: usize,
    },
}

/// When the owner of a name was here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// The name.
    pub name: Name,
    /// When they left, or were known to be here; in seconds since the server's start, as the rest.
    pub here: i64,
    /// When they last said something to anybody, if they did.
    pub spoke: Option<i64>,
}

/// A letter, as it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// Later ones have a higher one.
    pub number: i64,
    /// The name or address of who wrote it, as it was then.
    pub from: Box<str>,
    /// The clean text.
    pub text: Box<str>,
    /// When it was written, in seconds since 1970.
    pub at: i64,
    /// Whether the name was its writer's, who had shown that. An address always is.
    pub is_owners: bool,
    /// Whether it was told before, and it is not known that it arrived.
    pub is_again: bool,
}

impl Hub {
    /// A private line of a user to a name or an address that nobody has who is here.
    pub(in crate::hub) fn write_later(
        &mut self,
        now: Time,
        id: Id,
        to: &str,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) {
        self.users[id].spoke = Some(now);
        if let Err(complaint) = self.leave_letter(Person::User(id), to, text, effects) {
            refuse(id, complaint, effects);
        }
    }

    /// A private line to somebody who wrote one and is not here: a letter, if it is certain to be theirs.
    pub(in crate::hub) fn reply_later(
        &mut self,
        now: Time,
        id: Id,
        writer: &Writer,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) {
        let called = writer.called.to_string();
        match (writer.is_owner, writer.arrival) {
            (true, _) => self.write_later(now, id, &called, text, effects),
            (false, None) => {
                let fault = AbsenceFault::MayBeAnother(called);
                refuse(id, Complaint::Absence(fault), effects);
            }
            (false, Some(_)) => refuse(id, Complaint::NoSuchUser(called), effects),
        }
    }

    /// A private line to a name or an address that nobody has who is here.
    pub(in crate::hub) fn leave_letter(
        &mut self,
        writer: Person,
        to: &str,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Complaint> {
        let name = Name::parse(to).ok();
        let shown = name.and_then(|name| self.accounts.shown(&name));
        let Some(to) = shown.and_then(|shown| Name::parse(shown).ok()) else {
            return Err(Complaint::NoSuchUser(to.to_owned()));
        };
        let from = self.who(writer);
        if self.archive.is_none() {
            let notice = Absence::Unkept(to.clone(), Unkept::NothingIs);
            self.tell_writer(&from, to, Notice::Absence(notice), effects);
            return Ok(());
        }
        let is_owner = self.writer(writer).is_owner;
        let by = match writer {
            Person::User(id) => Some(id),
            Person::Direct(_) => None,
        };
        effects.push(Effect::Letters(Errand::Leave {
            by,
            from: from.shared(),
            is_owner,
            to,
            text,
            origin: Origin::Absent,
        }));
        Ok(())
    }

    /// What has become of a letter; told to its writer, if they are still here.
    pub fn letter_left(
        &mut self,
        now: Time,
        (by, from): (Option<Id>, &str),
        (to, origin): (Name, &Origin),
        verdict: Verdict,
        effects: &mut Vec<Effect>,
    ) {
        let unkept = match verdict {
            Verdict::Changed => None,
            Verdict::Full { of_yours: true } => Some(Unkept::TooManyOfYours),
            Verdict::Full { of_yours: false } => Some(Unkept::Full),
            Verdict::Busy => Some(Unkept::Busy),
            _ => Some(Unkept::Failed),
        };
        let notice = match (origin, unkept) {
            (Origin::Marked(number), unkept) => {
                return self.marked_left(now, *number, to, unkept, effects);
            }
            (Origin::Absent, None) => Absence::Kept(to.clone()),
            (Origin::Absent, Some(why)) => Absence::Unkept(to.clone(), why),
            // Who is back is told it.
            (Origin::Lost { .. }, None) if self.users.find(to.key()).is_some() => return,
            (Origin::Lost { count }, None) => Absence::Waits(to.clone(), *count),
            (Origin::Lost { count }, Some(_)) => Absence::MayBeLost(to.clone(), *count),
        };
        if matches!(origin, Origin::Lost { count: 0 }) {
            return;
        }
        let notice = Notice::Absence(notice);
        match by {
            Some(id) if self.users.get(id).is_some() => {
                self.arrived(now, id, effects);
                tell(id, notice, effects);
            }
            Some(_) => {}
            None => self.tell_writer(&Who::Direct(from.into()), to, notice, effects),
        }
    }

    /// Tells a writer who may be a direct user, and may have left.
    pub(super) fn tell_writer(
        &self,
        from: &Who,
        about: Name,
        notice: Notice,
        effects: &mut Vec<Effect>,
    ) {
        match self.find(from.shown()) {
            Some(Person::User(id)) => tell(id, notice, effects),
            Some(Person::Direct(id)) => effects.push(Effect::Direct {
                to: self.directs[id].clone(),
                from: about,
                what: ToDirect::Notice(notice),
            }),
            None => {}
        }
    }

    /// The owner of the name that they have is here.
    pub(in crate::hub) fn fetch_letters(&self, id: Id, effects: &mut Vec<Effect>) {
        let user = &self.users[id];
        if self.owns(user) {
            let name = user.name.clone();
            effects.push(Effect::Letters(Errand::Fetch { who: id, name }));
            let visit = self.visit_of(self.now, user);
            effects.push(Effect::Letters(Errand::Visit(visit)));
        }
    }

    /// Tells the next of the letters for a name, `count` of all if they are the first ones. False if its owner
    /// has left, or has another name by now.
    pub fn tell_letters(
        &mut self,
        now: Time,
        (who, name): (Id, &Name),
        letters: &[Letter],
        count: Option<usize>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let is_it = |user: &super::super::users::User| user.name == *name && self.owns(user);
        if !self.users.get(who).is_some_and(is_it) {
            return false;
        }
        self.arrived(now, who, effects);
        if let Some(count) = count {
            tell(who, Notice::Absence(Absence::Letters(count)), effects);
        }
        for letter in letters {
            let from = match Name::parse(&letter.from) {
                Ok(name) => Who::User(name),
                Err(_) => Who::Direct(letter.from.as_ref().into()),
            };
            if !self.ignores.ignores(who, &from) {
                self.users[who].heard_from = Some(Box::new(Writer {
                    arrival: None,
                    called: from.shared(),
                    is_owner: letter.is_owners,
                }));
                tell(who, Notice::Letter(letter.clone()), effects);
            }
        }
        true
    }
}
