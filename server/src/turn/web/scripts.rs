//! Scripts among the conns: a request that says lines, and one that listens to a room until it ends.
//!
//! Invariant: of a request either all lines are said or none, and its answer tells which.

use std::rc::Rc;
use std::time::Duration;

use super::logins::{self, Login, ScriptName, Unnamed, unauthorized};
use crate::conn::{Phase, Then};
use crate::dialect::clean::clean;
use crate::dialect::events::{Shape, Sign};
use crate::dialect::{self, Clock, Dialect, Style};
use crate::hub::name::Name;
use crate::hub::scripts::{Since, Speaker, UNKNOWN};
use crate::hub::{Complaint, Id, LineId, Notice, Secret};
use crate::limits::{LINE_BYTES, NO_PROGRESS};
use crate::net::sys::Sys;
use crate::ops::logging::ARRIVAL;
use crate::transport::{Input, Output};
use crate::turn::Server;
use crate::web::http::{Request, Response, Status};
use crate::web::limits::{KEEPALIVE_EVERY, LINES_AT_ONCE};

/// Who speaks where.
#[derive(Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) speaker: Speaker<'a>,
    /// As it was typed.
    pub(super) room: &'a str,
}

impl<S: Sys> Server<S> {
    /// Says the lines of a request in this room, unless a name and its password have to be verified first.
    pub(super) fn publish(
        &mut self,
        id: Id,
        request: &Request,
        (room, login): (&str, Login),
    ) -> Result<Response, (Name, Secret)> {
        let lines: Vec<Rc<str>> = texts(request);
        let told = |status, text: &str| Ok(Response::text(status, text));
        if lines.is_empty() {
            return told(Status::BadRequest, "There is no text to say.");
        }
        let is_long = |line: &Rc<str>| line.len() > LINE_BYTES;
        if lines.len() > LINES_AT_ONCE || lines.iter().any(is_long) {
            let text =
                format!("At most {LINES_AT_ONCE} lines of {LINE_BYTES} bytes are said at once.");
            return told(Status::ContentTooLarge, &text);
        }
        // Those of a request whose password was verified have counted before that.
        if login == Login::Unasked
            && let Err(wait) = self.charge((id, self.source(id)), &lines)
        {
            return Ok(too_much("Too much at once", wait));
        }
        let name = match logins::named(request, login) {
            Ok(ScriptName::Chosen(_)) if self.hub.is_locked() => return Ok(locked()),
            Ok(name) => name,
            Err(Unnamed::ToVerify(name, password)) => return Err((name, password)),
            Err(Unnamed::Refused(response)) => return Ok(*response),
        };
        let script = Script {
            speaker: name.speaker(),
            room,
        };
        Ok(match self.say_all(id, script, lines) {
            Ok(body) => Response::new(Status::Ok, Shape::Json.content_type(), body),
            Err(complaint) => refusal(complaint),
        })
    }

    /// Says these lines, and tells them as a script reads them.
    pub(super) fn say_all(
        &mut self,
        id: Id,
        script: Script<'_>,
        lines: Vec<Rc<str>>,
    ) -> Result<Vec<u8>, Complaint> {
        self.shows_said = self.is_shown(self.conns[id].style.dialect);
        let mut body = Vec::new();
        let mut spoke = None;
        for text in lines {
            let clock = self.life.clock(&mut self.sys, style_of(Shape::Json));
            let now = self.life.now;
            let said = (script.speaker, script.room);
            let published = self.hub.publish(now, said, text.clone(), &mut self.effects);
            self.deliver();
            self.metrics.lines_in += 1;
            let (name, room, id) = published?;
            let line = dialect::Place {
                room: room.shown(),
                mark: "",
                id,
            };
            Shape::Json.said(clock, line, name.shown(), &text, &mut body);
            spoke = Some((name, room));
        }
        if let Some((name, room)) = spoke {
            let peer = self.conns[id].peer();
            log::info!(target: ARRIVAL, "{name} spoke in {room} over HTTP from {peer}");
        }
        Ok(body)
    }

    /// What was said in a room, at once, for a script that does not wait for more.
    pub(super) fn poll(&mut self, request: &Request, room: &str, shape: Shape) -> Response {
        let since = match since(request) {
            Ok(since) => since.unwrap_or(Since::All),
            Err(refusal) => return refusal,
        };
        let clock = self.life.clock(&mut self.sys, style_of(Shape::Json));
        match self.hub.said_in(self.life.now, room, since) {
            Ok((room, (is_whole, said))) => {
                let mut body = Vec::new();
                if !is_whole {
                    shape.skipped(clock, UNKNOWN, &mut body);
                }
                shape.before(clock, room.shown(), &said, &mut body);
                Response::new(Status::Ok, shape.content_type(), body)
            }
            Err(complaint) => refusal(complaint),
        }
    }

    /// A conn reads a room from here on, until it or the server ends.
    pub(super) fn begin_listening(
        &mut self,
        id: Id,
        request: &Request,
        (room, shape): (&str, Shape),
    ) -> Result<(), Response> {
        let since = since(request)?.unwrap_or(Since::Now);
        let now = self.life.now;
        let listens = self.hub.listen(now, (id, room), since, &mut self.effects);
        listens.map_err(refusal)?;
        let conn = &mut self.conns[id];
        conn.style = style_of(shape);
        let until = now + KEEPALIVE_EVERY;
        conn.phase = Phase::Listening { until };
        // The head goes out before what the hub tells.
        let mut bytes = Response::stream(shape.content_type());
        let clock = self.life.clock(&mut self.sys, style_of(shape));
        shape.sign(clock, Sign::Open, room, &mut bytes);
        self.insert(id, &bytes);
        self.deliver();
        Ok(())
    }

