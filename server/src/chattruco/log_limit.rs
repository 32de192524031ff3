//! Limits how often something is logged: one event now and then, with the number of those in
//! between.

use log::Level;

use super::Out;
use super::limits::DATAGRAM_LOG;
use crate::hub::Time;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct LogLimit {
    next: Time,
    unsaid: u64,
}

impl LogLimit {
    pub(super) fn say(&mut self, now: Time, level: Level, line: String, out: &mut Vec<Out>) {
        if now < self.next {
            self.unsaid += 1;
            return;
        }
        let line = match std::mem::take(&mut self.unsaid) {
            0 => line,
            unsaid => format!("{line}, and {unsaid} like it before"),
        };
        self.next = now + DATAGRAM_LOG;
        out.push(Out::Log(level, line));
    }
}
