//! Questions to the archive of the simulated system: answered after a while, from what it accepted, as the
//! real one does.

use std::collections::VecDeque;

use papo_server::hub::Time;
use papo_server::hub::archive::entry::{Kind, LineId};
use papo_server::hub::name::Name;
use papo_server::hub::recall::{Found, Past, Place, Recall, Recalled, State, Unreadable, Wish};

use crate::calls::BEGIN;
use crate::shelf::Kept;

/// Questions that wait, the first to be answered first.
#[derive(Default)]
pub(crate) struct Recalls {
    waiting: VecDeque<(Time, Recall, bool)>,
    /// How many asked for what somebody had missed.
    pub(crate) missed: usize,
}

impl Recalls {
    /// Answers it at this time, or tells that it cannot be read.
    pub(crate) fn ask(&mut self, at: Time, recall: Recall, fails: bool) {
        // In the order of the questions.
        self.missed += usize::from(matches!(recall.wish, Wish::After { .. }));
        let last = self.waiting.back().map_or(at, |(last, ..)| *last);
        self.waiting.push_back((at.max(last), recall, fails));
    }

    pub(crate) fn is_ready(&self, now: Time) -> bool {
        self.waiting.front().is_some_and(|(at, ..)| *at <= now)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn answer(&mut self, now: Time, kept: &[Kept]) -> Option<Recalled> {
        let (_, recall, fails) = self.waiting.pop_front_if(|(at, ..)| *at <= now)?;
        let found = match fails {
            true => Err(Unreadable::Failed),
            false => Ok(find(kept, &recall)),
        };
        Some(recall.answer(found))
    }
}

fn find(kept: &[Kept], recall: &Recall) -> Found {
    let is_of = |room: &str| {
        let key = Name::parse(room).map(|name| name.key().to_owned());
        recall
            .rooms
            .iter()
            .any(|wanted| Ok(&**wanted) == key.as_deref())
    };
    let places = kept.iter().zip(1..).filter(|(kept, _)| is_of(&kept.room));
    let mut all: Vec<Past> = places
        .map(|(kept, place)| Past::new(&kept.entry(), Place(place), millis(kept.at)))
        .collect();
    for at in 0..all.len() {
        change(&mut all, at);
    }
    let said = || all.iter().filter(|past| past.is_said());
    match &recall.wish {
        Wish::After { after, upto } => missed(&all, (*after, *upto), recall.most),
        Wish::Since { at, after } => {
            let after = after.unwrap_or(Place(0));
            let later = said().filter(|past| past.at >= *at && past.place > after);
            page(later.cloned().collect(), recall.most)
        }
        // In one life of the server epochs are counted up.
        Wish::Before { line } => back(said().filter(|past| past.id < *line), None, recall.most),
        Wish::Last { before } => back(said(), *before, recall.most),
        Wish::From { name, before } => {
            let is_theirs =
                |past: &&Past| Name::parse(&past.from).is_ok_and(|from| from.key() == &**name);
            back(said().filter(is_theirs), *before, recall.most)
        }
        Wish::Search { words, before } => {
            let has = |past: &&Past| {
                words
                    .split_whitespace()
                    .all(|word| past.text.contains(word))
            };
            back(said().filter(has), *before, recall.most)
        }
    }
}

/// Milliseconds since 1970, as the simulated clock has them.
pub(crate) fn millis(time: Time) -> i64 {
    (BEGIN + time.as_secs() as i64) * 1000
}

/// The entries after an id, up to another one.
fn missed(all: &[Past], (after, upto): (LineId, LineId), most: usize) -> Found {
    let is_upto = |past: &Past| past.id.epoch == after.epoch && past.id.number <= after.number;
    let is_of = |past: &Past| past.id.epoch == after.epoch;
    let passed = all.iter().rposition(is_upto).map(|at| at + 1);
    let Some(start) = passed.or_else(|| all.iter().position(is_of)) else {
        return Found::default();
    };
    let ends = |past: &Past| past.id == upto && past.kind != Kind::Hole;
    let end = all.iter().position(ends).map_or(all.len(), |end| end + 1);
    let wanted = all.get(start..end).unwrap_or_default();
    let lines: Vec<Past> = wanted.iter().take(most).cloned().collect();
    let is_short = lines.len() == wanted.len();
    let last = std::iter::once(after).chain(lines.iter().map(|line| line.id));
    let is_whole = last
        .clone()
        .zip(last.clone().skip(1))
        .all(|(one, next)| one.next() == next)
        && (!is_short || last.last() == Some(upto));
    Found {
        more: lines.last().filter(|_| !is_short).map(|line| line.place),
        lines,
        is_whole,
    }
}

/// Does to the lines before this one what it says.
fn change(all: &mut [Past], at: usize) {
    let (text, state) = match all[at].kind {
        Kind::Edited => (all[at].text.clone(), State::Edited),
        Kind::Deleted => ("".into(), State::Deleted),
        _ => return,
    };
    let (room, about) = (all[at].room.clone(), all[at].refers);
    let is_meant = |past: &Past| {
        let is_said = matches!(past.kind, Kind::Line | Kind::Action);
        let is_edit = past.kind == Kind::Edited && past.refers == about;
        past.room == room && (is_edit || (is_said && Some(past.id) == about))
    };
    for past in all[..=at].iter_mut().filter(|past| is_meant(past)) {
        (past.text, past.state) = (text.clone(), state);
    }
}

/// The first ones, oldest first.
fn page(mut lines: Vec<Past>, most: usize) -> Found {
    let is_all = lines.len() <= most;
    lines.truncate(most);
    Found {
        more: lines.last().filter(|_| !is_all).map(|line| line.place),
        lines,
        is_whole: true,
    }
}

/// The last ones before a place.
fn back<'a>(lines: impl Iterator<Item = &'a Past>, before: Option<Place>, most: usize) -> Found {
    let lines = lines.filter(|past| before.is_none_or(|before| past.place < before));
    let mut lines: Vec<Past> = lines.cloned().collect();
    let more = lines.len() > most;
    lines.drain(..lines.len().saturating_sub(most));
    Found {
        more: lines.first().filter(|_| more).map(|line| line.place),
        lines,
        is_whole: true,
    }
}
