//! Reads an archive for an export: beside the server that writes it, or without one. Changes nothing.
//!
//! Invariant: no read lasts longer than a call.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{
    Connection, Fault, OpenFlags, SqlResult, SqlRow, check_kind, corrupt, explain, failed, params,
    refers,
};
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::name::Name;
use crate::hub::recall::State;

/// One line, as an export shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its place in the order of all lines.
    pub place: i64,
    /// Its room; none for a hole that is in no particular room.
    pub room: Option<String>,
    /// Its id in the room.
    pub id: LineId,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What it is.
    pub kind: Kind,
    /// Who.
    pub from: String,
    /// What.
    pub text: String,
    /// How many more.
    pub more: u64,
    /// The line that it is about.
    pub refers: Option<LineId>,
    /// What became of it.
    pub state: State,
}

/// Which lines to read.
#[derive(Clone, Default, Debug)]
pub struct Filter {
    /// Only those of this room.
    pub room: Option<Name>,
    /// Not those before this time, in milliseconds since 1970.
    pub since: Option<i64>,
}

/// Reads an archive beside the server that writes it, or without one. Changes nothing.
pub struct Reader {
    file: PathBuf,
    connection: Connection,
    /// The version of its tables, 0 if nothing was ever written.
    version: i32,
}

impl Reader {
    /// Opens the database.
    ///
    /// # Errors
    /// A sentence for the operator: there is none, or it cannot be read.
    pub fn open(file: &Path) -> io::Result<Reader> {
        fs::metadata(file).map_err(|error| io::Error::other(failed(file, &error).why()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection =
                Connection::open_with_flags(file, flags).map_err(|error| explain(file, &error))?;
            let version = check_kind(file, &connection)?;
            Ok((connection, version))
        };
        let (connection, version) = open().map_err(|fault: Fault| io::Error::other(fault.why()))?;
        let file = file.to_owned();
        Ok(Reader {
            file,
            connection,
            version,
        })
    }

    /// The next lines after this place, at most so many. A transaction for each call: one that lasts would
    /// make the writer's file grow.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn read(&self, filter: &Filter, after: i64, most: usize) -> io::Result<Vec<Row>> {
        if self.version == 0 {
            return Ok(Vec::new());
        }
        let read = || {
            // Of a file that no server of this version has opened yet.
            let later = match self.version {
                1 => "NULL, NULL, 0",
                _ => "refers_epoch, refers_number, state",
            };
            let mut query = self.connection.prepare(&format!(
                "SELECT lines.id, shown, epoch, number, at, kind, sender, text, more, {later}
                FROM lines LEFT JOIN rooms ON rooms.id = lines.room
                WHERE lines.id > ?1 AND at >= ?2 AND (?3 IS NULL OR key = ?3 OR room IS NULL)
                ORDER BY lines.id LIMIT ?4"
            ))?;
            let key = filter.room.as_ref().map(Name::key);
            let since = filter.since.unwrap_or(i64::MIN);
            let rows = query.query_map(params![after, since, key, most as i64], row)?;
            rows.collect::<SqlResult<Vec<Row>>>()
        };
        read().map_err(|error| io::Error::other(explain(&self.file, &error).why()))
    }
}

fn row(row: &SqlRow<'_>) -> SqlResult<Row> {
    Ok(Row {
        place: row.get(0)?,
        room: row.get(1)?,
        id: LineId {
            epoch: row.get::<_, i64>(2)? as u64,
            number: row.get::<_, i64>(3)? as u64,
        },
        at: row.get(4)?,
        kind: Kind::of(row.get(5)?).ok_or_else(|| corrupt("a line of no kind".to_owned()))?,
        from: row.get(6)?,
        text: row.get(7)?,
        more: row.get::<_, i64>(8)? as u64,
        refers: refers(row.get(9)?, row.get(10)?),
        state: State::of(row.get(11)?).ok_or_else(|| corrupt("a line in no state".to_owned()))?,
    })
}
