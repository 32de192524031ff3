//! Lists of what was said: all that the rooms were told, as their observers read it, and what of it the archive
//! took. They know no pages.

use std::collections::VecDeque;

use papo_server::hub::archive::entry::Kind;
use papo_server::limits::HISTORY_LINES;

use crate::about::Deed;
use crate::answers::Told;
use crate::asking::ROOMS;
use crate::lines::{Entry, Event, Form, entries};
use crate::net::Net;
use crate::recalls::millis;
use crate::shelf::Kept;

/// A line that was said. Its first word is that of no other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) room: usize,
    pub(crate) from: String,
    pub(crate) text: String,
    is_action: bool,
    is_edited: bool,
    pub(crate) is_deleted: bool,
    pub(crate) at: i64,
}

/// See the top of this file.
pub(crate) struct Lists {
    /// Who reads all of a room, and how much of that was looked at.
    pub(crate) observers: Vec<(usize, usize)>,
    /// Of each room: what was there before, and what its observer was told.
    before: Vec<Vec<Row>>,
    told: Vec<Vec<Event>>,
}

impl Row {
    pub(crate) fn token(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    pub(crate) fn told(&self) -> Told {
        Told {
            from: self.from.clone(),
            text: self.text.clone(),
            is_action: self.is_action,
            is_edited: self.is_edited,
        }
    }

    fn change(&mut self, text: Option<&str>) {
        self.is_deleted |= text.is_none();
        self.is_edited |= text.is_some();
        self.text = text.unwrap_or(self.token()).to_owned();
    }
}

impl Lists {
    pub(crate) fn new(kept: &[Kept]) -> Lists {
        let mut lists = Lists {
            observers: Vec::new(),
            before: vec![Vec::new(); ROOMS.len()],
            told: vec![Vec::new(); ROOMS.len()],
        };
        for row in lists.rows(kept) {
            lists.before[row.room].push(row);
        }
        lists
    }

    /// What the observers have been told since.
    pub(crate) fn read(&mut self, net: &Net) {
        for (room, (link, seen)) in self.observers.iter_mut().enumerate() {
            let new = &net.links[*link].written[*seen..];
            *seen += new.len();
            let is_said = |entry| match entry {
                Entry::Event(event, _) => match event {
                    Event::Said { .. } | Event::Acted { .. } | Event::About(_) => Some(event),
                    _ => None,
                },
                _ => None,
            };
            let new = entries(new, Form::Papo).into_iter().filter_map(is_said);
            self.told[room].extend(new);
        }
    }

    /// How much was said in each room.
    pub(crate) fn said(&self) -> Vec<usize> {
        self.told.iter().map(Vec::len).collect()
    }

    /// The word of somebody's last line.
    pub(crate) fn last_of(&self, name: &str) -> Option<String> {
        let all = (0..ROOMS.len()).flat_map(|room| self.all(room, self.told[room].len()).0);
        let mut own = all.filter(|row| row.from == name && !row.is_deleted);
        own.next_back().map(|row| row.token().to_owned())
    }

    /// What was said in a room up to such an event, and the last lines in memory then, by their places.
    fn all(&self, room: usize, said: usize) -> (Vec<Row>, VecDeque<usize>) {
        let mut rows = self.before[room].clone();
        let here = rows.iter().enumerate().filter(|(_, row)| !row.is_deleted);
        let mut memory: VecDeque<usize> = here.map(|(at, _)| at).collect();
        for event in &self.told[room][..said] {
            match event {
                Event::Said { from, text } | Event::Acted { from, text } => {
                    memory.push_back(rows.len());
                    rows.push(Row {
                        room,
                        from: from.clone(),
                        text: text.clone(),
                        is_action: matches!(event, Event::Acted { .. }),
                        is_edited: false,
                        is_deleted: false,
                        at: 0,
                    });
                }
                Event::About(about) => {
                    let own = |row: &Row| row.from == about.by && !row.is_deleted;
                    let at = rows.iter().rposition(own).expect("their last line");
                    let text = match about.deed {
                        Deed::Deleted => None,
                        _ => Some(about.text.as_str()),
                    };
                    rows[at].change(text);
                    memory.retain(|place| !rows[*place].is_deleted);
                }
                _ => {}
            }
            let excess = memory.len().saturating_sub(HISTORY_LINES);
            memory.drain(..excess);
        }
        let excess = memory.len().saturating_sub(HISTORY_LINES);
        memory.drain(..excess);
        (rows, memory)
    }

    /// What can be told of a room then: lines in memory, and those among the rows of the archive.
    pub(crate) fn merged(&self, room: usize, said: usize, kept: &[Row]) -> Vec<Row> {
        let (all, memory) = self.all(room, said);
        let of_archive = |row: &Row| {
            let mut own = kept.iter().filter(|kept| kept.room == room);
            own.find(|kept| kept.token() == row.token()).cloned()
        };
        let told = all.iter().enumerate().filter_map(|(at, row)| {
            let is_known = row.is_deleted || memory.contains(&at);
            if is_known {
                Some(row.clone())
            } else {
                of_archive(row)
            }
        });
        told.collect()
    }

    /// What was said, as these rows of the archive have it.
    pub(crate) fn rows(&self, kept: &[Kept]) -> Vec<Row> {
        let mut rows: Vec<(&Kept, Row)> = Vec::new();
        for entry in kept {
            let Some(room) = ROOMS.iter().position(|room| *room == entry.room) else {
                continue;
            };
            match entry.kind {
                Kind::Line | Kind::Action => {
                    let row = Row {
                        room,
                        from: entry.from.clone(),
                        text: entry.text.clone(),
                        is_action: entry.kind == Kind::Action,
                        is_edited: false,
                        is_deleted: false,
                        at: millis(entry.at),
                    };
                    rows.push((entry, row));
                }
                Kind::Edited | Kind::Deleted => {
                    let is_meant = |(said, row): &&mut (&Kept, Row)| {
                        row.room == room && Some(said.id) == entry.refers
                    };
                    if let Some((_, row)) = rows.iter_mut().find(is_meant) {
                        let text = Some(entry.text.as_str());
                        row.change(text.filter(|_| entry.kind == Kind::Edited));
                    }
                }
                _ => {}
            }
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// What the archive has of a room is what its observer was told.
    pub(crate) fn check(&self, kept: &[Kept]) {
        let rows = self.rows(kept);
        for room in 0..ROOMS.len() {
            let (all, _) = self.all(room, self.told[room].len());
            let mut all = all.iter();
            for row in rows.iter().filter(|row| row.room == room) {
                let told = all.find(|told| told.token() == row.token());
                let is_same = told.is_some_and(|told| {
                    told.told() == row.told() && told.is_deleted == row.is_deleted
                });
                assert!(is_same, "{row:?} was told as {told:?}");
            }
        }
    }
}
