//! An archive for the fuzzed hub.

use papo_server::hub::archive::entry::Entry;
use papo_server::hub::name::Name;
use papo_server::hub::recall::{Found, Past, Place, Recall, Unreadable};

/// An answer, perhaps with less than there is, or that there is none.
pub(crate) fn found(kept: &[Past], recall: &Recall) -> Result<Found, Unreadable> {
    let is_of = |past: &&Past| {
        let key = Name::parse(&past.room).map(|room| room.key().to_owned());
        recall
            .rooms
            .iter()
            .any(|room| key.as_deref() == Ok(&**room))
    };
    let lines = kept.iter().rev().filter(is_of).take(recall.most);
    let mut lines: Vec<Past> = lines.cloned().collect();
    lines.reverse();
    let round = recall.number % 7;
    match round {
        0 => Err(Unreadable::Busy),
        1 => Err(Unreadable::Failed),
        _ => Ok(Found {
            more: (round < 5).then_some(Place(1)),
            lines: if round == 2 { Vec::new() } else { lines },
            is_whole: round > 3,
        }),
    }
}

/// A line that was said, as the archive has it.
pub(crate) fn past(entry: &Entry<'_>) -> Option<Past> {
    let past = Past::new(entry, Place(1), 0);
    past.is_said().then_some(past)
}
