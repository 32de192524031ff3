//! The terminal: raw mode and the way back, its size, its signals. It knows nothing of chat.
//! This is the only file with `unsafe`.
//!
//! Invariant: whenever the terminal is raw, `SAVED` holds the modes it had before, and the panic hook
//! and `Drop` give them back. Signals are blocked and read from a descriptor, so no code ever runs
//! inside a handler. O_NONBLOCK is never set: the file is shared with the shell.
//! Not done: a terminal that takes no output (a frozen emulator) blocks the client.
#![allow(unsafe_code)]

pub mod app;
pub mod editor;
pub mod history;
pub mod keys;
pub mod view;
pub mod wrap;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, Once, PoisonError};

use nix::errno::Errno;
use nix::pty::Winsize;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{
    LocalFlags, OutputFlags, SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr,
};
use nix::unistd::{Pid, read};

use crate::output;

/// Bracketed paste on.
const ENTER: &str = "\x1b[?2004h";
/// Erase the row in which one typed, plain text, bracketed paste off.
const LEAVE: &str = "\r\x1b[J\x1b[0m\x1b[?2004l";

/// Columns of a terminal that does not know its size.
const USUAL_COLUMNS: u16 = 80;

/// The modes to give back; `None` when there is nothing to restore.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

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

mod sys {
    nix::ioctl_read_bad!(
        /// The size of the window.
        window_size,
        nix::libc::TIOCGWINSZ,
        nix::pty::Winsize
    );
}

/// What a signal asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// The window has another size, or somebody else drew on it: draw again.
    Redraw,
    /// Stop, as ^Z does.
    Suspend,
    /// End, by this signal.
    End(Signal),
}

/// The terminal, in raw mode while this lives.
#[derive(Debug)]
pub struct Terminal {
    signals: SignalFd,
    /// The signals that were blocked before.
    mask: SigSet,
}

impl Terminal {
    /// Make the terminal raw. What restores it is in place before anything changes.
    pub fn open() -> io::Result<Terminal> {
        let saved = tcgetattr(io::stdin())?;
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved.clone());
        restore_on_panic();
        let signals = SigSet::from_iter(SIGNALS);
        let mask = signals.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let terminal = Terminal {
            signals: SignalFd::with_flags(&signals, flags)?,
            mask,
        };
        make_raw(&saved)?;
        Ok(terminal)
    }

    /// Where the signals come from, for poll.
    pub fn signals(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }

    /// The next signal that has come.
    pub fn next_request(&self) -> io::Result<Option<Request>> {
        let Some(info) = self.signals.read_signal()? else {
            return Ok(None);
        };
        let signal = i32::try_from(info.ssi_signo)
            .ok()
            .and_then(|n| Signal::try_from(n).ok());
        Ok(match signal {
            Some(Signal::SIGWINCH) => Some(Request::Redraw),
            Some(Signal::SIGTSTP) => Some(Request::Suspend),
            Some(Signal::SIGCONT) => {
                // Whoever stopped us may have changed the modes.
                make_raw_again()?;
                Some(Request::Redraw)
            }
            signal => signal.map(Request::End),
        })
    }

    /// Read what was typed; 0 bytes mean that the terminal is gone.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(read(io::stdin(), buffer)?)
    }

    /// Columns of the window. A window that says 0 does not know.
    pub fn columns(&self) -> usize {
        let mut size = Winsize {
            ws_row: 0,
            ws_col: 0,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let stdout = std::os::fd::AsRawFd::as_raw_fd(&io::stdout());
        // SAFETY: TIOCGWINSZ writes one `winsize` through the pointer, which is a live, exclusively
        // borrowed `Winsize` for the whole call; a descriptor of any other kind gives an error only.
        let columns = match unsafe { sys::window_size(stdout, &raw mut size) } {
            Ok(_) if size.ws_col > 0 => size.ws_col,
            _ => USUAL_COLUMNS,
        };
        columns.into()
    }

    /// Stop this job as the terminal driver would, and go on when the shell continues it.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore(SetArg::TCSAFLUSH);
        let stop = SigSet::from(Signal::SIGTSTP);
        stop.thread_unblock()?;
        // Stopped inside this call; one without a shell that could continue it is not stopped.
        kill(Pid::from_raw(0), Signal::SIGTSTP)?;
        stop.thread_block()?;
        make_raw_again()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // TCSAFLUSH: the rest of a long paste must not reach the shell as commands.
        restore(SetArg::TCSAFLUSH);
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // A mask that was valid cannot be refused; a signal that waited takes its usual effect here.
        let _ = self.mask.thread_set_mask();
    }
}

fn make_raw_again() -> io::Result<()> {
    let saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    saved.map_or(Ok(()), |saved| make_raw(&saved))
}

fn make_raw(saved: &Termios) -> io::Result<()> {
    let mut raw = saved.clone();
    cfmakeraw(&mut raw);
    // TCSADRAIN: what was typed while we connected is not lost.
    retry(|| tcsetattr(io::stdin(), SetArg::TCSADRAIN, &raw))?;
    // tcsetattr succeeds when it could do any part of what was asked.
    let now = tcgetattr(io::stdin())?;
    let cooked = LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
    if now.local_flags.intersects(cooked) || now.output_flags.contains(OutputFlags::OPOST) {
        return Err(io::Error::other("it refuses raw mode"));
    }
    output::write_all(ENTER.as_bytes())
}

/// Give the terminal its modes back. Failures are ignored: there is nothing left that could be done.
fn restore(when: SetArg) {
    // Not `lock`: in a panic of whoever holds it, the hook would wait for ever.
    let Ok(saved) = SAVED.try_lock() else {
        return;
    };
    if let Some(saved) = saved.as_ref() {
        let _ = output::write_all(LEAVE.as_bytes());
        let _ = retry(|| tcsetattr(io::stdin(), when, saved));
    }
}

/// A panic aborts the release build without running `Drop`, but not without the hook. The message
/// comes after the terminal is whole again, where it can be read.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore(SetArg::TCSANOW);
            default(info);
        }));
    });
}

fn retry(mut call: impl FnMut() -> nix::Result<()>) -> nix::Result<()> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
