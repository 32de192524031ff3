//! A program that lives through all kills of its server: it says lines with marks, one after the other, and
//! takes its place over in each life. It demands that each line comes once and in order, with gaps only where
//! it is told of them, and that its place is there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::kills::{Id, Lines, Program, add};

/// See the top of this file.
#[derive(Default)]
pub(crate) struct Survivor {
    pub(crate) lines: Lines,
    /// Whether its place is certain to be on disk.
    pub(crate) is_kept: bool,
    key: String,
    last: Id,
    /// The mark of the line that is not answered yet.
    mark: u64,
    answered: BTreeMap<u64, Id>,
    pub(crate) resumed: u64,
    /// How often it was told that lines may be missing.
    pub(crate) told: u64,
    /// How often a line that was sent again had been said before.
    pub(crate) again: u64,
}

impl Survivor {
    /// Speaks and reads until the server is gone. `answered` counts its lines.
    pub(crate) fn work(&mut self, address: SocketAddr, answered: &AtomicU64) -> Option<()> {
        let first = match self.key.as_str() {
            "" => "/tags on\neva\n".to_owned(),
            key => format!("/resume {key} lobby:{}:{}\n", self.last.0, self.last.1),
        };
        let mut program = Program::connect(address, &first)?;
        if !self.key.is_empty() {
            loop {
                let line = program.hear_any()?;
                if line.starts_with("! no place") {
                    assert!(!self.is_kept, "the place is lost");
                    (self.key, self.last) = (String::new(), (0, 0));
                    program.say("/tags on\neva\n")?;
                    break;
                }
                if line.ends_with("resumed eva #lobby") {
                    self.resumed += 1;
                    break;
                }
            }
        }
        loop {
            let text = format!("/once {0} once {0}\n", self.mark);
            program.say(&text)?;
            while !self.take(&program.hear()?) {}
            self.mark += 1;
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes a line; whether it is the answer that it waits for.
    fn take(&mut self, line: &str) -> bool {
        if let Some(key) = line.strip_prefix("key ") {
            key.clone_into(&mut self.key);
        }
        assert!(!line.starts_with('!'), "refused: {line}");
        if line == format!("said {}", self.mark) {
            self.again += 1;
            return true;
        }
        let Some((place, what)) = line
            .strip_prefix("#lobby")
            .and_then(|line| line.split_once(' '))
        else {
            return false;
        };
        let is_answer = what.strip_prefix("said ") == Some(&self.mark.to_string());
        let Some(number) = place.strip_prefix(':') else {
            if let Some(lines) = what.strip_prefix("skipped ") {
                self.last.1 += lines.parse::<u64>().expect("a number");
            }
            self.told += 1;
            return false;
        };
        // Lines of before, and of an earlier epoch, have theirs with them.
        let Ok(number) = number.parse::<u64>() else {
            self.again += u64::from(is_answer);
            return is_answer;
        };
        if let Some(epoch) = what.strip_prefix("epoch ") {
            self.last = (epoch.parse().expect("a number"), number);
            return false;
        }
        if is_answer && number <= self.last.1 {
            // It was said before the kill, and has been read since.
            self.again += 1;
            return true;
        }
        assert_eq!(number, self.last.1 + 1, "each line once: {line}");
        self.last.1 = number;
        let own = format!("<eva> once {}", self.mark);
        let said = match what {
            _ if is_answer => own.as_str(),
            what if what.starts_with('<') => what,
            _ => "",
        };
        let is_new = !self.lines.contains_key(&self.last);
        assert!(is_new, "{:?} comes twice: {line}", self.last);
        add(&mut self.lines, self.last, said);
        if is_answer {
            self.answered.insert(self.mark, self.last);
        }
        is_answer
    }

    /// Each of its lines is on disk once at most.
    pub(crate) fn check(&self, disk: &Lines) {
        let own = disk.values().filter_map(|line| line.strip_prefix("<eva> "));
        let mut seen = BTreeSet::new();
        for text in own {
            assert!(seen.insert(text), "{text} is said twice");
        }
        for (mark, id) in &self.answered {
            if let Some(line) = disk.get(id) {
                assert_eq!(*line, format!("<eva> once {mark}"));
            }
        }
    }
}
