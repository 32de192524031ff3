//! Scripts that speak under a name: their own, or a registered one with its password, as `curl -u` sends them.
//! The request of the latter waits until the accounts have answered.
//!
//! Invariant: a request waits once at most, and is answered whatever the verdict.

use super::scripts::{of_query, refusal, too_much};
use crate::conn::web::Web;
use crate::hub::name::Name;
use crate::hub::scripts::Speaker;
use crate::hub::{Complaint, Id, Question, Secret, Verdict};
use crate::net::sys::Sys;
use crate::turn::Server;
use crate::web::http::{Credentials, Request, Response, Status};

/// What a script that gives no name is called.
const NOBODY: &str = "script";

/// Whether the password of a request was checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Login {
    /// Not yet, or there is none.
    Unasked,
    /// It is the right one.
    Right,
}

/// The name under which a script speaks.
pub(super) enum ScriptName {
    /// One that it has chosen, as it was sent.
    Chosen(String),
    /// One that is registered, by its owner.
    Owned(Name),
}

/// Why it is not known yet.
pub(super) enum Unnamed {
    /// It has given the name of an owner, and this password.
    ToVerify(Name, Secret),
    /// It cannot be one.
    Refused(Box<Response>),
}

impl ScriptName {
    pub(super) fn speaker(&self) -> Speaker<'_> {
        match self {
            ScriptName::Chosen(name) => Speaker::Named(name),
            ScriptName::Owned(name) => Speaker::Owner(name),
        }
    }
}

impl<S: Sys> Server<S> {
    /// A request waits until the accounts have answered whether this is the password.
    pub(super) fn verify(&mut self, id: Id, request: Request, (name, password): (&Name, Secret)) {
        if name.is_reserved() {
            let complaint = Complaint::NameReserved(name.shown().to_owned());
            return self.respond(id, &request, &refusal(complaint));
        }
        if !self.hub.is_registered(name) {
            let text = "Nobody has registered that name; without a password it needs none.";
            return self.respond(id, &request, &unauthorized(text));
        }
        let peer = self.conns[id].peer();
        if let Some(wait) = self.auth.wait_for_script(self.life.now, peer) {
            return self.respond(id, &request, &too_much("Too many passwords", wait));
        }
        self.auth.count_script(self.life.now, peer);
        if let Some(Web::Requests(asked)) = self.conns[id].intake.web_mut() {
            asked.wait(request);
        }
        self.await_request(id);
        self.put_question(id, name, Question::Verify(password));
    }

    /// The accounts have answered: so does the request that has waited for that.
    pub(in crate::turn) fn go_on_with_request(&mut self, id: Id, verdict: Verdict) {
        let Some(Web::Requests(asked)) = self.conns[id].intake.web_mut() else {
            return;
        };
        let Some(request) = asked.take_waiting() else {
            return;
        };
        let refused = match verdict {
            Verdict::Right => return self.answer_request(id, *request, Login::Right),
            Verdict::Wrong => unauthorized("That password is wrong."),
            Verdict::RightOnce => {
                let text = "That password is for one login: log in with it, and choose another.";
                Response::text(Status::Forbidden, text)
            }
            Verdict::TooMany { wait } => too_much("Too many wrong passwords", wait),
            _ => {
                let text = "Passwords cannot be checked just now; try again.";
                Response::text(Status::Unavailable, text)
            }
        };
        self.respond(id, &request, &refused);
    }
}

/// The name of a request that says something. A name without a password is one that the script has chosen.
pub(super) fn named(request: &Request, login: Login) -> Result<ScriptName, Unnamed> {
    let (name, password) = match request.credentials() {
        Credentials::Basic(name, password) if password.is_empty() => {
            return Ok(ScriptName::Chosen(name.trim().to_owned()));
        }
        Credentials::Basic(name, password) => (name, password),
        Credentials::Unknown => {
            let text = "Only a name and its password are understood, as curl -u sends them.";
            return Err(refused(unauthorized(text)));
        }
        Credentials::None => {
            let name = request.header("name").map(str::to_owned);
            let name = name.or_else(|| of_query(request, "name"));
            let name = name.as_deref().unwrap_or(NOBODY).trim();
            return Ok(ScriptName::Chosen(name.to_owned()));
        }
    };
    let parsed = Name::parse(name.trim()).map_err(Complaint::BadName);
    let name = parsed.map_err(|complaint| refused(refusal(complaint)))?;
    match (login, Secret::of_client(&password)) {
        (Login::Right, _) => Ok(ScriptName::Owned(name)),
        (Login::Unasked, Some(password)) => Err(Unnamed::ToVerify(name, password)),
        // Nobody has such a password.
        (Login::Unasked, None) => Err(refused(unauthorized("That password is wrong."))),
    }
}

fn refused(response: Response) -> Unnamed {
    Unnamed::Refused(Box::new(response))
}

/// A refusal that says how a request can tell whom it comes from.
pub(super) fn unauthorized(text: &str) -> Response {
    Response::text(Status::Unauthorized, text).with(
        "WWW-Authenticate",
        "Basic realm=\"papo\", charset=\"UTF-8\"",
    )
}
