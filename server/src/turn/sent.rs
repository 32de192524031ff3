//! The answer to who has been sent a line: the cursors of the room's readers tell, and of those who have been sent
//! it, the kernel which systems have acknowledged it.
//!
//! The work is bounded: it looks at [`SENT_SEARCHED`] readers and asks the kernel about [`SENT_ASKED`] at most.

use std::cmp::Reverse;

use super::Server;
use crate::fanout::reader::behind::Had;
use crate::fanout::track::Reading;
use crate::hub::name::Name;
use crate::hub::{Absence, Crowd, Id, LastLine, Notice, Reached, SentTo};
use crate::limits::{NAMES_SHOWN, SENT_ASKED, SENT_SEARCHED};
use crate::net::sys::Sys;

/// The readers of a room, by what they have of a line of it.
#[derive(Default)]
struct Found {
    sent: Vec<Id>,
    /// With the bytes that wait for them, and the feed.
    behind: Vec<(u64, Id, usize)>,
    later: Vec<Id>,
    unknown: Vec<Id>,
}

impl<S: Sys> Server<S> {
    /// Tell `who` who has been sent this line of theirs.
    pub(super) fn tell_sent(&mut self, who: Id, line: &LastLine) {
        let keys = self.feeds.of_room(line.room).iter();
        let others = keys.map(|key| self.feeds.feeds[*key as usize].readers.len());
        let others = others.sum::<usize>().saturating_sub(1);
        let mut found = self.find_sent(who, line);
        let asked = &found.sent[..found.sent.len().min(SENT_ASKED)];
        let has_it = |id: &Id| {
            let conn = self.conns.get(*id);
            let reached = conn.and_then(|conn| {
                let left = conn.wire.unacknowledged(&mut self.sys)?;
                Some(conn.reader.reached(&self.feeds, line.room, left))
            });
            match reached {
                Some(Reached::All) => true,
                Some(Reached::Line(last)) => {
                    last.epoch == line.id.epoch && last.number >= line.id.number
                }
                Some(Reached::Unknown) | None => false,
            }
        };
        let reached: Vec<Id> = asked.iter().copied().filter(has_it).collect();
        found
            .behind
            .sort_unstable_by_key(|(bytes, id, _)| (Reverse(*bytes), *id));
        let behind = found.behind.iter().take(NAMES_SHOWN);
        let behind: Vec<(Name, u64)> = behind
            .filter_map(|(_, id, feed)| {
                let lines = self
                    .conns
                    .get(*id)?
                    .reader
                    .lines_waiting(&self.feeds, *feed);
                Some((self.hub.name(*id)?.clone(), lines))
            })
            .collect();
        let sent = SentTo {
            room: line.name.clone(),
            text: line.text.clone(),
            others,
            sent: self.crowd(&found.sent),
            reached: self.crowd(&reached),
            others_behind: found.behind.len() - behind.len(),
            behind,
            later: self.crowd(&found.later),
            unknown: self.crowd(&found.unknown),
        };
        self.tell(who, &Notice::Absence(Absence::Sent(Box::new(sent))));
    }

    fn find_sent(&self, who: Id, line: &LastLine) -> Found {
        let mut found = Found::default();
        let keys = self
            .feeds
            .of_room(line.room)
            .iter()
            .map(|key| *key as usize);
        let readers = keys.flat_map(|key| {
            let end = self.feeds.end_of(key, line.id);
            let readers = self.feeds.feeds[key].readers.iter().enumerate();
            readers.map(move |(seat, id)| (Reading::new(key, seat), end, *id))
        });
        let others = readers.filter(|(.., id)| *id != who);
        for (reading, end, id) in others.take(SENT_SEARCHED) {
            let reader = &self.conns[id].reader;
            match reader.had(&self.feeds, reading, end) {
                Had::Sent => found.sent.push(id),
                Had::Behind(bytes) => found.behind.push((bytes, id, reading.feed())),
                Had::NotFromThere if self.hub.came_after(id, line) => found.later.push(id),
                Had::NotFromThere => found.unknown.push(id),
            }
        }
        found
    }

    fn crowd(&self, who: &[Id]) -> Crowd {
        let names = who.iter().filter_map(|id| self.hub.name(*id));
        Crowd::of(names, who.len(), NAMES_SHOWN)
    }
}
