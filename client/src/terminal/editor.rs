//! The line that is being typed: keys in, an outcome out. It draws nothing and sends nothing.
//!
//! The text may hold `'\n'` where lines were pasted; it is sent as several lines.
//! Invariant: `cursor` is a grapheme boundary of `text`, so an accent never parts from its letter
//! and half an emoji is never deleted; `text` is clean (see text.rs) but for the `'\n'`.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::session::names::Names;
use crate::terminal::history::History;
use crate::terminal::keys::Key;
use crate::text;

/// Most bytes in the line: 64 lines of the most that the server takes. A megabyte that was pasted
/// by mistake is refused here, before it floods a room.
pub const TEXT_BYTES: usize = 64 * 1024;

/// What the caller has to do after a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing but drawing the line.
    Edited,
    /// Send the text; `accept` takes it.
    Submit,
    /// Complete the name at the cursor, see `complete`.
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
    /// What stood in the row before it.
    Going { text: String, cursor: usize },
    /// It was too much; the rest of it is dropped.
    Refused,
}

/// A name that is being completed: the names that fit, and where the last one shown stands.
#[derive(Debug)]
struct Completion {
    start: usize,
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
    /// What is typed so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the next character goes, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Take the text away, for good.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Take the text away, into the history.
    pub fn accept(&mut self) -> String {
        let text = self.take();
        self.history.add(&text);
        text
    }

    /// Handle one key.
    pub fn press(&mut self, key: Key) -> Outcome {
        let was_leaving = std::mem::take(&mut self.is_leaving);
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
                self.set(String::new());
                self.is_leaving = true;
                return Outcome::Cleared;
            }
            Key::Control('d') if self.text.is_empty() => return Outcome::Leave,
            Key::Control('l') => return Outcome::ClearScreen,
            Key::Control('z') => return Outcome::Suspend,
            Key::Up | Key::Control('p') => self.older(),
            Key::Down | Key::Control('n') => self.newer(),
            Key::Left | Key::Control('b') => self.cursor = self.before(),
            Key::Right | Key::Control('f') => self.cursor = self.after(),
            Key::Home | Key::Control('a') => self.cursor = 0,
            Key::End | Key::Control('e') => self.cursor = self.text.len(),
            Key::Backspace => self.delete(self.before(), self.cursor),
            Key::Delete | Key::Control('d') => self.delete(self.cursor, self.after()),
            Key::Control('k') => self.delete(self.cursor, self.text.len()),
            Key::Control('u') => self.delete(0, self.cursor),
            Key::Control('w') => self.delete(self.word_start(), self.cursor),
            Key::Control(_) | Key::Escape | Key::PasteEnd => {}
        }
        Outcome::Edited
    }

    /// Complete the name at the cursor; again goes to the next one that fits.
    pub fn complete(&mut self, names: &Names) {
        let mut completion = match self.completion.take() {
            Some(completion) => completion,
            None => match self.begin_completion(names) {
                Some(completion) => completion,
                None => return,
            },
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
            // A grapheme may reach over the start; such a word is nobody's name.
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
            Paste::Going { .. } => {}
            Paste::None => {
                let (text, cursor) = (self.text.clone(), self.cursor);
                self.paste = Paste::Going { text, cursor };
            }
        }
        let outcome = match c {
            '\n' => self.insert_clean(c),
            c => self.insert(c),
        };
        if outcome == Outcome::Full
            && let Paste::Going { text, cursor } =
                std::mem::replace(&mut self.paste, Paste::Refused)
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

    fn older(&mut self) {
        if let Some(text) = self.history.older(&self.text) {
            self.set(text);
        }
    }

    fn newer(&mut self) {
        if let Some(text) = self.history.newer() {
            self.set(text);
        }
    }

    /// An edit can melt what stands left and right of the cursor into one grapheme (a letter before
    /// an accent): then the cursor goes behind it.
    fn snap(&mut self) {
        if !self.is_boundary(self.cursor) {
            self.cursor = self.after();
        }
    }

    fn is_boundary(&self, at: usize) -> bool {
        // With the whole text as the one chunk these cursors are never short of context.
        GraphemeCursor::new(at, self.text.len(), true)
            .is_boundary(&self.text, 0)
            .unwrap_or(true)
    }

    fn before(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        cursor
            .prev_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(0)
    }

    fn after(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        cursor
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(self.text.len())
    }

    /// Where ^W deletes from: the spaces before the cursor and the word before them.
    fn word_start(&self) -> usize {
        let before = &self.text[..self.cursor];
        let is_space = |grapheme: &str| grapheme == " " || grapheme == "\n";
        let graphemes = before.grapheme_indices(true).rev();
        let word = graphemes
            .skip_while(|(_, g)| is_space(g))
            .take_while(|(_, g)| !is_space(g));
        word.last().map_or(0, |(at, _)| at)
    }
}

#[cfg(test)]
#[path = "editor_tests.rs"]
mod tests;
