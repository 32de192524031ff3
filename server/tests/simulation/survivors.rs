//! A program that lives through servers one after the other with one disk (lives.rs). Each server ends with a
//! stop, or is killed at any point between what it does, what it hands over, what is on disk and what the
//! program reads; in between the program drops. It comes back with its key and its last lines, and sends again
//! what was not answered.
//!
//! Its key counts as long as it was told it before what was on disk, or it is told plainly that it does not. Over
//! all of its connections it has each line of its rooms once and in order, and all that are on disk, with gaps
//! only where it is told of them. A line with a mark is on disk once at most, and is answered only if it was said.

use std::collections::{BTreeMap, BTreeSet};

use papo_server::flood::Rate;
use papo_server::hub::Time;
use papo_server::hub::archive::entry::{Kind, LineId};
use papo_server::hub::archive::record::Recorded;
use papo_server::limits::RESUME_WITHIN;
use papo_server::net::sys::Signal;
use papo_server::turn::Server;

use crate::configs::config;
use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::lives::Disk;
use crate::net::Net;
use crate::program::{Heard, Program, ROOMS};
use crate::shelf::Kept;

const LIVES: u64 = 5;

/// What is on disk, and what is known of all lives so far.
struct Stage {
    dice: Dice,
    disk: Disk,
    bot: Program,
    marks: u64,
    names: usize,
    /// Whether the place of the program's key is on disk.
    is_kept: bool,
    /// When the program had the place last, on the clock of all lives.
    had_at: Time,
    /// When this life began, on that clock.
    began: Time,
    /// Lines of the program's that were said while nothing was taken.
    lost: BTreeSet<String>,
    /// How many of a thousand servers are killed, and how bad the archive is.
    kills: u32,
    trouble: usize,
    /// Whether anything was missing on disk so far.
    is_torn: bool,
    met: Met,
}

/// What happened.
#[derive(Default, Debug)]
struct Met {
    resumes: usize,
    refusals: usize,
    again: usize,
    gaps: usize,
    lines: usize,
    fetched: usize,
}

/// One server.
struct Life {
    server: Server<Net>,
    /// Who reads everything, and who speaks in each room.
    eye: usize,
    talkers: Vec<usize>,
    /// How many batches there were when the program's place was certainly in one of them.
    safe_at: Option<usize>,
}

impl Life {
    fn turns(&mut self, stage: &mut Stage, count: usize) {
        for _ in 0..count {
            for link in self.talkers.iter().chain([&self.eye]) {
                let link = &mut self.server.sys().links[*link];
                link.taken = link.written.len();
            }
            self.server.turn().expect("the wait works");
            self.server.invariants();
            self.note(stage);
        }
    }

    fn send(&mut self, link: usize, lines: &str) {
        let link = &mut self.server.sys().links[link];
        link.spared = true;
        link.to_server.extend(lines.bytes());
    }

    fn connect(&mut self, window: usize) -> usize {
        self.server.sys().connect(0, [127, 0, 0, 1].into(), window)
    }

    /// The program reads at most so many bytes.
    fn read(&mut self, stage: &mut Stage, most: usize) {
        let net = self.server.sys();
        let link = &mut net.links[stage.bot.link];
        link.taken = link.written.len().min(link.taken.saturating_add(most));
        stage.bot.read(net);
        self.note(stage);
        if stage.bot.is_refused {
            let away = stage.began + self.server.sys().now - stage.had_at;
            let is_plain = !stage.is_kept || away >= RESUME_WITHIN;
            assert!(is_plain, "the place is lost");
            stage.met.refusals += 1;
            self.begin(stage);
        }
    }

    /// What is certain between two turns.
    fn note(&mut self, stage: &mut Stage) {
        let eye = String::from_utf8_lossy(&self.server.sys().links[self.eye].written).into_owned();
        let shelf = &self.server.sys().shelf;
        let is_known = stage.bot.is_here && stage.bot.last.len() == ROOMS.len();
        if is_known && self.safe_at.is_none() && !shelf.is_lossy {
            self.safe_at = Some(shelf.ends.len());
        }
        for mark in std::mem::take(&mut stage.bot.answered) {
            let text = format!("m{mark}");
            let is_there = shelf.kept.iter().any(|row| row.text == text);
            let is_said =
                is_there || eye.contains(&format!("> {text}\n")) || stage.lost.contains(&text);
            assert!(is_said, "{text} is answered, and was never said");
        }
        stage.is_torn |= shelf.is_lossy;
    }

