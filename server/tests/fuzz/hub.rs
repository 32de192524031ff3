//! Eight conns type anything, operators and direct users join in: the hub never panics, its
//! invariants hold, and its effects can be executed; in the end everybody leaves and nothing is
//! left.
//!
//! An input is a script in lines. The first byte of each selects what happens: a digit is a conn
//! that types the rest, `o` the console, `v` a verdict, `d` a direct user, `x` a conn that ends,
//! `t` time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use papo_server::dialect::words::Lang;
use papo_server::dialect::{Clock, Dialect, Standing, Style, parse, render};
use papo_server::hub::archive::entry::entries;
use papo_server::hub::name::Name;
use papo_server::hub::recall::{Past, Recall};
use papo_server::hub::{
    Before, Complaint, Direct, Effect, Fault, Gone, Hub, Id, Key, Lines, Manage, Notice, Outcome,
    Reached, Request, RoomId, Secret, Time, ToDirect, Verdict,
};
use papo_server::limits::{LINE_BYTES, ROOMS_JOINED};

use crate::framed::check_browser;
use crate::kept::{found, past};
use crate::pieces::byte;
use crate::safe::assert_safe;

/// One for each digit; the last two speak the relay dialect.
const SLOTS: u32 = 8;
const RELAYS: u32 = 2;
/// Longer scripts show nothing new.
const MOST_LINES: usize = 200;

pub(crate) const VERDICTS: [Verdict; 12] = [
    Verdict::Right,
    Verdict::Wrong,
    Verdict::NoSuch,
    Verdict::Registered,
    Verdict::AlreadyThere,
    Verdict::Changed,
    Verdict::Removed,
    Verdict::Busy,
    Verdict::Failed,
    Verdict::Full { of_yours: true },
    Verdict::Full { of_yours: false },
    Verdict::TooMany {
        wait: Duration::from_secs(9),
    },
];

/// A conn as the server knows it.
struct Conn {
    style: Style,
    reads: BTreeMap<RoomId, Lines>,
    is_named: bool,
    is_hidden: bool,
}

pub(crate) struct Stage {
    pub(crate) hub: Hub,
    pub(crate) now: Time,
    conns: BTreeMap<Id, Conn>,
    /// How many conns had each slot.
    generations: [u32; SLOTS as usize],
    asked: VecDeque<Id>,
    direct: BTreeSet<String>,
    kept: Vec<Past>,
    /// Questions to the archive.
    recalls: VecDeque<Recall>,
}

pub(crate) fn check(data: &[u8]) {
    let mut stage = Stage {
        hub: Hub::new(3),
        now: Duration::ZERO,
        conns: BTreeMap::new(),
        generations: [0; SLOTS as usize],
        asked: VecDeque::new(),
        direct: BTreeSet::new(),
        kept: Vec::new(),
        recalls: VecDeque::new(),
    };
    stage.hub.begin_archive(stage.now, Before::default());
    for line in data.split(|b| *b == b'\n').take(MOST_LINES) {
        let line = &line[..line.len().min(LINE_BYTES)];
        stage.step(line);
    }
    stage.everybody_leaves();
}

impl Stage {
    fn step(&mut self, mut line: &[u8]) {
        let what = byte(&mut line);
        match what {
            b'o' => self.order(line),
            b'v' => self.verdict(byte(&mut line)),
            b'd' => self.direct(line),
            b'x' => self.ends(byte(&mut line)),
            b't' => {
                self.now += Duration::from_millis(u64::from(byte(&mut line)) * 100);
                self.settle();
            }
            slot => self.types(u32::from(slot) % SLOTS, line),
        }
    }

    fn types(&mut self, slot: u32, line: &[u8]) {
        let id = self.conn(slot);
        // A guest is refused during a lockdown.
        let Some(style) = self.conns.get(&id).map(|conn| conn.style) else {
            return;
        };
        if self.asked.contains(&id) && self.hub.name(id).is_none() {
            return;
        }
        let standing = self.hub.rank(id).map_or(Standing::Nameless, Standing::from);
        match parse(style, standing, line.into()) {
            Ok(Some(request)) => self.ask(id, request.dated(Clock::default)),
            Ok(None) => {}
            Err(notice) => check_rendered(style, &notice),
        }
    }

