//! Lines of before, page by page: `/history` further back than memory, since a time and from a person;
//! `/search`; and `/more`. They are in the archive, whose answers come later; if nothing is kept, in memory.
//!
//! Nobody is told lines of a room they are not in when they ask, or of somebody they ignore. Invariant: an
//! answer is at most one page, and only users who may have a next one are in the table.

mod earlier;
mod page;

pub use page::{Asked, Look, Misled, Page, Source, Told, Zoning};

use std::time::Duration;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::archive::entry::{Kind, LineId};
use super::effect::Effect;
use super::id::Id;
use super::notice::{Complaint, Notice, Replay, Said, SaidKind};
use super::recall::{Found, Past, Place, Purpose, State, Unreadable, Wish};
use super::refer::Quote;
use super::{Hub, Time, refuse, tell};
use crate::hub::name::Name;
use crate::limits::{HISTORY_BYTES, HISTORY_LINES, PAGE_LINES, PAGES_SEARCHED};

/// A question with its place among the pages.
#[derive(Clone, Debug)]
pub struct Query {
    asked: Asked,
    rooms: Vec<Name>,
    /// The room that was named in the question.
    room: Option<Name>,
    start: Start,
    most: usize,
    /// The first line of the page that memory has; the archive was asked for those before it.
    joint: Option<LineId>,
}

/// Where a page starts.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// At the end of what was said, or at the time asked for.
    Open,
    /// Before or after this place.
    At(Place),
    /// Before this line.
    Before(LineId),
}

impl Hub {
    /// Lines of before.
    pub(super) fn look(&mut self, now: Time, id: Id, look: Look, effects: &mut Vec<Effect>) {
        match self.query(id, look) {
            Ok(query) if query.asked == Asked::Earlier => {
                self.look_back(now, id, query, PAGES_SEARCHED, effects);
            }
            Ok(query) => self.ask_page(now, id, query, PAGES_SEARCHED, effects),
            Err(complaint) => refuse(id, complaint, effects),
        }
    }

