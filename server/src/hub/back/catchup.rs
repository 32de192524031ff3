//! Fetches page by page from the archive what somebody has missed, where memory does not reach back to it. They
//! wait for it without a name, and their next lines wait too; then they are seated as if memory had had it all.
//!
//! Invariant: who waits has an open question, or waits for one because the archive was too busy. What was
//! fetched of a room ends with the line before those that memory has, or it is known that it does not.

use std::collections::BTreeMap;

use super::millis;
use crate::hub::accounts::Number;
use crate::hub::archive::entry::{Entry, Kind, LineId};
use crate::hub::effect::{Effect, RoomId};
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::past::AROUND;
use crate::hub::recall::{Found, Past, Purpose, State, Unreadable, Wish};
use crate::hub::resume::Had;
use crate::hub::rooms::LOBBY;
use crate::hub::sessions::Key;
use crate::hub::{Hub, Time};
use crate::limits::{CATCH_UP_LINES, CATCH_UP_PAUSE, RESUME_BYTES};

/// What somebody will do once they can be told all that they missed.
pub(in crate::hub) enum Wants {
    /// Take this name.
    Name(Name),
    /// Take this name, of which they have proved that this registration is theirs.
    OwnName(Name, Option<Number>),
    /// Take the place of this key, having had these lines.
    Place(Key, Had),
}

/// Those who wait.
#[derive(Default)]
pub(in crate::hub) struct CatchUps {
    waiting: BTreeMap<Id, CatchUp>,
    /// Those for whom the archive was too busy, and when it is asked for them again.
    busy: Vec<(Id, usize)>,
    ask_at: Time,
}

struct CatchUp {
    wants: Wants,
    gaps: Vec<Gap>,
    /// About as many as it takes to tell all that was fetched.
    bytes: usize,
}

/// What was missed of a room before what memory has of it.
pub(in crate::hub) struct Gap {
    pub(super) room: Name,
    pub(super) after: LineId,
    /// The last line that was fetched, or `after`.
    pub(super) seam: LineId,
    /// What was fetched, each with the time in milliseconds since this server started.
    lines: Vec<(i64, Past)>,
    /// The time of the first of them, also if they were too many.
    pub(super) first_at: Option<i64>,
    /// Whether the archive has no more than that.
    is_end: bool,
    /// The last answer had nothing.
    is_empty: bool,
    pub(in crate::hub) outcome: Outcome,
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::hub) enum Outcome {
    /// So far it is read.
    Read,
    /// It is too much.
    TooMuch,
    /// It cannot be read.
    Fails(Unreadable),
}

/// A line that was missed.
pub(in crate::hub) struct MissedLine<'a> {
    /// In milliseconds since this server started.
    pub(in crate::hub) at: i64,
    pub(in crate::hub) entry: Entry<'a>,
    pub(in crate::hub) state: State,
    /// The line that it answers, as the archive has it.
    pub(in crate::hub) re: Option<&'a Past>,
}

impl CatchUps {
    pub(in crate::hub) fn forget(&mut self, id: Id) {
        self.waiting.remove(&id);
    }

    /// `is_nameless` says whether an id is a conn without a name.
    pub(in crate::hub) fn invariants(&self, is_nameless: impl Fn(Id) -> bool) {
        assert!(self.waiting.keys().all(|id| is_nameless(*id)));
    }
}

impl Hub {
    /// Whether a conn without a name waits for what it has missed.
    pub fn is_catching_up(&self, id: Id) -> bool {
        self.leavers.catch_ups.waiting.contains_key(&id)
    }

    /// Whether a place with this name is to be had again later, once what its user has missed is fetched.
    pub(in crate::hub) fn fetches_before(
        &mut self,
        now: Time,
        id: Id,
        wants: Wants,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (Wants::Name(name) | Wants::OwnName(name, _)) = &wants else {
            return false;
        };
        let (address, is_owner) = (self.rules.address(id), matches!(wants, Wants::OwnName(..)));
        let places = &self.leavers.places;
        let Some(place) = places.find_by_name(now, name.key(), address, is_owner) else {
            return false;
        };
        let had = place.had(&self.rooms[LOBBY].name);
        let lacks = |(room, after): &(Name, LineId)| self.lacks_said(now, room, *after);
        let had = had.into_iter().filter(lacks).collect();
        self.fetches(now, id, wants, had, effects)
    }

