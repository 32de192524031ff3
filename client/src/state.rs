//! Where the settings stand, and where the client keeps what it remembers: files that only their owner reads, and that several papo of theirs may
//! change at once.
//!
//! Invariant: a file has all of its old contents or all of its new ones, whatever ends in between.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// `$XDG_STATE_HOME/papo`, by default in `~/.local/state`.
pub(crate) fn folder() -> io::Result<PathBuf> {
    within("XDG_STATE_HOME", ".local/state")
}

/// `$XDG_CONFIG_HOME/papo/config.toml`, by default in `~/.config`.
pub(crate) fn settings() -> io::Result<PathBuf> {
    Ok(within("XDG_CONFIG_HOME", ".config")?.join("config.toml"))
}

fn within(variable: &str, usual: &str) -> io::Result<PathBuf> {
    let absolute = |name: &str| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let folder = absolute(variable).or_else(|| Some(absolute("HOME")?.join(usual)));
    let folder = folder.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "HOME is not set"))?;
    Ok(folder.join("papo"))
}

/// Open a file to append to it, and hold it until it is closed: others who want to wait for that. It is made if there
/// is none.
pub(crate) fn hold(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    loop {
        let file = options.open(path)?;
        // Where the system has no locks, a line may be lost when two write at once, and no more.
        let _ = file.lock();
        let held = file.metadata()?;
        // Another papo may have put a new one in its place meanwhile.
        let is_there = fs::metadata(path).is_ok_and(|there| there.ino() == held.ino());
        if is_there {
            if held.mode() & 0o077 != 0 {
                file.set_permissions(Permissions::from_mode(0o600))?;
            }
            return Ok(file);
        }
    }
}

/// A new file.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Put a file with this text in the place of the one that the caller holds.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".new");
    // Nobody else writes it at the moment: if it is there, a papo has died over it.
    let _ = fs::remove_file(&part);
    let mut file = create(Path::new(&part))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    // The new file is there; if power fails now, perhaps still the old one.
    if let Some(folder) = path.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}
