//! What Tab completes: commands at the beginning of a line, rooms behind `#` and where a command takes one,
//! ids where a command takes one, names everywhere else. It changes no text itself.

use super::buffer::Buffer;
use crate::commands::{self, Takes};
use crate::session::names::Names;
use crate::words::Language;

/// A word that is being completed.
#[derive(Debug)]
pub(super) struct Completion {
    /// Where it begins in the text.
    pub(super) start: usize,
    /// What fits.
    words: Vec<String>,
    next: usize,
}

impl Completion {
    /// What can stand before the cursor, if anything is known.
    pub(super) fn begin(buffer: &Buffer, names: &Names, language: Language) -> Option<Completion> {
        let before = buffer.before_cursor();
        let start = before.rfind([' ', '\n']).map_or(0, |at| at + 1);
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..start];
        let word = &before[start..];
        if line.trim().is_empty()
            && let Some(stem) = word.strip_prefix('/')
        {
            return Completion::of(start + 1, commands::beginning_with(stem, language));
        }
        if let Some(stem) = word.strip_prefix('#') {
            return Completion::of(start + 1, names.rooms.beginning_with(stem));
        }
        let mut words = line.split_whitespace();
        let command = words.next().and_then(commands::find);
        let known = match command.filter(|_| words.next().is_none()) {
            Some(Takes::Room) => names.rooms.beginning_with(word),
            Some(Takes::Id) => names.ids.beginning_with(word),
            _ => Vec::new(),
        };
        Completion::of(start, known).or_else(|| Completion::name(buffer, start, names))
    }

    fn name(buffer: &Buffer, word: usize, names: &Names) -> Option<Completion> {
        let before = buffer.before_cursor();
        let after_first = word + usize::from(before[word..].starts_with('@'));
        let after_last = before.rfind('@').map_or(word, |at| word.max(at + 1));
        // A name may hold an @ itself, as e-mails do.
        [after_first, after_last].into_iter().find_map(|start| {
            // A grapheme may reach over the start; such a word is not a name.
            if start == before.len() || !buffer.is_boundary(start) {
                return None;
            }
            Completion::of(start, names.people.beginning_with(&before[start..]))
        })
    }

    fn of(start: usize, words: Vec<String>) -> Option<Completion> {
        let next = 0;
        (!words.is_empty()).then_some(Completion { start, words, next })
    }

    /// All words that fit, if there are several, first those that come next.
    pub(super) fn others(&self) -> Option<String> {
        let (before, next) = self.words.split_at(self.next);
        (self.words.len() > 1).then(|| [next, before].concat().join("  "))
    }

    /// The next word that fits, going around.
    pub(super) fn next(&mut self) -> &str {
        let word = &self.words[self.next];
        self.next = (self.next + 1) % self.words.len();
        word
    }
}
