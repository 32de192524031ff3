//! The lines that were sent, for the keys Up and Down. It knows no keys and no cursor.
//!
//! The half-typed line is kept while the user looks at older ones; changes to an older line are not kept
//! unless it is sent. Invariant: `place <= lines.len()`; `lines.len()` is the place of the line being typed.

/// Most lines that are kept. At the 64 KiB of the longest paste each this is 6 MiB.
const LINES: usize = 100;

#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<String>,
    /// Which line the editor shows.
    place: usize,
    /// The line being typed, while the editor shows an older one.
    half_typed: String,
}

impl History {
    /// Add a line that was sent, unless it is empty or repeats the last one.
    pub(super) fn add(&mut self, line: &str) {
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > LINES {
            self.lines.remove(0);
        }
        self.place = self.lines.len();
        self.half_typed.clear();
    }

    /// The line before the one shown.
    pub(super) fn older(&mut self, shown: &str) -> Option<String> {
        let place = self.place.checked_sub(1)?;
        if self.place == self.lines.len() {
            shown.clone_into(&mut self.half_typed);
        }
        self.place = place;
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
        let oldest = std::iter::from_fn(|| history.older("")).last();
        assert_eq!(oldest.as_deref(), Some("1"));
    }
}
