//! Writing to standard output, whole or not at all. `println!` is not used anywhere: it panics on a
//! closed pipe, and it cuts what is drawn as one into several writes.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::unistd::write;

use crate::ending::Failure;
use crate::wait::wait;

/// Print a text; false when nobody reads it any more.
pub(crate) fn print(text: &str) -> Result<bool, Failure> {
    match write_all(text.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Output(error)),
    }
}

/// Write everything to standard output, in one call if the kernel takes it in one.
pub(crate) fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    let stdout = io::stdout();
    while !bytes.is_empty() {
        match write(stdout.as_fd(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(Errno::EINTR) => {}
            // Another process made the shared file non-blocking: wait here instead.
            Err(Errno::EAGAIN) => {
                wait(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
