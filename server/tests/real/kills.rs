//! kill -9 at random moments under load, over one directory; `scripts/kills` runs it.
//!
//! After each: no id ever meant two lines, neither on the wire nor on disk; what was seen on disk is still
//! there, and of each epoch nothing is missing before its last line; and a program that drops and resumes
//! while the server lives has read each line once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::Signal;

use crate::archive::{Place, export};
use crate::harness::PATIENCE;
use crate::survivor::Survivor;

/// An epoch and a number of the lobby.
pub(crate) type Id = (u64, u64);
/// Each line by its id, as `<NAME> TEXT`; what nobody said is empty.
pub(crate) type Lines = BTreeMap<Id, String>;

/// Numbers that look random, and are the same for the same seed.
struct Dice(u64);

impl Dice {
    /// One below `most`.
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % most
    }
}

/// A program's connection with tags on; it ends with the server.
pub(crate) struct Program {
    input: BufReader<TcpStream>,
}

impl Program {
    pub(crate) fn connect(address: SocketAddr, first: &str) -> Option<Program> {
        let socket = TcpStream::connect(address).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).ok()?;
        (&socket).write_all(first.as_bytes()).ok()?;
        let input = BufReader::new(socket);
        Some(Program { input })
    }

    pub(crate) fn say(&self, lines: &str) -> Option<()> {
        self.input.get_ref().write_all(lines.as_bytes()).ok()
    }

    /// The next line without its time; none when the server is gone, also in the middle of a line.
    pub(crate) fn hear(&mut self) -> Option<String> {
        loop {
            let line = self.hear_any()?;
            if let Some((_, rest)) = line.strip_prefix('@').and_then(|line| line.split_once(' ')) {
                return Some(rest.to_owned());
            }
        }
    }

    /// The next line of any kind, as it is.
    pub(crate) fn hear_any(&mut self) -> Option<String> {
        {
            let mut line = String::new();
            if let Err(error) = self.input.read_line(&mut line) {
                assert!(
                    error.kind() != std::io::ErrorKind::WouldBlock,
                    "no line comes"
                );
                return None;
            }
            line.strip_suffix('\n').map(str::to_owned)
        }
    }
}

/// What a reader of the room has read, over all its connections.
#[derive(Default)]
struct Reader {
    lines: Lines,
    key: String,
    last: Id,
    resumed: u64,
    /// How often lines were not at hand any more, as it was told.
    told: u64,
}

impl Reader {
    /// Reads until the server is gone, and drops now and then.
    fn work(&mut self, address: SocketAddr, heard: &AtomicU64, mut dice: Dice) -> Option<()> {
        let mut program = Program::connect(address, "/tags on\nreader\n")?;
        loop {
            for _ in 0..20 + dice.below(400) {
                self.take(&program.hear()?);
                heard.fetch_add(1, Ordering::Relaxed);
            }
            let _ = program.input.get_ref().shutdown(Shutdown::Both);
            let (epoch, number) = self.last;
            let again = format!("/resume {} lobby:{epoch}:{number}\n", self.key);
            program = Program::connect(address, &again)?;
            while !program.hear()?.starts_with("resumed reader #lobby") {}
            self.resumed += 1;
        }
    }

    fn take(&mut self, line: &str) {
        if let Some(key) = line.strip_prefix("key ") {
            key.clone_into(&mut self.key);
        }
        assert!(!line.starts_with("! "), "refused: {line}");
        let Some(rest) = line.strip_prefix("#lobby") else {
            return;
        };
        let Some((number, what)) = rest.strip_prefix(':').and_then(|rest| rest.split_once(' '))
        else {
            let lost = rest
                .strip_prefix(" skipped ")
                .map_or(Ok(0), str::parse::<u64>);
            self.last.1 += lost.expect("a number");
            self.told += 1;
            return;
        };
        // Lines of before have an epoch, too.
        let Ok(number) = number.parse() else { return };
        if let Some(epoch) = what.strip_prefix("epoch ") {
            self.last = (epoch.parse().expect("a number"), number);
            return;
        }
        assert_eq!(number, self.last.1 + 1, "each line once: {line}");
        self.last.1 = number;
        let said = if what.starts_with('<') { what } else { "" };
        add(&mut self.lines, self.last, said);
    }
}

