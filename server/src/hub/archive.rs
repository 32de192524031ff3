//! The archive's side in the hub: what is said in rooms becomes entries, each with the id of its line.
//! The entries of a turn are in one buffer, as bytes, which is used again. Where they go is not known here.
//!
//! Each line of a room has an id and is kept: public ones, actions, topics, joins, leaves, changes of name
//! and room, and announcements. Private lines never are.
//!
//! Invariant: no id is given twice, whether or not anything is kept. Within an epoch of a room each line has
//! the number after the last one's. A room that was not known has an epoch that no other room ever had, and
//! so has one after lines of it were lost.

pub mod entry;
mod holes;
pub mod record;
pub mod short;

use super::effect::RoomId;
use super::notice::{Gone, Notice, Said, SaidKind};
use super::refer::{Author, Deed, Reference};
use super::rooms::Remains;
use super::{Crowd, Hub, Id, Outcome, Rank, Time, tell};
use crate::hub::effect::Effect;
use crate::hub::history::{History, Line};
use crate::hub::name::Name;
use entry::{Entry, Kind, LineId, entries};
use holes::Holes;
use record::Recorded;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::rc::Rc;

/// What the archive has of a room when the server starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remembered {
    /// What it is called.
    pub name: Name,
    /// What it is about.
    pub topic: Option<Rc<str>>,
    /// Its last line, if the numbers can go on after it.
    pub last: Option<LineId>,
    /// Its last public lines, oldest first.
    pub said: Vec<Said>,
    /// Its pinned lines.
    pub pins: Vec<Said>,
    /// Those of all these lines whose speakers had proved that their names are theirs.
    pub proved: BTreeSet<LineId>,
}

/// What is known from before the start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Before {
    /// Rooms, the one that was spoken in most recently last.
    pub rooms: Vec<Remembered>,
    /// Places of users, the one left longest ago first, and last those that somebody had to the end.
    pub places: Vec<Recorded>,
}

/// See the top of this file.
#[derive(Default)]
pub(super) struct Archive {
    /// The entries since they were last handed over.
    entries: Vec<u8>,
    /// How many they are.
    count: u64,
    holes: Holes,
    /// Holes, entries and records together, when there are not entries alone.
    batch: Vec<u8>,
}

/// Where a line becomes an entry.
#[derive(Default)]
pub(super) struct Noted {
    entries: Vec<u8>,
    count: u64,
    /// Whether who says the next line has proved that their name is theirs.
    pub(super) is_proved: bool,
    /// For names that are put together.
    text: String,
}

impl Hub {
    /// New epochs begin with this one, which no earlier server gave.
    pub fn begin_epochs(&mut self, epoch: u64) {
        self.next_epoch = epoch;
    }

    /// Keep what is said from here on, and go on with what is known.
    pub fn begin_archive(&mut self, now: Time, before: Before) {
        self.archive = Some(Archive::default());
        self.rooms.keep_closed();
        for room in before.rooms {
            let mut history = History::default();
            let first = room.said.first().map(|said| said.id);
            let before = first.map(|id| LineId {
                number: id.number.saturating_sub(1),
                ..id
            });
            before
                .or(room.last)
                .into_iter()
                .for_each(|line| history.begin_after(line));
            for said in room.said {
                let by = self.author_before(&said, &room.proved);
                history.push(now, 0, said, by);
            }
            let pins = room.pins.into_iter().map(|said| {
                let by = self.author_before(&said, &room.proved);
                Line::new(now, said, by)
            });
            let remains = Remains {
                history,
                topic: room.topic,
                pins: pins.collect(),
                last: room.last,
            };
            self.rooms.restore(room.name, remains);
        }
        self.begin_places(now, before.places);
    }

    /// Whose the next line is that somebody says; it is noted with whether they have proved their name.
    pub(super) fn author_of_next(&mut self, id: Id) -> Author {
        let by = self.author(id);
        self.noted.is_proved = by.proved.is_some();
        by
    }

