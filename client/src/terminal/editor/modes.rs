//! What the row is for while no text is typed into it: the search in the history, and the question before
//! several lines are sent. Invariant: every key either belongs to them or ends them.

use super::{Editor, Outcome};
use crate::terminal::block;
use crate::terminal::keys::Key;
use crate::terminal::search::{Search, Towards};
use crate::terminal::undo::Change;
use crate::text;

/// What the row is for at the moment.
#[derive(Debug, Default)]
pub(in crate::terminal) enum Mode {
    #[default]
    Typing,
    /// The text is what was found in the history.
    Searching(Search),
    /// Whether so many lines are to be sent.
    Asking(usize),
}

impl Editor {
    /// Ask before several lines are sent; whether it has to be asked.
    pub(in crate::terminal) fn ask(&mut self) -> bool {
        let lines = block::lines(self.text()).count();
        if lines > 1 {
            self.mode = Mode::Asking(lines);
        }
        lines > 1
    }

    /// A key of the search. Any that does not belong to it ends it and has its usual meaning.
    pub(super) fn search(&mut self, mut search: Search, key: Key) -> Outcome {
        let found = match key {
            Key::Char(c) | Key::Pasted(c) => {
                let c = text::typed_behind(search.query.chars().next_back(), c);
                c.and_then(|c| search.push(c, &self.history))
            }
            Key::Backspace => search.pop(&self.history),
            Key::Control('r') => search.go_on(Towards::Older, &self.history),
            Key::Control('s') => search.go_on(Towards::Newer, &self.history),
            Key::Control('g' | 'c') => {
                self.buffer = search.before;
                return Outcome::Edited;
            }
            key => {
                search.end(&mut self.history);
                return match key {
                    Key::Escape | Key::PasteEnd => Outcome::Edited,
                    key => self.edit(key),
                };
            }
        };
        if let Some(found) = found {
            self.undo.note(&self.buffer, Change::Completing);
            self.buffer = found;
        }
        self.mode = Mode::Searching(search);
        Outcome::Edited
    }

    /// The answer to whether the lines are to be sent. Any other key goes back to the text, and a
    /// paste that goes on does too.
    pub(super) fn answer(&mut self, key: Key) -> Outcome {
        match key {
            // Of "yes" and "sim".
            Key::Char('y' | 'Y' | 's' | 'S') => Outcome::SubmitAll,
            Key::Char('e' | 'E') => {
                let lines = block::lines(self.text()).map(str::trim);
                let joined = lines.collect::<Vec<_>>().join(" ");
                self.replace(&joined);
                Outcome::Edited
            }
            Key::Pasted(_) => self.edit(key),
            _ => Outcome::Edited,
        }
    }
}
