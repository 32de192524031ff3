//! Conns whose clients send no line ends: these show what they read by itself, and get it in pieces.
//!
//! It knows no chat and makes no system call.

use super::{Conn, ConnDefaults, Phase, Then};
use crate::dialect::framing::Framing;
use crate::dialect::{self, Clock, Dialect, Style};
use crate::hub::{Gone, Notice, Replay, Time};
use crate::limits::{FLUSH_WITHIN, PIECE_BYTES};
use crate::transport::pieces::Ends;

impl ConnDefaults {
    /// What becomes of the line ends of what goes out, if it is known to be cut.
    pub(super) fn ends(&self) -> Option<Ends> {
        (self.framing == Framing::Chunks).then(|| ends_of(self.style))
    }

    /// The only words for one that is not let in.
    pub fn refusal(&self, why: Gone) -> Vec<u8> {
        let mut words = Vec::new();
        let bye = Notice::Bye { name: None, why };
        dialect::render(self.style, Clock::default(), &bye, &mut words);
        if self.ends() == Some(Ends::Dropped) {
            words.pop();
        }
        words
    }
}

impl<Socket> Conn<Socket> {
    /// What goes out is cut if it sends no line ends; while that is not known, it stays as it is.
    pub fn fit_transport(&mut self, now: Time) {
        match self.intake.sends_line_ends() {
            Some(false) => self.wire.transport.cut(now, Some(ends_of(self.style))),
            Some(true) if self.wire.transport.is_cut() => self.wire.transport.cut(now, None),
            Some(true) | None => {}
        }
    }

    /// A notice was rendered for it. Lines of before that it did not ask for are to fit one read.
    pub fn shorten(&self, notice: &Notice, rendered: &mut Vec<u8>) {
        let replay = match notice {
            Notice::History { replay, .. } => *replay,
            _ => return,
        };
        if replay == Replay::AtJoin && self.wire.transport.is_cut() {
            rendered.drain(..newest(rendered, PIECE_BYTES));
        }
    }

    /// Its input counts no more; it has the time to take what it is owed.
    pub fn close_after(&mut self, now: Time, then: Then) {
        let within = FLUSH_WITHIN + self.wire.transport.time_for(self.reader.private());
        let until = now + within;
        self.phase = Phase::Closing { until, then };
    }
}

/// Where the last lines begin that have at most so many bytes; at least one.
fn newest(lines: &[u8], most: usize) -> usize {
    let last = lines.len().saturating_sub(1);
    let begins = |at: &usize| *at == 0 || lines[*at - 1] == b'\n';
    let fits = (lines.len().saturating_sub(most)..last).find(begins);
    let last = || (0..last).rev().find(begins);
    fits.or_else(last).unwrap_or(0)
}

/// Clients of these systems print a line end of their own after each read.
fn ends_of(style: Style) -> Ends {
    match style.dialect {
        Dialect::Relay | Dialect::Vpn | Dialect::Rede => Ends::Dropped,
        Dialect::Text | Dialect::TChat => Ends::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_that_fit_are_kept() {
        let lines = b"one\ntwo\nthree\n";
        for (most, begin) in [(14, 0), (13, 4), (10, 4), (9, 8), (6, 8), (5, 8), (0, 8)] {
            assert_eq!(newest(lines, most), begin, "{most}");
        }
        assert_eq!(newest(b"", 5), 0);
    }
}
