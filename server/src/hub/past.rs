//! Lines of rooms from their entries: what was told once is told again, to a program that has missed it.
//! Nothing here decides who gets which.

use std::rc::Rc;
use std::time::Duration;

use super::archive::entry::{Entry, Kind, LineId};
use super::notice::{Crowd, Gone, Notice};
use super::refer::{Deed, Quote, Reference};
use crate::hub::name::Name;
use crate::limits::QUOTE_BYTES;

/// A line that is told again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Again {
    /// How long ago it was told first.
    pub age: Duration,
    /// Its id.
    pub id: LineId,
    /// What was told.
    pub notice: Notice,
}

/// Bytes around the text of a line: time, room, number, name, and the words of a line that nobody said.
pub(super) const AROUND: usize = 200;

impl Again {
    /// About as many bytes as it is told in at most: as JSON, which has quotes and backslashes twice.
    pub(super) fn bytes(&self) -> usize {
        let text = match &self.notice {
            Notice::Public { text, .. } | Notice::Action { text, .. } => escaped(text),
            Notice::TopicChanged { topic, .. } => {
                2 * AROUND + 2 * topic.as_ref().map_or(0, |topic| escaped(topic))
            }
            Notice::Announced(text) => escaped(text),
            Notice::Refer(reference) => match &reference.deed {
                Deed::Replied(text) => AROUND + escaped(text) + QUOTE_BYTES,
                Deed::Edited(text) => escaped(text),
                Deed::Reacted(_) | Deed::Deleted | Deed::Pinned | Deed::Unpinned => 3 * AROUND,
            },
            Notice::Left {
                why: Gone::Quit(words) | Gone::Kicked(words) | Gone::Banned(words),
                ..
            } => 2 * AROUND + escaped(words),
            _ => 2 * AROUND,
        };
        AROUND + text
    }
}

/// Bytes of a text in JSON.
fn escaped(text: &str) -> usize {
    let twice = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    text.len() + twice.count()
}

/// Why lines that a program has missed are not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cannot {
    /// The room's lines are counted anew.
    EpochChanged,
    /// Not all of them are kept any more.
    TooFarBack,
    /// There was no such line, or the program was not in that room.
    NotKnown,
    /// They cannot be read from disk.
    Unreadable,
}

impl Entry<'_> {
    /// The notice that became this entry; none if it was none.
    pub(super) fn notice(&self) -> Option<Notice> {
        let text: Rc<str> = self.text.into();
        if let Some(line) = self.refers {
            return self.reference(line, text);
        }
        let topic = Some(text.clone()).filter(|text| !text.is_empty());
        Some(match self.kind {
            Kind::Line => Notice::Public {
                from: self.name()?,
                text,
            },
            Kind::Action => Notice::Action {
                from: self.name()?,
                text,
            },
            Kind::Topic => Notice::TopicChanged {
                who: self.name()?,
                topic,
            },
            Kind::Joined => match self.crowd() {
                Some(crowd) => Notice::Joined(crowd),
                None => Notice::DirectJoined(self.from.into()),
            },
            Kind::Back => Notice::Back(self.crowd()?),
            Kind::Left => match (self.crowd(), gone(self.text)) {
                (Some(who), why) => Notice::Left { who, why },
                (None, why) => Notice::DirectLeft {
                    email: self.from.into(),
                    why,
                },
            },
            Kind::Went => Notice::Went {
                who: self.name()?,
                room: Name::parse(self.text).ok()?,
            },
            Kind::Renamed => Notice::Renamed {
                from: self.name()?,
                to: Name::parse(self.text).ok()?,
            },
            Kind::Announced => Notice::Announced(text),
            Kind::Hole => Notice::Skipped { lines: self.more },
            _ => return None,
        })
    }

    /// What somebody did about another line. Programs are told the line's id alone.
    fn reference(&self, line: LineId, text: Rc<str>) -> Option<Notice> {
        let by = self.name()?;
        let deed = match self.kind {
            Kind::Edited => Deed::Edited(text),
            Kind::Deleted => Deed::Deleted,
            Kind::Reacted => Deed::Reacted(text),
            Kind::Pinned => Deed::Pinned,
            Kind::Unpinned => Deed::Unpinned,
            _ => Deed::Replied(text),
        };
        let quote = Quote {
            id: line,
            from: by.clone(),
            text: "".into(),
        };
        Some(Notice::Refer(Box::new(Reference { by, quote, deed })))
    }

    /// Who said it, if it was said.
    pub(super) fn speaker(&self) -> Option<Name> {
        let is_said = matches!(self.kind, Kind::Line | Kind::Action) || self.refers.is_some();
        self.name().filter(|_| is_said)
    }

    fn name(&self) -> Option<Name> {
        Name::parse(self.from).ok()
    }

    fn crowd(&self) -> Option<Crowd> {
        let names = self.from.split(", ").map(Name::parse);
        let others = usize::try_from(self.more).ok()?;
        let names = names.collect::<Result<_, _>>().ok()?;
        Some(Crowd { names, others })
    }
}

/// Why somebody left, by what the log calls it and their words.
fn gone(text: &str) -> Gone {
    let (label, words) = text.split_once(": ").unwrap_or((text, ""));
    let known = [
        Gone::Quit(words.into()),
        Gone::Hangup,
        Gone::Lost,
        Gone::Kicked(words.into()),
        Gone::Banned(words.into()),
        Gone::Stuck,
        Gone::Overflow,
        Gone::LongLines,
        Gone::Elsewhere,
        Gone::Memory,
        Gone::Stopping,
    ];
    let found = known.into_iter().find(|why| why.label() == label);
    found.unwrap_or(Gone::Lost)
}
