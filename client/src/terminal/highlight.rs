//! Words that stand out in what others say: whole words, in any case. It draws nothing.

use std::ops::Range;

use crate::text;

/// Words in the form in which their case does not matter.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Words {
        let folded = words.map(|word| word.trim().chars().flat_map(fold).collect());
        Words(folded.filter(|word: &String| !word.is_empty()).collect())
    }

    /// Where the first of them stands.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        let at = |at: usize| {
            let ends = self.0.iter().filter_map(|word| end(text, at, word));
            let end = ends.filter(|&end| text::is_word_bound(text, end)).max()?;
            text::is_word_bound(text, at).then_some(at..end)
        };
        text.char_indices().find_map(|(start, _)| at(start))
    }
}

/// Where the word ends that begins here.
fn end(text: &str, at: usize, word: &str) -> Option<usize> {
    let mut wanted = word.chars().peekable();
    for (offset, c) in text[at..].char_indices() {
        if wanted.peek().is_none() {
            return Some(at + offset);
        }
        if !fold(c).all(|c| wanted.next() == Some(c)) {
            return None;
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

/// Upper case first, since two small letters may share it: the sigmas.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_in_any_case() {
        let words = Words::of(["Zé", "c++", "σοφός", "太郎", "on call", " "].into_iter());
        for (text, found) in [
            ("ei, zÉ!", "zÉ"),
            ("zé's turn", "zé"),
            ("@ZÉ: hi", "ZÉ"),
            ("who knows C++?", "C++"),
            ("ΣΟΦΌΣ", "ΣΟΦΌΣ"),
            ("太郎さん", "太郎"),
            (&"僕は太郎さん、".repeat(9), "太郎"),
            ("who is On Call today", "On Call"),
        ] {
            let range = words.find(text).unwrap_or_default();
            assert_eq!(&text[range], found, "in {text}");
        }
        for text in [
            "zés",
            "_zé",
            "zé_2",
            "zé\u{301}",
            "Ze",
            "abc++",
            "",
            "azé zéb",
        ] {
            assert_eq!(words.find(text), None, "in {text}");
        }
    }
}
