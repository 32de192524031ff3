//! Texts about addresses by which programs speak, in English.

use std::fmt::{self, Write};

use super::super::{Command, Lines, Verb};
use crate::hub::Hook;
use crate::hub::name::Name;

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Hook => (
            "hook",
            "[ROOM]",
            "an address by which programs speak in a room; alone: all of them",
        ),
        _ => ("unhook", "NUMBER", "end such an address"),
    };
    Command { name, args, does }
}

pub(super) fn made(hook: &Hook, out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "programs can speak in {} now: POST to {} as to a webhook of Slack; /unhook {} ends that",
        hook.room, hook.url, hook.number
    )?;
    out.next();
    write!(
        out,
        "keep it secret, whoever has it can speak; try it: curl -d '{{\"text\":\"hi\"}}' {}",
        hook.url
    )
}

pub(super) fn ended(room: &Name, out: &mut Lines) -> fmt::Result {
    write!(out, "that address leads to {room} no more")
}

pub(super) fn list(hooks: &[Hook], out: &mut Lines) -> fmt::Result {
    if hooks.is_empty() {
        return write!(
            out,
            "no program speaks here; /hook ROOM makes an address for one"
        );
    }
    write!(out, "addresses for programs:")?;
    for Hook {
        number,
        room,
        by,
        url,
    } in hooks
    {
        out.next();
        write!(out, "{number}: {room}, {url}")?;
        match by.is_empty() {
            true => write!(out, ", by the console")?,
            false => write!(out, ", by {by}")?,
        }
    }
    Ok(())
}
