//! Users refer to lines of their rooms: they answer, correct, delete and react, and operators pin. Each of these is
//! a line of the room itself, and what was said changes only in the history (refer/lines.rs).
//!
//! A line can be referred to while it is in the history in memory. Invariant: only its author edits a
//! line, and only its author and operators delete it.

mod lines;
mod which;

use std::rc::Rc;

use super::archive::entry::LineId;
use super::effect::RoomId;
use super::history::Line;
use super::id::Id;
use super::lang::{Verb, Written};
use super::name::Name;
use super::notice::{Complaint, Notice, Said, SaidKind};
use super::operators::Fault;
use super::tags::Ids;
use super::users::Rank;
use super::{Effect, Hub, Time, refuse, tell};
use crate::limits::{LINE_BYTES, PINS, REACTION_CHARS, REACTIONS};
pub(super) use lines::Author;
use lines::replaced;
use which::Pointed;
pub use which::Which;

/// What a user wants with a line.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Refer {
    /// Answer the line in public. For a user who sees no ids it is no id, and `whole` is a private line
    /// to the last user who wrote privately.
    Reply {
        which: Which,
        text: Rc<str>,
        whole: Rc<str>,
    },
    /// Give the line this text.
    Edit { which: Which, text: Rc<str> },
    /// Put one text in place of another in my last line.
    Replace { old: String, new: String },
    /// Delete the line.
    Delete(Which),
    /// One word about the line.
    React { which: Which, word: Rc<str> },
    /// Pin the line, or unpin it.
    Pin(Which),
    /// Which lines are pinned?
    Pins,
}

/// A line that another line is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// Its id.
    pub id: LineId,
    /// Who said it.
    pub from: Name,
    /// What it says, or said.
    pub text: Rc<str>,
}

/// What is told to a room about one of its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Who refers to it.
    pub by: Name,
    /// To which line. Of a deleted one the text is empty.
    pub quote: Quote,
    /// How.
    pub deed: Deed,
}

/// What somebody did about a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// They answered it so.
    Replied(Rc<str>),
    /// It was theirs, and reads so now.
    Edited(Rc<str>),
    /// They deleted it.
    Deleted,
    /// One word about it.
    Reacted(Rc<str>),
    /// They pinned it.
    Pinned,
    /// They unpinned it.
    Unpinned,
}

/// Why a line could not be referred to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReferFault {
    /// There is no such line, or it is too old.
    NoSuchLine(Which),
    /// Nothing that this user said here is in the history.
    NoOwnLine,
    /// It was said by this user, who alone may edit it.
    NotYourEdit(Name),
    /// The same for deleting it.
    NotYourDelete(Name),
    /// The user's last line has no such text.
    NotInLine(String),
    /// Nothing would be left of the line.
    NothingLeft,
    /// The line reads so already.
    Unchanged,
    /// A reaction is one short word.
    LongWord,
    /// This user has given the line this reaction.
    ReactedSo,
    /// The line has as many reactions as fit.
    ReactionsFull,
    /// As many lines are pinned as may be.
    PinsFull,
}

impl Refer {
    /// Bytes of text in it for others to read, the quote of the line among them.
    pub fn text_bytes(&self) -> usize {
        match self {
            Refer::Reply { whole: text, .. } | Refer::Edit { text, .. } => text.len() + LINE_BYTES,
            Refer::Replace { .. } => 4 * LINE_BYTES,
            Refer::React { .. } | Refer::Pin(_) => LINE_BYTES,
            Refer::Delete(_) | Refer::Pins => 0,
        }
    }

    /// Whether others would read a word of its user's.
    pub(super) fn says(&self) -> bool {
        match self {
            Refer::Reply { .. }
            | Refer::Edit { .. }
            | Refer::Replace { .. }
            | Refer::React { .. } => true,
            Refer::Delete(_) | Refer::Pin(_) | Refer::Pins => false,
        }
    }
}

impl Notice {
    /// The line that it is about, if it is about another line.
    pub fn refers(&self) -> Option<LineId> {
        match self {
            Notice::Refer(reference) => Some(reference.quote.id),
            _ => None,
        }
    }
}