    /// The program comes as somebody new.
    fn begin(&mut self, stage: &mut Stage) {
        stage.names += 1;
        let link = self.connect(usize::MAX);
        for heard in stage.bot.heard.values_mut() {
            heard.push(Heard::New);
        }
        stage.bot = Program {
            name: format!("eva{}", stage.names),
            link,
            heard: std::mem::take(&mut stage.bot.heard),
            resumes: stage.bot.resumes,
            ..Program::default()
        };
        (self.safe_at, stage.is_kept) = (None, false);
        self.send(link, &stage.bot.greeting());
    }

    /// The program connects, and wants its place if it has one.
    fn comes(&mut self, stage: &mut Stage) {
        if stage.bot.key.is_none() || stage.bot.last.len() < ROOMS.len() {
            return self.begin(stage);
        }
        let window = stage.dice.between(300, 20_000);
        let link = self.connect(window);
        (stage.bot.link, stage.bot.seen, stage.bot.is_here) = (link, 0, false);
        stage.met.again += stage.bot.open.len();
        self.send(link, &stage.bot.greeting());
    }

    /// The program loses its connection.
    fn drops(&mut self, stage: &mut Stage) {
        if stage.bot.is_here {
            stage.had_at = stage.began + self.server.sys().now;
        }
        let kind = stage.dice.below(3);
        let link = &mut self.server.sys().links[stage.bot.link];
        if stage.dice.chance(500) {
            let kept = link.to_server.len() / 2;
            link.to_server.truncate(kept);
        }
        match kind {
            0 => link.reset = true,
            1 => link.fin = true,
            // Nobody notices.
            _ => {}
        }
        let count = stage.dice.between(1, 3);
        self.turns(stage, count);
        self.comes(stage);
    }

    fn act(&mut self, stage: &mut Stage) {
        match stage.dice.below(12) {
            0..4 => {
                stage.marks += 1;
                stage.bot.open.insert(stage.marks);
                let line = format!("/once {0} m{0}\n", stage.marks);
                self.send(stage.bot.link, &line);
            }
            4..7 => {
                let talker = stage.dice.pick(&self.talkers);
                let count = stage.dice.between(1, 4);
                let long = "x".repeat(stage.dice.pick(&[1, 1, 1, 300]));
                let lines = (0..count).map(|n| format!("{n} {long}\n"));
                self.send(talker, &lines.collect::<String>());
            }
            7..9 => {
                let most = stage.dice.below(400);
                self.read(stage, most);
            }
            9..11 => self.read(stage, usize::MAX),
            _ => self.drops(stage),
        }
        let count = stage.dice.below(3);
        self.turns(stage, count);
    }

    /// The program comes back as often as it takes, until it has everything.
    fn settles(&mut self, stage: &mut Stage) {
        self.server.sys().faults = Faults::none();
        let mut quiet = 0;
        while quiet < 20 {
            let before = (stage.bot.link, stage.bot.seen);
            self.turns(stage, 3);
            self.read(stage, usize::MAX);
            let link = &self.server.sys().links[stage.bot.link];
            if link.closed || link.server_fin {
                self.comes(stage);
            }
            let is_quiet = before == (stage.bot.link, stage.bot.seen);
            quiet = if is_quiet { quiet + 1 } else { 0 };
        }
        assert!(stage.bot.open.is_empty(), "{:?}", stage.bot.open);
    }

