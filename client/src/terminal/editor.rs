//! The line that is being typed: keys in, an outcome out. It draws nothing and sends nothing.
//!
//! The text may hold `'\n'` where lines were pasted; it is sent as several lines.
//! Invariant: `text` is clean (see text.rs) but for the `'\n'`. What the last key did is only ever in
//! `last`, so that every other key ends it.

mod modes;

use std::mem;

use super::buffer::{Buffer, Case};
use super::completion::Completion;
use super::history::History;
use super::kills::{Kills, Side};
use super::search::Search;
use super::undo::{Change, Undo};
use crate::session::names::Names;
use crate::terminal::keys::Key;
use crate::text;
use crate::words::Language;

pub(super) use modes::Mode;

/// What the caller has to do after a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Only draw the line.
    Edited,
    /// Send the text; `accept` takes it. Or `ask` first, if it has several lines.
    Submit,
    /// Send all lines: the user was asked.
    SubmitAll,
    /// Call `complete`.
    Complete,
    /// Let the user edit the text in their own editor, and call `replace`.
    Compose,
    /// ^C in an empty line; tell how to leave.
    Leaving,
    /// Leave the chat.
    Leave,
    /// Stop the process, as ^Z does.
    Suspend,
    /// Empty the screen.
    ClearScreen,
    /// The text is full and the key was not taken.
    Full,
}

/// What the last key did, as far as the next one depends on it.
#[derive(Debug, Default)]
enum Last {
    #[default]
    Other,
    /// ^C.
    Leaving,
    /// ^X, the first key of two.
    Prefix,
    Kill,
    /// The text that was deleted so many texts ago was put in here.
    Yank {
        start: usize,
        ago: usize,
    },
    Completion(Completion),
    /// A paste comes in single characters, and is taken whole or not at all: half a line would be sent
    /// with the next Enter. This is the text before it.
    Paste(Buffer),
    /// The paste was too long; the rest of it is dropped.
    PasteRefused,
}

/// The editor of one line.
#[derive(Debug, Default)]
pub struct Editor {
    buffer: Buffer,
    mode: Mode,
    last: Last,
    undo: Undo,
    kills: Kills,
    history: History,
}

impl Editor {
    /// An editor with what was sent to this server before.
    pub(super) fn of(server: &str) -> Editor {
        Editor {
            history: History::of(server),
            ..Editor::default()
        }
    }

    /// What the row is for, to draw it.
    pub(super) fn mode(&self) -> &Mode {
        &self.mode
    }

    /// The text typed so far.
    pub fn text(&self) -> &str {
        self.buffer.text()
    }

    /// Where the next character is inserted, in bytes.
    pub fn cursor(&self) -> usize {
        self.buffer.cursor()
    }

    /// Take a secret: nothing of it can be brought back.
    pub(super) fn take_secret(&mut self) -> String {
        self.kills = Kills::default();
        self.take()
    }

    /// Take the text and keep it in the history.
    pub fn accept(&mut self) -> String {
        let text = self.take();
        self.history.add(&text);
        text
    }

    fn take(&mut self) -> String {
        self.undo = Undo::default();
        self.history.leave();
        mem::take(&mut self.buffer).into_text()
    }

    /// Put another text in place of this one; false when it does not fit.
    pub(super) fn replace(&mut self, text: &str) -> bool {
        let old = self.buffer.clone();
        self.buffer = Buffer::default();
        if !text.chars().all(|c| self.put(c)) {
            self.buffer = old;
            return false;
        }
        self.undo.note(&old, Change::Single);
        true
    }

    /// Handle one key.
    pub fn press(&mut self, key: Key) -> Outcome {
        match mem::take(&mut self.mode) {
            Mode::Typing => self.edit(key),
            Mode::Searching(search) => self.search(search, key),
            Mode::Asking(_) => self.answer(key),
        }
    }

