//! Bytes of the server to lines of clean text, wherever the reads cut them.
//!
//! Memory is bounded by `LINE_BYTES`: the rest of a longer line is dropped as it comes, and the cut is
//! marked. Invariant: every line returned has passed `text::received`.

use crate::text;

/// Longest line that is kept. The longest one of an honest server lists 200 names of 20 characters
/// with up to 4 bytes each and a comma: 16.4 KiB.
const LINE_BYTES: usize = 32 * 1024;

/// What follows a line whose rest was dropped.
const CUT: char = '…';

/// The splitter, with the line that is still incomplete.
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
    is_cut: bool,
}

impl Lines {
    /// Take what was read and append the lines that it completes.
    pub fn push(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        let mut pieces = bytes.split(|&b| b == b'\n');
        // `split` gives at least one piece; every further one stands behind a line end.
        self.keep(pieces.next().unwrap_or_default());
        for piece in pieces {
            lines.push(self.take());
            self.keep(piece);
        }
    }

    /// Handle the end of the stream: what is left without a line end is a line too.
    pub fn end(&mut self) -> Option<String> {
        (!self.partial.is_empty()).then(|| self.take())
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = LINE_BYTES - self.partial.len();
        self.is_cut |= piece.len() > room;
        self.partial
            .extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn take(&mut self) -> String {
        let bytes = self.partial.strip_suffix(b"\r").unwrap_or(&self.partial);
        let mut line = text::received(bytes);
        if self.is_cut {
            line.push(CUT);
        }
        self.partial.clear();
        self.is_cut = false;
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(bytes: &[u8]) -> Vec<String> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        lines.push(bytes, &mut found);
        found.extend(lines.end());
        found
    }

    #[test]
    fn lines_end_in_lf_or_crlf() {
        assert_eq!(
            whole(b"<ana> hi\r\n\n* bob left\nrest"),
            ["<ana> hi", "", "* bob left", "rest"]
        );
        assert_eq!(whole(b""), [""; 0]);
    }

    #[test]
    fn an_endless_line_is_cut_and_costs_no_memory() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for _ in 0..1024 {
            lines.push(&[b'x'; 1024], &mut found);
        }
        assert!(lines.partial.len() <= LINE_BYTES);
        lines.push(b"\nnext\n", &mut found);
        assert_eq!(found[0].len(), LINE_BYTES + CUT.len_utf8());
        assert!(found[0].ends_with(CUT));
        assert_eq!(found[1], "next");
    }

    proptest! {
        #[test]
        fn reads_may_cut_anywhere(bytes: Vec<u8>, newlines: Vec<u8>, at: prop::sample::Index) {
            let mut all = bytes;
            for n in newlines {
                all.extend([n, b'\n']);
            }
            let cut = at.index(all.len() + 1);
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            lines.push(&all[..cut], &mut found);
            lines.push(&all[cut..], &mut found);
            found.extend(lines.end());
            prop_assert_eq!(found, whole(&all));
        }
    }
}
