//! I1: the transcript of one reader, compared with the order of the rooms it was in.
//!
//! A reader walks along the order: each line it got must be the next one it may see, a gap moves it
//! by exactly the reported number, and it ends where its leave is. Where it started, and when
//! within a gap it began to ignore somebody, may be uncertain, so a reader is a set of possible
//! walks; it is wrong if none is left.

use std::collections::BTreeSet;

use papo_server::limits::{HISTORY_BYTES, HISTORY_LINES};

use crate::lines::{Entry, Event, bare};
use crate::order::Order;

/// One possible walk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Walk {
    /// The next event.
    at: usize,
    name: String,
    ignored: BTreeSet<String>,
    /// Lines that a gap still has to skip.
    lost: usize,
}

/// A reader and its position.
pub(crate) struct Reader<'a> {
    orders: &'a [Order],
    /// The room it reads, if that has an observer.
    room: Option<usize>,
    walks: Vec<Walk>,
    relay: bool,
    pt: bool,
    backlog: usize,
    who: String,
}

impl<'a> Reader<'a> {
    /// A conn that reads nothing yet.
    pub(crate) fn new(orders: &'a [Order], door: usize, backlog: usize, who: String) -> Reader<'a> {
        Reader {
            orders,
            room: None,
            walks: Vec::new(),
            relay: door == 3,
            pt: matches!(door, 1..=3),
            backlog,
            who,
        }
    }

    /// Walk along a whole transcript.
    pub(crate) fn read(&mut self, entries: &[Entry]) {
        if self.relay {
            self.start_relay();
        }
        let mut at = 0;
        while at < entries.len() {
            // Private lines from where lines were lost come before the gap.
            let is_place = |entry: &Entry| matches!(entry, Entry::Event(..) | Entry::Enter { .. });
            let end = entries[at..].iter().position(is_place);
            let run = &entries[at..end.map_or(entries.len(), |end| at + end)];
            let gap = |entry: &Entry| if let Entry::Gap(n) = entry { *n } else { 0 };
            let lost = run.iter().map(gap).sum();
            self.walks.iter_mut().for_each(|walk| walk.lost = lost);
            for entry in run {
                self.take(entry, lost);
            }
            let pass = |reader: &Reader, walk: Walk| {
                let lost = walk.lost;
                reader.pass(walk, lost)
            };
            self.each(pass, "a gap of more than there was");
            at += run.len();
            match entries.get(at) {
                Some(Entry::Event(event, pt)) => {
                    let is_understood = pt.is_none_or(|pt| pt == self.pt);
                    assert!(is_understood, "{}: not its language: {event:?}", self.who);
                    let what = format!("{event:?} is not what comes next");
                    self.each(|reader, walk| reader.see(walk, event), &what);
                }
                Some(Entry::Enter {
                    room,
                    others,
                    welcome,
                }) => {
                    if welcome.is_none() {
                        self.end(
                            |event, name| matches!(event, Event::Went { who, .. } if who == name),
                        );
                    }
                    self.enter(room, *others, welcome.as_deref(), &entries[at + 1..]);
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn take(&mut self, entry: &Entry, lost: usize) {
        match entry {
            Entry::Lang(pt) => self.pt = *pt,
            Entry::Ignoring(name) => self.turn(name, true),
            Entry::Hearing(name) => self.turn(name, false),
            Entry::YouAre(to) if lost == 0 && self.room.is_some() => {
                let renamed = |reader: &Reader, mut walk: Walk| {
                    while walk.name != *to {
                        reader.step(&mut walk)?;
                    }
                    Some(walk)
                };
                self.each(
                    renamed,
                    &format!("it is called {to}, which nobody was told"),
                );
            }
            Entry::YouAre(to) if self.room.is_none() => {
                for walk in &mut self.walks {
                    walk.name.clone_from(to);
                }
            }
            _ => {}
        }
    }

    /// It starts to read a room right after its join was told there.
    fn enter(&mut self, room: &str, others: usize, welcome: Option<&str>, after: &[Entry]) {
        self.room = self.orders.iter().position(|order| order.room == room);
        let names: Vec<(String, BTreeSet<String>)> = match welcome {
            Some(name) => vec![(name.to_owned(), BTreeSet::new())],
            None => self
                .walks
                .drain(..)
                .map(|walk| (walk.name, walk.ignored))
                .collect(),
        };
        self.walks.clear();
        let Some(room) = self.room else {
            let walk = |(name, ignored)| Walk {
                at: 0,
                name,
                ignored,
                lost: 0,
            };
            return self.walks.extend(names.into_iter().map(walk));
        };
        let order = &self.orders[room];
        // Replayed lines follow at once, as far as the transcript goes.
        let mut after = after
            .iter()
            .skip_while(|entry| matches!(entry, Entry::Motd(..)));
        let mut past = Vec::new();
        let is_cut = loop {
            match after.next() {
                Some(Entry::Past(event)) => past.push(event),
                Some(_) => break false,
                None => break true,
            }
        };
        for (name, ignored) in names {
            for (at, event) in order.events.iter().enumerate() {
                let is_it = matches!(event, Event::Joined(crowd) if crowd.may_have(&name));
                if is_it
                    && order.present[at] == others + 1
                    && self.was_told(&past, is_cut, at, &ignored)
                {
                    let (name, ignored) = (name.clone(), ignored.clone());
                    self.walks.push(Walk {
                        at: at + 1,
                        name,
                        ignored,
                        lost: 0,
                    });
                }
            }
        }
        self.dedup();
        let room = order.room;
        assert!(
            !self.walks.is_empty(),
            "{}: {room} was not told of it as it was told: {others} others, {past:?}, {is_cut}",
            self.who
        );
    }

    /// Whether these are the last lines said in the room before this event.
    fn was_told(
        &self,
        past: &[&Event],
        is_cut: bool,
        at: usize,
        ignored: &BTreeSet<String>,
    ) -> bool {
        let order = &self.orders[self.room.expect("a known room")];
        // A room keeps this many lines and bytes, whoever reads them.
        let (mut lines, mut bytes) = (0, 0);
        let said = order.events[..at].iter().rev().filter(|event| match event {
            Event::Said { from, text } | Event::Acted { from, text } => {
                (lines, bytes) = (lines + 1, bytes + text.len());
                let is_kept = lines <= HISTORY_LINES && bytes <= HISTORY_BYTES;
                is_kept && !ignored.contains(from)
            }
            _ => false,
        });
        let mut said: Vec<&Event> = said.take(self.backlog).collect();
        said.reverse();
        // What follows may be an answer to `/history`, which shows more.
        match is_cut {
            true => said.starts_with(&past[..past.len().min(said.len())]),
            false => past.starts_with(&said),
        }
    }

    /// A relay client is not told which guest it is: the one whose lines it does not get.
    fn start_relay(&mut self) {
        self.room = Some(0);
        for (at, event) in self.orders[0].events.iter().enumerate() {
            let Event::Joined(crowd) = event else {
                continue;
            };
            let guests = crowd.names.iter().filter(|name| name.starts_with("guest"));
            let unnamed = (crowd.others > 0).then(|| "guest?".to_owned());
            for name in guests.cloned().chain(unnamed) {
                self.walks.push(Walk {
                    at: at + 1,
                    name,
                    ignored: BTreeSet::new(),
                    lost: 0,
                });
            }
        }
    }

    /// From here on it ignores a name, or no longer does. Within a gap that may be at any of its
    /// lines, and before or after any line that it does not see.
    fn turn(&mut self, name: &str, on: bool) {
        let mut turned = Vec::new();
        for walk in std::mem::take(&mut self.walks) {
            for passed in 0..=walk.lost {
                let lost = walk.lost - passed;
                let mut next = self.pass(walk.clone(), passed);
                while let Some(walk) = next {
                    let mut here = Walk {
                        lost,
                        ..walk.clone()
                    };
                    match on {
                        true => here.ignored.insert(name.to_owned()),
                        false => here.ignored.remove(name),
                    };
                    turned.push(here);
                    next = Some(walk).filter(|_| self.room.is_some());
                    next = next.and_then(|mut walk| self.step(&mut walk).map(|()| walk));
                }
            }
        }
        self.walks = turned;
        self.dedup();
    }

    /// Skips everything that it does not see.
    fn slide(&self, walk: &mut Walk) {
        while self.step(walk).is_some() {}
    }

    /// Skips one event if it does not see it.
    fn step(&self, walk: &mut Walk) -> Option<()> {
        match self.orders[self.room?].events.get(walk.at)? {
            Event::Renamed { from, to } if *from == walk.name => walk.name.clone_from(to),
            event if self.seen(walk, event).is_some() => return None,
            _ => {}
        }
        walk.at += 1;
        Some(())
    }

    /// The event as it gets it, if it does.
    fn seen(&self, walk: &Walk, event: &Event) -> Option<Event> {
        if let Event::Said { from, .. } | Event::Acted { from, .. } = event
            && (*from == walk.name || walk.ignored.contains(from))
        {
            return None;
        }
        if self.relay {
            bare(event)
        } else {
            Some(event.clone())
        }
    }

    /// Skips this many lines that it would have seen.
    fn pass(&self, mut walk: Walk, lines: usize) -> Option<Walk> {
        let Some(room) = self.room else {
            return Some(walk);
        };
        for _ in 0..lines {
            self.slide(&mut walk);
            self.orders[room].events.get(walk.at)?;
            walk.at += 1;
        }
        walk.lost = 0;
        Some(walk)
    }

    /// It got this line.
    fn see(&self, mut walk: Walk, told: &Event) -> Option<Walk> {
        let Some(room) = self.room else {
            return Some(walk);
        };
        self.slide(&mut walk);
        let event = self.orders[room].events.get(walk.at)?;
        walk.at += 1;
        (self.seen(&walk, event).as_ref() == Some(told)).then_some(walk)
    }

    fn each(&mut self, step: impl Fn(&Reader, Walk) -> Option<Walk>, what: &str) {
        let before = std::mem::take(&mut self.walks);
        let next = |walk: &Walk| step(self, walk.clone());
        self.walks = before.iter().filter_map(next).collect();
        let is_lost = !before.is_empty() && self.walks.is_empty();
        if is_lost && let Some(room) = self.room {
            let at = before.iter().map(|walk| walk.at).max().unwrap_or(0);
            let order = &self.orders[room];
            let around = &order.events[at.saturating_sub(3)..(at + 6).min(order.events.len())];
            panic!(
                "I1: {} in {}: {what}; {before:?}; around {around:#?}",
                self.who, order.room
            );
        }
        self.dedup();
    }

    fn dedup(&mut self) {
        self.walks.sort();
        self.walks.dedup();
    }

    /// When it left it had read everything: only leaves of others may come in between, which are
    /// told together.
    pub(crate) fn end(&mut self, is_own: impl Fn(&Event, &str) -> bool) {
        self.each(
            |reader, mut walk| {
                let Some(room) = reader.room else {
                    return Some(walk);
                };
                loop {
                    reader.slide(&mut walk);
                    let event = reader.orders[room].events.get(walk.at)?;
                    if is_own(event, &walk.name) {
                        return Some(walk);
                    }
                    if !matches!(event, Event::Left { .. }) && !reader.relay {
                        return None;
                    }
                    walk.at += 1;
                }
            },
            "it left without all that it was owed",
        );
    }

    /// It is there and has read everything.
    pub(crate) fn is_up_to_date(&mut self) {
        self.each(
            |reader, mut walk| {
                let Some(room) = reader.room else {
                    return Some(walk);
                };
                reader.slide(&mut walk);
                (walk.at == reader.orders[room].events.len()).then_some(walk)
            },
            "it has not got all",
        );
    }

    /// Its name and room, if they are certain.
    pub(crate) fn stands(&self) -> Option<(&str, &'static str)> {
        let first = self.walks.first()?;
        let same = self.walks.iter().all(|walk| walk.name == first.name);
        same.then_some((&first.name, self.orders[self.room?].room))
    }
}
