//! Waiting for descriptors: the only call of poll with a deadline.

use std::io;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll};

/// Wait until something is ready, at most until the deadline.
pub(crate) fn wait(fds: &mut [PollFd], deadline: Option<Instant>) -> io::Result<()> {
    let timeout = deadline.map_or(PollTimeout::NONE, |deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        // One more, because the milliseconds are rounded down and 0 would spin.
        let millis = u16::try_from(left.as_millis() + 1);
        millis.unwrap_or(u16::MAX).into()
    });
    match poll(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a descriptor that was waited for is ready.
pub(crate) fn is_ready(fd: &PollFd) -> bool {
    // Flags that nix does not know mean ready too.
    fd.any().unwrap_or(true)
}