    /// Whose a line of before the start is: its owner's, if who said it had proved their name, which is still
    /// the same registration.
    fn author_before(&self, said: &Said, proved: &BTreeSet<LineId>) -> Author {
        let is_proved = proved.contains(&said.id);
        let number = is_proved.then(|| self.accounts.number_then(said.from.key(), said.age));
        Author {
            proved: number.flatten(),
            ..Author::UNKNOWN
        }
    }

    /// Whether anything was said, or places have changed, since it was last handed over.
    pub fn has_entries(&self) -> bool {
        let archive = self.archive.as_ref();
        archive.is_some_and(|archive| archive.count > 0) || self.has_places_to_write()
    }

    /// The entries and records that are to be kept; none is an empty slice. Then comes `archived` or
    /// `not_archived`.
    pub fn to_archive(&mut self) -> &[u8] {
        let Some(mut archive) = self.archive.take() else {
            return &[];
        };
        let records = self.write_places();
        let is_plain = archive.holes.is_empty() && records.is_empty();
        archive.batch.clear();
        if !is_plain {
            archive.holes.write(&mut archive.batch);
            archive.batch.extend_from_slice(&archive.entries);
            archive.batch.extend_from_slice(records);
        }
        let archive = self.archive.insert(archive);
        match is_plain {
            true => &archive.entries,
            false => &archive.batch,
        }
    }

    /// They will be kept. Returns how many lines that are.
    pub fn archived(&mut self) -> u64 {
        self.places_accepted();
        let Some(archive) = &mut self.archive else {
            return 0;
        };
        archive.entries.clear();
        archive.batch = Vec::new();
        archive.holes.clear() + std::mem::take(&mut archive.count)
    }

    /// They will not be kept now: a hole in each of their rooms, which go on in other epochs. Returns how
    /// many lines were lost.
    pub fn not_archived(&mut self) -> u64 {
        self.places_refused();
        let Some(archive) = &mut self.archive else {
            return 0;
        };
        for entry in entries(&archive.entries) {
            if let Ok(name) = Name::parse(entry.room) {
                self.rooms.end_epoch(&name);
            }
            archive.count -= u64::from(archive.holes.add(&entry));
        }
        archive.entries.clear();
        std::mem::take(&mut archive.count)
    }

    /// Whether lines were lost and their holes are not in the archive yet, or places were refused.
    pub fn has_holes(&self) -> bool {
        let archive = self.archive.as_ref();
        archive.is_some_and(|archive| !archive.holes.is_empty()) || self.has_refused_places()
    }

    /// Tells the operators among the users that what is said is not kept, or that it is again.
    pub fn tell_archive(&mut self, now: Time, outcome: &Outcome, effects: &mut Vec<Effect>) {
        let users = self.users.iter();
        let operators = users.filter(|(_, user)| user.rank == Rank::Operator);
        let operators: Vec<Id> = operators.map(|(id, _)| id).collect();
        for id in operators {
            self.arrived(now, id, effects);
            tell(id, Notice::Ordered(outcome.clone()), effects);
        }
    }

    /// The last line of a room; before its first one in an epoch, number 0.
    pub(super) fn last_line(&mut self, room: RoomId) -> LineId {
        let next = &mut self.next_epoch;
        *self.rooms[room].last.get_or_insert_with(|| {
            let epoch = *next;
            *next += 1;
            LineId { epoch, number: 0 }
        })
    }

    /// Notes a line of a room, whether or not anybody reads it. Returns its id.
    pub(super) fn note(&mut self, room: RoomId, notice: &Notice) -> LineId {
        let id = self.last_line(room).next();
        let of = &mut self.rooms[room];
        of.last = Some(id);
        self.noted.count = 0;
        self.noted.entries.clear();
        self.noted.note(&of.name, id, notice);
        self.rooms
            .keep_recent(room, self.now, id, &self.noted.entries);
        if let Some(archive) = &mut self.archive {
            archive.entries.extend_from_slice(&self.noted.entries);
            archive.count += self.noted.count;
        }
        id
    }
}

