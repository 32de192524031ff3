//! What can be asked about lines of before, and what an answer has: plain data.

use std::rc::Rc;
use std::time::Duration;

use super::super::notice::{Notice, Said};
use super::super::request::Request;
use crate::clock::{Clock, Zone};
use crate::hub::name::Name;

/// Which lines of before somebody wants to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Look {
    /// Those since this time in milliseconds since 1970, which was so long ago.
    Since {
        at: i64,
        ago: Duration,
        room: Option<String>,
    },
    /// The last ones of this name.
    From { name: String, room: Option<String> },
    /// The last ones with all of the words of this text. If it ends in the name of a room they may be meant for
    /// that room alone: the words before it, and the room.
    Search {
        text: String,
        within: Option<(String, String)>,
    },
    /// Those that come after the last page.
    More,
}

/// Why a question about lines of before, or about their times, cannot be answered.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Misled {
    /// This is no time zone; perhaps that one was meant.
    Zone {
        typed: String,
        near: Option<&'static str>,
    },
    /// This is no time and no day.
    Moment(String),
    /// Another question is still open.
    StillLooking,
    /// There is no page after the last one.
    NothingMore,
}

/// What a page is about.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Asked {
    /// The last lines.
    Last,
    /// Lines before those.
    Earlier,
    /// Lines since this time, which was so long before the question.
    Since { at: i64, ago: Duration },
    /// Lines of this name.
    From(Name),
    /// Lines with these words.
    With(Rc<str>),
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// What it is about.
    pub asked: Asked,
    /// The room that was named in the question.
    pub room: Option<Name>,
    /// The room in which its reader speaks. Lines of others are marked.
    pub here: Name,
    /// The lines, oldest first.
    pub lines: Vec<Told>,
    /// Whether there may be more.
    pub has_more: bool,
    /// Where they were found.
    pub source: Source,
}

/// Where lines of before were found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// In the archive.
    Archive,
    /// In the archive, in which the last ones cannot be found by their words yet.
    Unfinished,
    /// In memory: nothing else is kept.
    Memory,
}

/// A line of before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// The room.
    pub room: Name,
    /// When, in milliseconds since 1970, if that is known. Else its age counts.
    pub at: Option<i64>,
    /// The line.
    pub said: Said,
}

/// In which zone somebody wants to be told times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zoning {
    /// In which are they?
    Tell,
    /// In this one.
    In(Zone),
    /// In the host's.
    AsHost,
}

impl Notice {
    /// Whether it tells times of day, which are those of its reader's zone.
    pub fn has_times(&self) -> bool {
        matches!(
            self,
            Notice::History { .. }
                | Notice::Page(_)
                | Notice::Pins { .. }
                | Notice::Letter(_)
                | Notice::Missed { .. }
        )
    }
}

impl Request {
    /// The same with the moment found out by this clock.
    pub fn dated(self, clock: impl FnOnce() -> Clock) -> Request {
        match self {
            Request::Since(moment, room) => {
                let clock = clock();
                let at = clock.time_of(moment);
                let ago = clock.millis().saturating_sub(at).max(0);
                let ago = Duration::from_millis(ago.unsigned_abs());
                Request::Look(Look::Since { at, ago, room })
            }
            request => request,
        }
    }
}
