//! Effects of the hub reach feeds and readers. Nothing is written to a socket here.
//!
//! A public notice is rendered once for each style in use, whatever the number of readers.

use super::Server;
use super::flush::{gap_words, tell_gaps};
use super::operator;
use crate::conn::{Phase, Then};
use crate::dialect::{self, Dialect, Place, Style};
use crate::fanout::feeds::RoomFeed;
use crate::fanout::track::Reading;
use crate::hub::name::Name;
use crate::hub::{Effect, Gone, Id, Key, LineId, Lines, Notice, Request, RoomId};
use crate::limits::{PAUSE_BYTES, PRIVATE_BYTES, READER_BYTES};
use crate::net::sys::Sys;
use crate::ops::logging::{ARRIVAL, DEPARTURE};

/// Effects whose memory is used again. More come at once only when many join or leave together.
const EFFECTS_SPARE: usize = 256;

impl<S: Sys> Server<S> {
    /// Ask the hub, and do what it says.
    pub(super) fn request(&mut self, id: Id, request: Request) {
        let request = self.dated(id, request);
        self.hub
            .handle(self.life.now, id, request, &mut self.effects);
        self.deliver();
    }

    /// Do all that the hub has said so far, in its order.
    pub(super) fn deliver(&mut self) {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Tell { to, notice } => self.tell(to, &notice),
                Effect::Room {
                    room,
                    id,
                    notice,
                    except,
                } => self.tell_room(room, id, &notice, &except),
                Effect::BecomeUser { who } => self.named(who),
                Effect::Attach {
                    who,
                    room,
                    name,
                    lines,
                } => self.attach(who, (room, name, lines)),
                Effect::AskReached { who, number, rooms } => {
                    self.note_reached(who, number, &rooms);
                }
                Effect::Detach { who, room } => {
                    // Who stays is still to get private lines; for who has left these are the last.
                    let keep = match (self.hub.name(who), self.conns.get(who)) {
                        (None, Some(conn)) => conn.parting_bytes(),
                        _ => PAUSE_BYTES,
                    };
                    self.detach(who, room, keep);
                }
                Effect::SetLang { who, lang } => self.restyle(who, |style| style.lang = lang),
                Effect::DrawKey { who } => self.draw_key(who),
                Effect::SetIds { who, ids } => self.restyle(who, |style| style.ids = ids),
                Effect::MaskInput { who, on } => self.mask_input(who, on),
                Effect::Account {
                    who,
                    name,
                    question,
                } => self.put_question(who, &name, question),
                Effect::PersistBan { by, ban } => self.keep_ban(by, &ban),
                Effect::Manage { by, what } => self.manage(by, what),
                Effect::ForgetBan { by, whom } => self.forget_ban(by, &whom),
                Effect::Zone { who, what } => self.zone(who, what),
                Effect::Recall(recall) => self.put_recall(recall),
                Effect::LogOrder { by, order } => operator::log_order(by.as_ref(), &order),
                Effect::Letters(errand) => self.run_errand(errand),
                Effect::TellLag { who } => self.tell_lag(who),
                Effect::TellSent { who, line } => self.tell_sent(who, &line),
                Effect::EndDirect { email } => self.remove_user(&email),
                Effect::Direct { to, from, what } => self.send_direct(&to, from.shown(), &what),
                Effect::Close { who, name, why } => self.close(who, name.as_ref(), &why),
            }
        }
        // Keep the memory for the next turn, but not what only a rush needed.
        effects.shrink_to(EFFECTS_SPARE);
        self.effects = effects;
    }

    /// Tell one conn.
    pub(super) fn tell(&mut self, to: Id, notice: &Notice) {
        if self.scrapes.has(to) || self.ends_handshake(to, notice) {
            return;
        }
        if self.sends_requests(to) {
            return;
        }
        self.back.is_told(to, notice);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let style = self.conns.get(to).map(|conn| conn.style);
        let clock = self.clock_for(to, style.unwrap_or_default(), notice);
        if matches!(notice, Notice::Refused(_))
            && let Some(conn) = self.conns.get_mut(to)
        {
            conn.refuse();
        }
        if let Some(conn) = self.conns.get_mut(to)
            && !conn.wire.is_broken()
        {
            conn.render(clock, notice, &mut scratch);
            let lines = scratch.iter().filter(|byte| **byte == b'\n').count();
            self.metrics.lines_out += lines as u64;
            self.insert_in(to, notice.place(), &scratch);
        }
        self.scratch = scratch;
        self.advise(to, notice);
    }

    /// Bytes for one conn alone; too many that it does not read, and it has to leave.
    pub(super) fn insert(&mut self, to: Id, bytes: &[u8]) {
        self.insert_in(to, None, bytes);
    }

    /// The same, where its room is.
    fn insert_in(&mut self, to: Id, room: Option<&Name>, bytes: &[u8]) {
        let Some(conn) = self.conns.get_mut(to) else {
            return;
        };
        let before = conn.reader.memory();
        let is_it = |feed: &RoomFeed| Some(&feed.name) == room;
        conn.reader.insert_in(&mut self.feeds, is_it, bytes);
        let held = conn.reader.memory();
        // Many short lines among public ones hold more than their bytes.
        let too_much = conn.reader.private() > PRIVATE_BYTES || held > READER_BYTES / 2;
        if too_much && conn.standing().is_some() {
            self.work.failed.push((to, Gone::Overflow));
        }
        self.conns.bytes_since_audit += held - before;
        self.work.dirty.push(to);
    }

    fn tell_room(&mut self, room: RoomId, id: LineId, notice: &Notice, except: &[Id]) {
        if let Notice::Public { from, text } = notice {
            log::debug!("<{from}> {text:?}");
        }
        operator::log_deletion(notice);
        if self.shows_said || self.hub.is_watched(room) {
            self.show_said(room, notice);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        // By index, because telling needs all of self; no feed of the room comes or goes meanwhile.
        for n in 0..self.feeds.of_room(room).len() {
            let key = self.feeds.of_room(room)[n] as usize;
            let clock = self.life.clock(&mut self.sys, self.feeds.feeds[key].style);
            let RoomFeed {
                style, name, mark, ..
            } = &self.feeds.feeds[key];
            scratch.clear();
            let place = Place {
                room: name.shown(),
                mark,
                id,
            };
            dialect::render_line(*style, clock, place, notice, &mut scratch);
            debug_assert!(
                scratch.iter().filter(|byte| **byte == b'\n').count() <= 1,
                "one line for a room"
            );
            if scratch.is_empty() {
                continue;
            }
            self.feeds.mark(key);
            self.make_room(key, scratch.len());
            let mut readers = self.feeds.feeds[key].readers.len();
            for id in except {
                readers -= usize::from(self.skip(*id, key, scratch.len()));
            }
            self.metrics.lines_out += readers as u64;
            self.feeds.feeds[key].feed.append(&scratch, id);
        }
        self.scratch = scratch;
    }

    /// The next line of a feed, of `len` bytes, is not for this conn; whether it reads that feed.
    fn skip(&mut self, id: Id, key: usize, len: usize) -> bool {
        let Some(conn) = self.conns.get_mut(id) else {
            return false;
        };
        let before = conn.reader.memory();
        let reads = conn.reader.skip(&mut self.feeds, key, len);
        self.conns.bytes_since_audit += conn.reader.memory().saturating_sub(before);
        reads
    }

    fn named(&mut self, who: Id) {
        if let (Some(name), Some(conn)) = (self.hub.name(who), self.conns.get_mut(who)) {
            conn.phase = Phase::User;
            log::info!(target: ARRIVAL, "{name} joined from {}", conn.peer());
        }
    }

    /// Read a room from its end on, its lines shown so.
    pub(super) fn attach(&mut self, who: Id, room: (RoomId, Name, Lines)) {
        let Some(conn) = self.conns.get_mut(who) else {
            return;
        };
        let before = conn.reader.memory();
        // What it has lost is told with the mark of its room, before it reads another.
        let clock = self.life.clock(&mut self.sys, conn.style);
        tell_gaps(conn, clock, &self.feeds, &mut self.metrics.skipped);
        let reading = self.feeds.seat(room, conn.style, who);
        conn.reader.attach(&mut self.feeds, reading);
        self.conns.bytes_since_audit += conn.reader.memory().saturating_sub(before);
    }

    /// Stop reading a room and carry along unread bytes, at most `keep`.
    fn detach(&mut self, who: Id, room: RoomId, keep: usize) {
        let Some(conn) = self.conns.get_mut(who) else {
            return;
        };
        let clock = self.life.clock(&mut self.sys, conn.style);
        tell_gaps(conn, clock, &self.feeds, &mut self.metrics.skipped);
        let tell = gap_words(conn.style, clock, &mut self.metrics.skipped);
        let Some(reading) = conn.reader.detach(&mut self.feeds, room, keep, tell) else {
            return;
        };
        self.conns.bytes_since_audit += conn.reader.memory();
        self.work.dirty.push(who);
        if let Some(moved) = self.feeds.unseat(reading)
            && let Some(conn) = self.conns.get_mut(moved)
        {
            conn.reader.sit(reading);
        }
    }

    /// Speak otherwise to a conn from here on.
    pub(super) fn restyle(&mut self, who: Id, change: impl FnOnce(&mut Style)) {
        let Some(conn) = self.conns.get(who) else {
            return;
        };
        let of = |reading: Reading| self.feeds.feeds[reading.feed()].shows();
        let rooms: Vec<(RoomId, Name, Lines)> = conn.reader.readings().map(of).collect();
        for (room, ..) in &rooms {
            self.detach(who, *room, PAUSE_BYTES);
        }
        change(&mut self.conns[who].style);
        for room in rooms {
            self.attach(who, room);
        }
    }

    /// A program gets the key of its place. If the system has no random numbers, it has none.
    fn draw_key(&mut self, who: Id) {
        let key = self.sys.random().map(Key);
        if let Some(notice) = key.and_then(|key| self.hub.take_key(who, key)) {
            self.tell(who, &notice);
        }
    }

    fn close(&mut self, who: Id, name: Option<&Name>, why: &Gone) {
        self.metrics.gone(why);
        let Some(conn) = self.conns.get_mut(who) else {
            return;
        };
        match name {
            Some(name) => {
                log::info!(target: DEPARTURE, "{name} left: {}, {}", why.label(), conn.peer());
            }
            None => {
                log::info!(target: DEPARTURE, "{} left without a name: {}", conn.peer(), why.label());
            }
        }
        // Without it the client's receiving thread never ends.
        let then = match (conn.style.dialect, why) {
            (Dialect::Relay, Gone::Hangup | Gone::Lost) => Then::End,
            (Dialect::Relay, _) => Then::LastWord,
            _ => Then::End,
        };
        conn.drop_half_shaken(self.life.now, &self.feeds);
        conn.close_after(self.life.now, then);
        self.end_conversation(who, why);
        self.work.dirty.push(who);
    }
}
