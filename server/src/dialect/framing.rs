//! Bytes to lines: what one conn has sent and nobody has handled yet.
//!
//! A line ends in LF or CR LF, or in CR where no LF ever comes. Work is linear in what was sent: every
//! byte is looked at once, and what was handed out is skipped by an offset, never moved. An overlong line is dropped while it
//! streams and reported once, at its end. It knows no sockets and no text: a CR inside a line is
//! left for `clean`. What erases (editing.rs) has done so in a line that is handed out.
//!
//! Invariant: `start <= scanned <= bytes.len()`, no LF in `start..scanned`, and an LF at `scanned`
//! unless that is the end. So there is a whole line exactly if `scanned` is not the end.

use crate::dialect::editing::{Line, edit};
use crate::hub::Time;
use crate::limits::{CHUNK_SILENCE, ENDLESS_BYTES, LETTER_SILENCE, LINE_BYTES, RETURN_SILENCE};

/// How the bytes of a conn become lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Framing {
    /// A line ends where a line end is: nc, telnet and papo. None has come yet.
    #[default]
    Lines,
    /// The same, and an LF has come: only LF ends a line from then on.
    Newlines,
    /// A CR has come and never an LF: if none comes until then, CR ends lines.
    Return {
        /// When that is certain enough.
        until: Time,
    },
    /// CR ends a line, as Enter does at a terminal in raw mode, until an LF comes.
    Returns,
    /// What one read brings ends with it; line ends in it end lines, too. For clients that send each
    /// message at once and no line end. Two messages that arrive in one read are one: nothing tells
    /// them apart.
    Chunks,
    /// Not known yet, nothing has come.
    Unknown,
    /// Something has come in one read, and no line end in it: if nothing more comes until then, the
    /// conn is of the `Chunks` kind.
    Guessing {
        /// When that is certain enough.
        until: Time,
    },
    /// Taken for the `Chunks` kind by that silence alone. If what comes next is a line end or a single
    /// letter, and soon, somebody types who had paused: what was taken for a message began a line.
    Guessed {
        /// Until when that may turn out.
        until: Time,
    },
}

impl Framing {
    /// What it is once these bytes have come.
    pub fn after(self, now: Time, bytes: &[u8], is_telnet: bool) -> Framing {
        match self {
            Framing::Newlines | Framing::Chunks => self,
            Framing::Guessed { .. } if bytes.is_empty() => self,
            Framing::Guessed { until } if now >= until || !is_typed(bytes) => Framing::Chunks,
            _ if bytes.contains(&b'\n') => Framing::Newlines,
            Framing::Return { .. } | Framing::Returns => self,
            _ if bytes.contains(&b'\r') => Framing::Return {
                until: now + RETURN_SILENCE,
            },
            Framing::Unknown if is_telnet => Framing::Lines,
            Framing::Unknown if is_typed(bytes) => Framing::Guessing {
                until: now + LETTER_SILENCE,
            },
            Framing::Unknown if !bytes.is_empty() => Framing::Guessing {
                until: now + CHUNK_SILENCE,
            },
            // More has come: somebody who types, whose terminal sends each key.
            Framing::Guessing { .. } | Framing::Guessed { .. } => Framing::Lines,
            Framing::Lines | Framing::Unknown => self,
        }
    }

    /// When the silence tells what it is, if it may.
    pub fn until(self) -> Option<Time> {
        match self {
            Framing::Guessing { until } | Framing::Return { until } => Some(until),
            Framing::Lines
            | Framing::Newlines
            | Framing::Returns
            | Framing::Chunks
            | Framing::Guessed { .. }
            | Framing::Unknown => None,
        }
    }
}

/// Whether this came from a hand rather than from a program that sends messages: it is a single letter,
/// or ends a line. A program may have line ends inside a message.
fn is_typed(bytes: &[u8]) -> bool {
    let is_letter = || std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1);
    bytes.len() <= char::MAX.len_utf8() && is_letter() || matches!(bytes, [.., b'\r' | b'\n'])
}

/// One line, or the news that one was too long.
#[derive(PartialEq, Eq, Debug)]
pub enum Frame<'a> {
    /// A line.
    Line(Line<'a>),
    /// A line over `LINE_BYTES` came to its end; it was dropped as a whole.
    TooLong,
}

/// The read buffer of one conn. It holds at most one unfinished line of `LINE_BYTES` and its CR,
/// besides what one `push` brought; a caller that pushes while `has_line` adds that push to it.
///
/// It owns no memory when `next_line` has said `None` and no line is unfinished, so that a conn
/// that is silent costs nothing. The price is one small allocation for each read, tens of
/// nanoseconds; a buffer kept for each conn would be most of what an idle one costs.
#[derive(Default, Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// Where the current line begins: everything before was handed out or dropped.
    start: usize,
    /// Where to look on for the end of the current line.
    scanned: usize,
    /// Bytes of the current line that were dropped: it is too long if there are any.
    dropped: u32,
    /// What of its line end may still come for a line that was ended before that.
    owed: Owed,
}

