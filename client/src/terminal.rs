//! The terminal: raw mode and the way back, its size, its signals. It knows nothing of chat.
//!
//! Invariant: whenever the terminal is raw, `SAVED` holds the modes it had before, and the panic hook
//! and `Drop` restore them. Signals are blocked and read from a descriptor, so no code ever runs
//! inside a handler. O_NONBLOCK is never set on standard input and output: they are shared with the shell.

pub(crate) mod app;
mod area;
pub(crate) mod bindings;
mod block;
mod buffer;
mod completion;
mod compose;
mod editor;
mod fold;
mod full;
mod highlight;
mod history;
mod history_file;
mod keyboard;
mod keys;
mod kills;
mod notice;
mod pace;
mod plain;
mod prompt;
mod reader;
mod row;
mod screen;
mod search;
mod sequences;
mod signals;
mod times;
mod undo;
mod view;
mod wrap;

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, Once, PoisonError};
use std::{io, iter};

use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, raise};
use nix::unistd::{Pid, read};
use rustix::io::retry_on_intr;
use rustix::termios::{
    LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use crate::output;
pub use crate::reading::Manner;

pub use editor::{Editor, Outcome};
pub use keys::Decoder;
pub use row::{Row, masked};
pub use view::{Colours, HIDE};
use wrap::LINE_END;

/// Bracketed paste on, reports of the focus on, and arrows as `ESC [`, see sequences.rs.
const ENTER: &str = "\x1b[?2004h\x1b[?1004h\x1b[?1l";
/// Plain text, bracketed paste and reports of the focus off.
const LEAVE: &str = "\x1b[0m\x1b[?2004l\x1b[?1004l";

/// Remember whether the mouse's wheel sends arrows. Once: the second time it would be the client's own choice.
const REMEMBER_WHEEL: &str = "\x1b[?1007s";
/// A screen of its own, rows cut where they do not fit, and no arrows for the mouse's wheel, which would find what was
/// typed before.
const ENTER_FULL: &str = "\x1b[?1049h\x1b[?7l\x1b[?1007l";
const LEAVE_FULL: &str = "\x1b[?1007r\x1b[?7h\x1b[?1049l";

/// Rows and columns of a terminal that does not know its size.
const USUAL_SIZE: (usize, usize) = (24, 80);

/// What to restore; `None` when there is nothing to restore.
static SAVED: Mutex<Option<Saved>> = Mutex::new(None);

/// The modes of a terminal before, and as what it is used.
#[derive(Debug, Clone)]
struct Saved {
    modes: Termios,
    manner: Manner,
}

/// The signals that a session in the terminal handles itself.
const SIGNALS: [Signal; 7] = [
    Signal::SIGWINCH,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
];

/// The terminal, which is in raw mode until this is dropped.
#[derive(Debug)]
pub struct Terminal {
    signals: signals::Signals,
    /// The signals that were blocked before.
    mask: SigSet,
    manner: Manner,
}

impl Terminal {
    /// Make the terminal raw, and use it as this. What restores it is in place before anything changes.
    ///
    /// # Errors
    /// Standard input is no terminal, or refuses raw mode.
    pub fn open(manner: Manner) -> io::Result<Terminal> {
        let modes = tcgetattr(io::stdin())?;
        let saved = Saved { modes, manner };
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved.clone());
        restore_on_panic();
        let blocked = SigSet::from_iter(SIGNALS);
        let mask = blocked.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let terminal = Terminal {
            signals: signals::open(&blocked)?,
            mask,
            manner,
        };
        if manner == Manner::Full {
            output::write_all(REMEMBER_WHEEL.as_bytes())?;
        }
        make_raw(saved)?;
        Ok(terminal)
    }

    /// The descriptor of the signals, for poll.
    pub(crate) fn signals(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }

    /// The next signal that has come.
    pub(crate) fn next_signal(&self) -> io::Result<Option<Signal>> {
        signals::next(&self.signals)
    }

    /// Read what was typed; 0 bytes mean that the terminal is gone.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(read(io::stdin(), buffer)?)
    }

    /// Rows and columns of the window; 0 from the kernel means unknown.
    pub(crate) fn size(&self) -> (usize, usize) {
        match tcgetwinsize(io::stdout()) {
            // The terminal itself wraps then.
            _ if self.manner == Manner::Plain => (0, usize::MAX),
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                (size.ws_row.into(), size.ws_col.into())
            }
            _ => USUAL_SIZE,
        }
    }

    /// Stop this job as the terminal driver would, and go on when the shell continues it.
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        restore(OptionalActions::Flush);
        let stop = SigSet::from(Signal::SIGTSTP);
        stop.thread_unblock()?;
        // The process stops inside this call, unless there is no shell that could continue it.
        kill(Pid::from_raw(0), Signal::SIGTSTP)?;
        stop.thread_block()?;
        self.resume()
    }

    /// Let another program use the terminal. What its keys raised was meant for it.
    pub(crate) fn lend<T>(&mut self, borrower: impl FnOnce() -> T) -> io::Result<T> {
        restore(OptionalActions::Flush);
        let result = borrower();
        let signals: Vec<Signal> = iter::from_fn(|| self.next_signal().ok()?).collect();
        for signal in signals {
            if matches!(signal, Signal::SIGTERM | Signal::SIGHUP | Signal::SIGWINCH) {
                raise(signal)?;
            }
        }
        self.resume()?;
        Ok(result)
    }

    /// Make the terminal raw again: another program may have changed the modes while this one was stopped.
    pub(crate) fn resume(&self) -> io::Result<()> {
        let saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        saved.map_or(Ok(()), make_raw)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Flush: the rest of a long paste must not reach the shell as commands.
        restore(OptionalActions::Flush);
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // The mask was valid before, so this cannot fail; a pending signal takes its usual effect here.
        let _ = self.mask.thread_set_mask();
    }
}

fn make_raw(Saved { mut modes, manner }: Saved) -> io::Result<()> {
    modes.make_raw();
    // Drain: what was typed while the program connected is not lost.
    retry_on_intr(|| tcsetattr(io::stdin(), OptionalActions::Drain, &modes))?;
    // tcsetattr succeeds when it could do any part of what was asked.
    let now = tcgetattr(io::stdin())?;
    let cooked = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    if now.local_modes.intersects(cooked) || now.output_modes.contains(OutputModes::OPOST) {
        return Err(io::Error::other("it refuses raw mode"));
    }
    output::write_all(ENTER.as_bytes())?;
    match manner {
        Manner::Full => output::write_all(ENTER_FULL.as_bytes()),
        Manner::Lines | Manner::Plain => Ok(()),
    }
}

/// Restore the terminal's modes. Errors are ignored: nothing could be done about them.
fn restore(when: OptionalActions) {
    // Not `lock`: if its holder panics, the hook would wait for ever.
    if let Ok(saved) = SAVED.try_lock()
        && let Some(Saved { modes, manner }) = saved.as_ref()
    {
        let row = match manner {
            Manner::Lines => HIDE,
            // Nothing is erased that may not have been read yet.
            Manner::Plain => LINE_END,
            Manner::Full => LEAVE_FULL,
        };
        let _ = output::write_all(format!("{row}{LEAVE}").as_bytes());
        let _ = retry_on_intr(|| tcsetattr(io::stdin(), when, modes));
    }
}

/// A panic aborts the release build without running `Drop`, but not without the hook. The message
/// comes after the terminal is restored, where it can be read.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore(OptionalActions::Now);
            default(info);
        }));
    });
}