    fn ask(&mut self, id: Id, request: Request) {
        let mut effects = Vec::new();
        self.hub.handle(self.now, id, request, &mut effects);
        self.perform(effects);
    }

    /// An order of the console is an operator's line without a user.
    fn order(&mut self, line: &[u8]) {
        let style = Style::default();
        if let Ok(Some(Request::Order(order))) = parse(style, Standing::Operator, line.into()) {
            let mut effects = Vec::new();
            let answer = self.hub.order(self.now, order, &mut effects);
            if let Some(notice) = answer {
                check_rendered(style, &notice);
            }
            self.perform(effects);
        }
    }

    /// The oldest question is answered, perhaps with a verdict that does not fit.
    fn verdict(&mut self, which: u8) {
        if let Some(who) = self.asked.pop_front() {
            let verdict = VERDICTS[usize::from(which) % VERDICTS.len()];
            let mut effects = Vec::new();
            self.hub.verdict(self.now, who, verdict, &mut effects);
            self.perform(effects);
        }
    }

    /// One of four comes, goes, or writes to the name before the first space.
    fn direct(&mut self, mut line: &[u8]) {
        let which = byte(&mut line);
        let email = format!("{}@x.org", char::from(b'a' + which % 4));
        let mut effects = Vec::new();
        let text = papo_server::dialect::clean::clean(line);
        let event = match text.split_once(' ') {
            Some((to, text)) if self.direct.contains(&email) && !text.trim().is_empty() => {
                Direct::Private {
                    from: email.as_str().into(),
                    to: to.to_owned(),
                    text: text.trim().into(),
                }
            }
            _ if self.direct.remove(&email) => Direct::Offline(email.as_str().into()),
            _ => {
                self.direct.insert(email.clone());
                Direct::Online(email.as_str().into())
            }
        };
        let _ = self.hub.direct(self.now, event, &mut effects);
        self.perform(effects);
        let directs = self.hub.directs();
        assert_eq!(directs.len(), self.direct.len());
        assert!(directs.iter().all(|email| self.direct.contains(&**email)));
    }

    fn ends(&mut self, which: u8) {
        let slot = u32::from(which) % SLOTS;
        let why = match which / 64 {
            0 => Gone::Hangup,
            1 => Gone::Lost,
            2 => Gone::Overflow,
            _ => Gone::LongLines,
        };
        let id = self.conn(slot);
        if self.conns.contains_key(&id) {
            self.ask(id, Request::Leave(why));
        }
        assert!(!self.conns.contains_key(&id), "{id:?} stays");
    }

    fn settle(&mut self) {
        let mut effects = Vec::new();
        let next = self.hub.settle(self.now, &mut effects);
        assert!(next.is_none(), "small rooms never wait");
        self.perform(effects);
        // As an archive that is full at times.
        let entries = entries(self.hub.to_archive()).filter_map(|entry| past(&entry));
        self.kept.extend(entries);
        match self.now.as_secs() % 3 {
            0 => self.hub.not_archived(),
            _ => self.hub.archived(),
        };
        self.answer();
        for (id, conn) in &self.conns {
            assert_eq!(conn.is_named, self.hub.name(*id).is_some());
            let spoken = conn.reads.values().filter(|lines| **lines == Lines::Bare);
            assert_eq!(
                spoken.count(),
                usize::from(conn.is_named),
                "{id:?} speaks in one room"
            );
        }
    }

    /// The archive answers, perhaps with less than it has, or that it cannot; pages lead to more questions.
    fn answer(&mut self) {
        while let Some(recall) = self.recalls.pop_front() {
            let found = found(&self.kept, &recall);
            let mut effects = Vec::new();
            let answer = recall.answer(found);
            let now = (self.now, self.now.as_millis() as i64);
            self.hub.recalled(now, answer, &mut effects);
            self.perform(effects);
        }
    }

