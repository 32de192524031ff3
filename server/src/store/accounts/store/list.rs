//! Further queries on the table of accounts: the list, the last use of an account, and whether its
//! password is a one-time one.
//!
//! Times are wall-clock times, since they outlive the server.

use std::io;
use std::time::Duration;

use super::{OptionalExtension, Row, SqlResult, Store, columns, params, user_version};
use crate::limits::ACCOUNTS_LISTED;
use crate::store::accounts::{Listed, Owner};

impl Store {
    /// The first owners with `part` in their names, in alphabetical order, and how many there are.
    pub(in crate::store::accounts) fn list(&self, part: &str) -> io::Result<(Vec<Listed>, usize)> {
        let Some(database) = self.open()? else {
            return Ok((Vec::new(), 0));
        };
        let list = || -> SqlResult<(Vec<Listed>, usize)> {
            let used = match user_version(&database)? < 3 {
                true => "NULL",
                false => "unixepoch() - used",
            };
            let sql = format!(
                "SELECT shown, unixepoch() - registered AS registered, {used} AS used FROM accounts"
            );
            let mut query = database.prepare(&sql)?;
            let all = query.query_map([], listed)?;
            let mut all: Vec<Listed> = all.collect::<Result<_, _>>()?;
            // Not in SQL, which folds only ASCII.
            let part = part.to_lowercase();
            all.retain(|account| account.whom.to_lowercase().contains(&part));
            all.sort_by_key(|account| account.whom.to_lowercase());
            let count = all.len();
            all.truncate(ACCOUNTS_LISTED);
            Ok((all, count))
        };
        list().map_err(|error| self.explain(&error))
    }

    /// Whether the password of this account is a one-time one.
    pub(in crate::store::accounts) fn is_once(&self, owner: &Owner) -> io::Result<bool> {
        let Some(database) = self.open()? else {
            return Ok(false);
        };
        let look = || -> SqlResult<bool> {
            if user_version(&database)? < 3 {
                return Ok(false);
            }
            let sql = "SELECT once FROM accounts WHERE kind = ?1 AND key = ?2";
            let (kind, key, ..) = columns(owner);
            let once = database.query_row(sql, params![kind, key], |row| row.get(0));
            Ok(once.optional()?.unwrap_or(false))
        };
        look().map_err(|error| self.explain(&error))
    }

    /// Notes that this account is used now. Once an hour at most: each note waits for the disk
    /// twice.
    pub(in crate::store::accounts) fn note_use(&self, owner: &Owner) -> io::Result<()> {
        let sql = "UPDATE accounts SET used = unixepoch() WHERE kind = ?1 AND key = ?2";
        let (kind, key, ..) = columns(owner);
        match self.was_used_of_late(owner)? {
            true => Ok(()),
            false => self.change(sql, params![kind, key]).map(drop),
        }
    }

    fn was_used_of_late(&self, owner: &Owner) -> io::Result<bool> {
        let Some(database) = self.open()? else {
            return Ok(false);
        };
        let look = || -> SqlResult<bool> {
            if user_version(&database)? < 3 {
                return Ok(false);
            }
            let sql = "SELECT 1 FROM accounts
                WHERE kind = ?1 AND key = ?2 AND used BETWEEN unixepoch() - 3600 AND unixepoch()";
            let (kind, key, ..) = columns(owner);
            let found = database.query_row(sql, params![kind, key], |_| Ok(()));
            Ok(found.optional()?.is_some())
        };
        look().map_err(|error| self.explain(&error))
    }
}

fn listed(row: &Row<'_>) -> SqlResult<Listed> {
    // A clock that was set back must not give negative ages.
    let ago = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let used: Option<i64> = row.get("used")?;
    Ok(Listed {
        whom: row.get("shown")?,
        registered: ago(row.get("registered")?),
        used: used.map(ago),
    })
}
