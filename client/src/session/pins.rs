//! The certificates of servers that were met over TLS: a file with a line for each, `HOST:PORT CERTIFICATE KEY`, the
//! SHA-256 of both.
//!
//! Invariant: the key of a server is only ever replaced when its owner says so; who cannot keep a line is told.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::options::Identity;
use crate::state;

const FILE: &str = "known-servers";

/// Where they are kept.
pub(super) fn file() -> io::Result<PathBuf> {
    Ok(state::folder()?.join(FILE))
}

/// The identity of this server, if it is known.
pub(super) fn known(file: &Path, server: &str) -> io::Result<Option<Identity>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    Ok(text.lines().find_map(|line| identity(line, server)))
}

/// The identity in a line, if it is about this server. Names of hosts are the same in capitals.
fn identity(line: &str, server: &str) -> Option<Identity> {
    let mut words = line.split_whitespace();
    let is_it = words.next()?.eq_ignore_ascii_case(server);
    is_it.then_some(Identity {
        certificate: words.next()?.to_owned(),
        key: words.next().map(str::to_owned),
    })
}

/// Remember the identity of this server, in place of another one if there was.
pub(super) fn keep(file: &Path, server: &str, new: &Identity) -> io::Result<()> {
    // Until the end nobody else changes it.
    let _held = state::hold(file)?;
    let text = fs::read_to_string(file)?;
    let is_other = |line: &&str| identity(line, server).is_none();
    let others = text.lines().filter(is_other).flat_map(|line| [line, "\n"]);
    let key = new.key.as_deref().unwrap_or_default();
    let text = others.collect::<String>() + &format!("{server} {} {key}\n", new.certificate);
    state::replace(file, &text)
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use super::*;

    /// The path of a file in a new folder, which is removed after this.
    fn with_file(name: &str, does: impl FnOnce(&Path)) {
        let folder = env::temp_dir().join(format!("papo-{name}-{}", std::process::id()));
        does(&folder.join("papo").join(FILE));
        fs::remove_dir_all(&folder).expect("it is ours");
    }

    fn identity(certificate: &str) -> Identity {
        Identity {
            certificate: certificate.to_owned(),
            key: Some(format!("key of {certificate}").replace(' ', ":")),
        }
    }

    fn is(file: &Path, server: &str, certificate: Option<&str>) {
        let known = known(file, server).expect("it can be read");
        assert_eq!(known, certificate.map(identity), "{server}");
    }

    #[test]
    fn each_server_has_one_certificate() {
        with_file("pins", |file| {
            is(file, "a:1", None);
            for (server, certificate) in [("a:1", "AA"), ("[::1]:1", "BB"), ("A:1", "CC")] {
                keep(file, server, &identity(certificate)).expect("it is ours");
                is(file, server, Some(certificate));
            }
            is(file, "a:1", Some("CC"));
            is(file, "[::1]:1", Some("BB"));
            is(file, "a:12", None);
            // Of an older papo.
            let text = fs::read_to_string(file).expect("it is there") + "b:1 DD\n";
            fs::write(file, text).expect("it is ours");
            let old = known(file, "b:1").expect("it can be read").expect("a line");
            assert!(old.is_same(&identity("DD")) && !old.is_same(&identity("AA")));
            keep(file, "b:1", &identity("DD")).expect("it is ours");
            is(file, "b:1", Some("DD"));
            let text = fs::read_to_string(file).expect("it is there");
            assert_eq!(text.lines().count(), 3, "{text}");
            let found = fs::metadata(file).expect("it is there");
            assert_eq!(found.permissions().mode() & 0o777, 0o600);
        });
    }

    #[test]
    fn those_who_write_at_once_lose_nothing_and_a_part_of_before_stops_nobody() {
        with_file("pins-at-once", |file| {
            fs::create_dir_all(file.parent().expect("a folder")).expect("it is ours");
            let parts = [".new".to_owned(), format!(".new-{}", std::process::id())];
            for part in parts {
                fs::write(format!("{}{part}", file.display()), "half").expect("it is ours");
            }
            thread::scope(|scope| {
                for who in 0..8 {
                    scope.spawn(move || {
                        for n in 0..8 {
                            keep(file, &format!("h{who}:{n}"), &identity("AA"))
                                .expect("it is ours");
                        }
                    });
                }
            });
            let text = fs::read_to_string(file).expect("it is there");
            assert_eq!(text.lines().count(), 64, "{text}");
        });
    }
}
