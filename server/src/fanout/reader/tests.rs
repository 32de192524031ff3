//! Tests of a reader of several rooms by its output: lines are whole, those of each room are in order, private
//! ones have their place among those of the room spoken in, and each line is there or counted as lost.

mod programs;
mod reached;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Reader;
use crate::dialect::Style;
use crate::fanout::feeds::Feeds;
use crate::hub::name::Name;
use crate::hub::{Id, LineId, Lines, RoomId};
use crate::limits::{CARRIED_BYTES, FEED_BYTES, PRIVATE_BYTES};

const ID: Id = Id {
    index: 0,
    generation: 0,
};
const ROOMS: usize = 4;

fn gap_words(mark: &str, lines: u64) -> Vec<u8> {
    format!("{mark}* {lines} skipped\n").into_bytes()
}

fn line_id(number: usize) -> LineId {
    LineId {
        epoch: 1,
        number: number as u64 + 1,
    }
}

fn mark(room: usize) -> String {
    format!("#r{room} ")
}

/// What is known of a line when it is said.
#[derive(Clone, Copy, Debug)]
enum Said {
    /// Line so and so of a room.
    Public(usize, usize),
    /// A private line: its number, and the room spoken in with the number of its lines by then.
    Private(usize, Option<(usize, usize)>),
}

/// A reader, its feeds, and all that was said and came out.
struct Stage {
    feeds: Feeds,
    reader: Reader,
    /// What was said, by the text that is to come out.
    said: BTreeMap<String, Said>,
    /// Lines said in each room, and those of them that the reader is to get.
    lines: [usize; ROOMS],
    /// How many lines each had when it was joined last, and whether anything unsent may
    /// have been carried.
    joined: [usize; ROOMS],
    is_mixed: bool,
    owed: [usize; ROOMS],
    privates: usize,
    spoken_in: Option<usize>,
    also_in: Vec<usize>,
    out: Vec<u8>,
}

impl Stage {
    fn new() -> Stage {
        Stage {
            feeds: Feeds::new(FEED_BYTES, FEED_BYTES),
            reader: Reader::default(),
            said: BTreeMap::new(),
            lines: [0; ROOMS],
            joined: [0; ROOMS],
            is_mixed: false,
            owed: [0; ROOMS],
            privates: 0,
            spoken_in: None,
            also_in: Vec::new(),
            out: Vec::new(),
        }
    }

    fn reads(&self, room: usize) -> bool {
        self.spoken_in == Some(room) || self.also_in.contains(&room)
    }

    fn attach(&mut self, room: usize, is_marked: bool) {
        if self.reads(room) || !is_marked && self.spoken_in.is_some() {
            return;
        }
        let lines = if is_marked {
            Lines::Marked
        } else {
            Lines::Bare
        };
        let name = Name::parse(&format!("r{room}")).expect("a legal name");
        let shown = (RoomId(room as u32), name, lines);
        let reading = self.feeds.seat(shown, Style::default(), ID);
        self.reader.attach(&mut self.feeds, reading);
        self.joined[room] = self.lines[room];
        self.is_mixed |= !self.reader.is_drained();
        match is_marked {
            true => self.also_in.push(room),
            false => self.spoken_in = Some(room),
        }
    }

    fn detach(&mut self, room: usize, keep: usize) {
        self.is_mixed |= self.reads(room);
        let id = RoomId(room as u32);
        let reading = self.reader.detach(&mut self.feeds, id, keep, gap_words);
        assert_eq!(reading.is_some(), self.reads(room));
        if let Some(reading) = reading {
            self.feeds.unseat(reading);
            self.also_in.retain(|other| *other != room);
            self.spoken_in = self.spoken_in.filter(|other| *other != room);
        }
    }

    /// What the hub says when somebody speaks in another room from here on, and stays in both.
    fn speak_in(&mut self, room: usize, keep: usize) {
        let before = self.spoken_in.filter(|before| *before != room);
        let Some(before) = before.filter(|_| self.reads(room)) else {
            return;
        };
        self.detach(before, keep);
        self.detach(room, keep);
        let joined = self.joined;
        self.attach(before, true);
        self.attach(room, false);
        self.joined = joined;
    }

    fn say(&mut self, room: usize, len: usize, is_own: bool) {
        let number = self.lines[room];
        self.lines[room] += 1;
        let text = format!("r{room}:{number}:{}\n", "x".repeat(len));
        for key in self.feeds.of_room(RoomId(room as u32)).to_vec() {
            let key = key as usize;
            let line = format!("{}{text}", self.feeds.feeds[key].mark);
            while !self.feeds.feeds[key].feed.fits(line.len()) {
                let size = self.feeds.feeds[key].feed.larger(line.len());
                self.feeds.resize(key, size.expect("the test is short"));
            }
            if is_own {
                assert!(self.reader.skip(&mut self.feeds, key, line.len()));
            } else {
                self.owed[room] += 1;
                self.said.insert(line.clone(), Said::Public(room, number));
            }
            self.feeds.feeds[key]
                .feed
                .append(line.as_bytes(), line_id(number));
        }
    }

