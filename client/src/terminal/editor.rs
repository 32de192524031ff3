//! The line that is being typed: keys in, an outcome out. It draws nothing and sends nothing.
//!
//! The text may hold `'\n'` where lines were pasted; it is sent as several lines.
//! Invariant: `cursor` is a grapheme boundary of `text`, so an accent is never separated from its letter
//! and half an emoji is never deleted; `text` is clean (see text.rs) but for the `'\n'`. It holds at most
//! `TEXT_BYTES`.

use std::mem;

use unicode_segmentation::GraphemeCursor;

use crate::session::TEXT_BYTES;
use crate::session::names::Names;
use crate::terminal::history::History;
use crate::terminal::keys::Key;
use crate::text;

/// What the caller has to do after a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Only draw the line.
    Edited,
    /// Send the text; `accept` takes it.
    Submit,
    /// Call `complete`.
    Complete,
    /// ^C emptied the line; tell how to leave.
    Cleared,
    /// Leave the chat.
    Leave,
    /// Stop the process, as ^Z does.
    Suspend,
    /// Empty the screen.
    ClearScreen,
    /// The text is full and the key was not taken.
    Full,
}

/// A paste comes in single characters, and is taken whole or not at all: half a line would be sent
/// with the next Enter.
#[derive(Debug, Default)]
enum Paste {
    #[default]
    None,
    /// A paste has begun; text and cursor are those before it.
    Begun { text: String, cursor: usize },
    /// It was too long; the rest of it is dropped.
    Refused,
}

/// A name that is being completed.
#[derive(Debug)]
struct Completion {
    /// Where the name begins in the text.
    start: usize,
    /// The names that fit.
    names: Vec<String>,
    next: usize,
}

/// The editor of one line.
#[derive(Debug, Default)]
pub struct Editor {
    text: String,
    cursor: usize,
    history: History,
    completion: Option<Completion>,
    paste: Paste,
    /// The last key was ^C.
    is_leaving: bool,
}

