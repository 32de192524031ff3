//! Root is needed for a port below 1024 and for nothing else: who starts the server as root gets it
//! as another user once it listens. There is no way back.
//!
//! Invariant: after `drop_to` has gone well with another user than root, no thread of this process
//! can become root again.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, fchown};
use std::path::Path;

use nix::libc::{O_DIRECTORY, O_NOFOLLOW};
use nix::unistd::{AccessFlags, User, eaccess, geteuid, setgid, setgroups, setuid};

/// The user to be when nothing is said, and the one when that one is not there.
const USERS: [&str; 2] = ["papo", "nobody"];

/// Whether the server was started as root and will not stay so.
pub fn will_drop(user: Option<&str>) -> bool {
    geteuid().is_root() && user != Some("root")
}

/// Whom to become: this user, or who fits when none is said; nobody else unless we are root. To be
/// asked before anybody is told that the server listens.
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

/// Become this user, for good. `data` is made for it where it is missing, as it could not do that
/// itself.
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
    // Groups first: later there is no right to change them.
    setgroups(&[user.gid]).map_err(|errno| failed("groups", errno))?;
    setgid(user.gid).map_err(|errno| failed("group", errno))?;
    setuid(user.uid).map_err(|errno| failed("user", errno))?;
    match setuid(0.into()) {
        Ok(()) => Err(format!("--user {}: root cannot be given up", user.name)),
        Err(_) => Ok(()),
    }
}

/// Whether whom we are now can keep files in `data`, or make it there. Nothing is made.
///
/// # Errors
/// A sentence for the operator.
pub fn can_write(data: &Path) -> Result<(), String> {
    let here = |path: &Path| match path.as_os_str().is_empty() {
        true => Path::new(".").to_owned(),
        false => path.to_owned(),
    };
    // What is missing is made in the first directory above it that is there.
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

/// Who is not root can be nobody else.
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

/// For its owner alone, as what it will hold.
fn make(directory: &Path) -> io::Result<()> {
    if let Some(parent) = directory.parent() {
        std::fs::create_dir_all(parent)?;
    }
    DirBuilder::new().mode(0o700).create(directory)
}

/// By its descriptor and not by its name, which somebody to whom the parent belongs could have
/// turned into a link to what is not theirs.
fn give(directory: &Path, user: &User) -> io::Result<()> {
    let directory = OpenOptions::new()
        .read(true)
        .custom_flags(O_DIRECTORY | O_NOFOLLOW)
        .open(directory)?;
    fchown(directory, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
}
