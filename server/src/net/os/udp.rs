//! The directory's socket: receives datagrams with the local address they came to, and sends from
//! such an address. It knows nothing of their contents.
//!
//! A host with several addresses answers from the one that was asked, even if the socket is bound
//! to all, because clients know the server by its address. A datagram that cannot be sent is lost,
//! like any other on its way: it is counted and never waits. Invariant: nothing here blocks.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo, RcvBuf, SndBuf};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType,
    SockaddrStorage, recvmsg, sendmsg, setsockopt, socket,
};

use super::Os;
use crate::chattruco::{DATAGRAM_BUFFER, DATAGRAM_BYTES};
use crate::net::listen::{self, Place};
use crate::net::poller::Source;
use crate::net::sys::Interest;
use crate::net::sys::datagrams::{Datagram, Datagrams};

/// See the top of this file.
#[derive(Debug)]
pub struct Udp {
    socket: UdpSocket,
    bound: SocketAddr,
    buffer: Vec<u8>,
    /// Buffer for the control messages of a datagram.
    control: Vec<u8>,
    lost: u64,
}

impl Udp {
    /// Binds a socket. Anywhere means all IPv4 addresses: ChatTruco's lists and clients know no
    /// others. `[::]:PORT` is for both families.
    ///
    /// # Errors
    /// As the system says, usually `AddrInUse`.
    pub fn bind(place: &Place) -> io::Result<Udp> {
        let address = match *place {
            Place::Anywhere { port } => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port),
            Place::At(address) => address,
        };
        let socket = open(address)?;
        match address {
            SocketAddr::V4(_) => setsockopt(&socket, Ipv4PacketInfo, &true)?,
            SocketAddr::V6(_) => setsockopt(&socket, Ipv6RecvPacketInfo, &true)?,
        }
        Ok(Udp {
            bound: socket.local_addr()?,
            socket,
            buffer: vec![0; DATAGRAM_BYTES],
            control: cmsg_space!(in6_pktinfo),
            lost: 0,
        })
    }

    /// Binds the socket that the options ask for, if they do.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn wanted(place: Option<&Place>) -> Result<Option<Udp>, String> {
        let fault = |place, error: io::Error| {
            let fault = listen::explain("--chattruco", place, &error);
            match error.kind() {
                // Both of us could have the port only if both asked for that when they bound it.
                io::ErrorKind::AddrInUse => format!(
                    "{fault}; a ChatTruco client of this host leaves no room for a server \
                     (`ss -lunp` shows who has the port)"
                ),
                _ => fault,
            }
        };
        let bind = |place| Udp::bind(place).map_err(|error| fault(place, error));
        place.map(bind).transpose()
    }

    /// The line about it at the start.
    pub fn announcement(&self) -> String {
        format!("papo-server: chattruco on {}/udp\n", self.bound)
    }

    /// Its address, with the actual port.
    pub fn address(&self) -> SocketAddr {
        self.bound
    }

    /// Passes received datagrams on, at most `budget`.
    ///
    /// One call for each: a thousand users send a thousand a second. nix's `recvmmsg` does not work
    /// here: it reuses its headers without resetting the lengths that the kernel shortened.
    ///
    /// # Errors
    /// If the socket does not work; datagrams received before were passed on.
    pub fn receive(&mut self, budget: usize, mut take: impl FnMut(Datagram<'_>)) -> io::Result<()> {
        for _ in 0..budget {
            let mut pieces = [IoSliceMut::new(&mut self.buffer)];
            let fd = self.socket.as_raw_fd();
            let control = Some(self.control.as_mut_slice());
            let flags = MsgFlags::MSG_DONTWAIT;
            let message = match recvmsg::<SockaddrStorage>(fd, &mut pieces, control, flags) {
                Ok(message) => message,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let told = message.cmsgs()?.find_map(|told| told_local(&told));
            let local = told.unwrap_or(self.bound.ip()).to_canonical();
            let (length, truncated) = (message.bytes, message.flags.contains(MsgFlags::MSG_TRUNC));
            let Some(from) = message.address.as_ref().and_then(address_of) else {
                continue;
            };
            take(Datagram {
                from,
                local,
                bytes: &self.buffer[..length],
                truncated,
            });
        }
        Ok(())
    }

    /// Sends a datagram from this local address; if it is unspecified, the system chooses.
    pub fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8]) {
        if let Err(error) = self.try_send(to, local, bytes) {
            self.lost += 1;
            // Logs the first, the second, the fourth ... so that a network that is down does not
            // fill the log.
            if self.lost.is_power_of_two() {
                log::warn!(
                    "directory: {} datagrams not sent, now to {to}: {error}",
                    self.lost
                );
            }
        }
    }

    fn try_send(&self, to: SocketAddr, local: IpAddr, bytes: &[u8]) -> nix::Result<()> {
        let (v4, v6);
        let (to, from) = if self.bound.is_ipv4() {
            v4 = in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: match local {
                    IpAddr::V4(local) => raw_v4(local),
                    IpAddr::V6(_) => return Err(Errno::EAFNOSUPPORT),
                },
                ipi_addr: raw_v4(Ipv4Addr::UNSPECIFIED),
            };
            (to, ControlMessage::Ipv4PacketInfo(&v4))
        } else {
            let local = match local {
                IpAddr::V4(local) => local.to_ipv6_mapped(),
                IpAddr::V6(local) => local,
            };
            v6 = in6_pktinfo {
                ipi6_addr: in6_addr {
                    s6_addr: local.octets(),
                },
                ipi6_ifindex: 0,
            };
            (mapped(to), ControlMessage::Ipv6PacketInfo(&v6))
        };
        let to = SockaddrStorage::from(to);
        let (fd, pieces) = (self.socket.as_raw_fd(), [IoSlice::new(bytes)]);
        sendmsg(fd, &pieces, &[from], MsgFlags::MSG_DONTWAIT, Some(&to)).map(drop)
    }
}

