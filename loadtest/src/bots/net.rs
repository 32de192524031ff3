//! Sockets for bots, and the limits of the host for thousands of them.
//!
//! Every socket is non-blocking and has NODELAY set: a delayed segment would be measured as latency of the
//! server. Nothing here reads, writes or waits.

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{SockFlag, setsockopt, sockopt::IpBindAddressNoPort};
pub(crate) use socket2::Socket;
use socket2::{Domain, Protocol, Type};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Bots that share one source address. There are 28232 ephemeral ports by default, and the kernel finds
/// a free one at the first try as long as half of them are free.
const BOTS_PER_SOURCE: u32 = 10_000;
/// Descriptors for other things than bots: standard ones, poller, timer, child, /proc.
pub(crate) const SPARE_DESCRIPTORS: usize = 32;
/// Most connections that wait to be accepted; the kernel lowers it to its own limit.
const BACKLOG: i32 = 4096;

/// Resolve HOST:PORT. IPv4 is preferred, because only there the bots can have many source addresses.
pub(crate) fn resolve(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<SocketAddr> = text
        .to_socket_addrs()
        .map_err(|error| format!("'{text}' is not a HOST:PORT that can be reached: {error}"))?
        .collect();
    let address = found.iter().find(|a| a.is_ipv4()).or(found.first());
    address.copied().ok_or(format!("'{text}' has no address"))
}

/// Raise the limit of descriptors to the hard limit, for children too, and return it.
pub(crate) fn raise_descriptors() -> io::Result<usize> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(usize::try_from(hard).unwrap_or(usize::MAX))
}

/// Start to connect; the socket becomes writable when that has succeeded or failed.
pub(crate) fn connect(target: SocketAddr, bot: usize) -> io::Result<Socket> {
    start(new_socket(target)?, target, bot)
}

/// The same with a receive buffer of so many bytes. It is set before connecting, because that decides the
/// scale of the TCP window.
pub(crate) fn connect_with_buffer(
    target: SocketAddr,
    bot: usize,
    bytes: usize,
) -> io::Result<Socket> {
    let socket = new_socket(target)?;
    socket.set_recv_buffer_size(bytes)?;
    start(socket, target, bot)
}

fn start(socket: Socket, target: SocketAddr, bot: usize) -> io::Result<Socket> {
    if let Some(source) = source(target, bot as u32) {
        // The port is chosen by `connect`, which may share it between targets.
        setsockopt(&socket, IpBindAddressNoPort, &true)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    match socket.connect(&target.into()) {
        Err(error) if error.raw_os_error() != Some(Errno::EINPROGRESS as i32) => Err(error),
        _ => Ok(socket),
    }
}

/// A listening socket. Accepted sockets have NODELAY too.
pub(crate) fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = new_socket(address)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// Accept the next connection.
pub(crate) fn accept(listener: &Socket) -> io::Result<Socket> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    listener.accept4(flags.bits()).map(|(socket, _)| socket)
}

fn new_socket(address: SocketAddr) -> io::Result<Socket> {
    let kind = Type::STREAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket)
}

/// Leave Linux's ping-pong mode, in which a socket delays its acknowledgements in the hope of an answer to
/// send them with. A bot enters it by answering the question for its name at once, as no person does; and
/// on one host the server pays for late acknowledgements, within its write.
pub(crate) fn expect_no_answers(socket: &Socket) -> io::Result<()> {
    socket.set_tcp_quickack(true)
}

/// Whether a failed call may be repeated later on the same socket.
pub(crate) fn is_momentary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Each block of bots has its own loopback address, from 127.0.0.2 on, so ports do not run out. For other
/// targets all bots share the ports of one address.
fn source(target: SocketAddr, bot: u32) -> Option<Ipv4Addr> {
    let loopback = target.is_ipv4() && target.ip().is_loopback();
    loopback
        .then(|| Ipv4Addr::from_bits(Ipv4Addr::new(127, 0, 0, 2).to_bits() + bot / BOTS_PER_SOURCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_of_bots_has_its_own_loopback_address() {
        let target = "127.0.0.1:12345".parse().unwrap();
        assert_eq!(source(target, 0), Some(Ipv4Addr::new(127, 0, 0, 2)));
        assert_eq!(source(target, 9_999), Some(Ipv4Addr::new(127, 0, 0, 2)));
        assert_eq!(source(target, 10_000), Some(Ipv4Addr::new(127, 0, 0, 3)));
        assert_eq!(source("10.0.0.1:12345".parse().unwrap(), 0), None);
        assert_eq!(source("[::1]:12345".parse().unwrap(), 0), None);
    }

    #[test]
    fn a_target_is_resolved_to_ipv4_first() {
        assert_eq!(resolve("127.0.0.1:7"), Ok("127.0.0.1:7".parse().unwrap()));
        assert_eq!(resolve("[::1]:7"), Ok("[::1]:7".parse().unwrap()));
        assert!(resolve("127.0.0.1").is_err());
    }
}
