//! What conns are owed goes out: one gathered write for each conn and turn, within a byte budget.
//! A conn is asked for writability only after a short write.

use std::io::{self, ErrorKind, IoSlice};

use super::Server;
use crate::conn::{Conn, Phase, Then};
use crate::dialect::{self, Clock, Style};
use crate::fanout::feeds::Feeds;
use crate::hub::{Id, Time};
use crate::limits::{LINGER, WRITE_BYTES, WRITE_SLICES};
use crate::net::sys::Sys;
use crate::transport::Output;

/// Why a conn is flushed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// It is owed something.
    Owed,
    /// A feed that it reads has grown.
    Grown,
    /// The poller, or its transport, says that it can take something.
    Writable,
}

impl<S: Sys> Server<S> {
    /// Flush every conn whose feeds or private bytes changed.
    pub(super) fn flush(&mut self) {
        for id in std::mem::take(&mut self.work.writable) {
            self.flush_conn(id, Cause::Writable);
        }
        let mut keys = std::mem::take(&mut self.feeds.dirty);
        for key in keys.drain(..) {
            let Some(feed) = self.feeds.feeds.get_mut(key) else {
                continue;
            };
            feed.is_dirty = false;
            // By index, because flushing needs all of self; nobody takes or leaves a seat meanwhile.
            for seat in 0..feed.readers.len() {
                let id = self.feeds.feeds[key].readers[seat];
                self.flush_conn(id, Cause::Grown);
            }
        }
        self.feeds.dirty = keys;
        self.flush_readers_of_several();
        let mut dirty = std::mem::take(&mut self.work.dirty);
        for id in dirty.drain(..) {
            self.flush_conn(id, Cause::Owed);
        }
        self.work.dirty = dirty;
    }

    /// Flush each reader of several rooms once, however many of its feeds have grown.
    fn flush_readers_of_several(&mut self) {
        let mut several = std::mem::take(&mut self.work.several);
        several.sort_unstable();
        several.dedup();
        for id in several.drain(..) {
            self.flush_conn(id, Cause::Owed);
        }
        self.work.several = several;
    }

