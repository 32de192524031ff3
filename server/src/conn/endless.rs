//! Conns whose clients send no line ends: these show what they read by itself, and get it in pieces. And the last line
//! of any conn, if it has no end.
//!
//! It knows no chat and makes no system call.

use std::borrow::Cow;

use super::{Conn, ConnDefaults, Phase, Then};
use crate::dialect::framing::Framing;
use crate::dialect::{self, Clock, Dialect, Ids, Style};
use crate::hub::{Gone, Notice, Replay, Time};
use crate::limits::{FLUSH_WITHIN, PARTING_BYTES, PIECE_BYTES, PRIVATE_BYTES};
use crate::transport::Input;
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
    /// All that it sent has been read; an unterminated line counts as its last one. Programs with tags end their
    /// lines: of them it is a part of one, which they will send again.
    pub fn end_input(&mut self, orderly: bool) {
        self.wire.input = Input::Ended { orderly };
        let is_part_of_resume = self.intake.inbox.unfinished().starts_with(b"/resume ");
        match self.style.ids == Ids::Tags || is_part_of_resume {
            true => self.intake.inbox.drop_unfinished(),
            false => self.intake.end(),
        }
    }

    /// The connection has ended without a word about it. Over TLS somebody on the way could have done that in the
    /// middle of a line, which then does not count.
    pub fn end_broken(&mut self, orderly: bool) {
        if self.wire.transport.is_secure() {
            self.intake.end_returns();
            self.intake.inbox.drop_unfinished();
        }
        self.end_input(orderly);
    }

    /// What goes out is cut if it sends no line ends; while that is not known, it stays as it is.
    pub fn fit_transport(&mut self, now: Time) {
        match self.intake.sends_line_ends() {
            Some(false) => self.wire.transport.cut(now, Some(ends_of(self.style))),
            Some(true) if self.wire.transport.is_cut() => self.wire.transport.cut(now, None),
            Some(true) | None => {}
        }
    }

    /// Appends a notice to nothing. Lines of before that it did not ask for are to fit one read.
    pub fn render(&self, clock: Clock, notice: &Notice, out: &mut Vec<u8>) {
        dialect::render(self.style, clock, notice, out);
        let mut notice = Cow::Borrowed(notice);
        while out.len() > PIECE_BYTES
            && self.wire.transport.is_cut()
            && let Some(fewer) = without_the_oldest(&notice)
        {
            out.clear();
            dialect::render(self.style, clock, &fewer, out);
            notice = Cow::Owned(fewer);
        }
    }

    /// How much of what is unread of rooms it still gets when it leaves: cut into pieces, that takes time.
    pub fn parting_bytes(&self) -> usize {
        match self.wire.transport.is_cut() {
            true => PARTING_BYTES.saturating_sub(self.reader.private()),
            false => PRIVATE_BYTES,
        }
    }

    /// Its input counts no more; it has the time to take what it is owed.
    pub fn close_after(&mut self, now: Time, then: Then) {
        let within = FLUSH_WITHIN + self.wire.transport.time_for(self.reader.private());
        let until = now + within;
        self.phase = Phase::Closing { until, then };
    }
}

/// Lines of before that are told at a join, without the oldest one; none if that is the only one.
fn without_the_oldest(notice: &Notice) -> Option<Notice> {
    match notice.clone() {
        Notice::History {
            room,
            lines,
            mut said,
            replay: replay @ Replay::AtJoin,
        } if said.len() > 1 => {
            said.remove(0);
            Some(Notice::History {
                room,
                lines,
                said,
                replay,
            })
        }
        _ => None,
    }
}

/// Clients of these systems print a line end of their own after each read.
fn ends_of(style: Style) -> Ends {
    match style.dialect {
        Dialect::Relay | Dialect::Vpn | Dialect::Rede => Ends::Dropped,
        Dialect::Text | Dialect::TChat | Dialect::Web | Dialect::Events(_) => Ends::Kept,
    }
}
