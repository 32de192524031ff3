//! ^X^E: the text in the user's own editor, by way of a file that only they can read. The terminal must be
//! as that editor expects it. Invariant: the file is gone when `edit` returns.

use std::env;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::session::TEXT_BYTES;
use crate::state;

/// The editor where none is set, by POSIX.
const USUAL: &str = "vi";

/// A file that is removed with this.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Let the user edit the text; `None` when their editor failed or they gave up.
pub(super) fn edit(text: &str) -> io::Result<Option<String>> {
    // Another name each time, so that nobody who writes into the folder too can be in the way.
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let name = format!("papo-{:x}.txt", now.as_nanos());
    let draft = Draft(env::temp_dir().join(name));
    let mut file = state::create(&draft.0)?;
    file.write_all(format!("{text}\n").as_bytes())?;
    drop(file);
    let set = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR"));
    let editor = editor.as_deref().unwrap_or(USUAL);
    // By the shell, since the variable may hold options.
    let child = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(&draft.0)
        .spawn()?;
    if !wait(Pid::from_raw(child.id().cast_signed()))? {
        return Ok(None);
    }
    // One byte more than fits, so that the caller sees that it is too much.
    let mut text = Vec::new();
    let most = TEXT_BYTES as u64 + 2;
    File::open(&draft.0)?.take(most).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Wait for the program; whether it succeeded. When it is stopped by ^Z, so is this one.
fn wait(child: Pid) -> io::Result<bool> {
    loop {
        match waitpid(child, Some(WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::Exited(_, code)) => return Ok(code == 0),
            Ok(WaitStatus::Signaled(..)) => return Ok(false),
            // The shell continues both.
            Ok(WaitStatus::Stopped(..)) => raise(Signal::SIGSTOP)?,
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
