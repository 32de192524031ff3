//! The last records that were written: how many bytes of the conn each has, and how many of the socket. So what
//! the system says of the socket's bytes can be said of the conn's.
//!
//! Invariant: what is acknowledged is exact, or it is said to be unknown: of more records than are remembered.

use std::collections::VecDeque;

use super::limits::{TLS_RECORDS, TLS12_RECORDS};

/// See the top of this file.
#[derive(Default)]
pub(super) struct Records {
    last: VecDeque<Record>,
    /// Bytes that the socket has taken of all of them; the number wraps.
    pub(super) sent: u32,
    /// Whether there were others before.
    has_forgotten: bool,
    /// How many there were.
    count: u32,
}

#[derive(Clone, Copy)]
struct Record {
    /// Bytes of the conn.
    inside: u16,
    /// Bytes of the socket.
    outside: u16,
}

impl Records {
    /// So many bytes of the conn, none perhaps, have become so many for the socket.
    pub(super) fn push(&mut self, inside: usize, outside: usize) {
        let mut outside = outside;
        let inside = inside as u16;
        // What the protocol says for itself may be more than a record: its bytes are nobody's.
        while inside == 0 && outside > usize::from(u16::MAX) {
            self.remember(Record {
                inside,
                outside: u16::MAX,
            });
            outside -= usize::from(u16::MAX);
        }
        if outside > 0 {
            let outside = outside as u16;
            self.remember(Record { inside, outside });
        }
    }

    fn remember(&mut self, record: Record) {
        if self.last.len() == TLS_RECORDS {
            self.last.pop_front();
            self.has_forgotten = true;
        }
        self.last.push_back(record);
        self.count = self.count.saturating_add(1);
    }

    /// Whether these were all for which a key of TLS 1.2 is good.
    pub(super) fn are_enough(&self) -> bool {
        self.count >= TLS12_RECORDS
    }

    /// The socket has taken so many bytes more.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.wrapping_add(bytes as u32);
    }

    /// How many bytes of the conn are in the records of which these last bytes of the socket are.
    pub(super) fn unacknowledged(&self, outside: u32) -> Option<u32> {
        let mut left = outside;
        let mut inside = 0;
        for record in self.last.iter().rev() {
            if left == 0 {
                return Some(inside);
            }
            left = left.saturating_sub(u32::from(record.outside));
            inside += u32::from(record.inside);
        }
        (left == 0 || !self.has_forgotten).then_some(inside)
    }

    /// Bytes of memory that it holds besides itself.
    pub(super) fn memory(&self) -> usize {
        self.last.capacity() * size_of::<Record>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_until_all_of_it_is_there() {
        let mut records = Records::default();
        records.push(0, 1000);
        records.push(100, 122);
        records.push(10, 32);
        records.push(0, 24);
        records.push(1, 23);
        for (outside, inside) in [
            (0, 0),
            (1, 1),
            (23, 1),
            (24, 1),
            (47, 1),
            (48, 11),
            (79, 11),
            (80, 111),
            (201, 111),
            (202, 111),
            (5000, 111),
        ] {
            assert_eq!(records.unacknowledged(outside), Some(inside), "{outside}");
        }
    }

    #[test]
    fn a_key_has_its_last_record() {
        let mut records = Records {
            count: TLS12_RECORDS - 1,
            ..Records::default()
        };
        assert!(!records.are_enough());
        records.push(1, 30);
        assert!(records.are_enough());
    }

    #[test]
    fn of_forgotten_records_nothing_is_said() {
        let mut records = Records::default();
        for _ in 0..TLS_RECORDS + 1 {
            records.push(10, 32);
        }
        let known = TLS_RECORDS as u32;
        assert_eq!(records.unacknowledged(32 * known), Some(10 * known));
        assert_eq!(records.unacknowledged(32 * known + 1), None);
        records.push(0, 200_000);
        assert_eq!(records.unacknowledged(200_001), Some(10));
        assert!(records.memory() >= TLS_RECORDS * 4);
    }
}
