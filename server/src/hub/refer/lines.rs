//! A line as it is kept in memory, and what edits, deletions and pins do to those that are kept: the room's history
//! and its pinned lines.
//!
//! Invariant: a pinned line reads as the one in the history; one that is deleted is in neither.

use std::rc::Rc;
use std::time::Duration;

use super::{Quote, ReferFault};
use crate::hub::Time;
use crate::hub::accounts::Number;
use crate::hub::archive::entry::LineId;
use crate::hub::effect::RoomId;
use crate::hub::history::{History, Line};
use crate::hub::notice::Said;
use crate::hub::rooms::Rooms;
use unicode_normalization::char::is_combining_mark;

/// Whose a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::hub) struct Author {
    /// The user's place in the order of arrival.
    pub(in crate::hub) arrival: u64,
    /// The registration of the name that it was said under, if that was proved.
    pub(in crate::hub) proved: Option<Number>,
}

impl Author {
    /// Of a line that was said before this server started.
    pub(in crate::hub) const UNKNOWN: Author = Author {
        arrival: u64::MAX,
        proved: None,
    };
}

impl Line {
    pub(in crate::hub) fn new(now: Time, said: Said, by: Author) -> Line {
        let Said {
            id,
            from,
            text,
            kind,
            age,
            is_edited,
            re,
        } = said;
        Line {
            id,
            from,
            by,
            text,
            kind,
            is_edited,
            re: re.map(|quote| quote.id),
            at: nanos(now) - nanos(age),
            seats: 0,
            reactions: Vec::new(),
        }
    }

    /// Bytes of memory outside this struct: text and name, each with its two reference counts, and reactions.
    pub(in crate::hub) fn memory(&self) -> usize {
        const COUNTERS: usize = 2 * size_of::<usize>();
        let name = self.from.key().len() + self.from.shown().len() + 2 * COUNTERS;
        let words = self.reactions.iter().map(|(_, word)| word.len() + COUNTERS);
        let reactions = self.reactions.capacity() * size_of::<(u64, Rc<str>)>();
        self.text.len() + COUNTERS + name + reactions + words.sum::<usize>()
    }

    /// The line as it is told; it answers this one.
    pub(in crate::hub) fn told(&self, now: Time, re: Option<&Line>) -> Said {
        Said {
            id: self.id,
            from: self.from.clone(),
            text: self.text.clone(),
            kind: self.kind,
            age: Duration::from_nanos((nanos(now) - self.at).max(0) as u64),
            is_edited: self.is_edited,
            re: re.map(|line| Box::new(line.quote())),
        }
    }

    pub(in crate::hub) fn quote(&self) -> Quote {
        Quote {
            id: self.id,
            from: self.from.clone(),
            text: self.text.clone(),
        }
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX / 2)
}

impl History {
    /// The newest line that `is_it`.
    pub(in crate::hub) fn newest(&self, is_it: impl Fn(&Line) -> bool) -> Option<&Line> {
        self.lines.iter().rev().find(|line| is_it(line))
    }

    /// Changes a line, if it is there.
    pub(super) fn change(&mut self, id: LineId, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            self.bytes -= line.text.len();
            self.held -= line.memory();
            change(line);
            self.bytes += line.text.len();
            self.held += line.memory();
        }
        self.keep_limits();
    }

    fn remove(&mut self, id: LineId) {
        if let Some(at) = self.lines.iter().position(|line| line.id == id)
            && let Some(line) = self.lines.remove(at)
        {
            self.bytes -= line.text.len();
            self.held -= line.memory();
        }
    }
}

impl Rooms {
    /// A line reads otherwise from here on.
    pub(super) fn edit(&mut self, room: RoomId, id: LineId, text: &Rc<str>) {
        let edit = |line: &mut Line| {
            line.text = text.clone();
            line.is_edited = true;
        };
        let pins = &mut self[room].pins;
        pins.iter_mut().filter(|pin| pin.id == id).for_each(edit);
        self.amend(room, |history| history.change(id, edit));
    }

    /// A line is gone.
    pub(super) fn delete(&mut self, room: RoomId, id: LineId) {
        self[room].pins.retain(|pin| pin.id != id);
        self.amend(room, |history| history.remove(id));
    }
}

/// The text with `new` in place of the first `old` that begins and ends between two characters as a reader
/// sees them. Blanks of both sides do not add up.
pub(super) fn replaced(text: &str, old: &str, new: &str) -> Result<Rc<str>, ReferFault> {
    let is_whole = |at: usize, end: usize| {
        is_between(&text[..at], &text[at..]) && is_between(&text[..end], &text[end..])
    };
    let found = text.match_indices(old).map(|(at, _)| (at, at + old.len()));
    let mut found = found.filter(|(at, end)| is_whole(*at, *end));
    let Some((at, end)) = found.next() else {
        return Err(ReferFault::NotInLine(old.to_owned()));
    };
    let (before, mut after) = (&text[..at], &text[end..]);
    let mut new = new.trim_start_matches(is_tied);
    if before.is_empty() || before.ends_with(char::is_whitespace) {
        new = new.trim_start();
    }
    if after.is_empty() || after.starts_with(char::is_whitespace) {
        new = new.trim_end();
    }
    if new.is_empty() && (before.is_empty() || before.ends_with(char::is_whitespace)) {
        after = after.trim_start();
    }
    let edited = format!("{before}{new}{after}");
    match edited.trim() {
        "" => Err(ReferFault::NothingLeft),
        _ => Ok(edited.trim_end().into()),
    }
}

/// Whether a text can be cut here.
fn is_between(before: &str, after: &str) -> bool {
    !before.ends_with(is_joiner) && !after.starts_with(is_tied)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether it belongs to the character before it.
fn is_tied(c: char) -> bool {
    is_joiner(c) || is_combining_mark(c) || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, old: &str, new: &str, expected: Option<&str>) {
        let not_in = ReferFault::NotInLine(old.to_owned());
        let expected = expected.map(Into::into).ok_or(not_in);
        assert_eq!(replaced(text, old, new), expected);
    }

    #[test]
    fn one_text_is_put_in_place_of_another() {
        check("see teh teh cat", "teh", "the", Some("see the teh cat"));
        check("one two three", "two", "", Some("one three"));
        check("one two", "two", "", Some("one"));
        check("one two", "one", "", Some("two"));
        check("one two", " two", "  and  two  ", Some("one  and  two"));
        check("    code", "code", "more code", Some("    more code"));
        check("one", "two", "x", None);
        assert_eq!(replaced("one", "one", ""), Err(ReferFault::NothingLeft));
    }

    #[test]
    fn no_character_is_cut() {
        check("cafe\u{301}", "e", "x", None);
        check("cafe\u{301}", "e\u{301}", "\u{e9}", Some("caf\u{e9}"));
        check("👩🏽\u{200d}⚕\u{fe0f}!", "👩🏽", "x", None);
        check("👩🏽\u{200d}⚕\u{fe0f}!", "⚕\u{fe0f}", "x", None);
        check(
            "👩🏽\u{200d}⚕\u{fe0f}!",
            "👩🏽\u{200d}⚕\u{fe0f}",
            "x",
            Some("x!"),
        );
    }
}
