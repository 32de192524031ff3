//! One simulated connection: two queues of bytes with a window, and a record of what happened to
//! it.

use std::collections::VecDeque;
use std::net::SocketAddr;

use papo_server::hub::{Id, Time};
use papo_server::net::sys::{Interest, Ready};

use crate::strict::Strict;
use crate::veil::Veil;

/// A connection.
pub(crate) struct Link {
    /// The listener it connected to.
    pub(crate) door: usize,
    pub(crate) address: SocketAddr,
    /// Sent by the peer, not yet read by the server.
    pub(crate) to_server: VecDeque<u8>,
    /// The peer closed its half.
    pub(crate) fin: bool,
    /// The peer reset the connection, or it broke.
    pub(crate) reset: bool,
    /// What the server has read, in order.
    pub(crate) read: Vec<u8>,
    /// Where each read ended.
    pub(crate) cuts: Vec<usize>,
    /// What the server has written, in order.
    pub(crate) written: Vec<u8>,
    /// How many bytes its socket has taken, and how many of them were acknowledged when the cable was cut.
    pub(crate) out: usize,
    pub(crate) cut: Option<usize>,
    /// When it had written this much.
    pub(crate) times: Vec<(usize, Time)>,
    /// How much of it the peer has read.
    pub(crate) taken: usize,
    /// How much may be unread.
    pub(crate) window: usize,
    /// The server closed its half.
    pub(crate) server_fin: bool,
    pub(crate) accepted: Option<Time>,
    /// Who was inside when it was accepted: all, strangers, those of its address, and those in a minute.
    pub(crate) inside: [usize; 4],
    /// It was accepted on the descriptor that is kept for when there are no others.
    pub(crate) on_reserve: bool,
    /// The server closed it.
    pub(crate) closed: bool,
    /// A write failed for good: no other may follow.
    pub(crate) failed: bool,
    /// A call to watch it failed: what the poller knows of it is uncertain.
    pub(crate) unwatched: bool,
    /// Since when it has been full.
    pub(crate) blocked: Option<Time>,
    /// Observers see everything, so they are exempt from what would end them.
    pub(crate) spared: bool,
    /// A read returns everything that has come: for clients without line ends.
    pub(crate) whole: bool,
    /// The same until a line end has come: where the server has to find out.
    pub(crate) whole_first: bool,
    /// The TLS between its ends, if there is any.
    pub(crate) veil: Option<Veil>,
    /// Its client, if it decodes each read by itself.
    pub(crate) strict: Option<Strict>,
    /// Since when its system is gone without notice.
    pub(crate) ghost: Option<Time>,
    pub(crate) id: Option<Id>,
    pub(crate) watched: Option<(Id, Interest)>,
}

impl Link {
    pub(crate) fn new(door: usize, address: SocketAddr, window: usize) -> Link {
        Link {
            door,
            address,
            window,
            to_server: VecDeque::new(),
            fin: false,
            ghost: None,
            reset: false,
            read: Vec::new(),
            cuts: Vec::new(),
            written: Vec::new(),
            out: 0,
            cut: None,
            times: Vec::new(),
            taken: 0,
            server_fin: false,
            accepted: None,
            inside: [0; 4],
            on_reserve: false,
            closed: false,
            failed: false,
            unwatched: false,
            blocked: None,
            spared: false,
            whole: false,
            whole_first: false,
            veil: None,
            strict: None,
            id: None,
            watched: None,
        }
    }

    /// Bytes that can be written before it blocks.
    pub(crate) fn room(&self) -> usize {
        // A system that has nothing else to send takes a kilobyte.
        if self.strict.is_some() {
            return usize::MAX;
        }
        self.window.saturating_sub(self.written.len() - self.taken)
    }

    /// How many bytes of all that was written its system has acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.cut.unwrap_or(self.out)
    }

    /// Whether a read may return a part of what has come.
    pub(crate) fn may_tear(&self) -> bool {
        self.veil.is_some()
            || !self.whole && (!self.whole_first || self.read.iter().any(|b| b"\r\n".contains(b)))
    }

    /// Whether the server waits for writability.
    pub(crate) fn awaits_room(&self) -> bool {
        let interest = self.watched.map(|(_, interest)| interest);
        matches!(interest, Some(Interest::Write | Interest::ReadWrite))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.accepted.is_some() && !self.closed
    }

    /// Whether the server can read the end of what the peer says.
    pub(crate) fn has_ended(&self) -> bool {
        self.fin && self.to_server.is_empty() && !self.has_come()
    }

    /// Whether it was accepted and refused: it was never watched.
    pub(crate) fn is_refused(&self) -> bool {
        self.accepted.is_some() && self.server_fin && self.id.is_none()
    }

    /// What a level-triggered poller reports: hang-ups even without interest.
    pub(crate) fn ready(&self) -> Option<Ready> {
        let (id, interest) = self.watched?;
        let reads = matches!(interest, Interest::Read | Interest::ReadWrite);
        let writes = matches!(interest, Interest::Write | Interest::ReadWrite);
        let hung = self.reset || self.fin && self.server_fin;
        let readable = hung || reads && (self.has_come() || self.has_ended());
        let writable = hung || writes && self.room() > 0;
        (readable || writable).then_some(Ready::Conn {
            id,
            readable,
            writable,
            hung,
        })
    }

    /// One read of the server's.
    pub(crate) fn take_in(&mut self, buffer: &mut [u8], most: usize) -> usize {
        let bytes = self.next_bytes(most.min(buffer.len()));
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.cuts.push(self.read.len());
        bytes.len()
    }

    /// One write of the server's, as far as there is room.
    pub(crate) fn take_out(&mut self, pieces: &[&[u8]], room: usize, now: Time) -> usize {
        let mut n = 0;
        for piece in pieces {
            let most = piece.len().min(room - n);
            self.take_told(&piece[..most]);
            n += most;
        }
        self.blocked = None;
        self.times.push((self.written.len(), now));
        self.out += n;
        n
    }

    /// When the byte at this place of the output was written.
    pub(crate) fn written_at(&self, place: usize) -> Time {
        let at = self.times.partition_point(|(end, _)| *end <= place);
        self.times[at].1
    }
}
