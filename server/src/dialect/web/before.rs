//! Lines of before, as messages: each has the time at which it was said, and says why it is told again.

use super::rooms::answering;
use super::{Old, Told, send};
use crate::dialect::words::{self, Lines};
use crate::hub::name::Name;
use crate::hub::{self, Again, Asked, Notice, Page, Replay, Said, SaidKind};

impl Told<'_> {
    /// Appends lines of before. What stands before or after them is for people.
    pub(super) fn before(&self, notice: &Notice, out: &mut Vec<u8>) {
        match notice {
            Notice::History {
                room, said, replay, ..
            } if !said.is_empty() => {
                let old = match replay {
                    Replay::AtJoin => Old::Join,
                    Replay::Asked => Old::Asked,
                    Replay::Missed => Old::Missed,
                };
                let at = |said: &Said| self.clock.second_of(said.age);
                said.iter()
                    .for_each(|said| self.replay(old, room, at(said), said, out));
            }
            Notice::Pins { room, said } => {
                self.info(
                    &Notice::Pins {
                        room: room.clone(),
                        said: Vec::new(),
                    },
                    out,
                );
                let at = |said: &Said| self.clock.second_of(said.age);
                said.iter()
                    .for_each(|said| self.replay(Old::Asked, room, at(said), said, out));
            }
            Notice::Page(page) => self.page(page, out),
            _ => self.info(notice, out),
        }
    }

    fn page(&self, page: &Page, out: &mut Vec<u8>) {
        if page.asked != Asked::Last || page.lines.is_empty() {
            let mut text = Vec::new();
            let mut lines = Lines::begin(&mut text, "", "", "\n", &[]);
            words::page(self.style.lang, self.clock, page, &mut lines);
            for line in String::from_utf8_lossy(&text).lines() {
                send(self.of("info").text("text", line), out);
            }
        }
        for hub::Told { room, at, said } in &page.lines {
            let at = at.map_or_else(|| self.clock.second_of(said.age), |at| at.div_euclid(1000));
            self.replay(Old::Asked, room, at, said, out);
        }
        if page.has_more {
            self.info(&Notice::More, out);
        }
    }

    fn replay(&self, old: Old, room: &Name, time: i64, said: &Said, out: &mut Vec<u8>) {
        let told = Told {
            time,
            room: Some(room.shown()),
            id: Some(said.id),
            old: Some(old),
            ..*self
        };
        let kind = match said.kind {
            SaidKind::Line => "line",
            SaidKind::Action => "action",
        };
        let line = told.line(kind, said.from.shown(), &said.text);
        let line = match said.is_edited {
            true => line.flag("edited", true),
            false => line,
        };
        let line = match &said.re {
            Some(quote) => answering(line, quote),
            None => line,
        };
        send(line, out);
    }

    /// Appends a line that was missed, as it was told.
    pub(super) fn again(&self, room: &Name, line: &Again, out: &mut Vec<u8>) {
        let told = Told {
            time: self.clock.second_of(line.age),
            room: Some(room.shown()),
            // Of lines that are lost there is no number.
            id: (!matches!(line.notice, Notice::Skipped { .. })).then_some(line.id),
            old: Some(Old::Missed),
            ..*self
        };
        told.tell(&line.notice, out);
    }
}
