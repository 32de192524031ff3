//! The kill ring: what was deleted by words and ends of the line, for ^Y and Alt-y. It knows no cursor.

use std::collections::VecDeque;

/// Most texts that are kept.
const TEXTS: usize = 16;
/// Most bytes of all of them, but the latest is always kept.
const BYTES: usize = 128 * 1024;

#[derive(Debug, Default)]
pub(super) struct Kills {
    /// The latest first.
    ring: VecDeque<String>,
}

/// Where a text that was deleted stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    BeforeCursor,
    BehindCursor,
}

impl Kills {
    /// Keep a text; right after another one it is added to that.
    pub(super) fn add(&mut self, text: &str, side: Side, follows: bool) {
        match (self.ring.front_mut(), side) {
            _ if text.is_empty() => return,
            (Some(last), Side::BeforeCursor) if follows => last.insert_str(0, text),
            (Some(last), Side::BehindCursor) if follows => last.push_str(text),
            _ => self.ring.push_front(text.to_owned()),
        }
        let bytes = |ring: &VecDeque<String>| ring.iter().map(String::len).sum::<usize>();
        while self.ring.len() > 1 && (self.ring.len() > TEXTS || bytes(&self.ring) > BYTES) {
            self.ring.pop_back();
        }
    }

    /// The text that was kept so many texts ago, going around.
    pub(super) fn get(&self, ago: usize) -> Option<&str> {
        let place = ago.checked_rem(self.ring.len())?;
        self.ring.get(place).map(String::as_str)
    }
}
