//! What somebody who came back has missed of a room, told when they begin to read it: first the last lines before
//! that, as to anybody who joins it, since their screen may be a new one.

use std::rc::Rc;

use super::catchup::{MissedLine, Outcome};
use super::{Budget, LeftRoom, Missed, Reached, Returned, Told, millis};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::effect::{Effect, Lines, RoomId};
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Notice, Replay, Said, SaidKind};
use crate::hub::recall::State;
use crate::hub::refer::Quote;
use crate::hub::rooms::Room;
use crate::hub::{Hub, Time, tell};
use crate::limits::HISTORY_LINES;

impl Hub {
    /// Who comes to several rooms at once is welcomed first in the one that they speak in.
    pub(in crate::hub) fn welcome_where_they_speak(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        effects: &mut Vec<Effect>,
    ) {
        let rooms = &self.users[id].rooms;
        if rooms.enters() && rooms.spoken() != room {
            self.flush(now, rooms.spoken(), effects);
        }
    }

    /// Somebody has come to a room and is told what was said before, or what they missed.
    pub(in crate::hub) fn tell_before(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        effects: &mut Vec<Effect>,
    ) {
        let Some(mut returned) = self.leavers.returned.remove(&id) else {
            return self.tell_backlog(now, id, room, effects);
        };
        let name = &self.rooms[room].name;
        let left = returned.rooms.iter().find(|left| left.name == *name);
        if let Some(left) = left {
            let told = Told {
                room: name.clone(),
                after: left.after(),
                upto: self.rooms[room].last,
            };
            self.leavers.told.entry(id).or_default().push(told);
        }
        match left.map(|left| (left.after(), left.last)) {
            None => self.tell_backlog(now, id, room, effects),
            Some((None, _)) => {
                self.tell_missed(id, room, Missed::Unknown, effects);
                self.tell_backlog(now, id, room, effects);
            }
            Some((Some(after), last)) => {
                let gap = returned.gaps.iter().find(|gap| gap.room == *name);
                if let Some(Outcome::Fails(why)) = gap.map(|gap| gap.outcome) {
                    tell(id, Notice::Unread(why), effects);
                }
                let (missed, first, said) =
                    self.missed(now, id, room, (after, last), &mut returned);
                let before = match missed {
                    // Behind them would be a gap, and they would take the place of what was missed.
                    Missed::More { .. } => Vec::new(),
                    _ => self.before(now, id, room, (first, said.len()), &mut returned),
                };
                if !before.is_empty() {
                    self.tell_said(id, room, before, Replay::AtJoin, effects);
                }
                if missed != Missed::Lines(0) {
                    self.tell_missed(id, room, missed, effects);
                }
                if !said.is_empty() {
                    self.tell_said(id, room, said, Replay::Missed, effects);
                }
            }
        }
        if self.users[id].rooms.unread().is_some() {
            self.leavers.returned.insert(id, returned);
        }
    }

    /// The last lines of a room before the first that was missed, so many that a join shows no more than these
    /// and the missed ones. Those of before that are their own they have typed, and are among them.
    fn before(
        &self,
        now: Time,
        id: Id,
        room: RoomId,
        (first, shown): (Option<LineId>, usize),
        returned: &mut Returned,
    ) -> Vec<Said> {
        let mut said = self.history_for(now, id, room, HISTORY_LINES);
        // Those that memory does not reach back to were before all that it has.
        let end = first.map_or(Some(said.len()), |first| {
            said.iter().position(|line| line.id == first)
        });
        said.truncate(end.unwrap_or_default());
        let most = self.backlog.saturating_sub(shown);
        said.drain(..said.len().saturating_sub(most));
        let spent = returned.before.spend(&said);
        said.drain(..said.len() - spent);
        said
    }

