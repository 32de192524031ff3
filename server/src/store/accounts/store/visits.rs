//! The table of visits: when the owners of names were here last. They go with their account.

use std::io;

use super::{Row, SqlResult, Store, TransactionBehavior, columns, owner, params};
use super::{prepare, user_version};
use crate::store::accounts::Visit;

/// The fifth step of the schema; with what is known of letters besides.
pub(super) const SCHEMA: &str = "
    ALTER TABLE letters ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE letters ADD COLUMN owners INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE visits (
        account INTEGER PRIMARY KEY,
        here INTEGER NOT NULL,
        spoke INTEGER
    ) STRICT;
    CREATE TRIGGER visits_of_no_account AFTER DELETE ON accounts BEGIN
        DELETE FROM visits WHERE account = OLD.id;
    END;
    PRAGMA user_version = 5;";

impl Store {
    /// When the owners of names were here.
    pub(in crate::store::accounts) fn visits(&self) -> io::Result<Vec<Visit>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let list = || -> SqlResult<Vec<Visit>> {
            if user_version(&database)? < 5 {
                return Ok(Vec::new());
            }
            let sql = "SELECT key, look, shown, here, spoke FROM visits
                JOIN accounts ON accounts.id = account ORDER BY account";
            let mut query = database.prepare(sql)?;
            query.query_map([], visit)?.collect()
        };
        list().map_err(|error| self.explain(&error))
    }

    /// Notes them, those of names that are registered, in one transaction.
    pub(in crate::store::accounts) fn note_visits(&self, visits: &[Visit]) -> io::Result<()> {
        let Some(mut database) = self.open()? else {
            return Ok(());
        };
        let mut note = || -> SqlResult<()> {
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            prepare(&change)?;
            let sql = "INSERT OR REPLACE INTO visits (account, here, spoke)
                SELECT id, ?3, ?4 FROM accounts WHERE kind = ?1 AND key = ?2";
            for Visit { owner, here, spoke } in visits {
                let (kind, key, ..) = columns(owner);
                change.execute(sql, params![kind, key, here, spoke])?;
            }
            change.commit()
        };
        note().map_err(|error| self.explain(&error))
    }
}

fn visit(row: &Row<'_>) -> SqlResult<Visit> {
    Ok(Visit {
        owner: owner(row)?,
        here: row.get("here")?,
        spoke: row.get("spoke")?,
    })
}
