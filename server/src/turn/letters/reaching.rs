//! Whether what was told to a conn alone has reached its peer's system. Where in all that was sent it ends is known
//! once the conn has no private bytes left to send; what the kernel says is not acknowledged are the last bytes.
//!
//! Invariant: what is taken for arrived has arrived; what has arrived may be taken for missing.

use crate::conn::Conn;

/// How far what was told last has gone out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    /// Of what was told, so many of the last bytes had at most not gone out ...
    unsent: usize,
    /// ... when the socket had taken so many in all.
    taken: u32,
}

impl Out {
    /// What was told to this conn just now.
    pub(super) fn new<Socket>(conn: &Conn<Socket>) -> Out {
        let unsent = match conn.wire.is_broken() {
            true => usize::MAX,
            false => conn.reader.private(),
        };
        let taken = conn.wire.taken();
        Out { unsent, taken }
    }

    /// The conn was flushed; whether all has gone out.
    pub(super) fn note<Socket>(&mut self, conn: &Conn<Socket>) -> bool {
        // What could not be written was forgotten.
        if self.unsent > 0 && !conn.wire.is_broken() {
            self.unsent = self.unsent.min(conn.reader.private());
            self.taken = conn.wire.taken();
        }
        self.unsent == 0
    }

    /// How many of the last bytes of what was told have perhaps not arrived, where so many of all that was sent
    /// are not acknowledged.
    pub(super) fn missing<Socket>(&self, conn: &Conn<Socket>, unacknowledged: u32) -> usize {
        let later = conn.wire.taken().wrapping_sub(self.taken);
        let missing = unacknowledged.saturating_sub(later) as usize;
        self.unsent.saturating_add(missing)
    }
}
