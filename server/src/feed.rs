//! A feed: the bytes of one room in one style, kept once and read by cursor.
//!
//! A ring of bytes with absolute 64-bit offsets, and the offset at which each kept line starts.
//! It knows nothing of its readers: who may lag, and what happens to them, is decided above.
//!
//! Invariant: `start <= every line start < end`, the first line kept starts at `start`,
//! and `end - start <= capacity`, a power of two.

use std::collections::VecDeque;

use crate::limits::FEED_FIRST_BYTES;

/// The ring. Offsets only ever rise; the byte at offset `o` lies at `o & (capacity - 1)`.
#[derive(Debug)]
pub struct Feed {
    ring: Vec<u8>,
    start: u64,
    end: u64,
    lines: VecDeque<u64>,
    cap: usize,
}

impl Feed {
    /// An empty feed of the first size, that grows to `cap` bytes (a power of two, at least
    /// [`FEED_FIRST_BYTES`]) and no further.
    pub fn new(cap: usize) -> Feed {
        assert!(cap.is_power_of_two() && cap >= FEED_FIRST_BYTES);
        Feed {
            ring: vec![0; FEED_FIRST_BYTES],
            start: 0,
            end: 0,
            lines: VecDeque::new(),
            cap,
        }
    }

    /// The offset of the oldest byte kept; a line starts there (or the feed is empty).
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The offset after the newest byte; a line ends there.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many bytes it can keep.
    pub fn capacity(&self) -> usize {
        self.ring.len()
    }

    /// Whether a line of so many bytes can be appended without dropping or growing.
    pub fn fits(&self, len: usize) -> bool {
        self.kept() + len <= self.ring.len()
    }

    /// Append one whole line.
    ///
    /// # Panics
    /// When it does not fit: making room is the caller's decision.
    pub fn append(&mut self, line: &[u8]) {
        assert!(
            self.fits(line.len()),
            "a line is appended only where there is room"
        );
        self.lines.push_back(self.end);
        let at = self.index(self.end);
        let before_wrap = line.len().min(self.ring.len() - at);
        self.ring[at..at + before_wrap].copy_from_slice(&line[..before_wrap]);
        self.ring[..line.len() - before_wrap].copy_from_slice(&line[before_wrap..]);
        self.end += line.len() as u64;
    }

    /// The bytes of a range, in one or two pieces (the second is empty unless the range wraps).
    pub fn pieces(&self, from: u64, to: u64) -> [&[u8]; 2] {
        debug_assert!(self.start <= from && from <= to && to <= self.end);
        let len = (to - from) as usize;
        let at = self.index(from);
        let before_wrap = len.min(self.ring.len() - at);
        [
            &self.ring[at..at + before_wrap],
            &self.ring[..len - before_wrap],
        ]
    }

    /// The first line start at or after `offset`; the end of the feed when there is none.
    pub fn line_at_or_after(&self, offset: u64) -> u64 {
        let index = self.lines.partition_point(|&line| line < offset);
        self.lines.get(index).copied().unwrap_or(self.end)
    }

    /// The start of the line that `offset` is in; the offset itself when it is the end.
    pub fn line_of(&self, offset: u64) -> u64 {
        if offset == self.end {
            return offset;
        }
        let index = self.lines.partition_point(|&line| line <= offset);
        self.lines[index - 1]
    }

    /// How many lines start in `from..to`.
    pub fn lines_between(&self, from: u64, to: u64) -> u64 {
        let first = self.lines.partition_point(|&line| line < from);
        let last = self.lines.partition_point(|&line| line < to);
        (last - first) as u64
    }

    /// Where the feed would start if room were made for a line of `len` bytes: at a whole line, and
    /// a quarter of the ring further at least, so that looking for laggards is rare (once in a
    /// quarter of a ring, whatever the number of readers).
    pub fn start_with_room_for(&self, len: usize) -> u64 {
        let missing = (self.kept() + len).saturating_sub(self.ring.len());
        self.line_at_or_after(self.start + missing.max(self.ring.len() / 4) as u64)
    }

    /// Forget everything before `offset`, which is a line start or the end.
    pub fn drop_before(&mut self, offset: u64) {
        debug_assert!(offset <= self.end);
        let gone = self.lines.partition_point(|&line| line < offset);
        self.lines.drain(..gone);
        self.start = self.start.max(offset);
    }

