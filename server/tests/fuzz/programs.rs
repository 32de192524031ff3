//! Programs with tags that send anything, drop, and resume with anything: truthfully, with references made up, or
//! with any bytes. What each is sent is lines of docs/protocol.md and nothing else; no connection has a line
//! twice, and whoever tells truly where it was has each line once over all of its connections.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use papo_server::dialect::words::Lang;
use papo_server::dialect::{Clock, Dialect, Place, Standing, Style, parse, render, render_line};
use papo_server::hub::archive::entry::{LineId, entries};
use papo_server::hub::recall::{Past, Recall};
use papo_server::hub::{
    Before, Effect, Gone, Hub, Id, Ids, Key, Notice, Reached, Request, RoomId, Time, Verdict,
};
use papo_server::limits::LINE_BYTES;

use crate::kept::{found, past};
use crate::pieces::{byte, some};
use crate::safe::assert_safe;
use crate::tagged::{Tagged, parse as parse_tagged};

const PROGRAMS: usize = 3;
const MOST_STEPS: usize = 150;
const ROOMS: [&str; 4] = ["lobby", "chess", "games", "nowhere"];

/// A connection: what it reads, and what it was sent.
#[derive(Default)]
struct Conn {
    style: Style,
    reads: BTreeMap<RoomId, String>,
    /// The lines that it has, by room, epoch and number.
    has: BTreeSet<(String, u64, u64)>,
}

/// A program over all of its connections.
#[derive(Default)]
struct Program {
    id: Option<Id>,
    key: Option<String>,
    /// Epoch and number of its last line of each room.
    last: BTreeMap<String, (u64, u64)>,
    /// The lines that it has over all connections since it told something untrue.
    has: BTreeSet<(String, u64, u64)>,
    said: u64,
}

struct Stage {
    hub: Hub,
    now: Time,
    conns: BTreeMap<Id, Conn>,
    programs: [Program; PROGRAMS],
    conn_count: u32,
    kept: Vec<Past>,
    recalls: Vec<Recall>,
    asked: Vec<Id>,
}

pub(crate) fn check(mut data: &[u8]) {
    let mut stage = Stage {
        hub: Hub::new(3),
        now: Duration::ZERO,
        conns: BTreeMap::new(),
        programs: Default::default(),
        conn_count: 0,
        kept: Vec::new(),
        recalls: Vec::new(),
        asked: Vec::new(),
    };
    if byte(&mut data).is_multiple_of(2) {
        stage.hub.begin_archive(stage.now, Before::default());
    }
    for which in 0..PROGRAMS {
        stage.arrives(which);
    }
    for _ in 0..MOST_STEPS {
        if data.is_empty() {
            break;
        }
        stage.step(&mut data);
    }
}

impl Stage {
    fn step(&mut self, data: &mut &[u8]) {
        let what = byte(data);
        let which = usize::from(what / 16) % PROGRAMS;
        match what % 16 {
            0..4 => {
                let line = some(data);
                self.types(which, line);
            }
            4..6 => {
                self.programs[which].said += 1;
                let said = self.programs[which].said;
                let word = if what.is_multiple_of(2) {
                    "hello"
                } else {
                    "/me waves"
                };
                self.types(which, format!("/once {said} {word}").as_bytes());
            }
            6 | 7 => self.drops(which, what),
            8..11 => self.resumes(which),
            11 | 12 => self.resumes_elsewhere(which, data),
            13 => {
                let id = self.connects();
                let key = self.programs[which].key.clone().unwrap_or_default();
                let bytes = some(data);
                self.types_at(id, &[b"/resume ", key.as_bytes(), bytes].concat());
                self.programs[which].forget();
                self.adopts(which, id);
            }
            _ => {
                self.now += Duration::from_millis(u64::from(byte(data)) * 100);
                self.settle();
            }
        }
    }

    /// A program comes under its name.
    fn arrives(&mut self, which: usize) {
        let id = self.connects();
        self.programs[which] = Program {
            id: Some(id),
            said: self.programs[which].said,
            ..Program::default()
        };
        for line in [&format!("bot{which}"), "/also chess"] {
            self.types_at(id, line.as_bytes());
            self.settle();
        }
    }

    fn drops(&mut self, which: usize, how: u8) {
        let Some(id) = self.programs[which].id.take() else {
            return self.arrives(which);
        };
        let why = if how & 16 == 0 {
            Gone::Hangup
        } else {
            Gone::Lost
        };
        if self.conns.contains_key(&id) {
            self.ask(id, Request::Leave(why));
        }
        self.settle();
    }