impl Noted {
    fn note(&mut self, room: &Name, id: LineId, notice: &Notice) {
        match notice {
            Notice::Public { from, text } => self.add_said(room, id, Kind::Line, from, text),
            Notice::Action { from, text } => self.add_said(room, id, Kind::Action, from, text),
            Notice::TopicChanged { who, topic } => {
                let topic = topic.as_deref().unwrap_or_default();
                self.add(room, id, Kind::Topic, who.shown(), topic, 0);
            }
            Notice::Went { who, room: to } => {
                self.add(room, id, Kind::Went, who.shown(), to.shown(), 0);
            }
            Notice::Renamed { from, to } => {
                self.add(room, id, Kind::Renamed, from.shown(), to.shown(), 0);
            }
            Notice::Refer(reference) => self.note_reference(room, id, reference),
            Notice::Announced(text) => self.add(room, id, Kind::Announced, "", text, 0),
            Notice::DirectJoined(email) => self.add(room, id, Kind::Joined, email, "", 0),
            Notice::DirectLeft { email, why } => {
                self.add(room, id, Kind::Left, email, why.label(), 0);
            }
            Notice::Joined(crowd) => self.add_crowd(room, id, Kind::Joined, crowd, ""),
            Notice::Back(crowd) => self.add_crowd(room, id, Kind::Back, crowd, ""),
            Notice::Left { who, why } => {
                let words = match why {
                    Gone::Quit(words) | Gone::Kicked(words) | Gone::Banned(words) => words,
                    _ => "",
                };
                let why = match words {
                    "" => why.label().to_owned(),
                    words => format!("{}: {words}", why.label()),
                };
                self.add_crowd(room, id, Kind::Left, who, &why);
            }
            _ => {}
        }
    }

    fn note_reference(&mut self, room: &Name, id: LineId, reference: &Reference) {
        let (kind, text) = match &reference.deed {
            Deed::Replied(text) => (Kind::Line, &**text),
            Deed::Edited(text) => (Kind::Edited, &**text),
            Deed::Deleted => (Kind::Deleted, ""),
            Deed::Reacted(word) => (Kind::Reacted, &**word),
            Deed::Pinned => (Kind::Pinned, ""),
            Deed::Unpinned => (Kind::Unpinned, ""),
        };
        self.count += 1;
        let entry = Entry {
            kind,
            room: room.shown(),
            id,
            from: reference.by.shown(),
            text,
            more: 0,
            refers: Some(reference.quote.id),
            is_proved: std::mem::take(&mut self.is_proved),
        };
        entry.write(&mut self.entries);
    }

    fn add_said(&mut self, room: &Name, id: LineId, kind: Kind, from: &Name, text: &str) {
        self.count += 1;
        let entry = Entry {
            kind,
            room: room.shown(),
            id,
            from: from.shown(),
            text,
            more: 0,
            refers: None,
            is_proved: std::mem::take(&mut self.is_proved),
        };
        entry.write(&mut self.entries);
    }

    fn add_crowd(&mut self, room: &Name, id: LineId, kind: Kind, who: &Crowd, text: &str) {
        let mut names = std::mem::take(&mut self.text);
        names.clear();
        for (n, name) in who.names.iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            // A string takes everything.
            let _ = write!(names, "{comma}{name}");
        }
        self.add(room, id, kind, &names, text, who.others as u64);
        self.text = names;
    }

    fn add(&mut self, room: &Name, id: LineId, kind: Kind, from: &str, text: &str, more: u64) {
        self.count += 1;
        let entry = Entry {
            kind,
            room: room.shown(),
            id,
            from,
            text,
            more,
            refers: None,
            is_proved: false,
        };
        entry.write(&mut self.entries);
    }
}

impl From<SaidKind> for Kind {
    fn from(kind: SaidKind) -> Kind {
        match kind {
            SaidKind::Line => Kind::Line,
            SaidKind::Action => Kind::Action,
        }
    }
}
