//! The states of the text before each step, for ^_. Typing in one go is one step for each word, and so
//! is a paste, a series of erased letters, or a choice among completions.

use super::buffer::Buffer;

/// Most steps that are kept.
const STEPS: usize = 500;
/// Most bytes of all of them.
const BYTES: usize = 256 * 1024;

/// What changes the text. Equal changes one after the other are one step, but for `Single`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Typing,
    Erasing,
    Pasting,
    Completing,
    Single,
}

#[derive(Debug, Default)]
pub(super) struct Undo {
    steps: Vec<Buffer>,
    last: Option<Change>,
}

impl Undo {
    /// Note the text before a change.
    pub(super) fn note(&mut self, before: &Buffer, change: Change) {
        let goes_on = self.last == Some(change) && change != Change::Single;
        self.last = Some(change);
        if goes_on {
            return;
        }
        self.steps.push(before.clone());
        let bytes = |steps: &[Buffer]| steps.iter().map(|step| step.text().len()).sum::<usize>();
        while self.steps.len() > STEPS || bytes(&self.steps) > BYTES {
            self.steps.remove(0);
        }
    }

    /// The next change begins a step of its own.
    pub(super) fn end_step(&mut self) {
        self.last = None;
    }

    /// The text before the last change that was one.
    pub(super) fn back(&mut self, now: &Buffer) -> Option<Buffer> {
        self.last = None;
        while let Some(step) = self.steps.pop() {
            if step.text() != now.text() {
                return Some(step);
            }
        }
        None
    }
}