    /// Whether what memory lacks after these lines is fetched first.
    pub(in crate::hub) fn fetches(
        &mut self,
        now: Time,
        id: Id,
        wants: Wants,
        had: Had,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let fetched = self.leavers.fetched.as_ref();
        if fetched.is_some_and(|(who, _)| *who == id) || self.archive.is_none() {
            return false;
        }
        let gaps = had.into_iter().map(|(room, after)| Gap::new(room, after));
        let gaps: Vec<Gap> = gaps.filter(|gap| self.lacks(gap)).collect();
        if gaps.is_empty() {
            return false;
        }
        let bytes = 0;
        let catch_up = CatchUp { wants, gaps, bytes };
        self.leavers.catch_ups.waiting.insert(id, catch_up);
        self.fetch_next(now, id, effects);
        true
    }

    /// Asks for the next page, or goes on if there is none to ask for.
    fn fetch_next(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        while let Some(CatchUp { gaps, .. }) = self.leavers.catch_ups.waiting.get(&id) {
            match gaps.iter().position(|gap| self.lacks(gap)) {
                Some(at) if self.ask_for(id, at, effects) => return,
                Some(_) => {}
                None => return self.caught_up(now, id, effects),
            }
        }
    }

    /// Asks for more of a gap. If that cannot be done it is noted.
    fn ask_for(&mut self, id: Id, at: usize, effects: &mut Vec<Effect>) -> bool {
        let Some(CatchUp { gaps, .. }) = self.leavers.catch_ups.waiting.get(&id) else {
            return true;
        };
        let Gap { room, seam, .. } = &gaps[at];
        // Of a room that nobody remembers everything is wanted.
        let upto = self.rooms.last_of(room).unwrap_or(LineId {
            epoch: u64::MAX,
            number: u64::MAX,
        });
        let after = *seam;
        let wish = (Wish::After { after, upto }, CATCH_UP_LINES);
        let rooms = vec![room.key().into()];
        let asked = self.recall(id, rooms, wish, Purpose::CatchUp(at), effects);
        if let Err(why) = asked {
            self.note_outcome(id, at, Outcome::Fails(why));
        }
        asked.is_ok()
    }

    /// A page, which was found at this time in milliseconds since 1970.
    pub(in crate::hub) fn take_missed(
        &mut self,
        (now, wall): (Time, i64),
        (id, at): (Id, usize),
        found: Result<Found, Unreadable>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(catch_up) = self.leavers.catch_ups.waiting.get_mut(&id) else {
            return;
        };
        match found {
            Err(Unreadable::Busy) => {
                self.leavers.catch_ups.ask_at = now + CATCH_UP_PAUSE;
                return self.leavers.catch_ups.busy.push((id, at));
            }
            Err(why) => self.note_failure(id, why),
            Ok(found) => {
                let bytes = found.lines.iter().map(|past| AROUND + past.text.len());
                catch_up.bytes += bytes.sum::<usize>();
                catch_up.gaps[at].take(millis(now) - wall, found);
                if catch_up.bytes > RESUME_BYTES {
                    self.note_outcome(id, at, Outcome::TooMuch);
                }
            }
        }
        self.fetch_next(now, id, effects);
    }

    /// Asks again for those for whom the archive was too busy, if it is time for that. When to call again.
    pub(in crate::hub) fn ask_for_the_busy(
        &mut self,
        now: Time,
        effects: &mut Vec<Effect>,
    ) -> Option<Time> {
        if self.leavers.catch_ups.ask_at <= now {
            for (id, at) in std::mem::take(&mut self.leavers.catch_ups.busy) {
                self.ask_for(id, at, effects);
            }
        }
        (!self.leavers.catch_ups.busy.is_empty()).then_some(self.leavers.catch_ups.ask_at)
    }

