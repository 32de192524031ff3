//! What somebody who came back has missed of a room, told when they begin to read it.

use super::{LeftRoom, Missed, Reached, Returned, Told};
use crate::hub::archive::entry::LineId;
use crate::hub::effect::{Effect, Lines, RoomId};
use crate::hub::id::Id;
use crate::hub::notice::{Notice, Replay, Said};
use crate::hub::{Hub, Time, tell};

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
                let (missed, said) = self.missed(now, id, room, (after, last), &mut returned);
                match missed {
                    // They have read the last lines.
                    Missed::Lines(0) => {}
                    _ => self.tell_missed(id, room, missed, effects),
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

    /// The lines of a room after one, as far as a user may still be told so many. Their own ones up to `last`
    /// they have typed.
    fn missed(
        &self,
        now: Time,
        id: Id,
        room: RoomId,
        (after, last): (LineId, Option<LineId>),
        returned: &mut Returned,
    ) -> (Missed, Vec<Said>) {
        let user = &self.users[id].name;
        let is_own =
            |said: &Said| said.from == *user && last.is_some_and(|last| is_upto(said.id, last));
        let room = &self.rooms[room];
        let (is_all, mut said) = room.history.since(now, after, room.last);
        said.retain(|said| !self.ignores.ignores_name(id, &said.from) && !is_own(said));
        let count = said.len();
        let shown = returned.spend(&said);
        said.drain(..count - shown);
        let missed = match is_all && shown == count {
            true => Missed::Lines(count),
            false if count == 0 => Missed::Unknown,
            false => Missed::More {
                count,
                is_all,
                shown,
            },
        };
        (missed, said)
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

impl Returned {
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
