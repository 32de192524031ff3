//! Texts about people who are not here, or not at their screen, in English.

use std::fmt::{self, Write};

use super::super::{Age, Beginning, Command, Quoted, Typed, Verb};
use super::{Lines, crowd, others};
use crate::hub::name::Name;
use crate::hub::{Absence, AbsenceFault, Away, Crowd, Seen, SentTo, Unkept};
use crate::limits::LETTERS_OF_ONE;

pub(super) fn say(absence: &Absence, out: &mut Lines) -> fmt::Result {
    match absence {
        Absence::YouAreAway => write!(
            out,
            "you are away, and who writes to you privately is told; /back or a public line ends that"
        ),
        Absence::YouAreBack => write!(out, "you are not away any more"),
        Absence::IsAway(name, text) if text.is_empty() => {
            write!(out, "{name} is away, and gets your line all the same")
        }
        Absence::IsAway(name, text) => {
            let text = Quoted(text);
            write!(
                out,
                "{name} is away ({text}), and gets your line all the same"
            )
        }
        Absence::Here(name, seen, away) => {
            write!(out, "{name} is here, joined {} ago", Age(seen.at))?;
            spoke(seen, out)?;
            too(away.as_ref(), out)
        }
        Absence::Kept(name) => write!(out, "{name} is away and will get it"),
        Absence::Unkept(name, why) => unkept(name, *why, out),
        Absence::Letters(1) => write!(out, "1 private line came while you were not here:"),
        Absence::Letters(count) => {
            write!(out, "{count} private lines came while you were not here:")
        }
        Absence::Sent(to) => sent(to, out),
        Absence::MayBeLost(name, 1) => write!(
            out,
            "{name}'s connection is lost, and your last line to {name} may not have arrived"
        ),
        Absence::MayBeLost(name, count) => write!(
            out,
            "{name}'s connection is lost, and your last {count} lines to {name} may not have arrived"
        ),
        Absence::Waits(name, 1) => write!(
            out,
            "{name}'s connection is lost, and your last line waits until {name} is back"
        ),
        Absence::Waits(name, count) => write!(
            out,
            "{name}'s connection is lost, and your last {count} lines wait until {name} is back"
        ),
        Absence::Gone(name, seen) => {
            write!(out, "{name} was last here {} ago", Age(seen.at))?;
            spoke(seen, out)
        }
    }
}

/// What stands after the time of a letter that is told again.
pub(in crate::dialect::words) const AGAIN: &str = "perhaps again";

fn sent(to: &SentTo, out: &mut Lines) -> fmt::Result {
    let (room, others) = (&to.room, to.others);
    if others == 0 {
        return write!(out, "nobody else is in {room}");
    }
    write!(out, "{} has been sent to ", Beginning(&to.text))?;
    match (to.sent.count(), others) {
        (0, 1) => write!(out, "nobody: 1 other is in {room}")?,
        (0, _) => write!(out, "nobody: {others} others are in {room}")?,
        (sent, _) => {
            match (sent == others, others) {
                (true, 1) => write!(out, "the only other in {room}: ")?,
                (true, _) => write!(out, "all {others} others in {room}: ")?,
                (false, _) => write!(out, "{sent} of {others} others in {room}: ")?,
            }
            crowd(&to.sent, out)?;
            out.next();
            reached(to, out)?;
        }
    }
    behind(to, out)?;
    for (who, what) in [(&to.later, "came later"), (&to.unknown, "may have lost it")] {
        if who.count() > 0 {
            out.next();
            write!(out, "{} {what}: ", who.count())?;
            crowd(who, out)?;
        }
    }
    if to.not_searched() > 0 {
        out.next();
        write!(
            out,
            "{} were not looked at, they are too many",
            to.not_searched()
        )?;
    }
    Ok(())
}

/// Whose systems are known to have a line.
fn reached(to: &SentTo, out: &mut Lines) -> fmt::Result {
    match to.reached.count() {
        0 => write!(out, "it is not known to have reached their computers yet"),
        1 if to.sent.count() == 1 => write!(out, "it has reached their computer"),
        all if all == to.sent.count() => write!(out, "it has reached the computers of all of them"),
        _ => {
            write!(out, "it is known to have reached the computers of ")?;
            crowd(&to.reached, out)
        }
    }
}

fn behind(to: &SentTo, out: &mut Lines) -> fmt::Result {
    match to.behind.len() + to.others_behind {
        0 => return Ok(()),
        1 => {
            out.next();
            write!(out, "1 is behind: ")?;
        }
        count => {
            out.next();
            write!(out, "{count} are behind: ")?;
        }
    }
    for (at, (name, lines)) in to.behind.iter().enumerate() {
        let before = if at == 0 { "" } else { ", " };
        let lines = if *lines == 1 {
            "1 line"
        } else {
            &format!("{lines} lines")
        };
        write!(out, "{before}{name} by {lines}")?;
    }
    others(to.others_behind, out)
}

fn unkept(name: &Name, why: Unkept, out: &mut Lines) -> fmt::Result {
    write!(out, "{name} is away and will not get it: ")?;
    match why {
        Unkept::NothingIs => write!(out, "nothing is kept here"),
        Unkept::Full => write!(out, "too many private lines wait already"),
        Unkept::TooManyOfYours => write!(out, "{LETTERS_OF_ONE} lines of yours wait already"),
        Unkept::Busy => write!(out, "too much is to be kept at once; try again in a moment"),
        Unkept::Failed => write!(out, "it could not be kept; try again later"),
    }
}

fn spoke(seen: &Seen, out: &mut Lines) -> fmt::Result {
    match seen.spoke {
        Some(spoke) => write!(out, ", and last spoke {} ago", Age(spoke)),
        None => write!(out, ", and said nothing"),
    }
}

/// They are away, too.
pub(super) fn too(away: Option<&Away>, out: &mut Lines) -> fmt::Result {
    let Some(Away { text, since }) = away else {
        return Ok(());
    };
    write!(out, ", away for {}", Age(*since))?;
    match text.is_empty() {
        true => Ok(()),
        false => write!(out, " ({})", Quoted(text)),
    }
}

/// Those of who is online who are away.
pub(super) fn online(away: &Crowd, out: &mut Lines) -> fmt::Result {
    let count = away.names.len() + away.others;
    if count == 0 {
        return Ok(());
    }
    out.next();
    write!(out, "{count} away: ")?;
    crowd(away, out)
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Seen => (
            "seen",
            "[NAME]",
            "when NAME was last here and spoke; who was sent your last line",
        ),
        Verb::Away => (
            "away",
            "[TEXT]",
            "who writes to you privately is told that you are away",
        ),
        _ => ("back", "", "you are not away any more"),
    };
    Command { name, args, does }
}

pub(super) fn complain(fault: &AbsenceFault, out: &mut Lines) -> fmt::Result {
    match fault {
        AbsenceFault::NeverSeen(typed) => {
            write!(out, "nothing is known of anybody called {}", Typed(typed))
        }
        AbsenceFault::Unkept(name, why) => unkept(name, *why, out),
        AbsenceFault::MayBeAnother(name) => write!(
            out,
            "{} had no password then, and may be somebody else now; @{name} TEXT writes to whoever has the name",
            Typed(name)
        ),
        AbsenceFault::NothingSaid(room) => {
            write!(out, "you have said nothing in {room} lately")
        }
        AbsenceFault::NotAway => write!(out, "you are not away; /away TEXT says that you are"),
    }
}