    /// The lines of a room after one, as far as a user may still be told so many, and which is the first of all.
    /// Their own ones up to `last` they have typed.
    fn missed(
        &self,
        now: Time,
        id: Id,
        room: RoomId,
        (after, last): (LineId, Option<LineId>),
        returned: &mut Returned,
    ) -> (Missed, Option<LineId>, Vec<Said>) {
        let user = &self.users[id].name;
        let is_own =
            |said: &Said| said.from == *user && last.is_some_and(|last| is_upto(said.id, last));
        let Room { history, name, .. } = &self.rooms[room];
        let (mut is_all, mut said) = history.since(now, after, self.rooms[room].last);
        let gap = returned.gaps.iter().find(|gap| gap.room == *name);
        let mut is_torn = false;
        if !is_all && let Some(lines) = self.lines_since(room, after, gap) {
            is_all = true;
            is_torn = lines.iter().any(|line| line.entry.kind == Kind::Hole);
            let lines = lines.iter();
            said = lines
                .filter_map(|line| self.said_again(now, room, line))
                .collect();
        }
        let is_ignored = |name: &Name| self.ignores.ignores_name(id, name);
        said.retain(|said| !is_ignored(&said.from) && !is_own(said));
        for said in &mut said {
            said.re.take_if(|quote| is_ignored(&quote.from));
        }
        let count = said.len();
        let age = |at: i64| Time::from_millis((millis(now) - at).max(0).unsigned_abs());
        let begins = gap.and_then(|gap| gap.first_at).map(age);
        let first = begins.max(said.first().map(|said| said.age));
        let first_id = said.first().map(|said| said.id);
        let shown = returned.missed.spend(&said);
        said.drain(..count - shown);
        let missed = match is_all && shown == count {
            true if is_torn => Missed::Torn(count),
            true => Missed::Lines(count),
            false if count == 0 => Missed::Unknown,
            false => Missed::More {
                count,
                is_all,
                shown,
                // Clocks may differ a little.
                first: first.unwrap_or_default() + Time::from_secs(1),
            },
        };
        (missed, first_id, said)
    }

    /// A line of before, if it was said.
    fn said_again(&self, now: Time, room: RoomId, line: &MissedLine<'_>) -> Option<Said> {
        let MissedLine { at, entry, re, .. } = line;
        let kind = match entry.kind {
            Kind::Line => SaidKind::Line,
            Kind::Action => SaidKind::Action,
            _ => return None,
        };
        let quote = |id: LineId, from: Name, text: Rc<str>| Box::new(Quote { id, from, text });
        let re = match (re, entry.refers) {
            (Some(past), _) => {
                let from = Name::parse(&past.from).ok();
                from.map(|from| quote(past.id, from, past.text.as_ref().into()))
            }
            (None, Some(of)) => {
                let answered = self.rooms[room].history.newest(|line| line.id == of);
                answered.map(|line| quote(line.id, line.from.clone(), line.text.clone()))
            }
            (None, None) => None,
        };
        Some(Said {
            id: entry.id,
            from: Name::parse(entry.from).ok()?,
            text: entry.text.into(),
            kind,
            age: Time::from_millis((millis(now) - at).max(0).unsigned_abs()),
            is_edited: line.state == State::Edited,
            re,
        })
    }

    fn tell_backlog(&self, now: Time, id: Id, room: RoomId, effects: &mut Vec<Effect>) {
        let backlog = self.history_for(now, id, room, self.backlog);
        if !backlog.is_empty() {
            self.tell_said(id, room, backlog, Replay::AtJoin, effects);
        }
    }

    fn tell_missed(&self, id: Id, room: RoomId, missed: Missed, effects: &mut Vec<Effect>) {
        let lines = self.users[id].rooms.lines(room);
        let elsewhere = (lines == Lines::Marked).then(|| self.rooms[room].name.clone());
        tell(id, Notice::Missed { elsewhere, missed }, effects);
    }
}

impl Told {
    /// How far the room has reached them, where it has done so this far by the lines that came after this.
    pub(super) fn reached(&self, left: &LeftRoom) -> Reached {
        let is_after = |line: LineId| self.upto.is_none_or(|upto| !is_upto(line, upto));
        match (left.after().is_some_and(is_after), self.after) {
            (true, _) => left.reached,
            (false, Some(line)) => Reached::Line(line),
            (false, None) => Reached::Unknown,
        }
    }
}

impl Budget {
    /// How many of these lines, the last ones, may be told.
    fn spend(&mut self, said: &[Said]) -> usize {
        let mut shown = 0;
        for said in said.iter().rev() {
            if self.lines == 0 || self.bytes < said.text.len() {
                break;
            }
            self.lines -= 1;
            self.bytes -= said.text.len();
            shown += 1;
        }
        shown
    }
}

/// Whether a line is not after another of its epoch.
fn is_upto(id: LineId, last: LineId) -> bool {
    id.epoch == last.epoch && id.number <= last.number
}
