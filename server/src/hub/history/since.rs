//! The lines of a history after one of its room, for who has missed them.

use super::{History, Line};
use crate::hub::Time;
use crate::hub::archive::entry::LineId;
use crate::hub::notice::Said;

impl History {
    /// What is kept begins after this line.
    pub(in crate::hub) fn begin_after(&mut self, line: LineId) {
        self.forgotten = Some(line);
    }

    /// Whether no line was forgotten.
    pub(in crate::hub) fn is_whole(&self) -> bool {
        self.forgotten.is_none()
    }

    /// The lines after this one, oldest first, and whether they are all. `last` is the room's last line, of
    /// whatever kind.
    pub(in crate::hub) fn since(
        &self,
        now: Time,
        after: LineId,
        last: Option<LineId>,
    ) -> (bool, Vec<Said>) {
        let is_before = |id: LineId| id.epoch == after.epoch && id.number <= after.number;
        let passed = self.lines.iter().rposition(|line| is_before(line.id));
        let first = self.lines.front().map(|line| line.id).or(last);
        let is_whole = match self.forgotten {
            _ if passed.is_some() || last == Some(after) => true,
            Some(forgotten) => is_before(forgotten),
            None => first.is_some_and(|first| first.epoch == after.epoch),
        };
        if last == Some(after) {
            return (true, Vec::new());
        }
        let later = self
            .lines
            .iter()
            .skip(passed.map_or(0, |passed| passed + 1));
        let quoted = |line: &Line| self.newest(|other| Some(other.id) == line.re);
        let told = |line: &Line| line.told(now, quoted(line));
        (is_whole, later.map(told).collect())
    }
}
