//! People who are not here, or not at their screen: what they and others ask for that, and are told.
//!
//! Nothing here is on the path of a public line but one look at an empty table.

pub(super) mod away;
pub(super) mod letters;
pub(super) mod marked;
pub(super) mod seen;
pub(super) mod sent;
pub(super) mod undelivered;

use std::rc::Rc;
use std::time::Duration;

use super::effect::Effect;
use super::id::Id;
use super::{Hub, Time};
use crate::hub::name::Name;
use sent::SentTo;

/// What a user asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AboutAbsence {
    /// I am away, with this text or none.
    Away(Rc<str>),
    /// I am back.
    Back,
    /// When was somebody here?
    Seen(String),
    /// Who has been sent my last line?
    Sent,
}

/// That a user is away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Away {
    /// With their own words or none.
    pub text: Rc<str>,
    /// For how long.
    pub since: Duration,
}

/// When somebody was here, by how long ago that is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// When they came, of who is here; when they left, of who is not.
    pub at: Duration,
    /// When they last said something to anybody, if they did.
    pub spoke: Option<Duration>,
}

/// What is told about all that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Absence {
    /// You are away from now on.
    YouAreAway,
    /// You are not away any more.
    YouAreBack,
    /// This user is away, to whom you wrote.
    IsAway(Name, Rc<str>),
    /// The answer to `/seen` about who is here.
    Here(Name, Seen, Option<Away>),
    /// The same about who is not, by a name or an address.
    Gone(Rc<str>, Seen),
    /// Who has been sent your last line.
    Sent(Box<SentTo>),
    /// The owner of this name is not here and will get your private line.
    Kept(Name),
    /// They are not here, and will not.
    Unkept(Name, Unkept),
    /// The connection of this user is lost, and your last lines to them, so many, may not have arrived.
    MayBeLost(Name, usize),
    /// The same about the owner of a name, who will get them.
    Waits(Name, usize),
    /// So many private lines have come for you; they follow.
    Letters(usize),
}

/// Why a private line for somebody who is not here was not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unkept {
    /// Nothing is kept here.
    NothingIs,
    /// Too many wait.
    Full,
    /// Too many of this writer wait.
    TooManyOfYours,
    /// Too much is to be kept at once.
    Busy,
    /// The disk does not work.
    Failed,
}

/// Why something of that could not be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AbsenceFault {
    /// Not away.
    NotAway,
    /// It is not known that anybody of this name was ever here.
    NeverSeen(String),
    /// Who wrote the letter to be answered had not shown that this name was theirs.
    MayBeAnother(String),
    /// The private line was not kept.
    Unkept(Name, Unkept),
    /// Nothing that they said in this room is known any more.
    NothingSaid(Name),
}

impl Hub {
    pub(super) fn handle_absence(
        &mut self,
        now: Time,
        id: Id,
        asked: AboutAbsence,
        effects: &mut Vec<Effect>,
    ) {
        match asked {
            AboutAbsence::Away(text) => self.go_away(now, id, &text, effects),
            AboutAbsence::Back => self.come_back(id, effects),
            AboutAbsence::Seen(typed) => self.tell_seen(now, id, typed, effects),
            AboutAbsence::Sent => self.ask_sent(id, effects),
        }
    }
}
