//! A feed: the bytes of one room in one style, kept once and read by cursor.
//!
//! It is a ring of bytes with absolute 64-bit offsets. Lines are found by their ends and counted from marks
//! at regular distances: an index of all short lines would be larger than the ring. It does not know its
//! readers; feeds.rs and the turn decide what happens to those that lag.
//!
//! Invariant: a line starts at `start`, another ends at `end`, and `end - start` is at most the size of
//! the ring, which is zero or a power of two. All marks are at starts of lines after `start`.

use std::collections::VecDeque;

use crate::fanout::ids::Ids;
use crate::hub::LineId;
use crate::limits::{FEED_FIRST_BYTES, FEED_MARK_BYTES};

/// The ring. Offsets only ever rise; the byte at offset `o` lies at `o & (size - 1)`.
#[derive(Debug)]
pub struct Feed {
    ring: Vec<u8>,
    start: u64,
    end: u64,
    /// Lines before `start`, and before `end`.
    first_line: u64,
    next_line: u64,
    marks: VecDeque<Mark>,
    pub(super) ids: Ids,
    cap: usize,
}

/// A line start, and how many lines were before it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: u64,
    line: u64,
}

impl Feed {
    /// An empty feed, that holds nothing and grows to `cap` bytes (a power of two, at least
    /// [`FEED_FIRST_BYTES`]) and no further.
    pub fn new(cap: usize) -> Feed {
        assert!(cap.is_power_of_two() && cap >= FEED_FIRST_BYTES);
        Feed {
            ring: Vec::new(),
            start: 0,
            end: 0,
            first_line: 0,
            next_line: 0,
            marks: VecDeque::new(),
            ids: Ids::default(),
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

    /// Bytes of memory that it holds, used or not.
    pub fn memory(&self) -> usize {
        self.ring.capacity() + self.marks.capacity() * size_of::<Mark>() + self.ids.memory()
    }

    /// Whether a line of so many bytes can be appended without dropping or growing.
    pub fn fits(&self, len: usize) -> bool {
        self.kept() + len <= self.ring.len()
    }

    /// Append one whole line of the room, which has this id there.
    ///
    /// # Panics
    /// When it does not fit: making room is the caller's decision.
    pub fn append(&mut self, line: &[u8], id: LineId) {
        assert!(
            self.fits(line.len()),
            "a line is appended only where there is room"
        );
        debug_assert_eq!(memchr::memchr(b'\n', line), Some(line.len() - 1));
        let marked = self.marks.back().map_or(self.start, |mark| mark.at);
        if self.end - marked >= FEED_MARK_BYTES as u64 {
            self.marks.push_back(Mark {
                at: self.end,
                line: self.next_line,
            });
        }
        let at = self.index(self.end);
        let before_wrap = line.len().min(self.ring.len() - at);
        self.ring[at..at + before_wrap].copy_from_slice(&line[..before_wrap]);
        self.ring[..line.len() - before_wrap].copy_from_slice(&line[before_wrap..]);
        self.end += line.len() as u64;
        self.next_line += 1;
        self.ids.push(line.len(), id);
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
        if offset <= self.start || offset >= self.end {
            return offset.clamp(self.start, self.end);
        }
        // From the byte before, which may be a line's last.
        let mut at = offset - 1;
        for piece in self.pieces(at, self.end) {
            match memchr::memchr(b'\n', piece) {
                Some(found) => return at + found as u64 + 1,
                None => at += piece.len() as u64,
            }
        }
        self.end
    }

    /// The start of the line that `offset` is in; the offset itself when it is the end.
    pub fn line_of(&self, offset: u64) -> u64 {
        if offset == self.end {
            return offset;
        }
        let [a, b] = self.pieces(self.start, offset);
        let in_b = memchr::memrchr(b'\n', b).map(|found| a.len() + found);
        let found = in_b.or_else(|| memchr::memrchr(b'\n', a));
        found.map_or(self.start, |found| self.start + found as u64 + 1)
    }

    /// How many lines there are between two line starts, of which the second may be the end.
    pub fn lines_between(&self, from: u64, to: u64) -> u64 {
        self.lines_before(to) - self.lines_before(from)
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
        if offset <= self.start {
            return;
        }
        self.first_line = self.lines_before(offset);
        let gone = self.marks.partition_point(|mark| mark.at <= offset);
        self.marks.drain(..gone);
        self.start = offset;
    }

    /// The next larger size, in which a line of `len` bytes has room beside nothing; none at the cap.
    /// A line that is longer than the cap has room all the same.
    pub fn larger(&self, len: usize) -> Option<usize> {
        let least = len.next_power_of_two();
        let size = (self.ring.len() * 2).max(FEED_FIRST_BYTES).max(least);
        (size <= self.cap || self.ring.len() < least).then_some(size)
    }

    /// What it would hold at this size.
    pub fn memory_at(size: usize) -> usize {
        match size {
            0 => 0,
            _ => size + marks_at(size) * size_of::<Mark>() + Ids::memory_at(size),
        }
    }

    /// Hold so many bytes at most: a power of two or nothing, and no less than what is kept.
    pub fn resize(&mut self, size: usize) {
        debug_assert!(size == 0 || size.is_power_of_two());
        debug_assert!(self.kept() <= size);
        let mut ring = vec![0; size];
        let mut at = self.start;
        let pieces = self.pieces(self.start, self.end).into_iter();
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            // A piece may wrap in the new ring where it did not in the old one.
            let index = (at & (size as u64 - 1)) as usize;
            let before_wrap = piece.len().min(size - index);
            let (first, second) = piece.split_at(before_wrap);
            ring[index..][..first.len()].copy_from_slice(first);
            ring[..second.len()].copy_from_slice(second);
            at += piece.len() as u64;
        }
        self.ring = ring;
        let mut marks = VecDeque::with_capacity(if size == 0 { 0 } else { marks_at(size) });
        marks.extend(self.marks.drain(..));
        self.marks = marks;
        self.ids.resize(size > 0);
    }

    /// The smallest size that holds what is kept.
    pub fn tight(&self) -> usize {
        match self.kept() {
            0 => 0,
            kept => kept.next_power_of_two(),
        }
    }

    fn kept(&self) -> usize {
        (self.end - self.start) as usize
    }

    fn index(&self, offset: u64) -> usize {
        // Without a ring there is one place, at which nothing is.
        (offset & (self.ring.len() as u64).saturating_sub(1)) as usize
    }

    /// Lines before a line start or the end.
    fn lines_before(&self, offset: u64) -> u64 {
        let marks = self.marks.partition_point(|mark| mark.at <= offset);
        let mark = match marks {
            _ if offset == self.end => return self.next_line,
            0 => Mark {
                at: self.start,
                line: self.first_line,
            },
            _ => self.marks[marks - 1],
        };
        let pieces = self.pieces(mark.at, offset);
        let ends = pieces.map(|piece| memchr::memchr_iter(b'\n', piece).count());
        mark.line + (ends[0] + ends[1]) as u64
    }

    /// Checks what the top of this file promises; for tests.
    pub fn invariants(&self) {
        let size = self.ring.len();
        assert!(size == 0 || size.is_power_of_two());
        assert!(self.start <= self.end && self.kept() <= size);
        assert_eq!(self.memory(), Feed::memory_at(size), "no more is held");
        let pieces = self.pieces(self.start, self.end);
        let ends = pieces.map(|piece| memchr::memchr_iter(b'\n', piece).count());
        let lines = self.next_line - self.first_line;
        assert_eq!((ends[0] + ends[1]) as u64, lines, "each line has its end");
        let last = pieces.concat().last().copied();
        assert!(last.is_none_or(|byte| byte == b'\n'));
        for mark in &self.marks {
            assert!(self.start < mark.at && mark.at < self.end);
            assert_eq!(self.line_of(mark.at), mark.at, "a mark is a line's");
            assert_eq!(
                self.lines_between(self.start, mark.at),
                mark.line - self.first_line
            );
        }
    }
}

/// Marks that a ring of this size needs at most.
fn marks_at(size: usize) -> usize {
    size / FEED_MARK_BYTES + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FEED_BYTES;

    const ID: LineId = LineId {
        epoch: 1,
        number: 1,
    };

    fn text(feed: &Feed, from: u64, to: u64) -> String {
        String::from_utf8(feed.pieces(from, to).concat()).unwrap()
    }

    #[test]
    fn keeps_lines_by_offset_across_the_wrap() {
        let mut feed = Feed::new(FEED_BYTES);
        let mut starts = Vec::new();
        for n in 0..2000 {
            let line = format!("<ana> line {n}\n");
            if n == 0 {
                feed.resize(FEED_FIRST_BYTES);
            }
            if !feed.fits(line.len()) {
                feed.drop_before(feed.start_with_room_for(line.len()));
            }
            starts.push((feed.end(), line.clone()));
            feed.append(line.as_bytes(), ID);
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
            if !feed.fits(line.len()) {
                let Some(size) = feed.larger(line.len()) else {
                    break;
                };
                feed.resize(size);
            }
            feed.append(line.as_bytes(), ID);
        }
        feed.invariants();
        assert_eq!(feed.capacity(), FEED_BYTES);
        assert!(text(&feed, 0, feed.end()).starts_with("0\n1\n2\n"));

        let tail = feed.line_at_or_after(feed.end() - 1000);
        let expected = text(&feed, tail, feed.end());
        feed.drop_before(tail);
        feed.resize(feed.tight());
        feed.invariants();
        assert_eq!(text(&feed, tail, feed.end()), expected);
        assert_eq!(feed.capacity(), 1024);
        feed.drop_before(feed.end());
        feed.resize(feed.tight());
        feed.invariants();
        assert_eq!(feed.memory(), 0, "what holds nothing costs nothing");
    }

    #[test]
    fn the_index_of_short_lines_is_small() {
        let mut feed = Feed::new(FEED_BYTES);
        feed.resize(FEED_BYTES);
        while feed.fits(7) {
            feed.append(b"<a> x\r\n", ID);
        }
        feed.invariants();
        assert_eq!(feed.lines_between(0, feed.end()), FEED_BYTES as u64 / 7);
        let beside = feed.memory() - FEED_BYTES;
        assert!(beside <= FEED_BYTES / 50, "{beside} bytes beside the ring");
    }

    #[test]
    fn a_line_of_any_length_fits_into_an_empty_feed() {
        let mut feed = Feed::new(FEED_FIRST_BYTES);
        let line = [vec![b'x'; 3 * FEED_FIRST_BYTES], b"\n".to_vec()].concat();
        feed.resize(feed.larger(line.len()).expect("there has to be a size"));
        feed.append(&line, ID);
        feed.invariants();
        assert_eq!(feed.larger(10), None, "it is beyond its cap");
    }

    #[test]
    fn finds_the_line_after_an_offset() {
        let mut feed = Feed::new(FEED_BYTES);
        feed.resize(FEED_FIRST_BYTES);
        for line in ["one\n", "two\n", "three\n"] {
            feed.append(line.as_bytes(), ID);
        }
        assert_eq!(feed.line_at_or_after(0), 0);
        assert_eq!(feed.line_at_or_after(1), 4);
        assert_eq!(feed.line_at_or_after(9), feed.end());
        assert_eq!(
            [0, 1, 4, 9, feed.end()].map(|at| feed.line_of(at)),
            [0, 0, 4, 8, feed.end()]
        );
        assert_eq!(feed.lines_between(4, feed.end()), 2);
    }
}
