//! The system calls for datagrams, which only ChatTruco's directory needs.

use std::net::{IpAddr, SocketAddr};

/// A received datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Datagram<'a> {
    /// Its sender; IPv4 is never mapped to IPv6.
    pub from: SocketAddr,
    /// Our address that it was sent to, even for a broadcast.
    pub local: IpAddr,
    /// Its contents, up to [`crate::chattruco::DATAGRAM_BYTES`].
    pub bytes: &'a [u8],
    /// Whether it was longer.
    pub truncated: bool,
}

/// See the top of this file.
pub trait Datagrams {
    /// Receives datagrams, at most `budget`.
    fn receive(&mut self, budget: usize, take: impl FnMut(Datagram<'_>));

    /// Sends a datagram from this local address. If it cannot be sent now it is lost, like any
    /// datagram.
    fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8]);
}
