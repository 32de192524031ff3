//! Servers one after the other with one archive: each ends with a stop, or is killed and loses what was not
//! written yet. The archive is slow, full and failing at times.
//!
//! Whoever comes first in the next life is shown the last lines that are on disk, and no others. Numbers go
//! on after a stop with nothing missing; else epochs begin. No id is ever given to two lines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use papo_server::flood::Rate;
use papo_server::hub::archive::entry::{Kind as LineKind, LineId};
use papo_server::hub::archive::record::Recorded;
use papo_server::hub::name::Name;
use papo_server::hub::{Before, Remembered, Said, SaidKind};
use papo_server::net::sys::Signal;
use papo_server::turn::Server;

use crate::configs::config;
use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::lines::{Entry, Event, Form, entries};
use crate::net::Net;
use crate::shelf::{Kept, Shelf};

/// Rooms in which the people of this file speak.
const PLACES: [&str; 3] = ["lobby", "kitchen", "garden"];
/// Earlier lines shown to who comes.
const BACKLOG: usize = 7;

/// What is on disk.
#[derive(Default)]
pub(crate) struct Disk {
    pub(crate) rows: Vec<Kept>,
    /// Places of users, by their numbers.
    pub(crate) places: BTreeMap<u64, Recorded>,
    /// Whether the last life ended with nothing missing.
    pub(crate) is_clean: bool,
}

impl Disk {
    pub(crate) fn before(&self) -> Before {
        let mut places: Vec<Recorded> = self.places.values().cloned().collect();
        places.sort_by_key(|place| (place.ago.is_none(), std::cmp::Reverse(place.ago)));
        Before {
            rooms: self.rooms(),
            places,
        }
    }

    fn rooms(&self) -> Vec<Remembered> {
        let mut rooms: BTreeMap<&str, (usize, Remembered)> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            let name = |text: &str| Name::parse(text).expect("a legal name");
            let room = rooms.entry(&row.room).or_insert_with(|| {
                let remembered = Remembered {
                    name: name(&row.room),
                    topic: None,
                    last: None,
                    said: Vec::new(),
                    pins: Vec::new(),
                    proved: BTreeSet::new(),
                };
                (at, remembered)
            });
            room.0 = at;
            match row.kind {
                LineKind::Topic => room.1.topic = Some(row.text.as_str().into()),
                LineKind::Line | LineKind::Action => room.1.said.push(Said {
                    id: row.id,
                    from: name(&row.from),
                    text: row.text.as_str().into(),
                    kind: match row.kind {
                        LineKind::Line => SaidKind::Line,
                        _ => SaidKind::Action,
                    },
                    age: Duration::from_secs(60),
                    is_edited: false,
                    re: None,
                }),
                LineKind::Edited => {
                    let said = room.1.said.iter_mut();
                    for said in said.filter(|said| Some(said.id) == row.refers) {
                        said.text = row.text.as_str().into();
                        said.is_edited = true;
                    }
                }
                LineKind::Deleted => room.1.said.retain(|said| Some(said.id) != row.refers),
                _ => {}
            }
            let is_certain = self.is_clean && row.kind != LineKind::Hole;
            room.1.last = Some(row.id).filter(|_| is_certain);
        }
        let mut rooms: Vec<(usize, Remembered)> = rooms.into_values().collect();
        rooms.sort_by_key(|(at, _)| *at);
        rooms.into_iter().map(|(_, room)| room).collect()
    }

    /// The last public lines of a room, as they are told to who comes.
    fn last(&self, room: &str) -> Vec<Event> {
        let mut said: Vec<(LineId, Event)> = Vec::new();
        for row in self.rows.iter().filter(|row| row.room == room) {
            let (from, text) = (row.from.clone(), row.text.clone());
            match row.kind {
                LineKind::Line => said.push((row.id, Event::Said { from, text })),
                LineKind::Action => said.push((row.id, Event::Acted { from, text })),
                LineKind::Deleted => said.retain(|(id, _)| Some(*id) != row.refers),
                LineKind::Edited => {
                    let mut said = said.iter_mut();
                    let edited = said.find(|(id, _)| Some(*id) == row.refers);
                    if let Some((
                        _,
                        Event::Said { text: said, .. } | Event::Acted { text: said, .. },
                    )) = edited
                    {
                        *said = text;
                    }
                }
                _ => {}
            }
        }
        let said: Vec<Event> = said.into_iter().map(|(_, event)| event).collect();
        said[said.len().saturating_sub(BACKLOG)..].to_vec()
    }

    fn last_id(&self, room: &str) -> Option<LineId> {
        let last = self.rows.iter().rev().find(|row| row.room == room)?;
        let is_certain = self.is_clean && last.kind != LineKind::Hole;
        Some(last.id).filter(|_| is_certain)
    }
}

