//! Bytes to lines: the input of one conn that is not handled yet.
//!
//! A line ends in LF or CR LF, or in CR if the conn never sends an LF. The work is linear: every
//! byte is looked at once, and an offset skips lines that were returned. An overlong line is
//! dropped while it comes and reported once, at its end. It knows no sockets and no texts: a CR
//! inside a line is left for `clean`. Erase keys (editing.rs) have been applied to the lines
//! returned.
//!
//! Invariant: `start <= scanned <= bytes.len()`, no LF in `start..scanned`, and an LF at `scanned`
//! unless that is the end. So there is a complete line exactly if `scanned` is not the end.

use crate::dialect::editing::{Line, edit};
use crate::hub::Time;
use crate::limits::{CHUNK_SILENCE, ENDLESS_BYTES, LETTER_SILENCE, LINE_BYTES, RETURN_SILENCE};

/// How the bytes of a conn become lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Framing {
    /// A line ends at a line end: nc, telnet and papo. None has come yet.
    #[default]
    Lines,
    /// The same, and an LF has come: from now on only LF ends a line.
    Newlines,
    /// A CR has come and never an LF: if none comes until then, CR ends lines.
    Return {
        /// The deadline.
        until: Time,
    },
    /// CR ends a line, as from a terminal in raw mode, until an LF comes.
    Returns,
    /// The end of each read ends a line too. For clients that send each message at once without a
    /// line end. Two messages that arrive in one read are one: nothing tells them apart.
    Chunks,
    /// Nothing has come yet.
    Unknown,
    /// Something has come, without a line end and not letter by letter: if nothing more comes until
    /// then, the conn is `Chunks`.
    Guessing {
        /// The deadline.
        until: Time,
    },
    /// Taken for `Chunks` after a silence. If a line end or a single letter comes soon, somebody is
    /// typing and had paused: what was taken for a message was the beginning of a line.
    Guessed {
        /// The end of "soon".
        until: Time,
    },
}

impl Framing {
    /// The state after these bytes.
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
            // A program that sends again before its first message was taken for one.
            Framing::Guessing { .. } if !bytes.is_empty() && !is_typed(bytes) => {
                Framing::Guessing {
                    until: now + LETTER_SILENCE,
                }
            }
            // More has come: a user at a terminal that sends each key.
            Framing::Guessing { .. } | Framing::Guessed { .. } => Framing::Lines,
            Framing::Lines | Framing::Unknown => self,
        }
    }

    /// Whether there are line ends, once that is known or guessed.
    pub fn has_line_ends(self) -> Option<bool> {
        match self {
            Framing::Unknown | Framing::Guessing { .. } => None,
            Framing::Chunks | Framing::Guessed { .. } => Some(false),
            _ => Some(true),
        }
    }

    /// When silence decides, if it does in this state.
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

/// Whether these bytes were typed, rather than sent by a program: a single letter, or bytes that
/// end a line. A program may have line ends inside a message.
fn is_typed(bytes: &[u8]) -> bool {
    let is_letter = || std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1);
    bytes.len() <= char::MAX.len_utf8() && is_letter() || matches!(bytes, [.., b'\r' | b'\n'])
}

/// A line, or the report of an overlong one.
#[derive(PartialEq, Eq, Debug)]
pub enum Frame<'a> {
    /// A line.
    Line(Line<'a>),
    /// A line over `LINE_BYTES` has ended; it was dropped as a whole.
    TooLong,
}

/// The input buffer of one conn. It holds at most one unfinished line of `LINE_BYTES` and its CR,
/// plus one `push`; a caller that pushes while `has_line` adds to that.
///
/// It owns no memory after `next_line` returned `None` without an unfinished line, so a silent conn
/// costs nothing. The price is a small allocation for each read, tens of nanoseconds; a permanent
/// buffer would be most of the cost of an idle conn.
#[derive(Default, Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// The beginning of the current line: everything before was returned or dropped.
    start: usize,
    /// Where the search for the end of the current line continues.
    scanned: usize,
    /// Bytes dropped of the current line: if not 0, it is too long.
    dropped: u32,
    /// The rest of the line end of a line that was ended early.
    owed: Owed,
}

/// The rest of a line end that may still come after its line was ended early. It must not count as
/// an empty line, which would cancel a question for a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Owed {
    /// The line end has come.
    #[default]
    Nothing,
    /// Its CR has come.
    Newline,
    /// Nothing of it has come.
    All,
}

impl Inbox {
    /// Adds input.
    pub fn push(&mut self, bytes: &[u8]) {
        let bytes = self.take_owed(bytes);
        self.add(bytes);
    }

    /// The same if CR ends a line and no LF has come.
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

    /// Removes the rest of the previous line's end.
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

    /// The next complete line.
    pub fn next_line(&mut self) -> Option<Frame<'_>> {
        if !self.has_line() {
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

    /// Whether `next_line` has a line.
    pub fn has_line(&self) -> bool {
        self.scanned < self.bytes.len()
    }

    /// The input has ended: text without a line end becomes the last line.
    pub fn end(&mut self) {
        let last = self.bytes[self.start..].last();
        if last.map_or(self.dropped > 0, |&byte| byte != b'\n') {
            let has_return = self.bytes.ends_with(b"\r");
            // Otherwise one byte could double the memory.
            self.bytes.reserve_exact(1);
            self.add(b"\n");
            self.owed = if has_return { Owed::Newline } else { Owed::All };
        }
    }

    /// Text without a line end is not handled.
    pub fn drop_unfinished(&mut self) {
        let end = memchr::memrchr(b'\n', &self.bytes).map_or(self.start, |at| at + 1);
        self.bytes.truncate(end.max(self.start));
        self.scanned = self.scanned.min(self.bytes.len());
        self.dropped = 0;
    }

    /// The beginning of an unfinished line.
    pub fn unfinished(&self) -> &[u8] {
        &self.bytes[self.start..self.scanned]
    }

    /// Whether the unfinished line is too long, so that its beginning was dropped.
    pub fn drops(&self) -> bool {
        self.dropped > 0
    }

    /// Whether so much has come without a line end that this cannot be a user.
    pub fn is_endless(&self) -> bool {
        self.dropped as usize >= ENDLESS_BYTES
    }

    /// Bytes not returned yet.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Bytes of memory allocated.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether everything was returned.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives back the memory of returned lines, for another inbox. `push` does it before it adds, the
    /// caller of `next_line` when no line is left.
    pub fn release(&mut self) -> Vec<u8> {
        if self.start == 0 {
            return Vec::new();
        }
        // A copy instead of a move: the rest is short, the buffer may be large.
        let rest = self.bytes[self.start..].to_vec();
        self.scanned -= self.start;
        self.start = 0;
        std::mem::replace(&mut self.bytes, rest)
    }

    /// Use this buffer, if there is none yet.
    pub fn adopt(&mut self, mut buffer: Vec<u8>) {
        if self.bytes.capacity() == 0 {
            buffer.clear();
            self.bytes = buffer;
        }
    }

    /// Searches the end of the current line; drops the line if it can only be too long.
    fn scan(&mut self) {
        let rest = &self.bytes[self.scanned..];
        self.scanned += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &self.bytes[self.start..self.scanned];
        // A CR at the end may be half of a CR LF, or a line end itself.
        if !self.has_line() && (self.dropped > 0 || text(line).len() > LINE_BYTES) {
            let kept = line.len() - line.strip_suffix(b"\r").unwrap_or(line).len();
            self.dropped = self.dropped.saturating_add((line.len() - kept) as u32);
            self.start = self.scanned - kept;
        }
    }
}

/// Turns CR into LF.
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
