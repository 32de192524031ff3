//! Signals as a descriptor to poll for: signalfd on Linux, kqueue on macOS and the BSDs. They are blocked, so no
//! code ever runs inside a handler.
//!
//! With kqueue a signal that was read stays pending until it is unblocked, and has its usual effect then.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};

/// Blocked signals.
#[derive(Debug)]
pub(super) struct Signals(source::Source);

impl Signals {
    /// These signals, which are blocked already.
    pub(super) fn of(blocked: &SigSet) -> io::Result<Signals> {
        source::open(blocked).map(Signals)
    }

    /// The next signal that has come.
    pub(super) fn next(&self) -> io::Result<Option<Signal>> {
        source::next(&self.0)
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(target_os = "linux")]
mod source {
    use super::{SigSet, Signal, io};
    pub(super) use nix::sys::signalfd::SignalFd as Source;
    use nix::sys::signalfd::{SfdFlags, SignalFd};

    pub(super) fn open(blocked: &SigSet) -> io::Result<Source> {
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(SignalFd::with_flags(blocked, flags)?)
    }

    pub(super) fn next(source: &Source) -> io::Result<Option<Signal>> {
        let number = source.read_signal()?.map(|info| info.ssi_signo);
        let number = number.and_then(|number| i32::try_from(number).ok());
        Ok(number.and_then(|number| Signal::try_from(number).ok()))
    }
}

#[cfg(not(target_os = "linux"))]
mod source {
    use super::{SigSet, Signal, io};
    pub(super) use nix::sys::event::Kqueue as Source;
    use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};

    const NOW: nix::libc::timespec = nix::libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };

    fn event(signal: usize) -> KEvent {
        let flags = EvFlags::EV_ADD | EvFlags::EV_CLEAR;
        KEvent::new(
            signal,
            EventFilter::EVFILT_SIGNAL,
            flags,
            FilterFlag::empty(),
            0,
            0,
        )
    }

    pub(super) fn open(blocked: &SigSet) -> io::Result<Source> {
        let source = Kqueue::new()?;
        let events: Vec<KEvent> = blocked
            .iter()
            .map(|signal| event(signal as usize))
            .collect();
        source.kevent(&events, &mut [], Some(NOW))?;
        Ok(source)
    }

    pub(super) fn next(source: &Source) -> io::Result<Option<Signal>> {
        let mut came = [event(0)];
        if source.kevent(&[], &mut came, Some(NOW))? == 0 {
            return Ok(None);
        }
        let number = i32::try_from(came[0].ident()).ok();
        Ok(number.and_then(|number| Signal::try_from(number).ok()))
    }
}
