//! Users, rooms, requests to effects. Pure: no sockets, no clock, no bytes, no failure.

pub mod effect;
pub mod id;
pub mod notice;
pub mod request;

pub use effect::{Effect, RoomId};
pub use id::Id;
pub use notice::{Complaint, Crowd, Foreign, Gone, Notice, Said, SaidKind};
pub use request::{Order, Request};

use std::rc::Rc;
use std::time::Duration;

use crate::name::Name;
use crate::words::Lang;

/// Monotonic time since the server started. Never wall-clock time.
pub type Time = Duration;

/// Everything that is chat.
pub struct Hub {}

impl Hub {
    /// An empty hub; `backlog` is how many public lines a user gets to see when it enters a room.
    pub fn new(backlog: usize) -> Hub {
        todo!("{backlog}")
    }

    /// Do one request of the owner of `id`, who speaks `lang` by default.
    pub fn handle(&mut self, now: Time, id: Id, request: Request, effects: &mut Vec<Effect>) {
        todo!("{now:?}{id:?}{request:?}{effects:?}")
    }

    /// Do one order of the operator; false when the user it names is not there.
    pub fn order(&mut self, now: Time, order: Order, effects: &mut Vec<Effect>) -> bool {
        todo!("{now:?}{order:?}{effects:?}")
    }

    /// End of a turn: those who came or left in it are told to their rooms, in one line a room.
    pub fn settle(&mut self, now: Time, effects: &mut Vec<Effect>) {
        todo!("{now:?}{effects:?}")
    }

    /// The name of `id`, if it has one.
    pub fn name(&self, id: Id) -> Option<&Name> {
        todo!("{id:?}")
    }

    /// The message of the day, one entry a line.
    pub fn set_motd(&mut self, lines: Vec<Rc<str>>) {
        todo!("{lines:?}")
    }

    /// Everybody with a name and its room, in the order of the slots.
    pub fn online(&self) -> Vec<(Name, Name)> {
        todo!()
    }
}
