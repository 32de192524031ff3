//! A reader: all that one conn still has to get. A track for the room that it speaks in, which has all
//! private bytes, and one for each other room that it reads, whose lines bear the room's mark.
//!
//! It never writes: it names the pieces, somebody writes them and says how much went out. Lines of one
//! room keep their order, private lines are exact against those of the room spoken in, and rooms come
//! by turns, none before another for long.
//!
//! Invariant: at most one line is begun and not sent to its end, and its rest goes out before anything
//! else: a reader of several rooms carries it along. So it does with what is unread of rooms that are read
//! no more: that goes out before what is still read, and a room that is left and read again has its lines
//! in order. Nearly all readers read one room: those have no more than one track.

pub(crate) mod behind;
mod noting;

use crate::fanout::feed::Feed;
use crate::fanout::feeds::{Feeds, RoomFeed};
use crate::fanout::sent::{Last, NO_FEED};
use crate::fanout::track::{Reading, Track};
use crate::hub::RoomId;
use crate::limits::{CARRIED_BYTES, SKIPS};

/// See the top of this file.
#[derive(Default, Debug)]
pub struct Reader {
    main: Track,
    more: Option<Box<More>>,
    last: Last,
}

/// What a reader of several rooms has beside its main track. Nearly no reader has this.
#[derive(Default, Debug)]
struct More {
    /// Lines of feeds that it reads no more, and the rest of a line that was begun. Reads no feed itself.
    carried: Track,
    /// One for each marked feed.
    marked: Vec<Track>,
    /// The number of the track whose turn comes first.
    next: usize,
}

/// The number of the main track; those of `marked` follow.
const MAIN: usize = 0;

