//! I1: the transcript of one reader, compared with the order of the rooms it was in.
//!
//! A reader walks along the order: each line it got must be the next one it may see, a gap moves it
//! by exactly the reported number, and it ends where its leave is. Where it started, and when
//! within a gap it began to ignore somebody, may be uncertain, so a reader is a set of possible
//! walks; it is wrong if none is left.

use std::collections::BTreeSet;

use crate::about::Deed;
use crate::lines::{Entry, Event};
use crate::numbers::as_told;
use crate::order::Order;
use crate::peers::{EITHER, HIDDEN, VPN, WEB};
use crate::relayed::bare;

/// One possible walk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Walk {
    /// The next event.
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) ignored: BTreeSet<String>,
    /// Lines that a gap still has to skip.
    pub(crate) lost: usize,
}

/// A reader and its position.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    pub(crate) orders: &'a [Order],
    /// The room it reads, if that has an observer.
    pub(crate) room: Option<usize>,
    pub(crate) walks: Vec<Walk>,
    /// Up to where in each room it has been before.
    pub(crate) passed: Vec<usize>,
    pub(crate) relay: bool,
    pub(crate) pt: bool,
    /// It may be in several rooms: news of the whole server comes to one of them.
    pub(crate) roams: bool,
    /// The lines that it reads have marks. They may come before it is told that its language is another.
    pub(crate) is_marked: bool,
    pub(crate) backlog: usize,
    /// The archive lacks lines.
    pub(crate) is_torn: bool,
    /// Whom those from its place ignored when they left: it may be one of them, and ignore the same.
    pub(crate) inherits: Vec<BTreeSet<String>>,
    /// It gets each line of its rooms, so that it can count them.
    pub(crate) counts_lines: bool,
    /// Whether it gets what fits a read, when it comes.
    pub(crate) reads_pieces: bool,
    pub(crate) who: String,
}

