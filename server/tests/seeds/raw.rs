//! A bare socket where a ChatTruco client would have its own, for datagrams that no client sends.

use std::net::{SocketAddr, UdpSocket};

use crate::chattruco::bound;
use crate::world::{PORT, World};

/// A bare socket that answers nothing.
pub(crate) struct Raw {
    socket: UdpSocket,
    server: SocketAddr,
}

impl Raw {
    /// At the clients' port.
    pub(crate) fn at(world: &World, n: u8) -> Raw {
        Raw::at_port(world, n, PORT)
    }

    /// At another port; 0 is any.
    pub(crate) fn at_port(world: &World, n: u8, port: u16) -> Raw {
        Raw {
            socket: bound(SocketAddr::new(world.host(n).into(), port)),
            server: world.directory(),
        }
    }

    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        let sent = self.socket.send_to(bytes.as_ref(), self.server);
        sent.expect("a datagram goes out");
    }

    /// The next datagram, which comes from the server.
    #[track_caller]
    pub(crate) fn hear(&self) -> String {
        let mut buffer = [0; 65_536];
        let received = self.socket.recv_from(&mut buffer);
        let (length, from) = received.expect("a datagram comes");
        assert_eq!(from, self.server);
        String::from_utf8(buffer[..length].to_vec()).expect("UTF-8")
    }

    /// The next datagram is this.
    #[track_caller]
    pub(crate) fn expect(&self, datagram: &str) {
        assert_eq!(self.hear(), datagram);
    }

    /// Datagrams that have come and were not read yet.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.socket
            .set_nonblocking(true)
            .expect("a socket takes its options");
        let mut buffer = [0; 65_536];
        let mut all = Vec::new();
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            all.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        self.socket
            .set_nonblocking(false)
            .expect("a socket takes its options");
        all
    }
}
