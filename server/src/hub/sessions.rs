//! What a program's session has beside the place of a user: the key by which it is taken over after a drop,
//! and the marks of the lines it has said. Nobody else has one.
//!
//! Invariant: a line with a mark is said once, however often it comes, as long as its mark is among the last
//! [`MARKS_KEPT`]. A line that was refused is not said and its mark not kept.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::rc::Rc;

use super::archive::entry::LineId;
use super::effect::Effect;
use super::id::Id;
use super::notice::{Notice, SaidKind};
use super::request::Request;
use super::tags::{Ids, Tag};
use super::{Hub, Time, tell};
use crate::hub::name::Name;
use crate::limits::MARKS_KEPT;

/// By which a program takes its place over: 128 random bits, known to nobody else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u128);

impl Key {
    /// A key as it is told.
    pub fn parse(typed: &str) -> Option<Key> {
        let is_hex = typed.len() == 32 && typed.bytes().all(|byte| byte.is_ascii_hexdigit());
        let key = u128::from_str_radix(typed, 16).ok()?;
        is_hex.then_some(Key(key))
    }

    /// It in full, for its owner alone.
    pub fn reveal(self) -> String {
        format!("{:032x}", self.0)
    }
}

/// No log shows a key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// What became of a line with a mark: its room and id, if it has one.
pub(super) type Spoken = Option<(Name, LineId)>;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Session {
    pub(super) key: Option<Key>,
    /// Oldest first.
    marks: VecDeque<(Rc<str>, Spoken)>,
}

/// By user.
pub(super) type Sessions = BTreeMap<Id, Session>;

impl Session {
    fn spoken(&self, mark: &str) -> Option<&Spoken> {
        let known = self.marks.iter().find(|(known, _)| **known == *mark);
        known.map(|(_, spoken)| spoken)
    }

    fn keep(&mut self, mark: Rc<str>, spoken: Spoken) {
        if self.marks.len() == MARKS_KEPT {
            self.marks.pop_front();
        }
        self.marks.push_back((mark, spoken));
    }
}

impl Hub {
    /// A line with a mark: it is done unless that was done before, and answered with the same id in any case.
    pub(super) fn once(
        &mut self,
        now: Time,
        id: Id,
        (mark, what): (Rc<str>, Request),
        effects: &mut Vec<Effect>,
    ) {
        let known = self.sessions.get(&id);
        if let Some(spoken) = known.and_then(|session| session.spoken(&mark)) {
            return tell_done(id, mark, spoken.clone(), effects);
        }
        let start = effects.len();
        let room = self.users[id].rooms.spoken();
        let spoken = match self.unless_muted(now, id, what, effects) {
            Some(Request::Say(text)) => {
                let said = (text, SaidKind::Line, None);
                Some((room, self.speak(now, id, room, said, effects)))
            }
            Some(Request::Act(text)) => {
                let said = (text, SaidKind::Action, None);
                Some((room, self.speak(now, id, room, said, effects)))
            }
            Some(Request::Refer(refer)) => self.refer(now, id, refer, effects),
            Some(Request::Private { to, text }) => {
                self.private(now, id, &to, text, effects);
                None
            }
            Some(Request::Reply(text)) => {
                self.reply(now, id, text, effects);
                None
            }
            _ => None,
        };
        for effect in &mut effects[start..] {
            if let Effect::Tell { to, notice } = effect
                && *to == id
                && let Notice::Refused(complaint) = notice
            {
                let complaint = complaint.clone();
                *notice = Notice::Tag(Tag::Refused { mark, complaint });
                return;
            }
        }
        let spoken = spoken.map(|(room, line)| (self.rooms[room].name.clone(), line));
        let session = self.sessions.entry(id).or_default();
        session.keep(mark.clone(), spoken.clone());
        tell_done(id, mark, spoken, effects);
    }

    /// A program is to have a key, and is told it.
    pub(super) fn give_key(&self, who: Id, effects: &mut Vec<Effect>) {
        if self.users[who].ids != Ids::Tags {
            return;
        }
        match self.sessions.get(&who).and_then(|session| session.key) {
            Some(key) => tell(who, Notice::Tag(Tag::Key(key)), effects),
            None => effects.push(Effect::DrawKey { who }),
        }
    }

    /// This random key was drawn for a user. What to tell them of it.
    pub fn take_key(&mut self, who: Id, key: Key) -> Option<Notice> {
        self.users.get(who)?;
        self.sessions.entry(who).or_default().key = Some(key);
        Some(Notice::Tag(Tag::Key(key)))
    }
}

/// Tells what became of a line with a mark.
fn tell_done(id: Id, mark: Rc<str>, spoken: Spoken, effects: &mut Vec<Effect>) {
    let tag = match spoken {
        Some((room, id)) => Tag::Yours {
            room,
            id,
            mark: Some(mark),
        },
        None => Tag::Done { mark },
    };
    tell(id, Notice::Tag(tag), effects);
}
