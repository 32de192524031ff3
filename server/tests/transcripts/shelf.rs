//! The archive of a transcript: what it was handed, given to the hub of the next server.
//!
//! | direction | means |
//! |---|---|
//! | `-- what is said is kept --` | from here on, at the top |
//! | `-- the server starts again --` | all conns are gone; what was kept is all that is left |
//! | `-- the archive cannot be read --`, `... is busy --`, `... can be read --` | so questions are answered |
//! | `-- the archive fails --`, `... works, 3 are missing --` | operators are told |

use std::collections::BTreeSet;
use std::time::Duration;

use papo_server::hub::archive::entry::{Entry, Kind, entries};
use papo_server::hub::name::Name;
use papo_server::hub::recall::{Found, Past, Place, Recall, Recalled, Unreadable, Wish};
use papo_server::hub::{Before, Hub, Outcome, Quote, Remembered, Said, SaidKind, Time};

use super::Stage;
use super::text::clock;

/// Rooms, the one spoken in last at the end; ages as of `at`.
#[derive(Default)]
pub(super) struct Shelf {
    rooms: Vec<Remembered>,
    at: Time,
    lines: Vec<Past>,
    /// Asked in this turn.
    pub(super) questions: Vec<Recall>,
    unreadable: Option<Unreadable>,
}

impl Stage {
    /// Does this direction if it is about the archive.
    pub(super) fn of_archive(&mut self, direction: &str) -> bool {
        let told = match direction {
            "what is said is kept" => {
                self.archive = Some(Shelf::default());
                self.hub.begin_archive(self.now, Before::default());
                return true;
            }
            "the server starts again" => {
                self.settle();
                self.start_again();
                return true;
            }
            "the archive can be read" => return self.unreadable(None),
            "the archive cannot be read" => return self.unreadable(Some(Unreadable::Failed)),
            "the archive is busy" => return self.unreadable(Some(Unreadable::Busy)),
            "the archive fails" => Outcome::ArchiveFails,
            _ => {
                let works = direction.strip_prefix("the archive works, ");
                let missing = works.and_then(|rest| rest.strip_suffix(" are missing"));
                let Some(missing) = missing.and_then(|number| number.parse().ok()) else {
                    return false;
                };
                Outcome::ArchiveWorks { missing }
            }
        };
        let mut effects = Vec::new();
        self.hub.tell_archive(self.now, &told, &mut effects);
        self.take_effect(effects);
        true
    }

    /// The end of a turn.
    pub(super) fn hand_over(&mut self) {
        while let Some(shelf) = &mut self.archive {
            shelf.take(self.now, &mut self.hub);
            let questions = std::mem::take(&mut shelf.questions);
            let answers: Vec<Recalled> = questions
                .into_iter()
                .map(|recall| {
                    let found = shelf
                        .unreadable
                        .map_or_else(|| Ok(shelf.find(&recall)), Err);
                    recall.answer(found)
                })
                .collect();
            if answers.is_empty() {
                return;
            }
            for answer in answers {
                let mut effects = Vec::new();
                self.hub
                    .recalled((self.now, clock(self.now).millis()), answer, &mut effects);
                self.take_effect(effects);
            }
        }
    }

    /// Somebody asks the archive.
    pub(super) fn asks(&mut self, recall: Recall) {
        let shelf = self.archive.as_mut().expect("something is kept");
        shelf.questions.push(recall);
    }

    fn unreadable(&mut self, why: Option<Unreadable>) -> bool {
        let shelf = self.archive.as_mut().expect("something is kept");
        shelf.unreadable = why;
        true
    }

    fn start_again(&mut self) {
        self.hub = Hub::new(10);
        self.conns.clear();
        let shelf = self.archive.as_ref().expect("something is kept");
        self.hub.begin_epochs(1 << 20);
        let rooms = shelf.rooms.clone();
        self.hub.begin_archive(
            self.now,
            Before {
                rooms,
                ..Before::default()
            },
        );
    }
}

/// Whether a line is one of those.
type Wanted<'a> = dyn Fn(&Past) -> bool + 'a;

