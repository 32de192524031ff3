//! Where the client keeps what it remembers. It reads and writes nothing there itself.

use std::env;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// `$XDG_STATE_HOME/papo`, by default in `~/.local/state`.
pub(crate) fn folder() -> io::Result<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    let state = state.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "HOME is not set"))?;
    Ok(state.join("papo"))
}
