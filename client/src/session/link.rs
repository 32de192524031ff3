//! The connection to the server: a non-blocking socket and the bytes that it has not taken yet.
//!
//! Sending only queues, so a server that reads nothing never stops the keyboard. A failed write does
//! not end the session: what the server sent before it hung up is still read, and reading finds the end.
//! Invariant: after a failed write nothing waits.

use std::collections::VecDeque;
use std::io::ErrorKind::{Interrupted, WouldBlock};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};
use socket2::{SockRef, TcpKeepalive};

use super::tls::{Fault, Tls};
use super::{TEXT_BYTES, dial, pins};
use crate::ending::Failure;
use crate::options::{Identity, Server, Trust};

/// How long a server is tried: a computer on the same network answers in milliseconds, and three lost SYNs (1 s, 2 s,
/// 4 s) still fit.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection without traffic is probed after 30 s, 3 times, 10 s apart, so a server that was unplugged is
/// noticed within a minute.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_PROBES: u32 = 3;
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// What was sent has to be acknowledged within 20 s.
#[cfg(target_os = "linux")]
const UNSENT: Duration = Duration::from_secs(20);

/// Most bytes that wait for the server: the longest paste, twice.
pub(super) const QUEUE_BYTES: usize = 2 * TEXT_BYTES;

#[derive(Debug)]
pub(super) struct Link {
    socket: TcpStream,
    tls: Option<Tls>,
    /// Who was met over TLS.
    met: Option<Met>,
    /// What the server has not taken yet.
    out: VecDeque<u8>,
    is_finishing: bool,
    /// When it was made.
    pub(super) began: Instant,
}

/// Who was met over TLS, and whether nothing was known of this server.
#[derive(Debug)]
struct Met {
    identity: Identity,
    is_new: bool,
}

impl Link {
    /// Connect to the first address of the server that answers; over TLS with whom is to be trusted. All of that takes
    /// so long at most.
    pub(super) fn dial(
        server: &Server,
        trust: Option<Trust>,
        within: Duration,
    ) -> Result<Link, Failure> {
        let ends = Instant::now() + within;
        let link = dial::connect(&server.host, server.port, ends).and_then(Link::over);
        let mut link = link.map_err(|error| Failure::Connect(server.to_string(), error))?;
        if let Some(trust) = trust {
            link.secure(server, trust, ends)?;
        }
        Ok(link)
    }

    /// Speak TLS with a server that nothing was sent to.
    fn secure(&mut self, server: &Server, trust: Trust, ends: Instant) -> Result<(), Failure> {
        let name = server.to_string();
        let file = pins::file().map_err(Failure::Pins)?;
        let (known, keeps) = match trust {
            Trust::Known => (pins::known(&file, &name).map_err(Failure::Pins)?, true),
            Trust::Anew => (None, true),
            Trust::Only(identity) => (Some(identity), false),
        };
        let (tls, identity) = match Tls::begin(&self.socket, &server.host, known.as_ref(), ends) {
            Ok(begun) => begun,
            Err(Fault::OtherCertificate(seen)) => {
                return Err(Failure::OtherCertificate {
                    server: name,
                    known: known.map_or_else(String::new, |known| known.certificate),
                    seen,
                    file,
                });
            }
            Err(Fault::Other(fault)) => return Err(Failure::Tls(name, fault)),
        };
        // A renewed certificate is remembered, too.
        if keeps && known.as_ref() != Some(&identity) {
            pins::keep(&file, &name, &identity).map_err(Failure::Pins)?;
        }
        let is_new = known.is_none();
        (self.tls, self.met) = (Some(tls), Some(Met { identity, is_new }));
        Ok(())
    }

