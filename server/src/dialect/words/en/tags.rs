//! Ids and tags in English.

use std::fmt::{self, Write};

use crate::dialect::words::{Command, Lines, Verb};
use crate::hub::{Ids, ShortId, Tag};

pub(super) fn say(tag: &Tag, out: &mut Lines) -> fmt::Result {
    match tag {
        Tag::Shows(Ids::Hidden) => write!(out, "lines have no ids any more"),
        Tag::Shows(Ids::Short) => write!(
            out,
            "lines begin with an id from now on, by which you can refer to them; /ids off ends that"
        ),
        Tag::Shows(Ids::Tags) => write!(
            out,
            "every line begins with a tag from now on, for programs; /tags off ends that"
        ),
        Tag::Yours { id, mark, .. } => {
            write!(out, "[{}] said", ShortId::from(*id))?;
            mark.iter().try_for_each(|mark| write!(out, ": {mark}"))
        }
        Tag::Done { mark } => write!(out, "said: {mark}"),
        Tag::Refused { mark, complaint } => {
            write!(out, "{mark}: ")?;
            super::complain(complaint, out)
        }
        // Only programs are told these, and in words of their own.
        Tag::At { .. }
        | Tag::Key(_)
        | Tag::Resumed { .. }
        | Tag::Again { .. }
        | Tag::Cannot { .. } => Ok(()),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Tags => (
            "tags",
            "on|off",
            "begin each line with its time, room and number, for programs",
        ),
        Verb::Resume => (
            "resume",
            "KEY [ROOM:EPOCH:NUMBER ...]",
            "for programs, in place of a name: take your place over after a drop",
        ),
        Verb::Once => (
            "once",
            "MARK LINE",
            "say LINE, but only once if you send it again with the same MARK of yours",
        ),
        _ => (
            "ids",
            "on|off",
            "show before each line an id by which you can refer to it",
        ),
    };
    Command { name, args, does }
}
