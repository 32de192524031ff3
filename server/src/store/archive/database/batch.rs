//! What the index of words is made of: the next lines of the archive, and those that they change.
//!
//! Invariant: a batch is of one moment of the archive. A line that was changed later than it was looked at
//! comes again, once for each line that changed it.

use super::changes::place_of;
use super::recall::{Lookup, PAST, past};
use super::{Connection, Fault, OptionalExtension, SqlResult, SqlRow, explain};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::name::Name;
use crate::hub::recall::{Past, Place};
use crate::store::archive::words::token;

/// A line by which it is known again whether an index is of this archive. No line has the place 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::store::archive) struct Mark {
    pub(in crate::store::archive) place: i64,
    pub(super) epoch: i64,
    pub(super) number: i64,
    pub(super) at: i64,
}

/// What is indexed of a line.
#[derive(Debug)]
pub(super) struct Words {
    /// A token for its room.
    pub(super) room: String,
    /// A token for its speaker.
    pub(super) sender: String,
    pub(super) text: Box<str>,
}

/// What is to be done for one line.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) place: i64,
    /// None if there is nothing of it to be found any more.
    pub(super) words: Option<Words>,
    /// Whether it may be indexed with other words.
    pub(super) is_known: bool,
}

/// See the top of this file.
#[derive(Debug)]
pub(in crate::store::archive) struct Batch {
    pub(super) changes: Vec<Change>,
    /// The last line that was looked at for it.
    pub(super) upto: Mark,
    /// Whether no lines come after it.
    pub(super) is_last: bool,
    /// The archive has no lines before this place.
    pub(super) first: i64,
}

impl Mark {
    pub(super) fn of(row: &SqlRow<'_>) -> SqlResult<Mark> {
        Ok(Mark {
            place: row.get(0)?,
            epoch: row.get(1)?,
            number: row.get(2)?,
            at: row.get(3)?,
        })
    }
}

impl Lookup {
    /// Whether this line is in the archive, or none was meant.
    pub(in crate::store::archive) fn has(&self, mark: Mark) -> Result<bool, Fault> {
        let sql = "SELECT id, epoch, number, at FROM lines WHERE id = ?1";
        let found = self.connection.query_row(sql, [mark.place], Mark::of);
        let found = found
            .optional()
            .map_err(|error| explain(&self.file, &error))?;
        Ok(mark == found.unwrap_or_default())
    }

    /// The place of the archive's last line.
    pub(in crate::store::archive) fn last_place(&self) -> Result<i64, Fault> {
        let sql = "SELECT ifnull(max(id), 0) FROM lines";
        let last = self.connection.query_row(sql, [], |row| row.get(0));
        last.map_err(|error| explain(&self.file, &error))
    }

    /// What is to be done for the index, of at most so many lines after this one.
    pub(in crate::store::archive) fn batch(
        &mut self,
        after: Mark,
        most: usize,
    ) -> Result<Batch, Fault> {
        let batch = self.try_batch(after, most);
        batch.map_err(|error| explain(&self.file, &error))
    }

    fn try_batch(&mut self, after: Mark, most: usize) -> SqlResult<Batch> {
        let read = self.connection.transaction()?;
        let sql = "SELECT min(id) FROM lines";
        let first: Option<i64> = read.query_row(sql, [], |row| row.get(0))?;
        let mut batch = Batch {
            changes: Vec::new(),
            upto: after,
            is_last: true,
            first: first.unwrap_or(after.place + 1),
        };
        let sql = format!("SELECT {PAST} FROM lines WHERE id > ?1 ORDER BY id LIMIT ?2");
        let mut query = read.prepare(&sql)?;
        let mut rows = query.query([after.place, most as i64])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let (room, line) = line(row)?;
            count += 1;
            batch.upto = Mark {
                place: line.place.0,
                epoch: line.id.epoch as i64,
                number: line.id.number as i64,
                at: line.at,
            };
            match (line.kind, line.refers) {
                (Kind::Line | Kind::Action, _) => batch.add(room, &line, false),
                (Kind::Edited | Kind::Deleted, Some(about)) => {
                    if let Some(line) = line_of(&read, room, about)? {
                        batch.add(room, &line, true);
                    }
                }
                _ => {}
            }
        }
        batch.is_last = count < most;
        Ok(batch)
    }
}

impl Batch {
    fn add(&mut self, room: i64, line: &Past, is_known: bool) {
        let Past {
            place: Place(place),
            from,
            text,
            ..
        } = line;
        let key = Name::parse(from).map_or_else(|_| from.to_string(), |name| name.key().to_owned());
        let words = line.is_said().then(|| Words {
            room: format!("r{room}"),
            sender: token(&key),
            text: text.clone(),
        });
        if words.is_some() || is_known {
            self.changes.push(Change {
                place: *place,
                words,
                is_known,
            });
        }
    }
}

/// A line and the row of its room; 0 is none.
fn line(row: &SqlRow<'_>) -> SqlResult<(i64, Past)> {
    let room: Option<i64> = row.get(12)?;
    Ok((room.unwrap_or(0), past(row, "")?))
}

/// The line or action of this id.
pub(super) fn line_of(read: &Connection, room: i64, id: LineId) -> SqlResult<Option<Past>> {
    let place = place_of(read, room, id)?;
    let sql = format!("SELECT {PAST} FROM lines WHERE id = ?1");
    let found = read.query_row(&sql, [place], line).optional()?;
    let is_it = |past: &Past| past.id == id && matches!(past.kind, Kind::Line | Kind::Action);
    Ok(found.map(|(_, past)| past).filter(is_it))
}
