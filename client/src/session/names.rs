//! The names for completion by Tab: either those seen lately in the server's lines, bounded in number
//! and length, of whom it is not known whether they are still here; or a list that is replaced whole.

/// Most names that are kept: more than a room in which one knows whom to talk to.
const NAMES: usize = 256;

/// Longest name in characters, by the protocol.
const NAME_CHARS: usize = 50;

/// Names, the latest last.
#[derive(Debug, Default)]
pub struct Names {
    seen: Vec<String>,
}

impl Names {
    /// A name was seen.
    pub fn add(&mut self, name: &str) {
        if !is_name(name) {
            return;
        }
        self.seen.retain(|seen| seen != name);
        if self.seen.len() == NAMES {
            self.seen.remove(0);
        }
        self.seen.push(name.to_owned());
    }

    /// These are all the names there are, and any of them may be chosen.
    pub fn replace<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.seen.clear();
        self.seen.extend(names.map(str::to_owned));
        // Completion begins with the last one.
        self.seen.reverse();
    }

    /// The names that begin so, without regard to case, the latest first.
    pub fn beginning_with(&self, stem: &str) -> Vec<String> {
        let stem = stem.to_lowercase();
        let fits = |name: &&String| name.to_lowercase().starts_with(&stem);
        self.seen.iter().rev().filter(fits).cloned().collect()
    }
}

/// Whether the text can be a name at all.
fn is_name(text: &str) -> bool {
    // A joiner is clean in text, but no name has one and nobody can type one.
    let is_plain = |c| !char::is_whitespace(c) && !"<>[]~*!:,\u{200C}\u{200D}".contains(c);
    (1..=NAME_CHARS).contains(&text.chars().count()) && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_comes_first_and_case_does_not_matter() {
        let mut names = Names::default();
        for name in ["Ana", "bob", "anton", "Ana"] {
            names.add(name);
        }
        assert_eq!(names.beginning_with("an"), ["Ana", "anton"]);
        assert_eq!(names.beginning_with("x"), [""; 0]);
    }

    #[test]
    fn a_million_names_are_bounded_and_odd_ones_refused() {
        let mut names = Names::default();
        for n in 0..1000 {
            names.add(&format!("bot{n}"));
        }
        names.add("");
        names.add("two words");
        names.add("joined\u{200D}by");
        names.add(&"x".repeat(51));
        assert_eq!(names.seen.len(), NAMES);
        assert_eq!(
            names.beginning_with("").first().map(String::as_str),
            Some("bot999")
        );
    }
}
