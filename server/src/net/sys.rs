//! The narrow interface of system calls below the loop. os.rs implements it for real; the
//! simulation in the tests is the other implementation. No policy here, no state, no retry.
//!
//! Contract, for both: only `wait` blocks; readiness is level-triggered (reported again until
//! handled); `close` unwatches first; an error of `read` or `write` other than `WouldBlock` or
//! `Interrupted` is final for its socket.

pub mod datagrams;

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use crate::clock::Clock;
use crate::hub::{Id, Time};
use crate::store::jobs::{Busy, Done, Job};
use datagrams::Datagrams;

/// What to watch of a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interest {
    /// Nothing. Level-triggered pollers report a lost peer for ever, whatever the interest, so the
    /// socket must not be watched at all.
    Off,
    /// Only whether the peer is gone.
    Hangup,
    /// Readability.
    Read,
    /// Writability.
    Write,
    /// Both.
    ReadWrite,
}

/// What the local kernel knows of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signs {
    /// Segments received from it; the number wraps.
    pub heard: u32,
    /// Questions in a row without an answer: retransmissions and probes.
    pub unanswered: u32,
    /// How long after the last of these the kernel asks again; zero for keepalive probes.
    pub pause: Duration,
    /// How long its answers took, at most.
    pub answers_in: Duration,
}

/// A ready source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ready {
    /// A client connects to the listener of this number.
    Listener(usize),
    /// A conn.
    Conn {
        /// Its id.
        id: Id,
        /// There is input, or its end.
        readable: bool,
        /// There is room for output.
        writable: bool,
        /// The peer is gone; its input can still be read.
        hung: bool,
    },
    /// This signal arrived.
    Signal(Signal),
    /// The console has input, or has ended.
    Console,
    /// Datagrams arrived.
    Datagrams,
    /// A job is done.
    Done,
}

/// The signals that the server handles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// What the listeners do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listening {
    /// Report clients that wait.
    On,
    /// Let clients wait.
    Off,
    /// Refuse new connections for good, and ignore the console: the server stops.
    Closed,
}

/// An accepted connection.
#[derive(PartialEq, Eq, Debug)]
pub enum Accepted<S> {
    /// Of the peer at this address.
    Conn(S, SocketAddr),
    /// Descriptors have run out: this one has the spare descriptor. Tell it so and close it before the
    /// next `accept`.
    OnReserve(S),
}

/// Keepalive probes of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probing {
    /// Once a second from now on.
    Start,
    /// As before.
    GoOn,
    /// As rarely as for any peer.
    Stop,
}

/// See the top of this file.
pub trait Sys: Datagrams {
    /// A connected socket.
    type Socket;

    /// Monotonic time.
    fn now(&mut self) -> Time;

    /// The time of day, in the host's zone.
    fn clock(&mut self) -> Clock;

    /// A number that nobody can guess; none if the system has none.
    fn random(&mut self) -> Option<u128>;

    /// Sleeps until something is ready or `until` has passed (not at all if it has), and appends
    /// what is ready. May return nothing.
    fn wait(&mut self, until: Option<Time>, ready: &mut Vec<Ready>) -> io::Result<()>;

    /// Accepts one connection from a listener.
    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Self::Socket>>;

    /// Changes what the listeners do.
    fn listen(&mut self, to: Listening);

    /// Reads once; 0 is the end.
    fn read(&mut self, socket: &mut Self::Socket, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes once, in order; returns how many bytes.
    fn write(&mut self, socket: &mut Self::Socket, pieces: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Closes our half. A failure does not matter.
    fn shutdown(&mut self, socket: &mut Self::Socket);

    /// Changes the interest, from that of the last call (`Off` at first).
    fn watch(
        &mut self,
        socket: &Self::Socket,
        id: Id,
        from: Interest,
        to: Interest,
    ) -> io::Result<()>;

    /// Closes the socket.
    fn close(&mut self, socket: Self::Socket, watched: Interest);

    /// Whether the peer's system has acknowledged all that was written, and then since when nothing has
    /// come from it, at most as long as that is so.
    fn acknowledged(&mut self, socket: &Self::Socket) -> Option<Duration>;

    /// How many bytes of all that was written the peer's system has acknowledged; none if that is unknown.
    fn bytes_acknowledged(&mut self, socket: &Self::Socket) -> Option<u64>;

    /// Changes the probes of a peer. Returns their result so far; none if unknown, and then no probes
    /// start.
    fn probe(&mut self, socket: &Self::Socket, probing: Probing) -> Option<Signs>;

    /// Reads from the console; 0 is the end. After that, and after an error that would be final for a
    /// socket, it is not reported again.
    fn console(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Prints a line for the operator.
    fn say(&mut self, line: &str);

    /// Hands a job to its worker. Never waits.
    fn submit(&mut self, job: Job<'_>) -> Result<(), Busy>;

    /// The next result of a job.
    fn done(&mut self) -> Option<Done>;
}

/// Whether `accept` failed because descriptors or memory have run out.
pub fn is_exhaustion(error: &io::Error) -> bool {
    // EMFILE, ENFILE, ENOBUFS, ENOMEM: the same numbers on every Linux.
    matches!(error.raw_os_error(), Some(24 | 23 | 105 | 12))
}
