//! The table of bans. Targets are only texts here.
//!
//! Times are wall-clock times, since a ban may end while no server runs.

use std::io;
use std::time::Duration;

use super::{Row, SqlResult, Store, TransactionBehavior, params, prepare, user_version};
use crate::store::accounts::{Ban, BanKey};

/// The second step of the schema.
pub(super) const SCHEMA: &str = "
    CREATE TABLE bans (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('name', 'address')),
        key TEXT NOT NULL,
        whom TEXT NOT NULL,
        operator TEXT NOT NULL,
        why TEXT NOT NULL,
        made INTEGER NOT NULL DEFAULT (unixepoch()),
        until INTEGER,
        UNIQUE (kind, key)
    ) STRICT;
    PRAGMA user_version = 2;";

const CENTURY: i64 = 36_525 * 86_400;

impl Store {
    /// All bans that have not expired, oldest first.
    pub(in crate::store::accounts) fn bans(&self) -> io::Result<Vec<Ban>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let list = || -> SqlResult<Vec<Ban>> {
            if user_version(&database)? < 2 {
                return Ok(Vec::new());
            }
            let sql = "SELECT kind, key, whom, operator, why, until - unixepoch() AS left FROM bans
                WHERE until IS NULL OR until > unixepoch() ORDER BY id";
            let mut query = database.prepare(sql)?;
            query.query_map([], ban)?.collect()
        };
        list().map_err(|error| self.explain(&error))
    }

    /// Stores a ban, replacing one of the same key, and removes expired ones.
    pub(in crate::store::accounts) fn keep(&self, ban: &Ban) -> io::Result<()> {
        let mut database = self.open_or_create()?;
        let (kind, key) = columns(&ban.key);
        // A century is long enough.
        let seconds = |left: Duration| i64::try_from(left.as_secs()).unwrap_or(CENTURY);
        let left = ban.left.map(|left| seconds(left).min(CENTURY));
        let mut keep = || -> SqlResult<()> {
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            prepare(&change)?;
            change.execute("DELETE FROM bans WHERE until <= unixepoch()", [])?;
            let sql = "INSERT OR REPLACE INTO bans (kind, key, whom, operator, why, until)
                VALUES (?1, ?2, ?3, ?4, ?5, unixepoch() + ?6)";
            change.execute(sql, params![kind, key, ban.whom, ban.by, ban.why, left])?;
            change.commit()?;
            self.seen.set(true);
            Ok(())
        };
        keep().map_err(|error| self.explain(&error))
    }

    /// Removes a ban. False if there was none.
    pub(in crate::store::accounts) fn forget(&self, key: &BanKey) -> io::Result<bool> {
        let Some(database) = self.open()? else {
            return Ok(false);
        };
        let (kind, key) = columns(key);
        let forget = || -> SqlResult<bool> {
            if user_version(&database)? < 2 {
                return Ok(false);
            }
            let sql = "DELETE FROM bans WHERE kind = ?1 AND key = ?2";
            Ok(database.execute(sql, params![kind, key])? == 1)
        };
        forget().map_err(|error| self.explain(&error))
    }
}

fn columns(key: &BanKey) -> (&str, &str) {
    match key {
        BanKey::Name(key) => ("name", key),
        BanKey::Address(key) => ("address", key),
    }
}

fn ban(row: &Row<'_>) -> SqlResult<Ban> {
    let (kind, key): (String, String) = (row.get("kind")?, row.get("key")?);
    let left: Option<i64> = row.get("left")?;
    Ok(Ban {
        key: match kind == "name" {
            true => BanKey::Name(key),
            false => BanKey::Address(key),
        },
        whom: row.get("whom")?,
        by: row.get("operator")?,
        why: row.get("why")?,
        left: left.map(|left| Duration::from_secs(left.unsigned_abs())),
    })
}