    fn note_outcome(&mut self, id: Id, at: usize, outcome: Outcome) {
        if let Some(catch_up) = self.leavers.catch_ups.waiting.get_mut(&id) {
            let gap = &mut catch_up.gaps[at];
            gap.lines.clear();
            (gap.seam, gap.is_end, gap.outcome) = (gap.after, false, outcome);
        }
    }

    /// What is still missing cannot be read: nobody waits once more for each of their rooms.
    fn note_failure(&mut self, id: Id, why: Unreadable) {
        while let Some(CatchUp { gaps, .. }) = self.leavers.catch_ups.waiting.get(&id)
            && let Some(at) = gaps.iter().position(|gap| self.lacks(gap))
        {
            self.note_outcome(id, at, Outcome::Fails(why));
        }
    }

    /// Somebody has all that they missed, as far as it can be had, and does what they wanted.
    fn caught_up(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        let Some(catch_up) = self.leavers.catch_ups.waiting.remove(&id) else {
            return;
        };
        self.leavers.fetched = Some((id, catch_up.gaps));
        match catch_up.wants {
            Wants::OwnName(name, number) if self.accounts.number(&name) == number => {
                self.log_in(now, id, &name, effects);
            }
            Wants::Name(name) | Wants::OwnName(name, _) => {
                self.enter(now, id, name.shown(), effects);
            }
            Wants::Place(key, had) => self.resume(now, id, (key, had), effects),
        }
        self.leavers.fetched = None;
        self.place_changed(id);
    }

    /// Whether memory does not have all that was said in a room after this line.
    fn lacks_said(&self, now: Time, room: &Name, after: LineId) -> bool {
        let said = self.rooms.said_of(room);
        said.is_none_or(|(history, last)| !history.since(now, after, last).0)
    }

    /// Whether there is a line between what was fetched and what memory has, or may be.
    fn lacks(&self, gap: &Gap) -> bool {
        if gap.outcome != Outcome::Read || gap.is_empty {
            return false;
        }
        match self.rooms.find(&gap.room) {
            Some(room) if self.rooms[room].last == Some(gap.seam) => false,
            Some(room) => self.rooms[room]
                .recent
                .since(gap.seam, gap.is_end)
                .is_none(),
            None => !gap.is_end && self.rooms.last_of(&gap.room) != Some(gap.seam),
        }
    }

    /// What was fetched of a room for somebody who has their place again just now.
    pub(in crate::hub) fn gap(&self, id: Id, room: &Name) -> Option<&Gap> {
        let (who, gaps) = self.leavers.fetched.as_ref()?;
        gaps.iter().find(|gap| *who == id && gap.room == *room)
    }

    /// The lines of a room after this one, those that were fetched and those in memory, without those that were
    /// deleted; those that were corrected with their last text. Where lines are missing is a hole. None if they
    /// are not all known to be there.
    pub(in crate::hub) fn lines_since<'a>(
        &'a self,
        room: RoomId,
        after: LineId,
        gap: Option<&'a Gap>,
    ) -> Option<Vec<MissedLine<'a>>> {
        let room = &self.rooms[room];
        let mut fetched = gap.map_or(&[][..], |gap| &gap.lines);
        let (mut seam, is_end) = gap.map_or((after, false), |gap| (gap.seam, gap.is_end));
        // Memory may have lines that the archive could not take.
        let mut from = (seam, is_end);
        if let Some(first) = room.recent.first()
            && fetched.last().is_some_and(|(_, past)| past.id >= first)
        {
            fetched = &fetched[..fetched.partition_point(|(_, past)| past.id < first)];
            seam = fetched.last().map_or(after, |(_, past)| past.id);
            let number = first.number - 1;
            from = (LineId { number, ..first }, true);
        }
        let mut lines = with_holes(after, fetched);
        let recent = match room.recent.since(from.0, from.1) {
            Some(recent) => recent,
            None if room.last == Some(seam) => return Some(as_now(lines)),
            None => return None,
        };
        let mut recent = recent
            .map(|(at, entry)| MissedLine::new(millis(at), entry))
            .peekable();
        if let (Some(_), Some(first)) = (gap, recent.peek())
            && lines
                .last()
                .is_none_or(|line| line.entry.kind != Kind::Hole)
        {
            lines.extend(hole(seam, first));
        }
        lines.extend(recent);
        Some(as_now(lines))
    }
}

