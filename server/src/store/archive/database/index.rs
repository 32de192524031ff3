//! The index of words, in a file of its own beside the archive. It is made from the archive's lines later
//! than they are written, in small steps; one that is damaged or of another archive is thrown away and made
//! anew. Only the thread that answers questions knows it.
//!
//! The lines of each [`BLOCK`] places have a table of their own, so that no search works long in one, and a
//! table whose lines are all deleted as too old is dropped as a whole. Tables have the texts again, because
//! without a text its words cannot be removed at once.
//!
//! Invariant: what was removed from the archive before the last step that had nothing left to do is found no
//! more, and is not in the file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::batch::{Batch, Change, Mark, Words};
use super::{Connection, Fault, OpenFlags, SqlResult, create, explain, failed, identity, params};
use crate::hub::recall::Place;
use crate::limits::{ACCOUNTS_LOCKED, INDEX_GONE};

/// Identifies these files: `paps` in ASCII.
const APPLICATION: i32 = 0x7061_7073;
/// Places in one table. The beginning of a word with many ends takes 2 ms in it.
const BLOCK: i64 = 50_000;
/// Lines of a table that are looked at one by one for their rooms.
const FEW: usize = 64;

const SCHEMA: &str = "
    CREATE TABLE state (place INTEGER, epoch INTEGER, number INTEGER, at INTEGER) STRICT;
    INSERT INTO state VALUES (0, 0, 0, 0);
    CREATE TABLE blocks (first INTEGER PRIMARY KEY) STRICT;
    PRAGMA application_id = 0x70617073;
    PRAGMA user_version = 1;";

/// See the top of this file.
pub(in crate::store::archive) struct Index {
    file: PathBuf,
    connection: Connection,
    /// Device and number of the file that was opened.
    opened: Option<(u64, u64)>,
    /// The last line that was looked at.
    upto: Mark,
    /// Whether something was removed that SQLite's log may still have.
    has_erased: bool,
}

/// The places of lines that were found, the newest first.
#[derive(Debug)]
pub(in crate::store::archive) struct Hits {
    pub(in crate::store::archive) places: Vec<i64>,
    /// It was not looked before this place.
    pub(in crate::store::archive) more: Option<Place>,
}

impl Index {
    /// Opens the index in this file, or begins one. It may be of another archive: see `upto`.
    pub(in crate::store::archive) fn open(file: &Path) -> Result<Index, Fault> {
        create(file).map_err(|error| failed(file, &error))?;
        super::restrict_mode(file).map_err(|error| failed(file, &error))?;
        Index::try_open(file).map_err(|error| explain(file, &error))
    }

