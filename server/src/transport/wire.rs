//! A wire: the transport of one conn, the state of its two directions, and what the poller was told.
//!
//! Invariant: `input` and `output` only move down their lists, except that a blocked output may open again.

use std::io::{self, IoSlice};

use super::pieces::Ends;
use super::{Codec, Transport};
use crate::hub::{Id, Time};
use crate::net::sys::{Interest, Sys};

/// See the top of this file.
pub struct Wire<Socket> {
    /// What stands between its bytes and the socket's.
    pub transport: Transport,
    pub(super) socket: Socket,
    /// Bytes that the socket has taken, or the transport to encrypt them; the number wraps.
    pub(super) taken: u32,
    /// What comes from the peer.
    pub input: Input,
    /// What goes to it.
    pub output: Output,
    /// What the poller was told.
    watched: Interest,
}

/// What comes from a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// The poller tells when there is something.
    Open,
    /// The peer is gone for good (the output is broken), what it left is still to be read. Nothing
    /// new will be reported, or rather the same for ever, so it is read as fast as it is handled.
    Hung,
    /// All of it has been read.
    Ended {
        /// By an end, not by an error.
        orderly: bool,
    },
}

/// What goes to a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// It takes what is written.
    Open,
    /// The last write was short.
    Blocked {
        /// Since when it has taken nothing.
        since: Time,
    },
    /// It will never take anything again. What it has sent is read to its end all the same, as far
    /// as that comes within [`crate::limits::GONE_WITHIN`].
    Broken {
        /// Since when that is known.
        since: Time,
    },
}

impl<Socket> Wire<Socket> {
    /// A socket that was just accepted, which nobody watches yet.
    pub fn new(socket: Socket, ends: Option<Ends>) -> Wire<Socket> {
        Wire {
            transport: Transport::new(ends),
            socket,
            taken: 0,
            input: Input::Open,
            output: Output::Open,
            watched: Interest::Off,
        }
    }

    /// Read once into this buffer.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn read<S: Sys<Socket = Socket>>(
        &mut self,
        sys: &mut S,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        match self.transport.tls_mut() {
            None => sys.read(&mut self.socket, buffer),
            Some(tls) => tls.read(sys, &mut self.socket, buffer),
        }
    }

    /// Write what fits of these slices, and say how much was taken.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn write<S: Sys<Socket = Socket>>(
        &mut self,
        sys: &mut S,
        now: Time,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        match &mut self.transport {
            Transport::Clear => {
                let written = sys.write(&mut self.socket, slices)?;
                self.taken = self.taken.wrapping_add(written as u32);
                Ok(written)
            }
            Transport::Coded(codec) => {
                let (written, taken) = match &mut **codec {
                    Codec::Pieces(pieces) => {
                        let written = pieces.write(sys, &mut self.socket, now, slices)?;
                        (written, pieces.last_piece())
                    }
                    Codec::Tls(tls) => {
                        let taken = tls.write(sys, &mut self.socket, slices)?;
                        (taken, taken as u32)
                    }
                };
                self.taken = self.taken.wrapping_add(taken);
                Ok(written)
            }
        }
    }

    /// Nothing more will be written, of which a peer over TLS is told. Whether all of that is out.
    pub fn say_end<S: Sys<Socket = Socket>>(&mut self, sys: &mut S) -> bool {
        let tls = self.transport.tls_mut();
        tls.is_none_or(|tls| tls.finish(sys, &mut self.socket))
    }

    /// The peer is to see the end.
    pub fn shut<S: Sys<Socket = Socket>>(&mut self, sys: &mut S) {
        sys.shutdown(&mut self.socket);
    }

    /// Bytes that were taken, as the conn counts them; the number wraps.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// The socket, for what concerns the connection and none of its bytes.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Tell the poller what to watch, when that is not what it was told.
    ///
    /// # Errors
    /// As the system says; the wire can then not be used.
    pub fn watch<S: Sys<Socket = Socket>>(
        &mut self,
        sys: &mut S,
        id: Id,
        reads: bool,
    ) -> io::Result<()> {
        let (from, to) = (self.watched, self.interest(reads));
        if from == to {
            return Ok(());
        }
        self.watched = to;
        sys.watch(&self.socket, id, from, to)
    }

    /// The socket, which nobody watches from here on.
    pub fn release<S: Sys<Socket = Socket>>(self, sys: &mut S, id: Id) -> Socket {
        if let Err(error) = sys.watch(&self.socket, id, self.watched, Interest::Off) {
            log::error!("a conn is still watched: {error}");
        }
        self.socket
    }

    /// Close the socket.
    pub fn close<S: Sys<Socket = Socket>>(self, sys: &mut S) {
        sys.close(self.socket, self.watched);
    }

    /// What the poller should watch, where the conn wants to read or not.
    pub fn interest(&self, reads: bool) -> Interest {
        if self.is_broken() && self.input != Input::Open {
            return Interest::Off;
        }
        let reads = reads && self.input == Input::Open;
        let writes = matches!(self.output, Output::Blocked { .. });
        self.transport.interest(reads, writes, self.is_broken())
    }

    /// What the poller was told.
    pub fn watched(&self) -> Interest {
        self.watched
    }

    /// Whether it will never take anything again.
    pub fn is_broken(&self) -> bool {
        matches!(self.output, Output::Broken { .. })
    }

    /// Whether all that the peer sent has been read.
    pub fn has_ended(&self) -> bool {
        matches!(self.input, Input::Ended { .. })
    }

    /// Nothing can be sent any more.
    pub fn break_output(&mut self, now: Time) {
        if !self.is_broken() {
            self.output = Output::Broken { since: now };
        }
    }
}