impl<'a> Reader<'a> {
    /// A conn that reads nothing yet.
    pub(crate) fn new(orders: &'a [Order], door: usize, backlog: usize, who: String) -> Reader<'a> {
        Reader {
            orders,
            room: None,
            walks: Vec::new(),
            passed: vec![0; orders.len()],
            relay: door == 3,
            pt: matches!(door, 1..=3 | VPN),
            roams: false,
            is_marked: false,
            backlog,
            is_torn: false,
            inherits: Vec::new(),
            counts_lines: matches!(door, WEB | EITHER | HIDDEN),
            reads_pieces: false,
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
                    let is_understood = pt.is_none_or(|pt| pt == self.pt) || self.is_marked;
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

    /// From here on it ignores a name, or no longer does. Within a gap that may be at any of its
    /// lines, and before or after any line that it does not see.
    fn turn(&mut self, name: &str, on: bool) {
        let mut turned = Vec::new();
        for walk in std::mem::take(&mut self.walks) {
            for passed in 0..=walk.lost {
                let lost = walk.lost - passed;
                let mut next = self.pass(walk.clone(), passed).pop();
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
            Event::Renamed { from, to } if *from == walk.name && !self.counts_lines => {
                walk.name.clone_from(to);
            }
            event if self.seen(walk, event).is_some() => return None,
            _ => {}
        }
        walk.at += 1;
        Some(())
    }

    /// The event as it gets it, if it does.
    fn seen(&self, walk: &Walk, event: &Event) -> Option<Event> {
        let (by, is_echoed) = match event {
            Event::Said { from, .. } | Event::Acted { from, .. } => (Some(from), false),
            Event::About(about) => (Some(&about.by), about.deed != Deed::Replied),
            _ => (None, true),
        };
        if by.is_some_and(|by| match *by == walk.name {
            // Whoever ignores their own name, from when another had it, hears themselves.
            true => !is_echoed,
            false => walk.ignored.contains(by),
        }) {
            return None;
        }
        match (self.relay, self.counts_lines) {
            (true, _) => bare(event),
            (false, true) => Some(as_told(event)),
            (false, false) => Some(event.clone()),
        }
    }

    /// It goes on after its next line.
    fn go_on(&self, walk: &mut Walk) {
        if let Some(Event::Renamed { from, to }) = self.next(walk)
            && *from == walk.name
        {
            walk.name.clone_from(to);
        }
        walk.at += 1;
    }

    /// Skips this many lines that it would have seen.
    pub(crate) fn pass(&self, mut walk: Walk, lines: usize) -> Vec<Walk> {
        walk.lost = 0;
        let mut walks = vec![walk];
        for _ in 0..lines * usize::from(self.room.is_some()) {
            let mut passed = Vec::new();
            for mut walk in walks {
                loop {
                    self.slide(&mut walk);
                    let Some(is_news) = self.next(&walk).map(is_news) else {
                        break;
                    };
                    self.go_on(&mut walk);
                    passed.push(walk.clone());
                    // Or this was not one of them.
                    if !(self.roams && is_news) {
                        break;
                    }
                }
            }
            passed.dedup();
            walks = passed;
        }
        walks
    }

    /// It got this line.
    pub(crate) fn see(&self, mut walk: Walk, told: &Event) -> Option<Walk> {
        if self.room.is_none() {
            return Some(walk);
        }
        loop {
            self.slide(&mut walk);
            let event = self.next(&walk)?;
            let seen = self.seen(&walk, event);
            self.go_on(&mut walk);
            if seen.as_ref() == Some(told) {
                return Some(walk);
            }
            if !(self.roams && is_news(event)) {
                return None;
            }
        }
    }

    fn next(&self, walk: &Walk) -> Option<&Event> {
        self.orders[self.room?].events.get(walk.at)
    }

    /// Skips what it does not see, and what it may have seen elsewhere.
    fn slide_past_news(&self, walk: &mut Walk) {
        self.slide(walk);
        while self.roams && self.next(walk).is_some_and(is_news) {
            walk.at += 1;
            self.slide(walk);
        }
    }

    /// Whether its own leave of the room may be what comes next.
    pub(crate) fn may_have_gone(&self) -> bool {
        self.walks.iter().any(|walk| self.has_gone(walk))
    }

    /// Whether this may be the next line that it gets of the room.
    pub(crate) fn may_see(&self, entry: &Entry) -> bool {
        let Entry::Event(event, _) = entry else {
            return !self.walks.iter().all(|walk| self.has_gone(walk));
        };
        let mut walks = self.walks.iter();
        walks.any(|walk| self.see(walk.clone(), event).is_some())
    }

    /// Nothing tells it that it left a room in which it does not speak, when it lags.
    pub(crate) fn has_gone(&self, walk: &Walk) -> bool {
        self.is_marked && self.is_at(walk, is_own_went)
    }

    pub(crate) fn is_at(&self, walk: &Walk, is_own: impl Fn(&Event, &str) -> bool) -> bool {
        let mut walk = walk.clone();
        self.slide_past_news(&mut walk);
        let next = self.next(&walk);
        next.is_some_and(|event| is_own(event, &walk.name))
    }

    fn each<I>(&mut self, step: impl Fn(&Reader, Walk) -> I, what: &str)
    where
        I: IntoIterator<Item = Walk>,
    {
        let before = std::mem::take(&mut self.walks);
        let next = |walk: &Walk| step(self, walk.clone());
        self.walks = before.iter().flat_map(next).collect();
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

    pub(crate) fn dedup(&mut self) {
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
                if reader.has_gone(&walk) {
                    return Some(walk);
                }
                // Its own leave may be told as that somebody of its name is back, after those who are new.
                let mut has_joins = false;
                loop {
                    reader.slide_past_news(&mut walk);
                    let event = reader.orders[room].events.get(walk.at)?;
                    let is_back = matches!(event, Event::Back(_));
                    if is_own(event, &walk.name) && (is_back || !has_joins) {
                        return Some(walk);
                    }
                    has_joins |= matches!(event, Event::Joined(_));
                    let is_together = matches!(event, Event::Left { .. } | Event::Joined(_));
                    if !is_together && !reader.relay {
                        return None;
                    }
                    walk.at += 1;
                }
            },
            "it left without all that it was owed",
        );
    }

    /// It is there and has read everything, or up to its own leave.
    pub(crate) fn is_up_to_date(&mut self) {
        self.each(
            |reader, mut walk| {
                let Some(room) = reader.room else {
                    return Some(walk);
                };
                reader.slide_past_news(&mut walk);
                let has_all = walk.at == reader.orders[room].events.len();
                (has_all || reader.has_gone(&walk)).then_some(walk)
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

/// What everybody on the server is told, those of several rooms in one of them.
fn is_news(event: &Event) -> bool {
    matches!(
        event,
        Event::Announced(_) | Event::DirectJoined(_) | Event::DirectLeft(_)
    )
}

/// It leaves the room and stays in papo.
pub(crate) fn is_own_went(event: &Event, name: &str) -> bool {
    matches!(event, Event::Went { who, .. } if who == name)
}
