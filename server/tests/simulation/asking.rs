//! People who look up lines of before, page by page, while others go on speaking, correct and delete, while the
//! archive is full, late, busy or fails, and through stops and crashes of the server.
//!
//! The referee knows lists of lines (order of the rooms, and rows that the archive took) and no page. Each answer
//! has to be what such a list held for this question at some moment between question and answer: from one page
//! to the next no line is missing or told twice, deleted ones are not told, corrected ones with their new text,
//! and nothing is told of somebody who is ignored. Lines that the archive could not take may be missing where
//! memory does not have them any more. Each question has one answer, or it is told that there is none now.

use std::collections::BTreeSet;
use std::time::Duration;

use papo_server::flood::Rate;
use papo_server::hub::Time;
use papo_server::net::sys::Signal;
use papo_server::turn::{End, Server};

use crate::answers::{Answer, Told, texts};
use crate::configs::config;
use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::lists::{Lists, Row};
use crate::lives::Disk;
use crate::net::Net;
use crate::questions::{Open, PAGE, Page, Question, fits, slice, wanted};
use crate::recalls::millis;
use crate::shelf::Kept;

pub(crate) const ROOMS: [&str; 2] = ["lobby", "kitchen"];
/// Who asks and speaks: a name, the room that they speak in, and what else they send at first.
const PEOPLE: [(&str, usize, &str); 3] = [
    ("ana", 0, ""),
    ("bob", 0, "/also kitchen\n"),
    ("eva", 1, "/join kitchen\n/leave lobby\n"),
];
struct Person {
    name: &'static str,
    link: usize,
    seen: usize,
    rooms: Vec<usize>,
    ignored: BTreeSet<String>,
    open: Option<Open>,
    /// What `/more` goes on with.
    next: Option<Page>,
    /// Where the next page begins is not known: lines were passed because they were ignored.
    is_unsure: bool,
    /// It asked for more, of which there is none.
    is_at_end: bool,
}

struct Stage {
    server: Server<Net>,
    dice: Dice,
    people: Vec<Person>,
    lists: Lists,
    /// How many lines were said.
    lines: usize,
    /// Refused questions, chains at their end, failures, next pages, long pages, holes, crashes.
    met: [usize; 7],
}

impl Stage {
    /// A server that goes on with what is on disk.
    fn new(mut dice: Dice, life: u64, now: Time, disk: &Disk, lines: usize) -> Stage {
        let rate = Rate {
            lines_per_s: 0,
            burst: 1,
        };
        let mut net = Net::new(dice.clone());
        (net.hurry, net.now) = (true, now);
        net.shelf.kept.clone_from(&disk.rows);
        let mut server = Server::new(net, config(rate));
        server.begin_epochs((life + 1) << 40);
        server.begin_archive(disk.before());
        let mut stage = Stage {
            server,
            lists: Lists::new(&disk.rows),
            people: Vec::new(),
            lines,
            met: [0; 7],
            dice: dice.clone(),
        };
        for room in ROOMS {
            let link = stage.connect(&format!("eye_{room}\n/join {room}\n"));
            stage.lists.observers.push((link, 0));
            stage.turns(5);
        }
        for (name, room, more) in PEOPLE {
            let link = stage.connect(&format!("{name}\n{more}"));
            let rooms = match more {
                "" => vec![0],
                _ if room == 0 => vec![0, 1],
                _ => vec![1],
            };
            stage.people.push(Person {
                name,
                link,
                seen: 0,
                rooms,
                ignored: BTreeSet::new(),
                open: None,
                next: None,
                is_unsure: false,
                is_at_end: false,
            });
            stage.turns(5);
        }
        let mut faults = Faults::none();
        let most = dice.pick(&[0, 100, 300]);
        for fault in [Fault::RecallBusy, Fault::RecallFails, Fault::RecallLate] {
            faults.set(fault, dice.below(most + 1) as u32);
        }
        stage.server.sys().faults = faults;
        stage
    }

