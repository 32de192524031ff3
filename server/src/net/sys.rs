//! The narrow interface of system calls that the loop stands on. os.rs is the real one; the
//! simulation in the tests is the other. No policy here, no state, no retry.
//!
//! Contract, for both sides: nothing here blocks except `wait`; readiness is level-triggered
//! (reported again until acted upon); `close` ends the watching first; an error of `read` or
//! `write` that is not `WouldBlock` or `Interrupted` is final for its socket.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};

use crate::hub::{Id, Time};
use crate::store::accounts::Busy;
use crate::store::jobs::{Done, Job};

/// What the loop wants to know of one socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interest {
    /// Not watched at all: a peer that is gone is reported by level-triggered pollers whatever
    /// one asks for, for ever.
    Off,
    /// Only whether the peer is gone.
    Hangup,
    /// Whether there is something to read.
    Read,
    /// Whether there is room to write.
    Write,
    /// Both.
    ReadWrite,
}

/// What our system knows of a peer's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signs {
    /// Segments that have come from it; the number wraps.
    pub heard: u32,
    /// Segments sent again to it, and probes, since it last acknowledged anything.
    pub unanswered: u32,
}

/// One thing that is ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ready {
    /// Somebody connects to the listener of this number.
    Listener(usize),
    /// A conn.
    Conn {
        /// Which.
        id: Id,
        /// There is something to read, be it the end.
        readable: bool,
        /// There is room to write.
        writable: bool,
        /// The peer is gone; what it left can still be read.
        hung: bool,
    },
    /// A signal has come.
    Signal,
    /// The operator has typed, or the console has ended.
    Console,
    /// Datagrams have come.
    Datagrams,
    /// A job is done.
    Done,
}

/// The signals the server acts upon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// A datagram that came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Datagram<'a> {
    /// From there; IPv4 is never hidden in IPv6.
    pub from: SocketAddr,
    /// To this address of ours, also when it was sent to all of a network.
    pub local: IpAddr,
    /// What it holds, as far as it fits into `DATAGRAM_BYTES`.
    pub bytes: &'a [u8],
    /// Whether it held more.
    pub truncated: bool,
}

/// See the top of this file.
pub trait Sys {
    /// A connected socket.
    type Socket;

    /// Monotonic time.
    fn now(&mut self) -> Time;

    /// Sleep until something is ready or `until` has come (not at all when it is past), and append
    /// what is ready. May come back with nothing.
    fn wait(&mut self, until: Option<Time>, ready: &mut Vec<Ready>) -> io::Result<()>;

    /// Take one connection from a listener.
    fn accept(&mut self, listener: usize) -> io::Result<(Self::Socket, SocketAddr)>;

    /// Descriptors have run out: take one connection on a descriptor kept for that, and close it
    /// after `last_words`. `WouldBlock` when nobody waits.
    fn turn_away(&mut self, listener: usize, last_words: &[u8]) -> io::Result<()>;

    /// Whether to report those who wait at the listeners.
    fn set_accepting(&mut self, on: bool);

    /// Refuse new connections for good.
    fn close_listeners(&mut self);

    /// Read once; 0 is the end.
    fn read(&mut self, socket: &mut Self::Socket, buffer: &mut [u8]) -> io::Result<usize>;

    /// Write once, in order; how many bytes went out.
    fn write(&mut self, socket: &mut Self::Socket, pieces: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Send the end of our half; never fails in a way that matters.
    fn shutdown(&mut self, socket: &mut Self::Socket);

    /// Change what is watched; `from` is what the last call said (`Off` at first).
    fn watch(
        &mut self,
        socket: &Self::Socket,
        id: Id,
        from: Interest,
        to: Interest,
    ) -> io::Result<()>;

    /// End it.
    fn close(&mut self, socket: Self::Socket, watched: Interest);

    /// Have the peer's system asked for a sign of life, each second until it is turned off.
    fn ask_for_sign(&mut self, socket: &Self::Socket, on: bool);

    /// What has come of that; nothing when nobody knows.
    fn signs(&mut self, socket: &Self::Socket) -> Option<Signs>;

    /// The next signal that has come.
    fn signal(&mut self) -> Option<Signal>;

    /// What the operator typed; 0 is the end.
    fn console(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// The console is over; do not report it again.
    fn close_console(&mut self);

    /// Nothing that is typed means anything from now on; whether somebody sits at a terminal.
    fn stop_typing(&mut self) -> bool;

    /// A line to the operator's screen.
    fn say(&mut self, line: &str);

    /// Have something done elsewhere; never waits for it.
    fn submit(&mut self, job: Job) -> Result<(), Busy>;

    /// What came of the next job that is done.
    fn done(&mut self) -> Option<Done>;

    /// Take in as many datagrams as have come, `budget` at most.
    fn receive(&mut self, budget: usize, take: impl FnMut(Datagram<'_>));

    /// Send a datagram from this address of ours; one that cannot be sent now is lost, as any may be.
    fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8]);
}
