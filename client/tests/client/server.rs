//! A server that a test controls line by line.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::PATIENCE;

/// The question for a name.
pub(crate) const QUESTION: &str = "* papo: what is your name?";
/// The welcome of `ana`.
pub(crate) const WELCOME: &str = "* welcome, ana! you are alone in lobby; /help lists the commands";

/// A listening socket.
pub(crate) struct Server {
    listener: TcpListener,
}

/// The server's end of one connection. Unless a test expects `/tags on` it knows no tags, and overhears that.
pub(crate) struct Peer {
    socket: BufReader<TcpStream>,
}

/// What a client at a terminal asks for.
pub(crate) const TAGS: &str = "/tags on";

impl Server {
    pub(crate) fn start() -> Server {
        Server {
            listener: TcpListener::bind("127.0.0.1:0").expect("bind"),
        }
    }

    pub(crate) fn address(&self) -> String {
        self.listener.local_addr().expect("address").to_string()
    }

    /// Accept a client and ask for its name.
    pub(crate) fn accept(&self) -> Peer {
        let mut peer = self.accept_silent();
        peer.send(QUESTION);
        peer
    }

    /// Accept a client and ask for nothing.
    pub(crate) fn accept_silent(&self) -> Peer {
        let mut fds = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::try_from(PATIENCE).expect("a short time");
        assert_eq!(poll(&mut fds, patience), Ok(1), "no client came");
        let (socket, _) = self.listener.accept().expect("accept");
        socket.set_read_timeout(Some(PATIENCE)).expect("timeout");
        Peer {
            socket: BufReader::new(socket),
        }
    }
}

impl Peer {
    /// Send lines.
    pub(crate) fn send(&mut self, lines: &str) {
        self.send_bytes(format!("{lines}\n").as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.socket
            .get_mut()
            .write_all(bytes)
            .expect("the client reads");
    }

    /// Check the next line of the client.
    pub(crate) fn expect(&mut self, expected: &str) {
        let mut line = self.line();
        if expected != TAGS && line == TAGS {
            line = self.line();
        }
        assert_eq!(line, expected);
    }

    /// The next line of the client.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.socket.read_line(&mut line).expect("a line in time");
        line.strip_suffix('\n').expect("a whole line").to_owned()
    }

    /// Take the client's name and welcome it.
    pub(crate) fn welcome_ana(&mut self) {
        self.expect("ana");
        self.send(WELCOME);
    }

    /// Everything that the client sends until it closes its half.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.socket
            .read_to_string(&mut rest)
            .expect("text until the end");
        rest
    }

    /// The same, if the client may end without having read all that it was sent: that resets the connection.
    pub(crate) fn rest_until_reset(&mut self) -> String {
        let mut rest = Vec::new();
        match self.socket.read_to_end(&mut rest) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
            _ => String::from_utf8(rest).expect("UTF-8"),
        }
    }

    /// Close without a reset.
    pub(crate) fn close(self) {
        let _ = self.socket.get_ref().shutdown(Shutdown::Both);
    }
}
