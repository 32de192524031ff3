//! SIGTERM, SIGINT and SIGHUP interrupt a load test: what was measured until then is told, and the
//! exit code is the one that a shell would give. From the start on they are blocked in all threads but
//! one, which waits for them; whatever takes long looks at `caught`. The second of them ends loadtest
//! at once. A SIGHUP that was ignored when loadtest began, as under nohup, stays ignored.
//!
//! However it ends, its server ends with it. The server inherits that they are blocked: papo-server
//! takes them from a descriptor, and `loadtest reference` unblocks them. Invariant: while a server is
//! being started nobody else can look at `SERVER`, so that no signal finds a server that it does not
//! know of.

use crate::measure::process;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::process::exit;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

/// The process of the server, while there is one.
static SERVER: Mutex<Option<u32>> = Mutex::new(None);
/// The signal that asked for the end, once one has.
static CAUGHT: OnceLock<Signal> = OnceLock::new();

/// Held while a server is being started.
pub(crate) struct Guard(MutexGuard<'static, Option<u32>>);

/// From now on these signals are caught; to be called once, by the thread from which all others come.
pub(crate) fn catch() -> Result<(), String> {
    let signals = deadly();
    signals
        .thread_block()
        .map_err(|errno| format!("cannot block signals: {errno}"))?;
    thread::spawn(move || {
        while let Ok(signal) = signals.wait() {
            if CAUGHT.set(signal).is_err() {
                end(signal);
            }
        }
    });
    Ok(())
}

/// The signal that asked for the end, if one has.
pub(crate) fn caught() -> Option<Signal> {
    CAUGHT.get().copied()
}

/// Fails when a signal has asked for the end: for whatever cannot be told half done.
pub(crate) fn go_on() -> Result<(), String> {
    match caught() {
        Some(signal) => Err(format!(
            "interrupted by {signal}, before anything was measured"
        )),
        None => Ok(()),
    }
}

/// The exit code of a process that ends by this signal, as a shell tells it.
pub(crate) fn exit_code(signal: Signal) -> u8 {
    128 + signal as u8
}

/// To be had before a server is started.
pub(crate) fn guard() -> Guard {
    Guard(server())
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

/// Ends the server and this process.
fn end(signal: Signal) -> ! {
    if let Some(pid) = *server() {
        // It has just ended by itself if this fails.
        let _ = kill(Pid::from_raw(pid as i32), Signal::SIGKILL);
    }
    exit(i32::from(exit_code(signal)))
}
