//! A connection that was lost, and the way back: one try after another, each in a thread of its own, because names are
//! looked up by the system, which makes its callers wait.
//!
//! Invariant: at most one try is under way; the pauses between tries have a bound; what was encrypted comes back to
//! the server that was met at first, whatever the file with known ones says by then.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use super::link::Link;
use crate::ending::{Failure, NoTls};
use crate::options::{Server, Trust};

/// How long one try takes at most.
const TRY: Duration = Duration::from_secs(5);
/// The pause after the first try that fails. It doubles up to [`LONGEST`]; ...
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);
/// ... but without a network tries disturb nobody, and its return is to be noticed within a second.
const NO_NETWORK: Duration = Duration::from_millis(800);

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Away {
    server: Server,
    /// The certificate that was met, if the connection was encrypted.
    trust: Option<Trust>,
    /// Readable when a try has ended; its other end is kept open.
    done: UnixStream,
    tell_done: UnixStream,
    attempt: Attempt,
    /// How many tries have failed.
    failed: u32,
    /// It was told why the server is no use although it is there.
    told_obstacle: bool,
}

/// What came of a try.
pub(super) enum Tried {
    Connected(Link),
    /// The server is there, and is no use yet. It is told once.
    Obstacle(Failure),
    /// No other try would mend it.
    Failed(Failure),
}

#[derive(Debug)]
enum Attempt {
    At(Instant),
    Now(Receiver<Result<Link, Failure>>),
}

impl Away {
    /// The connection is lost. The first try is made at once, unless this many attempts to come back have failed
    /// already: then something accepts connections without a server behind it.
    pub(super) fn begin(
        server: Server,
        trust: Option<Trust>,
        failed: u32,
        now: Instant,
    ) -> io::Result<Away> {
        let (done, tell_done) = UnixStream::pair()?;
        let mut away = Away {
            server,
            trust,
            done,
            tell_done,
            attempt: Attempt::At(now),
            failed,
            told_obstacle: false,
        };
        if failed > 0 {
            away.pause(&ErrorKind::ConnectionReset.into(), now);
        }
        Ok(away)
    }

    /// What poll has to wait for.
    pub(super) fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(self.done.as_fd(), PollFlags::POLLIN)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.attempt {
            Attempt::At(at) => Some(at),
            Attempt::Now(_) => None,
        }
    }

    /// Begin the next try if it is time, and take what came of it, unless it is only to be made again.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Tried> {
        match &self.attempt {
            Attempt::At(at) if *at <= now => {
                if let Err(error) = self.dial() {
                    self.pause(&error, now);
                }
                None
            }
            Attempt::At(_) => None,
            Attempt::Now(outcome) => {
                let outcome = outcome.try_recv().ok()?;
                // It tells after the outcome, so this waits for a moment at most.
                let _ = self.done.read_exact(&mut [0]);
                let (error, obstacle) = match outcome {
                    Ok(link) => return Some(Tried::Connected(link)),
                    Err(Failure::Connect(_, error) | Failure::Tls(_, NoTls::Lost(error))) => {
                        (error, None)
                    }
                    Err(Failure::Tls(_, NoTls::Late)) => (ErrorKind::TimedOut.into(), None),
                    Err(failure @ Failure::Tls(..)) => {
                        (ErrorKind::ConnectionReset.into(), Some(failure))
                    }
                    Err(failure) => return Some(Tried::Failed(failure)),
                };
                self.pause(&error, now);
                let news = obstacle.filter(|_| !mem::replace(&mut self.told_obstacle, true));
                news.map(Tried::Obstacle)
            }
        }
    }

    fn dial(&mut self) -> io::Result<()> {
        let mut tell_done = self.tell_done.try_clone()?;
        let (told, outcome) = channel();
        let (server, trust) = (self.server.clone(), self.trust.clone());
        let thread = thread::Builder::new().name("dial".to_owned());
        thread.spawn(move || {
            let dialled = Link::dial(&server, trust, TRY);
            // Without a receiver the program is about to end.
            let _ = told.send(dialled);
            let _ = tell_done.write_all(&[0]);
        })?;
        self.attempt = Attempt::Now(outcome);
        Ok(())
    }

    fn pause(&mut self, error: &io::Error, now: Instant) {
        let (random, failed) = (RandomState::new().hash_one(self.failed), self.failed);
        self.failed += 1;
        self.attempt = Attempt::At(now + pause(error, failed, random));
    }
}

/// How long to wait after a try that has failed so, and after so many others.
fn pause(error: &io::Error, failed: u32, random: u64) -> Duration {
    use ErrorKind::{ConnectionRefused, ConnectionReset};
    let longest = match error.kind() {
        // The network is there, and the server is not: many may wait for it.
        ConnectionRefused | ConnectionReset => LONGEST.min(FIRST * 2_u32.pow(failed.min(10))),
        _ => NO_NETWORK,
    };
    longest / 2 + (longest / 2).mul_f64(random as f64 / u64::MAX as f64)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::options::Identity;
    use crate::wait::wait;

    #[test]
    fn pauses_grow_where_the_server_refuses_and_stay_short_where_the_network_is_away() {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        let away = io::Error::from(ErrorKind::NetworkUnreachable);
        for random in [0, u64::MAX / 2, u64::MAX] {
            let mut before = Duration::ZERO;
            for failed in 0..100 {
                let longest = pause(&refused, failed, random);
                assert!(longest >= before && longest <= LONGEST);
                before = longest;
                assert!(pause(&away, failed, random) < Duration::from_secs(1));
            }
            assert!(before >= LONGEST / 2);
        }
    }

    #[test]
    fn why_a_server_is_no_use_is_told_once() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let server = Server {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().expect("address").port(),
        };
        // It speaks no TLS any more.
        let thread = thread::spawn(move || {
            for _ in 0..3 {
                let (mut socket, _) = listener.accept().expect("a try");
                let _ = socket.write_all(b"papo: what is your name?\n");
                let _ = socket.read_to_end(&mut Vec::new());
            }
        });
        let met = Trust::Only(Identity {
            certificate: String::new(),
            key: None,
        });
        let away = Away::begin(server, Some(met), 0, Instant::now());
        let mut away = away.expect("descriptors are left");
        let mut told = Vec::new();
        for _ in 0..3 {
            let now = away.deadline().expect("it is to be tried");
            assert!(away.tick(now).is_none());
            wait(&mut [away.poll_fd()], None).expect("poll");
            told.push(matches!(away.tick(now), Some(Tried::Obstacle(_))));
        }
        assert_eq!(told, [true, false, false]);
        thread.join().expect("it has served");
    }
}
