//! Who has been sent a user's last line. The hub knows which line that is and who came after it; how far the readers
//! are is known to the turn.
//!
//! Invariant: what is sent is never called read, and nobody learns whether they are ignored: who ignores the
//! speaker is counted as everybody else.

use std::rc::Rc;

use super::AbsenceFault;
use crate::hub::archive::entry::LineId;
use crate::hub::effect::{Effect, RoomId};
use crate::hub::id::Id;
use crate::hub::memberships::Membership;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Crowd};
use crate::hub::refer::Which;
use crate::hub::{Hub, refuse};

/// The last line that a user has said in the room that they speak in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastLine {
    /// The room.
    pub room: RoomId,
    /// What it is called.
    pub name: Name,
    /// The line.
    pub id: LineId,
    /// What it says.
    pub text: Rc<str>,
    /// Seats from this one on were taken after it.
    seats: u64,
}

/// What is known of who has been sent a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentTo {
    /// The room.
    pub room: Name,
    /// What the line says.
    pub text: Rc<str>,
    /// How many others are in the room.
    pub others: usize,
    /// Who has been sent it.
    pub sent: Crowd,
    /// Those of them whose systems are known to have it.
    pub reached: Crowd,
    /// Who has not been sent all up to it yet, and how many lines wait for them; those who lag most.
    pub behind: Vec<(Name, u64)>,
    /// How many others are behind.
    pub others_behind: usize,
    /// Who came after it was said.
    pub later: Crowd,
    /// Who has lost lines, or changed how lines are shown to them, so that it is not known.
    pub unknown: Crowd,
}

impl Hub {
    /// Asks the turn who has been sent the last line that this user has said here.
    pub(super) fn ask_sent(&self, id: Id, effects: &mut Vec<Effect>) {
        match self.line(id, &Which::LAST) {
            Ok((room, line)) => {
                let line = LastLine {
                    room,
                    name: self.rooms[room].name.clone(),
                    id: line.id,
                    text: line.text.clone(),
                    seats: line.seats,
                };
                effects.push(Effect::TellSent { who: id, line });
            }
            Err(_) => {
                let room = self.users[id].rooms.spoken();
                let fault = AbsenceFault::NothingSaid(self.rooms[room].name.clone());
                refuse(id, Complaint::Absence(fault), effects);
            }
        }
    }

    /// Whether this user came to the room of a line after it was said there.
    pub fn came_after(&self, id: Id, line: &LastLine) -> bool {
        let is_later = |place: &Membership| place.room == line.room && place.seat >= line.seats;
        let user = self.users.get(id);
        user.is_some_and(|user| user.rooms.iter().any(is_later))
    }
}

impl SentTo {
    /// How many others in the room were not looked at: it is a large one.
    pub fn not_searched(&self) -> usize {
        let behind = self.behind.len() + self.others_behind;
        let searched = self.sent.count() + behind + self.later.count() + self.unknown.count();
        self.others.saturating_sub(searched)
    }
}

impl Crowd {
    /// How many they are.
    pub fn count(&self) -> usize {
        self.names.len() + self.others
    }
}