    fn connect(&mut self, lines: &str) -> usize {
        let net = self.server.sys();
        let link = net.connect(0, [127, 0, 0, 1].into(), usize::MAX);
        net.links[link].spared = true;
        net.links[link]
            .to_server
            .extend(format!("/lang en\n{lines}").bytes());
        link
    }

    fn send(&mut self, person: usize, line: &str) {
        let link = self.people[person].link;
        let link = &mut self.server.sys().links[link];
        link.to_server.extend(format!("{line}\n").bytes());
    }

    /// Everybody reads at once.
    fn turn(&mut self) -> Option<End> {
        for link in &mut self.server.sys().links {
            link.taken = link.written.len();
        }
        self.server.turn().expect("the wait works")
    }

    fn turns(&mut self, count: usize) {
        for _ in 0..count {
            self.turn();
            self.server.invariants();
            self.lists.read(self.server.sys());
            (0..self.people.len()).for_each(|person| self.hear(person));
        }
    }

    /// Somebody does something.
    fn act(&mut self) {
        let person = self.dice.below(PEOPLE.len());
        let is_full = self.server.sys().shelf.is_full();
        match self.dice.below(20) {
            0..8 => {
                for _ in 0..self.dice.pick(&[1, 1, 2, 5, 12]) {
                    self.lines += 1;
                    let verb = self.dice.pick(&["", "", "/me "]);
                    let words = self.dice.pick(&["soup", "soup rice", "rice", ""]);
                    let line = format!("{verb}n{} {words}", self.lines);
                    self.send(person, line.trim_end());
                }
            }
            8 if !is_full => {
                let name = self.people[person].name;
                if let Some(token) = self.lists.last_of(name) {
                    self.send(person, &format!("/edit !! {token} soup corrected"));
                }
            }
            9 if !is_full => self.send(person, "/delete !!"),
            10 if self.people[person].open.is_none() => {
                let (other, _, _) = self.dice.pick(&PEOPLE);
                self.send(person, &format!("/ignore {other}"));
            }
            11 => {
                let net = self.server.sys();
                net.shelf.fill(net.now, &mut self.dice);
            }
            12 => self.drops(person),
            _ if self.people[person].open.is_some() => {
                let net = self.server.sys();
                let soon = net.now + Duration::from_secs(5);
                if !net.shelf.recalls.is_ready(soon) {
                    // The open question stays, and this one is refused.
                    self.send(person, "/search else");
                    self.met[0] += 1;
                }
            }
            13..17 if !self.people[person].is_unsure => self.more(person),
            _ => self.asks(person),
        }
        // All of it is read before the next one.
        let count = self.dice.between(2, 5);
        self.turns(count);
    }

    fn drops(&mut self, person: usize) {
        let (name, _, more) = PEOPLE[person];
        let link = self.people[person].link;
        self.server.sys().links[link].fin = true;
        // What was asked is answered no more. Whoever is back ignores whom they ignored.
        let gone = self.people.remove(person);
        self.turns(3);
        let link = self.connect(&format!("{name}\n{more}"));
        self.turns(5);
        let seen = self.server.sys().links[link].written.len();
        let back = Person {
            link,
            seen,
            open: None,
            next: None,
            ..gone
        };
        self.people.insert(person, back);
    }

    fn asks(&mut self, person: usize) {
        let rooms = self.people[person].rooms.clone();
        let room = self.dice.pick(&rooms);
        let name = ROOMS[room];
        // When it will be read: nothing happens before.
        let question = match self.dice.below(5) {
            0 | 1 => {
                let most = self.dice.pick(&[1, 3, 20, 60, 100, 500]);
                self.send(person, &format!("/history {most} {name}"));
                Question::Last { room, most }
            }
            2 => {
                let minutes = self.dice.between(1, 9);
                self.send(person, &format!("/history since {minutes}m {name}"));
                let at = -60_000 * minutes as i64;
                Question::Since { room, at }
            }
            3 => {
                let (who, _, _) = self.dice.pick(&PEOPLE);
                self.send(person, &format!("/history from {who} {name}"));
                let name = who.to_owned();
                Question::From { room, name }
            }
            _ => {
                let words = self.dice.pick(&["soup", "rice", "soup rice", "corrected"]);
                let is_one = self.dice.chance(500);
                let within = format!(" in {name}");
                let within = if is_one { within.as_str() } else { "" };
                self.send(person, &format!("/search {words}{within}"));
                let rooms = if is_one { vec![room] } else { rooms };
                let words = words.to_owned();
                Question::With { rooms, words }
            }
        };
        let edge = None;
        self.opens(person, Page { question, edge }, false);
    }

