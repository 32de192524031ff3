//! A signal that ends loadtest ends its server too. From the first server on, SIGTERM, SIGINT and
//! SIGHUP are blocked in all threads but one, which waits for them. A SIGHUP that was ignored when
//! loadtest began, as under nohup, stays ignored.
//!
//! The server inherits that they are blocked: papo-server takes them from a descriptor, and
//! `loadtest reference` unblocks them. Invariant: while a server is being started nobody else can
//! look at `SERVER`, so that no signal finds a server that it does not know of.

use crate::process;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::process::exit;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

/// The process of the server, while there is one.
static SERVER: Mutex<Option<u32>> = Mutex::new(None);

/// Held while a server is being started.
pub(crate) struct Guard(MutexGuard<'static, Option<u32>>);

/// To be had before a server is started, by the thread from which all others come.
pub(crate) fn guard() -> Result<Guard, String> {
    static ONCE: Once = Once::new();
    let signals = deadly();
    signals
        .thread_block()
        .map_err(|errno| format!("cannot block signals: {errno}"))?;
    let guard = Guard(server());
    ONCE.call_once(|| {
        thread::spawn(move || {
            if let Ok(signal) = signals.wait() {
                end(signal);
            }
        });
    });
    Ok(guard)
}

impl Guard {
    /// The server runs.
    pub(crate) fn watch(mut self, pid: u32) {
        *self.0 = Some(pid);
    }
}

/// The server has ended, and its number may be another's from now on.
pub(crate) fn forget() {
    *server() = None;
}

/// Signals end this process again, as they do unless something is done about it.
pub(crate) fn unblock() -> Result<(), String> {
    deadly()
        .thread_unblock()
        .map_err(|errno| format!("cannot unblock signals: {errno}"))
}

fn deadly() -> SigSet {
    let hangup = (!process::ignores(Signal::SIGHUP as u32)).then_some(Signal::SIGHUP);
    let always = [Signal::SIGTERM, Signal::SIGINT];
    always.into_iter().chain(hangup).collect()
}

/// A thread that has panicked leaves nothing half done in there.
fn server() -> MutexGuard<'static, Option<u32>> {
    SERVER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the server and this process, with the code that a shell would give.
fn end(signal: Signal) -> ! {
    if let Some(pid) = *server() {
        // It has just ended by itself if this fails.
        let _ = kill(Pid::from_raw(pid as i32), Signal::SIGKILL);
    }
    exit(128 + signal as i32)
}
