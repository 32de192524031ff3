//! A program that reads tagged lines, over all of its connections: what it has heard of each room, its key and
//! its marks, and what it sends to have its place again. It believes what it is told, and fails where a line
//! comes twice, out of order, or with a refusal.

use std::collections::{BTreeMap, BTreeSet};

use papo_server::hub::archive::entry::LineId;

use crate::net::Net;

/// Its rooms.
pub(crate) const ROOMS: [&str; 2] = ["lobby", "kitchen"];

/// What the program has read of a room.
pub(crate) enum Heard {
    Line(LineId, String),
    /// It was told that lines may be missing here.
    Gap,
    /// It came as somebody new.
    New,
}

/// The program, over all of its connections.
#[derive(Default)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) link: usize,
    /// Bytes of this connection that it has looked at.
    pub(crate) seen: usize,
    pub(crate) key: Option<String>,
    pub(crate) last: BTreeMap<&'static str, LineId>,
    pub(crate) heard: BTreeMap<&'static str, Vec<Heard>>,
    /// Marks without an answer.
    pub(crate) open: BTreeSet<u64>,
    /// Marks that were answered and not looked at by the referee.
    pub(crate) answered: Vec<u64>,
    pub(crate) resumes: usize,
    /// This connection has the place, which it has read.
    pub(crate) is_here: bool,
    /// It was told that its key counts no more.
    pub(crate) is_refused: bool,
}

impl Program {
    /// It reads the lines that have come in full.
    pub(crate) fn read(&mut self, net: &mut Net) {
        let link = &net.links[self.link];
        let new = &link.written[self.seen..link.taken];
        let whole = new.iter().rposition(|byte| *byte == b'\n');
        let text = String::from_utf8(new[..whole.map_or(0, |end| end + 1)].to_vec());
        let text = text.expect("UTF-8");
        self.seen += text.len();
        for line in text.lines() {
            self.take(line);
        }
    }

    fn take(&mut self, line: &str) {
        let Some(line) = line.strip_prefix('@') else {
            // Before it has said what it is.
            self.is_refused |= line.starts_with("! no place");
            let is_first = self.is_refused || line.starts_with("* papo: ");
            let is_first = is_first || line.starts_with("* bye");
            return assert!(is_first, "without a tag: {line}");
        };
        let (_, line) = line.split_once(' ').expect("a time");
        if let Some(key) = line.strip_prefix("key ") {
            self.key = Some(key.to_owned());
            self.is_here = true;
        }
        if line.starts_with("resumed ") {
            self.resumes += 1;
            self.is_here = true;
            let rooms = format!("resumed {} #lobby #kitchen", self.name);
            assert_eq!(line, rooms);
        }
        assert!(!line.starts_with('!'), "{line}");
        if let Some(mark) = line.strip_prefix("said ") {
            return self.answer(mark.parse().expect("a mark"));
        }
        let Some((place, what)) = line.strip_prefix('#').and_then(|line| line.split_once(' '))
        else {
            return;
        };
        let (room, number) = place.split_once(':').unwrap_or((place, ""));
        let room = ROOMS.into_iter().find(|of| *of == room).expect("its room");
        let heard = self.heard.entry(room).or_default();
        if number.is_empty() {
            heard.push(Heard::Gap);
            let lines = what.strip_prefix("skipped ");
            let lines: u64 = lines.map_or(0, |lines| lines.parse().expect("a number"));
            self.last.get_mut(room).expect("an epoch before").number += lines;
            return;
        }
        // A line of before has its epoch with it.
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        if let Some(epoch) = what.strip_prefix("epoch ") {
            let epoch = epoch.parse().expect("an epoch");
            let is_gap = matches!(heard.last(), None | Some(Heard::Gap | Heard::New));
            assert!(is_gap || number == 0, "{line}: told anew");
            self.last.insert(room, LineId { epoch, number });
            return;
        }
        let mark = what.strip_prefix("said ").map(|mark| {
            let mark = mark.parse().expect("a mark");
            self.answered.push(mark);
            self.open.remove(&mark);
            mark
        });
        let text = mark.map_or(what.to_owned(), |mark| format!("<{}> m{mark}", self.name));
        let last = self.last.get_mut(room).expect("an epoch before");
        if mark.is_some() && number <= last.number {
            // It was said before a drop.
            return;
        }
        assert_eq!(number, last.number + 1, "{line}");
        last.number = number;
        heard.push(Heard::Line(*last, text));
    }

    fn answer(&mut self, mark: u64) {
        self.answered.push(mark);
        self.open.remove(&mark);
    }

    /// What it sends first: for its place if it has a key, else for a new one.
    pub(crate) fn greeting(&self) -> String {
        let Some(key) = &self.key else {
            return format!("/tags on\n/lang en\n{}\n/also kitchen\n", self.name);
        };
        let mut lines = format!("/resume {key}");
        for (room, LineId { epoch, number }) in &self.last {
            lines += &format!(" {room}:{epoch}:{number}");
        }
        lines += "\n";
        for mark in &self.open {
            lines += &format!("/once {mark} m{mark}\n");
        }
        lines
    }
}