    fn say_privately(&mut self, len: usize) {
        let number = self.privates;
        self.privates += 1;
        let line = format!("p:{number}:{}\n", "x".repeat(len));
        self.reader.insert(&mut self.feeds, line.as_bytes());
        let place = self.spoken_in.map(|room| (room, self.lines[room]));
        self.said.insert(line, Said::Private(number, place));
    }

    fn owes(&self) -> Vec<u8> {
        self.reader.pieces(&self.feeds).flatten().copied().collect()
    }

    fn write(&mut self, most: usize) {
        self.reader.tell_gaps(&self.feeds, gap_words);
        let owed = self.owes();
        if let Some(piece) = self.reader.only_piece(&self.feeds) {
            assert_eq!(piece, owed);
        }
        let n = owed.len().min(most);
        self.out.extend_from_slice(&owed[..n]);
        self.reader.advance(&mut self.feeds, n);
        let left = self.owes();
        assert_eq!(left.len(), owed.len() - n, "what is not out is still owed");
        if self.reader.is_empty(&self.feeds) {
            self.reader.release(&mut self.feeds);
            assert!(self.reader.is_released());
        }
    }

    fn forget(&mut self, room: usize, bytes: u64) {
        for key in self.feeds.of_room(RoomId(room as u32)).to_vec() {
            let key = key as usize;
            let feed = &self.feeds.feeds[key].feed;
            let to = feed.line_at_or_after(feed.start() + bytes);
            if self.reader.cursor(key).is_some_and(|cursor| cursor < to) {
                self.reader.skip_ahead(key, feed, to);
            }
            self.feeds.feeds[key].feed.drop_before(to);
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Line { room, len, own } => self.say(room, len, own),
            Step::Private(len) => self.say_privately(len),
            Step::Attach { room, marked } => self.attach(room, marked),
            Step::Detach { room, keep } => self.detach(room, keep),
            Step::SpeakIn { room, keep } => self.speak_in(room, keep),
            Step::Write(n) => self.write(n),
            Step::Forget { room, bytes } => self.forget(room, bytes),
        }
        self.reader.invariants(&self.feeds);
        for room in 0..ROOMS {
            for unacknowledged in [0, 1, 3, 11, 30, 90, 400] {
                self.judge_reached(room, unacknowledged);
            }
        }
    }

