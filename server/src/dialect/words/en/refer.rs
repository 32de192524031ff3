//! Texts about lines that other lines are about, in English.

use std::fmt::{self, Write};

use super::super::{Command, Quoted, Typed, Verb};
use super::Lines;
use crate::hub::name::Name;
use crate::hub::{Deed, ReferFault, Reference, Said};
use crate::limits::{HISTORY_LINES, PINS, REACTION_CHARS, REACTIONS};

/// What stands beside the name of who speaks.
pub(in crate::dialect) fn remark(re: Option<&Name>, is_edited: bool) -> String {
    match (re, is_edited) {
        (Some(name), true) => format!("re {name}, edited"),
        (Some(name), false) => format!("re {name}"),
        (None, _) => "edited".to_owned(),
    }
}

pub(super) fn say(reference: &Reference, out: &mut Lines) -> fmt::Result {
    let Reference { by, quote, deed } = reference;
    match deed {
        // The dialect renders these.
        Deed::Replied(text) | Deed::Edited(text) => out.write_str(text),
        Deed::Deleted => {
            write!(out, "{by} deleted a line")?;
            if *by != quote.from {
                write!(out, " of {}", quote.from)?;
            }
            out.id_after(quote.id)
        }
        Deed::Reacted(word) => {
            write!(out, "{by} reacted {} to {}: ", Quoted(word), quote.from)?;
            out.quote(quote)
        }
        Deed::Pinned => {
            write!(out, "{by} pinned a line of {}: ", quote.from)?;
            out.quote(quote)
        }
        Deed::Unpinned => {
            write!(out, "{by} unpinned a line of {}: ", quote.from)?;
            out.quote(quote)
        }
    }
}

pub(super) fn has_pins(room: &Name, count: usize, out: &mut Lines) -> fmt::Result {
    let pins = out.name(super::Lang::En, Verb::Pins);
    match count {
        1 => write!(out, "1 line is pinned in {room}; /{pins} shows it"),
        n => write!(out, "{n} lines are pinned in {room}; /{pins} shows them"),
    }
}

pub(super) fn pins(room: &Name, said: &[Said], out: &mut Lines) -> fmt::Result {
    match said.len() {
        0 => write!(out, "nothing is pinned in {room}"),
        1 => write!(out, "1 line is pinned in {room}:"),
        n => write!(out, "{n} lines are pinned in {room}:"),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Edit => (
            "edit",
            "ID TEXT|OLD/NEW",
            "give your line ID another TEXT, or put NEW for OLD in your last line",
        ),
        Verb::Delete => ("delete", "ID", "delete your line ID; !! is your last"),
        Verb::React => ("react", "ID WORD", "tell what you think of the line ID"),
        Verb::Pins => ("pins", "", "the pinned lines of your room"),
        _ => (
            "pin",
            "ID",
            "pin the line ID for all; the same again unpins it",
        ),
    };
    Command { name, args, does }
}

pub(super) fn complain(fault: &ReferFault, out: &mut Lines) -> fmt::Result {
    match fault {
        ReferFault::NoSuchLine(which) => {
            let which = which.to_string();
            write!(
                out,
                "there is no line {} (any more) among the last {HISTORY_LINES}; /ids on shows the ids of lines",
                Typed(&which)
            )
        }
        ReferFault::NoOwnLine => write!(out, "you have said nothing here that can be changed"),
        ReferFault::NotYourEdit(name) => write!(out, "only {name} can edit that line"),
        ReferFault::NotYourDelete(name) => {
            write!(out, "only {name} and operators can delete that line")
        }
        ReferFault::NotInLine(old) => write!(out, "your last line has no {}", Quoted(old)),
        ReferFault::NothingLeft => write!(
            out,
            "nothing would be left; /delete !! deletes your last line"
        ),
        ReferFault::Unchanged => write!(out, "the line reads so already"),
        ReferFault::LongWord => write!(out, "a reaction has at most {REACTION_CHARS} characters"),
        ReferFault::ReactedSo => write!(out, "you have given that line this reaction"),
        ReferFault::ReactionsFull => {
            write!(
                out,
                "that line has {REACTIONS} reactions, and more do not fit"
            )
        }
        ReferFault::PinsFull => write!(
            out,
            "{PINS} lines are pinned already; /pin ID of one of them unpins it"
        ),
    }
}