    /// Nothing is left of anybody.
    fn everybody_leaves(&mut self) {
        for id in self.conns.keys().copied().collect::<Vec<_>>() {
            // A conn that logs in elsewhere closes the older one.
            if self.conns.contains_key(&id) {
                self.ask(id, Request::Leave(Gone::Hangup));
            }
        }
        while !self.asked.is_empty() {
            self.verdict(0);
        }
        self.settle();
        assert!(self.conns.is_empty() && self.hub.online().is_empty());
        assert_eq!(self.hub.names().count(), 0);
        assert!(self.hub.room_count() <= 1, "an empty room stays");
    }

    /// The conn in this slot, a new one if the last was closed.
    fn conn(&mut self, index: u32) -> Id {
        let generation = self.generations[index as usize];
        let id = Id { index, generation };
        if self.conns.contains_key(&id) {
            return id;
        }
        let generation = generation + 1;
        self.generations[index as usize] = generation;
        let id = Id { index, generation };
        let is_relay = index >= SLOTS - RELAYS;
        let dialect = if is_relay {
            Dialect::Relay
        } else {
            Dialect::Text
        };
        let lang = if index.is_multiple_of(2) {
            Lang::En
        } else {
            Lang::Pt
        };
        let conn = Conn {
            style: Style {
                dialect,
                lang,
                crlf: false,
                ..Style::default()
            },
            reads: BTreeMap::new(),
            is_named: false,
            is_hidden: false,
        };
        self.conns.insert(id, conn);
        self.hub.note_address(id, [10, 0, 0, index as u8].into());
        if is_relay {
            self.ask(id, Request::EnterGuest);
        }
        id
    }

    fn open(&mut self, id: Id) -> &mut Conn {
        let conn = self.conns.get_mut(&id);
        conn.unwrap_or_else(|| panic!("an effect for {id:?}, who is not there"))
    }

