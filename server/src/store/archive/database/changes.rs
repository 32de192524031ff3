//! Lines that change others: a corrected line has another text from then on, a deleted one has none. The old
//! text is overwritten, also where it stands as a correction. A pinned line is copied, and the copy reads as
//! the line.
//!
//! Invariant: the id of a line never changes, nor does its place, and nothing that was deleted comes back.

use super::{Connection, OptionalExtension, SqlResult, SqlRow, params};
use crate::hub::archive::entry::{Entry, Kind, LineId};
use crate::hub::recall::State;

/// Does to other lines what this one says, which has this place; whether it overwrote a text.
pub(super) fn change(
    change: &Connection,
    room: i64,
    own: i64,
    entry: &Entry<'_>,
) -> SqlResult<bool> {
    let Some(id) = entry.refers else {
        return Ok(false);
    };
    let (text, state) = match entry.kind {
        Kind::Edited => (entry.text, State::Edited),
        Kind::Deleted => ("", State::Deleted),
        Kind::Pinned => return pin(change, room, own, id).map(|()| false),
        Kind::Unpinned => return unpin(change, room, id),
        _ => return Ok(false),
    };
    let of_pins = match state {
        State::Deleted => unpin(change, room, id)?,
        _ => {
            let sql = "UPDATE pins SET text = ?1, state = ?2
                WHERE room = ?3 AND epoch = ?4 AND number = ?5";
            let (epoch, number) = (id.epoch as i64, id.number as i64);
            let values = params![text, state as i64, room, epoch, number];
            change.prepare(sql)?.execute(values)? > 0
        }
    };
    let place = place_of(change, room, id)?;
    // A hole can have this id, and only lines and actions can be changed.
    let sql = "UPDATE lines SET text = ?1, state = ?2
        WHERE id = ?3 AND epoch = ?4 AND number = ?5 AND kind <= ?6 AND state != ?7";
    let LineId { epoch, number } = id;
    let (epoch, number) = (epoch as i64, number as i64);
    let deleted = State::Deleted as i64;
    let (state, last_said) = (state as i64, Kind::Action as i64);
    let values = params![text, state, place, epoch, number, last_said, deleted];
    let changed = change.prepare(sql)?.execute(values)? > 0;
    if changed {
        // What it was corrected to before.
        let sql = "UPDATE lines SET text = ?1, state = ?2
            WHERE room = ?3 AND refers_epoch = ?4 AND refers_number = ?5 AND kind = ?6";
        let values = params![text, state, room, epoch, number, Kind::Edited as i64];
        change.prepare(sql)?.execute(values)?;
    }
    Ok(changed || of_pins)
}

/// Copies a line that is pinned, if it is there.
fn pin(change: &Connection, room: i64, own: i64, id: LineId) -> SqlResult<()> {
    let place = place_of(change, room, id)?;
    let sql = "INSERT OR IGNORE INTO pins
        SELECT ?1, room, epoch, number, at, kind, sender, text, state, proved FROM lines
        WHERE id = ?2 AND epoch = ?3 AND number = ?4 AND kind <= ?5 AND state != ?6";
    let (epoch, number) = (id.epoch as i64, id.number as i64);
    let (last_said, deleted) = (Kind::Action as i64, State::Deleted as i64);
    let values = params![own, place, epoch, number, last_said, deleted];
    change.prepare(sql)?.execute(values).map(drop)
}

fn unpin(change: &Connection, room: i64, id: LineId) -> SqlResult<bool> {
    let sql = "DELETE FROM pins WHERE room = ?1 AND epoch = ?2 AND number = ?3";
    let values = params![room, id.epoch as i64, id.number as i64];
    Ok(change.prepare(sql)?.execute(values)? > 0)
}

/// The place of this line of a room, or that of the last line before it in its epoch; the place before what
/// is there of its epoch if all of that comes after it, and none if nothing is there.
pub(super) fn place_of(read: &Connection, room: i64, id: LineId) -> SqlResult<Option<i64>> {
    let Some(base) = base_of(read, room, id.epoch)? else {
        return Ok(None);
    };
    let sql = "SELECT id, epoch, number FROM lines WHERE room = ?1 AND id <= ?2
        ORDER BY id DESC LIMIT 1";
    let mut last = read.prepare(sql)?;
    let is_before = |row: &SqlRow<'_>| {
        let (epoch, number) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as u64);
        Ok((row.get(0)?, epoch == id.epoch && number <= id.number))
    };
    // The lines of an epoch stand one after the other in their room, in the order of their numbers.
    let (mut found, mut low) = (base, base);
    let newest = "SELECT ifnull(max(id), 0) FROM lines";
    let mut high: i64 = read.query_row(newest, [], |row| row.get(0))?;
    while low < high {
        let middle = low + (high - low + 1) / 2;
        match last.query_row([room, middle], is_before).optional()? {
            Some((place, false)) if place > found => high = place - 1,
            Some((place, true)) if place > found => (found, low) = (place, middle),
            _ => low = middle,
        }
    }
    Ok(Some(found))
}

/// The place before an epoch of a room, or before what is left of it.
fn base_of(read: &Connection, room: i64, epoch: u64) -> SqlResult<Option<i64>> {
    let sql = "SELECT min(id) - 1 FROM lines WHERE room = ?1 AND epoch = ?2 AND number = 1";
    let base: Option<i64> = read.query_row(sql, [room, epoch as i64], |row| row.get(0))?;
    if base.is_some() {
        return Ok(base);
    }
    let sql = "SELECT id - 1, epoch FROM lines WHERE room = ?1 ORDER BY id LIMIT 1";
    let own = |row: &SqlRow<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64 == epoch));
    let oldest = read.query_row(sql, [room], own).optional()?;
    Ok(oldest.and_then(|(base, is_own)| is_own.then_some(base)))
}

#[cfg(test)]
impl super::Database {
    /// `place_of` in the room of this name.
    pub(in crate::store::archive) fn place_of(&self, room: &str, id: LineId) -> Option<i64> {
        let sql = "SELECT id FROM rooms WHERE key = ?1";
        let room = self.connection.query_row(sql, [room], |row| row.get(0));
        place_of(&self.connection, room.expect("it is there"), id).expect("it is sound")
    }

    /// Deletes the rows up to this place.
    pub(in crate::store::archive) fn delete_first(&self, upto: usize) {
        let sql = "DELETE FROM lines WHERE id <= ?1";
        let deleted = self.connection.execute(sql, [upto as i64]);
        deleted.expect("it is sound");
    }
}
