//! Where in a room's order a reader may have come in: what it was told of those who are there, and of
//! what was said before, has to be true at that place.

use std::collections::BTreeSet;
use std::iter::Peekable;

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
            .skip_while(|entry| matches!(entry, Entry::Motd(..) | Entry::HasPins | Entry::Answer))
            .peekable();
        let (before, mut is_cut) = past(&mut after);
        let missed = match after.next() {
            Some(Entry::Missed(missed)) => Some(*missed),
            _ => None,
        };
        let mut last = Vec::new();
        if missed.is_some() {
            (last, is_cut) = past(&mut after);
        }
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
                    Some(Some((count, shown))) => self.has_missed(
                        (&before, &last[..last.len().min(shown)]),
                        (count, shown, is_cut),
                        at,
                        |line| ignored.contains(of(line).0),
                        |line| of(line).0 == name,
                    ),
                    // It may be shown the last ones all the same.
                    Some(None) => true,
                    // These may be the first before what it has missed.
                    None if is_cut && was_here(&order.events[..=at], &name) => true,
                    None => self.was_told(&before, is_cut, at, &ignored),
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
        let said = last(said, self.backlog);
        // What follows may be an answer to `/history`, which shows more.
        self.that_fit(&said).any(|said| match is_cut {
            true => said.starts_with(&past[..past.len().min(said.len())]),
            false => past.starts_with(said),
        })
    }

    /// All of these lines of before; or, for who reads a kilobyte at a time, the newest that fit.
    fn that_fit<'b>(&self, said: &'b [&'b Event]) -> impl Iterator<Item = &'b [&'b Event]> {
        let reads_pieces = self.reads_pieces;
        let fits_no_more = move |from: usize| {
            let more = said[from - 1..].iter().map(|line| {
                let (from, text) = of(line);
                from.len() + text.len() + AROUND
            });
            reads_pieces && DAY + more.sum::<usize>() > PIECE_BYTES
        };
        let firsts = 0..said.len().max(1);
        firsts
            .filter(move |from| *from == 0 || fits_no_more(*from))
            .map(|from| &said[from..])
    }

    /// Whether these are the last lines that others said in the room before this event, behind the last ones of
    /// before: so many that they are together no more than a join shows.
    fn has_missed(
        &self,
        (before, missed): (&[&Event], &[&Event]),
        (count, shown, is_cut): (usize, usize, bool),
        at: usize,
        is_ignored: impl Fn(&Event) -> bool,
        is_own: impl Fn(&Event) -> bool,
    ) -> bool {
        let order = &self.orders[self.room.expect("a known room")];
        let kept = order.kept[..at].last();
        let mut kept = kept.into_iter().flat_map(|kept| kept.lines.iter().rev());
        // Between them may be lines of its own, and of those that it ignores.
        // So may be those that the archive could not take, unless memory has them.
        let in_memory = &order.events[..at][forgotten(&order.events[..at])..];
        let may_be_lost = |line: &Event| self.is_torn && !in_memory.contains(line);
        let mut is_in_memory = true;
        let is_next = |line: &&Event| {
            let may_pass = |kept: &Event| is_own(kept) || is_ignored(kept) || may_be_lost(kept);
            let passed = kept.find(|kept| *kept == *line || !may_pass(kept));
            is_in_memory = passed.is_some();
            // What is further back than memory comes from the archive.
            passed.is_none_or(|kept| kept == *line)
        };
        if missed.len() < shown {
            return is_cut;
        }
        if !missed.iter().rev().all(is_next) {
            return false;
        }
        let most = self.backlog.saturating_sub(shown);
        let said = last(kept.filter(|line| !is_ignored(line)), most);
        match shown {
            // Which is the first one that was missed is not known.
            0 => true,
            _ if !is_in_memory || count > shown => before.is_empty(),
            _ => self.that_fit(&said).any(|said| *said == *before),
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

/// The lines of before that come next, and whether nothing follows.
fn past<'a>(entries: &mut Peekable<impl Iterator<Item = &'a Entry>>) -> (Vec<&'a Event>, bool) {
    let mut past = Vec::new();
    while let Some(Entry::Past(event)) = entries.next_if(|next| matches!(next, Entry::Past(_))) {
        past.push(event);
    }
    (past, entries.peek().is_none())
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

/// The first so many of these, the last one first.
fn last<'a>(lines: impl Iterator<Item = &'a Event>, most: usize) -> Vec<&'a Event> {
    let mut last: Vec<&Event> = lines.take(most).collect();
    last.reverse();
    last
}
