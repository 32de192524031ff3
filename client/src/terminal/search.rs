//! ^R: the search backwards through the history while it is typed. It changes no text itself.

use std::ops::Range;

use super::buffer::Buffer;
use super::history::History;

/// More characters are not searched for, so that a paste by mistake keeps nobody waiting.
pub(super) const QUERY_CHARS: usize = 100;

#[derive(Debug)]
pub(super) struct Search {
    pub(super) query: String,
    /// The line that was found, by its place in the history.
    place: Option<usize>,
    /// The last search found nothing.
    pub(super) has_failed: bool,
    /// What was in the row before the search, which a user who gives up gets back.
    pub(super) before: Buffer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Older,
    Newer,
}

impl Search {
    pub(super) fn begin(before: Buffer) -> Search {
        Search {
            query: String::new(),
            place: None,
            has_failed: false,
            before,
        }
    }

    /// One character more: the line found may fit still.
    pub(super) fn push(&mut self, c: char, history: &History) -> Option<Buffer> {
        if self.query.chars().count() == QUERY_CHARS {
            return None;
        }
        self.query.push(c);
        let end = self.place.map_or(usize::MAX, |place| place + 1);
        self.find(0..end, Towards::Older, history)
    }

    /// One character less: from the newest line again.
    pub(super) fn pop(&mut self, history: &History) -> Option<Buffer> {
        self.query.pop();
        self.place = None;
        if self.query.is_empty() {
            self.has_failed = false;
            return Some(self.before.clone());
        }
        self.find(0..usize::MAX, Towards::Older, history)
    }

    /// The next line that fits.
    pub(super) fn go_on(&mut self, towards: Towards, history: &History) -> Option<Buffer> {
        if self.query.is_empty() {
            return None;
        }
        let place = self.place.unwrap_or(usize::MAX);
        match towards {
            Towards::Older => self.find(0..place, towards, history),
            Towards::Newer => self.find(place.saturating_add(1)..usize::MAX, towards, history),
        }
    }

    /// Let the history go on from the line found.
    pub(super) fn end(self, history: &mut History) {
        if let Some(place) = self.place {
            history.visit(place, self.before.text());
        }
    }

    fn find(
        &mut self,
        places: Range<usize>,
        towards: Towards,
        history: &History,
    ) -> Option<Buffer> {
        let lines = history.lines();
        let mut places = places.start..places.end.min(lines.len());
        let fits = |place: usize| Some((place, find_in(&lines[place], &self.query)?));
        let found = match towards {
            Towards::Older => places.rev().find_map(fits),
            Towards::Newer => places.find_map(fits),
        };
        self.has_failed = found.is_none();
        let (place, at) = found?;
        self.place = Some(place);
        Some(Buffer::new(lines[place].clone(), at))
    }
}

/// Where the query stands in the line. Capital letters count if the query has one.
pub(super) fn find_in(line: &str, query: &str) -> Option<usize> {
    if query.chars().any(char::is_uppercase) {
        return line.find(query);
    }
    let begins = |at: usize| {
        let mut letters = line[at..].chars().flat_map(char::to_lowercase);
        query.chars().all(|c| letters.next() == Some(c))
    };
    line.char_indices().map(|(at, _)| at).find(|&at| begins(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_query_stands() {
        assert_eq!(find_in("Olá Ana", "ana"), Some(5));
        assert_eq!(find_in("Olá ana Ana", "Ana"), Some(9));
        assert_eq!(find_in("abc", "d"), None);
        assert_eq!(find_in("ab", "abc"), None);
    }
}
