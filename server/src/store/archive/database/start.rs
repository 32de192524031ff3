//! What a server that starts reads of the archive: whether it is sound, and the last lines of its rooms.

use std::fs;
use std::time::Duration;

use super::{
    Database, Fault, OptionalExtension, SqlResult, SqlRow, corrupt, explain, params, refers,
};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::name::Name;
use crate::hub::recall::State;
use crate::hub::{Quote, Remembered, Said, SaidKind};
use crate::limits::{CHECKED_BYTES, CLOSED_ROOMS, HISTORY_LINES, LINES_SEARCHED};

impl Database {
    /// A server starts: what it needs to go on, the rooms spoken in last with at most so many bytes of text,
    /// the most recent room last. Checks what it reads, and all of a small file.
    pub(in crate::store::archive) fn begin(
        &mut self,
        now: i64,
        bytes: usize,
    ) -> Result<Vec<Remembered>, Fault> {
        let mut begin = || {
            self.check()?;
            if !self.was_clean {
                self.mark_crash(now)?;
            }
            self.last_rooms(now, bytes)
        };
        let rooms = begin();
        rooms.map_err(|error| explain(&self.file, &error))
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
            let said = self.last_said(now, id)?;
            let size: usize = said.iter().map(|said| said.text.len()).sum();
            if size > left {
                break;
            }
            left -= size;
            rooms.push(Remembered {
                name,
                topic: topic.map(Into::into),
                last: self.last_id(id, last_hole)?.filter(|_| self.was_clean),
                said,
                pins: Vec::new(),
            });
        }
        rooms.reverse();
        Ok(rooms)
    }

    /// The last public lines of a room, oldest first, each with the one that it answers if that is among them.
    fn last_said(&self, now: i64, room: i64) -> SqlResult<Vec<Said>> {
        let mut query = self.connection.prepare(
            "SELECT kind, sender, text, at, epoch, number, state, refers_epoch, refers_number FROM
                (SELECT * FROM lines WHERE room = ?1 ORDER BY id DESC LIMIT ?2)
            WHERE kind IN (?3, ?4) AND state != ?6 ORDER BY id DESC LIMIT ?5",
        )?;
        let (line, action) = (Kind::Line as i64, Kind::Action as i64);
        let most = (LINES_SEARCHED as i64, HISTORY_LINES as i64);
        let deleted = State::Deleted as i64;
        let values = params![room, most.0, line, action, most.1, deleted];
        let rows = query.query_map(values, |row| {
            let kind = match row.get::<_, i64>(0)? == line {
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
            let refers = refers(row.get(7)?, row.get(8)?);
            let said = Name::parse(&from).map(|from| Said {
                id,
                from,
                text: text.into(),
                kind,
                age: Duration::from_millis(age as u64),
                is_edited,
                re: None,
            });
            Ok(said.ok().map(|said| (said, refers)))
        })?;
        let said: Vec<Option<_>> = rows.collect::<SqlResult<_>>()?;
        let said: Vec<(Said, Option<LineId>)> = said.into_iter().rev().flatten().collect();
        let quote = |id: LineId| {
            let line = said.iter().find(|(said, _)| said.id == id);
            line.map(|(Said { from, text, .. }, _)| {
                let (from, text) = (from.clone(), text.clone());
                Box::new(Quote { id, from, text })
            })
        };
        let told = said.iter().map(|(said, refers)| Said {
            re: refers.and_then(quote),
            ..said.clone()
        });
        Ok(told.collect())
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