    fn try_open(file: &Path) -> SqlResult<Index> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = identity(file);
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(ACCOUNTS_LOCKED)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        let ask = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
        if ask("SELECT count(*) FROM sqlite_schema")? == 0 {
            connection.execute_batch(SCHEMA)?;
        }
        if ask("PRAGMA application_id")? != APPLICATION || ask("PRAGMA user_version")? != 1 {
            return Err(super::corrupt("it is of another program".to_owned()));
        }
        let sql = "SELECT place, epoch, number, at FROM state";
        let upto = connection.query_row(sql, [], Mark::of)?;
        Ok(Index {
            file: file.to_owned(),
            connection,
            opened,
            upto,
            // A server that was killed may have left such a log.
            has_erased: true,
        })
    }

    /// Removes the index in this file, whatever it is.
    pub(in crate::store::archive) fn remove(file: &Path) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", file.display()));
        }
    }

    /// The last line that was looked at.
    pub(in crate::store::archive) fn upto(&self) -> Mark {
        self.upto
    }

    /// Whether its file was removed or replaced.
    pub(in crate::store::archive) fn is_gone(&self) -> bool {
        identity(&self.file) != self.opened
    }

    /// Takes the next lines in, and removes some of those that the archive has no more. Whether there may be
    /// more to do.
    pub(in crate::store::archive) fn step(&mut self, batch: &Batch) -> Result<bool, Fault> {
        let stepped = self.try_step(batch);
        stepped.map_err(|error| explain(&self.file, &error))
    }

    fn try_step(&mut self, batch: &Batch) -> SqlResult<bool> {
        let change = self.connection.transaction()?;
        let mut has_erased = false;
        for Change {
            place,
            words,
            is_known,
        } in &batch.changes
        {
            let table = table(&change, *place, words.is_some())?;
            if let Some(table) = table {
                if *is_known {
                    let sql = format!("DELETE FROM {table} WHERE rowid = ?1");
                    has_erased |= change.prepare(&sql)?.execute([place])? > 0;
                }
                put(&change, &table, *place, words.as_ref())?;
            }
        }
        let has_gone = remove_gone(&change, batch.first)?;
        let Mark {
            place,
            epoch,
            number,
            at,
        } = batch.upto;
        let sql = "UPDATE state SET place = ?1, epoch = ?2, number = ?3, at = ?4";
        change.execute(sql, [place, epoch, number, at])?;
        change.commit()?;
        self.upto = batch.upto;
        self.has_erased |= has_erased || has_gone;
        let has_more = has_gone || !batch.is_last;
        if self.has_erased && !has_more {
            let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.connection.query_row(truncate, [], |_| Ok(()))?;
            self.has_erased = false;
        }
        Ok(has_more)
    }

    /// The newest lines of these rooms before a place for which this is true, at most so many. Looks no further
    /// when it is late.
    pub(in crate::store::archive) fn find(
        &self,
        (rooms, sought): (&[String], &str),
        (before, most): (Option<Place>, usize),
        until: Instant,
    ) -> Result<Hits, Fault> {
        let found = self.try_find((rooms, sought), (before, most), until);
        found.map_err(|error| explain(&self.file, &error))
    }

    fn try_find(
        &self,
        (rooms, sought): (&[String], &str),
        (before, most): (Option<Place>, usize),
        until: Instant,
    ) -> SqlResult<Hits> {
        let before = before.map_or(i64::MAX, |before| before.0);
        let sql = "SELECT first FROM blocks WHERE first < ?1 ORDER BY first DESC";
        let mut blocks = self.connection.prepare(sql)?;
        let mut blocks = blocks.query([before])?;
        let mut places = Vec::new();
        while let Some(block) = blocks.next()? {
            let first: i64 = block.get(0)?;
            let left = most - places.len();
            let found = match self.few(first, (rooms, sought), before)? {
                Some(found) => found,
                None => self.many(first, (rooms, sought), (before, left))?,
            };
            places.extend(found.into_iter().take(left));
            let more = match places.last() {
                Some(last) if places.len() >= most => Some(*last),
                _ => (Instant::now() >= until).then_some(first),
            };
            if let Some(more) = more {
                let more = Some(Place(more));
                return Ok(Hits { places, more });
            }
        }
        Ok(Hits { places, more: None })
    }

    /// The lines of a table for which this is true, if it has few in all rooms. To look for the rooms as well
    /// takes most of the time if there are many, and a beginning of words would be looked for twice.
    fn few(
        &self,
        first: i64,
        (rooms, sought): (&[String], &str),
        before: i64,
    ) -> SqlResult<Option<Vec<i64>>> {
        if sought.contains("\"*") {
            return Ok(None);
        }
        let sql = format!(
            "SELECT rowid, room FROM words_{first} WHERE words_{first} MATCH ?1 AND rowid < ?2
            ORDER BY rowid DESC LIMIT ?3"
        );
        let mut query = self.connection.prepare(&sql)?;
        let mut rows = query.query(params![sought, before, FEW as i64])?;
        let (mut count, mut places) = (0, Vec::new());
        while let Some(row) = rows.next()? {
            count += 1;
            if rooms.contains(&row.get(1)?) {
                places.push(row.get(0)?);
            }
        }
        Ok((count < FEW).then_some(places))
    }

    /// So many of the lines of a table for which this is true.
    fn many(
        &self,
        first: i64,
        (rooms, sought): (&[String], &str),
        (before, most): (i64, usize),
    ) -> SqlResult<Vec<i64>> {
        let sql = format!(
            "SELECT rowid FROM words_{first} WHERE words_{first} MATCH ?1 AND rowid < ?2
            ORDER BY rowid DESC LIMIT ?3"
        );
        let expression = format!("room : ({}) AND {sought}", rooms.join(" OR "));
        let mut query = self.connection.prepare(&sql)?;
        let values = params![expression, before, most as i64];
        query.query_map(values, |row| row.get(0))?.collect()
    }
}

fn first_of(place: i64) -> i64 {
    place - place.rem_euclid(BLOCK)
}

/// The table of the lines around a place, which is made if it is missing and wanted.
fn table(change: &Connection, place: i64, is_wanted: bool) -> SqlResult<Option<String>> {
    let first = first_of(place);
    let table = format!("words_{first}");
    let sql = "SELECT 1 FROM blocks WHERE first = ?1";
    if change.prepare(sql)?.exists([first])? {
        return Ok(Some(table));
    }
    if !is_wanted {
        return Ok(None);
    }
    change.execute("INSERT INTO blocks VALUES (?1)", [first])?;
    change.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {table} USING fts5 (room, sender, text, columnsize = 0,
            tokenize = 'unicode61 remove_diacritics 2');
        INSERT INTO {table} ({table}, rank) VALUES ('secure-delete', 1);"
    ))?;
    Ok(Some(table))
}

fn put(change: &Connection, table: &str, place: i64, words: Option<&Words>) -> SqlResult<()> {
    if let Some(Words { room, sender, text }) = words {
        let sql =
            format!("INSERT INTO {table} (rowid, room, sender, text) VALUES (?1, ?2, ?3, ?4)");
        let values = params![place, room, sender, text];
        change.prepare(&sql)?.execute(values)?;
    }
    Ok(())
}

/// Removes a table with lines before the archive's first place, or some of the lines; whether there were any.
fn remove_gone(change: &Connection, first: i64) -> SqlResult<bool> {
    let sql = "SELECT min(first) FROM blocks";
    let oldest: Option<i64> = change.query_row(sql, [], |row| row.get(0))?;
    let Some(oldest) = oldest.filter(|oldest| *oldest < first) else {
        return Ok(false);
    };
    if oldest + BLOCK <= first {
        change.execute_batch(&format!("DROP TABLE words_{oldest}"))?;
        change.execute("DELETE FROM blocks WHERE first = ?1", [oldest])?;
        return Ok(true);
    }
    let sql = format!(
        "SELECT rowid FROM words_{oldest} WHERE rowid < ?1 ORDER BY rowid LIMIT {INDEX_GONE}"
    );
    let mut query = change.prepare(&sql)?;
    let gone = query.query_map([first], |row| row.get(0))?;
    let gone: Vec<i64> = gone.collect::<SqlResult<_>>()?;
    let mut delete = change.prepare(&format!("DELETE FROM words_{oldest} WHERE rowid = ?1"))?;
    for place in &gone {
        delete.execute([place])?;
    }
    Ok(!gone.is_empty())
}