impl Gap {
    fn new(room: Name, after: LineId) -> Gap {
        Gap {
            room,
            after,
            seam: after,
            lines: Vec::new(),
            first_at: None,
            is_end: false,
            is_empty: false,
            outcome: Outcome::Read,
        }
    }

    /// `start` is when this server began, on the clock of the archive, as a time before 0.
    fn take(&mut self, start: i64, found: Found) {
        self.is_end = found.more.is_none();
        self.is_empty = found.lines.is_empty();
        let lines = found.lines.into_iter();
        self.lines.extend(lines.map(|past| (past.at + start, past)));
        self.first_at = self.first_at.or(self.lines.first().map(|(at, _)| *at));
        self.seam = self.lines.last().map_or(self.after, |(_, past)| past.id);
    }
}

impl<'a> MissedLine<'a> {
    fn new(at: i64, entry: Entry<'a>) -> MissedLine<'a> {
        let (state, re) = (State::AsSaid, None);
        MissedLine {
            at,
            entry,
            state,
            re,
        }
    }
}

/// These lines with holes where some are missing between them.
fn with_holes<'a>(after: LineId, fetched: &'a [(i64, Past)]) -> Vec<MissedLine<'a>> {
    let mut lines: Vec<MissedLine<'_>> = Vec::new();
    let mut last = after;
    for (at, past) in fetched {
        let line = MissedLine {
            state: past.state,
            re: past.re.as_deref(),
            ..MissedLine::new(*at, past.entry())
        };
        let is_told = lines
            .last()
            .is_some_and(|line| line.entry.kind == Kind::Hole);
        if past.kind != Kind::Hole && !is_told {
            lines.extend(hole(last, &line));
        }
        last = past.id;
        lines.push(line);
    }
    lines
}

/// What is missing after this line and before that one, if something may be.
fn hole<'a>(last: LineId, next: &MissedLine<'a>) -> Option<MissedLine<'a>> {
    let more = match next.entry.id {
        LineId { epoch, number } if epoch == last.epoch => {
            Some(number.saturating_sub(last.number + 1)).filter(|more| *more > 0)?
        }
        // Nobody knows how many.
        _ => 0,
    };
    let entry = Entry {
        kind: Kind::Hole,
        id: last.next(),
        from: "",
        text: "",
        more,
        refers: None,
        ..next.entry
    };
    Some(MissedLine::new(next.at, entry))
}

/// These lines as they are now: what was deleted is not told, and what was corrected with its last text.
fn as_now(lines: Vec<MissedLine<'_>>) -> Vec<MissedLine<'_>> {
    let mut changes: BTreeMap<LineId, Option<&str>> = BTreeMap::new();
    for MissedLine { entry, .. } in &lines {
        match (entry.kind, entry.refers) {
            (Kind::Deleted, Some(line)) => drop(changes.insert(line, None)),
            (Kind::Edited, Some(line)) => drop(changes.insert(line, Some(entry.text))),
            _ => {}
        }
    }
    let mut now = Vec::with_capacity(lines.len());
    for mut line in lines {
        let of = match (line.entry.kind, line.entry.refers) {
            (Kind::Edited, Some(of)) => of,
            _ => line.entry.id,
        };
        let is_gone = line.state == State::Deleted && line.entry.kind != Kind::Deleted;
        match changes.get(&of) {
            _ if is_gone => continue,
            Some(None) => continue,
            Some(Some(text)) => (line.entry.text, line.state) = (text, State::Edited),
            None => {}
        }
        now.push(line);
    }
    now
}
