//! Letters: private lines for owners of registered names who are not here. The store keeps them; the hub says
//! what is to be kept, and tells them when their receiver comes.
//!
//! Invariant: who writes is told that a letter is kept only when it is on the disk.

use std::rc::Rc;

use super::{Absence, Unkept};
use crate::hub::accounts::question::Verdict;
use crate::hub::directs::ToDirect;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Notice, Who};
use crate::hub::persons::Person;
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
    },
    /// Tell `who` the letters for this name, which they have shown to be theirs, with [`Hub::tell_letters`].
    Fetch {
        /// The owner.
        who: Id,
        /// The name they have.
        name: Name,
    },
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
        let (by, is_owner) = match writer {
            Person::User(id) => (Some(id), self.owns(&self.users[id])),
            Person::Direct(_) => (None, true),
        };
        effects.push(Effect::Letters(Errand::Leave {
            by,
            from: from.shared(),
            is_owner,
            to,
            text,
        }));
        Ok(())
    }

    /// What has become of a letter; told to its writer, if they are still here.
    pub fn letter_left(
        &mut self,
        now: Time,
        (by, from): (Option<Id>, &str),
        to: Name,
        verdict: Verdict,
        effects: &mut Vec<Effect>,
    ) {
        let notice = match verdict {
            Verdict::Changed => Absence::Kept(to.clone()),
            Verdict::Full { of_yours: true } => Absence::Unkept(to.clone(), Unkept::TooManyOfYours),
            Verdict::Full { of_yours: false } => Absence::Unkept(to.clone(), Unkept::Full),
            Verdict::Busy => Absence::Unkept(to.clone(), Unkept::Busy),
            _ => Absence::Unkept(to.clone(), Unkept::Failed),
        };
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
    fn tell_writer(&self, from: &Who, about: Name, notice: Notice, effects: &mut Vec<Effect>) {
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
                tell(who, Notice::Letter(letter.clone()), effects);
            }
        }
        true
    }
}