    /// Takes its place over, also if the old connection is still there, and tells truly where it was.
    fn resumes(&mut self, which: usize) {
        let program = &self.programs[which];
        let Some(key) = &program.key else {
            return self.arrives(which);
        };
        let mut line = format!("/resume {key}");
        for (room, (epoch, number)) in &program.last {
            line += &format!(" {room}:{epoch}:{number}");
        }
        let id = self.connects();
        self.programs[which].id = Some(id);
        self.types_at(id, line.as_bytes());
        self.settle();
        if self.hub.name(id).is_none() {
            self.programs[which] = Program {
                said: self.programs[which].said,
                ..Program::default()
            };
        }
    }

    /// The same with references that are made up.
    fn resumes_elsewhere(&mut self, which: usize, data: &mut &[u8]) {
        let Some(key) = self.programs[which].key.clone() else {
            return;
        };
        let mut line = format!("/resume {key}");
        let mut told = BTreeMap::new();
        for _ in 0..byte(data) % 5 {
            let room = ROOMS[usize::from(byte(data)) % ROOMS.len()];
            let (epoch, number) = match self.programs[which].last.get(room) {
                Some((epoch, number)) => {
                    let (by, up) = (u64::from(byte(data) % 16), byte(data));
                    let epoch = epoch + u64::from(up / 200);
                    match up.is_multiple_of(2) {
                        true => (epoch, number.saturating_add(by)),
                        false => (epoch, number.saturating_sub(by)),
                    }
                }
                None => (u64::from(byte(data)), u64::MAX - u64::from(byte(data))),
            };
            if !told.contains_key(room) {
                line += &format!(" #{room}:{epoch}:{number}");
                told.insert(room.to_owned(), (epoch, number));
            }
        }
        let id = self.connects();
        let program = &mut self.programs[which];
        program.forget();
        program.last = told;
        program.id = Some(id);
        self.types_at(id, line.as_bytes());
        self.settle();
        self.adopts(which, id);
    }

    /// From here on it is this connection, if that has a place.
    fn adopts(&mut self, which: usize, id: Id) {
        self.settle();
        if self.hub.name(id).is_some() {
            self.programs[which].id = Some(id);
        }
    }

    fn connects(&mut self) -> Id {
        let index = self.conn_count;
        self.conn_count += 1;
        let id = Id {
            index,
            generation: 1,
        };
        let style = Style {
            dialect: Dialect::Text,
            lang: Lang::En,
            ids: Ids::Tags,
            ..Style::default()
        };
        let conn = Conn {
            style,
            ..Conn::default()
        };
        self.conns.insert(id, conn);
        self.hub.note_address(id, [10, 0, 0, 1].into());
        self.ask(id, Request::ShowIds(Ids::Tags));
        id
    }

    fn types(&mut self, which: usize, line: &[u8]) {
        if let Some(id) = self.programs[which].id {
            self.types_at(id, line);
        }
    }

    fn types_at(&mut self, id: Id, line: &[u8]) {
        let line: Vec<u8> = line.iter().copied().filter(|byte| *byte != b'\n').collect();
        let line = &line[..line.len().min(LINE_BYTES)];
        let Some(style) = self.conns.get(&id).map(|conn| conn.style) else {
            return;
        };
        if self.asked.contains(&id) && self.hub.name(id).is_none() {
            return;
        }
        let standing = self.hub.rank(id).map_or(Standing::Nameless, Standing::from);
        match parse(style, standing, line.into()) {
            Ok(Some(request)) => self.ask(id, request.dated(|| self.clock())),
            Ok(None) => {}
            Err(notice) => self.tell(id, &notice),
        }
    }

    fn clock(&self) -> Clock {
        let at = 1_764_156_355 + self.now.as_secs() as i64;
        Clock {
            at,
            ..Clock::default()
        }
    }

    fn ask(&mut self, id: Id, request: Request) {
        let mut effects = Vec::new();
        self.hub.handle(self.now, id, request, &mut effects);
        self.perform(effects);
    }

    fn settle(&mut self) {
        let mut effects = Vec::new();
        self.hub.settle(self.now, &mut effects);
        self.perform(effects);
        let entries = entries(self.hub.to_archive()).filter_map(|entry| past(&entry));
        self.kept.extend(entries);
        match self.now.as_secs() % 5 {
            4 => self.hub.not_archived(),
            _ => self.hub.archived(),
        };
        for who in std::mem::take(&mut self.asked) {
            let mut effects = Vec::new();
            let verdict = Verdict::Failed;
            self.hub.verdict(self.now, who, verdict, &mut effects);
            self.perform(effects);
        }
        while let Some(recall) = self.recalls.pop() {
            let found = found(&self.kept, &recall);
            let mut effects = Vec::new();
            let answer = recall.answer(found);
            let now = (self.now, self.now.as_millis() as i64);
            self.hub.recalled(now, answer, &mut effects);
            self.perform(effects);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.perform_one(effect);
        }
        self.hub.invariants();
    }

