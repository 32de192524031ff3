//! The archive of the simulated system, and what its referee demands: what was accepted is what the rooms
//! were told, line by line, with a hole of exactly the right size wherever lines were refused.
//!
//! At times it is full, so that nothing is taken until it says that it works again; at times it says that it
//! fails and takes entries all the same, as the real one does while it tries again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use papo_server::hub::Time;
use papo_server::hub::archive::entry::{Entry, Kind, LineId, entries};
use papo_server::hub::archive::record::{Record, Recorded, records};
use papo_server::store::archive::Archived;
use papo_server::store::jobs::{Busy, Done};

use crate::about::Deed;
use crate::dice::Dice;
use crate::lines::{Crowd, Event};
use crate::order::Order;
use crate::recalls::Recalls;

/// One accepted entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    pub(crate) kind: Kind,
    pub(crate) room: String,
    pub(crate) id: LineId,
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) more: u64,
    pub(crate) refers: Option<LineId>,
    pub(crate) is_proved: bool,
    /// In which turn it came.
    pub(crate) at: Time,
}

/// See the top of this file.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) kept: Vec<Kept>,
    /// Records of places, each with the number of its batch and when it came.
    pub(crate) places: Vec<(usize, Time, Recorded)>,
    /// How many entries there were after each batch.
    pub(crate) ends: Vec<usize>,
    /// Whether something was refused last.
    pub(crate) is_lossy: bool,
    /// Until when nothing is taken.
    full_until: Option<Time>,
    news: VecDeque<(Time, Archived)>,
    pub(crate) recalls: Recalls,
}

impl Kept {
    fn of(entry: &Entry<'_>, at: Time) -> Kept {
        Kept {
            kind: entry.kind,
            room: entry.room.to_owned(),
            id: entry.id,
            from: entry.from.to_owned(),
            text: entry.text.to_owned(),
            more: entry.more,
            refers: entry.refers,
            is_proved: entry.is_proved,
            at,
        }
    }

    pub(crate) fn entry(&self) -> Entry<'_> {
        Entry {
            kind: self.kind,
            room: &self.room,
            id: self.id,
            from: &self.from,
            text: &self.text,
            more: self.more,
            refers: self.refers,
            is_proved: self.is_proved,
        }
    }

    /// How many lines it stands for.
    fn lines(&self) -> usize {
        match self.kind {
            Kind::Hole => self.more as usize,
            _ => 1,
        }
    }
}

