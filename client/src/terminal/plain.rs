//! The row being typed as a screen reader wants it: what is typed is added where it stands, and a row that has to
//! change in any other way, or that something else comes after, is left as it is and begun again.
//!
//! Not done: the cursor within a text is not shown.
//! Invariant: nothing that was drawn is erased, but for the last letters by Backspace.

use super::row::shown;
use super::view::put;
use super::wrap::LINE_END;
use crate::text;

/// What was drawn last.
#[derive(Debug, Default)]
pub(super) struct PlainRow {
    prompt: String,
    typed: String,
    /// Whether something stands in the row.
    is_begun: bool,
}

impl PlainRow {
    /// Something else comes.
    pub(super) fn leave(&mut self, out: &mut String) {
        if std::mem::take(&mut self.is_begun) {
            out.push_str(LINE_END);
        }
        self.typed.clear();
    }

    /// Draw what is new: the prompt too if it is another one, and not again after each line.
    pub(super) fn draw(&mut self, out: &mut String, prompt: &str, typed: &str) {
        let typed = shown(typed);
        if self.prompt != prompt {
            self.leave(out);
            put(out, prompt);
            prompt.clone_into(&mut self.prompt);
            self.is_begun = true;
        }
        if let Some(more) = typed.strip_prefix(&self.typed) {
            put(out, more);
        } else if let Some(less) = self
            .typed
            .strip_prefix(&typed)
            .filter(|_| !typed.is_empty())
        {
            out.push_str(&"\x08 \x08".repeat(text::columns(less)));
        } else {
            self.leave(out);
            put(out, &typed);
        }
        self.is_begun |= !typed.is_empty();
        self.typed = typed;
    }
}
