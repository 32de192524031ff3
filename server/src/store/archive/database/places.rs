//! The places that users may come back to. Nothing here knows what is in one.
//!
//! Invariant: a place is written in one transaction with the lines of its turn.

use std::time::Duration;

use super::{Connection, Database, SqlResult, SqlRow, params};
use crate::hub::archive::record::{Record, Recorded};
use crate::limits::{PLACES_KEPT, PROVED_BACK_WITHIN, SWEEP_LINES};

/// Writes a record of this time, or deletes its place.
pub(super) fn put(change: &Connection, now: i64, record: &Record<'_>) -> SqlResult<()> {
    let number = record.number as i64;
    if record.data.is_empty() {
        let mut delete = change.prepare("DELETE FROM places WHERE number = ?1")?;
        return delete.execute([number]).map(drop);
    }
    let at = record.ago.map(|ago| now - ago.as_millis() as i64);
    let sql = "INSERT OR REPLACE INTO places (number, at, data) VALUES (?1, ?2, ?3)";
    let mut insert = change.prepare(sql)?;
    insert.execute(params![number, at, record.data]).map(drop)
}

impl Database {
    /// All places, the one left longest ago first, and last those that somebody had to the end. Of too many
    /// the first are deleted.
    pub(super) fn places(&mut self, now: i64) -> SqlResult<Vec<Recorded>> {
        let sql = "DELETE FROM places WHERE number NOT IN
            (SELECT number FROM places ORDER BY at IS NULL DESC, at DESC, number DESC LIMIT ?1)";
        self.connection.execute(sql, [PLACES_KEPT as i64])?;
        let mut query = self
            .connection
            .prepare("SELECT number, at, data FROM places ORDER BY at IS NULL, at, number")?;
        let place = |row: &SqlRow<'_>| {
            let ago = |at: i64| Duration::from_millis(now.saturating_sub(at).max(0) as u64);
            // Not all of a damaged file is text.
            let data: String = row.get(2)?;
            Ok(Recorded {
                number: row.get::<_, i64>(0)? as u64,
                ago: row.get::<_, Option<i64>>(1)?.map(ago),
                data: data.into(),
            })
        };
        query.query_map([], place)?.collect()
    }

    /// Deletes some of the places that were left too long ago; whether there may be more of them.
    pub(super) fn sweep_places(&mut self, age: Option<Duration>, now: i64) -> SqlResult<bool> {
        let age = age.map_or(PROVED_BACK_WITHIN, |age| age.min(PROVED_BACK_WITHIN));
        let before = now.saturating_sub(age.as_millis() as i64);
        let sql = "DELETE FROM places WHERE number IN
            (SELECT number FROM places WHERE at < ?1 LIMIT ?2)";
        let values = params![before, SWEEP_LINES as i64];
        let deleted = self.connection.prepare(sql)?.execute(values)?;
        Ok(deleted == SWEEP_LINES)
    }
}