    /// All has been written: compare it with what was said.
    fn judge(&self) {
        let text = String::from_utf8_lossy(&self.out);
        let mut next = [0; ROOMS];
        let mut got = [0; ROOMS];
        let mut told_lost = [0; ROOMS];
        let mut told_lost_somewhere = 0;
        let mut next_private = 0;
        // Of each room, the private lines that have come and how many lines may not come after them.
        let mut least = [0; ROOMS];
        for line in text.split_inclusive('\n') {
            match self.said.get(line) {
                Some(Said::Public(room, number)) => {
                    assert!(*number >= next[*room], "{line} is late in\n{text}");
                    assert!(
                        *number >= least[*room],
                        "{line} comes after a private line that came later:\n{text}"
                    );
                    next[*room] = number + 1;
                    got[*room] += 1;
                }
                Some(Said::Private(number, place)) => {
                    assert_eq!(*number, next_private, "{line} is not next in\n{text}");
                    next_private += 1;
                    if let Some((room, lines)) = *place {
                        assert!(next[room] <= lines, "{line} is late in\n{text}");
                        least[room] = lines;
                    }
                }
                None => {
                    let gap = (0..ROOMS).find(|room| line.starts_with(&mark(*room)));
                    let words = line.trim_start_matches(|c| c != '*');
                    let lost = words
                        .strip_prefix("* ")
                        .and_then(|rest| rest.strip_suffix(" skipped\n"));
                    let lost: usize = lost
                        .and_then(|n| n.parse().ok())
                        .unwrap_or_else(|| panic!("{line:?} is no line of\n{text}"));
                    match gap {
                        Some(room) => told_lost[room] += lost,
                        None => told_lost_somewhere += lost,
                    }
                }
            }
        }
        assert_eq!(next_private, self.privates);
        let mut lost = 0;
        for room in 0..ROOMS {
            let known = got[room] + told_lost[room];
            assert!(
                known <= self.owed[room],
                "r{room}: {known} of {}",
                self.owed[room]
            );
            lost += self.owed[room] - known;
        }
        assert_eq!(lost, told_lost_somewhere, "{text}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Line { room: usize, len: usize, own: bool },
    Private(usize),
    Attach { room: usize, marked: bool },
    Detach { room: usize, keep: usize },
    SpeakIn { room: usize, keep: usize },
    Write(usize),
    Forget { room: usize, bytes: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let room = 0..ROOMS;
    prop_oneof![
        8 => (room.clone(), 1usize..40, 0..5).prop_map(|(room, len, own)| Step::Line { room, len, own: own == 0 }),
        3 => (1usize..40).prop_map(Step::Private),
        3 => (room.clone(), any::<bool>()).prop_map(|(room, marked)| Step::Attach { room, marked }),
        1 => (room.clone(), 0usize..200).prop_map(|(room, keep)| Step::Detach { room, keep }),
        1 => (room.clone(), 0usize..200).prop_map(|(room, keep)| Step::SpeakIn { room, keep }),
        5 => (0usize..90).prop_map(Step::Write),
        1 => (room, 0u64..400).prop_map(|(room, bytes)| Step::Forget { room, bytes }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn whatever_is_joined_and_left_all_lines_come_whole_and_in_order(
        steps in proptest::collection::vec(step(), 1..150),
    ) {
        let mut stage = Stage::new();
        for step in &steps {
            stage.run(step);
        }
        for _ in 0..3 {
            stage.run(&Step::Write(usize::MAX));
        }
        prop_assert!(stage.reader.is_empty(&stage.feeds));
        prop_assert_eq!(stage.reader.private(), 0);
        stage.judge();
    }
}

/// A reader of three rooms, who speaks in the first.
fn in_three_rooms() -> Stage {
    let mut stage = Stage::new();
    stage.attach(0, false);
    stage.attach(1, true);
    stage.attach(2, true);
    stage
}

fn out(stage: &mut Stage) -> String {
    String::from_utf8(std::mem::take(&mut stage.out)).expect("only text")
}

#[test]
fn lines_of_other_rooms_are_marked_and_a_partly_sent_line_is_finished_first() {
    let mut stage = in_three_rooms();
    stage.say(1, 3, false);
    stage.say(0, 3, false);
    stage.write(7 + 4);
    stage.say(2, 1, false);
    stage.say_privately(1);
    stage.write(usize::MAX);
    let told = "r0:0:xxx\n#r1 r1:0:xxx\n#r2 r2:0:x\np:0:x\n";
    let told_otherwise = "r0:0:xxx\n#r1 r1:0:xxx\np:0:x\n#r2 r2:0:x\n";
    let out = out(&mut stage);
    assert!(out == told || out == told_otherwise, "{out}");
    stage.reader.invariants(&stage.feeds);
}

#[test]
fn a_busy_room_does_not_hold_up_another() {
    let mut stage = in_three_rooms();
    let line = "#r1 r1:0:\n".len() + 100;
    for turn in 0..30 {
        for _ in 0..20 {
            stage.say(1, 100, false);
        }
        stage.say(0, 1, false);
        stage.say(2, 1, false);
        // Room 1 alone brings twice as much as is taken.
        stage.write(10 * line + 7);
        if turn % 3 == 2 {
            let out = out(&mut stage);
            for room in ["\nr0:", "\n#r1 ", "\n#r2 "] {
                assert!(out.contains(room), "{room:?} had no turn in\n{out}");
            }
        }
    }
}

#[test]
fn a_room_that_is_left_and_joined_again_has_its_lines_in_order() {
    let mut stage = in_three_rooms();
    stage.say(1, 1, false);
    stage.say(0, 1, false);
    stage.speak_in(1, 1000);
    stage.say(0, 1, false);
    stage.say(1, 1, false);
    stage.say_privately(1);
    stage.say(1, 1, false);
    stage.write(usize::MAX);
    stage.judge();
    let out = out(&mut stage);
    let carried = "#r1 r1:0:x\nr0:0:x\n";
    let after = out
        .strip_prefix(carried)
        .expect("what is carried comes first");
    let of_main = after.lines().filter(|line| !line.starts_with('#'));
    assert!(of_main.eq(["r1:1:x", "p:0:x", "r1:2:x"]), "{out}");
}

#[test]
fn lost_lines_of_a_marked_room_are_told_with_its_mark() {
    let mut stage = in_three_rooms();
    for _ in 0..3 {
        stage.say(1, 1, false);
        stage.say(2, 1, false);
    }
    stage.forget(1, 1000);
    stage.detach(2, 12);
    stage.write(usize::MAX);
    stage.judge();
    let out = out(&mut stage);
    assert!(out.contains("#r1 * 3 skipped\n"), "{out}");
    assert!(out.contains("#r2 * 2 skipped\n#r2 r2:2:x\n"), "{out}");
}

#[test]
fn bytes_carried_along_from_many_rooms_are_bounded() {
    let mut stage = Stage::new();
    stage.attach(0, false);
    for room in 1..ROOMS {
        stage.attach(room, true);
        for _ in 0..1000 {
            stage.say(room, 90, false);
        }
    }
    for room in 1..ROOMS {
        stage.detach(room, PRIVATE_BYTES);
    }
    let most = CARRIED_BYTES + 100 * ROOMS;
    assert!(stage.reader.private() <= most, "{}", stage.reader.private());
    stage.write(usize::MAX);
    stage.judge();
}

#[test]
fn a_reader_of_one_room_is_small() {
    // A line of the processor's cache holds it.
    assert!(size_of::<Reader>() <= 56, "{}", size_of::<Reader>());
}
