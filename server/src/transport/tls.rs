//! TLS between a socket's bytes and those of a conn: the only file on the way of a line that knows rustls.
//!
//! What rustls has to send is taken from it at once, and what the socket does not take is held here; so rustls
//! keeps no output between two calls, and what is held can be counted.
//! Plaintext that is left inside, and the first bytes of a conn until they are looked at, are invisible to the
//! poller: the loop is told of them by `queue_unread`.
//! It makes one system call for each read and write, and never waits.
//!
//! Invariant: while something is held, nothing more is encrypted, but for what the protocol itself has to say.

mod incoming;
pub mod limits;
mod records;

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use rustls::{ProtocolVersion, ServerConnection};

use super::{Codec, Transport, Wire};
use crate::limits::WRITE_SLICES;
use crate::net::sys::Sys;
use crate::store::certificate::Identity;
use incoming::Incoming;
use limits::{TLS_BYTES, TLS_RECORD_BYTES};
use records::Records;

/// One conn's side of TLS.
pub struct Tls {
    connection: ServerConnection,
    state: State,
    /// Whether a read would give something without the socket.
    unread: Unread,
    /// Bytes for the socket that it has not taken.
    held: Vec<u8>,
    incoming: Incoming,
    /// Bytes of the conn that nobody has taken yet.
    waiting: u32,
    /// Bytes that the socket gave at the last read.
    last_read: u32,
    records: Records,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The handshake goes on.
    Shaking,
    /// It is over, and nobody has been told.
    Shaken,
    /// Lines may come and go.
    Open,
    /// Something was wrong, of which the peer is told; whatever is written is dropped.
    Failed,
    /// The peer was told that nothing follows, and nothing does.
    Finished,
}

/// Whether a read would give something without the socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unread {
    Nothing,
    Something,
    /// The loop knows of it.
    Queued,
}

impl<Socket> Wire<Socket> {
    /// From here on it speaks TLS, beginning with these bytes. Nothing was written so far.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn secure(&mut self, identity: &Identity, first: &[u8]) -> io::Result<()> {
        debug_assert_eq!(self.taken, 0, "it began in clear");
        let tls = Tls::new(identity, first)?;
        self.transport = Transport::Coded(Box::new(Codec::Tls(Box::new(tls))));
        Ok(())
    }

    /// Whether something is still to be written that nobody has to offer again.
    pub fn holds(&self) -> bool {
        self.transport
            .as_tls()
            .is_some_and(|tls| !tls.held.is_empty())
    }
}

impl Transport {
    /// Whether it is encrypted, or is about to be.
    pub fn is_secure(&self) -> bool {
        self.as_tls().is_some()
    }

    /// Whether a handshake goes on: nothing can be said so far.
    pub fn is_shaking(&self) -> bool {
        self.as_tls().is_some_and(|tls| tls.state == State::Shaking)
    }

    /// Whether a handshake is over; told once.
    pub fn takes_shaken(&mut self) -> bool {
        let shaken = |tls: &&mut Tls| tls.state == State::Shaken;
        let tls = self.tls_mut().filter(shaken);
        tls.map(|tls| tls.state = State::Open).is_some()
    }

    /// Whether the loop is to read although the poller says nothing; told once until it has read.
    pub fn queue_unread(&mut self) -> bool {
        let unread = |tls: &&mut Tls| tls.unread == Unread::Something;
        let tls = self.tls_mut().filter(unread);
        tls.map(|tls| tls.unread = Unread::Queued).is_some()
    }

    /// The loop did not read after all; it is to be told again.
    pub fn leave_unread(&mut self) {
        if let Some(tls) = self.tls_mut()
            && tls.unread == Unread::Queued
        {
            tls.unread = Unread::Something;
        }
    }

    /// Whether what is encrypted waits until the socket can be written.
    pub(super) fn tls_wants_write(&self, writes: bool) -> bool {
        self.as_tls().is_some_and(|tls| tls.wants_write(writes))
    }

    /// How much work a read was that gave this many bytes of the conn: what protects them, and new keys without
    /// any, are worked on, too.
    pub fn read_bytes(&self, given: usize) -> usize {
        self.as_tls()
            .map_or(given, |tls| given.max(tls.last_read as usize))
    }

