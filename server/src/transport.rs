//! The transport: what stands between a socket's bytes and those that a conn reads and writes.
//!
//! A closed enum with one match in each function. Today there is one variant, the clear socket, which
//! holds nothing, copies nothing and costs no call more. TLS and WebSocket will be one each, with a file
//! in this folder and their state in a box, made from the socket and the bytes that gave the kind of
//! the conn away (dialect/foreign.rs says which it is, before anything has changed those bytes).
//!
//! What the loop relies on, and every variant has to keep:
//! - `read` and `write` make at most one system call and never wait. Their results are those of a
//!   socket: bytes of the conn (not of the wire), 0 at the end, `WouldBlock` also where a record is not
//!   whole yet.
//! - What `write` says it took is the transport's: the cursor moves, and nothing is offered twice. What it
//!   could not send at once (a half record) it holds, bounded, and counts it in `memory`; while it holds
//!   something it takes nothing more.
//! - `interest` maps what the conn wants to what the socket has to be watched for: a handshake may have to
//!   write in order to read.
//! - After `finish` it takes nothing more.
//!
//! It knows no conn, no lines and no feeds.

mod wire;

use std::io::{self, IoSlice};

use crate::net::sys::{Interest, Sys};
pub use wire::{Input, Output, Wire};

/// See the top of this file.
pub enum Transport<Socket> {
    /// The bytes of the conn are those of the socket.
    Clear(Socket),
}

impl<Socket> Transport<Socket> {
    /// Read once into this buffer.
    pub fn read<S: Sys<Socket = Socket>>(
        &mut self,
        sys: &mut S,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        match self {
            Transport::Clear(socket) => sys.read(socket, buffer),
        }
    }

    /// Write what fits of these pieces, and say how much was taken.
    pub fn write<S: Sys<Socket = Socket>>(
        &mut self,
        sys: &mut S,
        pieces: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        match self {
            Transport::Clear(socket) => sys.write(socket, pieces),
        }
    }

    /// Nothing more will be written: the peer is to see the end.
    pub fn finish<S: Sys<Socket = Socket>>(&mut self, sys: &mut S) {
        match self {
            Transport::Clear(socket) => sys.shutdown(socket),
        }
    }

    /// What the poller has to watch of the socket, where the conn wants this of its own bytes.
    pub fn interest(&self, wanted: Interest) -> Interest {
        match self {
            Transport::Clear(_) => wanted,
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        match self {
            Transport::Clear(_) => 0,
        }
    }

    /// The socket, for what concerns the connection and none of its bytes.
    pub fn socket(&self) -> &Socket {
        match self {
            Transport::Clear(socket) => socket,
        }
    }

    /// The socket, to be closed.
    pub fn into_socket(self) -> Socket {
        match self {
            Transport::Clear(socket) => socket,
        }
    }
}
