//! Where in a room's order a reader may have come in: what it was told of those who are there, and of
//! what was said before, has to be true at that place.

use std::collections::BTreeSet;

use papo_server::hub::Time;
use papo_server::limits::{PIECE_BYTES, RECENT_BYTES};

use crate::about::of;
use crate::lines::{Entry, Event};
use crate::walk::{Reader, Walk};

/// What stands around a name and a text of before, at most.
const AROUND: usize = 60;
/// What an event takes in memory beside its text and the name, at most.
const ENTRY: usize = 120;
/// The line for another day, at most.
const DAY: usize = 60;

impl Reader<'_> {
    /// It starts to read a room right after its join was told there.
    pub(crate) fn enter(
        &mut self,
        room: &str,
        others: usize,
        welcome: Option<&str>,
        after: &[Entry],
    ) {
        self.note_passed();
        self.room = self.orders.iter().position(|order| order.room == room);
        let names: Vec<(String, BTreeSet<String>)> = match welcome {
            Some(name) => {
                let sets = std::iter::once(BTreeSet::new()).chain(self.inherits.iter().cloned());
                sets.map(|ignored| (name.to_owned(), ignored)).collect()
            }
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
        self.walks = self.entering(others, names, after);
        let room = self.orders[room].room;
        assert!(
            !self.walks.is_empty(),
            "{}: {room} was not told of it as it was told: {others} others",
            self.who
        );
    }

    /// It is in this room, and has been all the time, or has left it in its own way and is in it again.
    pub(crate) fn may_enter(
        &mut self,
        is_own: impl Fn(&Event, &str) -> bool,
        others: usize,
        after: &[Entry],
    ) {
        if self.room.is_some() {
            self.note_passed();
            let walks = self.walks.iter().filter(|walk| self.is_at(walk, &is_own));
            let names = walks
                .map(|walk| (walk.name.clone(), walk.ignored.clone()))
                .collect();
            let again = self.entering(others, names, after);
            self.walks.extend(again);
            self.dedup();
        }
    }

    /// It leaves the room that it came into, after these lines at most: those that it cannot have got then are of
    /// the next time that it is there. Of the places where it may have come in, the first is kept.
    pub(crate) fn leaves_after(&mut self, lines: &[Entry]) {
        let walks = self.walks.iter();
        let leaves = walks.filter(|walk| self.may_leave(walk, lines));
        if let Some(first) = leaves.map(|walk| walk.at).min() {
            self.walks.retain(|walk| walk.at == first);
        }
    }

    fn may_leave(&self, walk: &Walk, lines: &[Entry]) -> bool {
        let mut walks = vec![walk.clone()];
        for line in lines {
            if walks.iter().any(|walk| self.has_gone(walk)) {
                return true;
            }
            let walks_on = walks.into_iter();
            walks = match line {
                Entry::Event(event, _) => {
                    walks_on.filter_map(|walk| self.see(walk, event)).collect()
                }
                Entry::Gap(lost) => walks_on.flat_map(|walk| self.pass(walk, *lost)).collect(),
                _ => walks_on.collect(),
            };
        }
        walks.iter().any(|walk| self.has_gone(walk))
    }

    /// It was not there before this.
    pub(crate) fn comes_after(&mut self, time: Time) {
        for (passed, order) in self.passed.iter_mut().zip(self.orders) {
            *passed = order.times.partition_point(|at| *at < time);
        }
    }

    /// The walks of who is told so when it comes into the room.
    fn entering(
        &self,
        others: usize,
        names: Vec<(String, BTreeSet<String>)>,
        after: &[Entry],
    ) -> Vec<Walk> {
        let room = self.room.expect("a room with an observer");
        let order = &self.orders[room];
        let mut walks = Vec::new();
        // Replayed lines follow at once, as far as the transcript goes.
        let mut after = after
            .iter()
            .skip_while(|entry| matches!(entry, Entry::Motd(..) | Entry::HasPins))
            .peekable();
        let (missed, is_unknown) = match after.peek() {
            Some(Entry::Missed(missed)) => (*missed, missed.is_none()),
            _ => (None, false),
        };
        after.next_if(|entry| matches!(entry, Entry::Missed(_)));
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
                let (Event::Joined(crowd) | Event::Back(crowd)) = event else {
                    continue;
                };
                // Of those who come at once the new are told, then those who are back, and then all are welcomed.
                let next = order.events.get(at + 1);
                let may_pair = matches!((event, next), (Event::Joined(_), Some(Event::Back(_))));
                let lasts = [at, at + usize::from(may_pair)];
                let fits = |last: &&usize| order.present[**last] == others + 1;
                let was_told = || match missed {
                    Some((_, shown)) => self.has_missed(
                        &past[..past.len().min(shown)],
                        (shown, is_cut),
                        at,
                        |line| of(line).0 == name || ignored.contains(of(line).0),
                    ),
                    // It may be shown the last ones all the same.
                    None if is_unknown => true,
                    // Who is back and has missed nothing is told nothing; `/history` may show any lines.
                    None if was_here(&order.events[..=at], &name) => true,
                    None => self.was_told(&past, is_cut, at, &ignored),
                };
                if !crowd.may_have(&name) || at < self.passed[room] || !was_told() {
                    continue;
                }
                for last in lasts.iter().filter(fits) {
                    let (name, ignored) = (name.clone(), ignored.clone());
                    walks.push(Walk {
                        at: last + 1,
                        name,
                        ignored,
                        lost: 0,
                    });
                }
            }
        }
        walks.sort();
        walks.dedup();
        walks
    }

    /// When it is in this room again, that is later.
    fn note_passed(&mut self) {
        if let Some(room) = self.room {
            let at = self.walks.iter().map(|walk| walk.at).min();
            self.passed[room] = at.unwrap_or_default();
        }
    }

    /// It was elsewhere too: what that reader of another of its rooms has passed, it has passed.
    pub(crate) fn learn_passed(&mut self, mut other: Reader) {
        other.note_passed();
        for (own, other) in self.passed.iter_mut().zip(other.passed) {
            *own = other.max(*own);
        }
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
        let kept = order.kept[..at].last();
        let kept = kept.into_iter().flat_map(|kept| kept.lines.iter().rev());
        let said = kept.filter(|line| !ignored.contains(of(line).0));
        let mut said: Vec<&Event> = said.take(self.backlog).collect();
        said.reverse();
        // Who reads a kilobyte at a time gets the newest that fit.
        let fits_no_more = |from: usize| {
            let more = said[from - 1..].iter().map(|line| {
                let (from, text) = of(line);
                from.len() + text.len() + AROUND
            });
            self.reads_pieces && DAY + more.sum::<usize>() > PIECE_BYTES
        };
        let firsts = 0..said.len().max(1);
        let mut all = firsts
            .filter(|from| *from == 0 || fits_no_more(*from))
            .map(|from| &said[from..]);
        // What follows may be an answer to `/history`, which shows more.
        all.any(|said| match is_cut {
            true => said.starts_with(&past[..past.len().min(said.len())]),
            false => past.starts_with(said),
        })
    }

    /// Whether these lines are the last so many that others said in the room before this event.
    fn has_missed(
        &self,
        past: &[&Event],
        (shown, is_cut): (usize, bool),
        at: usize,
        may_miss: impl Fn(&Event) -> bool,
    ) -> bool {
        let order = &self.orders[self.room.expect("a known room")];
        let kept = order.kept[..at].last();
        let mut kept = kept.into_iter().flat_map(|kept| kept.lines.iter().rev());
        // Between them may be lines of its own, and of those that it ignores.
        // So may be those that the archive could not take, unless memory has them.
        let in_memory = &order.events[..at][forgotten(&order.events[..at])..];
        let may_be_lost = |line: &Event| self.is_torn && !in_memory.contains(line);
        let is_next = |line: &&Event| {
            let may_pass = |kept: &Event| may_miss(kept) || may_be_lost(kept);
            let passed = kept.find(|kept| *kept == *line || !may_pass(kept));
            // What is further back than memory comes from the archive.
            passed.is_none_or(|kept| kept == *line)
        };
        match past.len() == shown {
            true => past.iter().rev().all(is_next),
            false => is_cut,
        }
    }

    /// A relay client is not told which guest it is: the one whose lines it does not get.
    pub(crate) fn start_relay(&mut self) {
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
}

/// How many of these events memory may have forgotten: it holds at least a half of its bytes.
fn forgotten(events: &[Event]) -> usize {
    let mut bytes = 0;
    let is_beyond = |event: &Event| {
        let (from, text) = of(event);
        bytes += from.len() + text.len() + ENTRY;
        bytes > RECENT_BYTES / 2
    };
    events
        .iter()
        .rposition(is_beyond)
        .map_or(0, |last| last + 1)
}

/// Whether somebody of this name has left the room with papo before.
fn was_here(before: &[Event], name: &str) -> bool {
    let has_gone = |event: &Event| match event {
        Event::Left { who, .. } | Event::Back(who) => who.may_have(name),
        _ => false,
    };
    before.iter().any(has_gone)
}
