//! Requests for the metrics over HTTP/1: the head of a request comes in, one answer goes out, and the conn
//! is closed.
//!
//! The loop reads, flushes and buries such a conn like others, but the hub does not know it, and it gets no
//! line of the chat.
//!
//! Invariant: there are at most [`SCRAPES`] at once, each for [`SCRAPE_WITHIN`] before its answer. A slow
//! one keeps its place only until another needs it.

use std::net::SocketAddr;

use super::Server;
use super::archive::Archiving;
use crate::conn::{ConnDefaults, Phase, Then};
use crate::dialect::editing::Line;
use crate::dialect::framing::{Frame, Framing};
use crate::hub::{Id, Notice, Request};
use crate::limits::{FLUSH_WITHIN, READ_LINES, SCRAPE_BYTES, SCRAPE_WITHIN, SCRAPES};
use crate::net::sys::{Interest, Sys};
use crate::ops::metrics::Gauges;
use crate::web::http::{Response, Status};

/// The listener for the metrics, and the open requests.
#[derive(Default)]
pub(super) struct Scrapes {
    listener: Option<usize>,
    open: Vec<Scrape>,
}

/// One request that was not answered yet, or whose answer is still being sent.
struct Scrape {
    id: Id,
    /// Bytes of its head so far.
    bytes: usize,
    /// How it is to be answered, once its first line has come.
    status: Option<Status>,
}

impl Scrapes {
    /// Whether this is the listener for the metrics. Conns there get no line of the chat.
    pub(super) fn is_theirs(&self, listener: usize) -> bool {
        self.listener == Some(listener)
    }

    /// Whether this conn came to the listener for the metrics.
    pub(super) fn has(&self, id: Id) -> bool {
        self.open.iter().any(|scrape| scrape.id == id)
    }

    pub(super) fn forget(&mut self, id: Id) {
        self.open.retain(|scrape| scrape.id != id);
    }
}

impl<S: Sys> Server<S> {
    /// Serves the metrics at the listener with this number.
    pub fn serve_metrics(&mut self, listener: usize) {
        self.scrapes.listener = Some(listener);
    }

    pub(super) fn admit_scrape(&mut self, socket: S::Socket, peer: SocketAddr) {
        if self.living_scrapes() >= SCRAPES && !self.give_up_slowest() {
            log::warn!("{peer} turned away: too many ask for the metrics");
            return self.sys.close(socket, Interest::Off);
        }
        let defaults = ConnDefaults {
            framing: Framing::Lines,
            ..ConnDefaults::default()
        };
        let phase = Phase::nameless(self.life.now + SCRAPE_WITHIN);
        let id = self.insert_conn(socket, peer, defaults, phase);
        self.scrapes.open.push(Scrape {
            id,
            bytes: 0,
            status: None,
        });
        self.settle(id);
    }

    /// Those that are not to be buried in this turn.
    fn living_scrapes(&self) -> usize {
        let phases = self
            .scrapes
            .open
            .iter()
            .map(|scrape| &self.conns[scrape.id].phase);
        phases.filter(|phase| **phase != Phase::Dead).count()
    }

    /// Closes the oldest one that has not sent its whole head, without an answer. False if there is none.
    fn give_up_slowest(&mut self) -> bool {
        for at in 0..self.scrapes.open.len() {
            let id = self.scrapes.open[at].id;
            let conn = &mut self.conns[id];
            if conn.standing().is_some() && !conn.intake.inbox.has_line() {
                log::info!(
                    "{} gives way: it was slow to ask for the metrics",
                    conn.peer()
                );
                self.work.mark_dead(id, conn);
                return true;
            }
        }
        false
    }

    /// Handles the lines of a head, up to the empty one.
    pub(super) fn handle_scrape(&mut self, id: Id) {
        for _ in 0..READ_LINES {
            let conn = &mut self.conns[id];
            let Some(scrape) = self.scrapes.open.iter_mut().find(|scrape| scrape.id == id) else {
                return;
            };
            if conn.standing().is_none() {
                return;
            }
            let status = match conn.intake.inbox.next_line() {
                Some(Frame::Line(Line { bytes: line, .. })) => {
                    scrape.bytes += line.len();
                    match scrape.status {
                        _ if scrape.bytes > SCRAPE_BYTES => Status::HeadTooLarge,
                        Some(status) if line.is_empty() => status,
                        Some(_) => continue,
                        None => {
                            scrape.status = Some(status_of(line));
                            continue;
                        }
                    }
                }
                Some(Frame::TooLong) => Status::HeadTooLarge,
                None if conn.wire.has_ended() => {
                    let why = conn.ending();
                    return self.request(id, Request::Leave(why));
                }
                None => return,
            };
            return self.answer_scrape(id, status);
        }
    }

    fn answer_scrape(&mut self, id: Id, status: Status) {
        let body = match status {
            Status::Ok => self.metrics.render(&self.gauges()),
            other => {
                let (number, words) = other.line();
                format!("{number} {words}; the metrics are at GET /metrics\n")
            }
        };
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        let mut response = Response::new(status, kind, body.into_bytes());
        if status == Status::MethodNotAllowed {
            response = response.with("Allow", "GET");
        }
        self.insert(id, &response.last());
        self.conns[id].phase = Phase::Closing {
            until: self.life.now + FLUSH_WITHIN,
            then: Then::End,
        };
    }

    fn gauges(&self) -> Gauges {
        Gauges {
            // Conns that ask for the metrics are not counted.
            conns: self.conns.len() - self.scrapes.open.len(),
            users: self.hub.user_count(),
            directs: self.hub.direct_count(),
            rooms: self.hub.room_count(),
            bans: self.hub.ban_count(self.life.now),
            feed_bytes: self.feeds.held(),
            questions: self.auth.asked(),
            archive_fails: self.archiving != Archiving::Works,
        }
    }

    /// The answer to `/lag` for a user with so many bytes in the queue.
    pub(super) fn lag(&self, queue: Option<usize>) -> Notice {
        let (last, longest) = self.metrics.turn_times(self.life.now);
        Notice::Lag {
            queue,
            last,
            longest,
        }
    }

    pub(super) fn tell_lag(&mut self, who: Id) {
        let Some(conn) = self.conns.get(who) else {
            return;
        };
        let queue = conn.reader.unread(&self.feeds) as usize;
        let lag = self.lag(Some(queue));
        self.tell(who, &lag);
    }
}

/// How a request line is to be answered.
fn status_of(line: &[u8]) -> Status {
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, target, version] = words.as_slice() else {
        return Status::BadRequest;
    };
    let path = target.split(|byte| *byte == b'?').next();
    match (*method, path) {
        _ if !version.starts_with(b"HTTP/1.") => Status::BadRequest,
        (_, Some(path)) if path != b"/metrics" => Status::NotFound,
        (b"GET", _) => Status::Ok,
        _ => Status::MethodNotAllowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        let check = |line: &str, status| assert_eq!(status_of(line.as_bytes()), status, "{line}");
        check("GET /metrics HTTP/1.1", Status::Ok);
        check("GET /metrics?a=b HTTP/1.0", Status::Ok);
        check("GET / HTTP/1.1", Status::NotFound);
        check("GET /metrics/ HTTP/1.1", Status::NotFound);
        check("POST /metrics HTTP/1.1", Status::MethodNotAllowed);
        check("HEAD /metrics HTTP/1.1", Status::MethodNotAllowed);
        check("GET /metrics", Status::BadRequest);
        check("GET /metrics HTTP/2", Status::BadRequest);
        check("GET  /metrics HTTP/1.1", Status::BadRequest);
        check("", Status::BadRequest);
    }
}
