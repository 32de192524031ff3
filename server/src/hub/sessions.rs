//! What a program's session has beside the place of a user: the key by which it is taken over after a drop,
//! and the marks of the lines it has said. Nobody else has one. That of a place that was left is kept with it
//! (back/left.rs).
//!
//! Invariants: a line with a mark is said once, however often it comes, as long as its mark is among the last
//! [`MARKS_KEPT`]; a line that was refused is not said and its mark not kept. Each key leads to the one user
//! that it was given to.

mod keys;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use super::absent::marked::refusal;
use super::archive::entry::LineId;
use super::effect::Effect;
use super::id::Id;
use super::notice::{Notice, SaidKind};
use super::request::Request;
use super::tags::{Ids, Tag};
use super::{Hub, Time, tell};
use crate::hub::name::Name;
use crate::limits::MARKS_KEPT;
pub use keys::{Key, KeyHash};

/// What became of a line with a mark: its room and id, if it has one.
pub type Spoken = Option<(Name, LineId)>;

/// See the top of this file.
#[derive(Clone, Default, Debug)]
pub struct Session {
    /// The hash of the key.
    pub key: Option<KeyHash>,
    /// The marks, oldest first, each with what became of its line.
    pub marks: VecDeque<(Rc<str>, Spoken)>,
}

/// Those of users who are here. See the top of this file.
#[derive(Default)]
pub(super) struct Sessions {
    here: BTreeMap<Id, Box<Here>>,
    by_key: HashMap<KeyHash, Id>,
}

/// That of one user who is here. Boxed: each browser has one, and the table has room to spare.
#[derive(Default)]
struct Here {
    session: Session,
    /// The key that they have, which they may be told again.
    key: Option<Key>,
}

impl Sessions {
    pub(super) fn get(&self, id: Id) -> Option<&Session> {
        self.here.get(&id).map(|here| &here.session)
    }

    /// Whose this key is.
    pub(super) fn find(&self, key: KeyHash) -> Option<Id> {
        self.by_key.get(&key).copied()
    }

    /// A user has this session from here on.
    pub(super) fn put(&mut self, id: Id, session: Session) {
        if let Some(key) = session.key {
            self.by_key.insert(key, id);
        }
        self.here.insert(id, Box::new(Here { session, key: None }));
    }

    /// A user has no session any more.
    pub(super) fn take(&mut self, id: Id) -> Option<Session> {
        let session = self.here.remove(&id)?.session;
        if let Some(key) = session.key {
            self.by_key.remove(&key);
        }
        Some(session)
    }

    /// This became of a user's line with a mark.
    pub(super) fn keep_mark(&mut self, id: Id, mark: Rc<str>, spoken: Spoken) {
        self.here.entry(id).or_default().session.keep(mark, spoken);
    }

    /// A user has shown that they have this key.
    pub(super) fn know(&mut self, id: Id, key: Key) {
        if let Some(here) = self.here.get_mut(&id) {
            here.key = Some(key);
        }
    }

    /// `is_here` tells whether somebody is a user.
    pub(super) fn invariants(&self, is_here: impl Fn(Id) -> bool) {
        assert!(self.here.keys().all(|id| is_here(*id)));
        let here = self.here.iter();
        let keys = here.filter_map(|(id, here)| Some((here.session.key?, *id)));
        assert!(
            keys.clone()
                .all(|(key, id)| self.by_key.get(&key) == Some(&id))
        );
        assert_eq!(self.by_key.len(), keys.count(), "each key is somebody's");
        for (id, here) in &self.here {
            let hash = here.key.map(Key::hash);
            assert!(hash.is_none_or(|hash| self.find(hash) == Some(*id)));
        }
    }
}

impl Session {
    fn spoken(&self, mark: &str) -> Option<&Spoken> {
        let known = self.marks.iter().find(|(known, _)| **known == *mark);
        known.map(|(_, spoken)| spoken)
    }

    pub(super) fn keep(&mut self, mark: Rc<str>, spoken: Spoken) {
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
        let session = self.sessions.get(id);
        if let Some(spoken) = session.and_then(|session| session.spoken(&mark)) {
            // A number of another epoch would be taken for one of this.
            let is_current = |(room, line): &(Name, LineId)| {
                let room = self.own_room(id, Some(room.shown()));
                let last = room.ok().and_then(|room| self.rooms[room].last);
                last.is_some_and(|last| last.epoch == line.epoch)
            };
            let spoken = spoken.clone().filter(is_current);
            return tell_done(id, mark, spoken, effects);
        }
        if self.is_waiting(id, &mark) {
            return;
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
                && let Some(complaint) = refusal(notice)
            {
                *notice = Notice::Tag(Tag::Refused { mark, complaint });
                return;
            }
        }
        if self.waits(id, &mark, &mut effects[start..]) {
            return;
        }
        let spoken = spoken.map(|(room, line)| (self.rooms[room].name.clone(), line));
        self.sessions.keep_mark(id, mark.clone(), spoken.clone());
        tell_done(id, mark, spoken, effects);
    }

    /// A program is to have a key, and is told it.
    pub(super) fn give_key(&self, who: Id, effects: &mut Vec<Effect>) {
        if self.users[who].ids != Ids::Tags {
            return;
        }
        let here = self.sessions.here.get(&who);
        match here.and_then(|here| here.key) {
            Some(key) => tell(who, Notice::Tag(Tag::Key(key)), effects),
            None => effects.push(Effect::DrawKey { who }),
        }
    }

    /// This random key was drawn for a user. What to tell them of it.
    pub fn take_key(&mut self, who: Id, key: Key) -> Option<Notice> {
        self.users.get(who)?;
        let mut session = self.sessions.take(who).unwrap_or_default();
        session.key = Some(key.hash());
        self.sessions.put(who, session);
        self.sessions.know(who, key);
        self.place_changed(who);
        Some(Notice::Tag(Tag::Key(key)))
    }
}

/// Tells what became of a line with a mark.
pub(super) fn tell_done(id: Id, mark: Rc<str>, spoken: Spoken, effects: &mut Vec<Effect>) {
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
