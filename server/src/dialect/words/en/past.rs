//! Texts about lines of before and their times, in English.

use std::fmt::{self, Write};

use super::super::{Command, Lang, Lines, Quoted, Typed, Verb};
use crate::clock::{Clock, Day, Zone};
use crate::hub::recall::Unreadable;
use crate::hub::{Asked, Misled, Page, Source};

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The lines that follow are of this day.
pub(in crate::dialect::words) fn day(day: Day, out: &mut Lines) -> fmt::Result {
    write!(out, "--- {} ---", Date(day))
}

/// `Thursday, 26 November 2026`.
struct Date(Day);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (weekday, month) = (WEEKDAYS[self.0.weekday()], MONTHS[self.0.month()]);
        write!(f, "{weekday}, {} {month} {}", self.0.day(), self.0.year())
    }
}

/// What a page is about.
pub(in crate::dialect::words) fn page(clock: Clock, page: &Page, out: &mut Lines) -> fmt::Result {
    let count = page.lines.len();
    match count {
        0 => nothing(clock, page, out)?,
        1 => write!(out, "1{} line", earlier(page))?,
        _ => write!(out, "{count}{} lines", earlier(page))?,
    }
    if count > 0 {
        about(clock, page, out)?;
    }
    if let Some(room) = &page.room {
        write!(out, " in {room}")?;
    }
    if count > 1 {
        write!(out, ", newest last")?;
    }
    match page.source {
        Source::Archive if count == 0 && page.has_more => write!(out, " so far back"),
        Source::Archive => Ok(()),
        Source::Unfinished => write!(out, "; the newest lines are not searched yet"),
        Source::Memory => write!(out, "; there is no more than what the server remembers"),
    }
}

fn earlier(page: &Page) -> &'static str {
    if page.asked == Asked::Earlier {
        " earlier"
    } else {
        ""
    }
}

fn nothing(clock: Clock, page: &Page, out: &mut Lines) -> fmt::Result {
    match page.asked {
        Asked::Last => write!(out, "nothing was said here yet"),
        Asked::Earlier => write!(out, "nothing was said before that"),
        Asked::Since { .. } => {
            write!(out, "nothing was said")?;
            about(clock, page, out)
        }
        Asked::From(_) | Asked::With(_) => {
            write!(out, "no line")?;
            about(clock, page, out)
        }
    }
}

fn about(clock: Clock, page: &Page, out: &mut Lines) -> fmt::Result {
    match &page.asked {
        Asked::Last | Asked::Earlier => Ok(()),
        Asked::From(name) => write!(out, " of {name}"),
        Asked::With(words) => write!(out, " with {}", Quoted(words)),
        Asked::Since { at, .. } => {
            let then = clock.local(*at);
            match (then.day == clock.now().day, then.is_midnight()) {
                (true, _) => write!(out, " since {}", then.minute()),
                (false, true) => write!(out, " since {}", Date(then.day)),
                (false, false) => write!(out, " since {}, {}", Date(then.day), then.minute()),
            }
        }
    }
}

/// There may be more.
pub(super) fn more(out: &mut Lines) -> fmt::Result {
    write!(out, "more: /{}", out.name(Lang::En, Verb::More))
}

/// It cannot be looked up.
pub(super) fn unread(why: Unreadable, out: &mut Lines) -> fmt::Result {
    out.write_str(match why {
        Unreadable::NotKept => "nothing is kept here",
        Unreadable::Busy => "many look up what was said just now; try again in a moment",
        Unreadable::Failed => "what was said cannot be read from disk just now; try again later",
    })
}

/// In which zone the user is told times.
pub(super) fn zone(own: Option<Zone>, clock: Clock, out: &mut Lines) -> fmt::Result {
    let (now, ahead) = (clock.now(), clock.zone.ahead(clock.at));
    match own {
        Some(Zone::Named(name)) => {
            write!(out, "you are told times of {name}: it is {}", now.minute())?;
        }
        Some(_) => write!(out, "you are told times of {ahead}: it is {}", now.minute())?,
        None => write!(
            out,
            "you are told times of the server, {ahead}: it is {}",
            now.minute()
        )?,
    }
    match own {
        Some(_) => write!(out, "; /zone server ends that"),
        None => write!(out, "; /zone CITY or /zone +1 changes that"),
    }
}

pub(super) fn complain(why: &Misled, out: &mut Lines) -> fmt::Result {
    match why {
        Misled::Zone { typed, near: None } => write!(
            out,
            "no such zone: {}; try /zone Lisbon, /zone Europe/Lisbon, /zone +1 or /zone server",
            Typed(typed)
        ),
        Misled::Zone {
            typed,
            near: Some(near),
        } => write!(
            out,
            "no such zone: {}; did you mean /zone {near}?",
            Typed(typed)
        ),
        Misled::Moment(typed) => write!(
            out,
            "not a time: {}; try 10:30, yesterday, yesterday 10:30, 2026-11-25 or 2h",
            Typed(typed)
        ),
        Misled::StillLooking => {
            out.write_str("your last question is still looked up; wait for its answer")
        }
        _ => out
            .write_str("there is no next page; /history, /history from NAME and /search begin one"),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Search => (
            "search",
            "WORDS [in ROOM]",
            "lines with all of these words, in your rooms or in ROOM",
        ),
        Verb::More => ("more", "", "the next page of lines of before"),
        Verb::Zone => (
            "zone",
            "[CITY|+1|server]",
            "the time zone of lines of before, yours or the server's",
        ),
        _ => (
            "history",
            "[N|since TIME|from NAME] [ROOM]",
            "the last lines of your room, or of ROOM",
        ),
    };
    Command { name, args, does }
}
