//! What an observer saw of its room: the one order of its events, and who was there at each point.
//!
//! Observers are always there, always read and never speak. What others were told is compared with
//! this.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::about::Kept;
use crate::lines::{Crowd, Entry, Event, Form, entries};
use crate::link::Link;

/// See the top of this file.
pub(crate) struct Order {
    pub(crate) room: &'static str,
    pub(crate) events: Vec<Event>,
    /// When each event was written to the observer.
    pub(crate) times: Vec<papo_server::hub::Time>,
    /// How many users were in the room after each event, the observer included.
    pub(crate) present: Vec<usize>,
    /// Users in it at the end, as far as they were named.
    pub(crate) names: BTreeSet<String>,
    /// How many were not named.
    pub(crate) unnamed: i64,
    /// So many joined or left at once that not all were named: since then the names are uncertain.
    pub(crate) crowded: bool,
    /// What was kept of what was said when each event came.
    pub(crate) kept: Vec<Rc<Kept>>,
    /// The observer's private lines: sender and text.
    pub(crate) privates: Vec<(String, String)>,
}

impl Order {
    /// The order of the room this observer went to.
    pub(crate) fn new(room: &'static str, link: &Link) -> Order {
        let all = entries(&link.written, Form::Papo);
        let gaps = all.iter().any(|entry| matches!(entry, Entry::Gap(_)));
        assert!(!gaps, "the observer lost lines");
        let is_here =
            |entry: &Entry| matches!(entry, Entry::Enter { room: there, .. } if there == room);
        let start = all.iter().rposition(is_here).expect("the observer is in");
        let Entry::Enter { others, .. } = all[start] else {
            unreachable!()
        };
        let mut order = Order {
            room,
            events: Vec::new(),
            times: Vec::new(),
            present: Vec::new(),
            names: BTreeSet::new(),
            unnamed: others as i64 + 1,
            crowded: false,
            kept: Vec::new(),
            privates: Vec::new(),
        };
        let ends = link
            .written
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n');
        for ((at, _), entry) in ends.zip(&all).skip(start) {
            match entry {
                Entry::Event(event, _) => order.push(event, link.written_at(at)),
                Entry::Private { from, text } => order.privates.push((from.clone(), text.clone())),
                _ => {}
            }
        }
        order
    }

    /// I2 and I3: a user who joins was not there, one who leaves was, and no two have one name.
    fn push(&mut self, event: &Event, at: papo_server::hub::Time) {
        match event {
            Event::Joined(crowd) => self.come(crowd),
            Event::Back(crowd) => self.come_back(crowd),
            Event::Left { who, .. } => self.go(who),
            Event::Went { who, .. } => self.go(&one(who)),
            Event::Renamed { from, to } => {
                self.go(&one(from));
                self.come(&one(to));
            }
            // Scripts are no users.
            Event::Said { text, .. } if text.starts_with('h') => {}
            Event::Said { from, .. } | Event::Acted { from, .. } => {
                let known = self.names.contains(from) || self.unnamed > 1 || self.crowded;
                assert!(known, "I2: {from} speaks in {} and is not there", self.room);
            }
            Event::About(about) => {
                let known = self.names.contains(&about.by) || self.unnamed > 1 || self.crowded;
                assert!(known, "I2: {about:?} in {} of nobody there", self.room);
            }
            Event::Announced(_) | Event::DirectJoined(_) | Event::DirectLeft(_) => {}
        }
        assert!(
            self.count() >= 1,
            "I2: more left {} than came: {event:?}",
            self.room
        );
        let mut kept = self.kept.last().cloned().unwrap_or_default();
        let is_said = matches!(event, Event::Said { .. } | Event::Acted { .. });
        if is_said || matches!(event, Event::About(_)) {
            Rc::make_mut(&mut kept).push(event);
        }
        self.kept.push(kept);
        self.events.push(event.clone());
        self.times.push(at);
        self.present.push(self.count() as usize);
    }

    fn count(&self) -> i64 {
        self.names.len() as i64 + self.unnamed
    }

    fn come(&mut self, crowd: &Crowd) {
        for name in &crowd.names {
            let is_new = self.names.insert(name.clone());
            assert!(
                is_new || self.crowded,
                "I3: {name} came to {} twice",
                self.room
            );
            self.unnamed += i64::from(!is_new);
        }
        self.crowded |= crowd.others > 0;
        self.unnamed += crowd.others as i64;
    }

    /// Those who are back may never have been told as gone.
    fn come_back(&mut self, crowd: &Crowd) {
        self.crowded |= crowd.others > 0;
        let is_new = |name: &&String| !self.names.contains(*name);
        let names = crowd.names.iter().filter(is_new).cloned().collect();
        let others = crowd.others;
        self.come(&Crowd { names, others });
    }

    fn go(&mut self, crowd: &Crowd) {
        for name in &crowd.names {
            self.unnamed -= i64::from(!self.names.remove(name));
        }
        self.unnamed -= crowd.others as i64;
        self.crowded |= crowd.others > 0;
    }

    /// Whether a user of this name left for a reason of the server's.
    pub(crate) fn put_out(&self, name: &str) -> bool {
        let reasons = [
            "kicked",
            "banned",
            "too slow",
            "too many unread lines",
            "lines too long",
            "logged in elsewhere",
        ];
        self.events.iter().any(|event| {
            matches!(event, Event::Left { who, why } if who.may_have(name)
                && reasons.iter().any(|reason| why.starts_with(reason)))
        })
    }
}

fn one(name: &str) -> Crowd {
    let names = vec![name.to_owned()];
    Crowd { names, others: 0 }
}
