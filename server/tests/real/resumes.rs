//! Programs that drop at any place of what they are sent, in three ways, and take their places over: each has every
//! line once and in order. It reads whatever a read gives, and never asks for a line twice.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::{PATIENCE, Server};
use crate::people::{Person, Talker};

const DROPS: usize = 15;

/// Numbers that look random, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A program with tags, over all of its connections.
struct Program {
    stream: TcpStream,
    /// A line that has not come in full.
    begun: Vec<u8>,
    key: String,
    epoch: u64,
    /// The number of its last line.
    last: u64,
    /// What it has read: each line of the lobby, its own ones too.
    heard: Vec<String>,
    /// Lines without an answer, by their marks.
    open: Vec<u64>,
    resumed: usize,
    /// Connections that it has left open.
    ghosts: Vec<TcpStream>,
    /// Whether it sends letters one at a time.
    types: bool,
}

impl Program {
    fn join(server: &Server, types: bool) -> Program {
        let mut program = Program {
            stream: connect(server),
            begun: Vec::new(),
            key: String::new(),
            epoch: 0,
            last: 0,
            heard: Vec::new(),
            open: Vec::new(),
            resumed: 0,
            ghosts: Vec::new(),
            types,
        };
        program.send("/tags on\nbot\n");
        while program.key.is_empty() {
            program.read(1000);
        }
        program
    }

    fn send(&mut self, lines: &str) {
        let size = if self.types { 1 } else { lines.len() };
        for piece in lines.as_bytes().chunks(size) {
            // A connection that was dropped takes nothing, which changes nothing.
            let _ = self.stream.write_all(piece);
        }
    }

    /// One read, of so many bytes at most.
    fn read(&mut self, most: usize) {
        let mut bytes = vec![0; most];
        let count = self.stream.read(&mut bytes).expect("something comes");
        assert!(count > 0, "the server has closed: {:?}", self.heard.last());
        self.begun.extend_from_slice(&bytes[..count]);
        while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            let line = String::from_utf8(line).expect("UTF-8");
            self.take(line.trim_end());
        }
    }

    fn take(&mut self, line: &str) {
        let Some((_, line)) = line.strip_prefix('@').and_then(|line| line.split_once(' ')) else {
            return assert!(line.starts_with("* papo: "), "{line}");
        };
        assert!(
            !line.starts_with('!') && !line.contains(" cannot "),
            "{line}"
        );
        if let Some(key) = line.strip_prefix("key ") {
            self.key = key.to_owned();
        }
        self.resumed += usize::from(line.starts_with("resumed "));
        let Some((number, what)) = line
            .strip_prefix("#lobby:")
            .and_then(|line| line.split_once(' '))
        else {
            return;
        };
        let Ok(number) = number.parse() else {
            return assert!(what.starts_with("old "), "{line}");
        };
        if let Some(epoch) = what.strip_prefix("epoch ") {
            assert_eq!(self.epoch, 0, "{line}: a new epoch");
            (self.epoch, self.last) = (epoch.parse().expect("a number"), number);
            return;
        }
        let own = what.strip_prefix("said ").map(|mark| {
            self.open.retain(|open| open.to_string() != mark);
            format!("<bot> mine {mark}.")
        });
        let text = own.clone().unwrap_or_else(|| what.to_owned());
        if own.is_some() && number <= self.last {
            return assert!(self.heard.contains(&text), "{line}: it was not heard");
        }
        assert_eq!(number, self.last + 1, "{line}");
        self.last = number;
        self.heard.push(text);
    }

    fn says(&mut self, mark: u64) {
        self.open.push(mark);
        self.send(&format!("/once {mark} mine {mark}.\n"));
    }

    /// Loses its connection, with all that has not been read, and what it was about to send.
    fn drops(&mut self, server: &Server, how: u64) {
        let old = std::mem::replace(&mut self.stream, connect(server));
        self.begun.clear();
        match how {
            0 => drop(old),
            1 => Talker::from(old).reset(),
            _ => self.ghosts.push(old),
        }
    }

    fn resumes(&mut self) {
        let Program {
            key, epoch, last, ..
        } = self;
        let mut lines = format!("/resume {key} lobby:{epoch}:{last}\n");
        for mark in &self.open {
            lines += &format!("/once {mark} mine {mark}.\n");
        }
        self.send(&lines);
    }
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

fn check(types: bool, seed: u64) {
    let server = Server::start("--rate 0");
    let mut dice = Dice(seed);
    let mut ana = Talker::join(&server, "ana");
    let mut program = Program::join(&server, types);
    let mut said = 0;
    let mut say = |ana: &mut Talker, count: u64| {
        let lines: String = (0..count)
            .map(|n| format!("line {}.\n", said + n))
            .collect();
        ana.send(lines);
        said += count;
        said
    };
    for mark in 0..DROPS as u64 {
        let first = say(&mut ana, 1 + dice.below(30)) - 1;
        if mark % 2 == 0 {
            program.says(mark);
        }
        // Some of it, at least up to a line that will come.
        let upto = first.saturating_sub(dice.below(30));
        let line = format!("<ana> line {upto}.");
        while !program.heard.contains(&line) {
            program.read(1 + dice.below(300) as usize);
        }
        program.drops(&server, dice.below(3));
        say(&mut ana, dice.below(20));
        program.resumes();
        say(&mut ana, dice.below(10));
        // It may drop again in the middle of what it has missed.
        let resumed = program.resumed;
        while program.resumed == resumed {
            program.read(1 + dice.below(300) as usize);
        }
    }
    let last = format!("<ana> line {}.", say(&mut ana, 1) - 1);
    while !program.heard.contains(&last) || !program.open.is_empty() {
        program.read(4096);
    }
    let of = |who: &str| -> Vec<&String> {
        let heard = program.heard.iter();
        heard.filter(|line| line.starts_with(who)).collect()
    };
    let lines: Vec<String> = (0..said).map(|n| format!("<ana> line {n}.")).collect();
    assert_eq!(of("<ana> "), lines.iter().collect::<Vec<_>>());
    assert_eq!(program.resumed, DROPS);
    // Each of its own lines was said once.
    let mut own = Vec::new();
    while own.len() < DROPS.div_ceil(2) {
        let line = ana.hear().expect("ana is there");
        if line.starts_with("<bot> ") {
            assert!(!own.contains(&line), "{line} again");
            own.push(line);
        }
    }
    for line in &own {
        assert_eq!(
            of("<bot> ").iter().filter(|told| **told == line).count(),
            1,
            "{line}"
        );
    }
}

#[test]
fn a_program_that_drops_has_each_line_once() {
    for seed in [1, 22, 333] {
        check(false, 0x9E37_79B9_7F4A_7C15 ^ seed);
    }
}

#[test]
fn a_program_that_sends_letters_one_at_a_time_resumes_too() {
    check(true, 88_172_645_463_325_252);
}
