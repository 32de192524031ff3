//! The socket of a ChatTruco client: non-blocking, one for the server and all the others.
//!
//! What does not fit into the kernel's queue is lost, as any datagram may be. The socket is not
//! connected, so it receives from everybody; user.rs decides whose datagrams count.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use super::options::Bind;
use crate::options::Server;

/// The longest UDP datagram. One that is longer than the protocol allows is read whole and not cut.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Datagrams {
    socket: UdpSocket,
    server: SocketAddr,
    peer_port: u16,
}

/// The server's first address that the user's own address can reach; IPv4 first, because the lists of
/// the original servers have only that.
pub(super) fn resolve(server: &Server, bind: &Bind) -> io::Result<SocketAddr> {
    let all: Vec<SocketAddr> = (server.host.as_str(), server.port)
        .to_socket_addrs()?
        .filter(|address| bind.ip.is_none_or(|ip| ip.is_ipv4() == address.is_ipv4()))
        .collect();
    let first = all.iter().find(|address| address.is_ipv4());
    first
        .or(all.first())
        .copied()
        .ok_or_else(|| io::Error::new(ErrorKind::NotFound, "the host has no address"))
}

impl Datagrams {
    /// Open a socket at the user's own address, for this server.
    pub(super) fn open(server: SocketAddr, bind: &Bind, peer_port: u16) -> io::Result<Datagrams> {
        let any = if server.is_ipv4() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        } else {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        };
        let socket = UdpSocket::bind((bind.ip.unwrap_or(any), bind.port))?;
        socket.set_nonblocking(true)?;
        Ok(Datagrams {
            socket,
            server,
            peer_port,
        })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(super) fn server(&self) -> SocketAddr {
        self.server
    }

    pub(super) fn to_server(&self, datagram: &str) -> io::Result<()> {
        self.send(datagram, self.server)
    }

    /// Send to another user. Users of other transports have the server's address, and it listens at its
    /// own port for them.
    pub(super) fn to_peer(&self, ip: IpAddr, datagram: &str) -> io::Result<()> {
        let port = if ip == self.server.ip().to_canonical() {
            self.server.port()
        } else {
            self.peer_port
        };
        self.send(datagram, SocketAddr::new(ip, port))
    }

    fn send(&self, datagram: &str, to: SocketAddr) -> io::Result<()> {
        match self.socket.send_to(datagram.as_bytes(), to) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// The next datagram that has come: its length in the buffer, and its sender's address.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<(usize, IpAddr)>> {
        match self.socket.recv_from(buffer) {
            Ok((n, from)) => Ok(Some((n, from.ip()))),
            // A refused connection is about a datagram that was sent before, to any address.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionRefused
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
