//! Lines for programs: each begins with `@TIME `, and what a program needs stands at fixed places behind it.
//! docs/protocol.md has the form. Sentences for people are in words/, as ever.
//!
//! Invariant: what follows `@TIME ` or `@TIME #ROOM:NUMBER ` is the server's up to the end of a name, and is
//! the same in all languages.

use super::{Clock, Ids, Place, Style, forms, write};
use crate::dialect::words::Verb;
use crate::hub::name::Name;
use crate::hub::{Again, Cannot, Deed, LineId, Notice, Said, SaidKind, ShortId, Tag};

/// What each line that is not a room's begins with.
pub(super) fn stamp(style: Style, clock: Clock) -> String {
    match style.ids {
        Ids::Tags => format!("@{} ", clock.at),
        Ids::Hidden | Ids::Short => String::new(),
    }
}

/// See [`super::render_line`].
pub(super) fn line(
    style: Style,
    clock: Clock,
    place: Place<'_>,
    notice: &Notice,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    begin(style, clock, place, notice, out);
    let begun = out.len();
    write(style, clock, "", notice, out);
    if out.len() == begun {
        out.truncate(start);
    }
}

/// Appends what a line of a room begins with.
fn begin(style: Style, clock: Clock, place: Place<'_>, notice: &Notice, out: &mut Vec<u8>) {
    let Place { room, mark, id } = place;
    let tag = match style.ids {
        Ids::Tags => {
            let about = notice.refers().map(|line| about(line, id.epoch));
            let about = about.unwrap_or_default();
            format!("@{} #{room}:{} {about}", clock.at, id.number)
        }
        Ids::Short if notice.is_said() => format!("{mark}[{}] ", ShortId::from(id)),
        Ids::Short | Ids::Hidden => return out.extend_from_slice(mark.as_bytes()),
    };
    out.extend_from_slice(tag.as_bytes());
}

/// The line that a line of this epoch is about.
fn about(LineId { epoch, number }: LineId, of: u64) -> String {
    match epoch == of {
        true => format!("^{number} "),
        false => format!("^{epoch}:{number} "),
    }
}

/// Appends what is told to a program in words of its own, after `stamp`; false if it is a sentence for people.
pub(super) fn tell(
    style: Style,
    clock: Clock,
    stamp: &str,
    notice: &Notice,
    out: &mut Vec<u8>,
) -> bool {
    let line = match notice {
        Notice::Skipped { lines } => format!("skipped {lines}"),
        Notice::Tag(tag) => match tag {
            Tag::Yours { room, id, mark } => {
                let mark = mark
                    .as_ref()
                    .map_or(String::new(), |mark| format!(" {mark}"));
                format!("#{room}:{} said{mark}", id.number)
            }
            Tag::Done { mark } => format!("said {mark}"),
            Tag::At { room, last } => format!("#{room}:{} epoch {}", last.number, last.epoch),
            Tag::Key(key) => format!("key {}", key.reveal()),
            Tag::Resumed { name, rooms } => {
                let rooms: String = rooms.iter().map(|room| format!(" #{room}")).collect();
                format!("resumed {name}{rooms}")
            }
            Tag::Again { room, lines } => {
                lines
                    .iter()
                    .for_each(|line| again(style, clock, room, line, out));
                return true;
            }
            Tag::Cannot { room, why } => {
                let why = match why {
                    Cannot::EpochChanged => "epoch-changed",
                    Cannot::TooFarBack => "too-far-back",
                    Cannot::NotKnown => "not-known",
                    Cannot::Unreadable => "unreadable",
                };
                format!("#{room} cannot {why}")
            }
            Tag::Shows(_) | Tag::Refused { .. } => return false,
        },
        Notice::Refer(reference) => {
            let by = &reference.by;
            match &reference.deed {
                Deed::Replied(text) => format!("<{by}> {text}"),
                Deed::Edited(text) => format!("edited <{by}> {text}"),
                Deed::Deleted => format!("deleted <{by}>"),
                Deed::Reacted(word) => format!("reacted <{by}> {word}"),
                Deed::Pinned => format!("pinned <{by}>"),
                Deed::Unpinned => format!("unpinned <{by}>"),
            }
        }
        _ => return false,
    };
    out.extend_from_slice(format!("{stamp}{line}\n").as_bytes());
    true
}

/// Appends a line that was missed, as it was told.
fn again(style: Style, clock: Clock, room: &Name, line: &Again, out: &mut Vec<u8>) {
    let at = clock.second_of(line.age);
    let stamp = match line.notice {
        // There is no line of that number.
        Notice::Skipped { .. } => format!("@{at} #{room} "),
        _ => {
            let LineId { epoch, number } = line.id;
            let about = line.notice.refers().map(|line| about(line, epoch));
            format!("@{at} #{room}:{number} {}", about.unwrap_or_default())
        }
    };
    forms::render(style, clock, &stamp, &line.notice, out);
}

/// Appends a line of before: with its own time, and its id in full, so that it is never taken for a new one.
pub(super) fn replay(clock: Clock, room: &Name, said: &Said, out: &mut Vec<u8>) {
    let Said {
        id,
        from,
        text,
        kind,
        age,
        is_edited,
        re,
    } = said;
    let at = clock.second_of(*age);
    let LineId { epoch, number } = id;
    let re = re.as_ref().map(|quote| about(quote.id, *epoch));
    let re = re.unwrap_or_default();
    let edited = if *is_edited { "edited " } else { "" };
    let [before, after] = match kind {
        SaidKind::Line => ["<", ">"],
        SaidKind::Action => ["~ ", ""],
    };
    let begins = format!("@{at} #{room}:{epoch}:{number} old {re}{edited}{before}{from}{after} ");
    out.extend_from_slice(begins.as_bytes());
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

/// What lines begin with, by `on` or `off`.
pub(super) fn shows(verb: Verb, typed: &str) -> Option<Ids> {
    match (switch(typed)?, verb) {
        (true, Verb::Tags) => Some(Ids::Tags),
        (true, _) => Some(Ids::Short),
        (false, _) => Some(Ids::Hidden),
    }
}

/// `on` or `off`, in either language.
pub(super) fn switch(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "on" | "sim" => Some(true),
        "off" | "não" | "nao" => Some(false),
        _ => None,
    }
}