impl Shelf {
    /// As the real archive does, but for edits, deletions and catching up.
    fn find(&self, recall: &Recall) -> Found {
        let key = |name: &str| Name::parse(name).map(|name| name.key().to_owned());
        let is_said = |past: &&Past| {
            let room = key(&past.room).expect("a legal name");
            let is_said = matches!(past.kind, Kind::Line | Kind::Action);
            is_said && recall.rooms.iter().any(|wanted| **wanted == *room)
        };
        let (before, wanted): (_, Box<Wanted>) = match &recall.wish {
            Wish::Since { at, after } => {
                let after = after.unwrap_or(Place(0));
                let said = self.lines.iter().filter(is_said);
                let said = said.filter(|past| past.at >= *at && past.place > after);
                let mut lines: Vec<Past> = said.take(recall.most + 1).cloned().collect();
                let has_more = lines.len() > recall.most;
                lines.truncate(recall.most);
                let more = lines.last().filter(|_| has_more).map(|past| past.place);
                return Found {
                    lines,
                    more,
                    is_whole: true,
                };
            }
            Wish::Last { before } => (*before, Box::new(|_| true)),
            Wish::Before { line } => {
                let is_it = |past: &&Past| is_said(past) && past.id == *line;
                let place = self.lines.iter().find(is_it).map(|past| past.place);
                (place, Box::new(|_| true))
            }
            Wish::From { name, before } => {
                let is_theirs = |past: &Past| key(&past.from).as_deref() == Ok(&**name);
                (*before, Box::new(is_theirs))
            }
            Wish::Search { words, before } => {
                let has = |past: &Past| words.split(' ').all(|word| past.text.contains(word));
                (*before, Box::new(has))
            }
            other => panic!("{other:?}"),
        };
        let said = self.lines.iter().rev().filter(is_said);
        let said = said.filter(|past| before.is_none_or(|before| past.place < before));
        let said = said.filter(|past| wanted(past));
        let mut lines: Vec<Past> = said.take(recall.most + 1).cloned().collect();
        let has_more = lines.len() > recall.most;
        lines.truncate(recall.most);
        lines.reverse();
        Found {
            more: lines.first().filter(|_| has_more).map(|past| past.place),
            lines,
            is_whole: true,
        }
    }

    fn take(&mut self, now: Time, hub: &mut Hub) {
        let passed = now - std::mem::replace(&mut self.at, now);
        let rooms = self.rooms.iter_mut();
        let said = rooms.flat_map(|room| room.said.iter_mut().chain(&mut room.pins));
        said.for_each(|said| said.age += passed);
        for entry in entries(hub.to_archive()) {
            let name = Name::parse(entry.room).expect("a legal name");
            let at = self.rooms.iter().position(|room| room.name == name);
            let mut room = match at {
                Some(at) => self.rooms.remove(at),
                None => Remembered {
                    name,
                    topic: None,
                    last: None,
                    said: Vec::new(),
                    pins: Vec::new(),
                    proved: BTreeSet::new(),
                },
            };
            room.last = Some(entry.id);
            let place = Place(self.lines.len() as i64 + 1);
            let mut past = Past::new(&entry, place, clock(now).millis());
            let is_meant = |line: &&Past| line.is_said() && Some(line.id) == entry.refers;
            past.re = self.lines.iter().find(is_meant).cloned().map(Box::new);
            self.lines.push(past);
            let kind = match entry.kind {
                Kind::Line => Some(SaidKind::Line),
                Kind::Action => Some(SaidKind::Action),
                Kind::Topic => {
                    room.topic = Some(entry.text.into()).filter(|_| !entry.text.is_empty());
                    None
                }
                _ => None,
            };
            change(&mut room, &entry);
            if entry.is_proved {
                room.proved.insert(entry.id);
            }
            let re = room.said.iter().find(|said| Some(said.id) == entry.refers);
            let re = re.map(|said| Box::new(quote(said)));
            room.said.extend(kind.map(|kind| Said {
                id: entry.id,
                from: Name::parse(entry.from).expect("a legal name"),
                text: entry.text.into(),
                kind,
                age: Duration::ZERO,
                is_edited: false,
                re,
            }));
            self.rooms.push(room);
        }
        hub.archived();
    }
}

/// What an entry does to the line that it is about.
fn change(room: &mut Remembered, entry: &Entry<'_>) {
    let Some(line) = entry.refers else {
        return;
    };
    match entry.kind {
        Kind::Edited => {
            let said = room.said.iter_mut().chain(&mut room.pins);
            for said in said.filter(|said| said.id == line) {
                said.text = entry.text.into();
                said.is_edited = true;
            }
        }
        Kind::Deleted => {
            room.said.retain(|said| said.id != line);
            room.pins.retain(|said| said.id != line);
        }
        Kind::Pinned => {
            let said = room.said.iter().find(|said| said.id == line);
            room.pins.extend(said.cloned());
        }
        Kind::Unpinned => room.pins.retain(|said| said.id != line),
        _ => {}
    }
}

fn quote(said: &Said) -> Quote {
    Quote {
        id: said.id,
        from: said.from.clone(),
        text: said.text.clone(),
    }
}