impl Hub {
    /// Does what a user wants with a line. Which line of which room that is, if it is one of a room.
    pub(super) fn refer(
        &mut self,
        now: Time,
        id: Id,
        refer: Refer,
        effects: &mut Vec<Effect>,
    ) -> Option<(RoomId, LineId)> {
        let done = match refer {
            Refer::Reply { which, whole, .. } if !self.sees(id, &which) => {
                self.reply(now, id, whole, effects);
                return None;
            }
            Refer::Reply { text, .. } if text.trim().is_empty() => {
                Err(Complaint::Usage(Verb::Reply, Written::Name("reply")))
            }
            Refer::Reply { which, text, .. } => self.answer_line(now, id, &which, text, effects),
            Refer::Edit { which, text } => self.edit_line(now, id, &which, |_| Ok(text), effects),
            Refer::Replace { old, new } => {
                let replace = |text: &str| replaced(text, &old, &new);
                self.edit_line(now, id, &Which::LAST, replace, effects)
            }
            Refer::Delete(which) => self.delete_line(now, id, &which, effects),
            Refer::React { which, word } => self.react(now, id, &which, word, effects),
            Refer::Pin(which) => self.pin(now, id, &which, effects),
            Refer::Pins => {
                self.tell_pins(now, id, effects);
                return None;
            }
        };
        match done {
            Ok(line) => Some(line),
            Err(complaint) => {
                refuse(id, complaint, effects);
                None
            }
        }
    }

    /// The same with the answer to it: whoever sees no line of their own in the room is told its id.
    pub(super) fn refer_to(&mut self, now: Time, id: Id, refer: Refer, effects: &mut Vec<Effect>) {
        let is_said = matches!(refer, Refer::Reply { .. });
        if let Some((room, line)) = self.refer(now, id, refer, effects)
            && is_said
        {
            self.tell_yours(id, room, line, effects);
        }
    }

    /// Whether a user sees ids of this kind, so that this means a line. A private text must not become public
    /// because it begins like an id.
    fn sees(&self, id: Id, which: &Which) -> bool {
        match (self.users[id].ids, which.line) {
            (Ids::Hidden, _) | (Ids::Short, Pointed::Numbered { .. }) => false,
            (Ids::Short | Ids::Tags, _) => true,
        }
    }

    fn answer_line(
        &mut self,
        now: Time,
        id: Id,
        which: &Which,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) -> Result<(RoomId, LineId), Complaint> {
        let (room, line) = self.line(id, which)?;
        let quote = line.quote();
        let said = (text, SaidKind::Line, Some(quote));
        Ok((room, self.speak(now, id, room, said, effects)))
    }

    /// One's own line has the text that `text` makes of its own.
    fn edit_line(
        &mut self,
        now: Time,
        id: Id,
        which: &Which,
        text: impl FnOnce(&str) -> Result<Rc<str>, ReferFault>,
        effects: &mut Vec<Effect>,
    ) -> Result<(RoomId, LineId), Complaint> {
        let (room, line) = self.line(id, which)?;
        if !self.has_said(id, line.by) {
            return Err(ReferFault::NotYourEdit(line.from.clone()).into());
        }
        let quote = line.quote();
        let text = text(&quote.text)?;
        if text == quote.text {
            return Err(ReferFault::Unchanged.into());
        }
        if text.len() > 3 * LINE_BYTES {
            return Err(Complaint::LongLine);
        }
        self.users[id].spoke = Some(now);
        let line = quote.id;
        let deed = Deed::Edited(text.clone());
        let own = self.tell_of(now, id, room, (quote, deed), effects);
        self.rooms.edit(room, line, &text);
        Ok((room, own))
    }

    fn delete_line(
        &mut self,
        now: Time,
        id: Id,
        which: &Which,
        effects: &mut Vec<Effect>,
    ) -> Result<(RoomId, LineId), Complaint> {
        let (room, line) = self.line(id, which)?;
        if !self.has_said(id, line.by) && !self.is_operator(id) {
            return Err(ReferFault::NotYourDelete(line.from.clone()).into());
        }
        // A deletion that says what is deleted would be none.
        let text = "".into();
        let quote = Quote {
            text,
            ..line.quote()
        };
        let line = quote.id;
        let own = self.tell_of(now, id, room, (quote, Deed::Deleted), effects);
        self.rooms.delete(room, line);
        Ok((room, own))
    }

    fn react(
        &mut self,
        now: Time,
        id: Id,
        which: &Which,
        word: Rc<str>,
        effects: &mut Vec<Effect>,
    ) -> Result<(RoomId, LineId), Complaint> {
        if word.chars().count() > REACTION_CHARS {
            return Err(ReferFault::LongWord.into());
        }
        let (room, line) = self.line(id, which)?;
        let reaction = (self.users[id].arrival, word.clone());
        if line.reactions.contains(&reaction) {
            return Err(ReferFault::ReactedSo.into());
        }
        if line.reactions.len() >= REACTIONS {
            return Err(ReferFault::ReactionsFull.into());
        }
        let quote = line.quote();
        self.users[id].spoke = Some(now);
        let line = quote.id;
        let own = self.tell_of(now, id, room, (quote, Deed::Reacted(word)), effects);
        self.rooms.amend(room, |history| {
            history.change(line, |line| line.reactions.push(reaction));
        });
        Ok((room, own))
    }