impl Shelf {
    pub(crate) fn push(&mut self, now: Time, bytes: &[u8]) -> Result<(), Busy> {
        self.is_lossy = self.full_until.is_some();
        if self.is_lossy {
            return Err(Busy);
        }
        let before = self.kept.len();
        self.kept
            .extend(entries(bytes).map(|entry| Kept::of(&entry, now)));
        let places = self.places.len();
        let number = self.ends.len();
        let recorded = records(bytes).map(|record: Record<'_>| Recorded {
            number: record.number,
            ago: record.ago,
            data: record.data.into(),
        });
        self.places
            .extend(recorded.map(|place| (number, now, place)));
        let has_some = self.kept.len() > before || self.places.len() > places;
        assert!(has_some, "a batch of nothing");
        self.ends.push(self.kept.len());
        Ok(())
    }

    /// Whether it takes nothing just now.
    pub(crate) fn is_full(&self) -> bool {
        self.full_until.is_some()
    }

    /// How many entries there were at the moments since there were so many, the last one first.
    pub(crate) fn kept_at(&self, since: usize) -> Vec<usize> {
        let later = self.ends.iter().rev().copied();
        let mut at: Vec<usize> = later.take_while(|end| *end > since).collect();
        at.push(since);
        at
    }

    /// It takes nothing for a while.
    pub(crate) fn fill(&mut self, now: Time, dice: &mut Dice) {
        let until = now + Duration::from_millis(dice.between(1, 2000) as u64);
        self.full_until = Some(until);
        self.news.push_back((until, Archived::Works));
    }

    /// It fails for a while, which the server is told.
    pub(crate) fn fail(&mut self, now: Time, dice: &mut Dice) {
        let until = now + Duration::from_millis(dice.between(1, 2000) as u64);
        let why = "the disk is full".to_owned();
        self.news.push_back((now, Archived::Fails(why)));
        self.news.push_back((until, Archived::Works));
    }

    pub(crate) fn is_ready(&self, now: Time) -> bool {
        self.news.iter().any(|(at, _)| *at <= now) || self.recalls.is_ready(now)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.news.is_empty() && self.recalls.is_quiet()
    }

    pub(crate) fn done(&mut self, now: Time) -> Option<Done> {
        let Some(at) = self.news.iter().position(|(at, _)| *at <= now) else {
            let answer = self.recalls.answer(now, &self.kept);
            return answer.map(Done::Recalled);
        };
        if self.full_until.is_some_and(|until| until <= now) {
            self.full_until = None;
        }
        let (_, news) = self.news.remove(at)?;
        Some(Done::Archive(news))
    }

    /// Whether it lacks lines.
    pub(crate) fn has_holes(&self) -> bool {
        self.kept.iter().any(|kept| kept.kind == Kind::Hole)
    }

    /// How many lines of a room were accepted or marked as missing.
    pub(crate) fn lines_of(&self, room: &str) -> usize {
        let of = self.kept.iter().filter(|kept| kept.room == room);
        of.map(Kept::lines).sum()
    }

    /// Checks what was accepted of a room from this line on against what its observer was told; all of it is
    /// there if it is `settled`.
    pub(crate) fn check(&self, order: &Order, skip: usize, settled: bool) {
        let mut told = order.events.iter();
        let mut passed = 0;
        for kept in self.kept.iter().filter(|kept| kept.room == order.room) {
            passed += kept.lines();
            if passed <= skip {
                continue;
            }
            if kept.kind == Kind::Hole {
                let missing = told.by_ref().take(kept.lines()).count();
                assert_eq!(missing, kept.lines(), "a hole is too large: {kept:?}");
                continue;
            }
            let event = told.next();
            if event.is_none() && !settled {
                // The observers were gone before, at the stop.
                return;
            }
            assert!(
                event.is_some_and(|event| is_same(event, kept)),
                "the archive of {} has {kept:?}, told was {event:?}",
                order.room
            );
        }
        let rest = told.count();
        assert!(
            !settled || rest == 0,
            "{rest} lines of {} are not in the archive",
            order.room
        );
    }

    /// No id comes twice, and numbers have no gap that is not marked. `last` is what was known of rooms at
    /// the start.
    pub(crate) fn check_ids<'a>(
        &'a self,
        always_open: &[&str],
        mut last: BTreeMap<&'a str, LineId>,
    ) {
        let mut given = std::collections::BTreeSet::new();
        let mut before: BTreeMap<&str, Kind> = BTreeMap::new();
        for kept in &self.kept {
            let room = kept.room.as_str();
            let before = before.insert(room, kept.kind);
            if kept.kind == Kind::Hole {
                assert!(kept.more > 0, "a hole of nothing");
                continue;
            }
            assert!(
                given.insert((room, kept.id)),
                "an id is given twice: {kept:?}"
            );
            let known = last.get(room);
            let follows = known.is_some_and(|last| last.next() == kept.id);
            let begins = kept.id.number == 1;
            // What changes others is held where lines were lost, and has its id of then.
            let is_held = is_change(kept.kind)
                && known.is_none_or(|last| last.epoch != kept.id.epoch || *last < kept.id);
            let is_right = match before {
                Some(Kind::Hole) => begins || is_held,
                Some(kind) if is_change(kind) => follows || begins || is_held,
                _ if known.is_none() || !always_open.contains(&room) => follows != begins,
                _ => follows,
            };
            assert!(is_right, "after {known:?} comes {kept:?}");
            last.insert(room, kept.id);
        }
    }
}

/// Whether a line is about what was there before it.
fn is_change(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Edited | Kind::Deleted | Kind::Pinned | Kind::Unpinned | Kind::Topic
    )
}

fn is_same(event: &Event, kept: &Kept) -> bool {
    let (from, text) = (kept.from.as_str(), kept.text.as_str());
    let is_crowd =
        |crowd: &Crowd| crowd.names.join(", ") == from && crowd.others == kept.more as usize;
    match (event, kept.kind) {
        (
            Event::Said {
                from: who,
                text: said,
            },
            Kind::Line,
        )
        | (
            Event::Acted {
                from: who,
                text: said,
            },
            Kind::Action,
        ) => who == from && said == text,
        (Event::Joined(crowd), Kind::Joined) | (Event::Back(crowd), Kind::Back) => is_crowd(crowd),
        (Event::Left { who, .. }, Kind::Left) => is_crowd(who),
        (Event::DirectJoined(email), Kind::Joined) | (Event::DirectLeft(email), Kind::Left) => {
            email == from
        }
        (Event::Went { who, room }, Kind::Went) => who == from && room == text,
        (Event::Renamed { from: who, to }, Kind::Renamed) => who == from && to == text,
        (Event::Announced(said), Kind::Announced) => said == text,
        (Event::About(about), kind) => {
            let is_it = match about.deed {
                Deed::Replied => kind == Kind::Line,
                Deed::Edited => kind == Kind::Edited,
                Deed::Deleted => kind == Kind::Deleted,
                Deed::Reacted => kind == Kind::Reacted,
                Deed::Pinned => kind == Kind::Pinned,
                Deed::Unpinned => kind == Kind::Unpinned,
            };
            is_it && about.by == from && about.text == text && kept.refers.is_some()
        }
        _ => false,
    }
}
