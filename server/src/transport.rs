//! The transport: what stands between a socket's bytes and those that a conn reads and writes.
//!
//! A closed enum with one match in each function; the socket is beside it. Clear, it holds nothing, copies nothing and
//! costs no call more; pieces.rs cuts what clients get that show each read by itself. TLS and WebSocket will
//! be one variant each, with a file in this folder and their state in a box, made from the bytes that gave
//! the kind of the conn away (dialect/foreign.rs says which it is, before anything has changed those bytes).
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
//! - One that waits for a time, and not for the socket, says when to write again in `wakes_at`.
//! - After `finish` it takes nothing more.
//!
//! It knows no conn, no lines and no feeds.

pub mod pieces;
mod wire;

use crate::net::sys::Interest;
use pieces::Pieces;
pub use wire::{Input, Output, Wire};

/// See the top of this file.
pub enum Transport {
    /// The bytes of the conn are those of the socket.
    Clear,
    /// What goes out is cut.
    Pieces(Box<Pieces>),
}

impl Transport {
    /// What the poller has to watch of the socket, where the conn wants this of its own bytes.
    fn interest(&self, wanted: Interest) -> Interest {
        match (self, wanted) {
            (Transport::Pieces(_), Interest::Write) => Interest::Hangup,
            (Transport::Pieces(_), Interest::ReadWrite) => Interest::Read,
            (Transport::Clear | Transport::Pieces(_), wanted) => wanted,
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        match self {
            Transport::Clear => 0,
            Transport::Pieces(_) => size_of::<Pieces>(),
        }
    }
}
