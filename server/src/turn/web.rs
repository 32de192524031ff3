//! Browsers among the conns: requests are answered, one after another, and some of them begin a conversation over
//! WebSocket, whose messages become lines.
//!
//! Until then the hub does not know such a conn. What it is sent goes out like private lines of others.
//!
//! Invariant: a request is taken when all of the answer before it has gone out, so nobody can make the server
//! hold many answers.

mod hooks;
mod logins;
mod routes;
mod scripts;
mod speed;
#[cfg(test)]
mod tests;

use super::Server;
use crate::conn::web::Web;
use crate::conn::{Naming, Phase, Then};
use crate::dialect::web::line_of;
use crate::dialect::{Dialect, Style};
use crate::hub::{Gone, Id, Ids, Notice};
use crate::limits::LINE_COST_BYTES;
use crate::net::sys::Sys;
use crate::pace::Paces;
use crate::web::frame;
use crate::web::http::{CONTINUE, Fault, Method, Next, Request, Response, Status};
use crate::web::limits::{KEPT_ALIVE, MESSAGE_BYTES, REQUEST_WITHIN};
use crate::web::socket::{CloseCode, Message, Messages};
use hooks::Hooks;
use logins::Login;
use routes::Answer;
use speed::Source;

/// What is kept about the programs that speak over HTTP.
#[derive(Default)]
pub(super) struct Scripts {
    hooks: Hooks,
    /// How much each source has said lately.
    paces: Paces<Source>,
}

impl<S: Sys> Server<S> {
    /// The first bytes of a conn are those of a request, and these are the last of them. Whether it may send
    /// requests.
    pub(super) fn begin_requests(&mut self, id: Id, bytes: &[u8]) -> bool {
        let conn = &mut self.conns[id];
        let is_first = matches!(conn.phase, Phase::Unasked { .. });
        if !is_first || !conn.intake.may_be_web() {
            return false;
        }
        let before = conn.intake.begin_web(Web::Requests(Box::default()));
        self.await_request(id);
        match before {
            Some(before) => self.take_requests(id, &[&before, bytes].concat()),
            None => self.respond_last(id, &Response::from(Fault::TargetTooLong)),
        }
        true
    }

    /// Whether a conn sends requests, and is nobody yet.
    pub(super) fn sends_requests(&self, id: Id) -> bool {
        let conn = self.conns.get(id);
        conn.is_some_and(|conn| matches!(conn.phase, Phase::Requests { .. }))
    }

    /// A conn that sends requests gets no further answer, but for a request that was taken.
    pub(super) fn end_requests(&mut self, id: Id) {
        if let Some(Web::Requests(asked)) = self.conns[id].intake.web_mut()
            && asked.take_waiting().is_some()
        {
            let text = "The server stops; try again later.";
            return self.respond_last(id, &Response::text(Status::Unavailable, text));
        }
        self.conns[id].close_after(self.life.now, Then::End);
        self.work.dirty.push(id);
    }

    /// A conn has so long for its next request.
    pub(super) fn await_request(&mut self, id: Id) {
        let until = self.life.now + REQUEST_WITHIN;
        self.conns[id].phase = Phase::Requests { until };
    }

    /// What a conn has sent, if it does not send lines; true if so.
    pub(super) fn take_web(&mut self, id: Id, bytes: &[u8]) -> bool {
        match self.conns[id].intake.web() {
            None => return false,
            Some(Web::Requests(_)) => self.take_requests(id, bytes),
            Some(Web::Messages(_)) => self.take_messages(id, bytes),
            Some(Web::Over(_)) => {}
        }
        true
    }

    fn take_requests(&mut self, id: Id, bytes: &[u8]) {
        let is_idle = |web: &Web| matches!(web, Web::Requests(asked) if asked.is_idle());
        if self.conns[id].intake.web().is_some_and(is_idle) {
            self.await_request(id);
        }
        let conn = &mut self.conns[id];
        let before = conn.memory();
        let Some(Web::Requests(asked)) = conn.intake.web_mut() else {
            return;
        };
        asked.push(bytes);
        let is_to_go_on = asked.take_continue();
        self.conns.bytes_since_audit += conn.memory().saturating_sub(before);
        if is_to_go_on {
            self.insert(id, CONTINUE);
        }
    }

    /// Answers the next request of a conn, or ends the conn if none will come. What it says counts like lines.
    pub(super) fn serve_request(&mut self, id: Id, budget: &mut usize) {
        let conn = &mut self.conns[id];
        let Some(Web::Requests(asked)) = conn.intake.web_mut() else {
            return;
        };
        match asked.take() {
            None if conn.wire.has_ended() => self.work.mark_dead(id, conn),
            None => {}
            Some(Err(fault)) => self.respond_last(id, &Response::from(fault)),
            Some(Ok(request)) => {
                let lines = request.body.split(|byte| *byte == b'\n').count();
                *budget = budget.saturating_sub(request.body.len() + lines * LINE_COST_BYTES);
                match self.count_request(id, &request) {
                    Ok(()) => self.answer_request(id, request, Login::Unasked),
                    Err(response) => self.respond_last(id, &response),
                }
            }
        }
    }

