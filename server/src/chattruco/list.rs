//! The list of who is online: `email:ip#` for each, in one datagram.
//!
//! A client takes a list for the whole truth and shows whoever is missing as gone. So a list is always
//! the same beginning of one order of arrival: who does not fit is left out until somebody before it
//! leaves, and its owner, when it is left out, takes the place of the last ones in its own list alone.
//! Invariant: entries are whole, and head and list together are no longer than `DATAGRAM_BYTES`, nor
//! than the reader may be told, but for its own entry.

use super::wire::HEARTBEAT_HEAD;
use crate::limits::DATAGRAM_BYTES;

/// One entry, in two pieces so that nothing is built for those who share the second.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a>(pub(super) &'a str, pub(super) &'a str);

/// A list, and who is the first that was left out; so is everybody after that one.
pub(super) struct List<'a> {
    pub(super) text: String,
    pub(super) left_out: Option<Entry<'a>>,
}

/// The list for the owner of the entry `own`, in a datagram of `most` bytes. It is the same with the
/// head of a heartbeat and alone, the answer to a login.
pub(super) fn list<'a>(
    own: &str,
    entries: impl Iterator<Item = Entry<'a>>,
    most: usize,
) -> List<'a> {
    let room = most
        .min(DATAGRAM_BYTES)
        .saturating_sub(HEARTBEAT_HEAD.len());
    let mut text = String::with_capacity(room);
    let mut has_own = false;
    let mut left_out = None;
    for entry in entries {
        let Entry(first, second) = entry;
        if text.len() + first.len() + second.len() > room {
            left_out = Some(entry);
            break;
        }
        has_own |= first == own;
        text.push_str(first);
        text.push_str(second);
    }
    if !has_own {
        while !text.is_empty() && text.len() + own.len() > room {
            // Every entry ends in the only `#` that is in it.
            let before_last = text.trim_end_matches('#').rfind('#');
            text.truncate(before_last.map_or(0, |end| end + 1));
        }
        text.push_str(own);
    }
    List { text, left_out }
}

impl Entry<'_> {
    /// Whose it is.
    pub(super) fn name(&self) -> &str {
        let end = self.0.find(':').unwrap_or(self.0.len());
        &self.0[..end]
    }
}