    /// Twice the capacity; false when it is at its cap already.
    pub fn grow(&mut self) -> bool {
        let room = self.ring.len() < self.cap;
        if room {
            self.resize(self.ring.len() * 2);
        }
        room
    }

    /// Half the capacity, when it is above the first size and what is kept needs a quarter at most.
    pub fn shrink(&mut self) {
        if self.ring.len() > FEED_FIRST_BYTES && self.kept() <= self.ring.len() / 4 {
            self.resize(self.ring.len() / 2);
            self.lines.shrink_to(self.lines.len() * 2);
        }
    }

    fn kept(&self) -> usize {
        (self.end - self.start) as usize
    }

    fn index(&self, offset: u64) -> usize {
        (offset & (self.ring.len() as u64 - 1)) as usize
    }

    fn resize(&mut self, capacity: usize) {
        debug_assert!(capacity.is_power_of_two() && self.kept() <= capacity);
        let mut ring = vec![0; capacity];
        let mut at = self.start;
        for piece in self.pieces(self.start, self.end) {
            // A piece may wrap in the new ring where it did not in the old one.
            for &byte in piece {
                ring[(at & (capacity as u64 - 1)) as usize] = byte;
                at += 1;
            }
        }
        self.ring = ring;
    }

    /// Checks what the top of this file promises; for tests.
    pub fn invariants(&self) {
        assert!(self.ring.len().is_power_of_two() && self.ring.len() <= self.cap);
        assert!(self.start <= self.end && self.kept() <= self.ring.len());
        assert!(
            self.lines
                .iter()
                .zip(self.lines.iter().skip(1))
                .all(|(a, b)| a < b)
        );
        assert_eq!(self.lines.front().copied().unwrap_or(self.end), self.start);
        assert!(self.lines.back().is_none_or(|&line| line < self.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FEED_BYTES;

    fn text(feed: &Feed, from: u64, to: u64) -> String {
        String::from_utf8(feed.pieces(from, to).concat()).unwrap()
    }

    #[test]
    fn keeps_lines_by_offset_across_the_wrap() {
        let mut feed = Feed::new(FEED_BYTES);
        let mut starts = Vec::new();
        for n in 0..2000 {
            let line = format!("<ana> line {n}\n");
            if !feed.fits(line.len()) {
                feed.drop_before(feed.start_with_room_for(line.len()));
            }
            starts.push((feed.end(), line.clone()));
            feed.append(line.as_bytes());
            feed.invariants();
        }
        let mut kept = 0;
        for (start, line) in starts.iter().filter(|(start, _)| *start >= feed.start()) {
            assert_eq!(text(&feed, *start, start + line.len() as u64), *line);
            kept += 1;
        }
        assert_eq!(feed.lines_between(feed.start(), feed.end()), kept);
        assert!(kept > 100, "three quarters of a ring stay");
    }

    #[test]
    fn growing_and_shrinking_keep_every_byte() {
        let mut feed = Feed::new(FEED_BYTES);
        for n in 0.. {
            let line = format!("{n}\n");
            if !feed.fits(line.len()) && !feed.grow() {
                break;
            }
            feed.append(line.as_bytes());
        }
        feed.invariants();
        assert_eq!(feed.capacity(), FEED_BYTES);
        assert!(text(&feed, 0, feed.end()).starts_with("0\n1\n2\n"));

        let tail = feed.line_at_or_after(feed.end() - 1000);
        let expected = text(&feed, tail, feed.end());
        feed.drop_before(tail);
        while feed.capacity() > FEED_FIRST_BYTES {
            feed.shrink();
            feed.invariants();
        }
        assert_eq!(text(&feed, tail, feed.end()), expected);
    }

    #[test]
    fn finds_the_line_after_an_offset() {
        let mut feed = Feed::new(FEED_BYTES);
        for line in ["one\n", "two\n", "three\n"] {
            feed.append(line.as_bytes());
        }
        assert_eq!(feed.line_at_or_after(0), 0);
        assert_eq!(feed.line_at_or_after(1), 4);
        assert_eq!(feed.line_at_or_after(9), feed.end());
        assert_eq!(
            [0, 1, 4, 9, feed.end()].map(|at| feed.line_of(at)),
            [0, 0, 4, 8, feed.end()]
        );
        assert_eq!(feed.lines_between(1, 9), 2);
    }
}