    /// Pins a line, or unpins one that is pinned, also if it is in the history no more.
    fn pin(
        &mut self,
        now: Time,
        id: Id,
        which: &Which,
        effects: &mut Vec<Effect>,
    ) -> Result<(RoomId, LineId), Complaint> {
        if !self.is_operator(id) {
            return Err(Complaint::Order(Fault::NotOperator));
        }
        let room = self.own_room(id, which.room.as_deref())?;
        let is_own = |line: &Line| self.has_said(id, line.by);
        let of_room = &self.rooms[room];
        let pinned = of_room.pins.iter().rev();
        let mut pinned = pinned.filter(|line| which.is(line.id, || is_own(line)));
        let line = match of_room
            .history
            .newest(|line| which.is(line.id, || is_own(line)))
        {
            Some(line) => line,
            None => pinned.next().ok_or_else(|| no_such(which))?,
        };
        let quote = line.quote();
        let at = of_room.pins.iter().position(|pin| pin.id == quote.id);
        if at.is_none() && of_room.pins.len() >= PINS {
            return Err(ReferFault::PinsFull.into());
        }
        let (line, deed) = match at {
            Some(_) => (line.clone(), Deed::Unpinned),
            None => (line.clone(), Deed::Pinned),
        };
        let own = self.tell_of(now, id, room, (quote, deed), effects);
        let pins = &mut self.rooms[room].pins;
        match at {
            Some(at) => drop(pins.remove(at)),
            None => pins.push(line),
        }
        Ok((room, own))
    }

    /// Tells who comes into a room that lines are pinned there.
    pub(super) fn tell_has_pins(&self, id: Id, room: RoomId, effects: &mut Vec<Effect>) {
        let room = &self.rooms[room];
        let (count, room) = (room.pins.len(), room.name.clone());
        if count > 0 {
            tell(id, Notice::HasPins { room, count }, effects);
        }
    }

    fn tell_pins(&self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        let room = self.users[id].rooms.spoken();
        let hears = |line: &&Line| !self.ignores.ignores_name(id, &line.from);
        let room = &self.rooms[room];
        let pins = room.pins.iter().filter(hears);
        let said: Vec<Said> = pins.map(|line| line.told(now, None)).collect();
        let room = room.name.clone();
        tell(id, Notice::Pins { room, said }, effects);
    }

    /// Tells a room what one of its users did about a line: all who hear them, themselves too, who see so which
    /// line it was.
    fn tell_of(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        (quote, deed): (Quote, Deed),
        effects: &mut Vec<Effect>,
    ) -> LineId {
        let by = self.users[id].name.clone();
        let reference = Reference { by, quote, deed };
        self.author_of_next(id);
        let notice = Notice::Refer(Box::new(reference));
        let except = self.ignorers_in(id, room);
        self.tell_room(now, room, notice, except, effects)
    }

    /// The line that a user means, and its room.
    pub(super) fn line(&self, id: Id, which: &Which) -> Result<(RoomId, &Line), Complaint> {
        let room = self.own_room(id, which.room.as_deref())?;
        let history = &self.rooms[room].history;
        let is_it = |line: &Line| which.is(line.id, || self.has_said(id, line.by));
        let line = history.newest(is_it).ok_or_else(|| no_such(which))?;
        Ok((room, line))
    }

    /// What a line is kept with, so that it is known whose it is.
    pub(super) fn author(&self, id: Id) -> Author {
        let user = &self.users[id];
        let proved = match user.proved.is_empty() {
            true => None,
            false => self.accounts.number(&user.name),
        };
        Author {
            arrival: user.arrival,
            proved: proved.filter(|number| user.proved.contains(number)),
        }
    }

    /// Whether a user said this line, in this session or with the same registered name.
    fn has_said(&self, id: Id, by: Author) -> bool {
        let user = &self.users[id];
        let is_proved = by
            .proved
            .is_some_and(|number| user.proved.contains(&number));
        by.arrival == user.arrival || is_proved
    }

    fn is_operator(&self, id: Id) -> bool {
        self.users[id].rank == Rank::Operator
    }
}

fn no_such(which: &Which) -> Complaint {
    match which.line {
        Pointed::Last => ReferFault::NoOwnLine.into(),
        _ => ReferFault::NoSuchLine(which.clone()).into(),
    }
}

impl From<ReferFault> for Complaint {
    fn from(fault: ReferFault) -> Complaint {
        Complaint::Refer(fault)
    }
}
