//! The last lines of one room, and page by page those before them: from memory what memory has, and what is
//! older from the archive.
//!
//! Lines that the archive could not take are in memory alone, and those that memory has forgotten are in the
//! archive alone. Invariant: pages join without a line twice, and without one missing that either of them has.

use super::{Asked, Misled, Query, Source, Start, Told, keep_last};
use crate::hub::archive::entry::LineId;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::notice::{Complaint, Notice, Said};
use crate::hub::recall::{Found, Purpose, Unreadable, Wish};
use crate::hub::{Hub, Time, refuse, tell};
use crate::limits::{HISTORY_LINES, PAGE_LINES, PAGES_SEARCHED};

impl Hub {
    /// Tells the last lines of one of a user's rooms.
    pub(in crate::hub) fn tell_history(
        &mut self,
        now: Time,
        id: Id,
        lines: usize,
        room: Option<&str>,
        effects: &mut Vec<Effect>,
    ) {
        match self.own_room(id, room) {
            Ok(room) => {
                let room = self.rooms[room].name.clone();
                let query = Query {
                    most: lines.min(HISTORY_LINES),
                    ..Query::of(Asked::Last, vec![room])
                };
                self.look_back(now, id, query, PAGES_SEARCHED, effects);
            }
            Err(complaint) => refuse(id, complaint, effects),
        }
    }

    /// Tells a page, if memory has all of it, or else asks for what is older.
    pub(super) fn look_back(
        &mut self,
        now: Time,
        id: Id,
        mut query: Query,
        tries: usize,
        effects: &mut Vec<Effect>,
    ) {
        let said = self.in_memory(now, id, &query);
        if said.len() >= query.most || self.archive.is_none() {
            return self.tell_back(id, query, said, self.archive.is_some(), effects);
        }
        query.joint = said.first().map(|told| told.said.id);
        let wish = match query.joint {
            Some(line) => Wish::Before { line },
            None => query.wish(),
        };
        let rooms = query.rooms.iter().map(|room| room.key().into()).collect();
        let most = query.most - said.len();
        let purpose = Purpose::Page(query.clone(), tries);
        match self.recall(id, rooms, (wish, most), purpose, effects) {
            Ok(()) => {}
            Err(Unreadable::Busy) => {
                self.expect_again(id, query);
                refuse(id, Complaint::Look(Misled::StillLooking), effects);
            }
            Err(why) => self.tell_unread(id, query, said, why, effects),
        }
    }

    /// What the archive has before the lines that memory has; so many more pages may be asked for.
    pub(super) fn take_back(
        &mut self,
        now: Time,
        id: Id,
        (mut query, tries): (Query, usize),
        found: Result<Found, Unreadable>,
        effects: &mut Vec<Effect>,
    ) {
        let said = self.in_memory(now, id, &query);
        let found = match found {
            Ok(found) => found,
            Err(why) => return self.tell_unread(id, query, said, why, effects),
        };
        let first = said.first().map(|told| told.said.id);
        if first != query.joint {
            // Memory has forgotten lines meanwhile, or has its first ones.
            return match tries {
                0 => self.tell_unread(id, query, said, Unreadable::Busy, effects),
                _ => self.look_back(now, id, query, tries - 1, effects),
            };
        }
        let older = found.lines.into_iter();
        let mut lines: Vec<Told> = older.filter_map(|past| self.told(id, past)).collect();
        lines.extend(said);
        if lines.is_empty()
            && let Some(place) = found.more
        {
            query.start = Start::At(place);
            if tries > 0 {
                return self.look_back(now, id, query, tries - 1, effects);
            }
        }
        let is_cut = keep_last(&mut lines, query.most);
        let has_more = is_cut || found.more.is_some();
        self.tell_back(id, query, lines, has_more, effects);
    }

    fn tell_back(
        &mut self,
        id: Id,
        query: Query,
        lines: Vec<Told>,
        has_more: bool,
        effects: &mut Vec<Effect>,
    ) {
        let next = query.clone().before(&lines);
        self.tell_page(id, query, (lines, has_more, Source::Archive), effects);
        match has_more {
            true => self.pages.insert(id, next),
            false => self.pages.remove(&id),
        };
    }

    /// What is older cannot be read. It may be asked for again.
    fn tell_unread(
        &mut self,
        id: Id,
        query: Query,
        lines: Vec<Told>,
        why: Unreadable,
        effects: &mut Vec<Effect>,
    ) {
        let next = query.clone().before(&lines);
        if !lines.is_empty() {
            self.tell_page(id, query, (lines, false, Source::Archive), effects);
        }
        tell(id, Notice::Unread(why), effects);
        self.expect_again(id, next);
    }

    /// The lines that memory has of those, oldest first.
    fn in_memory(&self, now: Time, id: Id, query: &Query) -> Vec<Told> {
        let name = &query.rooms[0];
        let Ok(room) = self.own_room(id, Some(name.shown())) else {
            return Vec::new();
        };
        let mut said = self.history_for(now, id, room, HISTORY_LINES);
        let end = match query.start {
            Start::Open => said.len(),
            Start::Before(line) => {
                let is_end = |said: &Said| {
                    let LineId { epoch, number } = said.id;
                    epoch == line.epoch && number >= line.number
                };
                said.iter().position(is_end).unwrap_or(0)
            }
            Start::At(_) => 0,
        };
        said.truncate(end);
        let told = |said| Told {
            room: name.clone(),
            at: None,
            said,
        };
        said.into_iter()
            .skip(end.saturating_sub(query.most))
            .map(told)
            .collect()
    }
}

impl Query {
    /// The next page, before these lines.
    fn before(self, lines: &[Told]) -> Query {
        let first = lines.first().map(|told| told.said.id);
        Query {
            asked: Asked::Earlier,
            start: first.map_or(self.start, Start::Before),
            most: PAGE_LINES,
            ..self
        }
    }
}