    pub(super) fn as_tls(&self) -> Option<&Tls> {
        match self {
            Transport::Clear => None,
            Transport::Coded(codec) => match &**codec {
                Codec::Pieces(_) => None,
                Codec::Tls(tls) => Some(tls),
            },
        }
    }

    pub(super) fn tls_mut(&mut self) -> Option<&mut Tls> {
        match self {
            Transport::Clear => None,
            Transport::Coded(codec) => match &mut **codec {
                Codec::Pieces(_) => None,
                Codec::Tls(tls) => Some(tls),
            },
        }
    }
}

impl Tls {
    fn new(identity: &Identity, mut first: &[u8]) -> io::Result<Tls> {
        let connection = ServerConnection::new(identity.config()).map_err(io::Error::other)?;
        let mut tls = Tls {
            connection,
            state: State::Shaking,
            unread: Unread::Nothing,
            held: Vec::new(),
            incoming: Incoming::default(),
            waiting: 0,
            last_read: 0,
            records: Records::default(),
        };
        if !first.is_empty() {
            tls.unread = Unread::Something;
        }
        while !first.is_empty() {
            let before = first;
            let read = tls.connection.read_tls(&mut first)?;
            tls.incoming.take(&before[..read]);
        }
        Ok(tls)
    }

    /// Bytes of the conn, after one read of the socket unless there are some inside.
    pub(super) fn read<S: Sys>(
        &mut self,
        sys: &mut S,
        socket: &mut S::Socket,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        if self.unread == Unread::Nothing {
            let mut source = Source(sys, socket, &mut self.incoming);
            self.last_read = self.connection.read_tls(&mut source)? as u32;
        }
        self.unread = Unread::Nothing;
        self.process(buffer)
    }