/// What is left of the end of a line that was ended early: it is no empty line when it comes, which
/// would take back a question for a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Owed {
    /// The line end was there.
    #[default]
    Nothing,
    /// Its CR was there.
    Newline,
    /// None of it was there.
    All,
}

impl Inbox {
    /// Add what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        let bytes = self.take_owed(bytes);
        self.add(bytes);
    }

    /// The same where CR ends a line and no LF has come.
    pub fn push_returns(&mut self, bytes: &mut [u8]) {
        let owed = self.take_owed(bytes).len();
        let from = bytes.len() - owed;
        let bytes = &mut bytes[from..];
        if bytes.ends_with(b"\r") {
            self.owed = Owed::Newline;
        }
        returns_to_newlines(bytes);
        self.add(bytes);
    }

    fn add(&mut self, bytes: &[u8]) {
        self.release();
        self.bytes.extend_from_slice(bytes);
        self.scan();
        if !self.has_line() {
            self.release();
        }
    }

    /// Without what belongs to the line before.
    fn take_owed<'a>(&mut self, mut bytes: &'a [u8]) -> &'a [u8] {
        while let [first, rest @ ..] = bytes {
            self.owed = match (self.owed, first) {
                (Owed::All, b'\r') => Owed::Newline,
                (Owed::All | Owed::Newline, b'\n') => Owed::Nothing,
                _ => {
                    self.owed = Owed::Nothing;
                    return bytes;
                }
            };
            bytes = rest;
        }
        bytes
    }

    /// The next whole line, if there is one.
    pub fn next_line(&mut self) -> Option<Frame<'_>> {
        if !self.has_line() {
            self.release();
            return None;
        }
        let start = self.start;
        let len = text(&self.bytes[start..self.scanned]).len();
        let too_long = self.dropped > 0 || len > LINE_BYTES;
        self.start = self.scanned + 1;
        self.scanned = self.start;
        self.dropped = 0;
        self.scan();
        if too_long {
            return Some(Frame::TooLong);
        }
        let (len, is_torn) = edit(&mut self.bytes[start..start + len]);
        let bytes = &self.bytes[start..start + len];
        Some(Frame::Line(Line { bytes, is_torn }))
    }

    /// No LF ever came: every CR of the unfinished line ends one.
    pub fn end_at_returns(&mut self) {
        let unfinished = &mut self.bytes[self.start..];
        if unfinished.ends_with(b"\r") {
            self.owed = Owed::Newline;
        }
        returns_to_newlines(unfinished);
        self.scanned = self.start;
        self.scan();
    }

    /// Whether `next_line` has something to give.
    pub fn has_line(&self) -> bool {
        self.scanned < self.bytes.len()
    }

    /// The input has ended: what is left without a line end becomes the last line.
    pub fn end(&mut self) {
        let unfinished = match self.bytes[self.start..].last() {
            Some(&byte) => byte != b'\n',
            None => self.dropped > 0,
        };
        if unfinished {
            let has_return = self.bytes.ends_with(b"\r");
            // Not twice the memory for one byte.
            self.bytes.reserve_exact(1);
            self.add(b"\n");
            self.owed = if has_return { Owed::Newline } else { Owed::All };
        }
    }

    /// What has come of a line that has not ended.
    pub fn unfinished(&self) -> &[u8] {
        &self.bytes[self.start..self.scanned]
    }

    /// Whether so much has come without a line end that the conn is no user of ours.
    pub fn is_endless(&self) -> bool {
        self.dropped as usize >= ENDLESS_BYTES
    }

    /// Bytes that were read and not handed out.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether everything was handed out.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Give back the memory of what was handed out. `next_line` does it with its `None`, `push`
    /// before it adds; a caller that stops at a budget of lines does it when none is left.
    pub fn release(&mut self) {
        if self.start > 0 {
            // A copy, and no move inside: what is left is short, the buffer may be large.
            self.bytes = self.bytes[self.start..].to_vec();
            self.scanned -= self.start;
            self.start = 0;
        }
    }

    /// Look for the end of the current line; drop what has come of it when it can only be too long.
    fn scan(&mut self) {
        let rest = &self.bytes[self.scanned..];
        self.scanned += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &self.bytes[self.start..self.scanned];
        // A CR at the end may be half of a CR LF, or a line end of its own.
        if !self.has_line() && (self.dropped > 0 || text(line).len() > LINE_BYTES) {
            let kept = line.len() - line.strip_suffix(b"\r").unwrap_or(line).len();
            self.dropped = self.dropped.saturating_add((line.len() - kept) as u32);
            self.start = self.scanned - kept;
        }
    }
}

/// CR as a line end.
pub fn returns_to_newlines(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte == b'\r') {
        *byte = b'\n';
    }
}

/// A line without the CR before its LF.
fn text(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