    /// The server ends, and the next one finds what is on disk.
    fn ends(mut self, stage: &mut Stage) {
        let is_killed = stage.dice.chance(stage.kills);
        if is_killed {
            let most = stage.dice.pick(&[0, 100, usize::MAX]);
            self.read(stage, most);
        } else {
            let net = self.server.sys();
            net.desk.signals.push_back(Signal::Stop);
            while self.server.turn().expect("the wait works").is_none() {
                for link in &mut self.server.sys().links {
                    link.taken = link.written.len();
                }
            }
            self.read(stage, usize::MAX);
        }
        let now = self.server.sys().now;
        if std::mem::take(&mut stage.bot.is_here) {
            stage.had_at = stage.began + now;
        }
        let eye = String::from_utf8_lossy(&self.server.sys().links[self.eye].written).into_owned();
        let mut shelf = std::mem::take(&mut self.server.sys().shelf);
        stage.met.fetched += shelf.recalls.missed;
        let is_clean = !is_killed && !shelf.is_lossy;
        let own = |text: &str| {
            text.strip_prefix('m')
                .is_some_and(|n| n.parse::<u64>().is_ok())
        };
        let told = eye.lines().filter_map(|line| line.split_once("> "));
        let told: Vec<&str> = told
            .map(|(_, text)| text)
            .filter(|text| own(text))
            .collect();
        let is_taken = |text: &str| shelf.kept.iter().any(|row| row.text == text);
        let lost = told.into_iter().filter(|text| !is_taken(text));
        stage.lost.extend(lost.map(str::to_owned));
        let mut texts = BTreeSet::new();
        for row in shelf.kept.iter().filter(|row| own(&row.text)) {
            assert!(texts.insert(&row.text), "{row:?} is said twice");
        }
        let mut cut = shelf.ends.len();
        if !is_clean {
            let most = stage.dice.pick(&[2, 10, cut + 1]).min(cut + 1);
            cut -= stage.dice.below(most);
            let end = cut.checked_sub(1).map(|at| shelf.ends[at]);
            shelf.kept.truncate(end.unwrap_or(stage.disk.rows.len()));
        }
        stage.is_torn |= !is_clean || shelf.kept.iter().any(|row| row.kind == Kind::Hole);
        stage.is_kept = self.safe_at.is_some_and(|safe| safe <= cut);
        let ago = |place: &mut Recorded, since: Time| {
            if let Some(ago) = &mut place.ago {
                *ago += now - since;
            }
        };
        for place in stage.disk.places.values_mut() {
            ago(place, Time::ZERO);
        }
        for (_, at, mut place) in shelf.places.into_iter().filter(|(batch, ..)| *batch < cut) {
            ago(&mut place, at);
            match place.data.is_empty() {
                true => stage.disk.places.remove(&place.number),
                false => stage.disk.places.insert(place.number, place),
            };
        }
        stage.disk.rows = shelf.kept;
        for row in &mut stage.disk.rows {
            row.at = Time::ZERO;
        }
        stage.disk.is_clean = is_clean;
        stage.began += now;
    }
}

impl Stage {
    fn new(seed: u64) -> Stage {
        let mut dice = Dice::new(seed);
        Stage {
            disk: Disk::default(),
            bot: Program::default(),
            marks: 0,
            names: 0,
            is_kept: false,
            had_at: Time::ZERO,
            began: Time::ZERO,
            lost: BTreeSet::new(),
            kills: dice.pick(&[0, 500, 900]),
            trouble: dice.pick(&[0, 0, 50, 200]),
            is_torn: false,
            met: Met::default(),
            dice,
        }
    }

