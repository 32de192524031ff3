//! A thousand joins while somebody at nc pastes and writes long lines: every read of a client of Chat em
//! Tempo Real is whole by itself, and no line is lost or glued to another.
//!
//! The clients are slow at times: up to 150 ms pass before a read. The server allows 250, and a loaded
//! machine may need more: a client that did is not judged, and there must be few.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::forms::Pessoa;
use crate::harness::PATIENCE;
use crate::people::{Person, Talker};
use crate::screen::READ;
use crate::world::World;

const JOINS: usize = 1000;
const AT_ONCE: usize = 50;
/// Lines said after it came that a client waits for.
const LINES: usize = 3;
/// As the server has it.
const MOMENT: Duration = Duration::from_millis(250);

/// Line `n` of bob's: accents at every place, some lines of more letters than fit one read.
fn line(n: usize) -> String {
    let letters = match n % 40 {
        0 => 510,
        n => n * 7 % 100,
    };
    format!("{n}{}{}", "y".repeat(n % 3), "ã".repeat(letters))
}

#[test]
fn a_thousand_joins_are_read_whole_by_slow_readers() {
    let world = World::with("--rate 0 --backlog 10");
    let address = world.vpn();
    let mut bob = Talker::to(world.auto());
    bob.enters("bob");
    let (next, late, over) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !over.load(Ordering::Relaxed) {
                // A paste at times.
                for _ in 0..if n % 100 == 0 { 60 } else { 1 } {
                    bob.say(&line(n));
                    n += 1;
                }
                std::thread::sleep(Duration::from_millis(150));
            }
        });
        let join_all = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= JOINS {
                    return;
                }
                match join(address, number) {
                    Seen::Whole => {}
                    Seen::Late => _ = late.fetch_add(1, Ordering::Relaxed),
                    Seen::Wrong(what) => {
                        over.store(true, Ordering::Relaxed);
                        next.store(JOINS, Ordering::Relaxed);
                        panic!("join {number}: {what}");
                    }
                }
            }
        };
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(join_all)).collect();
        for thread in threads {
            let joined = thread.join();
            over.store(true, Ordering::Relaxed);
            joined.expect("all is read whole");
            over.store(false, Ordering::Relaxed);
        }
        over.store(true, Ordering::Relaxed);
    });
    let late = late.into_inner();
    println!("{late} of {JOINS} were late themselves");
    assert!(
        late < JOINS / 4,
        "{late} of {JOINS} were late: the machine is too busy"
    );
}

enum Seen {
    Whole,
    /// The client itself came back too late.
    Late,
    Wrong(String),
}

/// One client: its name, what it reads, and its leave.
fn join(address: SocketAddr, number: usize) -> Seen {
    let mut socket = TcpStream::connect(address).expect("the server listens");
    let set = socket.set_read_timeout(Some(PATIENCE));
    set.expect("a socket takes its options");
    let name = format!("nome{number}");
    socket.write_all(name.as_bytes()).expect("it is taken");
    let mut dice = number as u64 + 1;
    let (mut rows, mut open) = (Rows::default(), true);
    let mut back = Instant::now();
    while open && rows.heard < LINES {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_millis((dice >> 33) % 150));
        let is_late = back.elapsed() >= MOMENT;
        let mut buffer = [0; READ];
        let read = socket.read(&mut buffer);
        back = Instant::now();
        let Ok(count) = read else {
            return Seen::Wrong(format!("nothing comes: {read:?} after {rows:?}"));
        };
        open = count > 0;
        if is_late {
            return Seen::Late;
        }
        let Ok(text) = std::str::from_utf8(&buffer[..count]) else {
            return Seen::Wrong(format!("torn: {:?}", &buffer[..count]));
        };
        if let Err(what) = text.split('\n').try_for_each(|row| rows.show(row)) {
            return Seen::Wrong(what);
        }
    }
    Seen::Whole
}

/// What a client has shown of bob's lines.
#[derive(Default, Debug)]
struct Rows {
    /// The number of the last one, and what of it is still to come.
    last: Option<(usize, String)>,
    heard: usize,
}

impl Rows {
    fn show(&mut self, row: &str) -> Result<(), String> {
        if let Some((number, rest)) = &mut self.last
            && !rest.is_empty()
        {
            *rest = match rest.strip_prefix(row) {
                Some(rest) => rest.to_owned(),
                None => {
                    return Err(format!(
                        "{row:?} in place of the rest of {number}: {rest:?}"
                    ));
                }
            };
            return Ok(());
        }
        let Some((before, text)) = row.split_once("bob: ") else {
            return match row.starts_with(['*', '[']) {
                true => Ok(()),
                false => Err(format!("what is {row:?}?")),
            };
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = text[..digits]
            .parse()
            .map_err(|_| format!("what is {row:?}?"))?;
        let expected = line(number);
        let Some(rest) = expected.strip_prefix(text) else {
            return Err(format!("glued or damaged: {row:?}"));
        };
        if let Some((last, _)) = self.last
            && number != last + 1
        {
            return Err(format!("{number} after {last}"));
        }
        self.last = Some((number, rest.to_owned()));
        // Lines of before say how long ago they were.
        self.heard += usize::from(before.is_empty());
        Ok(())
    }
}
