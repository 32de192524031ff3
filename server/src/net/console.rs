//! Standard input as the operator's keyboard. It is never put into non-blocking mode, because that
//! mode belongs to the terminal and would reach the shell: it is read only when it is ready, and
//! then a read does not block.
//!
//! Where both ends are a terminal, the line being typed is kept here (typing.rs) and drawn by the log's
//! thread below whatever it prints, so that neither cuts the other. For that the terminal gives each key at
//! once and shows none by itself; everything else of its modes stays as it was.
//! Invariant: whoever ends or stops this process gets the modes back, also by a panic.

mod row;
mod typing;

use std::io::{self, IsTerminal};
use std::sync::{Mutex, Once, PoisonError};

use nix::sys::signal::{SigSet, Signal, raise};
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

use crate::ops::logging;
use typing::{Pressed, Typing};

/// Keys taken in one read: a paste comes in several.
const KEYS: usize = 1024;
/// Columns of a terminal that does not tell.
const USUAL_COLUMNS: u16 = 80;

/// The modes to give back while they are changed.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

/// The operator's keyboard.
#[derive(Default)]
pub struct Keyboard {
    /// What is typed, when it is edited here.
    typing: Option<Typing>,
    /// What is typed from now on means nothing.
    is_ignored: bool,
    /// Whether the terminal gives each key at once.
    is_changed: bool,
}

impl Keyboard {
    /// Keep the line being typed apart from what is printed, where that is possible; whether it is.
    pub fn edit(&mut self) -> bool {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if is_dumb || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return false;
        }
        restore_on_panic();
        self.typing = Some(Typing::default());
        self.resume();
        true
    }

    /// Read once what was typed; 0 is the end. `WouldBlock` when no line is whole so far.
    ///
    /// # Errors
    /// As the system says; `EIO` as long as the server is in the background.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(typing) = &mut self.typing else {
            // Not through std, which would read ahead into a buffer of its own.
            return Ok(nix::unistd::read(io::stdin(), buffer)?);
        };
        let mut keys = [0; KEYS];
        let count = nix::unistd::read(io::stdin(), &mut keys)?;
        // In the foreground again; not every shell tells so.
        if !self.is_changed {
            self.is_changed = change_modes();
        }
        if self.is_ignored && count > 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut lines = Vec::new();
        let mut ends = count == 0;
        for key in &keys[..count] {
            match typing.press(*key) {
                Pressed::Key => {}
                Pressed::Enter(line) => {
                    logging::say(&format!("> {line}"));
                    lines.extend(line.into_bytes());
                    lines.push(b'\n');
                }
                Pressed::End => ends = true,
            }
        }
        if ends && lines.is_empty() {
            return Ok(0);
        }
        draw(&typing.line());
        if lines.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = lines.len().min(buffer.len());
        buffer[..count].copy_from_slice(&lines[..count]);
        Ok(count)
    }

    /// What is typed from now on means nothing, and is taken all the same: the shell is not to find it
    /// afterwards. Whether somebody sits at a terminal.
    pub fn ignore(&mut self) -> bool {
        self.is_ignored = true;
        if self.typing.is_some() {
            logging::below(None);
        }
        self.typing.is_some()
    }

    /// The terminal is as it was before, for good.
    pub fn close(&mut self) {
        self.typing = None;
        logging::below(None);
        restore();
    }

    /// Stop as `^Z` asks, with the terminal as the shell wants it, and go on when the shell says so.
    pub fn suspend(&mut self) {
        logging::below(None);
        logging::finish();
        restore();
        self.is_changed = false;
        let stop = SigSet::from(Signal::SIGTSTP);
        // Stopped in here, unless there is nobody who could let it go on.
        let _ = stop.thread_unblock();
        let _ = raise(Signal::SIGTSTP);
        let _ = stop.thread_block();
        self.resume();
    }

    /// The server goes on after it was stopped, or is in the foreground again.
    pub fn resume(&mut self) {
        let Some(typing) = &self.typing else { return };
        self.is_changed = change_modes();
        if self.is_changed && !self.is_ignored {
            draw(&typing.line());
        }
    }
}

/// Show what is typed below all that is printed.
fn draw(typed: &str) {
    let columns = tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col);
    let columns = match columns {
        0 => USUAL_COLUMNS,
        columns => columns,
    };
    logging::below(Some(&row::row(typed, columns.into())));
}

/// Give the terminal its modes back, if they were changed.
pub fn restore() {
    // Not `lock`: in a panic of whoever holds it, the hook would wait for ever.
    let Ok(mut saved) = SAVED.try_lock() else {
        return;
    };
    if let Some(modes) = saved.take()
        && is_ours()
    {
        // A terminal that is gone has no modes.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
    }
}

/// Whether the terminal gives each key at once now.
fn change_modes() -> bool {
    // From the background it would stop the server, or change what is another's.
    if !is_ours() {
        return false;
    }
    let Ok(modes) = tcgetattr(io::stdin()) else {
        return false;
    };
    let mut changed = modes.clone();
    changed.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    let mut saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner);
    if tcsetattr(io::stdin(), OptionalActions::Now, &changed).is_err() {
        return false;
    }
    // What we find after a stop may be what we left ourselves.
    if modes.local_modes.contains(LocalModes::ICANON) {
        *saved = Some(modes);
    }
    true
}

/// Whether standard input is a terminal that is given from job to job.
pub fn has_jobs() -> bool {
    tcgetpgrp(io::stdin()).is_ok()
}

/// Whether no other job has the terminal.
fn is_ours() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|owner| owner == getpgrp())
}

/// A panic aborts the release build without unwinding, but not without the hook. The message comes after
/// the terminal is whole again.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            default(info);
        }));
    });
}
