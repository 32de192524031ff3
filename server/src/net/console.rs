//! Standard input as the operator's keyboard. It is never made non-blocking, because that mode
//! belongs to the terminal and would affect the shell: it is read only when ready, and then a read
//! does not block.
//!
//! If input and output are a terminal, the line being typed is kept here (typing.rs), and the log's
//! thread draws it below everything it prints, so that neither interrupts the other. For that the
//! terminal passes each key at once and does not echo; its other modes stay as they were.
//! Invariant: whoever ends or stops this process, the terminal gets its modes back, also on a
//! panic.

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
/// For terminals that do not report their width.
const USUAL_COLUMNS: u16 = 80;

/// The modes to restore while they are changed.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

/// The operator's keyboard.
#[derive(Default)]
pub struct Keyboard {
    /// The line being typed, if it is edited here.
    typing: Option<Typing>,
    /// Whether further input is ignored.
    is_ignored: bool,
    /// Whether the terminal passes each key at once.
    is_changed: bool,
}

impl Keyboard {
    /// Keeps the typed line apart from the printed ones, where possible. Returns whether it is.
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

    /// Reads once; 0 is the end of input. `WouldBlock` until a line is complete.
    ///
    /// # Errors
    /// As the system says; `EIO` while the server is in the background.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(typing) = &mut self.typing else {
            // Not through std, which would read ahead into its own buffer.
            return Ok(nix::unistd::read(io::stdin(), buffer)?);
        };
        let mut keys = [0; KEYS];
        let count = nix::unistd::read(io::stdin(), &mut keys)?;
        // We are in the foreground again; not every shell sends SIGCONT.
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

    /// Ignores further input but still reads it, so that the shell does not get it afterwards.
    pub fn ignore(&mut self) {
        self.is_ignored = true;
        if self.typing.is_some() {
            logging::below(None);
        }
    }

    /// Restores the terminal for good.
    pub fn close(&mut self) {
        self.typing = None;
        logging::below(None);
        restore();
    }

    /// Stops for `^Z` with the terminal restored, and continues on SIGCONT.
    pub fn suspend(&mut self) {
        logging::below(None);
        logging::finish();
        restore();
        self.is_changed = false;
        let stop = SigSet::from(Signal::SIGTSTP);
        // The process stops in this call, unless nobody could continue it.
        let _ = stop.thread_unblock();
        let _ = raise(Signal::SIGTSTP);
        let _ = stop.thread_block();
        self.resume();
    }

    /// The server continues after a stop, or is in the foreground again.
    pub fn resume(&mut self) {
        let Some(typing) = &self.typing else { return };
        self.is_changed = change_modes();
        if self.is_changed && !self.is_ignored {
            draw(&typing.line());
        }
    }
}

/// Shows the typed text below everything printed.
fn draw(typed: &str) {
    let columns = tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col);
    let columns = match columns {
        0 => USUAL_COLUMNS,
        columns => columns,
    };
    logging::below(Some(&row::row(typed, columns.into())));
}

/// Restores the terminal's modes, if they were changed.
fn restore() {
    // Not `lock`: in a panic while it is held, the hook would wait for ever.
    let Ok(mut saved) = SAVED.try_lock() else {
        return;
    };
    if let Some(modes) = saved.take()
        && is_foreground()
    {
        // Fails only if the terminal is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
    }
}

/// Makes the terminal pass each key at once. Returns whether it does.
fn change_modes() -> bool {
    // In the background it would stop the server, or change the modes of another job.
    if !is_foreground() {
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
    // After a stop the modes may still be our own.
    if modes.local_modes.contains(LocalModes::ICANON) {
        *saved = Some(modes);
    }
    true
}

/// Whether standard input is a terminal with job control.
pub fn has_job_control() -> bool {
    tcgetpgrp(io::stdin()).is_ok()
}

/// Whether we are in the foreground.
fn is_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|owner| owner == getpgrp())
}

/// A panic aborts the release build without unwinding, but the hook still runs. The terminal is
/// restored before the message.
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
