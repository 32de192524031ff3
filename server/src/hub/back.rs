//! Users who left and may come back: what was theirs, up to where each of their rooms had reached them, and what
//! they have missed.
//!
//! Their places are in one table (left.rs). People find theirs by their name: whoever was lost for
//! [`crate::limits::BACK_WITHIN`] from the same address, the owner of a registered name for
//! [`crate::limits::PROVED_BACK_WITHIN`], also after a quit. Programs find theirs by their key (../resume.rs). The
//! lost find their rooms and ignores as they left them (seating.rs), and all get the lines that they have missed
//! (missed.rs), from memory or else from the archive (catchup.rs), and before them as many as a join would show.
//! Others are told that somebody is back in place of a join, if it was within [`crate::limits::BACK_SOON`]; if the
//! leave is not told yet, it never is.
//!
//! Which lines are missed is known from what the peer's system has acknowledged (turn/back.rs). Public lines
//! need no secret; nothing private is kept here.
//!
//! Invariant: lines that are missed reach from the last one that had come to the last one before the user
//! reads the room again, without those of users they ignore and their own: none is told twice, and if some
//! are not told, it is said. Only if who is back is lost once more before all that they have missed had reached
//! them is that told again from its start.

pub(super) mod catchup;
mod json;
mod leaving;
mod left;
mod missed;
mod on_disk;
mod seating;

use std::collections::BTreeMap;

use catchup::{CatchUps, Gap};
pub use left::{HowLeft, LeftPlace, LeftRoom};
pub(super) use left::{LeftPlaces, millis};
use on_disk::OnDisk;

use super::archive::entry::LineId;
use super::id::Id;
use super::name::Name;
use crate::hub::Time;
use crate::limits::{HISTORY_BYTES, HISTORY_LINES};

/// Which lines of a room had reached a user who left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    /// All that the room was told.
    All,
    /// All up to this one.
    Line(LineId),
    /// It is not known.
    Unknown,
}

/// What a user has missed of a room, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missed {
    /// So many lines, all of which follow.
    Lines(usize),
    /// More lines than follow: so many, or at least so many.
    More {
        /// How many were missed.
        count: usize,
        /// Whether these are all.
        is_all: bool,
        /// How many follow.
        shown: usize,
        /// How long ago the first one that is known was said, or a little longer.
        first: Time,
    },
    /// So many lines, all of which follow, and perhaps some that are lost.
    Torn(usize),
    /// It is not known which; the last lines follow.
    Unknown,
}

/// A user who came back.
pub(super) struct Returned {
    /// The number of their place.
    number: u64,
    /// Within [`crate::limits::BACK_SOON`].
    is_soon: bool,
    rooms: Vec<LeftRoom>,
    /// What they may still be told of what they missed, and of the lines before that.
    missed: Budget,
    before: Budget,
    /// What was fetched from the archive for them.
    gaps: Vec<Gap>,
}

/// So many lines and bytes of text may be told, in all rooms together.
struct Budget {
    lines: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            lines: HISTORY_LINES,
            bytes: HISTORY_BYTES,
        }
    }
}

/// What somebody was told of a room that they had missed lines of.
struct Told {
    room: Name,
    /// The last line that had come before, if that is known, and the last that the room was told by then.
    after: Option<LineId>,
    upto: Option<LineId>,
}

/// Places that were left, and those who have theirs again until they read all their rooms.
#[derive(Default)]
pub(super) struct Leavers {
    pub(super) places: LeftPlaces,
    /// None if nothing is kept.
    pub(super) on_disk: Option<OnDisk>,
    returned: BTreeMap<Id, Returned>,
    pub(super) catch_ups: CatchUps,
    /// What was fetched for who has their place again just now.
    fetched: Option<(Id, Vec<Gap>)>,
    /// What those who are here were told since they are back: it may not reach them.
    told: BTreeMap<Id, Vec<Told>>,
}

impl Leavers {
    /// `is_here` tells whether somebody is a user.
    pub(super) fn invariants(&self, is_here: impl Fn(Id) -> bool) {
        self.places.invariants();
        assert!(self.returned.keys().all(|id| is_here(*id)));
    }
}
