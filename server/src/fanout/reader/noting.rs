//! What a reader notes of what it is sent, so that it is known which lines have reached it.

use super::{MAIN, More, Reader, Reading, Track};
use crate::fanout::feed::Feed;
use crate::fanout::feeds::Feeds;
use crate::fanout::sent::{Last, Log, NO_FEED};
use crate::hub::{Reached, RoomId};

impl Reader {
    /// `carry_first` of the main track, before another feed is read: what tells of lost lines goes out
    /// before that, too.
    pub(super) fn carry_main(&mut self, feeds: &mut Feeds) {
        if !self.main.is_drained() {
            let is_private_alone = self.carries_private_alone(feeds);
            self.turn_to(feeds, MAIN);
            if !is_private_alone {
                feeds.log(&mut self.last).mix(self.main.sent);
            }
        }
        self.carry_first(feeds, MAIN);
    }

    /// Whether nothing of a feed is among what `carry_main` carries along: so it is for who comes to several
    /// rooms at once.
    fn carries_private_alone(&self, feeds: &Feeds) -> bool {
        let (sent, cursor) = (self.main.sent, self.main.cursor());
        let begins_line = |feed: &Feed| sent == cursor && feed.line_at_or_after(cursor) == cursor;
        // The rest of a line is carried only behind bytes of its own feed.
        let is_free = |more: &More| more.carried.is_drained() || self.last.feed == self.main.key();
        feeds.of(&self.main).is_some_and(begins_line) && self.more.as_deref().is_none_or(is_free)
    }

    /// Up to which line a room that it reads has reached it, when so many bytes of what was sent are not
    /// acknowledged.
    pub(crate) fn reached(&self, feeds: &Feeds, room: RoomId, unacknowledged: u32) -> Reached {
        let is_it = |reading: &Reading| feeds.feeds[reading.feed()].room == room;
        let Some(reading) = self.readings().find(is_it) else {
            return Reached::Unknown;
        };
        if self.last.is_mixed() && !self.is_drained() {
            return Reached::Unknown;
        }
        let number = self.number(reading.feed()).expect("it reads it");
        let of = (reading.feed() as u32, room);
        let sent = self.track(number).sent;
        let place = self.last.place(&feeds.stretches, of, sent, unacknowledged);
        feeds.feeds[reading.feed()].feed.ids.reached(place)
    }

    /// What is sent from here on is not of this track's feed.
    pub(super) fn leave_feed(&mut self, feeds: &mut Feeds, number: usize) {
        let has_unsent = !self.is_empty(feeds);
        self.turn_to(feeds, number);
        let track = self.track(number);
        let (key, sent) = (track.key(), track.sent);
        let next = if number == MAIN {
            NO_FEED
        } else {
            self.main.key()
        };
        feeds
            .log(&mut self.last)
            .leave((key, next), sent, has_unsent);
    }

    /// What is sent from here on is this track's.
    pub(super) fn turn_to(&mut self, feeds: &mut Feeds, number: usize) {
        let key = self.track(number).key();
        if key != self.last.feed {
            let before = self.number(self.last.feed as usize);
            let end = before.map_or(0, |number| self.track(number).sent);
            feeds.log(&mut self.last).turn_to(key, end);
        }
    }
}

impl Feeds {
    /// Where to note what a reader is sent.
    pub(super) fn log<'a>(&'a mut self, last: &'a mut Last) -> Log<'a> {
        let feed = self.feeds.get(last.feed as usize);
        Log {
            room: feed.map(|feed| feed.room),
            last,
            stretches: &mut self.stretches,
        }
    }
}

impl Track {
    /// The key of its feed as sent.rs notes it.
    fn key(&self) -> u32 {
        self.reading
            .map_or(NO_FEED, |reading| reading.feed() as u32)
    }
}
