//! Questions to the archive, and their answers: what was said in rooms, page by page. Plain data that goes to
//! another thread, and the table of the questions that are open. Which questions there are, and what becomes of an answer, is
//! decided where [`Hub::recall`] is called and in [`Hub::recalled`].
//!
//! The archive answers each question exactly once: later, and never while effects are being done. An answer
//! has all that was said before the question, and may have lines said after it.
//!
//! Invariant: an asker has at most one open question. An answer to another question than that one, or for an
//! asker who has left, is ignored.

use std::collections::BTreeMap;

use super::archive::entry::{Entry, Kind, LineId};
use super::pages::Query;
use super::users::Standing;
use super::{Effect, Hub, Id, Time};

/// A place in the one order of all lines of the archive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place(pub i64);

/// A question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recall {
    /// Who asks.
    pub asker: Id,
    /// Which question of the hub it is.
    pub number: u64,
    /// The keys of the names of the rooms it is about. Only [`Wish::From`] and [`Wish::Search`] are about more
    /// than the first one.
    pub rooms: Vec<Box<str>>,
    /// Which lines.
    pub wish: Wish,
    /// The most lines that are told at once. Fewer come if they are long, at least one if there is one.
    pub most: usize,
}

impl Recall {
    /// Its answer.
    pub fn answer(self, found: Result<Found, Unreadable>) -> Recalled {
        Recalled {
            asker: self.asker,
            number: self.number,
            found,
        }
    }
}

/// Which lines are wanted. Said are lines and actions; one that was deleted is not told.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Wish {
    /// All entries of one room after this id and up to that one, of every kind: for catching up. A line that was
    /// deleted is among them without its text, and one that was corrected with its new one. The next page is
    /// after the last line of this one.
    After { after: LineId, upto: LineId },
    /// The last lines said, before this place.
    Last { before: Option<Place> },
    /// The last lines said before this one.
    Before { line: LineId },
    /// The lines said at this time, in milliseconds since 1970, or later, after this place.
    Since { at: i64, after: Option<Place> },
    /// The last lines that somebody said, before this place. `name` is the key of the name.
    From {
        name: Box<str>,
        before: Option<Place>,
    },
    /// The last lines said with all of these words, before this place. A word with `*` at its end is the
    /// beginning of one, words between quotation marks stand one after the other.
    Search {
        words: Box<str>,
        before: Option<Place>,
    },
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recalled {
    /// Who asked.
    pub asker: Id,
    /// The question's number.
    pub number: u64,
    /// What was found.
    pub found: Result<Found, Unreadable>,
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// Nothing is kept here.
    NotKept,
    /// Too much is asked at once, or the asker's last question is still open. Nobody may ask again at once.
    Busy,
    /// The disk does not work, or is too slow.
    Failed,
}

/// One page.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The lines, oldest first.
    pub lines: Vec<Past>,
    /// There may be more: where the next page starts. A page may have no lines and still a next one.
    pub more: Option<Place>,
    /// Of [`Wish::After`]: whether nothing is missing between the id and the first line, between the
    /// lines, and, unless there is more, up to the last one wanted. Of the others: whether all lines were
    /// looked through; those said last may not be while an index is made anew.
    pub is_whole: bool,
}

/// One line of the archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Past {
    /// What its room is called.
    pub room: Box<str>,
    /// Its id; of a hole, that of the first missing line.
    pub id: LineId,
    /// Its place.
    pub place: Place,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What it is.
    pub kind: Kind,
    /// Who: a name, several with commas, or nobody.
    pub from: Box<str>,
    /// What was said, or what the kind says.
    pub text: Box<str>,
    /// How many more than those in `from`; of a hole how many lines are missing.
    pub more: u64,
    /// The line that it is about, if it is about another line.
    pub refers: Option<LineId>,
    /// What became of it.
    pub state: State,
    /// Whether who said it had proved that the name is theirs.
    pub is_proved: bool,
    /// The line that it answers as that reads now, unless it was deleted.
    pub re: Option<Box<Past>>,
}

impl Past {
    /// An entry as the archive has it at this place, written at this time in milliseconds since 1970.
    pub fn new(entry: &Entry<'_>, place: Place, at: i64) -> Past {
        Past {
            room: entry.room.into(),
            id: entry.id,
            place,
            at,
            kind: entry.kind,
            from: entry.from.into(),
            text: entry.text.into(),
            more: entry.more,
            refers: entry.refers,
            state: State::AsSaid,
            is_proved: entry.is_proved,
            re: None,
        }
    }