    /// A conn that listens is told now and then that the server is there, unless it takes nothing.
    pub(in crate::turn) fn keep_listening(&mut self, id: Id) {
        let now = self.life.now;
        let conn = &mut self.conns[id];
        match conn.wire.output {
            Output::Blocked { since } if since + NO_PROGRESS <= now => {
                return self.work.mark_dead(id, conn);
            }
            Output::Blocked { .. } => {}
            _ => self.tell_sign(id, Sign::Keepalive),
        }
        let until = now + KEEPALIVE_EVERY;
        self.conns[id].phase = Phase::Listening { until };
        self.settle(id);
    }

    /// A conn that listens sends nothing more. It may go on reading; if it does not, the answer to what it is sent
    /// now tells that.
    pub(in crate::turn) fn only_listens(&mut self, id: Id) {
        let conn = &mut self.conns[id];
        match conn.wire.input {
            Input::Ended { orderly: true } => self.keep_listening(id),
            _ => self.work.mark_dead(id, conn),
        }
    }

    /// The server stops: who listens is told so.
    pub(in crate::turn) fn end_listening(&mut self, id: Id) {
        if matches!(self.conns[id].phase, Phase::Listening { .. }) {
            self.tell_sign(id, Sign::End);
        }
        self.stop_listening(id);
    }

    fn tell_sign(&mut self, id: Id, sign: Sign) {
        if let Dialect::Events(shape) = self.conns[id].style.dialect {
            let clock = self.life.clock(&mut self.sys, style_of(shape));
            let room = self.conns[id].reader.readings().next();
            let room = room.map(|reading| self.feeds.feeds[reading.feed()].name.clone());
            let room = room.as_ref().map_or("", |room| room.shown());
            let mut bytes = Vec::new();
            shape.sign(clock, sign, room, &mut bytes);
            self.insert(id, &bytes);
        }
    }

    /// A conn that listens is gone, or is told to go.
    pub(in crate::turn) fn stop_listening(&mut self, id: Id) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        if !matches!(conn.style.dialect, Dialect::Events(_)) {
            return;
        }
        if matches!(conn.phase, Phase::Listening { .. }) {
            conn.close_after(self.life.now, Then::End);
            self.work.dirty.push(id);
        }
        self.hub.stop_listening(id, &mut self.effects);
        self.deliver();
    }
}

fn style_of(shape: Shape) -> Style {
    Style {
        dialect: Dialect::Events(shape),
        ..Style::default()
    }
}

/// The lines of a request, each with its title if it has one.
fn texts(request: &Request) -> Vec<Rc<str>> {
    let title = request.header("title").map(|title| format!("{title}: "));
    let title = title.unwrap_or_default();
    let lines = request.body.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| clean(line).trim().to_owned());
    let lines = lines.filter(|line| !line.is_empty());
    let titled = |line: String| clean((title.clone() + &line).as_bytes()).as_ref().into();
    lines.map(titled).collect()
}

pub(super) fn of_query(request: &Request, name: &str) -> Option<String> {
    let found = request.query().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// Since when a script wants what was said: an id, a time ago, `all`, `latest` or `none`.
fn since(request: &Request) -> Result<Option<Since>, Response> {
    let given = of_query(request, "since");
    let given = given.or_else(|| request.header("last-event-id").map(str::to_owned));
    let Some(given) = given else {
        return Ok(None);
    };
    let id = |text: &str| {
        let (epoch, number) = text.split_once(':')?;
        let (epoch, number) = (epoch.parse().ok()?, number.parse().ok()?);
        Some(Since::Line(LineId { epoch, number }))
    };
    let since = match given.as_str() {
        "all" => Some(Since::All),
        "latest" => Some(Since::Latest),
        "none" => Some(Since::Now),
        other => id(other).or_else(|| ago(other).map(Since::Ago)),
    };
    since.map(Some).ok_or_else(|| {
        let text = "since is an id of a line, a time like 10m or 2h, all, latest or none.";
        Response::text(Status::BadRequest, text)
    })
}

/// `30s`, `10m`, `2h`, `1d`.
fn ago(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}

/// Why nothing was said or can be heard, in English.
pub(super) fn refusal(complaint: Complaint) -> Response {
    let status = match complaint {
        Complaint::NameRegistered(name) => {
            let text = format!(
                "{name} is registered: its owner gives the password, too, as in curl -u {name}."
            );
            return unauthorized(&text);
        }
        Complaint::NameTaken(_) | Complaint::NameReserved(_) => Status::Conflict,
        Complaint::TooManyRooms => Status::Unavailable,
        Complaint::Order(_) => Status::Forbidden,
        _ => Status::BadRequest,
    };
    let mut text = Vec::new();
    let notice = Notice::Refused(complaint);
    dialect::render(Style::default(), Clock::default(), &notice, &mut text);
    let text = String::from_utf8_lossy(&text);
    Response::text(status, text.trim_start_matches("! ").trim_end())
}

/// Nobody new is let in.
pub(super) fn locked() -> Response {
    let text = "Nobody new is let in just now; try again later.";
    Response::text(Status::Unavailable, text)
}

/// It may be tried again after a while.
pub(super) fn too_much(what: &str, wait: Duration) -> Response {
    let seconds = seconds(wait);
    let text = format!("{what}; try again in {seconds} s.");
    Response::text(Status::TooManyRequests, &text).with("Retry-After", seconds)
}

/// The whole seconds after which a wait is over.
pub(super) fn seconds(wait: Duration) -> String {
    (wait.as_secs() + 1).to_string()
}
