//! How much rustls holds of what has come and is not given out: what it has of a record that is not whole, and the
//! buffer for that, which grows with it and does not shrink by itself.
//!
//! Invariant: it is never less than what is held.

/// What is read at once, and so the buffer at rest.
const READ: usize = 4096;
/// The most that is kept of a message of the protocol itself.
const MESSAGE: usize = 64 * 1024;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Incoming {
    /// Bytes that came since the last ones of the conn, or are of a record that is not whole.
    held: u32,
    /// What the buffer has grown to beyond what is read at once.
    grown: u32,
    /// Where the next bytes stand: how much of a record's header has come, and what is left of its bytes.
    header: u8,
    left: u16,
    /// How long it is.
    length: u16,
}

impl Incoming {
    /// These bytes have come.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let wanted = (self.held as usize + READ).min(MESSAGE) as u32;
        let room = self.grown + READ as u32;
        if wanted > room {
            self.grown = wanted.max(2 * room) - READ as u32;
        }
        self.held = self.held.saturating_add(bytes.len() as u32);
        let mut bytes = bytes;
        while let [first, rest @ ..] = bytes {
            if self.left > 0 {
                let some = bytes.len().min(usize::from(self.left));
                self.left -= some as u16;
                bytes = &bytes[some..];
                continue;
            }
            self.length = self.length << 8 | u16::from(*first);
            self.header = (self.header + 1) % 5;
            if self.header == 0 {
                self.left = self.length;
            }
            bytes = rest;
        }
    }

    /// What came whole was given out.
    pub(super) fn give(&mut self) {
        self.held = match (self.header, self.left) {
            (0, 0) => 0,
            (0, left) => 5 + u32::from(self.length - left),
            (header, _) => u32::from(header),
        };
    }

    /// Whether the buffer has grown, and nothing is in it any more.
    pub(super) fn may_shrink(&self) -> bool {
        self.held == 0 && self.grown > 0
    }

    /// The buffer is as at rest.
    pub(super) fn shrink(&mut self) {
        self.grown = 0;
    }

    /// Bytes of memory that are held beyond those at rest.
    pub(super) fn memory(&self) -> usize {
        self.grown as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of so many bytes.
    fn record(length: usize) -> Vec<u8> {
        let [high, low] = (length as u16).to_be_bytes();
        [&[0x17, 3, 3, high, low], &vec![0; length][..]].concat()
    }

    #[test]
    fn what_is_held_is_known_wherever_a_record_is_torn() {
        let two = [record(0), record(300), record(7)].concat();
        for torn in 0..=two.len() {
            let mut incoming = Incoming::default();
            incoming.take(&two[..torn]);
            incoming.give();
            let held = match torn {
                0..=4 => torn,
                5..310 => torn - 5,
                310..322 => torn - 310,
                _ => 0,
            };
            assert_eq!(incoming.held as usize, held, "{torn}");
            incoming.take(&two[torn..]);
            incoming.give();
            assert_eq!(incoming.held, 0);
        }
    }

    #[test]
    fn a_buffer_is_counted_as_it_grows() {
        let mut incoming = Incoming::default();
        // As rustls has it.
        let mut buffer = vec![0_u8; READ];
        let long = record(16 * 1024 + 256);
        let mut used = 0;
        for piece in long.chunks(READ) {
            if used + READ > buffer.len() {
                buffer.resize(used + READ, 0);
            }
            incoming.take(piece);
            used += piece.len();
            assert!(READ + incoming.memory() >= buffer.capacity(), "{used}");
            assert!(incoming.memory() <= 2 * buffer.capacity(), "{used}");
            assert!(!incoming.may_shrink());
            incoming.give();
        }
        assert!(incoming.may_shrink());
        incoming.shrink();
        assert_eq!(incoming.memory(), 0);
    }
}
