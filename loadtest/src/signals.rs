//! SIGTERM, SIGINT and SIGHUP interrupt a load test: the results until then are reported, and the exit
//! code is the one of a shell. From the start they are blocked in all threads but one, which waits for
//! them; long operations check `caught`. The second signal ends loadtest at once. A SIGHUP that was ignored
//! when loadtest started, as under nohup, stays ignored.
//!
//! However loadtest ends, its server ends too. The server inherits the blocked signals: papo-server reads
//! them from a descriptor, and `loadtest reference` unblocks them. Invariant: `SERVER` is locked while a
//! server is being started, so a signal always knows the server that runs.

use crate::measure::process;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::process::exit;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

/// The process of the running server.
static SERVER: Mutex<Option<u32>> = Mutex::new(None);
/// The first signal.
static CAUGHT: OnceLock<Signal> = OnceLock::new();

/// Held while a server is being started.
pub(crate) struct Guard(MutexGuard<'static, Option<u32>>);

/// Catch the signals from now on. Call it once, in the main thread before all others start.
pub(crate) fn catch() -> Result<(), String> {
    let signals = ending_signals();
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

/// The signal that asked for the end, if there was one.
pub(crate) fn caught() -> Option<Signal> {
    CAUGHT.get().copied()
}

/// Fail if a signal asked for the end: for operations without a partial result.
pub(crate) fn fail_if_caught() -> Result<(), String> {
    match caught() {
        Some(signal) => Err(format!(
            "interrupted by {signal}, before anything was measured"
        )),
        None => Ok(()),
    }
}

/// The exit code of a process that ends by this signal, as in a shell.
pub(crate) fn exit_code(signal: Signal) -> u8 {
    128 + signal as u8
}

/// Take this before starting a server.
pub(crate) fn guard() -> Guard {
    Guard(server())
}

impl Guard {
    /// Note the process of the started server.
    pub(crate) fn watch(mut self, pid: u32) {
        *self.0 = Some(pid);
    }
}

/// Forget the server after it has ended: its process number may be reused.
pub(crate) fn forget() {
    *server() = None;
}

/// Let the signals end this process again, as by default.
pub(crate) fn unblock() -> Result<(), String> {
    ending_signals()
        .thread_unblock()
        .map_err(|errno| format!("cannot unblock signals: {errno}"))
}

fn ending_signals() -> SigSet {
    let hangup = (!process::ignores(Signal::SIGHUP as u32)).then_some(Signal::SIGHUP);
    let always = [Signal::SIGTERM, Signal::SIGINT];
    always.into_iter().chain(hangup).collect()
}

/// The lock; a panic cannot leave a half-written value in it.
fn server() -> MutexGuard<'static, Option<u32>> {
    SERVER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// End the server and this process.
fn end(signal: Signal) -> ! {
    if let Some(pid) = *server() {
        // If this fails, it has just ended by itself.
        let _ = kill(Pid::from_raw(pid as i32), Signal::SIGKILL);
    }
    exit(i32::from(exit_code(signal)))
}