impl Editor {
    /// The text typed so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the next character is inserted, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Take the text, without keeping it in the history.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        mem::take(&mut self.text)
    }

    /// Take the text and keep it in the history.
    pub fn accept(&mut self) -> String {
        let text = self.take();
        self.history.add(&text);
        text
    }

    /// Handle one key.
    pub fn press(&mut self, key: Key) -> Outcome {
        let was_leaving = mem::take(&mut self.is_leaving);
        if key != Key::Tab {
            self.completion = None;
        }
        if !matches!(key, Key::Pasted(_)) {
            self.paste = Paste::None;
        }
        match key {
            Key::Char(c) => return self.insert(c),
            Key::Pasted(c) => return self.paste(c),
            Key::Enter => return Outcome::Submit,
            Key::Tab => return Outcome::Complete,
            Key::Control('c') if was_leaving => return Outcome::Leave,
            Key::Control('c') => {
                self.take();
                self.is_leaving = true;
                return Outcome::Cleared;
            }
            Key::Control('d') if self.text.is_empty() => return Outcome::Leave,
            Key::Control('l') => return Outcome::ClearScreen,
            Key::Control('z') => return Outcome::Suspend,
            Key::Up | Key::Control('p') => {
                let older = self.history.older(&self.text);
                older.into_iter().for_each(|text| self.set(text));
            }
            Key::Down | Key::Control('n') => {
                let newer = self.history.newer();
                newer.into_iter().for_each(|text| self.set(text));
            }
            Key::Left | Key::Control('b') => self.cursor = self.before(),
            Key::Right | Key::Control('f') => self.cursor = self.after(),
            Key::Home | Key::Control('a') => self.cursor = 0,
            Key::End | Key::Control('e') => self.cursor = self.text.len(),
            Key::Backspace => self.delete(self.before(), self.cursor),
            Key::Delete | Key::Control('d') => self.delete(self.cursor, self.after()),
            Key::Control('k') => self.delete(self.cursor, self.text.len()),
            Key::Control('u') => self.delete(0, self.cursor),
            Key::Control('w') => self.delete(self.word_start(), self.cursor),
            _ => {}
        }
        Outcome::Edited
    }

    /// Complete the name at the cursor; called again, show the next name that fits.
    pub fn complete(&mut self, names: &Names) {
        let begun = self.completion.take();
        let Some(mut completion) = begun.or_else(|| self.begin_completion(names)) else {
            return;
        };
        let name = &completion.names[completion.next];
        self.text.replace_range(completion.start..self.cursor, name);
        self.cursor = completion.start + name.len();
        self.snap();
        self.insert_clean(' ');
        completion.next = (completion.next + 1) % completion.names.len();
        self.completion = Some(completion);
    }

    fn begin_completion(&self, names: &Names) -> Option<Completion> {
        let before = &self.text[..self.cursor];
        let word = before.rfind([' ', '\n']).map_or(0, |at| at + 1);
        let after_first = word + usize::from(before[word..].starts_with('@'));
        let after_last = before.rfind('@').map_or(word, |at| word.max(at + 1));
        // A name may hold an @ itself, as e-mails do.
        [after_first, after_last].into_iter().find_map(|start| {
            // A grapheme may reach over the start; such a word is not a name.
            if start == self.cursor || !self.is_boundary(start) {
                return None;
            }
            let names = names.beginning_with(&before[start..]);
            (!names.is_empty()).then_some(Completion {
                start,
                names,
                next: 0,
            })
        })
    }

    fn paste(&mut self, c: char) -> Outcome {
        match self.paste {
            Paste::Refused => return Outcome::Full,
            Paste::Begun { .. } => {}
            Paste::None => {
                let (text, cursor) = (self.text.clone(), self.cursor);
                self.paste = Paste::Begun { text, cursor };
            }
        }
        let outcome = match c {
            '\n' => self.insert_clean(c),
            c => self.insert(c),
        };
        if outcome == Outcome::Full
            && let Paste::Begun { text, cursor } = mem::replace(&mut self.paste, Paste::Refused)
        {
            (self.text, self.cursor) = (text, cursor);
        }
        outcome
    }

    fn insert(&mut self, c: char) -> Outcome {
        match text::typed(c) {
            Some(c) => self.insert_clean(c),
            None => Outcome::Edited,
        }
    }

    fn insert_clean(&mut self, c: char) -> Outcome {
        if self.text.len() + c.len_utf8() > TEXT_BYTES {
            return Outcome::Full;
        }
        self.text.insert(self.cursor, c);
        self.cursor += c.len_utf8();
        self.snap();
        Outcome::Edited
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
        self.snap();
    }

    fn set(&mut self, text: String) {
        self.text = text;
        self.cursor = self.text.len();
    }

    /// After an edit the text left and right of the cursor can be one grapheme (a letter before an
    /// accent): then the cursor goes behind it.
    fn snap(&mut self) {
        if !self.is_boundary(self.cursor) {
            self.cursor = self.after();
        }
    }

    fn is_boundary(&self, at: usize) -> bool {
        // With the whole text as the only chunk, these cursors always have enough context.
        GraphemeCursor::new(at, self.text.len(), true)
            .is_boundary(&self.text, 0)
            .unwrap_or(true)
    }

    fn before(&self) -> usize {
        let last = text::graphemes(&self.text[..self.cursor]).next_back();
        last.map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        let next = cursor.next_boundary(&self.text, 0);
        next.ok().flatten().unwrap_or(self.text.len())
    }

    /// Where ^W deletes from: the spaces before the cursor and the word before them.
    fn word_start(&self) -> usize {
        let is_space = |grapheme: &str| grapheme == " " || grapheme == "\n";
        let word = text::graphemes(&self.text[..self.cursor])
            .rev()
            .skip_while(|(_, grapheme)| is_space(grapheme))
            .take_while(|(_, grapheme)| !is_space(grapheme));
        word.last().map_or(0, |(at, _)| at)
    }
}

#[cfg(test)]
#[path = "editor_tests.rs"]
mod tests;
