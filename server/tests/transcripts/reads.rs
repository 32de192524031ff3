//! The rooms that a conn reads, according to the effects.

use std::collections::BTreeMap;

use papo_server::hub::name::Name;
use papo_server::hub::{Lines, RoomId};

/// Each with the mark before its lines.
#[derive(Default)]
pub(super) struct Reads(BTreeMap<RoomId, String>);

impl Reads {
    pub(super) fn attach(&mut self, room: RoomId, name: &Name, lines: Lines) {
        let mark = match lines {
            Lines::Bare => String::new(),
            Lines::Marked => format!("#{name} "),
        };
        let speaks = self.0.values().any(String::is_empty);
        assert!(!speaks || lines == Lines::Marked, "two rooms to speak in");
        assert!(self.0.insert(room, mark).is_none(), "read twice");
    }

    pub(super) fn detach(&mut self, room: RoomId) {
        assert!(self.0.remove(&room).is_some(), "not read");
    }

    /// The mark before the lines of this room, if it is read.
    pub(super) fn mark(&self, room: RoomId) -> Option<String> {
        self.0.get(&room).cloned()
    }
}