    fn perform_one(&mut self, effect: Effect) {
        match effect {
            Effect::Tell { to, notice } => self.tell(to, &notice),
            Effect::Room {
                room,
                id,
                notice,
                except,
            } => self.tell_room((room, id), &notice, &except),
            Effect::Attach {
                who, room, name, ..
            } => {
                let conn = self.conns.get_mut(&who).expect("it is there");
                conn.reads.insert(room, name.shown().to_owned());
            }
            Effect::Detach { who, room } => {
                let conn = self.conns.get_mut(&who).expect("it is there");
                conn.reads.remove(&room);
            }
            Effect::AskReached { who, number, rooms } => {
                let reached = vec![Reached::All; rooms.len()];
                self.hub.reached((who, number), &reached, true);
            }
            Effect::SetLang { who, lang } => {
                self.conns.get_mut(&who).expect("it is there").style.lang = lang;
            }
            Effect::SetIds { who, ids } => {
                self.conns.get_mut(&who).expect("it is there").style.ids = ids;
            }
            Effect::DrawKey { who } => {
                let notice = self.hub.take_key(who, Key(who.key().into()));
                self.tell(who, &notice.expect("a user"));
            }
            Effect::Account { who, .. } => self.asked.push(who),
            Effect::Recall(recall) => self.recalls.push(recall),
            Effect::Close { who, .. } => drop(self.conns.remove(&who)),
            _ => {}
        }
    }

    fn tell(&mut self, to: Id, notice: &Notice) {
        let style = self.conns[&to].style;
        let mut out = Vec::new();
        render(style, self.clock(), notice, &mut out);
        self.sends(to, &out);
    }

    fn tell_room(&mut self, (room, id): (RoomId, LineId), notice: &Notice, except: &[Id]) {
        let readers = self.conns.iter().filter(|(who, _)| !except.contains(who));
        let readers =
            readers.filter_map(|(who, conn)| Some((*who, conn.style, conn.reads.get(&room)?)));
        let readers: Vec<(Id, Style, String)> = readers
            .map(|(who, style, name)| (who, style, name.clone()))
            .collect();
        for (who, style, name) in readers {
            let mut out = Vec::new();
            let place = Place {
                room: &name,
                mark: "",
                id,
            };
            render_line(style, self.clock(), place, notice, &mut out);
            self.sends(who, &out);
        }
    }

    /// Reads what a connection is sent, if it has tags.
    fn sends(&mut self, to: Id, bytes: &[u8]) {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        if self.conns[&to].style.ids != Ids::Tags {
            return;
        }
        let which = self
            .programs
            .iter()
            .position(|program| program.id == Some(to));
        for line in text.lines() {
            assert_safe(line);
            let tagged = parse_tagged(line);
            let tagged = tagged.unwrap_or_else(|| panic!("no line of the document: {line:?}"));
            if let Some(which) = which {
                let conn = self.conns.get_mut(&to).expect("it is there");
                self.programs[which].takes(conn, &tagged, line);
            }
        }
    }
}

impl Program {
    /// It does not tell truly what it has from here on.
    fn forget(&mut self) {
        self.has.clear();
        self.last.clear();
    }

    fn takes(&mut self, conn: &mut Conn, tagged: &Tagged<'_>, line: &str) {
        match tagged {
            Tagged::Key(key) => self.key = Some((*key).to_owned()),
            Tagged::Epoch(room, last, epoch) => {
                self.last.insert((*room).to_owned(), (*epoch, *last));
            }
            // Its place may be told again for the same mark.
            Tagged::Said(room, number) => self.has_read(room, *number),
            Tagged::New(room, number) => {
                let Some((epoch, last)) = self.last.get(*room).copied() else {
                    return;
                };
                assert!(*number > last, "{line}: after {last}");
                let id = ((*room).to_owned(), epoch, *number);
                assert!(conn.has.insert(id.clone()), "{line}: twice at once");
                assert!(self.has.insert(id), "{line}: twice");
                self.has_read(room, *number);
            }
            _ => {}
        }
    }

    fn has_read(&mut self, room: &str, number: u64) {
        if let Some((_, last)) = self.last.get_mut(room) {
            *last = number.max(*last);
        }
    }
}