impl Reader {
    /// The feeds that it reads, and its seats there.
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        self.tracks().filter_map(|track| track.reading)
    }

    /// Whether it reads, or has still to get lines of, more than the room that it speaks in.
    pub(crate) fn reads_several(&self) -> bool {
        self.more.is_some()
    }

    /// Where in a feed that it reads it is.
    pub fn cursor(&self, feed: usize) -> Option<u64> {
        Some(self.track(self.number(feed)?).cursor())
    }

    /// Unsent bytes that are for this reader alone.
    pub fn private(&self) -> usize {
        match self.more {
            None => self.main.private(),
            Some(_) => self.tracks().map(Track::private).sum(),
        }
    }

    /// Bytes that it has still to get, with those that it is not to see.
    pub(crate) fn unread(&self, feeds: &Feeds) -> u64 {
        let of = |track: &Track| feeds.end(track) - track.cursor() + track.private() as u64;
        self.tracks().map(of).sum()
    }

    /// Bytes of memory that it holds besides itself, used or not.
    pub fn memory(&self) -> usize {
        let more = self.more.as_ref().map_or(0, |more| {
            size_of::<More>() + more.marked.capacity() * size_of::<Track>()
        });
        self.tracks().map(Track::memory).sum::<usize>() + more
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self, feeds: &Feeds) -> bool {
        self.tracks().all(|track| track.is_empty(feeds.end(track)))
    }

    /// Whether there is nothing to send but what stands in feeds.
    pub fn is_drained(&self) -> bool {
        self.tracks().all(Track::is_drained)
    }

    /// Add bytes for this reader alone, after everything that is in the room spoken in by now.
    pub(crate) fn insert(&mut self, feeds: &mut Feeds, bytes: &[u8]) {
        self.insert_in(feeds, |_| false, bytes);
    }

    /// The same after everything that is by now in the feed that `is_it`, if it reads that.
    pub(crate) fn insert_in(
        &mut self,
        feeds: &mut Feeds,
        is_it: impl Fn(&RoomFeed) -> bool,
        bytes: &[u8],
    ) {
        let found = self.readings().find(|it| is_it(&feeds.feeds[it.feed()]));
        let number = found.and_then(|it| self.number(it.feed()));
        let track = self.track_mut(number.unwrap_or(MAIN));
        track.insert(feeds.end(track), bytes, &mut feeds.spare);
    }

    /// The next line of a feed, `len` bytes that are about to be appended, is not for this reader.
    /// Whether it reads that feed. One that lags and has to leave out too much piecemeal is moved ahead.
    pub(crate) fn skip(&mut self, feeds: &mut Feeds, feed: usize, len: usize) -> bool {
        let Some(number) = self.number(feed) else {
            return false;
        };
        let RoomFeed { feed, since, .. } = &mut feeds.feeds[feed];
        let skips: usize = self.tracks().map(Track::skips).sum();
        let track = self.track_mut(number);
        if skips >= SKIPS && track.cursor() < feed.end() {
            track.skip_ahead(feed, feed.end());
            if let Some(reading) = track.reading {
                since[reading.seat()] = feed.end();
            }
        }
        track.skip(feed.end(), len, &mut feeds.spare);
        true
    }

    /// A feed is about to forget everything before `to`, a line start beyond the cursor there.
    pub fn skip_ahead(&mut self, key: usize, feed: &Feed, to: u64) {
        if let Some(number) = self.number(key) {
            self.track_mut(number).skip_ahead(feed, to);
        }
    }

    /// Read one more feed from its end on: that of the room spoken in, if it has no mark.
    pub(crate) fn attach(&mut self, feeds: &mut Feeds, reading: Reading) {
        let end = feeds.feeds[reading.feed()].feed.end();
        if feeds.feeds[reading.feed()].mark.is_empty() {
            debug_assert!(self.main.reading.is_none(), "one room is spoken in");
            if self.more.is_some() {
                self.carry_main(feeds);
            }
            self.main.attach(end, reading);
        } else {
            self.more.get_or_insert_default();
            self.carry_main(feeds);
            self.more_mut().marked.push(Track::new(end, reading));
        }
        if self.last.feed == NO_FEED {
            self.last.feed = reading.feed() as u32;
        }
    }

    /// Carry along the rest of a line that was begun, and what is private behind it: lines of the feed to
    /// be attached, perhaps.
    fn carry_first(&mut self, feeds: &Feeds, number: usize) {
        let track = self.track_mut(number);
        let first = track.take_first(feeds.of(track));
        self.more_mut().carried.append(first);
    }

    /// Stop reading a room. What is unread is carried along, at most `keep` bytes of it and fewer of a
    /// room that is not spoken in; what is lost is told with the mark of this room, not of the next one.
    pub(crate) fn detach(
        &mut self,
        feeds: &mut Feeds,
        room: RoomId,
        keep: usize,
        mut tell: impl FnMut(&str, u64) -> Vec<u8>,
    ) -> Option<Reading> {
        let is_it = |reading: &Reading| feeds.feeds[reading.feed()].room == room;
        let reading = self.readings().find(is_it)?;
        let number = self.number(reading.feed())?;
        self.leave_feed(feeds, number);
        let room = &feeds.feeds[reading.feed()];
        if number == MAIN {
            self.main.detach(&room.feed, keep);
            self.main.tell_gaps(|lines| tell(&room.lost, lines));
            return Some(reading);
        }
        let keep = keep.min(CARRIED_BYTES.saturating_sub(self.private()));
        let more = self.more_mut();
        let mut track = more.marked.remove(number - 1);
        track.detach(&room.feed, keep);
        track.tell_gaps(|lines| tell(&room.lost, lines));
        more.carried.append(track);
        more.next -= usize::from(more.next > number);
        more.next %= 1 + more.marked.len();
        self.forget_more();
        Some(reading)
    }

    /// Its seat in a feed that it reads is another one.
    pub(crate) fn sit(&mut self, reading: Reading) {
        if let Some(number) = self.number(reading.feed()) {
            self.track_mut(number).reading = Some(reading);
        }
    }

    /// If gaps wait to be told, turn each into the words that `tell` gives for it and the room's mark.
    pub(crate) fn tell_gaps(&mut self, feeds: &Feeds, mut tell: impl FnMut(&str, u64) -> Vec<u8>) {
        for track in self.tracks_mut() {
            let room = track.reading.map(|reading| &feeds.feeds[reading.feed()]);
            let mark = room.map_or("", |room| &*room.lost);
            track.tell_gaps(|lines| tell(mark, lines));
        }
    }

    /// Whether `tell_gaps` has something to do.
    pub fn has_gap(&self) -> bool {
        self.tracks().any(Track::has_gap)
    }

    /// What `pieces` gives, when that is one piece of a feed and it reads no other: as it is for nearly
    /// every reader of nearly every line.
    pub(crate) fn only_piece<'a>(&self, feeds: &'a Feeds) -> Option<&'a [u8]> {
        match (&self.more, feeds.of(&self.main)) {
            (None, Some(feed)) => self.main.only_piece(feed),
            _ => None,
        }
    }

    /// What is to be sent, in order; none of the pieces is empty.
    pub(crate) fn pieces<'a>(&'a self, feeds: &'a Feeds) -> impl Iterator<Item = &'a [u8]> {
        let carried = self.more.iter().flat_map(|more| more.carried.pieces(None));
        let tracks = self.order().map(|number| self.track(number));
        carried.chain(tracks.flat_map(|track| track.pieces(feeds.of(track))))
    }

    /// `n` bytes of `pieces` are out.
    pub(crate) fn advance(&mut self, feeds: &mut Feeds, n: usize) {
        let mut left = match &mut self.more {
            Some(more) => more.carried.advance(0, n, &mut feeds.log(&mut self.last)),
            None => n,
        };
        let mut last = None;
        for number in self.order() {
            let end = feeds.end(self.track(number));
            if self.more.is_some() && left > 0 && !self.track(number).is_empty(end) {
                self.turn_to(feeds, number);
            }
            let before = left;
            let log = &mut feeds.log(&mut self.last);
            left = match &mut self.more {
                Some(more) if number != MAIN => more.marked[number - 1].advance(end, left, log),
                _ => self.main.advance(end, left, log),
            };
            last = Some(number).filter(|_| left < before).or(last);
        }
        debug_assert_eq!(left, 0, "no more can be out than there was");
        if let Some(more) = &mut self.more
            && let Some(last) = last
        {
            more.next = (last + 1) % (1 + more.marked.len());
            self.carry_first(feeds, last);
        }
    }

    /// Nothing can be sent any more; forget it all.
    pub(crate) fn discard(&mut self, feeds: &Feeds) {
        for track in self.tracks_mut() {
            track.discard(feeds.end(track));
        }
        self.forget_more();
    }

    /// Release what is needed only while there is something to send, so that an idle conn holds no heap.
    pub(crate) fn release(&mut self, feeds: &mut Feeds) {
        for track in self.tracks_mut() {
            track.release(&mut feeds.spare);
        }
        // So that who keeps up is told of a new room before they get its first line.
        if let Some(more) = &mut self.more {
            more.next = MAIN;
        }
        self.forget_more();
    }

    /// Whether it has given back all memory, as `release` does.
    pub fn is_released(&self) -> bool {
        let is_needed = |more: &More| !more.marked.is_empty();
        self.tracks().all(Track::is_released) && self.more.as_deref().is_none_or(is_needed)
    }

    fn forget_more(&mut self) {
        let is_over = |more: &mut Box<More>| more.marked.is_empty() && more.carried.is_drained();
        self.more.take_if(is_over);
    }

    /// The numbers of the tracks in the order of this turn, after what is carried.
    fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let more = self.more.as_ref();
        let (next, count) = more.map_or((MAIN, 1), |more| (more.next, 1 + more.marked.len()));
        (0..count).map(move |n| (next + n) % count)
    }

    /// The number of the track that reads this feed.
    fn number(&self, feed: usize) -> Option<usize> {
        let reads = |track: &Track| track.reading.is_some_and(|reading| reading.feed() == feed);
        if reads(&self.main) {
            return Some(MAIN);
        }
        let mut marked = self.more.as_ref()?.marked.iter();
        Some(1 + marked.position(reads)?)
    }

    fn track(&self, number: usize) -> &Track {
        match &self.more {
            Some(more) if number != MAIN => &more.marked[number - 1],
            _ => &self.main,
        }
    }

    fn track_mut(&mut self, number: usize) -> &mut Track {
        match &mut self.more {
            Some(more) if number != MAIN => &mut more.marked[number - 1],
            _ => &mut self.main,
        }
    }

    fn tracks(&self) -> impl Iterator<Item = &Track> {
        let more = self.more.iter();
        let more = more.flat_map(|more| std::iter::once(&more.carried).chain(&more.marked));
        std::iter::once(&self.main).chain(more)
    }

    fn tracks_mut(&mut self) -> impl Iterator<Item = &mut Track> {
        let more = self.more.iter_mut();
        let more = more.flat_map(|more| std::iter::once(&mut more.carried).chain(&mut more.marked));
        std::iter::once(&mut self.main).chain(more)
    }

    fn more_mut(&mut self) -> &mut More {
        self.more.as_mut().expect("it reads several feeds")
    }

    /// Checks what the top of this file promises; for tests.
    pub(crate) fn invariants(&self, feeds: &Feeds) {
        for track in self.tracks() {
            track.invariants(feeds.end(track));
        }
        let mark = |track: &Track| {
            track
                .reading
                .map(|reading| &feeds.feeds[reading.feed()].mark)
        };
        assert!(mark(&self.main).is_none_or(|mark| mark.is_empty()));
        let Some(more) = &self.more else { return };
        assert!(more.carried.reading.is_none());
        let is_marked = |track| mark(track).is_some_and(|mark| !mark.is_empty());
        assert!(more.marked.iter().all(is_marked));
        assert!(more.next <= more.marked.len());
    }
}

impl Feeds {
    /// The feed that a track reads.
    fn of(&self, track: &Track) -> Option<&Feed> {
        let reading = track.reading?;
        Some(&self.feeds[reading.feed()].feed)
    }

    /// Where it ends; the cursor of a track that reads none.
    fn end(&self, track: &Track) -> u64 {
        self.of(track).map_or(track.cursor(), Feed::end)
    }
}

#[cfg(test)]
mod tests;
