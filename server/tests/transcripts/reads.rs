//! The rooms that a conn reads, according to the effects.

use std::collections::BTreeMap;

use papo_server::dialect::{Place, Style, render_line};
use papo_server::hub::name::Name;
use papo_server::hub::{
    Absence, Crowd, Id, LastLine, LineId, Lines, Notice, Reached, RoomId, SentTo, Time,
};

use super::Stage;
use super::text::{clock, shown};

/// Each with its name and the mark before its lines.
#[derive(Default)]
pub(super) struct Reads(BTreeMap<RoomId, (Name, String)>);

impl Reads {
    pub(super) fn attach(&mut self, room: RoomId, name: &Name, lines: Lines) {
        let mark = match lines {
            Lines::Bare => String::new(),
            Lines::Marked => format!("#{name} "),
        };
        let speaks = self.0.values().any(|(_, mark)| mark.is_empty());
        assert!(!speaks || lines == Lines::Marked, "two rooms to speak in");
        let before = self.0.insert(room, (name.clone(), mark));
        assert!(before.is_none(), "read twice");
    }

    pub(super) fn detach(&mut self, room: RoomId) {
        assert!(self.0.remove(&room).is_some(), "not read");
    }

    /// A line of this room as it is shown, if the room is read.
    pub(super) fn line(
        &self,
        style: Style,
        now: Time,
        (room, id): (RoomId, LineId),
        notice: &Notice,
    ) -> Option<String> {
        let (name, mark) = self.0.get(&room)?;
        let mut out = Vec::new();
        let room = name.shown();
        render_line(
            style,
            clock(now),
            Place { room, mark, id },
            notice,
            &mut out,
        );
        Some(shown(style, out))
    }
}

impl Stage {
    /// Who has left this place has got all of its rooms.
    pub(super) fn reach(&mut self, left: (Id, u64), rooms: usize) {
        self.hub.reached(left, &vec![Reached::All; rooms], true);
    }

    /// Everybody reads at once, so who was there has been sent all, and their systems have it.
    pub(super) fn tell_sent(&mut self, who: Id, line: &LastLine) {
        let readers = self.conns.iter().filter(|conn| conn.open && conn.id != who);
        let readers: Vec<Id> = readers
            .filter(|conn| conn.reads.0.contains_key(&line.room))
            .map(|conn| conn.id)
            .collect();
        let others = readers.len();
        let (later, sent): (Vec<Id>, Vec<Id>) = readers
            .into_iter()
            .partition(|id| self.hub.came_after(*id, line));
        let crowd = |ids: &[Id]| Crowd {
            names: ids
                .iter()
                .filter_map(|id| self.hub.name(*id).cloned())
                .collect(),
            others: 0,
        };
        let sent = SentTo {
            room: line.name.clone(),
            text: line.text.clone(),
            others,
            sent: crowd(&sent),
            reached: crowd(&sent),
            behind: Vec::new(),
            others_behind: 0,
            later: crowd(&later),
            unknown: Crowd::default(),
        };
        let notice = Notice::Absence(Absence::Sent(Box::new(sent)));
        self.told(self.at(who), &notice);
    }
}
