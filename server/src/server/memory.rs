//! The memory of all conns together: when it is too much, those who hold the most have to leave.
//!
//! What is given to conns is added up as it is given, and nothing else is counted; only when that is
//! enough to matter, all of them are looked at. Invariant: after a look, those who stay hold half of
//! what the operator allows at most; the other half is for the feeds, which stop to grow by themselves.

use std::cmp::Reverse;

use super::Server;
use crate::hub::{Gone, Id};
use crate::limits::LOOK_PART;
use crate::sys::Sys;

impl<S: Sys> Server<S> {
    /// See to it that conns do not hold too much. Whoever has to leave is freed of all at once: words
    /// for it would have to wait behind what it does not read.
    pub(super) fn spare_memory(&mut self) {
        let may = self.config.memory / 2;
        if self.given < may / LOOK_PART {
            return;
        }
        self.given = 0;
        let mut holders: Vec<(usize, Id)> = self
            .ids()
            .filter(|id| self.conns[id.slot()].standing().is_some())
            .map(|id| (self.conns[id.slot()].memory(), id))
            .collect();
        let held: usize = holders.iter().map(|(bytes, _)| bytes).sum();
        if held <= may {
            return;
        }
        holders.sort_unstable_by_key(|(bytes, id)| (Reverse(*bytes), id.index));
        for id in largest(held - may, &holders) {
            let (now, end) = (self.now, self.end_for(id));
            let Some(conn) = self.conn(id) else { continue };
            log::warn!("{} holds {} bytes, too many", conn.peer, conn.memory());
            conn.break_output(now, end);
            self.failed.push((id, Gone::Memory));
        }
    }
}

/// As many of these, the largest first, as hold so many bytes.
fn largest(bytes: usize, holders: &[(usize, Id)]) -> impl Iterator<Item = Id> {
    let mut freed = 0;
    holders
        .iter()
        .take_while(move |(held, _)| {
            let goes = freed < bytes;
            freed += held;
            goes
        })
        .map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_of_them_than_needed() {
        let id = |index| Id {
            index,
            generation: 0,
        };
        let holders = [(50, id(3)), (30, id(1)), (30, id(2)), (1, id(0))];
        let check = |bytes, expected: &[u32]| {
            let gone: Vec<u32> = largest(bytes, &holders).map(|id| id.index).collect();
            assert_eq!(gone, expected);
        };
        check(0, &[]);
        check(1, &[3]);
        check(50, &[3]);
        check(51, &[3, 1]);
        check(111, &[3, 1, 2, 0]);
    }
}
