//! The transport: what stands between a socket's bytes and those that a conn reads and writes.
//!
//! A closed enum with one match in each function; the socket is beside it. Clear, it holds nothing, copies nothing and
//! costs no call more; pieces.rs cuts what clients get that show each read by itself; tls.rs encrypts, and
//! begins with the bytes that showed what the conn is.
//!
//! What the loop relies on, and every variant has to keep:
//! - `read` and `write` make at most one system call and never wait. Their results are those of a
//!   socket: bytes of the conn (not of the wire), 0 at the end; `Interrupted` where something has come that
//!   is no whole record yet.
//! - What it could give without the socket is not known to the poller: `queue_unread` tells of it.
//! - What `write` says it took is the transport's: the cursor moves, and nothing is offered twice. What it
//!   could not send at once (a half record) it holds, bounded, and counts it in `memory`; while it holds
//!   something it takes nothing more.
//! - `interest` maps what the conn wants to what the socket has to be watched for: a handshake may have to
//!   write in order to read.
//! - One that waits for a time, and not for the socket, says when to write again in `wakes_at`.
//! - After `say_end` it takes nothing more; what that has to say is held like everything else.
//!
//! It knows no conn, no lines and no feeds.

mod acknowledged;
pub mod pieces;
pub mod tls;
mod wire;

use crate::net::sys::Interest;
use pieces::Pieces;
use tls::Tls;
pub use wire::{Input, Output, Wire};

/// See the top of this file.
pub enum Transport {
    /// The bytes of the conn are those of the socket.
    Clear,
    /// They are not. One box for all, so that a clear conn has no room for them.
    Coded(Box<Codec>),
}

/// What changes the bytes of a conn.
pub enum Codec {
    /// What goes out is cut.
    Pieces(Pieces),
    /// Both directions are encrypted.
    Tls(Box<Tls>),
}

impl Transport {
    /// What the poller has to watch of the socket, where the conn wants this of its own bytes. What `is_broken`
    /// takes nothing.
    fn interest(&self, reads: bool, writes: bool, is_broken: bool) -> Interest {
        let writes = match self {
            Transport::Clear => writes,
            Transport::Coded(_) => !is_broken && self.tls_wants_write(writes),
        };
        match (reads, writes) {
            (false, false) => Interest::Hangup,
            (true, false) => Interest::Read,
            (false, true) => Interest::Write,
            (true, true) => Interest::ReadWrite,
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        match self {
            Transport::Clear => 0,
            Transport::Coded(_) => size_of::<Codec>() + self.as_tls().map_or(0, Tls::memory),
        }
    }
}
