//! The directory of the accounts: creates it, and locks it for one server.
//!
//! Two servers on one directory would each believe to know all registered names, and give the
//! other's away. The lock is an advisory one on the directory itself, since a lock file could be
//! deleted; the system releases it when the process ends.
//!
//! Invariant: while a [`DirectoryLock`] exists, no other process of this host gets one of the same
//! directory.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::at;

/// The file with the number of the process that uses the directory.
const FILE: &str = "accounts.lock";

/// A locked directory.
pub(super) struct DirectoryLock {
    _directory: File,
}

/// Locks the directory, and creates it if it is missing. None if it cannot be written or locked,
/// which is logged: then nothing can be registered either.
///
/// # Errors
/// A sentence for the operator if another server uses it.
pub(super) fn lock(directory: &Path) -> io::Result<Option<DirectoryLock>> {
    let path = directory.join(FILE);
    let opened = make(directory).and_then(|()| {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).mode(0o600);
        file.open(&path).map_err(|error| at(&path, &error))
    });
    let opened = opened.and_then(|file| {
        let folder = File::open(directory).map_err(|error| at(directory, &error))?;
        Ok((folder, file))
    });
    let (folder, mut file) = match opened {
        Ok(both) => both,
        Err(error) => {
            log::warn!("accounts are not locked, another server could use them too: {error}");
            return Ok(None);
        }
    };
    match folder.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(taken(&mut file)),
        Err(TryLockError::Error(error)) => {
            let error = at(directory, &error);
            log::warn!("accounts are not locked, another server could use them too: {error}");
            return Ok(None);
        }
    }
    // For the message of a refused server; nothing depends on it.
    let number = format!("{}\n", std::process::id());
    let _ = file
        .set_len(0)
        .and_then(|()| file.write_all(number.as_bytes()));
    Ok(Some(DirectoryLock { _directory: folder }))
}

fn taken(file: &mut File) -> io::Error {
    let mut number = String::new();
    let _ = file.take(20).read_to_string(&mut number);
    let who = match number.trim() {
        "" => String::new(),
        number => format!(" (process {number})"),
    };
    let why = format!(
        "another papo-server{who} keeps its accounts there; stop it, or give this one a directory \
         of its own: --data DIR"
    );
    io::Error::new(ErrorKind::ResourceBusy, why)
}

/// Creates the directory, readable only by its owner, and makes that survive a power cut.
pub(super) fn make(directory: &Path) -> io::Result<()> {
    let new = |path: &&Path| !path.exists();
    let new: Vec<&Path> = directory.ancestors().take_while(new).collect();
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory);
    made.map_err(|error| at(directory, &error))?;
    new.iter()
        .filter_map(|path| path.parent())
        .try_for_each(sync)
}

/// Makes the directory's entries survive a power cut.
pub(in crate::store) fn sync(directory: &Path) -> io::Result<()> {
    let here = match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    };
    File::open(here)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| at(here, &error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_directory_is_one_servers() {
        let place = std::env::temp_dir().join(format!("papo-hold-{}", std::process::id()));
        let held = lock(&place.join("deeper")).expect("it is free");
        assert!(held.is_some());
        for made in [&place, &place.join("deeper")] {
            let found = std::fs::metadata(made).expect("it is there");
            assert_eq!(found.permissions().mode() & 0o777, 0o700);
        }
        let refused = lock(&place.join("deeper")).err().expect("it is held");
        let expected = format!("another papo-server (process {})", std::process::id());
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        // Deleting the file does not release the lock.
        std::fs::remove_file(place.join("deeper").join(FILE)).expect("it is there");
        assert!(lock(&place.join("deeper")).is_err());
        assert!(lock(&place.join("other")).expect("it is free").is_some());
        drop(held);
        assert!(lock(&place.join("deeper")).expect("free again").is_some());
        // Where nothing can be stored, nothing can be locked.
        std::fs::write(place.join("file"), "").expect("writable");
        assert!(lock(&place.join("file")).expect("nobody has it").is_none());
        let _ = std::fs::remove_dir_all(&place);
    }
}
