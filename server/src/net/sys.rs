//! The narrow interface of system calls below the loop. os.rs implements it for real; the
//! simulation in the tests is the other implementation. No policy here, no state, no retry.
//!
//! Contract, for both: only `wait` blocks; readiness is level-triggered (reported again until
//! handled); `close` unwatches first; an error of `read` or `write` other than `WouldBlock` or
//! `Interrupted` is final for its socket.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};

use crate::hub::{Id, Time};
use crate::store::accounts::Busy;
use crate::store::jobs::{Done, Job};

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
    /// Retransmissions and probes since it last acknowledged anything.
    pub unanswered: u32,
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
    /// A signal arrived.
    Signal,
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

/// A received datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Datagram<'a> {
    /// Its sender; IPv4 is never mapped to IPv6.
    pub from: SocketAddr,
    /// Our address that it was sent to, even for a broadcast.
    pub local: IpAddr,
    /// Its contents, up to `DATAGRAM_BYTES`.
    pub bytes: &'a [u8],
    /// Whether it was longer.
    pub truncated: bool,
}

/// See the top of this file.
pub trait Sys {
    /// A connected socket.
    type Socket;

    /// Monotonic time.
    fn now(&mut self) -> Time;

    /// Sleeps until something is ready or `until` has passed (not at all if it has), and appends
    /// what is ready. May return nothing.
    fn wait(&mut self, until: Option<Time>, ready: &mut Vec<Ready>) -> io::Result<()>;

    /// Accepts one connection from a listener.
    fn accept(&mut self, listener: usize) -> io::Result<(Self::Socket, SocketAddr)>;

    /// For when descriptors have run out: accepts one connection on a spare descriptor, and closes
    /// it after `last_words`. `WouldBlock` if nobody waits.
    fn turn_away(&mut self, listener: usize, last_words: &[u8]) -> io::Result<()>;

    /// Whether to report clients that wait at the listeners.
    fn set_accepting(&mut self, on: bool);

    /// Refuses new connections for good.
    fn close_listeners(&mut self);

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

    /// Turns keepalive probes once a second on or off.
    fn ask_for_sign(&mut self, socket: &Self::Socket, on: bool);

    /// The result of the probes; none if unknown.
    fn signs(&mut self, socket: &Self::Socket) -> Option<Signs>;

    /// The next signal.
    fn signal(&mut self) -> Option<Signal>;

    /// Reads from the console; 0 is the end.
    fn console(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// The console has ended; it is not reported again.
    fn close_console(&mut self);

    /// Ignores the console from now on. Returns whether it is a terminal.
    fn stop_typing(&mut self) -> bool;

    /// Prints a line for the operator.
    fn say(&mut self, line: &str);

    /// Hands a job to its worker. Never waits.
    fn submit(&mut self, job: Job) -> Result<(), Busy>;

    /// The next result of a job.
    fn done(&mut self) -> Option<Done>;

    /// Receives datagrams, at most `budget`.
    fn receive(&mut self, budget: usize, take: impl FnMut(Datagram<'_>));

    /// Sends a datagram from this local address. If it cannot be sent now it is lost, like any
    /// datagram.
    fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8]);
}
