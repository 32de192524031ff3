//! Drops root. A port below 1024 needs root and nothing else does: a server started as root becomes
//! another user once it listens. There is no way back.
//!
//! Invariant: after `drop_to` succeeds with another user than root, no thread of this process can
//! become root again.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, fchown};
use std::path::Path;

use nix::libc::{O_DIRECTORY, O_NOFOLLOW};
use nix::unistd::{AccessFlags, User, eaccess, geteuid, setgid, setgroups, setuid};

/// The default users to become; the second if the first does not exist.
const USERS: [&str; 2] = ["papo", "nobody"];

/// Whether the server was started as root and will drop it.
pub fn will_drop(user: Option<&str>) -> bool {
    geteuid().is_root() && user != Some("root")
}

/// The user to become: the given one or a default; none unless we are root. Call it before
/// announcing that the server listens.
///
/// # Errors
/// A sentence for the operator.
pub fn choose(user: Option<&str>) -> Result<Option<User>, String> {
    if !geteuid().is_root() {
        return stay(user).map(|()| None);
    }
    let user = match user {
        Some(name) => find(name)?.ok_or(format!("--user {name}: there is no such user"))?,
        None => USERS
            .iter()
            .find_map(|name| find(name).ok().flatten())
            .ok_or("started as root, and there is no user papo or nobody: say --user NAME")?,
    };
    Ok(Some(user))
}

/// Becomes this user for good. Creates `data` for them if it is missing, since they could not.
///
/// # Errors
/// A sentence for the operator.
pub fn drop_to(user: &User, data: &Path) -> Result<(), String> {
    if user.uid.is_root() {
        return Ok(());
    }
    let failed = |what: &str, errno| format!("--user {}: {what}: {errno}", user.name);
    if !data.exists() {
        make(data)
            .and_then(|()| give(data, user))
            .map_err(|error| format!("--data {}: {error}", data.display()))?;
    }
    // Groups first: afterwards there is no right to change them.
    setgroups(&[user.gid]).map_err(|errno| failed("groups", errno))?;
    setgid(user.gid).map_err(|errno| failed("group", errno))?;
    setuid(user.uid).map_err(|errno| failed("user", errno))?;
    match setuid(0.into()) {
        Ok(()) => Err(format!("--user {}: root cannot be given up", user.name)),
        Err(_) => Ok(()),
    }
}

/// Checks whether the current user can store files in `data` or create it. Creates nothing.
///
/// # Errors
/// A sentence for the operator.
pub fn can_write(data: &Path) -> Result<(), String> {
    let here = |path: &Path| match path.as_os_str().is_empty() {
        true => Path::new(".").to_owned(),
        false => path.to_owned(),
    };
    // A missing directory would be created in its first existing ancestor.
    let there = data.ancestors().map(here).find(|path| path.exists());
    let there = there.unwrap_or_else(|| "/".into());
    let Err(errno) = eaccess(&there, AccessFlags::W_OK | AccessFlags::X_OK) else {
        return Ok(());
    };
    let user = match User::from_uid(geteuid()) {
        Ok(Some(user)) => user.name,
        _ => geteuid().to_string(),
    };
    let make = if there == data { "" } else { "mkdir -p DIR, " };
    Err(format!(
        "{}: user {user} cannot write there: {}; {make}chown {user} DIR lets it",
        data.display(),
        errno.desc()
    ))
}

/// Without root, `--user` must be the current user.
fn stay(user: Option<&str>) -> Result<(), String> {
    let Some(name) = user else { return Ok(()) };
    match find(name)? {
        Some(user) if user.uid == geteuid() => Ok(()),
        Some(_) => Err(format!(
            "--user {name}: only root can serve as another user"
        )),
        None => Err(format!("--user {name}: there is no such user")),
    }
}

fn find(name: &str) -> Result<Option<User>, String> {
    User::from_name(name).map_err(|errno| format!("--user {name}: {errno}"))
}

/// Only for its owner, like the files in it.
fn make(directory: &Path) -> io::Result<()> {
    if let Some(parent) = directory.parent() {
        std::fs::create_dir_all(parent)?;
    }
    DirBuilder::new().mode(0o700).create(directory)
}

/// By descriptor and not by name: the owner of the parent directory could have replaced it with a
/// link to somebody else's.
fn give(directory: &Path, user: &User) -> io::Result<()> {
    let directory = OpenOptions::new()
        .read(true)
        .custom_flags(O_DIRECTORY | O_NOFOLLOW)
        .open(directory)?;
    fchown(directory, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
}
