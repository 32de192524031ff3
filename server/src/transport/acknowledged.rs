//! How much of what a conn was sent has reached its peer's system, in bytes of the conn.

use super::{Codec, Transport, Wire};
use crate::net::sys::Sys;

impl<Socket> Wire<Socket> {
    /// How many of the bytes that were written, as the conn counts them, the peer's system has not
    /// acknowledged; none if that is unknown.
    pub fn unacknowledged<S: Sys<Socket = Socket>>(&self, sys: &mut S) -> Option<u32> {
        let acknowledged = sys.bytes_acknowledged(&self.socket)? as u32;
        // The system counts our end, too.
        let left_of = |taken: u32| match taken.wrapping_sub(acknowledged) {
            u32::MAX => 0,
            left => left,
        };
        match &self.transport {
            Transport::Clear => Some(left_of(self.taken)),
            Transport::Coded(codec) => match &**codec {
                Codec::Pieces(pieces) => Some(pieces.unacknowledged(left_of(self.taken))),
                Codec::Tls(tls) => tls.unacknowledged(left_of(tls.sent())),
            },
        }
    }
}