    /// Complete the word at the cursor; called again, show the next that fits.
    pub fn complete(&mut self, names: &Names, language: Language) {
        let begun = match mem::take(&mut self.last) {
            Last::Completion(completion) => Some(completion),
            _ => Completion::begin(&self.buffer, names, language),
        };
        if let Some(mut completion) = begun {
            self.undo.note(&self.buffer, Change::Completing);
            let word = completion.start..self.cursor();
            let name = format!("{} ", completion.next());
            self.buffer.replace(word, &name);
            self.last = Last::Completion(completion);
        }
    }

    /// What Tab puts in next, if it has just been pressed and several words fit.
    pub(super) fn candidates(&self) -> Option<String> {
        match &self.last {
            Last::Completion(completion) => completion.others(),
            _ => None,
        }
    }

    fn edit(&mut self, key: Key) -> Outcome {
        let last = mem::take(&mut self.last);
        match (key, last) {
            (Key::Char(c), _) => return self.insert(c),
            (Key::Pasted(c), last) => return self.paste(c, last),
            (Key::PasteEnd, _) => self.undo.end_step(),
            (Key::Enter, _) => return Outcome::Submit,
            (Key::Tab, last) => {
                self.last = last;
                return Outcome::Complete;
            }
            (Key::Control('c'), Last::Leaving) => return Outcome::Leave,
            (Key::Control('c'), _) if self.text().is_empty() => {
                self.last = Last::Leaving;
                return Outcome::Leaving;
            }
            (Key::Control('c'), _) => drop(self.take()),
            (Key::Control('d'), _) if self.text().is_empty() => return Outcome::Leave,
            (Key::Control('l'), _) => return Outcome::ClearScreen,
            (Key::Control('z'), _) => return Outcome::Suspend,
            (Key::Control('e'), Last::Prefix) => return Outcome::Compose,
            (Key::Control('u'), Last::Prefix) | (Key::Control('_'), _) => {
                if let Some(before) = self.undo.back(&self.buffer) {
                    self.buffer = before;
                }
            }
            (Key::Control('x'), _) => self.last = Last::Prefix,
            (Key::Control('r'), _) => {
                self.undo.end_step();
                self.mode = Mode::Searching(Search::begin(self.buffer.clone()));
            }
            (Key::Control('y'), _) => return self.yank(self.cursor(), 0),
            (Key::Alt('y'), Last::Yank { start, ago }) => return self.yank(start, ago + 1),
            (key, last) => return self.move_or_change(key, matches!(last, Last::Kill)),
        }
        Outcome::Edited
    }

    /// The keys that need to know of the last one at most whether it was a kill too.
    fn move_or_change(&mut self, key: Key, after_kill: bool) -> Outcome {
        let (cursor, end) = (self.cursor(), self.text().len());
        let buffer = &self.buffer;
        let to = match key {
            Key::Left | Key::Control('b') => buffer.before(),
            Key::Right | Key::Control('f') => buffer.after(),
            Key::WordLeft | Key::Alt('b') => buffer.word_left(),
            Key::WordRight | Key::Alt('f') => buffer.word_right(),
            Key::Home | Key::Control('a') => 0,
            Key::End | Key::Control('e') => end,
            Key::Backspace => return self.erase(buffer.before(), cursor),
            Key::Delete | Key::Control('d') => return self.erase(cursor, buffer.after()),
            Key::Control('k') => return self.kill(end, after_kill),
            Key::Control('u') => return self.kill(0, after_kill),
            Key::Control('w') => return self.kill(buffer.spaced_left(), after_kill),
            Key::WordBackspace => return self.kill(buffer.word_left(), after_kill),
            Key::WordDelete | Key::Alt('d') => return self.kill(buffer.word_right(), after_kill),
            Key::Control('t') => return self.change(Buffer::transpose),
            Key::Alt('u') => return self.change(|buffer| buffer.change_case(Case::Upper)),
            Key::Alt('l') => return self.change(|buffer| buffer.change_case(Case::Lower)),
            Key::Alt('c') => return self.change(|buffer| buffer.change_case(Case::Title)),
            // ESC and a letter after it, of which nothing is lost.
            Key::Alt(c) if !"<>y".contains(c) => return self.insert(c),
            key => {
                self.recall(key);
                return Outcome::Edited;
            }
        };
        self.undo.end_step();
        self.buffer.move_to(to);
        Outcome::Edited
    }

