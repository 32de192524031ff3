//! What is still to be done in this turn, and what the next one begins with: lists of conns, each emptied
//! at its own step of the turn. Nothing of it survives an upgrade: it follows from the state of the conns.
//!
//! Invariant: between two turns only `queue`, `unread` and `unfinished` hold conns; while one of them does, the next
//! turn does not wait.

use std::collections::VecDeque;

use crate::conn::{Conn, Phase};
use crate::hub::{Gone, Id, Time};
use crate::limits::{LINE_COST_BYTES, SPARE_BUFFER_BYTES, SPARE_BUFFERS, TURN_BYTES};
use crate::net::sys::Ready;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Work {
    /// What the wait has reported.
    pub(super) ready: Vec<Ready>,
    /// Where in `ready` the next turn begins to read, so that no place is always first.
    read_from: usize,
    /// Bytes that may still be read in this turn.
    read_budget: usize,
    /// Conns with lines to handle at once, those in `Handling::Queued`.
    pub(super) queue: VecDeque<Id>,
    /// Conns that can be read without the socket, in their order.
    pub(super) unread: VecDeque<Id>,
    /// Conns that were read, whose interest the poller is told once their lines are handled: a conn with
    /// lines left is not read, and two calls for each line would be wasted.
    pub(super) unwatched: Vec<Id>,
    /// Conns that the poller says can be written again.
    pub(super) writable: Vec<Id>,
    /// Readers of several rooms of which one has grown, to be flushed once.
    pub(super) several: Vec<Id>,
    /// Conns with new private bytes, to be flushed.
    pub(super) dirty: Vec<Id>,
    /// Conns that took all they were offered and are owed more, to be flushed in the next turn.
    pub(super) unfinished: Vec<Id>,
    /// When rooms are to be told who came or left that have to wait for it.
    pub(super) news_at: Option<Time>,
    /// Conns that have to leave for a reason of ours.
    pub(super) failed: Vec<(Id, Gone)>,
    /// Conns in `Phase::Dead`, to be closed.
    pub(super) dead: Vec<Id>,
    /// Buffers of inboxes that are empty again, for the next ones: a line need not allocate one.
    buffers: Vec<Vec<u8>>,
}

impl Work {
    /// Whether nothing is left to do without waiting.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.unfinished.is_empty() && self.unread.is_empty()
    }

    /// Whether nobody is left who has to go or to be told something in this turn.
    pub(super) fn is_settled(&self) -> bool {
        self.failed.is_empty() && self.dirty.is_empty() && self.dead.is_empty()
    }

    /// Put what is ready in the order in which it is read in this turn.
    pub(super) fn begin_reading(&mut self) {
        self.read_from %= self.ready.len().max(1);
        self.ready.rotate_left(self.read_from);
        self.read_budget = TURN_BYTES;
    }

    /// The next of what is ready has been read, as far as the budget allowed.
    pub(super) fn end_read(&mut self) {
        self.read_from += usize::from(self.may_read());
    }

    pub(super) fn may_read(&self) -> bool {
        self.read_budget > 0
    }

    /// So many bytes were read. They cost what their handling does, so that what is read in a turn is
    /// handled in it.
    pub(super) fn charge_read(&mut self, bytes: usize) {
        self.read_budget = self.read_budget.saturating_sub(bytes + LINE_COST_BYTES);
    }

    /// An empty buffer for an inbox; without memory when none is spare.
    pub(super) fn take_buffer(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_default()
    }

    /// Keep the buffer of an inbox, unless there are enough or it is large.
    pub(super) fn give_buffer(&mut self, buffer: Vec<u8>) {
        if self.buffers.len() < SPARE_BUFFERS
            && (1..=SPARE_BUFFER_BYTES).contains(&buffer.capacity())
        {
            self.buffers.push(buffer);
        }
    }

    /// Close this conn at the end of the turn.
    pub(super) fn mark_dead<Socket>(&mut self, id: Id, conn: &mut Conn<Socket>) {
        if conn.phase != Phase::Dead {
            conn.phase = Phase::Dead;
            self.dead.push(id);
        }
    }

    /// Check what holds between two turns; for tests.
    pub(super) fn invariants(&self) {
        assert!(
            self.is_settled()
                && self.unwatched.is_empty()
                && self.writable.is_empty()
                && self.several.is_empty(),
            "a turn leaves work behind: {self:?}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_begins_to_read_where_the_last_one_ran_out() {
        let mut work = Work::default();
        let mut read = |budget_for: usize| {
            work.ready = (0..5).map(Ready::Listener).collect();
            work.begin_reading();
            let mut order = Vec::new();
            for at in 0..work.ready.len() {
                if work.may_read() {
                    order.push(work.ready[at]);
                }
                if at + 1 == budget_for {
                    work.charge_read(TURN_BYTES);
                }
                work.end_read();
            }
            order
        };
        let listeners = |numbers: &[usize]| -> Vec<Ready> {
            numbers.iter().copied().map(Ready::Listener).collect()
        };
        // The one that took the last of the budget may have more; it goes on first.
        assert_eq!(read(3), listeners(&[0, 1, 2]));
        assert_eq!(read(2), listeners(&[2, 3]));
        assert_eq!(read(5), listeners(&[3, 4, 0, 1, 2]));
    }
}