/// One life: people come, talk and go, and the server ends. Returns what the archive accepted, and whether
/// nothing of it or before it is missing.
fn live(dice: &mut Dice, life: u64, disk: &Disk) -> (Shelf, bool) {
    let rate = Rate {
        lines_per_s: 0,
        burst: 1,
    };
    let mut config = config(rate);
    config.backlog = BACKLOG;
    let mut net = Net::new(dice.clone());
    net.hurry = true;
    let mut server = Server::new(net, config);
    server.begin_epochs((life + 1) << 40);
    server.begin_archive(disk.before());
    let mut links = Vec::new();
    for (n, room) in PLACES.into_iter().enumerate() {
        let net = server.sys();
        let link = net.connect(0, [127, 0, 0, 1].into(), usize::MAX);
        net.links[link].spared = true;
        let lines = format!("p{n}\n/join {room}\n");
        net.links[link].to_server.extend(lines.bytes());
        links.push(link);
    }
    turns(&mut server, &links, 20);
    for (room, link) in PLACES.into_iter().zip(&links) {
        let told = entries(&server.sys().links[*link].written, Form::Papo);
        let is_here = |entry: &Entry| matches!(entry, Entry::Enter { room: to, .. } if to == room);
        let start = told.iter().rposition(is_here).expect("it is there");
        let past: Vec<Event> = told[start..]
            .iter()
            .filter_map(|entry| match entry {
                Entry::Past(event) => Some(event.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(past, disk.last(room), "{room} after {life} lives");
    }
    let mut faults = Faults::none();
    faults.set(Fault::ArchiveFull, dice.below(200) as u32);
    faults.set(Fault::ArchiveFails, dice.below(100) as u32);
    server.sys().faults = faults;
    for n in 0..dice.between(1, 60) {
        let link = dice.pick(&links);
        let line = match dice.below(10) {
            0 => format!("/join {}\n", dice.pick(&PLACES)),
            1 => format!("/me does {life}.{n}\n"),
            2 => format!("/topic {life}.{n}\n"),
            3 => "/edit line/corrected\n".to_owned(),
            4 => "/delete !!\n".to_owned(),
            _ => format!("line {life}.{n}\n"),
        };
        server.sys().links[link].to_server.extend(line.bytes());
        let count = dice.between(0, 3);
        turns(&mut server, &links, count);
    }
    if dice.chance(500) {
        server.sys().desk.signals.push_back(Signal::Stop);
        while server.turn().expect("the wait works").is_none() {
            for link in &links {
                let link = &mut server.sys().links[*link];
                link.taken = link.written.len();
            }
        }
        let shelf = std::mem::take(&mut server.sys().shelf);
        let is_clean = !shelf.is_lossy;
        return (shelf, is_clean);
    }
    (std::mem::take(&mut server.sys().shelf), false)
}

fn turns(server: &mut Server<Net>, links: &[usize], count: usize) {
    for _ in 0..count {
        for link in links {
            let link = &mut server.sys().links[*link];
            link.taken = link.written.len();
        }
        server.turn().expect("the wait works");
        server.invariants();
    }
}

#[test]
fn no_id_is_given_to_two_lines_in_many_lives() {
    let mut met = [false; 4];
    for seed in 0..60 {
        let mut dice = Dice::new(seed);
        let mut disk = Disk::default();
        let mut given = BTreeSet::new();
        for life in 0..5 {
            let (mut shelf, is_clean) = live(&mut dice, life, &disk);
            let known = PLACES.into_iter();
            let known = known.filter_map(|room| Some((room, disk.last_id(room)?)));
            shelf.check_ids(&["lobby"], known.collect());
            for room in PLACES {
                let first = shelf.kept.iter().find(|row| row.room == room);
                let Some(first) = first.filter(|row| row.kind != LineKind::Hole) else {
                    continue;
                };
                match disk.last_id(room) {
                    Some(last) => assert_eq!(first.id, last.next(), "seed {seed}: {room}"),
                    None => assert_eq!(first.id.number, 1, "seed {seed}: {room}"),
                }
            }
            for row in shelf.kept.iter().filter(|row| row.kind != LineKind::Hole) {
                let id = (row.room.clone(), row.id);
                assert!(given.insert(id), "seed {seed}: {row:?} again");
            }
            met[0] |= is_clean;
            met[1] |= !is_clean;
            met[2] |= shelf.kept.iter().any(|row| row.kind == LineKind::Hole);
            if !is_clean {
                // A commit has all entries of some turns, and comes late.
                let cut = dice.below(shelf.ends.len() + 1);
                let end = cut.checked_sub(1).map_or(0, |at| shelf.ends[at]);
                met[3] |= end < shelf.kept.len();
                shelf.kept.truncate(end);
            }
            disk.rows.append(&mut shelf.kept);
            disk.is_clean = is_clean;
        }
    }
    assert_eq!(
        met, [true; 4],
        "clean, unclean, holes, lines lost by a kill"
    );
}
