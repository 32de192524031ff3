//! Which request gets which answer.
//!
//! It changes nothing: an answer depends on the request and on what the operator has decided.

use std::sync::LazyLock;

use crate::hub::name::Name;
use crate::net::sys::Sys;
use crate::turn::Server;
use crate::web::http::{self, Method, Request, Response, Status};
use crate::web::page::Page;
use crate::web::socket;

/// See the top of this file.
pub(super) enum Answer {
    /// This one, and then perhaps another request.
    Response(Response),
    /// This one, and then messages.
    Upgrade(Response),
}

static PAGE: LazyLock<Page> = LazyLock::new(Page::assemble);

/// Where browsers find the conversation.
const SOCKET: &str = "/ws";

impl<S: Sys> Server<S> {
    pub(super) fn route(&self, request: &Request) -> Answer {
        let answered = self.check(request).and_then(|()| {
            if request.path == SOCKET {
                return socket::upgrade(request).map(Answer::Upgrade);
            }
            self.page(request).map(Answer::Response)
        });
        answered.unwrap_or_else(Answer::Response)
    }

    /// Whether the request was meant for this server and comes from its own page, or from none: a page of
    /// somebody else may not speak for its reader, by whatever name it calls this server.
    fn check(&self, request: &Request) -> Result<(), Response> {
        let own: Vec<&str> = self.config.hosts.iter().map(String::as_str).collect();
        let host = request.host.as_deref().unwrap_or_default();
        if !host.is_empty() && !http::is_allowed_host(host, &own) {
            let text =
                format!("{host} is not a name of this server; its operator can add it with --url.");
            return Err(Response::text(Status::MisdirectedRequest, &text));
        }
        let is_read_only = matches!(request.method, Method::Get | Method::Head);
        let is_foreign = |origin: &str| !http::is_same_origin(origin, host);
        if (!is_read_only || request.path == SOCKET) && request.origin().is_some_and(is_foreign) {
            let text = "Pages of other servers may not do that.";
            return Err(Response::text(Status::Forbidden, text));
        }
        Ok(())
    }

    /// The page, in the room that the path names, if any.
    fn page(&self, request: &Request) -> Result<Response, Response> {
        let room = request.path.trim_start_matches('/');
        if !room.is_empty() && Name::parse(room).is_err() {
            return Err(Response::text(Status::NotFound, "There is nothing here."));
        }
        if !matches!(request.method, Method::Get | Method::Head) {
            let refusal = Response::text(Status::MethodNotAllowed, "Only GET and HEAD work here.");
            return Err(refusal.with("Allow", "GET, HEAD"));
        }
        Ok(PAGE.to(request))
    }
}
