//! Bytes to lines: what one conn has sent and nobody has handled yet.

/// One line, or the news that one was too long.
#[derive(PartialEq, Eq, Debug)]
pub enum Frame<'a> {
    /// A line without its LF and the CR before it.
    Line(&'a [u8]),
    /// A line over `LINE_BYTES` came to its end; it was dropped as a whole.
    TooLong,
}

/// The read buffer of one conn.
#[derive(Default, Debug)]
pub struct Inbox {}

impl Inbox {
    /// Add what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        todo!("{bytes:?}")
    }

    /// The next whole line, if there is one.
    pub fn next_line(&mut self) -> Option<Frame<'_>> {
        todo!()
    }

    /// Whether `next_line` has something to give.
    pub fn has_line(&self) -> bool {
        todo!()
    }

    /// The input has ended: what is left without a line end becomes the last line.
    pub fn end(&mut self) {
        todo!()
    }
}