    /// An answer of the archive; so many more pages may be asked for if this one has nothing to tell.
    pub(super) fn take_page(
        &mut self,
        now: Time,
        id: Id,
        (query, tries): (Query, usize),
        found: Result<Found, Unreadable>,
        effects: &mut Vec<Effect>,
    ) {
        self.arrived(now, id, effects);
        if matches!(query.asked, Asked::Last | Asked::Earlier) {
            return self.take_back(now, id, (query, tries), found, effects);
        }
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                self.expect_again(id, query);
                return tell(id, Notice::Unread(why), effects);
            }
        };
        let source = match found.is_whole {
            true => Source::Archive,
            false => Source::Unfinished,
        };
        let lines = found.lines.into_iter();
        let lines: Vec<Told> = lines.filter_map(|past| self.told(id, past)).collect();
        let mut next = query.clone();
        match found.more {
            Some(place) => next.start = Start::At(place),
            None => next.start = Start::Open,
        }
        if lines.is_empty() && found.more.is_some() && tries > 0 {
            return self.ask_page(now, id, next, tries - 1, effects);
        }
        self.tell_page(id, query, (lines, found.more.is_some(), source), effects);
        if found.more.is_some() {
            self.pages.insert(id, next);
        } else {
            self.pages.remove(&id);
        }
    }

    /// A page was not told; if it was a next one, it may be asked for again.
    fn expect_again(&mut self, id: Id, query: Query) {
        match query.start {
            Start::Open => {}
            Start::At(_) | Start::Before(_) => drop(self.pages.insert(id, query)),
        }
    }

    /// In which zone somebody wants to be told times, perhaps before they have a name.
    pub(super) fn zone(&self, id: Id, what: Zoning, effects: &mut Vec<Effect>) {
        effects.push(Effect::Zone { who: id, what });
        if self.users.get(id).is_none() {
            self.ask_again(id, effects);
        }
    }

    /// What somebody asks for.
    fn query(&mut self, id: Id, look: Look) -> Result<Query, Complaint> {
        let (asked, room) = match look {
            Look::Since { at, ago, room } => (Asked::Since { at, ago }, room),
            Look::From { name, room } => {
                let name = Name::parse(&name).map_err(Complaint::BadName)?;
                (Asked::From(name), room)
            }
            Look::Search { text, within } => return self.search(id, text, within),
            Look::More => {
                let query = self
                    .pages
                    .remove(&id)
                    .ok_or(Complaint::Look(Misled::NothingMore))?;
                let is_in = |room: &Name| self.own_room(id, Some(room.shown())).is_ok();
                return match query.rooms.iter().find(|room| !is_in(room)) {
                    Some(room) => Err(Complaint::NotThere(room.clone())),
                    None => Ok(query),
                };
            }
        };
        let named = room.is_some();
        let room = self.own_room(id, room.as_deref())?;
        let room = self.rooms[room].name.clone();
        Ok(Query {
            room: named.then(|| room.clone()),
            ..Query::of(asked, vec![room])
        })
    }

    fn search(
        &self,
        id: Id,
        text: String,
        within: Option<(String, String)>,
    ) -> Result<Query, Complaint> {
        if let Some((words, room)) = within {
            match self.own_room(id, Some(&room)) {
                Ok(room) => {
                    let room = self.rooms[room].name.clone();
                    return Ok(Query {
                        room: Some(room.clone()),
                        ..Query::of(Asked::With(words.into()), vec![room])
                    });
                }
                Err(complaint) if room.starts_with('#') => return Err(complaint),
                // These may be words, too.
                Err(_) => {}
            }
        }
        let rooms = self.names_of(&self.users[id].rooms.in_order());
        Ok(Query::of(Asked::With(text.into()), rooms))
    }

    fn ask_page(
        &mut self,
        now: Time,
        id: Id,
        query: Query,
        tries: usize,
        effects: &mut Vec<Effect>,
    ) {
        let rooms = query.rooms.iter().map(|room| room.key().into()).collect();
        let wish = (query.wish(), query.most);
        let purpose = Purpose::Page(query.clone(), tries);
        match self.recall(id, rooms, wish, purpose, effects) {
            Ok(()) => {}
            Err(Unreadable::NotKept) => {
                let lines = self.remembered(now, id, &query);
                self.tell_page(id, query, (lines, false, Source::Memory), effects);
            }
            Err(why) => {
                self.expect_again(id, query);
                match why {
                    Unreadable::Busy => {
                        refuse(id, Complaint::Look(Misled::StillLooking), effects);
                    }
                    _ => tell(id, Notice::Unread(why), effects),
                }
            }
        }
    }

    fn tell_page(
        &self,
        id: Id,
        query: Query,
        (lines, has_more, source): (Vec<Told>, bool, Source),
        effects: &mut Vec<Effect>,
    ) {
        if lines.is_empty()
            && query.asked == Asked::Last
            && let Some(room) = query.rooms.first()
            && let Ok(room) = self.own_room(id, Some(room.shown()))
        {
            return self.tell_said(id, room, Vec::new(), Replay::Asked, effects);
        }
        let here = self.rooms[self.users[id].rooms.spoken()].name.clone();
        let page = Page {
            asked: query.asked,
            room: query.room,
            here,
            lines,
            has_more,
            source,
        };
        tell(id, Notice::Page(Box::new(page)), effects);
    }

    /// A line of the archive, unless its speaker is ignored.
    fn told(&self, id: Id, past: Past) -> Option<Told> {
        let kind = match past.kind {
            Kind::Line => SaidKind::Line,
            Kind::Action => SaidKind::Action,
            _ => return None,
        };
        let from = Name::parse(&past.from).ok()?;
        let re = past.re.and_then(|answered| self.quoted(id, *answered));
        let said = Said {
            id: past.id,
            from,
            text: past.text.into(),
            kind,
            age: Duration::ZERO,
            is_edited: past.state == State::Edited,
            re,
        };
        (!self.ignores.ignores_name(id, &said.from)).then_some(Told {
            room: Name::parse(&past.room).ok()?,
            at: Some(past.at),
            said,
        })
    }

    /// A line that another one answers, unless its speaker is ignored.
    fn quoted(&self, id: Id, past: Past) -> Option<Box<Quote>> {
        let from = Name::parse(&past.from).ok()?;
        let quote = Quote {
            id: past.id,
            text: past.text.into(),
            from,
        };
        (!self.ignores.ignores_name(id, &quote.from)).then(|| Box::new(quote))
    }

    /// What memory has, oldest first: of one room all, of several the newest lines.
    fn remembered(&self, now: Time, id: Id, query: &Query) -> Vec<Told> {
        let mut lines = Vec::new();
        for name in &query.rooms {
            let Ok(room) = self.own_room(id, Some(name.shown())) else {
                continue;
            };
            let said = self.history_for(now, id, room, HISTORY_LINES);
            let wanted = said.into_iter().filter(|said| query.wants(said));
            lines.extend(wanted.map(|said| Told {
                room: name.clone(),
                at: None,
                said,
            }));
        }
        lines.sort_by_key(|told| std::cmp::Reverse(told.said.age));
        keep_last(&mut lines, HISTORY_LINES);
        lines
    }
}

/// Leaves the last lines, so many that they fit on a page; whether it removed any.
fn keep_last(lines: &mut Vec<Told>, most: usize) -> bool {
    let mut bytes = 0;
    let fits = |told: &&Told| {
        bytes += told.said.text.len();
        bytes <= HISTORY_BYTES
    };
    let newest = lines.iter().rev().take(most);
    let count = newest.take_while(fits).count().max(1).min(lines.len());
    let cut = lines.len() - count;
    lines.drain(..cut);
    cut > 0
}

impl Query {
    fn of(asked: Asked, rooms: Vec<Name>) -> Query {
        Query {
            asked,
            rooms,
            room: None,
            start: Start::Open,
            most: PAGE_LINES,
            joint: None,
        }
    }

    fn wish(&self) -> Wish {
        let place = match self.start {
            Start::Open => None,
            Start::At(place) => Some(place),
            Start::Before(line) => return Wish::Before { line },
        };
        match &self.asked {
            Asked::Last | Asked::Earlier => Wish::Last { before: place },
            Asked::Since { at, .. } => Wish::Since {
                at: *at,
                after: place,
            },
            Asked::From(name) => Wish::From {
                name: name.key().into(),
                before: place,
            },
            Asked::With(words) => Wish::Search {
                words: (&**words).into(),
                before: place,
            },
        }
    }

    /// Whether a line that memory has is one of those.
    fn wants(&self, said: &Said) -> bool {
        match &self.asked {
            Asked::Last | Asked::Earlier => true,
            Asked::Since { ago, .. } => said.age <= *ago,
            Asked::From(name) => said.from == *name,
            Asked::With(words) => {
                let text = folded(&said.text);
                folded(words)
                    .split_whitespace()
                    .all(|word| text.contains(word))
            }
        }
    }
}

/// Without case, accents, and the marks that searching knows.
fn folded(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    let bare = bare.filter(|c| !matches!(c, '"' | '*'));
    bare.flat_map(char::to_lowercase).collect()
}