    /// Decrypt what has come, as far as it is whole.
    fn process(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let processed = self.connection.process_new_packets();
        self.take_output();
        if self.state == State::Shaking && !self.connection.is_handshaking() {
            self.state = State::Shaken;
            self.incoming.give();
        }
        let read = self.connection.reader().read(output);
        if let Ok(1..) = read {
            self.incoming.give();
        }
        if self.incoming.may_shrink() {
            // Its buffer becomes as small as it is for each read that begins anew.
            match self.connection.read_tls(&mut Dry) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.incoming.shrink(),
                _ => {}
            }
        }
        let left = |state: &rustls::IoState| {
            let given = read.as_ref().map_or(0, |n| *n);
            state.plaintext_bytes_to_read() - given
        };
        self.waiting = processed.as_ref().map_or(0, left) as u32;
        match (read, processed) {
            // What comes after these bytes is told of next: more of them, an end, a fault.
            (Ok(n @ 1..), processed) => {
                let is_over = processed.map_or(true, |state| state.peer_has_closed());
                if is_over || self.waiting > 0 {
                    self.unread = Unread::Something;
                }
                Ok(n)
            }
            (_, Err(fault)) => {
                if self.state != State::Finished {
                    self.state = State::Failed;
                }
                Err(io::Error::new(ErrorKind::InvalidData, fault))
            }
            (Err(error), Ok(_)) if error.kind() == ErrorKind::WouldBlock => {
                Err(ErrorKind::Interrupted.into())
            }
            // An end without a word about it: an error of that name.
            (read, Ok(_)) => read,
        }
    }

    /// Encrypt what is offered into one record and write that, or write what is held.
    pub(super) fn write<S: Sys>(
        &mut self,
        sys: &mut S,
        socket: &mut S::Socket,
        offered: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        if !self.held.is_empty() {
            self.write_held(sys, socket)?;
            return Ok(0);
        }
        match self.state {
            State::Shaking if !offered.is_empty() => return Err(ErrorKind::WouldBlock.into()),
            State::Failed | State::Finished => {
                return Ok(offered.iter().map(|slice| slice.len()).sum());
            }
            State::Shaking | State::Shaken | State::Open => {}
        }
        let is_old = self.connection.protocol_version() == Some(ProtocolVersion::TLSv1_2);
        if is_old && self.records.are_enough() {
            // So its client, which is sent nothing more, sees at once that it is over.
            sys.shutdown(socket);
            return Err(io::Error::other("the key is used up"));
        }
        let taken = self.encrypt(offered)?;
        if taken == 0 {
            return Ok(0);
        }
        let written = match self.connection.write_tls(&mut Sink(sys, socket)) {
            Ok(written) => written,
            Err(error) if is_passing(&error) => 0,
            Err(error) => return Err(error),
        };
        self.hold();
        self.records.push(taken, written + self.held.len());
        self.records.sent(written);
        Ok(taken)
    }

    /// Encrypt some of what is offered, no more than one record has.
    fn encrypt(&mut self, offered: &[IoSlice<'_>]) -> io::Result<usize> {
        if let [piece] = offered {
            let some = &piece[..piece.len().min(TLS_RECORD_BYTES)];
            return self.connection.writer().write(some);
        }
        let mut slices = [IoSlice::new(&[]); WRITE_SLICES];
        let mut left = TLS_RECORD_BYTES;
        for (slice, piece) in slices.iter_mut().zip(offered) {
            *slice = IoSlice::new(&piece[..piece.len().min(left)]);
            left -= slice.len();
        }
        let slices = &slices[..offered.len().min(WRITE_SLICES)];
        self.connection.writer().write_vectored(slices)
    }

    /// Nothing more will be written: the peer is told so. Whether that is out; what the socket does not take is held.
    pub(super) fn finish<S: Sys>(&mut self, sys: &mut S, socket: &mut S::Socket) -> bool {
        if !matches!(self.state, State::Failed | State::Finished) {
            self.connection.send_close_notify();
            self.take_output();
            self.state = State::Finished;
            // An error that is none of a moment comes again, and is seen then.
            if !self.held.is_empty() {
                let _ = self.write_held(sys, socket);
            }
        }
        self.held.is_empty()
    }

    fn write_held<S: Sys>(&mut self, sys: &mut S, socket: &mut S::Socket) -> io::Result<()> {
        let written = sys.write(socket, &[IoSlice::new(&self.held)])?;
        self.records.sent(written);
        self.held.drain(..written);
        if self.held.is_empty() {
            self.held = Vec::new();
        }
        Ok(())
    }

    /// What the protocol has to say is held until it can be written.
    fn take_output(&mut self) {
        let before = self.held.len();
        self.hold();
        self.records.push(0, self.held.len() - before);
    }

    fn hold(&mut self) {
        while self.connection.wants_write() {
            let held = match self.state {
                State::Finished => self.connection.write_tls(&mut io::sink()),
                _ => self.connection.write_tls(&mut self.held),
            };
            held.expect("memory takes all");
        }
    }

    /// Whether it waits until the socket can be written, where the conn wants to write or not.
    pub(super) fn wants_write(&self, writes: bool) -> bool {
        let may_write = writes && self.state != State::Shaking;
        may_write || !self.held.is_empty()
    }

    /// Bytes that the socket has taken; the number wraps.
    pub(super) fn sent(&self) -> u32 {
        self.records.sent
    }

    /// How many bytes of the conn are not acknowledged where so many of the socket's are not; none if that is
    /// unknown. A record that is not all there is nothing to its reader.
    pub(super) fn unacknowledged(&self, bytes: u32) -> Option<u32> {
        match self.state {
            State::Failed => None,
            _ => self.records.unacknowledged(bytes + self.held.len() as u32),
        }
    }

    /// Bytes of memory that it holds besides its box's place.
    pub(super) fn memory(&self) -> usize {
        let incoming = self.incoming.memory() + self.waiting as usize;
        TLS_BYTES + self.held.capacity() + incoming + self.records.memory()
    }
}

/// Whether a write that failed so can be tried again.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// The socket, as rustls reads it.
struct Source<'a, S: Sys>(&'a mut S, &'a mut S::Socket, &'a mut Incoming);

/// The socket, as rustls writes to it.
struct Sink<'a, S: Sys>(&'a mut S, &'a mut S::Socket);

impl<S: Sys> Read for Source<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(self.1, buffer)?;
        self.2.take(&buffer[..read]);
        Ok(read)
    }
}

/// A socket to which nothing has come.
struct Dry;

impl Read for Dry {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl<S: Sys> Write for Sink<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(self.1, &[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(self.1, slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
