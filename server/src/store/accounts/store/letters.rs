//! The table of letters: private lines for owners of names who are not here. They go with their account.
//!
//! Invariant: a box is never over its limits, and what is too old is neither told nor counted.

use std::io;

use super::{OptionalExtension, Owner, Row, SqlResult, Store, TransactionBehavior, columns};
use super::{params, prepare, user_version};
use crate::hub::{Letter, Origin, Verdict};
use crate::limits::{LETTER_SECONDS, LETTERS, LETTERS_AT_ONCE, LETTERS_BYTES, LETTERS_OF_ONE};
use crate::store::accounts::Leaving;

/// The fourth step of the schema. No number is given twice.
pub(super) const SCHEMA: &str = "
    CREATE TABLE letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account INTEGER NOT NULL,
        sender TEXT NOT NULL,
        source TEXT NOT NULL,
        text TEXT NOT NULL,
        written INTEGER NOT NULL DEFAULT (unixepoch())
    ) STRICT;
    CREATE INDEX letters_of_account ON letters (account);
    CREATE TRIGGER letters_of_no_account AFTER DELETE ON accounts BEGIN
        DELETE FROM letters WHERE account = OLD.id;
    END;
    PRAGMA user_version = 4;";

impl Store {
    /// Keeps a letter for this owner, if there is room, and removes what is too old.
    pub(in crate::store::accounts) fn leave(
        &self,
        to: &Owner,
        letter: &Leaving,
    ) -> io::Result<Verdict> {
        let Some(mut database) = self.open()? else {
            return Ok(Verdict::NoSuch);
        };
        let (kind, key, ..) = columns(to);
        let Leaving {
            sender,
            source,
            text,
            is_owners,
            origin,
        } = letter;
        let was_told = matches!(origin, Origin::Lost { .. });
        let mut leave = || -> SqlResult<Verdict> {
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            prepare(&change)?;
            let sql = "DELETE FROM letters WHERE written <= unixepoch() - ?1";
            change.execute(sql, params![LETTER_SECONDS])?;
            let sql = "SELECT id FROM accounts WHERE kind = ?1 AND key = ?2";
            let account = change.query_row(sql, params![kind, key], |row| row.get::<_, i64>(0));
            let Some(account) = account.optional()? else {
                return Ok(Verdict::NoSuch);
            };
            let sql = "SELECT count(*), coalesce(sum(octet_length(text)), 0),
                coalesce(sum(source = ?2), 0) FROM letters WHERE account = ?1";
            let (lines, bytes, of_one) =
                change.query_row(sql, params![account, source], |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, i64>(1)?,
                        row.get::<_, i64>(2)?,
                    ))
                })?;
            let verdict = match () {
                () if of_one >= LETTERS_OF_ONE as i64 => Verdict::Full { of_yours: true },
                () if lines >= LETTERS as i64
                    || bytes + text.len() as i64 > LETTERS_BYTES as i64 =>
                {
                    Verdict::Full { of_yours: false }
                }
                () => {
                    let sql = "INSERT INTO letters (account, sender, source, text, owners, told)
                        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                    let values = params![account, sender, source, text, is_owners, was_told];
                    change.execute(sql, values)?;
                    Verdict::Changed
                }
            };
            change.commit()?;
            Ok(verdict)
        };
        leave().map_err(|error| self.explain(&error))
    }

    /// The oldest letters for this owner after this number, as many as are told at once, and how many more
    /// there are. They are noted as told; if that fails they are told all the same.
    pub(in crate::store::accounts) fn letters(
        &self,
        to: &Owner,
        after: i64,
    ) -> io::Result<(Vec<Letter>, usize)> {
        let Some(mut database) = self.open()? else {
            return Ok((Vec::new(), 0));
        };
        let (kind, key, ..) = columns(to);
        let mut fetch = || -> SqlResult<(Vec<Letter>, usize)> {
            if user_version(&database)? < 4 {
                return Ok((Vec::new(), 0));
            }
            if user_version(&database)? < 5 {
                let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
                prepare(&change)?;
                change.commit()?;
            }
            let sql = "SELECT letters.id, sender, text, written, owners, told FROM letters
                JOIN accounts ON accounts.id = account
                WHERE kind = ?1 AND key = ?2 AND letters.id > ?3 AND written > unixepoch() - ?4
                ORDER BY letters.id";
            let mut query = database.prepare(sql)?;
            let all = query.query_map(params![kind, key, after, LETTER_SECONDS], letter)?;
            let mut letters = all.collect::<SqlResult<Vec<Letter>>>()?;
            drop(query);
            let more = letters.len() - at_once(&letters);
            letters.truncate(letters.len() - more);
            if let (Some(first), Some(last)) = (letters.first(), letters.last()) {
                let sql = "UPDATE letters SET told = 1 WHERE id BETWEEN ?3 AND ?4 AND account =
                    (SELECT id FROM accounts WHERE kind = ?1 AND key = ?2)";
                let values = params![kind, key, first.number, last.number];
                if let Err(error) = database.execute(sql, values) {
                    log::warn!("accounts: private lines are told and not noted as told: {error}");
                }
            }
            Ok((letters, more))
        };
        fetch().map_err(|error| self.explain(&error))
    }

    /// Removes the letters for this owner up to this number: they were told. False if there were none.
    pub(in crate::store::accounts) fn discard(&self, to: &Owner, upto: i64) -> io::Result<bool> {
        let (kind, key, ..) = columns(to);
        let sql = "DELETE FROM letters WHERE id <= ?3 AND account =
            (SELECT id FROM accounts WHERE kind = ?1 AND key = ?2)";
        self.change(sql, params![kind, key, upto])
    }
}

/// How many of these are told at once.
fn at_once(letters: &[Letter]) -> usize {
    let mut bytes = 0;
    let fits = |letter: &&Letter| {
        bytes += letter.text.len();
        bytes <= LETTERS_AT_ONCE
    };
    let told = letters.iter().take_while(fits).count();
    told.max(1).min(letters.len())
}

fn letter(row: &Row<'_>) -> SqlResult<Letter> {
    let (from, text): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(Letter {
        number: row.get(0)?,
        from: from.into(),
        text: text.into(),
        at: row.get(3)?,
        is_owners: row.get(4)?,
        is_again: row.get(5)?,
    })
}