/// Says lines, and reads what they are answered with, until the server is gone.
fn speak(address: SocketAddr, name: &str, life: u64, mut dice: Dice) -> Lines {
    let mut lines = Lines::new();
    let mut run = || {
        let mut program = Program::connect(address, &format!("/tags on\n{name}\n"))?;
        let (mut epoch, mut said, mut answered) = (0, 0, 0);
        loop {
            let first = said;
            said += 1 + dice.below(60);
            let batch: Vec<String> = (first..said).map(|n| format!("{life}.{n}\n")).collect();
            program.say(&batch.concat())?;
            while answered < said {
                let line = program.hear()?;
                let rest = line
                    .strip_prefix("#lobby:")
                    .and_then(|rest| rest.split_once(' '));
                match rest {
                    Some((_, what)) if what.starts_with("epoch ") => {
                        epoch = what["epoch ".len()..].parse().expect("a number");
                    }
                    Some((number, "said")) => {
                        let id = (epoch, number.parse().expect("a number"));
                        add(&mut lines, id, &format!("<{name}> {life}.{answered}"));
                        answered += 1;
                    }
                    _ => assert!(!line.starts_with("! "), "refused: {line}"),
                }
            }
            // As fast as the server takes them, millions of lines would have to be looked through after each
            // kill.
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let _: Option<()> = run();
    lines
}

/// Notes a line; one with this id must be the same.
#[track_caller]
pub(crate) fn add(lines: &mut Lines, id: Id, line: &str) {
    let known = lines.entry(id).or_insert_with(|| line.to_owned());
    assert_eq!(known, line, "{id:?} is used twice");
}

/// The lobby on disk.
fn on_disk(place: &Place) -> Lines {
    let mut lines = Lines::new();
    for line in export(&place.0, "json").lines() {
        let field = |name: &str| {
            let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
            Some(rest.split_once('"')?.0)
        };
        if field("room") != Some("lobby") || field("kind") == Some("hole") {
            continue;
        }
        let (epoch, number) = field("id")
            .and_then(|id| id.split_once(':'))
            .expect("an id");
        let id = (
            epoch.parse().expect("a number"),
            number.parse().expect("a number"),
        );
        let said = match field("kind") {
            Some("line") => format!(
                "<{}> {}",
                field("from").expect("a name"),
                field("text").expect("a text")
            ),
            _ => String::new(),
        };
        assert!(!lines.contains_key(&id), "{id:?} is there twice");
        add(&mut lines, id, &said);
    }
    lines
}

/// What must be true after a kill. `seen` has all lines that anybody has read, `kept` those that were on disk.
fn check(place: &Place, seen: &mut Lines, kept: &mut BTreeSet<Id>, eva: &mut Survivor) {
    let disk = on_disk(place);
    eva.check(&disk);
    // Her key came before her first line.
    eva.is_kept |= disk.values().any(|line| line.starts_with("<eva>"));
    for (id, line) in &disk {
        add(seen, *id, line);
    }
    let gone: Vec<&Id> = kept.iter().filter(|id| !disk.contains_key(id)).collect();
    assert!(gone.is_empty(), "they were kept: {gone:?}");
    let mut before = (0, 0);
    for id in disk.keys() {
        let next = if id.0 == before.0 { before.1 + 1 } else { 1 };
        assert_eq!(
            id.1, next,
            "a line is missing in the middle of epoch {}",
            id.0
        );
        before = *id;
    }
    kept.extend(disk.keys());
}

#[test]
fn a_server_that_is_killed_a_few_times_keeps_what_it_kept() {
    kill(5, 7);
}

#[test]
#[ignore = "takes minutes; scripts/kills runs it"]
fn a_server_that_is_killed_keeps_what_it_kept_and_gives_no_id_twice() {
    let number = |name: &str, else_it: u64| {
        let set = std::env::var(name).ok();
        set.map_or(else_it, |set| set.parse().expect("a number"))
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = number("SEED", since.unwrap_or_default().as_secs());
    let kills = number("KILLS", 200);
    println!("repeat with: SEED={seed} scripts/kills {kills}");
    kill(kills, seed);
}

fn kill(kills: u64, seed: u64) {
    let mut dice = Dice(seed);
    let place = Place::new();
    let (mut seen, mut kept) = (Lines::new(), BTreeSet::new());
    let (mut resumed, mut told) = (0, 0);
    let mut eva = Survivor::default();
    let began = Instant::now();
    for life in 0..kills {
        let server = place.start("--rate 0 --burst 0");
        check(&place, &mut seen, &mut kept, &mut eva);
        let (address, heard, answered) = (server.address(), AtomicU64::new(0), AtomicU64::new(0));
        let mut reader = Reader::default();
        let [first, second, third] = [0; 3].map(|_| Dice(dice.below(u64::MAX)));
        let (enough, looks) = (1 + dice.below(1500), life < 20);
        let said = scope(|scope| {
            let reading = scope.spawn(|| reader.work(address, &heard, first));
            let ana = scope.spawn(|| speak(address, "ana", life, second));
            let bob = scope.spawn(|| speak(address, "bob", life, third));
            let surviving = scope.spawn(|| eva.work(address, &answered));
            let is_time =
                || heard.load(Ordering::Relaxed) >= enough && answered.load(Ordering::Relaxed) > 0;
            while !is_time() && !reading.is_finished() && !surviving.is_finished() {
                std::thread::sleep(Duration::from_micros(200));
            }
            if looks {
                kept.extend(on_disk(&place).keys());
            }
            server.signal(Signal::SIGKILL);
            let speakers = [ana, bob].map(|speaker| speaker.join().expect("it is answered"));
            reading.join().expect("it reads each line once");
            surviving.join().expect("it has each line once");
            speakers
        });
        for lines in said.iter().chain([&reader.lines, &eva.lines]) {
            for (id, line) in lines {
                add(&mut seen, *id, line);
            }
        }
        (resumed, told) = (resumed + reader.resumed, told + reader.told);
    }
    drop(place.start(""));
    check(&place, &mut seen, &mut kept, &mut eva);
    println!(
        "{kills} kills in {} s: {} lines with {} ids, {} of them on disk; resumed {resumed} times, of which {told} were told of lost lines; over the kills {} times, told of gaps {} times, {} lines sent again had been said",
        began.elapsed().as_secs(),
        seen.values().filter(|line| !line.is_empty()).count(),
        seen.len(),
        kept.len(),
        eva.resumed,
        eva.told,
        eva.again,
    );
}