    fn more(&mut self, person: usize) {
        self.send(person, "/more");
        match self.people[person].next.take() {
            Some(page) => self.opens(person, page, true),
            None => {
                self.people[person].is_at_end = true;
                self.turns(1);
                let Person {
                    link, is_at_end, ..
                } = self.people[person];
                let told = String::from_utf8_lossy(&self.server.sys().links[link].written);
                assert!(!is_at_end, "/more is not answered: {told}");
                self.met[1] += 1;
            }
        }
    }

    /// The question is read in the next turn.
    fn opens(&mut self, person: usize, page: Page, is_next: bool) {
        let from = (self.lists.said(), self.server.sys().shelf.kept.len());
        self.people[person].open = Some(Open {
            page,
            is_next,
            from,
        });
        self.turn();
        self.server.invariants();
        let now = millis(self.server.sys().now);
        let open = self.people[person].open.as_mut();
        let page = open.map(|open| &mut open.page);
        if let Some(Page {
            question: Question::Since { at, .. },
            edge: None,
        }) = page
            && *at <= 0
        {
            *at += now;
        }
        self.lists.read(self.server.sys());
        (0..self.people.len()).for_each(|person| self.hear(person));
        // What was said before it is in its answer.
        let kept = self.server.sys().shelf.kept.len();
        if let Some(open) = &mut self.people[person].open {
            open.from.1 = kept;
        }
    }

    /// Somebody reads what has come.
    fn hear(&mut self, person: usize) {
        let Person { link, seen, .. } = self.people[person];
        let link = &self.server.sys().links[link];
        let new = String::from_utf8(link.written[seen..].to_vec()).expect("UTF-8");
        self.people[person].seen = link.written.len();
        let answer = Answer::read(&new);
        for (name, on) in &answer.ignoring {
            self.people[person].is_unsure = true;
            let ignored = &mut self.people[person].ignored;
            match on {
                true => ignored.insert(name.clone()),
                false => ignored.remove(name),
            };
        }
        let is_at_end = &mut self.people[person].is_at_end;
        assert!(*is_at_end || !answer.is_at_end, "there is more: {new}");
        *is_at_end &= !answer.is_at_end;
        if !answer.is_one {
            return;
        }
        let open = self.people[person].open.take();
        let open = open.unwrap_or_else(|| panic!("an answer to nothing: {new}"));
        self.check(person, &open, &answer);
        let edge = match open.page.question {
            Question::Since { .. } => answer.lines.last(),
            _ => answer.lines.first(),
        };
        let edge = edge.map(|told| told.token().to_owned());
        let person = &mut self.people[person];
        let page = Page {
            question: open.page.question.clone(),
            edge: edge.clone().or(open.page.edge.clone()),
        };
        let is_empty = answer.failure.is_some() && answer.lines.is_empty();
        let is_passed = !open.is_next && !person.ignored.is_empty();
        person.is_unsure = is_empty && (person.is_unsure || is_passed);
        person.next = match (&answer.failure, edge) {
            (Some(_), Some(_)) => Some(page),
            (Some(_), None) if open.is_next => Some(open.page),
            (Some(_), None) => person.next.take(),
            (None, _) if answer.has_more => Some(page),
            (None, _) => None,
        };
    }

