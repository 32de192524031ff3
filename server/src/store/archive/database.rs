//! The archive's tables in SQLite (schema.rs): writing and deleting. What a start, an export and a question
//! read is in start.rs, reader.rs and recall.rs; the other files of the archive do not know SQLite.
//!
//! `lines` has one row a line, in the one order in which they were said, also across rooms. A line that
//! changes another is one more row, and changes the text of that one too (changes.rs). Rows are only deleted
//! from their old end.
//!
//! In WAL mode with `synchronous=FULL`: a commit is one write and one sync, and an export can read beside
//! the writer. Deleted lines are overwritten (`secure_delete`), and so is the log soon after a text was erased.
//!
//! Invariant: a commit is whole or nothing. `clean` is 1 only in a file that was closed with nothing
//! missing.

mod batch;
mod changes;
mod index;
mod places;
mod reader;
mod recall;
mod schema;
mod start;

pub(super) use index::Index;
pub use reader::{Filter, Reader, Row};
pub(super) use recall::Lookup;

#[cfg(test)]
pub(super) use schema::begin_first_version;

use std::collections::HashMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Row as SqlRow;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use super::keep::Keep;
use crate::hub::archive::entry::{Entry, Kind, LineId};
use crate::hub::archive::record::Record;
use crate::hub::name::Name;
use crate::limits::SWEEP_LINES;
use crate::store::accounts::directory;
use schema::{check_kind, prepare};

/// A result of SQLite; the files below use only these names.
type SqlResult<T> = rusqlite::Result<T>;

/// Rooms whose row is known without asking.
const ROOMS_KNOWN: usize = 10_000;

/// Why something did not work, in words for the operator.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is damaged.
    Damaged(String),
    /// It is another program's, or a newer version's.
    Foreign(String),
    /// The system refused it.
    Failed(String),
}

/// See the top of this file.
pub(super) struct Database {
    file: PathBuf,
    connection: Connection,
    /// Device and number of the file that was opened.
    opened: Option<(u64, u64)>,
    /// Whether it was closed with nothing missing before.
    was_clean: bool,
    /// The number of the next line's row.
    next: i64,
    /// Row numbers by the rooms' shown names.
    rooms: HashMap<String, i64>,
    /// Whether lines were deleted since rooms without any were.
    has_deleted: bool,
    /// Whether a text was erased that SQLite's log may still have.
    has_erased: bool,
}

impl Fault {
    /// The words.
    pub(super) fn why(self) -> String {
        match self {
            Fault::Damaged(why) | Fault::Foreign(why) | Fault::Failed(why) => why,
        }
    }
}

impl Database {
    /// Opens the database, or creates it.
    pub(super) fn open(file: &Path) -> Result<Database, Fault> {
        let explain = |error: rusqlite::Error| explain(file, &error);
        create(file).map_err(|error| failed(file, &error))?;
        restrict_mode(file).map_err(|error| failed(file, &error))?;
        // Without CREATE: SQLite would use the umask for the file's mode.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(file, flags).map_err(explain)?;
        check_kind(file, &connection)?;
        let was_clean = prepare(&mut connection).map_err(explain)?;
        let next = next_row(&connection).map_err(explain)?;
        Ok(Database {
            opened: identity(file),
            file: file.to_owned(),
            connection,
            was_clean,
            next,
            rooms: HashMap::new(),
            has_deleted: false,
            // A server that was killed may have left such a log.
            has_erased: !was_clean,
        })
    }

    /// Whether the file was removed or replaced: what would be written is nowhere then.
    pub(super) fn is_gone(&self) -> bool {
        identity(&self.file) != self.opened
    }

