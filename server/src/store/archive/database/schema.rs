//! The tables of the archive, and how a file of an older version gets them.
//!
//! Invariant: a file of a newer version or of another program is refused and not touched.

use std::path::Path;

use super::{Connection, Fault, SqlResult, explain};
use crate::limits::{ACCOUNTS_LOCKED, ARCHIVE_CACHE_KIB};

/// Identifies our files: `papl` in ASCII.
const APPLICATION: i32 = 0x7061_706c;
/// The schema's version. A change adds a step to `prepare`.
const VERSION: i32 = 3;

/// No row's number is given twice, also when all rows were deleted: `run.deleted` is the highest number that
/// was. AUTOINCREMENT would write one more page in each commit.
const FIRST: &str = "
    CREATE TABLE rooms (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        shown TEXT NOT NULL,
        topic TEXT
    ) STRICT;
    CREATE TABLE lines (
        id INTEGER PRIMARY KEY,
        room INTEGER,
        epoch INTEGER NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        sender TEXT NOT NULL,
        text TEXT NOT NULL,
        more INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX lines_by_room ON lines (room);
    CREATE TABLE run (clean INTEGER NOT NULL) STRICT;
    INSERT INTO run VALUES (0);
    PRAGMA application_id = 0x7061706c;
    PRAGMA user_version = 1;";

/// Lines that are about others. The first line of each epoch is indexed, which costs nothing: from there a
/// line is found by its number in twenty steps. An index of all ids would make writing half as slow again.
const SECOND: &str = "
    ALTER TABLE lines ADD COLUMN refers_epoch INTEGER;
    ALTER TABLE lines ADD COLUMN refers_number INTEGER;
    ALTER TABLE lines ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE lines ADD COLUMN proved INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE run ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX lines_first ON lines (room, epoch) WHERE number = 1;
    CREATE INDEX lines_about ON lines (room, refers_epoch, refers_number)
        WHERE refers_number IS NOT NULL;
    PRAGMA user_version = 2;";

/// Places of users (see hub/back.rs): `at` is when each was left, in milliseconds since 1970, and NULL while
/// somebody has it. Pinned lines are copied, since they stay when they are too old for the archive.
const THIRD: &str = "
    CREATE TABLE places (
        number INTEGER PRIMARY KEY,
        at INTEGER,
        data TEXT NOT NULL
    ) STRICT;
    CREATE TABLE pins (
        id INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        sender TEXT NOT NULL,
        text TEXT NOT NULL,
        state INTEGER NOT NULL,
        proved INTEGER NOT NULL,
        UNIQUE (room, epoch, number)
    ) STRICT;
    PRAGMA user_version = 3;";

/// The version of the tables, 0 if there are none yet. Refuses files of other programs and of newer
/// versions.
pub(super) fn check_kind(file: &Path, connection: &Connection) -> Result<i32, Fault> {
    let ask = |sql: &str| {
        let number = connection.query_row(sql, [], |row| row.get::<_, i32>(0));
        number.map_err(|error| explain(file, &error))
    };
    let application = ask("PRAGMA application_id")?;
    let tables = ask("SELECT count(*) FROM sqlite_schema")?;
    let version = ask("PRAGMA user_version")?;
    let file = file.display();
    if (application, tables, version) != (0, 0, 0) && application != APPLICATION {
        return Err(Fault::Foreign(format!(
            "{file} is a database of another program"
        )));
    }
    if version > VERSION {
        return Err(Fault::Foreign(format!(
            "{file} was written by a newer papo-server (version {version}; this one knows {VERSION})"
        )));
    }
    Ok(version)
}

/// Sets the connection up, brings the tables to this version, and notes that the file is in use. Whether it
/// was closed with nothing missing.
pub(super) fn prepare(connection: &mut Connection) -> SqlResult<bool> {
    connection.busy_timeout(ACCOUNTS_LOCKED)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    // In KiB, as negative numbers are.
    connection.pragma_update(None, "cache_size", -ARCHIVE_CACHE_KIB)?;
    let change = connection.transaction()?;
    let version: i32 = change.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (step, sql) in (0..).zip([FIRST, SECOND, THIRD]) {
        if version <= step {
            change.execute_batch(sql)?;
        }
    }
    let was_clean = change.query_row("SELECT clean FROM run", [], |row| row.get(0))?;
    change.execute("UPDATE run SET clean = 0", [])?;
    change.commit()?;
    Ok(was_clean)
}

/// A file of the first version, as older servers left it.
#[cfg(test)]
pub(in crate::store::archive) fn begin_first_version(file: &Path) {
    let connection = Connection::open(file).expect("it can be made");
    connection.execute_batch(FIRST).expect("it is right");
    let sql = "INSERT INTO rooms VALUES (1, 'lobby', 'lobby', NULL);
        INSERT INTO lines VALUES (1, 1, 5, 1, unixepoch() * 1000, 1, 'ana', 'from before', 0);
        UPDATE run SET clean = 1";
    connection.execute_batch(sql).expect("it is right");
}
