//! What a server that starts reads of the archive: whether it is sound, and the last lines of its rooms.

use std::fs;
use std::time::Duration;

use super::{
    Database, Fault, OptionalExtension, SqlResult, SqlRow, corrupt, explain, params, refers,
};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::name::Name;
use crate::hub::recall::State;
use crate::hub::{Before, Quote, Remembered, Said, SaidKind};
use crate::limits::{CHECKED_BYTES, CLOSED_ROOMS, HISTORY_LINES, LINES_SEARCHED, PINS};

/// A line as it is read.
struct Line {
    said: Said,
    is_proved: bool,
    /// The line that it answers.
    refers: Option<LineId>,
}

impl Database {
    /// A server starts: what it needs to go on, the places, and the rooms spoken in last with at most so many
    /// bytes of text, the most recent room last. Checks what it reads, and all of a small file.
    pub(in crate::store::archive) fn begin(
        &mut self,
        now: i64,
        bytes: usize,
    ) -> Result<Before, Fault> {
        let mut begin = || {
            self.check()?;
            if !self.was_clean {
                self.mark_crash(now)?;
            }
            Ok(Before {
                rooms: self.last_rooms(now, bytes)?,
                places: self.places(now)?,
            })
        };
        let before = begin();
        before.map_err(|error| explain(&self.file, &error))
    }

    fn check(&self) -> SqlResult<()> {
        let is_small = fs::metadata(&self.file).is_ok_and(|meta| meta.len() <= CHECKED_BYTES);
        if is_small {
            let ask = "PRAGMA quick_check(1)";
            let health: String = self.connection.query_row(ask, [], |row| row.get(0))?;
            if health != "ok" {
                return Err(corrupt(health));
            }
        }
        Ok(())
    }

    /// The server before this one was killed: what was not on disk yet is missing, nobody knows how much.
    fn mark_crash(&mut self, now: i64) -> SqlResult<()> {
        let sql = "INSERT INTO lines (id, epoch, number, at, kind, sender, text, more)
            SELECT ?1, 0, 0, ?2, ?3, '', '', 0 WHERE EXISTS (SELECT 1 FROM lines)";
        let values = params![self.next, now, Kind::Hole as i64];
        self.next += self.connection.execute(sql, values)? as i64;
        Ok(())
    }

