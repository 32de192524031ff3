//! Standard input as the operator's keyboard. It is never put into non-blocking mode, because that
//! mode belongs to the terminal and would reach the shell: it is read only when it is ready, and
//! then a read does not block.

use std::io;

/// Read once what was typed; 0 is the end.
///
/// # Errors
/// As the system says; `EIO` when the server is in the background and the terminal is somebody else's.
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    // Not through std, which would read ahead into a buffer of its own.
    Ok(nix::unistd::read(io::stdin(), buffer)?)
}