    /// Over a socket that does not wait.
    fn over(socket: TcpStream) -> io::Result<Link> {
        socket.set_nodelay(true)?;
        let probes = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL)
            .with_retries(KEEPALIVE_PROBES);
        let options = SockRef::from(&socket);
        options.set_tcp_keepalive(&probes)?;
        #[cfg(target_os = "linux")]
        options.set_tcp_user_timeout(Some(UNSENT))?;
        Ok(Link {
            socket,
            tls: None,
            met: None,
            out: VecDeque::new(),
            is_finishing: false,
            began: Instant::now(),
        })
    }

    /// The certificate of the server, if nothing was known of it.
    pub(super) fn new_certificate(&self) -> Option<&str> {
        let new = self.met.as_ref().filter(|met| met.is_new)?;
        Some(&new.identity.certificate)
    }

    /// Whom to trust on the way back: who was met, if the connection is encrypted.
    pub(super) fn trust(&self) -> Option<Trust> {
        let met = self.met.as_ref()?;
        Some(Trust::Only(met.identity.clone()))
    }

    /// What poll has to wait for.
    pub(super) fn poll_fd(&self) -> PollFd<'_> {
        let mut events = PollFlags::POLLIN;
        let has_work = self.tls.as_ref().is_some_and(Tls::has_work);
        events.set(PollFlags::POLLOUT, self.queued() > 0 || has_work);
        PollFd::new(self.socket.as_fd(), events)
    }

    /// Whether something encrypted waits for the socket.
    fn waits(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::wants_write)
    }

    /// Bytes that wait for the server.
    pub(super) fn queued(&self) -> usize {
        self.out.len()
    }

    /// Queue a line.
    pub(super) fn send_line(&mut self, line: &str) {
        self.send(line.as_bytes());
        self.send(b"\n");
    }

    /// Queue bytes.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.out.extend(bytes);
    }

    /// Close this half of the connection as soon as the queue is empty.
    pub(super) fn finish(&mut self) {
        self.is_finishing = true;
    }

    /// Write what the server takes now.
    pub(super) fn flush(&mut self) {
        while self.queued() > 0 || self.waits() {
            let (rest, _) = self.out.as_slices();
            let written = match &mut self.tls {
                None => self.socket.write(rest),
                Some(tls) => tls.write(&mut self.socket, rest),
            };
            match written {
                Ok(n) => drop(self.out.drain(..n)),
                Err(error) if error.kind() == Interrupted => {}
                Err(error) if error.kind() == WouldBlock => return,
                // The server is gone; `receive` tells it, after the server's last lines.
                Err(_) => return self.give_up(),
            }
        }
        if std::mem::take(&mut self.is_finishing) {
            if let Some(tls) = &mut self.tls {
                tls.finish();
                let _ = tls.flush(&mut self.socket);
            }
            // Fails only when the connection is gone already.
            let _ = self.socket.shutdown(Shutdown::Write);
        }
    }

    /// Nothing can be sent any more.
    fn give_up(&mut self) {
        self.out.clear();
        self.is_finishing = false;
        if let Some(tls) = &mut self.tls {
            tls.forget();
        }
    }

    /// Read what has come: the number of bytes, 0 at the end; `None` when there is nothing now.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let read = match &mut self.tls {
            None => self.socket.read(buffer),
            Some(tls) => tls.read(&mut self.socket, buffer),
        };
        match read {
            Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => Ok(None),
            read => read.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    impl Link {
        pub(in crate::session) fn encrypted(socket: TcpStream, tls: Tls) -> Link {
            let mut link = Link::over(socket).expect("a socket");
            link.tls = Some(tls);
            link
        }
    }

    fn pair() -> (Link, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("address");
        let server = Server {
            host: address.ip().to_string(),
            port: address.port(),
        };
        let link = Link::dial(&server, None, CONNECT_TIMEOUT).expect("connect");
        (link, listener.accept().expect("accept").0)
    }

    #[test]
    fn a_server_that_reads_nothing_stops_nobody() {
        let (mut link, mut server) = pair();
        let line = "x".repeat(1023);
        let mut lines = 0;
        while link.queued() < QUEUE_BYTES {
            link.send_line(&line);
            link.flush();
            lines += 1;
        }
        assert_eq!(
            link.poll_fd().events(),
            PollFlags::POLLIN | PollFlags::POLLOUT
        );
        link.finish();
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            server.read_to_end(&mut all).expect("everything");
            all.len()
        });
        while link.queued() > 0 {
            assert!(link.out.len() <= 3 * QUEUE_BYTES);
            link.flush();
        }
        assert_eq!(reader.join().expect("a count"), lines * 1024);
        assert_eq!(link.poll_fd().events(), PollFlags::POLLIN);
    }

    #[test]
    fn the_last_words_are_read_after_a_failed_write() {
        let (mut link, mut server) = pair();
        server.write_all(b"bye").expect("write");
        // The server has not read this, so closing resets the connection.
        link.send_line("hello");
        link.flush();
        drop(server);
        for _ in 0..3 {
            link.send_line("anybody?");
            link.flush();
        }
        assert_eq!(link.queued(), 0);
        let mut buffer = [0; 16];
        assert!(matches!(link.receive(&mut buffer), Ok(Some(3))));
    }
}
