//! Texts about rooms and their topics, in English.

use std::fmt::{self, Write};

use super::super::{Command, Quoted, Verb, listed};
use super::{Lines, crowd, others, quit};
use crate::clock::Clock;
use crate::hub::name::Name;
use crate::hub::{self, Complaint, Crowd, Ids, Missed, RoomListed};
use crate::limits::{ROOMS_JOINED, TOPIC_CHARS};

/// The user is in a room now; its lines are shown bare or marked.
pub(super) fn in_room(
    room: &Name,
    lines: hub::Lines,
    here: &Crowd,
    out: &mut Lines,
) -> fmt::Result {
    if lines == hub::Lines::Bare {
        return place(room, here, out);
    }
    write!(out, "you are also in {room}")?;
    match here.names.is_empty() {
        true => write!(out, ", alone")?,
        false => {
            write!(out, " with ")?;
            crowd(here, out)?;
        }
    }
    // Programs are told the room of each line.
    match out.ids {
        Ids::Tags => write!(out, "; ")?,
        Ids::Hidden | Ids::Short => write!(out, "; its lines begin with #{room}, and ")?,
    }
    write!(out, "/join {room} lets you speak there")
}

pub(super) fn place(room: &Name, here: &Crowd, out: &mut Lines) -> fmt::Result {
    if here.names.is_empty() {
        return write!(out, "you are alone in {room}");
    }
    write!(out, "you are in {room} with ")?;
    crowd(here, out)
}

pub(super) fn topic(room: &Name, topic: Option<&str>, out: &mut Lines) -> fmt::Result {
    match topic {
        Some(topic) => write!(out, "topic of {room}: {}", Quoted(topic)),
        None => write!(out, "{room} has no topic; /topic TEXT sets one"),
    }
}

pub(super) fn topic_changed(who: &Name, topic: Option<&str>, out: &mut Lines) -> fmt::Result {
    match topic {
        Some(topic) => write!(out, "{who} changed the topic: {}", Quoted(topic)),
        None => write!(out, "{who} cleared the topic"),
    }
}

/// The history of a room is empty.
pub(super) fn silence(room: &Name, lines: hub::Lines, out: &mut Lines) -> fmt::Result {
    match lines {
        hub::Lines::Bare => write!(out, "nothing was said here yet"),
        hub::Lines::Marked => write!(out, "nothing was said in {room} yet"),
    }
}

pub(super) fn back(who: &Crowd, out: &mut Lines) -> fmt::Result {
    crowd(who, out)?;
    let is_one = who.names.len() + who.others == 1;
    write!(out, "{}", if is_one { " is back" } else { " are back" })
}

pub(in crate::dialect::words) fn missed(
    clock: Clock,
    elsewhere: Option<&Name>,
    missed: Missed,
    out: &mut Lines,
) -> fmt::Result {
    match missed {
        Missed::Lines(1) => write!(out, "1 line since you were away")?,
        Missed::Lines(count) => write!(out, "{count} lines since you were away")?,
        Missed::More { count, is_all, .. } => {
            let more = if is_all { "" } else { "more than " };
            write!(out, "{more}{count} lines since you were away")?;
        }
        Missed::Torn(0) => write!(out, "no line since you were away, unless some are lost")?,
        Missed::Torn(1) => write!(
            out,
            "1 line since you were away, and perhaps some that are lost"
        )?,
        Missed::Torn(count) => write!(
            out,
            "{count} lines since you were away, and perhaps some that are lost"
        )?,
        Missed::Unknown => write!(out, "which lines you have missed is not known")?,
    }
    if let Some(room) = elsewhere {
        write!(out, " in {room}")?;
    }
    match missed {
        Missed::More { shown, first, .. } => {
            if shown > 0 {
                write!(out, "; here are the last {shown}")?;
            }
            write!(out, "; /history since {}", clock.typed(first))?;
            elsewhere.map_or(Ok(()), |room| write!(out, " {room}"))?;
            write!(out, " shows all")
        }
        Missed::Unknown => write!(out, "; /history shows the last ones"),
        Missed::Lines(_) | Missed::Torn(_) => Ok(()),
    }
}

pub(super) fn listeners(count: usize, out: &mut Lines) -> fmt::Result {
    match count {
        1 => write!(out, "1 script listens here, over HTTP"),
        n => write!(out, "{n} scripts listen here, over HTTP"),
    }
}

pub(super) fn all(rooms: &[RoomListed], more: usize, out: &mut Lines) -> fmt::Result {
    match rooms.len() + more {
        1 => write!(out, "1 room: ")?,
        n => write!(out, "{n} rooms: ")?,
    }
    listed(rooms, ", you", out)?;
    others(more, out)
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Join => (
            "join",
            "ROOM",
            "speak in ROOM, old or new, instead of your room",
        ),
        Verb::Also => (
            "also",
            "ROOM",
            "be in one room more, and go on speaking in yours",
        ),
        Verb::Leave => ("leave", "[ROOM]", "leave your room, or ROOM"),
        Verb::Topic => (
            "topic",
            "[TEXT]",
            "what your room is about; TEXT sets it, - clears it",
        ),
        _ => (
            "rooms",
            "",
            "the rooms, how many are in each, which are yours",
        ),
    };
    Command { name, args, does }
}

pub(super) fn complain(complaint: &Complaint, out: &mut Lines) -> fmt::Result {
    match complaint {
        Complaint::AlreadyThere(room) => write!(out, "you are already in {room}"),
        Complaint::AlreadyAlsoThere(room) => {
            write!(
                out,
                "you are already in {room}; /join {room} lets you speak there"
            )
        }
        Complaint::NotThere(room) => {
            write!(
                out,
                "you are not in {room}; /rooms marks yours, /join {room} goes there"
            )
        }
        Complaint::TooManyRooms => {
            out.write_str("there are too many rooms; /rooms shows those that you can be in")
        }
        Complaint::RoomsFull => write!(
            out,
            "you are in {ROOMS_JOINED} rooms already; /leave ROOM leaves one"
        ),
        Complaint::OnlyRoom => write!(
            out,
            "you are in no other room; /join ROOM goes to one, /{} leaves papo",
            quit(out)
        ),
        _ => write!(out, "a topic has at most {TOPIC_CHARS} characters"),
    }
}
