//! The certificates of servers that were met over TLS: a file with a line for each, `HOST:PORT SHA-256`.
//!
//! Invariant: a line is only ever replaced when its owner says so; who cannot keep one is told.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::state;

const FILE: &str = "known-servers";

/// Where they are kept.
pub(super) fn file() -> io::Result<PathBuf> {
    Ok(state::folder()?.join(FILE))
}

/// The certificate of this server, if one is known.
pub(super) fn known(file: &Path, server: &str) -> io::Result<Option<String>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let known = text.lines().filter_map(|line| line.split_once(' '));
    let mut own = known.filter(|(name, _)| *name == server);
    Ok(own
        .next()
        .map(|(_, certificate)| certificate.trim().to_owned()))
}

/// Remember the certificate of this server, in place of another one if there was.
pub(super) fn keep(file: &Path, server: &str, certificate: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read?,
    };
    let is_other = |line: &&str| line.split_once(' ').is_none_or(|(name, _)| name != server);
    let others = text.lines().filter(is_other).flat_map(|line| [line, "\n"]);
    let text = others.collect::<String>() + &format!("{server} {certificate}\n");
    // The file has all of it or is the one of before.
    let part = file.with_extension(format!("new-{}", std::process::id()));
    let mut options = OpenOptions::new();
    let mut written = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    written.write_all(text.as_bytes())?;
    fs::rename(&part, file)
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn each_server_has_one_certificate() {
        let folder = env::temp_dir().join(format!("papo-pins-{}", std::process::id()));
        let file = folder.join("papo").join(FILE);
        assert_eq!(known(&file, "a:1").expect("there is none"), None);
        for (server, certificate) in [("a:1", "AA"), ("[::1]:1", "BB"), ("a:1", "CC")] {
            keep(&file, server, certificate).expect("it is ours");
            assert_eq!(
                known(&file, server).expect("it is there").as_deref(),
                Some(certificate)
            );
        }
        assert_eq!(
            known(&file, "[::1]:1").expect("it is there").as_deref(),
            Some("BB")
        );
        assert_eq!(known(&file, "a:12").expect("there are others"), None);
        let mode = fs::metadata(&file)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}
