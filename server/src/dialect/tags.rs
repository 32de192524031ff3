//! Lines for programs: each begins with `@TIME `, and what a program needs stands at fixed places behind it.
//! docs/protocol.md has the form. Sentences for people are in words/, as ever.
//!
//! Invariant: what follows `@TIME ` or `@TIME #ROOM:NUMBER ` is the server's up to the end of a name, and is
//! the same in all languages.

use super::{Clock, Ids, Place, Style};
use crate::hub::name::Name;
use crate::hub::{LineId, Notice, Said, SaidKind, ShortId, Tag};

/// What each line that is not a room's begins with.
pub(super) fn stamp(style: Style, clock: Clock) -> String {
    match style.ids {
        Ids::Tags => format!("@{} ", clock.at),
        Ids::Hidden | Ids::Short => String::new(),
    }
}

/// Appends what a line of a room begins with.
pub(super) fn begin(
    style: Style,
    clock: Clock,
    place: Place<'_>,
    notice: &Notice,
    out: &mut Vec<u8>,
) {
    let Place { room, mark, id } = place;
    let tag = match style.ids {
        Ids::Tags => format!("@{} #{room}:{} ", clock.at, id.number),
        Ids::Short if notice.is_said() => format!("{mark}[{}] ", ShortId::from(id)),
        Ids::Short | Ids::Hidden => return out.extend_from_slice(mark.as_bytes()),
    };
    out.extend_from_slice(tag.as_bytes());
}

/// Appends what is told to a program in words of its own, after `stamp`; false if it is a sentence for people.
pub(super) fn tell(stamp: &str, notice: &Notice, out: &mut Vec<u8>) -> bool {
    let line = match notice {
        Notice::Tag(tag) => match tag {
            Tag::Yours { room, id, mark } => {
                let mark = mark
                    .as_ref()
                    .map_or(String::new(), |mark| format!(" {mark}"));
                format!("{stamp}#{room}:{} said{mark}\n", id.number)
            }
            Tag::Done { mark } => format!("{stamp}said {mark}\n"),
            Tag::At { room, last } => {
                format!("{stamp}#{room}:{} epoch {}\n", last.number, last.epoch)
            }
            Tag::Key(key) => format!("{stamp}key {}\n", key.reveal()),
            Tag::Shows(_) | Tag::Refused { .. } => return false,
        },
        Notice::Skipped { lines } => format!("{stamp}skipped {lines}\n"),
        _ => return false,
    };
    out.extend_from_slice(line.as_bytes());
    true
}

/// Appends a line of before: with its own time, and its id in full, so that it is never taken for a new one.
pub(super) fn replay(clock: Clock, room: &Name, said: &Said, out: &mut Vec<u8>) {
    let Said {
        id,
        from,
        text,
        kind,
        age,
    } = said;
    let at = clock.at.saturating_sub_unsigned(age.as_secs());
    let LineId { epoch, number } = id;
    let begins = match kind {
        SaidKind::Line => format!("@{at} #{room}:{epoch}:{number} old <{from}> "),
        SaidKind::Action => format!("@{at} #{room}:{epoch}:{number} old ~ {from} "),
    };
    out.extend_from_slice(begins.as_bytes());
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}
