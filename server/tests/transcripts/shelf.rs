//! The archive of a transcript: what it was handed, given to the hub of the next server.
//!
//! | direction | means |
//! |---|---|
//! | `-- what is said is kept --` | from here on, at the top |
//! | `-- the server starts again --` | all conns are gone; what was kept is all that is left |
//! | `-- the archive fails --`, `... works, 3 are missing --` | operators are told |

use std::time::Duration;

use papo_server::hub::archive::entry::{Entry, Kind, entries};
use papo_server::hub::name::Name;
use papo_server::hub::{Hub, Outcome, Quote, Remembered, Said, SaidKind, Time};

use super::Stage;

/// Rooms, the one spoken in last at the end; ages as of `at`.
#[derive(Default)]
pub(super) struct Shelf {
    rooms: Vec<Remembered>,
    at: Time,
}

impl Stage {
    /// Does this direction if it is about the archive.
    pub(super) fn of_archive(&mut self, direction: &str) -> bool {
        let told = match direction {
            "what is said is kept" => {
                self.archive = Some(Shelf::default());
                self.hub.begin_archive(self.now, Vec::new());
                return true;
            }
            "the server starts again" => {
                self.settle();
                self.start_again();
                return true;
            }
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
        if let Some(shelf) = &mut self.archive {
            shelf.take(self.now, &mut self.hub);
        }
    }

    fn start_again(&mut self) {
        self.hub = Hub::new(10);
        self.conns.clear();
        let shelf = self.archive.as_ref().expect("something is kept");
        self.hub.begin_epochs(1 << 20);
        self.hub.begin_archive(self.now, shelf.rooms.clone());
    }
}

impl Shelf {
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
                },
            };
            room.last = Some(entry.id);
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
