//! A connection to a host with several addresses, of which some may not answer: each is tried a moment after the
//! one before, and the first that answers is taken (RFC 8305). It speaks nothing.
//!
//! Invariant: of all tries only the connection that is returned stays open.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use socket2::{Domain, Socket, Type};

use crate::wait::{is_ready, wait};

/// An address has so long before the next one is tried, too, as RFC 8305 has it.
const HEAD_START: Duration = Duration::from_millis(250);

/// When all were tried they are tried again so often: the system repeats its own tries ever more seldom, and a
/// network that has come back is to be found within a second.
const AGAIN: Duration = Duration::from_secs(1);

/// Connect to the host, by this time, with a socket that does not wait. (Looking up its name takes as long as the system takes.)
pub(super) fn connect(host: &str, port: u16, ends: Instant) -> io::Result<TcpStream> {
    let named = (host, port).to_socket_addrs();
    let named = named.map_err(|error| io::Error::new(ErrorKind::NotFound, error))?;
    let addresses = in_turn(named.collect());
    let mut dial = Dial::default();
    for round in 0.. {
        for address in &addresses {
            dial.begin(*address);
            let pause = if round == 0 { HEAD_START } else { AGAIN };
            if let Some(socket) = dial.wait(ends.min(Instant::now() + pause))? {
                return Ok(socket.into());
            }
            if Instant::now() >= ends {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        // Everybody has answered, and has refused.
        if dial.tries.is_empty() {
            break;
        }
        // Tries that were repeated are not waited for: one of them would take the place of a user.
        dial.tries.drain(..dial.tries.len() - 1);
    }
    Err(dial.refusal.unwrap_or(ErrorKind::TimedOut.into()))
}

#[derive(Default)]
struct Dial {
    tries: Vec<Socket>,
    refusal: Option<io::Error>,
}

impl Dial {
    fn begin(&mut self, address: SocketAddr) {
        match begin(address) {
            Ok(socket) => self.tries.push(socket),
            Err(error) => self.refusal = Some(error),
        }
    }

    /// The first try that succeeds until then; nothing if all have failed before.
    fn wait(&mut self, until: Instant) -> io::Result<Option<Socket>> {
        while !self.tries.is_empty() && Instant::now() < until {
            let poll_fd = |socket| PollFd::new(AsFd::as_fd(socket), PollFlags::POLLOUT);
            let mut fds: Vec<PollFd> = self.tries.iter().map(poll_fd).collect();
            wait(&mut fds, Some(until))?;
            let ready: Vec<bool> = fds.iter().map(is_ready).collect();
            for at in (0..ready.len()).rev().filter(|at| ready[*at]) {
                let socket = self.tries.remove(at);
                match socket.take_error()? {
                    None => return Ok(Some(socket)),
                    Some(error) => self.refusal = Some(error),
                }
            }
        }
        Ok(None)
    }
}

fn begin(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Ok(()) => Ok(socket),
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => Ok(socket),
        Err(error) => Err(error),
    }
}

/// The addresses with their two families in turn, and otherwise in the order of the system.
fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let is_preferred = |address: &SocketAddr| address.is_ipv6() == first_is_v6;
    let (preferred, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(is_preferred);
    let mut other = other.into_iter();
    let mut turns = Vec::new();
    for address in preferred {
        turns.push(address);
        turns.extend(other.next());
    }
    turns.extend(other);
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn families_take_turns() {
        let parse = |list: &[&str]| -> Vec<SocketAddr> {
            list.iter()
                .map(|a| a.parse().expect("an address"))
                .collect()
        };
        let given = parse(&[
            "[::1]:1",
            "[::2]:1",
            "10.0.0.1:1",
            "10.0.0.2:1",
            "10.0.0.3:1",
        ]);
        let turns = parse(&[
            "[::1]:1",
            "10.0.0.1:1",
            "[::2]:1",
            "10.0.0.2:1",
            "10.0.0.3:1",
        ]);
        assert_eq!(in_turn(given), turns);
    }

    #[test]
    fn an_address_that_refuses_or_is_silent_does_not_stop_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let there = listener.local_addr().expect("address");
        let closed = {
            let closed = TcpListener::bind("127.0.0.1:0").expect("bind");
            closed.local_addr().expect("address")
        };
        // A listener whose queue is full answers nothing.
        let full = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        full.bind(&any.into()).expect("bind");
        full.listen(0).expect("listen");
        let silent = full
            .local_addr()
            .expect("address")
            .as_socket()
            .expect("an address");
        let _queued: Vec<_> = (0..2).map(|_| begin(silent)).collect();
        let mut dial = Dial::default();
        for address in [closed, silent, there] {
            dial.begin(address);
        }
        let ends = Instant::now() + Duration::from_secs(30);
        let socket = dial.wait(ends).expect("poll").expect("a connection");
        let peer = socket.peer_addr().expect("a peer").as_socket();
        assert_eq!(peer, Some(there));
    }

    #[test]
    fn who_is_refused_everywhere_hears_why() {
        let closed = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = closed.local_addr().expect("address").port();
        drop(closed);
        let refused = connect("127.0.0.1", port, Instant::now() + Duration::from_secs(30));
        assert!(refused.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused));
    }
}