    /// The number of the next line's row.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// Writes all of these, or nothing.
    pub(super) fn write<'a>(
        &mut self,
        entries: impl Iterator<Item = (i64, Entry<'a>)>,
        records: impl Iterator<Item = (i64, Record<'a>)>,
    ) -> Result<(), Fault> {
        let written = self.try_write(entries, records);
        if written.is_err() || self.rooms.len() > ROOMS_KNOWN {
            // Their rows may not be there.
            self.rooms.clear();
        }
        written.map_err(|error| explain(&self.file, &error))
    }

    fn try_write<'a>(
        &mut self,
        entries: impl Iterator<Item = (i64, Entry<'a>)>,
        records: impl Iterator<Item = (i64, Record<'a>)>,
    ) -> SqlResult<()> {
        let mut next = self.next;
        let change = self.connection.transaction()?;
        {
            let mut insert = change.prepare(
                "INSERT INTO lines (id, room, epoch, number, at, kind, sender, text, more,
                    refers_epoch, refers_number, proved)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?;
            for (at, entry) in entries {
                let Entry { kind, id, .. } = entry;
                let room = match entry.room {
                    "" => None,
                    shown => Some(room_row(&change, &mut self.rooms, shown)?),
                };
                if kind == Kind::Topic {
                    let topic = Some(entry.text).filter(|text| !text.is_empty());
                    let sql = "UPDATE rooms SET topic = ?2 WHERE id = ?1";
                    change.prepare(sql)?.execute(params![room, topic])?;
                }
                insert.execute(params![
                    next,
                    room,
                    id.epoch as i64,
                    id.number as i64,
                    at,
                    kind as i64,
                    entry.from,
                    entry.text,
                    entry.more as i64,
                    entry.refers.map(|id| id.epoch as i64),
                    entry.refers.map(|id| id.number as i64),
                    entry.is_proved,
                ])?;
                if let Some(room) = room {
                    self.has_erased |= changes::change(&change, room, next, &entry)?;
                }
                next += 1;
            }
        }
        for (at, record) in records {
            places::put(&change, at, &record)?;
        }
        change.commit()?;
        self.next = next;
        Ok(())
    }

    /// Deletes some of the oldest lines beyond what is kept; whether there may be more of them.
    pub(super) fn sweep(&mut self, keep: &Keep, now: i64) -> Result<bool, Fault> {
        let swept = self.try_sweep(keep, now);
        swept.map_err(|error| explain(&self.file, &error))
    }

    fn try_sweep(&mut self, keep: &Keep, now: i64) -> SqlResult<bool> {
        if self.has_erased {
            // If somebody reads just now, the next time.
            let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
            let is_busy: bool = self.connection.query_row(truncate, [], |row| row.get(0))?;
            self.has_erased = is_busy;
        }
        let has_more_places = self.sweep_places(keep.age, now)?;
        let old = keep
            .age
            .map(|age| now.saturating_sub(age.as_millis() as i64));
        let is_full = match keep.bytes {
            Some(bytes) => self.used()? > bytes,
            None => false,
        };
        let before = if is_full { Some(i64::MAX) } else { old };
        let Some(before) = before else {
            return Ok(has_more_places);
        };
        let sql = "DELETE FROM lines WHERE at < ?1
            AND id IN (SELECT id FROM lines ORDER BY id LIMIT ?2)";
        let values = params![before, SWEEP_LINES as i64];
        let change = self.connection.transaction()?;
        let deleted = change.prepare(sql)?.execute(values)?;
        if deleted > 0 {
            change.execute("UPDATE run SET deleted = ?1", [self.next - 1])?;
        }
        change.commit()?;
        let has_more = deleted == SWEEP_LINES;
        self.has_deleted |= deleted > 0;
        if !has_more && std::mem::take(&mut self.has_deleted) {
            let sql = "DELETE FROM rooms
                WHERE NOT EXISTS (SELECT 1 FROM lines WHERE room = rooms.id)";
            self.connection.execute(sql, [])?;
            let sql = "DELETE FROM pins
                WHERE NOT EXISTS (SELECT 1 FROM rooms WHERE id = pins.room)";
            self.connection.execute(sql, [])?;
            self.rooms.clear();
        }
        Ok(has_more || has_more_places)
    }

    /// Bytes in use; deleted lines leave free pages in the file, which are used again.
    fn used(&self) -> SqlResult<u64> {
        let ask = |what: &str| {
            self.connection
                .pragma_query_value(None, what, |row| row.get::<_, i64>(0))
        };
        let pages = ask("page_count")? - ask("freelist_count")?;
        Ok((pages * ask("page_size")?) as u64)
    }

    /// Closes it, with nothing missing: the next server's numbers go on.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let finish = || {
            self.connection.execute("UPDATE run SET clean = 1", [])?;
            let all = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.connection.query_row(all, [], |_| Ok(()))
        };
        finish().map_err(|error| explain(&self.file, &error))
    }
}

/// The row of a room, which is made if it is missing.
fn room_row(change: &Connection, known: &mut HashMap<String, i64>, shown: &str) -> SqlResult<i64> {
    if let Some(row) = known.get(shown) {
        return Ok(*row);
    }
    // The hub parsed it before.
    let key = Name::parse(shown).map_or_else(|_| shown.to_owned(), |name| name.key().to_owned());
    let sql = "INSERT INTO rooms (key, shown) VALUES (?1, ?2)
        ON CONFLICT (key) DO UPDATE SET shown = excluded.shown RETURNING id";
    let mut insert = change.prepare(sql)?;
    let row = insert.query_row([&key, shown], |row| row.get(0))?;
    known.insert(shown.to_owned(), row);
    Ok(row)
}

/// Creates an empty file, readable only by its owner.
fn create(file: &Path) -> io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    // SQLite syncs the file; its entry in the directory is ours to sync.
    directory::sync(file.parent().unwrap_or(Path::new("")))
}

/// Makes the database readable only by its owner; SQLite gives its other files the same mode.
fn restrict_mode(file: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{suffix}", file.display()));
        let Ok(meta) = fs::metadata(&file) else {
            continue;
        };
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 && meta.is_file() {
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
            let file = file.display();
            log::warn!("{file} could be read by others (mode {mode:o}); it is 600 now");
        }
    }
    Ok(())
}

/// The line that one is about, from its two columns.
fn refers(epoch: Option<i64>, number: Option<i64>) -> Option<LineId> {
    Some(LineId {
        epoch: epoch? as u64,
        number: number? as u64,
    })
}

/// The number of the next line's row, higher than that of any row that ever was.
fn next_row(connection: &Connection) -> SqlResult<i64> {
    let sql = "SELECT max(deleted, ifnull((SELECT max(id) FROM lines), 0)) + 1 FROM run";
    connection.query_row(sql, [], |row| row.get(0))
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    let meta = fs::metadata(file).ok()?;
    Some((meta.dev(), meta.ino()))
}

fn explain(file: &Path, error: &rusqlite::Error) -> Fault {
    use rusqlite::Error;
    let is_odd = matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
            | Error::QueryReturnedNoRows
    );
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Fault::Damaged(error.to_string())
        }
        None if is_odd => Fault::Damaged(error.to_string()),
        _ => Fault::Failed(format!("{}: {error}", file.display())),
    }
}

fn corrupt(how: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(how))
}

fn failed(file: &Path, error: &io::Error) -> Fault {
    Fault::Failed(format!("{}: {error}", file.display()))
}