impl AsFd for Udp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The local address a datagram came to. For IPv4 it is the host's and not that in the datagram,
/// which may be a broadcast address.
fn told_local(told: &ControlMessageOwned) -> Option<IpAddr> {
    match told {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            let bits = u32::from_be(info.ipi_spec_dst.s_addr);
            Some(Ipv4Addr::from_bits(bits).into())
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => {
            Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).into())
        }
        _ => None,
    }
}

fn address_of(raw: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = raw.as_sockaddr_in() {
        return Some((*v4).into());
    }
    let v6 = SocketAddr::from(*raw.as_sockaddr_in6()?);
    Some(match v6.ip().to_canonical() {
        IpAddr::V4(v4) => SocketAddr::new(v4.into(), v6.port()),
        // With its scope, which a link-local address needs.
        IpAddr::V6(_) => v6,
    })
}

fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) => SocketAddr::new(v4.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    }
}

fn raw_v4(address: Ipv4Addr) -> in_addr {
    in_addr {
        s_addr: address.to_bits().to_be(),
    }
}

fn open(address: SocketAddr) -> io::Result<UdpSocket> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::Inet,
        SocketAddr::V6(_) => AddressFamily::Inet6,
    };
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = UdpSocket::from(socket(family, SockType::Datagram, flags, None)?);
    // The system grants what it allows: usually room for 500 small datagrams instead of 250.
    setsockopt(&socket, RcvBuf, &DATAGRAM_BUFFER)?;
    setsockopt(&socket, SndBuf, &DATAGRAM_BUFFER)?;
    listen::take(&socket, address)?;
    Ok(socket)
}

impl Os {
    /// Watches the directory's socket, if there is one.
    ///
    /// # Errors
    /// If it cannot be watched.
    pub fn serve_datagrams(&mut self, udp: Option<Udp>) -> io::Result<()> {
        self.udp = udp;
        let Some(udp) = &self.udp else {
            return Ok(());
        };
        self.poller
            .watch(udp, Source::Datagrams, Interest::Off, Interest::Read)
    }
}