    /// It as an entry.
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            kind: self.kind,
            room: &self.room,
            id: self.id,
            from: &self.from,
            text: &self.text,
            more: self.more,
            refers: self.refers,
            is_proved: self.is_proved,
        }
    }

    /// Whether it was said, and not deleted.
    pub fn is_said(&self) -> bool {
        matches!(self.kind, Kind::Line | Kind::Action) && self.state != State::Deleted
    }
}

/// What became of a line since it was said; the numbers are those in the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing.
    AsSaid = 0,
    /// It was corrected: this is its text now.
    Edited = 1,
    /// It was deleted: it has no text any more.
    Deleted = 2,
}

impl State {
    /// The state of this number.
    pub fn of(number: i64) -> Option<State> {
        let all = [State::AsSaid, State::Edited, State::Deleted];
        all.into_iter().find(|state| *state as i64 == number)
    }
}

/// What an answer is for: a variant for each kind of question.
#[derive(Debug)]
pub enum Purpose {
    /// A page of lines of before; so many more may be asked for if it has none to tell.
    Page(Query, usize),
    /// What somebody has missed of the room at this place among those.
    CatchUp(usize),
}

/// The open questions. See the top of this file.
#[derive(Debug)]
pub(super) struct Recalls<P> {
    open: BTreeMap<Id, (u64, P)>,
    last: u64,
}

impl Hub {
    /// Asks the archive; the answer comes to [`Hub::recalled`] with this purpose.
    ///
    /// # Errors
    /// If it cannot be asked now.
    pub fn recall(
        &mut self,
        asker: Id,
        rooms: Vec<Box<str>>,
        (wish, most): (Wish, usize),
        purpose: Purpose,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Unreadable> {
        if self.archive.is_none() {
            return Err(Unreadable::NotKept);
        }
        let number = self.recalls.open(asker, purpose)?;
        effects.push(Effect::Recall(Recall {
            asker,
            number,
            rooms,
            wish,
            most,
        }));
        Ok(())
    }

    /// The answer to a question, when it is this time in milliseconds since 1970.
    pub fn recalled(
        &mut self,
        (now, wall): (Time, i64),
        recalled: Recalled,
        effects: &mut Vec<Effect>,
    ) {
        let Some(purpose) = self.recalls.close(recalled.asker, recalled.number) else {
            return;
        };
        if self.users.standing(recalled.asker) == Standing::Gone {
            return;
        }
        let (who, found) = (recalled.asker, recalled.found);
        match purpose {
            Purpose::Page(query, tries) => {
                self.take_page(now, who, (query, tries), found, effects);
            }
            Purpose::CatchUp(at) => self.take_missed((now, wall), (who, at), found, effects),
        }
    }
}

impl<P> Recalls<P> {
    /// Opens a question; its number.
    fn open(&mut self, asker: Id, purpose: P) -> Result<u64, Unreadable> {
        if self.open.contains_key(&asker) {
            return Err(Unreadable::Busy);
        }
        self.last += 1;
        self.open.insert(asker, (self.last, purpose));
        Ok(self.last)
    }

    /// Closes a question, if it is open.
    fn close(&mut self, asker: Id, number: u64) -> Option<P> {
        self.open.get(&asker).filter(|open| open.0 == number)?;
        self.open.remove(&asker).map(|(_, purpose)| purpose)
    }
}

impl<P> Default for Recalls<P> {
    fn default() -> Recalls<P> {
        Recalls {
            open: BTreeMap::new(),
            last: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_at_a_time_and_only_its_own_answer() {
        let mut recalls = Recalls::default();
        let id = |index| Id {
            index,
            generation: 0,
        };
        let first = recalls.open(id(0), "a").expect("none is open");
        assert_eq!(recalls.open(id(0), "b"), Err(Unreadable::Busy));
        let other = recalls.open(id(1), "c").expect("another asker");
        assert_eq!(recalls.close(id(0), other), None);
        assert_eq!(recalls.close(id(0), first), Some("a"));
        assert_eq!(recalls.close(id(0), first), None);
        let next = recalls.open(id(0), "d").expect("it was closed");
        assert_eq!(recalls.close(id(0), next), Some("d"));
        assert_eq!(recalls.close(id(1), other), Some("c"));
    }
}