    fn answer_request(&mut self, id: Id, request: Request, login: Login) {
        let from = self.conns[id].peer().ip();
        if self.hub.is_banned(self.life.now, from) {
            let refusal = Response::text(Status::Forbidden, "You are banned.");
            return self.respond_last(id, &refusal);
        }
        let response = match self.route(&request) {
            Answer::Poll(..) | Answer::Listen(..) if self.hub.is_locked() => scripts::locked(),
            Answer::Response(response) => response,
            Answer::Upgrade(response) => return self.begin_messages(id, &request, &response),
            Answer::Publish(room) => match self.publish(id, &request, (&room, login)) {
                Ok(response) => response,
                Err((name, password)) => return self.verify(id, request, (&name, password)),
            },
            Answer::Hook(token) => self.take_hook(id, &request, &token),
            Answer::Poll(room, shape) => self.poll(&request, &room, shape),
            Answer::Listen(_, shape) if request.method == Method::Head => {
                self.insert(id, &Response::stream(shape.content_type()));
                return self.conns[id].close_after(self.life.now, Then::End);
            }
            Answer::Listen(room, shape) => {
                match self.begin_listening(id, &request, (&room, shape)) {
                    Ok(()) => return,
                    Err(response) => response,
                }
            }
        };
        self.respond(id, &request, &response);
    }

    fn respond(&mut self, id: Id, request: &Request, response: &Response) {
        let (bytes, next) = match self.advise_script(id, request) {
            Some(advice) => response
                .clone()
                .with("Advice", advice)
                .to(request, Next::Request),
            None => response.to(request, Next::Request),
        };
        self.insert(id, &bytes);
        let until = self.life.now + KEPT_ALIVE;
        let conn = &mut self.conns[id];
        let mut is_to_go_on = false;
        if let Some(Web::Requests(asked)) = conn.intake.web_mut() {
            asked.go_on();
            is_to_go_on = asked.take_continue();
        }
        if next == Next::Close || conn.wire.has_ended() && !conn.has_request() {
            return conn.close_after(self.life.now, Then::End);
        }
        conn.phase = Phase::Requests { until };
        self.end_request(id);
        if is_to_go_on {
            self.insert(id, CONTINUE);
        }
    }

    fn respond_last(&mut self, id: Id, response: &Response) {
        self.insert(id, &response.last());
        self.conns[id].close_after(self.life.now, Then::End);
    }

    /// A browser is asked for a name as everybody is, in its own form.
    fn begin_messages(&mut self, id: Id, request: &Request, response: &Response) {
        let (bytes, _) = response.to(request, Next::Request);
        self.insert(id, &bytes);
        let within = self.admission.name_within(Naming::Asked);
        let conn = &mut self.conns[id];
        let rest = match conn.intake.web_mut() {
            Some(Web::Requests(asked)) => asked.rest(),
            _ => Vec::new(),
        };
        let messages = Messages::new(MESSAGE_BYTES);
        conn.intake.begin_web(Web::Messages(messages));
        conn.phase = Phase::nameless(self.life.now + within);
        conn.style = Style {
            dialect: Dialect::Web,
            lang: conn.style.lang,
            crlf: false,
            ids: Ids::Tags,
        };
        self.hub.note_program(id);
        self.tell(id, &Notice::AskName);
        self.take_messages(id, &rest);
    }

    /// A conversation is over: after its last words the browser is told so, too.
    pub(super) fn end_conversation(&mut self, id: Id, why: &Gone) {
        let code = match (self.conns[id].intake.web(), why) {
            (Some(Web::Messages(_)), Gone::Stopping) => CloseCode::GoingAway.number(),
            (Some(Web::Messages(_)), _) => CloseCode::Normal.number(),
            (Some(Web::Over(code)), _) => *code,
            (Some(Web::Requests(_)) | None, _) => return,
        };
        let mut bytes = Vec::new();
        frame::close(Some(code), &mut bytes);
        self.insert(id, &bytes);
    }

    fn take_messages(&mut self, id: Id, bytes: &[u8]) {
        let now = self.life.now;
        let conn = &mut self.conns[id];
        let before = conn.memory();
        let Some(Web::Messages(messages)) = conn.intake.web_mut() else {
            return;
        };
        messages.push(bytes);
        // After the end of its messages what it sends is read and dropped: unread input would make the kernel
        // answer with a reset, and it would not hear why they have ended.
        let mut replies = Vec::new();
        while let Some(Web::Messages(messages)) = conn.intake.web_mut()
            && let Some(message) = messages.next()
        {
            match message {
                Ok(Message::Text(text)) => match line_of(&text) {
                    Ok(line) => conn.push(now, &mut (line + "\n").into_bytes()),
                    Err(bad) => conn.intake.end_web(bad.code()),
                },
                Ok(Message::Binary(_)) => conn.intake.end_web(CloseCode::Unsupported.number()),
                Ok(Message::Ping(payload)) => frame::pong(&payload, &mut replies),
                Ok(Message::Pong) => {}
                Ok(Message::Close(_)) => {
                    conn.intake.end_web(CloseCode::Normal.number());
                }
                Err(code) => conn.intake.end_web(code.number()),
            }
        }
        let grown = conn.memory().saturating_sub(before);
        self.conns.bytes_since_audit += grown;
        if !replies.is_empty() {
            self.insert(id, &replies);
        }
    }
}