    pub(crate) fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.perform_one(effect);
        }
        self.hub.invariants();
        let names = self
            .hub
            .names()
            .map(|name| Name::parse(name).expect("a name"));
        let keys: Vec<String> = names.map(|name| name.key().to_owned()).collect();
        let distinct: BTreeSet<&String> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len(), "two have one name: {keys:?}");
    }

    /// Half of the operations on accounts succeed.
    fn manage(&mut self, what: Manage) {
        let done = match what {
            Manage::List(part) => {
                assert_safe(&part);
                let (listed, others) = (Vec::new(), part.len());
                Ok(Outcome::Accounts { listed, others })
            }
            Manage::Free(whom) => Ok(Outcome::Freed(whom)),
            Manage::Hook(room, _) => Ok(Outcome::Unhooked { room }),
            Manage::Hooks => Ok(Outcome::Hooks(Vec::new())),
            Manage::Unhook(number) => Err(Complaint::Order(Fault::NoHook(number))),
            Manage::Reset(whom) => {
                let password = Secret::new("for-once").expect("a password");
                Ok(Outcome::Reset { whom, password })
            }
        };
        let mut effects = Vec::new();
        let answer = self.hub.managed(self.now, None, done, &mut effects);
        check_rendered(Style::default(), &answer.expect("the console is answered"));
        self.perform(effects);
    }

    fn draw_key(&mut self, who: Id) {
        let notice = self.hub.take_key(who, Key(who.key().into()));
        check_rendered(self.open(who).style, &notice.expect("a user"));
    }

    fn find_reached(&mut self, who: Id, number: u64, rooms: &[RoomId]) {
        let reads = &self.open(who).reads;
        assert!(rooms.iter().all(|room| reads.contains_key(room)));
        let reached = [Reached::All, Reached::Unknown][number as usize % 2];
        let has_caught_up = number.is_multiple_of(3);
        self.hub
            .reached((who, number), &vec![reached; rooms.len()], has_caught_up);
    }

    fn perform_one(&mut self, effect: Effect) {
        match effect {
            Effect::Tell { to, notice } => check_rendered(self.open(to).style, &notice),
            Effect::Room {
                room,
                notice,
                except,
                ..
            } => self.tell_room(room, &notice, &except),
            Effect::BecomeUser { who } => {
                let conn = self.open(who);
                assert!(!conn.is_named && !conn.is_hidden);
                conn.is_named = true;
            }
            Effect::Attach {
                who, room, lines, ..
            } => {
                let conn = self.open(who);
                assert!(conn.is_named && conn.reads.insert(room, lines).is_none());
                let bare = conn.reads.values().filter(|lines| **lines == Lines::Bare);
                assert!(bare.count() <= 1 && conn.reads.len() <= ROOMS_JOINED);
            }
            Effect::AskReached { who, number, rooms } => self.find_reached(who, number, &rooms),
            Effect::Detach { who, room } => {
                assert!(self.open(who).reads.remove(&room).is_some());
            }
            Effect::SetLang { who, lang } => self.open(who).style.lang = lang,
            Effect::DrawKey { who } => self.draw_key(who),
            Effect::SetIds { who, ids } => self.open(who).style.ids = ids,
            Effect::MaskInput { who, on } => {
                let conn = self.open(who);
                assert_ne!(conn.is_hidden, on);
                conn.is_hidden = on;
            }
            Effect::Account { who, .. } => {
                self.open(who);
                self.asked.push_back(who);
            }
            Effect::Direct { to, what, .. } => {
                assert!(self.direct.contains(&*to), "{to} is not there");
                match what {
                    ToDirect::Line(text) => assert_safe(&text),
                    ToDirect::Notice(notice) => check_rendered(Style::default(), &notice),
                }
            }
            Effect::EndDirect { email } => {
                let is_there = self.direct.remove(&email.to_ascii_lowercase());
                assert!(is_there, "{email} is not there");
            }
            Effect::PersistBan { ban, .. } => assert_safe(&format!("{} {}", ban.whom, ban.why)),
            Effect::ForgetBan { whom, .. } => assert_safe(&whom.to_string()),
            Effect::Manage { what, .. } => self.manage(what),
            Effect::LogOrder { order, .. } => assert_safe(&order.to_string()),
            Effect::Recall(recall) => {
                self.open(recall.asker);
                self.recalls.push_back(recall);
            }
            Effect::Letters(errand) => self.run_errand(errand),
            Effect::Zone { who, .. } | Effect::TellLag { who } | Effect::TellSent { who, .. } => {
                self.open(who);
            }
            Effect::Close { who, .. } => {
                let conn = self.open(who);
                assert!(conn.reads.is_empty() && !conn.is_hidden);
                self.conns.remove(&who);
            }
        }
    }

    fn tell_room(&self, room: RoomId, notice: &Notice, except: &[Id]) {
        for id in except {
            let reads = |conn: &Conn| conn.reads.contains_key(&room);
            assert!(
                self.conns.get(id).is_some_and(reads),
                "{id:?} is excepted in vain"
            );
        }
        let readers = || {
            self.conns
                .iter()
                .filter(|(_, conn)| conn.reads.contains_key(&room))
        };
        let is_read = readers().any(|(id, _)| !except.contains(id));
        assert!(is_read || notice.is_said(), "to nobody");
        for (_, conn) in readers() {
            let lines = rendered(conn.style, notice).lines().count();
            let expected = conn.style.dialect == Dialect::Text;
            assert!(lines == 1 || (lines == 0 && !expected), "{notice:?}");
        }
    }
}

fn check_rendered(style: Style, notice: &Notice) {
    rendered(style, notice);
}

/// Whole lines, safe to show.
fn rendered(style: Style, notice: &Notice) -> String {
    let mut out = Vec::new();
    render(style, Clock::default(), notice, &mut out);
    let text = String::from_utf8(out).expect("a notice is UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    text.lines().for_each(assert_safe);
    check_browser(style, notice);
    text
}