    /// The next server begins, and the program comes to it.
    fn next_life(&mut self, life: u64) -> Life {
        let mut config = config(Rate {
            lines_per_s: 0,
            burst: 1,
        });
        config.backlog = self.dice.below(3);
        // Dice of its own: no server draws a key that an earlier one has drawn.
        let mut net = Net::new(Dice::new(self.dice.below(usize::MAX) as u64));
        net.hurry = true;
        net.shelf.kept.clone_from(&self.disk.rows);
        let mut server = Server::new(net, config);
        server.begin_epochs((life + 1) << 40);
        server.begin_archive(self.disk.before());
        let mut life_now = Life {
            server,
            eye: 0,
            talkers: Vec::new(),
            safe_at: self.is_kept.then_some(0),
        };
        // Who reads everything is there before anything is said.
        life_now.eye = life_now.connect(usize::MAX);
        let lines = format!("/lang en\neye{life}\n/also kitchen\n");
        life_now.send(life_now.eye, &lines);
        life_now.turns(self, 20);
        let is_first = self.dice.chance(300);
        if is_first {
            life_now.comes(self);
        }
        for room in ROOMS {
            let link = life_now.connect(usize::MAX);
            life_now.send(link, &format!("/lang en\nto_{room}{life}\n/join {room}\n"));
            life_now.talkers.push(link);
        }
        let count = self.dice.below(20);
        life_now.turns(self, count);
        if !is_first {
            life_now.comes(self);
        }
        let mut faults = Faults::none();
        let mut rate = || self.dice.below(self.trouble + 1) as u32;
        faults.set(Fault::ArchiveFull, rate());
        faults.set(Fault::ArchiveFails, rate());
        faults.set(Fault::RecallLate, rate());
        faults.set(Fault::RecallBusy, rate());
        faults.set(Fault::RecallFails, rate());
        life_now.server.sys().faults = faults;
        life_now
    }

    /// The program has all of what is on disk that it was not told to be missing.
    fn check(&mut self) {
        for (room, heard) in &self.bot.heard {
            let rows = self.disk.rows.iter().filter(|row| row.room == *room);
            let rows: Vec<&Kept> = rows.collect();
            let places = rows.iter().enumerate();
            let places = places.filter(|(_, row)| row.kind != Kind::Hole);
            let places: BTreeMap<LineId, usize> = places.map(|(at, row)| (row.id, at)).collect();
            let mut ids = BTreeSet::new();
            // Where the program was, if nothing was missing since.
            let mut at: Option<usize> = None;
            let mut behind = None;
            let mut between = 0;
            for heard in heard {
                let Heard::Line(id, text) = heard else {
                    let is_gap = matches!(heard, Heard::Gap);
                    self.met.gaps += usize::from(is_gap);
                    let may_be = !is_gap || self.is_torn || self.trouble > 0;
                    assert!(may_be, "a gap in {room}");
                    (at, between) = (None, 0);
                    continue;
                };
                self.met.lines += 1;
                assert!(ids.insert(*id), "{id:?} comes twice: {text}");
                let Some(place) = places.get(id).copied() else {
                    between += 1;
                    continue;
                };
                assert!(behind < Some(place), "{room}: {text} comes late");
                behind = Some(place);
                let row = rows[place];
                if row.kind == Kind::Line {
                    assert_eq!(*text, format!("<{}> {}", row.from, row.text));
                }
                if let Some(at) = at {
                    let missed = &rows[at + 1..place];
                    let is_hole = missed.iter().all(|row| row.kind == Kind::Hole);
                    assert!(is_hole, "{room}: it was not told of {missed:?}");
                    let holes: u64 = missed.iter().map(|row| row.more).sum();
                    assert!(holes <= between, "{room}: a hole that was not told");
                }
                (at, between) = (Some(place), 0);
            }
            let last = rows.iter().rfind(|row| row.kind != Kind::Hole);
            let has_last = last.is_none_or(|row| self.bot.last[room] >= row.id);
            assert!(has_last, "{room}: the last line is {last:?}");
        }
    }
}

#[test]
fn a_program_with_a_key_lives_on_over_many_servers() {
    let mut all = Met::default();
    for seed in 0..200 {
        let mut stage = Stage::new(seed);
        for number in 0..LIVES {
            let mut life = stage.next_life(number);
            for _ in 0..stage.dice.between(5, 40) {
                life.act(&mut stage);
            }
            if number + 1 == LIVES {
                life.settles(&mut stage);
                stage.disk.rows = std::mem::take(&mut life.server.sys().shelf.kept);
                stage.check();
            } else {
                life.ends(&mut stage);
            }
        }
        all.resumes += stage.bot.resumes;
        all.refusals += stage.met.refusals;
        all.again += stage.met.again;
        all.gaps += stage.met.gaps;
        all.lines += stage.met.lines;
        all.fetched += stage.met.fetched;
    }
    println!("{all:?}");
    assert!(
        all.resumes > 300 && all.refusals > 5 && all.again > 100 && all.gaps > 30,
        "{all:?}"
    );
}
