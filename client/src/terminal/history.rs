//! The lines that were sent, for the keys Up and Down and for the search. It knows no keys and no cursor.
//!
//! The half-typed line is kept while the user looks at older ones; changes to an older line are not kept
//! unless it is sent. Invariant: `place <= lines.len()`; `lines.len()` is the place of the line being typed.

use super::history_file::HistoryFile;

/// Most lines that are kept.
pub(super) const LINES: usize = 1000;
/// Most bytes of all of them, but the latest is always kept.
pub(super) const BYTES: usize = 256 * 1024;

#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<String>,
    /// Which line the editor shows.
    place: usize,
    /// The line being typed, while the editor shows an older one.
    half_typed: String,
    file: Option<HistoryFile>,
}

impl History {
    /// The history of a server, with what was kept of earlier sessions.
    pub(super) fn of(server: &str) -> History {
        let file = HistoryFile::of(server);
        let mut history = History::default();
        let lines = file.iter().flat_map(|file| file.read().unwrap_or_default());
        lines.for_each(|line| history.add(&line));
        History { file, ..history }
    }

    /// All lines, the oldest first.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Add a line that was sent, unless it is empty or repeats the last one.
    pub(super) fn add(&mut self, line: &str) {
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
            // Where nothing can be kept, nobody is told at each line.
            self.file.take_if(|file| file.add(line).is_err());
        }
        let mut bytes: usize = self.lines.iter().map(String::len).sum();
        while self.lines.len() > LINES || (bytes > BYTES && self.lines.len() > 1) {
            bytes -= self.lines.remove(0).len();
        }
        self.leave();
    }

    /// The editor shows the line being typed again, and it is another one.
    pub(super) fn leave(&mut self) {
        self.place = self.lines.len();
        self.half_typed.clear();
    }

    /// The line before the one shown.
    pub(super) fn older(&mut self, shown: &str) -> Option<String> {
        let place = self.place.checked_sub(1)?;
        self.visit(place, shown);
        Some(self.lines[place].clone())
    }

    /// The line after the one shown; after the newest comes the half-typed one.
    pub(super) fn newer(&mut self) -> Option<String> {
        if self.place == self.lines.len() {
            return None;
        }
        self.place += 1;
        let line = self.lines.get(self.place).cloned();
        line.or_else(|| Some(std::mem::take(&mut self.half_typed)))
    }

    /// The oldest line.
    pub(super) fn oldest(&mut self, shown: &str) -> Option<String> {
        let oldest = self.lines.first()?.clone();
        self.visit(0, shown);
        Some(oldest)
    }

    /// The line being typed.
    pub(super) fn newest(&mut self) -> Option<String> {
        self.place = self.place.max(self.lines.len().saturating_sub(1));
        self.newer()
    }

    /// The editor shows this line now, in place of that text.
    pub(super) fn visit(&mut self, place: usize, shown: &str) {
        if self.place == self.lines.len() {
            shown.clone_into(&mut self.half_typed);
        }
        self.place = place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down_keep_the_half_typed_line() {
        let mut history = History::default();
        history.add("one");
        history.add("two");
        assert_eq!(history.older("half").as_deref(), Some("two"));
        assert_eq!(history.older("two").as_deref(), Some("one"));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer().as_deref(), Some("two"));
        assert_eq!(history.newer().as_deref(), Some("half"));
        assert_eq!(history.newer(), None);
        assert_eq!(history.oldest("half").as_deref(), Some("one"));
        assert_eq!(history.newest().as_deref(), Some("half"));
        assert_eq!(history.newest(), None);
    }

    #[test]
    fn repetitions_and_nothing_are_not_kept() {
        let mut history = History::default();
        history.add("one");
        history.add("one");
        history.add("  ");
        assert_eq!(history.older("").as_deref(), Some("one"));
        assert_eq!(history.older("one"), None);
    }

    #[test]
    fn the_oldest_goes_first() {
        let mut history = History::default();
        for n in 0..=LINES {
            history.add(&n.to_string());
        }
        assert_eq!(history.oldest("").as_deref(), Some("1"));
        history.add(&"x".repeat(BYTES));
        assert_eq!(history.lines().len(), 1);
    }
}
