//! Signals as a descriptor to poll for: signalfd on Linux, kqueue on macOS and the BSDs. They are blocked, so no
//! code ever runs inside a handler.
//!
//! With kqueue a signal that was read stays pending until it is unblocked, and has its usual effect then.

use std::io;

use nix::sys::signal::{SigSet, Signal};

/// `open` takes signals that are blocked already, and `next` gives the next one that has come.
pub(crate) use source::{Signals, next, open};

#[cfg(target_os = "linux")]
mod source {
    use super::{SigSet, Signal, io};
    use nix::sys::signalfd::SfdFlags;
    pub(crate) use nix::sys::signalfd::SignalFd as Signals;

    pub(crate) fn open(blocked: &SigSet) -> io::Result<Signals> {
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Signals::with_flags(blocked, flags)?)
    }

    pub(crate) fn next(signals: &Signals) -> io::Result<Option<Signal>> {
        let number = signals.read_signal()?.map(|info| info.ssi_signo);
        let number = number.and_then(|number| i32::try_from(number).ok());
        Ok(number.and_then(|number| Signal::try_from(number).ok()))
    }
}

#[cfg(not(target_os = "linux"))]
mod source {
    use super::{SigSet, Signal, io};
    pub(crate) use nix::sys::event::Kqueue as Signals;
    use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent};

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

    pub(crate) fn open(blocked: &SigSet) -> io::Result<Signals> {
        let signals = Signals::new()?;
        let events = blocked.iter().map(|signal| event(signal as usize));
        signals.kevent(&events.collect::<Vec<_>>(), &mut [], Some(NOW))?;
        Ok(signals)
    }

    pub(crate) fn next(signals: &Signals) -> io::Result<Option<Signal>> {
        let mut came = [event(0)];
        if signals.kevent(&[], &mut came, Some(NOW))? == 0 {
            return Ok(None);
        }
        let number = i32::try_from(came[0].ident()).ok();
        Ok(number.and_then(|number| Signal::try_from(number).ok()))
    }
}
