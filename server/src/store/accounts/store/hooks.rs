//! The table of hooks: by which address programs speak in which room.

use std::io;

use super::{Row, SqlResult, Store, TransactionBehavior, params, prepare, user_version};
use crate::store::accounts::Hook;

/// The sixth step of the schema.
pub(super) const SCHEMA: &str = "
    CREATE TABLE hooks (
        number INTEGER PRIMARY KEY,
        token TEXT NOT NULL UNIQUE,
        room TEXT NOT NULL,
        operator TEXT NOT NULL,
        made INTEGER NOT NULL DEFAULT (unixepoch())
    ) STRICT;
    PRAGMA user_version = 6;";

impl Store {
    /// All hooks by number.
    pub(in crate::store::accounts) fn hooks(&self) -> io::Result<Vec<Hook>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let list = || -> SqlResult<Vec<Hook>> {
            if user_version(&database)? < 6 {
                return Ok(Vec::new());
            }
            let sql = "SELECT number, token, room, operator FROM hooks ORDER BY number";
            let mut query = database.prepare(sql)?;
            query.query_map([], hook)?.collect()
        };
        list().map_err(|error| self.explain(&error))
    }

    /// Stores a hook, whose number is new.
    pub(in crate::store::accounts) fn keep_hook(&self, hook: &Hook) -> io::Result<()> {
        let mut database = self.open_or_create()?;
        let mut keep = || -> SqlResult<()> {
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            prepare(&change)?;
            let sql = "INSERT INTO hooks (number, token, room, operator) VALUES (?1, ?2, ?3, ?4)";
            change.execute(sql, params![hook.number, hook.token, hook.room, hook.by])?;
            change.commit()?;
            self.seen.set(true);
            Ok(())
        };
        keep().map_err(|error| self.explain(&error))
    }

    /// Removes a hook. False if there was none.
    pub(in crate::store::accounts) fn forget_hook(&self, number: u32) -> io::Result<bool> {
        self.change("DELETE FROM hooks WHERE number = ?1", params![number])
    }
}

fn hook(row: &Row<'_>) -> SqlResult<Hook> {
    Ok(Hook {
        number: row.get("number")?,
        token: row.get("token")?,
        room: row.get("room")?,
        by: row.get("operator")?,
    })
}
