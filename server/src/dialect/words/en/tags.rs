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
        Tag::Yours { id, .. } => write!(out, "[{}] said", ShortId::from(*id)),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Tags => (
            "tags",
            "on|off",
            "begin each line with its time, room and number, for programs",
        ),
        _ => (
            "ids",
            "on|off",
            "show before each line an id by which you can refer to it",
        ),
    };
    Command { name, args, does }
}
