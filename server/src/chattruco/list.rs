//! The list of users online: `email:ip#` for each, in one datagram.
//!
//! A client shows everybody missing from a list as gone. So every list is the beginning of one
//! order, that of arrival: users who do not fit appear when earlier ones leave. A user who does not
//! fit replaces the last ones in their own list only. Invariant: entries are whole, and head and
//! list together stay below `DATAGRAM_BYTES` and below what the reader may be sent, apart from the
//! reader's own entry.

use super::limits::DATAGRAM_BYTES;
use super::wire::HEARTBEAT_HEAD;

/// One entry in two parts, so that those who share the second need no allocation.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a>(pub(super) &'a str, pub(super) &'a str);

/// A list, and the first user who was left out; so are all after them.
pub(super) struct List<'a> {
    pub(super) text: String,
    pub(super) left_out: Option<Entry<'a>>,
}

/// The list for the owner of the entry `own`, in a datagram of `most` bytes: after the head of a
/// heartbeat, or alone in the answer to a login.
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
            // Each entry ends with its only `#`.
            let before_last = text.trim_end_matches('#').rfind('#');
            text.truncate(before_last.map_or(0, |end| end + 1));
        }
        text.push_str(own);
    }
    List { text, left_out }
}

impl Entry<'_> {
    /// The name or e-mail.
    pub(super) fn name(&self) -> &str {
        let end = self.0.find(':').unwrap_or(self.0.len());
        &self.0[..end]
    }
}