impl Datagrams for Os {
    fn receive(&mut self, budget: usize, take: impl FnMut(Datagram<'_>)) {
        if let Some(udp) = &mut self.udp
            && let Err(error) = udp.receive(budget, take)
            && error.kind() != io::ErrorKind::WouldBlock
        {
            log::warn!("datagrams: {error}");
        }
    }

    fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8]) {
        if let Some(udp) = &mut self.udp {
            udp.send(to, local, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A client at this address and a server socket at that place.
    fn pair(client: &str, place: &str) -> (UdpSocket, Udp) {
        let client = UdpSocket::bind((client, 0)).expect("an address of this host");
        let timeout = Some(Duration::from_secs(10));
        client.set_read_timeout(timeout).expect("a timeout");
        let udp = Udp::bind(&Place::parse(place).expect("a place")).expect("a free port");
        (client, udp)
    }

    /// Everything received. On loopback a datagram arrives as it is sent.
    fn received(udp: &mut Udp) -> Vec<(SocketAddr, IpAddr, Vec<u8>, bool)> {
        let mut all = Vec::new();
        udp.receive(100, |it| {
            all.push((it.from, it.local, it.bytes.to_vec(), it.truncated));
        })
        .expect("it works");
        all
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// Checks that a datagram to this address is answered from it.
    fn check_answered_from(asked: &str, client: &str, place: &str) {
        let (client, mut udp) = pair(client, place);
        let server = SocketAddr::new(ip(asked), udp.address().port());
        client.send_to(b"ask", server).expect("it is sent");
        let from = client.local_addr().expect("it is bound");
        let came = received(&mut udp);
        assert_eq!(came, [(from, ip(asked), b"ask".to_vec(), false)]);
        udp.send(from, ip(asked), b"answer");
        let mut buffer = [0; 100];
        let (length, answered_from) = client.recv_from(&mut buffer).expect("an answer");
        assert_eq!(&buffer[..length], b"answer");
        assert_eq!(answered_from, server);
        assert_eq!(udp.lost, 0);
    }

    #[test]
    fn answers_come_from_the_address_that_was_asked() {
        check_answered_from("127.0.0.5", "127.0.0.9", "0");
        check_answered_from("127.0.0.1", "127.0.0.1", "0");
        check_answered_from("127.0.0.6", "127.0.0.9", "127.0.0.6:0");
    }

    #[test]
    fn a_broadcast_comes_to_an_address_that_can_answer() {
        let (client, mut udp) = pair("127.0.0.1", "0");
        client.set_broadcast(true).expect("it may");
        let all = (ip("127.255.255.255"), udp.address().port());
        client.send_to(b"anybody?", all).expect("it is sent");
        assert_eq!(received(&mut udp)[0].1, ip("127.0.0.1"));
    }

    #[test]
    fn both_families_on_one_socket() {
        // Skipped on hosts without IPv6.
        if UdpSocket::bind("[::1]:0").is_ok() {
            check_answered_from("127.0.0.5", "127.0.0.9", "[::]:0");
            check_answered_from("::1", "::1", "[::]:0");
            check_answered_from("::1", "::1", "[::1]:0");
        }
    }

    #[test]
    fn the_longest_and_the_shortest() {
        let (client, mut udp) = pair("127.0.0.1", "127.0.0.1:0");
        for length in [0, DATAGRAM_BYTES, DATAGRAM_BYTES + 1, 65_507] {
            client
                .send_to(&vec![b'x'; length], udp.address())
                .expect("it is sent");
        }
        let lengths: Vec<_> = received(&mut udp)
            .iter()
            .map(|it| (it.2.len(), it.3))
            .collect();
        let full = DATAGRAM_BYTES;
        assert_eq!(
            lengths,
            [(0, false), (full, false), (full, true), (full, true)]
        );
        assert!(
            received(&mut udp).is_empty(),
            "nothing more, and it does not wait"
        );
    }

    #[test]
    fn a_schools_logins_at_once_wait_in_the_kernel() {
        let (client, mut udp) = pair("127.0.0.1", "127.0.0.1:0");
        for _ in 0..300 {
            let login = b"Con estudante@escola.br segredo";
            client.send_to(login, udp.address()).expect("it is sent");
        }
        let mut count = 0;
        udp.receive(400, |_| count += 1).expect("it works");
        assert_eq!(count, 300);
    }

    #[test]
    fn no_more_than_the_budget() {
        let (client, mut udp) = pair("127.0.0.1", "127.0.0.1:0");
        for _ in 0..5 {
            client.send_to(b"x", udp.address()).expect("it is sent");
        }
        let mut count = 0;
        udp.receive(3, |_| count += 1).expect("it works");
        assert_eq!((count, received(&mut udp).len()), (3, 2));
    }

    #[test]
    fn unsendable_datagrams_are_counted() {
        let (client, mut udp) = pair("127.0.0.1", "127.0.0.1:0");
        let to = client.local_addr().expect("it is bound");
        udp.send(to, ip("192.0.2.1"), b"from an address of somebody else");
        udp.send(
            SocketAddr::new(ip("::1"), 9),
            ip("::1"),
            b"of another family",
        );
        assert_eq!(udp.lost, 2);
    }
}
