//! The tables on disk: accounts, further queries about them (list.rs, keys.rs), bans (bans.rs), letters
//! (letters.rs), and hooks (hooks.rs).
//! Only these files know `rusqlite`.
//!
//! The database is opened for each question and closed after it: that costs a fraction of a hash,
//! and a disk with space again, a restored file or repaired permissions are noticed at once. It is
//! created only for the first registration, ban or hook. No passwords here, only hashes; but the tokens of hooks.
//!
//! Invariant: each change is one transaction and is on disk before it is confirmed. The journal is
//! truncated, not deleted: with `synchronous=FULL` that ends a transaction for good, while a
//! deletion may be undone by a power cut. Not WAL: it needs shared memory, which network file
//! systems lack, and a single file is easier to copy.

mod bans;
mod hooks;
mod keys;
mod letters;
mod list;
mod visits;

use std::cell::Cell;
use std::fmt::Display;
use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row, TransactionBehavior, params,
};

use super::{Owner, at, directory};
use crate::hub::name::Name;
use crate::limits::ACCOUNTS_LOCKED;

/// The database's file name.
const FILE: &str = "accounts.db";
/// Identifies our files: `papo` in ASCII.
const APPLICATION: i32 = 0x7061_706f;
/// The schema's version. A change adds a step to `prepare`.
const VERSION: i32 = 6;

/// E-mails have no look: NULLs are not equal, so they never collide.
const SCHEMA: &str = "
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('name', 'email')),
        key TEXT NOT NULL,
        look TEXT UNIQUE,
        shown TEXT NOT NULL,
        hash TEXT NOT NULL,
        registered INTEGER NOT NULL DEFAULT (unixepoch()),
        UNIQUE (kind, key),
        CHECK ((kind = 'name') = (look IS NOT NULL))
    ) STRICT;
    PRAGMA application_id = 0x7061706f;
    PRAGMA user_version = 1;";

/// The third step: when an account was last used, and whether its password is a one-time one.
const USE: &str = "
    ALTER TABLE accounts ADD COLUMN used INTEGER;
    ALTER TABLE accounts ADD COLUMN once INTEGER NOT NULL DEFAULT 0;
    PRAGMA user_version = 3;";

/// A result of SQLite; the files below use only this name.
type SqlResult<T> = rusqlite::Result<T>;

/// See the top of this file.
pub(super) struct Store {
    directory: PathBuf,
    file: PathBuf,
    /// Whether tables were seen: if they disappear, somebody removed them, and no name becomes free
    /// by that.
    seen: Cell<bool>,
}

impl Store {
    /// Opens nothing yet.
    pub(super) fn new(directory: PathBuf) -> Store {
        let file = directory.join(FILE);
        Store {
            directory,
            file,
            seen: Cell::new(false),
        }
    }

