//! Ids before lines, for people, and tags, for programs: who wants them, and the answers to their own lines.
//!
//! Who has neither costs and is told nothing. Invariant: with either, each line that a user says is answered
//! once, with its id or with a refusal.

use std::rc::Rc;

use super::archive::entry::LineId;
use super::effect::{Effect, RoomId};
use super::id::Id;
use super::notice::{Complaint, Notice};
use super::past::{Again, Cannot};
use super::rooms::Room;
use super::sessions::Key;
use super::{Hub, tell};
use crate::hub::name::Name;

/// Which ids lines begin with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Ids {
    /// None.
    #[default]
    Hidden,
    /// Lines that others may refer to begin with their short id, `[a3] `: for people.
    Short,
    /// Each line begins with `@TIME `, and if it is a line of a room with `#ROOM:NUMBER `: for programs.
    Tags,
}

/// What is told of ids.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Tag {
    /// Lines begin so from now on.
    Shows(Ids),
    /// The line that you have said in this room, with this mark or with none, has this id.
    Yours {
        room: Name,
        id: LineId,
        mark: Option<Rc<str>>,
    },
    /// What you have sent with this mark is done; it has no id.
    Done { mark: Rc<str> },
    /// What you have sent with this mark cannot be done.
    Refused { mark: Rc<str>, complaint: Complaint },
    /// The last line of this room so far, for programs. The next one has the next number in this epoch.
    At { room: Name, last: LineId },
    /// By this you take your place over after a drop.
    Key(Key),
    /// You have taken your place over: your name and your rooms, first the one that you speak in.
    Resumed { name: Name, rooms: Vec<Name> },
    /// Lines that you have missed in this room.
    Again { room: Name, lines: Vec<Again> },
    /// You are not told what you have missed in this room.
    Cannot { room: Name, why: Cannot },
}

impl Notice {
    /// The room that it has a place among the lines of, if it is for one reader alone.
    pub fn place(&self) -> Option<&Name> {
        match self {
            Notice::Tag(
                Tag::At { room, .. } | Tag::Again { room, .. } | Tag::Cannot { room, .. },
            ) => Some(room),
            _ => None,
        }
    }
}

impl Tag {
    /// Whether people are not told it.
    pub fn is_for_programs(&self) -> bool {
        match self {
            Tag::At { .. }
            | Tag::Key(_)
            | Tag::Resumed { .. }
            | Tag::Again { .. }
            | Tag::Cannot { .. } => true,
            Tag::Shows(_) | Tag::Yours { .. } | Tag::Done { .. } | Tag::Refused { .. } => false,
        }
    }
}

impl Hub {
    /// What the lines of a user, or of a conn without a name, begin with.
    pub(super) fn show_ids(&mut self, who: Id, ids: Ids, effects: &mut Vec<Effect>) {
        match self.users.get_mut(who) {
            Some(user) => user.ids = ids,
            None => {
                self.early_ids.insert(who, ids);
            }
        }
        effects.push(Effect::SetIds { who, ids });
        tell(who, Notice::Tag(Tag::Shows(ids)), effects);
        if let Some(user) = self.users.get(who) {
            for room in user.rooms.in_order() {
                self.tell_place(who, room, effects);
            }
            self.give_key(who, effects);
        }
    }

    /// A conn without a name is a program that gets tags, and says nothing about it.
    pub fn note_program(&mut self, who: Id) {
        self.early_ids.insert(who, Ids::Tags);
    }

    /// A conn without a name is gone, or may not have one.
    pub(super) fn forget_nameless(&mut self, id: Id) {
        self.early_ids.remove(&id);
        self.leavers.catch_ups.forget(id);
        self.users.remove(id);
    }

    /// Tells a user the id of what they have just said in a room.
    pub(super) fn tell_yours(&self, to: Id, room: RoomId, id: LineId, effects: &mut Vec<Effect>) {
        let room = self.rooms[room].name.clone();
        let mark = None;
        tell(to, Notice::Tag(Tag::Yours { room, id, mark }), effects);
    }

    /// Tells a program that has just come into a room how far its lines are.
    pub(super) fn tell_place(&mut self, to: Id, room: RoomId, effects: &mut Vec<Effect>) {
        if self.users[to].ids != Ids::Tags {
            return;
        }
        let last = self.last_line(room);
        let room = self.rooms[room].name.clone();
        tell(to, Notice::Tag(Tag::At { room, last }), effects);
    }

    /// Tells a program that it has left a room, whichever way. People see where they are now.
    pub(super) fn tell_out(&self, to: Id, room: RoomId, effects: &mut Vec<Effect>) {
        if self.users[to].ids == Ids::Tags {
            let room = self.rooms[room].name.clone();
            tell(to, Notice::NotInRoom(room), effects);
        }
    }

    /// A room is about to get its first line of an epoch: programs that read it are told.
    pub(super) fn tell_epoch(&self, room: RoomId, first: LineId, effects: &mut Vec<Effect>) {
        let last = LineId { number: 0, ..first };
        let Room { name, .. } = &self.rooms[room];
        for to in self.rooms[room].member_ids() {
            let user = &self.users[to];
            if user.ids == Ids::Tags && user.rooms.unread() != Some(room) {
                let room = name.clone();
                tell(to, Notice::Tag(Tag::At { room, last }), effects);
            }
        }
    }
}