    /// Write once what a conn is owed.
    pub(super) fn flush_conn(&mut self, id: Id, cause: Cause) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let is_woken = cause == Cause::Writable;
        match conn.wire.output {
            Output::Open if cause == Cause::Grown && conn.reader.reads_several() => {
                return self.work.several.push(id);
            }
            Output::Open => {}
            Output::Blocked { .. } if is_woken => {}
            Output::Blocked { .. } => return self.after_flush(id, false),
            Output::Broken { .. } => {
                conn.reader.discard(&self.feeds);
                return self.after_flush(id, is_woken);
            }
        }
        let clock = match conn.reader.has_gap() {
            true => self.life.clock(&mut self.sys, conn.style),
            false => Clock::default(),
        };
        let grown = tell_gaps(conn, clock, &self.feeds, &mut self.metrics.skipped);
        let before = conn.wire.transport.memory();
        let (offered, written) = offer(&mut self.sys, self.life.now, conn, &self.feeds);
        match written {
            Ok(n) => {
                self.metrics.bytes_out += n as u64;
                conn.reader.advance(&mut self.feeds, n);
                if n < offered || conn.wire.holds() {
                    conn.wire.output = Output::Blocked {
                        since: self.life.now,
                    };
                } else {
                    conn.wire.output = Output::Open;
                    if conn.reader.is_empty(&self.feeds) {
                        conn.reader.release(&mut self.feeds);
                        self.back.all_is_out(id, conn.wire.taken());
                    } else {
                        self.work.unfinished.push(id);
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => self.work.unfinished.push(id),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if conn.wire.output == Output::Open {
                    conn.wire.output = Output::Blocked {
                        since: self.life.now,
                    };
                }
            }
            Err(_) => {
                conn.break_output(self.life.now, &self.feeds);
            }
        }
        let is_blocked = matches!(conn.wire.output, Output::Blocked { .. });
        let grown = grown + conn.wire.transport.memory().saturating_sub(before);
        self.conns.bytes_since_audit += grown;
        self.after_flush(id, is_woken || is_blocked);
    }

    /// A conn was written to, or cannot be: go on with what waits for that. Its deadline is another one if
    /// `is_other`.
    fn after_flush(&mut self, id: Id, is_other: bool) {
        let conn = &mut self.conns[id];
        if let Phase::Closing { then, .. } = conn.phase {
            // Its last bytes go out, then its end is said, and then its peer has a moment to read both.
            let now = self.life.now;
            if conn.wire.is_broken() {
                return self.work.mark_dead(id, conn);
            }
            let is_out = conn.reader.is_drained() && !conn.wire.holds();
            let has_ended = conn.wire.has_ended();
            if is_out && then == Then::LastWord && !has_ended {
                conn.close_after(now, Then::End);
                conn.reader.insert(&mut self.feeds, b"x");
                self.work.unfinished.push(id);
            } else if is_out {
                match (conn.wire.say_end(&mut self.sys), has_ended) {
                    (false, _) => conn.wire.output = Output::Blocked { since: now },
                    (true, true) => return self.work.mark_dead(id, conn),
                    (true, false) => {
                        conn.wire.shut(&mut self.sys);
                        let until = now + LINGER;
                        conn.phase = Phase::Lingering { until };
                    }
                }
            }
            return self.settle(id);
        }
        let is_nobody = matches!(conn.phase, Phase::Requests { .. } | Phase::Listening { .. });
        if is_nobody && conn.wire.is_broken() {
            return self.work.mark_dead(id, conn);
        }
        let is_watched = conn.interest() == conn.wire.watched();
        if is_other || !is_watched || conn.has_work() || conn.wire.is_broken() {
            self.settle(id);
        }
    }
}

/// Write once, as much as a turn allows: how much that was, and what came of it.
fn offer<S: Sys>(
    sys: &mut S,
    now: Time,
    conn: &mut Conn<S::Socket>,
    feeds: &Feeds,
) -> (usize, io::Result<usize>) {
    if let Some(piece) = conn.reader.only_piece(feeds) {
        let piece = &piece[..piece.len().min(WRITE_BYTES)];
        let written = conn.wire.write(sys, now, &[IoSlice::new(piece)]);
        return (piece.len(), written);
    }
    let mut slices = [IoSlice::new(&[]); WRITE_SLICES];
    let mut count = 0;
    let mut offered = 0;
    for piece in conn.reader.pieces(feeds) {
        if count == WRITE_SLICES || offered == WRITE_BYTES {
            break;
        }
        let piece = &piece[..piece.len().min(WRITE_BYTES - offered)];
        slices[count] = IoSlice::new(piece);
        count += 1;
        offered += piece.len();
    }
    let written = match offered {
        0 if !conn.wire.holds() => Ok(0),
        _ => conn.wire.write(sys, now, &slices[..count]),
    };
    (offered, written)
}

/// A reader is told, in its style of now, how many lines it has lost. The memory that this took.
pub(super) fn tell_gaps<T>(
    conn: &mut Conn<T>,
    clock: Clock,
    feeds: &Feeds,
    skipped: &mut u64,
) -> usize {
    if !conn.reader.has_gap() {
        return 0;
    }
    let before = conn.reader.memory();
    let tell = gap_words(conn.style, clock, skipped);
    conn.reader.tell_gaps(feeds, tell);
    conn.reader.memory() - before
}

/// The words about so many lost lines, after the mark of their room. The lines are counted.
pub(super) fn gap_words(
    style: Style,
    clock: Clock,
    skipped: &mut u64,
) -> impl FnMut(&str, u64) -> Vec<u8> {
    move |mark, lines| {
        *skipped += lines;
        let mut words = Vec::new();
        dialect::render_gap(style, clock, mark, lines, &mut words);
        words
    }
}
