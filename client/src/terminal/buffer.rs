//! The text being typed and the cursor in it: motions and changes by letters and words. It knows no keys.
//!
//! Invariant: `cursor` is a grapheme boundary of `text`, so an accent is never separated from its letter
//! and half an emoji is never deleted. `text` holds at most `TEXT_BYTES`; it may hold `'\n'`.

use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

use crate::session::TEXT_BYTES;
use crate::text;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Buffer {
    text: String,
    cursor: usize,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Title,
}

impl Buffer {
    /// This text with the cursor here, or behind the grapheme that is here.
    pub(super) fn new(text: String, cursor: usize) -> Buffer {
        let mut buffer = Buffer { text, cursor };
        buffer.snap();
        buffer
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn move_to(&mut self, at: usize) {
        self.cursor = at;
        self.snap();
    }

    /// Insert a text before the cursor; false when it does not fit.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        self.replace(self.cursor..self.cursor, text)
    }

    /// Put a text in place of another, and the cursor behind it; false when it does not fit.
    pub(super) fn replace(&mut self, range: Range<usize>, text: &str) -> bool {
        if self.text.len() - range.len() + text.len() > TEXT_BYTES {
            return false;
        }
        let start = range.start;
        self.text.replace_range(range, text);
        self.move_to(start + text.len());
        true
    }

    /// Take a part out.
    pub(super) fn cut(&mut self, range: Range<usize>) -> String {
        let part = self.text[range.clone()].to_owned();
        self.replace(range, "");
        part
    }

    /// Exchange the letters around the cursor; at the end of the text, the last two. It fits always.
    pub(super) fn transpose(&mut self) -> bool {
        let mut right = self.clone();
        if self.cursor == self.text.len() {
            right.cursor = self.before();
        }
        let (from, at, to) = (right.before(), right.cursor, right.after());
        let exchanged = [&self.text[at..to], &self.text[from..at]].concat();
        from == at || self.replace(from..to, &exchanged)
    }

    /// Write the rest of the word at the cursor, or the next one, in another way; false when it does not fit.
    pub(super) fn change_case(&mut self, case: Case) -> bool {
        let range = self.cursor..self.word_right();
        let word = &self.text[range.clone()];
        let changed = match case {
            Case::Upper => word.to_uppercase(),
            Case::Lower => word.to_lowercase(),
            Case::Title => {
                let letter = word.find(char::is_alphanumeric).unwrap_or(word.len());
                let mut letters = word[letter..].chars();
                let first = letters.next().map(char::to_uppercase);
                let first: String = first.into_iter().flatten().collect();
                word[..letter].to_owned() + &first + &letters.as_str().to_lowercase()
            }
        };
        self.replace(range, &changed)
    }

    /// The place one grapheme to the left.
    pub(super) fn before(&self) -> usize {
        let last = text::graphemes(self.before_cursor()).next_back();
        last.map_or(0, |(at, _)| at)
    }

    /// The place one grapheme to the right.
    pub(super) fn after(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        let next = cursor.next_boundary(&self.text, 0);
        next.ok().flatten().unwrap_or(self.text.len())
    }

    /// The beginning of the word that ends behind the cursor, or of the one before it.
    pub(super) fn word_left(&self) -> usize {
        let mut left = text::words(&self.text).take_while(|(at, _)| *at < self.cursor);
        left.by_ref().last().map_or(0, |(at, _)| at)
    }

    /// The end of the word at the cursor or of the next one.
    pub(super) fn word_right(&self) -> usize {
        let mut ends = text::words(&self.text).map(|(at, word)| at + word.len());
        ends.find(|&end| end > self.cursor && self.is_boundary(end))
            .unwrap_or(self.text.len())
    }

    /// The beginning of what stands between spaces before the cursor.
    pub(super) fn spaced_left(&self) -> usize {
        let is_space = |grapheme: &str| grapheme == " " || grapheme == "\n";
        let word = text::graphemes(self.before_cursor())
            .rev()
            .skip_while(|(_, grapheme)| is_space(grapheme))
            .take_while(|(_, grapheme)| !is_space(grapheme));
        word.last().map_or(0, |(at, _)| at)
    }

    pub(super) fn is_boundary(&self, at: usize) -> bool {
        // With the whole text as the only chunk, these cursors always have enough context.
        GraphemeCursor::new(at, self.text.len(), true)
            .is_boundary(&self.text, 0)
            .unwrap_or(true)
    }

    /// After an edit the text left and right of the cursor can be one grapheme (a letter before an
    /// accent): then the cursor goes behind it.
    fn snap(&mut self) {
        if !self.is_boundary(self.cursor) {
            self.cursor = self.after();
        }
    }
}