    /// Checks the whole database and lists its accounts.
    pub(super) fn registered(&self) -> io::Result<Vec<(Owner, Duration)>> {
        let Some(database) = self.open()? else {
            return Ok(Vec::new());
        };
        let list = || -> rusqlite::Result<Result<Vec<(Owner, Duration)>, String>> {
            let check = |row: &Row<'_>| row.get::<_, String>(0);
            let health = database.query_row("PRAGMA integrity_check(1)", [], check)?;
            if health != "ok" {
                return Ok(Err(health));
            }
            let mut query = database.prepare(
                "SELECT kind, key, look, shown, unixepoch() - registered AS age
                FROM accounts ORDER BY id",
            )?;
            let aged = |row: &Row<'_>| {
                let age = u64::try_from(row.get::<_, i64>("age")?).unwrap_or(0);
                Ok((owner(row)?, Duration::from_secs(age)))
            };
            query.query_map([], aged)?.collect::<Result<_, _>>().map(Ok)
        };
        let listed = list().map_err(|error| self.explain(&error))?;
        listed.map_err(|damage| self.damaged(&damage))
    }

    /// Whether this owner cannot be registered: by key or, for a name, by look.
    pub(super) fn is_taken(&self, owner: &Owner) -> io::Result<bool> {
        let Some(database) = self.open()? else {
            return Ok(false);
        };
        let sql = "SELECT 1 FROM accounts WHERE (kind = ?1 AND key = ?2) OR look = ?3";
        let (kind, key, look, _) = columns(owner);
        let found = database.query_row(sql, params![kind, key, look], |_| Ok(()));
        let found = found.optional().map_err(|error| self.explain(&error))?;
        Ok(found.is_some())
    }

    /// The hash of this owner's password, if there is an account.
    pub(super) fn hash_of(&self, owner: &Owner) -> io::Result<Option<String>> {
        let Some(database) = self.open()? else {
            return Ok(None);
        };
        let sql = "SELECT hash FROM accounts WHERE kind = ?1 AND key = ?2";
        let (kind, key, ..) = columns(owner);
        let hash = database.query_row(sql, params![kind, key], |row| row.get(0));
        hash.optional().map_err(|error| self.explain(&error))
    }

    /// Stores a new owner. False if key or look are taken.
    pub(super) fn insert(&self, owner: &Owner, hash: &str) -> io::Result<bool> {
        let mut database = self.open_or_create()?;
        let (kind, key, look, shown) = columns(owner);
        let mut insert = || -> rusqlite::Result<bool> {
            // Immediate: two servers that share a directory wait for each other here.
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            prepare(&change)?;
            let sql = "INSERT INTO accounts (kind, key, look, shown, hash)
                VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
            let added = change.execute(sql, params![kind, key, look, shown, hash])?;
            change.commit()?;
            self.seen.set(true);
            Ok(added == 1)
        };
        insert().map_err(|error| self.explain(&error))
    }

    /// Stores another hash, for once or for good. False if there is no such account.
    pub(super) fn update(&self, owner: &Owner, hash: &str, once: bool) -> io::Result<bool> {
        let sql = "UPDATE accounts SET hash = ?3, once = ?4 WHERE kind = ?1 AND key = ?2";
        let (kind, key, ..) = columns(owner);
        self.change(sql, params![kind, key, hash, once])
    }

    /// Removes an account. False if there was none.
    pub(super) fn remove(&self, owner: &Owner) -> io::Result<bool> {
        let sql = "DELETE FROM accounts WHERE kind = ?1 AND key = ?2";
        let (kind, key, ..) = columns(owner);
        self.change(sql, params![kind, key])
    }

    /// Executes one statement, in tables of this version.
    fn change(&self, sql: &str, values: impl rusqlite::Params) -> io::Result<bool> {
        let Some(mut database) = self.open()? else {
            return Ok(false);
        };
        let change = || -> rusqlite::Result<bool> {
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            prepare(&change)?;
            let rows = change.execute(sql, values)?;
            change.commit()?;
            Ok(rows > 0)
        };
        change().map_err(|error| self.explain(&error))
    }

    /// Opens the database, if there is one with a table: a kill before the first registration
    /// leaves an empty file.
    fn open(&self) -> io::Result<Option<Connection>> {
        match fs::metadata(&self.file) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.missing_tables(),
            Err(error) => return Err(at(&self.file, &error)),
        }
        let database = self.connect()?;
        if self.version(&database)? == 0 {
            return self.missing_tables();
        }
        self.seen.set(true);
        Ok(Some(database))
    }

    /// What missing tables mean.
    fn missing_tables(&self) -> io::Result<Option<Connection>> {
        match self.seen.get() {
            true => Err(io::Error::other(format!(
                "{} is gone or empty; put it back, or start the server again to begin without it",
                self.file.display()
            ))),
            false => Ok(None),
        }
    }

    fn open_or_create(&self) -> io::Result<Connection> {
        if let Some(database) = self.open()? {
            return Ok(database);
        }
        self.create()?;
        let database = self.connect()?;
        self.version(&database)?;
        Ok(database)
    }

    /// Creates the directory and an empty file, readable only by their owner.
    fn create(&self) -> io::Result<()> {
        if self.file.exists() {
            return Ok(());
        }
        directory::make(&self.directory)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        match file.open(&self.file) {
            Ok(_) => {}
            // Another server was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err(at(&self.file, &error)),
        }
        // SQLite syncs the file; its entry in the directory is ours to sync.
        directory::sync(&self.directory)?;
        log::info!("accounts are kept in {}", self.file.display());
        Ok(())
    }

    fn connect(&self) -> io::Result<Connection> {
        self.restrict_mode()?;
        // Without CREATE: SQLite would use the umask for the file's mode.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || -> rusqlite::Result<Connection> {
            let database = Connection::open_with_flags(&self.file, flags)?;
            database.busy_timeout(ACCOUNTS_LOCKED)?;
            database.pragma_update(None, "journal_mode", "TRUNCATE")?;
            database.pragma_update(None, "synchronous", "FULL")?;
            // Removed data is overwritten.
            database.pragma_update(None, "secure_delete", true)?;
            Ok(database)
        };
        connect().map_err(|error| self.explain(&error))
    }

    /// Makes the database and its journal readable only by their owner: both contain hashes.
    fn restrict_mode(&self) -> io::Result<()> {
        let journal = self.directory.join(format!("{FILE}-journal"));
        for file in [&self.file, &journal] {
            let Ok(meta) = fs::metadata(file) else {
                continue;
            };
            let mode = meta.permissions().mode() & 0o777;
            if mode & 0o077 != 0 && meta.is_file() {
                fs::set_permissions(file, Permissions::from_mode(0o600))
                    .map_err(|error| at(file, &error))?;
                let file = file.display();
                log::warn!("{file} could be read by others (mode {mode:o}); it is 600 now");
            }
        }
        Ok(())
    }

    /// The schema's version, 0 for an empty file. Refuses files of other programs and of newer
    /// versions.
    fn version(&self, database: &Connection) -> io::Result<i32> {
        let look = || -> rusqlite::Result<_> {
            let number = |row: &Row<'_>| row.get::<_, i32>(0);
            let application = database.query_row("PRAGMA application_id", [], number)?;
            let tables = database.query_row("SELECT count(*) FROM sqlite_schema", [], number)?;
            Ok((application, tables, user_version(database)?))
        };
        let (application, tables, version) = look().map_err(|error| self.explain(&error))?;
        if (application, tables, version) == (0, 0, 0) {
            return Ok(0);
        }
        let file = self.file.display();
        if application != APPLICATION {
            let sentence = format!("{file} is a database of another program");
            return Err(io::Error::other(sentence));
        }
        if version > VERSION {
            return Err(io::Error::other(format!(
                "{file} was written by a newer papo-server (version {version}; this one knows \
                 {VERSION})"
            )));
        }
        Ok(version)
    }

    fn explain(&self, error: &rusqlite::Error) -> io::Error {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => self.damaged(error),
            _ => at(&self.file, error),
        }
    }

    fn damaged(&self, how: &dyn Display) -> io::Error {
        let file = self.file.display();
        io::Error::other(format!(
            "{file} is damaged ({how}); move it and its -journal away, or put a copy in their place"
        ))
    }
}

