//! What Tab completes: names, rooms and ids. The names are either those seen lately in the server's lines (bounded in number
//! and length; whether these users are still here is not known), or a list that is replaced whole.

/// Most names that are kept, and most rooms, and most ids: more than the people anybody talks to in a room.
const NAMES: usize = 256;

/// Longest name in characters, by the protocol.
const NAME_CHARS: usize = 50;

/// See the top of this file.
#[derive(Debug, Default)]
pub struct Names {
    pub(crate) people: Seen,
    pub(crate) rooms: Seen,
    pub(crate) ids: Seen,
}

/// Words, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<String>);

impl Seen {
    /// Add a word that was seen.
    pub(crate) fn add(&mut self, word: &str) {
        if !is_name(word) {
            return;
        }
        self.remove(word);
        if self.0.len() == NAMES {
            self.0.remove(0);
        }
        self.0.push(word.to_owned());
    }

    /// Forget a name that nobody has any more.
    pub(crate) fn remove(&mut self, word: &str) {
        self.0.retain(|seen| seen != word);
    }

    /// Replace all of them; no limit applies to these.
    pub(crate) fn replace<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        self.0 = words.map(str::to_owned).collect();
        // Completion begins with the last one.
        self.0.reverse();
    }

    /// Those with this beginning, in any case, the latest first.
    pub(crate) fn beginning_with(&self, stem: &str) -> Vec<String> {
        let stem = stem.to_lowercase();
        let fits = |word: &&String| word.to_lowercase().starts_with(&stem);
        self.0.iter().rev().filter(fits).cloned().collect()
    }
}

/// Whether the text can be a name.
fn is_name(text: &str) -> bool {
    // Clean text may hold joiners, but no name has one and nobody can type one.
    let is_plain = |c| !char::is_whitespace(c) && !"<>[]~*!:,\u{200C}\u{200D}".contains(c);
    (1..=NAME_CHARS).contains(&text.chars().count()) && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_comes_first_and_case_does_not_matter() {
        let mut names = Seen::default();
        for name in ["Ana", "bob", "anton", "Ana"] {
            names.add(name);
        }
        assert_eq!(names.beginning_with("an"), ["Ana", "anton"]);
        assert_eq!(names.beginning_with("x"), [""; 0]);
    }

    #[test]
    fn a_million_names_are_bounded_and_odd_ones_refused() {
        let mut names = Seen::default();
        for n in 0..1000 {
            names.add(&format!("bot{n}"));
        }
        names.add("");
        names.add("two words");
        names.add("joined\u{200D}by");
        names.add(&"x".repeat(51));
        assert_eq!(names.0.len(), NAMES);
        assert_eq!(
            names.beginning_with("").first().map(String::as_str),
            Some("bot999")
        );
    }
}
