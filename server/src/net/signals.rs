//! Signals as readiness, and the descriptor limit. No handler ever runs: signals are blocked in the
//! whole process, and the loop reads them from a descriptor.

use std::io;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use nix::sys::signal::{SigSet, Signal as Unix};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::net::sys::Signal;

/// A signal that arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caught {
    /// A signal for the loop.
    Tell(Signal),
    /// SIGTSTP: `^Z` was pressed.
    Suspend,
    /// SIGCONT: the process was stopped, or is in the foreground now.
    Continue,
}

/// Blocks the signals for the loop, and returns the descriptor to read them from. Call it before
/// any thread is started, because threads inherit the blocked set.
///
/// # Errors
/// If the system has no descriptors left.
pub fn catch() -> io::Result<SignalFd> {
    let mut wanted = SigSet::empty();
    wanted.add(Unix::SIGTERM);
    wanted.add(Unix::SIGINT);
    wanted.add(Unix::SIGHUP);
    wanted.add(Unix::SIGTSTP);
    wanted.add(Unix::SIGCONT);
    let mut blocked = wanted;
    // When blocked, a read from the terminal in the background fails; otherwise it would stop the
    // server.
    blocked.add(Unix::SIGTTIN);
    blocked.thread_block()?;
    Ok(SignalFd::with_flags(
        &wanted,
        SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC,
    )?)
}

/// The next signal.
pub fn next(signals: &SignalFd) -> Option<Caught> {
    loop {
        match signals.read_signal() {
            Ok(Some(info)) => {
                let signal = i32::try_from(info.ssi_signo).map(Unix::try_from);
                return Some(match signal {
                    Ok(Ok(Unix::SIGHUP)) => Caught::Tell(Signal::Reload),
                    Ok(Ok(Unix::SIGTSTP)) => Caught::Suspend,
                    Ok(Ok(Unix::SIGCONT)) => Caught::Continue,
                    stop => {
                        if let Ok(Ok(stop)) = stop {
                            log::info!("{stop} from process {}", info.ssi_pid);
                        }
                        Caught::Tell(Signal::Stop)
                    }
                });
            }
            Err(Errno::EINTR) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Raises the soft limit of descriptors to the hard one. Returns the old and the new limit.
///
/// # Errors
/// If the system does not report the limit.
pub fn raise_descriptor_limit() -> io::Result<(rlim_t, rlim_t)> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => Ok((soft, hard)),
        Err(_) => Ok((soft, soft)),
    }
}