    /// See the top of this file.
    fn check(&mut self, person: usize, open: &Open, answer: &Answer) {
        let Person { name, ignored, .. } = &self.people[person];
        self.met[2] += usize::from(answer.failure.is_some());
        self.met[3] += usize::from(open.is_next && !answer.lines.is_empty());
        self.met[4] += usize::from(answer.lines.len() >= PAGE);
        let kept = self.server.sys().shelf.kept_at(open.from.1);
        let hears = |row: &Row| !row.is_deleted && !ignored.contains(&row.from);
        let mut nearest = None;
        for upto in kept {
            let rows = self.lists.rows(&self.server.sys().shelf.kept[..upto]);
            let ways = match &open.page.question {
                Question::Last { room, .. } => (open.from.0[*room]..=self.lists.said()[*room])
                    .rev()
                    .map(|said| self.lists.merged(*room, said, &rows))
                    .collect(),
                question => vec![wanted(question, &rows)],
            };
            for all in ways {
                let edge = open.page.edge.as_ref();
                let at = edge.map(|edge| all.iter().position(|row| row.token() == edge));
                // A line that was told, and is not wanted any more.
                let Some(all) = slice(&open.page.question, &all, at) else {
                    return;
                };
                let all: Vec<Told> = all.iter().filter(|row| hears(row)).map(Row::told).collect();
                if fits(open, answer, &all, ignored.is_empty()) {
                    return;
                }
                nearest.get_or_insert(all);
            }
        }
        panic!(
            "{name}: {open:?}: told {}; more {}, {:?}; there was {}",
            texts(&answer.lines),
            answer.has_more,
            answer.failure,
            texts(&nearest.unwrap_or_default())
        );
    }

    /// Everybody waits for their answers.
    fn settle(&mut self) {
        for _ in 0..200 {
            self.turns(1);
            if self.server.sys().shelf.is_quiet() {
                break;
            }
        }
        self.turns(3);
        for person in &self.people {
            assert!(person.open.is_none(), "no answer: {:?}", person.open);
        }
    }

    /// The server stops, or is killed and loses what was not written yet.
    fn end(mut self) -> (Vec<Kept>, bool, Time) {
        let is_stop = self.dice.chance(500);
        if is_stop {
            self.server.sys().desk.signals.push_back(Signal::Stop);
            while self.turn().is_none() {}
        }
        let now = self.server.sys().now + Duration::from_secs(10);
        let mut shelf = std::mem::take(&mut self.server.sys().shelf);
        if !is_stop {
            let lost = self.dice.below(4).min(shelf.ends.len());
            let last = shelf.ends.iter().rev().nth(lost);
            let end = last.copied().unwrap_or(shelf.kept.len());
            shelf.kept.truncate(end);
        }
        (shelf.kept, is_stop && !shelf.is_lossy, now)
    }
}

#[test]
fn pages_of_before_are_what_the_rooms_had() {
    let mut met = [0; 7];
    for seed in 0..120 {
        println!("seed {seed}");
        let mut dice = Dice::new(seed);
        let mut disk = Disk::default();
        let (mut now, mut lines) = (Time::from_secs(1), 0);
        for life in 0..3 {
            let mut stage = Stage::new(dice.clone(), life, now, &disk, lines);
            for _ in 0..stage.dice.between(20, 120) {
                stage.act();
            }
            stage.settle();
            stage.lists.check(&stage.server.sys().shelf.kept);
            let is_hole = |kept: &Kept| kept.more > 0;
            met[5] += usize::from(stage.server.sys().shelf.kept.iter().any(is_hole));
            (met.iter_mut().zip(stage.met)).for_each(|(met, more)| *met += more);
            lines = stage.lines;
            (disk.rows, disk.is_clean, now) = stage.end();
            met[6] += usize::from(!disk.is_clean);
            dice.below(2);
        }
    }
    let enough = [30, 1000, 300, 300, 300, 30, 100];
    let has_met = met.iter().zip(enough).all(|(met, enough)| *met >= enough);
    assert!(has_met, "{met:?}");
}
