//! Sockets as this crate wants them, and the limits of the host that thousands of them run into.
//!
//! Every socket is non-blocking and has NODELAY set: a held-back segment would be measured as
//! latency of the server. Nothing here reads, writes or waits.

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{SockFlag, setsockopt, sockopt::IpBindAddressNoPort};
pub(crate) use socket2::Socket;
use socket2::{Domain, Protocol, Type};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Bots that share one source address. There are 28232 ephemeral ports by default; up to half of
/// them the kernel finds at the first try.
const BOTS_PER_SOURCE: u32 = 10_000;
/// Descriptors that are no bot's: standard ones, poller, timer, child, /proc.
pub(crate) const SPARE_DESCRIPTORS: usize = 32;
/// Connections that may wait to be accepted; the kernel lowers it to its own limit.
const BACKLOG: i32 = 4096;

/// The address that HOST:PORT stands for. IPv4 is preferred, as only there the bots can have many
/// source addresses.
pub(crate) fn resolve(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<SocketAddr> = text
        .to_socket_addrs()
        .map_err(|error| format!("'{text}' is not a HOST:PORT that can be reached: {error}"))?
        .collect();
    let address = found.iter().find(|a| a.is_ipv4()).or(found.first());
    address.copied().ok_or(format!("'{text}' has no address"))
}

/// Raises the number of descriptors to the most that is allowed, for children as well, and gives it.
pub(crate) fn raise_descriptors() -> io::Result<usize> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(usize::try_from(hard).unwrap_or(usize::MAX))
}

/// Starts to connect; the socket is writable when that has succeeded or failed.
pub(crate) fn connect(target: SocketAddr, bot: usize) -> io::Result<Socket> {
    start(new_socket(target)?, target, bot)
}

/// The same with a receive buffer of so many bytes. It is set before connecting, as the window that
/// the peer is offered is scaled then.
pub(crate) fn connect_narrow(target: SocketAddr, bot: usize, bytes: usize) -> io::Result<Socket> {
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

/// A socket that listens. What it accepts has NODELAY as well.
pub(crate) fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = new_socket(address)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// The next conn that waits at a listening socket.
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

/// Has the kernel forget that this socket has answered at once when it was asked for a name, as no
/// person does. From then on it holds back the acknowledgement of what it reads, in the hope of an
/// answer to send it with, until more has come; and on one host it is the server that pays for the
/// late one, within its write. (Linux calls it ping-pong mode.)
pub(crate) fn expect_no_answers(socket: &Socket) -> io::Result<()> {
    socket.set_tcp_quickack(true)
}

/// Whether a call that failed may be made again later, on the same socket.
pub(crate) fn is_momentary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Each block of bots has a loopback address of its own, from 127.0.0.2 on, so that ports do not
/// run out. Bots that come from elsewhere have to do with the ports of one address.
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