    fn last_rooms(&self, now: i64, bytes: usize) -> SqlResult<Vec<Remembered>> {
        // Nobody knows of which rooms lines are missing there.
        let sql = "SELECT ifnull(max(id), 0) FROM lines WHERE room IS NULL";
        let last_hole = self.connection.query_row(sql, [], |row| row.get(0))?;
        let mut query = self.connection.prepare(
            "SELECT id, shown, topic, (SELECT max(id) FROM lines WHERE room = rooms.id) AS last
            FROM rooms ORDER BY last DESC LIMIT ?1",
        )?;
        let room = |row: &SqlRow<'_>| {
            let topic: Option<String> = row.get(2)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, topic))
        };
        let listed = query.query_map([CLOSED_ROOMS as i64], room)?;
        let mut rooms = Vec::new();
        let mut left = bytes;
        for room in listed {
            let (id, shown, topic) = room?;
            let Ok(name) = Name::parse(&shown) else {
                continue;
            };
            let (said, pins) = (self.last_said(now, id)?, self.pins(now, id)?);
            let size: usize = said.iter().map(|line| line.said.text.len()).sum();
            if size > left {
                break;
            }
            left -= size;
            let all = said.iter().chain(&pins);
            let proved = all.filter(|line| line.is_proved).map(|line| line.said.id);
            rooms.push(Remembered {
                name,
                topic: topic.map(Into::into),
                last: self.last_id(id, last_hole)?.filter(|_| self.was_clean),
                proved: proved.collect(),
                said: with_quotes(&said),
                pins: pins.into_iter().map(|line| line.said).collect(),
            });
        }
        rooms.reverse();
        Ok(rooms)
    }

    /// The last public lines of a room, oldest first.
    fn last_said(&self, now: i64, room: i64) -> SqlResult<Vec<Line>> {
        let mut query = self.connection.prepare(
            "SELECT kind, sender, text, at, epoch, number, state, proved, refers_epoch, refers_number
            FROM (SELECT * FROM lines WHERE room = ?1 ORDER BY id DESC LIMIT ?2)
            WHERE kind IN (?3, ?4) AND state != ?6 ORDER BY id DESC LIMIT ?5",
        )?;
        let (line, action) = (Kind::Line as i64, Kind::Action as i64);
        let most = (LINES_SEARCHED as i64, HISTORY_LINES as i64);
        let deleted = State::Deleted as i64;
        let values = params![room, most.0, line, action, most.1, deleted];
        let rows = query.query_map(values, |row| Line::of(now, row))?;
        let said: Vec<Option<Line>> = rows.collect::<SqlResult<_>>()?;
        Ok(said.into_iter().rev().flatten().collect())
    }

    /// The pinned lines of a room, in the order in which they were pinned.
    fn pins(&self, now: i64, room: i64) -> SqlResult<Vec<Line>> {
        let mut query = self.connection.prepare(
            "SELECT kind, sender, text, at, epoch, number, state, proved, NULL, NULL FROM pins
            WHERE room = ?1 ORDER BY id LIMIT ?2",
        )?;
        let rows = query.query_map([room, PINS as i64], |row| Line::of(now, row))?;
        let pins: Vec<Option<Line>> = rows.collect::<SqlResult<_>>()?;
        Ok(pins.into_iter().flatten().collect())
    }

    /// The last line of a room, if none is missing after it: in a hole of its own, or in one of no particular
    /// room, the last of which has this place.
    fn last_id(&self, room: i64, last_hole: i64) -> SqlResult<Option<LineId>> {
        let mut query = self.connection.prepare(
            "SELECT epoch, number, id > ?2 AND kind != ?3 FROM lines WHERE room = ?1
            ORDER BY id DESC LIMIT 1",
        )?;
        let last = |row: &SqlRow<'_>| {
            let id = LineId {
                epoch: row.get::<_, i64>(0)? as u64,
                number: row.get::<_, i64>(1)? as u64,
            };
            Ok(row.get::<_, bool>(2)?.then_some(id))
        };
        let last = query.query_row([room, last_hole, Kind::Hole as i64], last);
        Ok(last.optional()?.flatten())
    }
}

impl Line {
    /// None if its speaker has no legal name.
    fn of(now: i64, row: &SqlRow<'_>) -> SqlResult<Option<Line>> {
        let kind = match row.get::<_, i64>(0)? == Kind::Line as i64 {
            true => SaidKind::Line,
            false => SaidKind::Action,
        };
        let (from, text): (String, String) = (row.get(1)?, row.get(2)?);
        let age = now.saturating_sub(row.get(3)?).max(0);
        let id = LineId {
            epoch: row.get::<_, i64>(4)? as u64,
            number: row.get::<_, i64>(5)? as u64,
        };
        let is_edited = row.get::<_, i64>(6)? == State::Edited as i64;
        let (is_proved, refers) = (row.get(7)?, refers(row.get(8)?, row.get(9)?));
        Ok(Name::parse(&from).ok().map(|from| Line {
            said: Said {
                id,
                from,
                text: text.into(),
                kind,
                age: Duration::from_millis(age as u64),
                is_edited,
                re: None,
            },
            is_proved,
            refers,
        }))
    }
}

/// Lines, each with the one that it answers if that is among them.
fn with_quotes(lines: &[Line]) -> Vec<Said> {
    let quote = |id: LineId| {
        let line = lines.iter().find(|line| line.said.id == id);
        line.map(|line| {
            let (from, text) = (line.said.from.clone(), line.said.text.clone());
            Box::new(Quote { id, from, text })
        })
    };
    let told = lines.iter().map(|line| Said {
        re: line.refers.and_then(quote),
        ..line.said.clone()
    });
    told.collect()
}