    /// The keys for older and newer lines; any other key does nothing.
    fn recall(&mut self, key: Key) {
        let found = match key {
            Key::Up | Key::Control('p') => self.history.older(self.buffer.text()),
            Key::Down | Key::Control('n') => self.history.newer(),
            Key::Alt('<') => self.history.oldest(self.buffer.text()),
            Key::Alt('>') => self.history.newest(),
            _ => None,
        };
        if let Some(text) = found {
            self.undo.note(&self.buffer, Change::Single);
            let end = text.len();
            self.buffer = Buffer::new(text, end);
        }
    }

    fn paste(&mut self, c: char, last: Last) -> Outcome {
        let before = match last {
            Last::PasteRefused => {
                self.last = last;
                return Outcome::Full;
            }
            Last::Paste(before) => before,
            _ => self.buffer.clone(),
        };
        self.undo.note(&before, Change::Pasting);
        if self.put(c) {
            self.last = Last::Paste(before);
            return Outcome::Edited;
        }
        self.buffer = before;
        self.last = Last::PasteRefused;
        Outcome::Full
    }

    fn insert(&mut self, c: char) -> Outcome {
        let begins_word = self.buffer.before_cursor().ends_with(' ') && c != ' ';
        if begins_word {
            self.undo.end_step();
        }
        self.undo.note(&self.buffer, Change::Typing);
        match self.put(c) {
            true => Outcome::Edited,
            false => Outcome::Full,
        }
    }

    /// Insert a character as the server would keep it; false when it does not fit.
    fn put(&mut self, c: char) -> bool {
        let before = self.buffer.before_cursor();
        let indented = before.trim_end_matches(' ');
        match c {
            '\n' => self.buffer.insert("\n"),
            // In the indentation of code.
            '\t' if indented.is_empty() || indented.ends_with('\n') => self.buffer.insert("    "),
            c => match text::typed_behind(before.chars().next_back(), c) {
                Some(c) => self.buffer.insert(c.encode_utf8(&mut [0; 4])),
                None => true,
            },
        }
    }

    fn erase(&mut self, from: usize, to: usize) -> Outcome {
        self.undo.note(&self.buffer, Change::Erasing);
        self.buffer.cut(from..to);
        Outcome::Edited
    }

    /// Delete what stands between the cursor and there, to be put in again by ^Y.
    fn kill(&mut self, to: usize, after_kill: bool) -> Outcome {
        let cursor = self.cursor();
        let side = if to < cursor {
            Side::BeforeCursor
        } else {
            Side::BehindCursor
        };
        self.undo.note(&self.buffer, Change::Single);
        let killed = self.buffer.cut(cursor.min(to)..cursor.max(to));
        self.kills.add(&killed, side, after_kill);
        self.last = Last::Kill;
        Outcome::Edited
    }

    fn yank(&mut self, start: usize, ago: usize) -> Outcome {
        let Some(text) = self.kills.get(ago) else {
            return Outcome::Edited;
        };
        self.undo.note(&self.buffer, Change::Single);
        let cursor = self.cursor();
        if !self.buffer.replace(start..cursor, text) {
            return Outcome::Full;
        }
        self.last = Last::Yank { start, ago };
        Outcome::Edited
    }

    fn change(&mut self, change: impl FnOnce(&mut Buffer) -> bool) -> Outcome {
        self.undo.note(&self.buffer, Change::Single);
        match change(&mut self.buffer) {
            true => Outcome::Edited,
            false => Outcome::Full,
        }
    }
}

#[cfg(test)]
#[path = "editor_tests.rs"]
mod tests;
