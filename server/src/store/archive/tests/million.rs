//! How long it takes to look something up among a million lines, and what that costs in memory. A
//! measurement, not a test: it prints.

use std::time::Instant;

use super::*;
use crate::hub::name::Name;
use crate::hub::recall::{Found, Wish};

const LINES: u64 = 1_000_000;
const ROOMS: u64 = 20;
const SPEAKERS: u64 = 200;
const WORDS: u64 = 30_000;

/// Numbers that look random, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// A word: a few are in most lines, most are rare.
    fn word(&mut self) -> String {
        let part = self.below(1 << 20) as f64 / f64::from(1 << 20);
        let rank = (WORDS as f64).powf(part) as u64 - 1;
        word(rank)
    }
}

/// The word of this rank, the most common one first.
fn word(rank: u64) -> String {
    let mut word = String::new();
    let mut left = rank * 7 + 26;
    while left > 0 {
        word.push(char::from(b'a' + (left % 26) as u8));
        left /= 26;
    }
    word
}

fn fill(file: &Path) {
    let mut database = Database::open(file).expect("it opens");
    let mut numbers = Numbers(88_172_645_463_325_252);
    let mut last = [0; ROOMS as usize];
    let (mut bytes, mut text) = (Vec::new(), String::new());
    let began = Instant::now();
    for n in 1..=LINES {
        // Half of all is said in one room.
        let room = numbers.below(2 * ROOMS).saturating_sub(ROOMS) as usize;
        last[room] += 1;
        text.clear();
        for _ in 0..4 + numbers.below(12) {
            text += &numbers.word();
            text.push(' ');
        }
        let entry = Entry {
            kind: if numbers.below(20) == 0 {
                Kind::Joined
            } else {
                Kind::Line
            },
            room: &format!("room{room}"),
            id: LineId {
                epoch: room as u64 + 1,
                number: last[room],
            },
            from: &format!("speaker{}", numbers.below(SPEAKERS)),
            text: text.trim_end(),
            more: 0,
            refers: None,
            is_proved: false,
        };
        entry.write(&mut bytes);
        if n % 200 == 0 {
            let timed = entries_at(n as i64 * 1000, &bytes);
            database
                .write(timed, std::iter::empty())
                .expect("it is written");
            bytes.clear();
        }
    }
    database.finish().expect("it is closed");
    let each = began.elapsed().as_secs_f64() * 1e6 / LINES as f64;
    println!("written: {each:.1} us a line, with one commit for 200");
}

fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

fn megabytes(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |meta| meta.len() >> 20)
}

/// Asks three times; the longest of the last two.
fn measure(archive: &Archive, what: &str, rooms: &[u64], wish: &Wish) -> Found {
    let mut slowest = Duration::ZERO;
    let mut last = None;
    for n in 0..3 {
        let recall = Recall {
            asker: crate::hub::Id {
                index: 0,
                generation: 0,
            },
            number: 1,
            rooms: rooms
                .iter()
                .map(|room| key(&format!("room{room}")))
                .collect(),
            wish: wish.clone(),
            most: 20,
        };
        let began = Instant::now();
        archive.recall(recall).expect("nothing else waits");
        let found = archive.recalls.wait().found.expect("it works");
        if n > 0 {
            slowest = slowest.max(began.elapsed());
        }
        last = Some(found);
    }
    let found = last.expect("it was asked");
    let (ms, count) = (slowest.as_secs_f64() * 1e3, found.lines.len());
    println!("{what}: {ms:.2} ms, {count} lines, more {:?}", found.more);
    found
}

#[test]
#[ignore = "a measurement, of a release build"]
fn a_million_lines() {
    let folder = Folder::new("million");
    let file = file_in(&folder.0);
    fill(&file);
    println!("the archive: {} MB", megabytes(&file));
    let began = Instant::now();
    let before = memory();
    let (archive, rooms) = folder.open("30000d");
    println!(
        "start: {:.0} ms for {} rooms",
        began.elapsed().as_secs_f64() * 1e3,
        rooms.len()
    );
    drop(rooms);
    let all: Vec<u64> = (0..ROOMS).collect();
    let search = |what: &str, rooms: &[u64], words: &str| {
        let (words, before) = (words.into(), None);
        measure(&archive, what, rooms, &Wish::Search { words, before })
    };
    let began = Instant::now();
    while !search("a search meanwhile", &all, &word(0)).is_whole {}
    println!("indexed: {:.1} s", began.elapsed().as_secs_f64());
    println!("the index: {} MB", megabytes(&folder.0.join("search.db")));
    search("the most common word", &all, &word(0));
    search("the most common word in one room", &[7], &word(0));
    search(
        "three common words",
        &all,
        &format!("{} {} {}", word(0), word(1), word(2)),
    );
    search("a phrase", &all, &format!("\"{} {}\"", word(0), word(1)));
    search(
        "a phrase that is nowhere",
        &all,
        &format!("\"{0} {0} {0} {0} {0}\"", word(1)),
    );
    search("a rare word", &all, &word(WORDS - 100));
    search(
        "a rare and a common word",
        &all,
        &format!("{} {}", word(WORDS - 100), word(0)),
    );
    search("no such word", &all, "zzzzzzzz");
    search("a prefix of one letter", &all, "b*");
    search("a prefix of two letters in one room", &[7], "bc*");
    search("three prefixes of one letter", &all, "b* c* d*");
    ask_without_words(&archive, &all);
    println!("memory: {} KiB more", memory().saturating_sub(before));
    archive.close();
}

/// Questions for other than words.
fn ask_without_words(archive: &Archive, all: &[u64]) {
    let of = |rooms: &[u64], name: &str| {
        let (name, before) = (key(name), None);
        measure(archive, name_of(rooms), rooms, &Wish::From { name, before });
    };
    of(&[7], "speaker17");
    of(all, "speaker17");
    of(&[7], "nobody");
    let last = measure(
        archive,
        "the last lines",
        &[7],
        &Wish::Last { before: None },
    );
    let newest = last.lines[19].id;
    for (what, back) in [
        ("missed: 20 lines", 20),
        ("missed: half of the room", newest.number / 2),
    ] {
        let number = newest.number - back;
        let after = LineId { number, ..newest };
        let upto = newest;
        measure(archive, what, &[7], &Wish::After { after, upto });
    }
    let at = LINES as i64 / 3 * 1000;
    measure(
        archive,
        "since a time",
        &[7],
        &Wish::Since { at, after: None },
    );
}

fn key(name: &str) -> Box<str> {
    Name::parse(name).expect("a name").key().into()
}

fn name_of(rooms: &[u64]) -> &'static str {
    match rooms.len() {
        1 => "lines of somebody in one room",
        _ => "lines of somebody in all rooms",
    }
}
