//! Whether it is known which lines have reached a reader, by its output up to what is acknowledged.

use super::{Said, Stage, Step, mark};
use crate::hub::{Reached, RoomId};

impl Stage {
    /// When so many bytes are not acknowledged, it is known which lines are.
    pub(super) fn judge_reached(&self, room: usize, unacknowledged: usize) {
        if !self.reads(room) || unacknowledged > self.out.len() {
            return;
        }
        let count = unacknowledged as u32;
        let reached = self.reader.reached(&self.feeds, RoomId(room as u32), count);
        let reached = match reached {
            Reached::All => self.lines[room],
            Reached::Line(id) => id.number as usize,
            Reached::Unknown => {
                assert!(self.is_mixed, "why is it not known?");
                return;
            }
        };
        let out = String::from_utf8_lossy(&self.out[..self.out.len() - unacknowledged]);
        let lines: Vec<&str> = out.split_inclusive('\n').collect();
        let told_gap = out.contains("skipped\n");
        for (line, said) in &self.said {
            let Said::Public(of, number) = *said else {
                continue;
            };
            if of != room || number < self.joined[room] {
                continue;
            }
            // It may have been read in another form before.
            let text = line.trim_start_matches(&mark(room));
            let has_it = lines
                .iter()
                .any(|got| got.ends_with(text) && got.contains(text));
            match number < reached {
                true => assert!(has_it || told_gap, "{text:?} did not reach it: {out:?}"),
                false => assert!(!has_it, "{text:?} reached it: {out:?}"),
            }
        }
    }
}

#[test]
fn who_comes_to_several_rooms_at_once_is_known_to_have_what_has_reached_them() {
    let mut stage = Stage::new();
    stage.attach(0, false);
    stage.say_privately(5);
    stage.attach(1, true);
    stage.say_privately(5);
    stage.attach(2, true);
    stage.is_mixed = false;
    for _ in 0..3 {
        for room in 0..3 {
            let (len, own) = (5, false);
            stage.run(&Step::Line { room, len, own });
            stage.run(&Step::Write(7));
            stage.run(&Step::Private(3));
            stage.run(&Step::Write(20));
        }
    }
    stage.run(&Step::Write(usize::MAX));
}