/// Brings the tables to this version, within a change: nobody else can write meanwhile.
fn prepare(change: &Connection) -> rusqlite::Result<()> {
    if user_version(change)? < 1 {
        change.execute_batch(SCHEMA)?;
    }
    if user_version(change)? < 2 {
        change.execute_batch(bans::SCHEMA)?;
    }
    if user_version(change)? < 3 {
        change.execute_batch(USE)?;
    }
    if user_version(change)? < 4 {
        change.execute_batch(letters::SCHEMA)?;
    }
    if user_version(change)? < 5 {
        change.execute_batch(visits::SCHEMA)?;
    }
    if user_version(change)? < 6 {
        change.execute_batch(hooks::SCHEMA)?;
    }
    Ok(())
}

fn user_version(database: &Connection) -> rusqlite::Result<i32> {
    database.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Kind, key, look and shown.
fn columns(owner: &Owner) -> (&str, &str, Option<&str>, &str) {
    match owner {
        Owner::Name { key, look, shown } => ("name", key, Some(look), shown),
        Owner::Email(email) => ("email", email, None, email),
    }
}

fn owner(row: &Row<'_>) -> rusqlite::Result<Owner> {
    let look: Option<String> = row.get("look")?;
    let key = row.get("key")?;
    Ok(match look {
        Some(mut look) => {
            let shown: String = row.get("shown")?;
            // It has the look of another one, too.
            if look.starts_with(keys::DISPLACED)
                && let Ok(name) = Name::parse(&shown)
            {
                look = name.look().to_string();
            }
            Owner::Name { key, look, shown }
        }
        None => Owner::Email(key),
    })
}

#[cfg(test)]
mod tests;
