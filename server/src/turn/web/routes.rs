//! Which request gets which answer.
//!
//! It changes nothing: an answer depends on the request and on what the operator has decided.

use std::sync::LazyLock;

use super::hooks::PATH;
use crate::dialect::events::Shape;
use crate::dialect::words::{self, Lang};
use crate::hub::Complaint;
use crate::hub::name::Name;
use crate::net::sys::Sys;
use crate::turn::Server;
use crate::web::http::{self, Method, Request, Response, Status};
use crate::web::page::Page;
use crate::web::qr;
use crate::web::socket;

/// See the top of this file.
pub(super) enum Answer {
    /// This one, and then perhaps another request.
    Response(Response),
    /// This one, and then messages.
    Upgrade(Response),
    /// What comes of saying its lines in this room.
    Publish(String),
    /// What comes of posting to the hook with this token.
    Hook(String),
    /// What was said in this room.
    Poll(String, Shape),
    /// The same, and what is said from here on.
    Listen(String, Shape),
}

static PAGE: LazyLock<Page> = LazyLock::new(Page::assemble);

/// Where browsers find the conversation.
const SOCKET: &str = "/ws";
/// The address of this server, or of a room, as an image to scan. Rooms have no dot in their name.
const CODE: &str = "/qr.svg";

impl<S: Sys> Server<S> {
    pub(super) fn route(&self, request: &Request) -> Answer {
        let answered = self.check(request).and_then(|()| {
            // The room of that name has a page, too.
            if request.path == SOCKET && request.header("sec-websocket-key").is_some() {
                return socket::upgrade(request).map(Answer::Upgrade);
            }
            if request.path == CODE && matches!(request.method, Method::Get | Method::Head) {
                return self.code(request).map(Answer::Response);
            }
            if let Some(token) = request.path.strip_prefix(PATH) {
                return match request.method {
                    Method::Post => Ok(Answer::Hook(token.to_owned())),
                    _ => Err(not_by_this_method("POST")),
                };
            }
            self.about_room(request)
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

    /// A code to scan: of the room that is asked for, if any. None for a server that only this host reaches.
    fn code(&self, request: &Request) -> Result<Response, Response> {
        let mut asked = request.query().filter(|(name, _)| name == "room");
        let room = asked.find_map(|(_, room)| Name::parse(&room).ok());
        let address = &self.config.address;
        let image = match room {
            Some(room) => qr::svg(&qr::of_room(address, room.shown())),
            None => qr::svg(address),
        };
        let none = || Response::text(Status::NotFound, "Only this computer reaches this server.");
        let image = image.ok_or_else(none)?.into_bytes();
        Ok(Response::new(Status::Ok, "image/svg+xml", image))
    }

    /// What has a room's name as its path: the page in that room, and what scripts do there.
    fn about_room(&self, request: &Request) -> Result<Answer, Response> {
        let path = request.path.trim_start_matches('/');
        let (room, shape) = path.split_once('/').unwrap_or((path, ""));
        let shape = match shape {
            "" if path.ends_with('/') && !path.is_empty() => None,
            "" => Some(None),
            "json" => Some(Some(Shape::Json)),
            "sse" => Some(Some(Shape::Sse)),
            "raw" => Some(Some(Shape::Raw)),
            _ => None,
        };
        let is_room = Name::parse(room).is_ok();
        let reads = matches!(request.method, Method::Get | Method::Head);
        let is_poll = |request: &Request| {
            request
                .query()
                .any(|(key, value)| key == "poll" && value == "1")
        };
        match (shape, request.method) {
            (Some(None), _) if reads && (is_room || room.is_empty()) => {
                Ok(Answer::Response(PAGE.to(request)))
            }
            (Some(None), Method::Post | Method::Put) if is_room => Ok(Answer::Publish(room.into())),
            (Some(Some(shape)), _) if is_room && reads && !is_poll(request) => {
                Ok(Answer::Listen(room.into(), shape))
            }
            (Some(Some(shape)), _) if is_room && reads => Ok(Answer::Poll(room.into(), shape)),
            (Some(shape), _) if is_room || room.is_empty() && shape.is_none() => {
                let allowed = match shape {
                    None if is_room => "GET, HEAD, POST, PUT",
                    _ => "GET, HEAD",
                };
                Err(not_by_this_method(allowed))
            }
            (Some(_), _) if !room.is_empty() => Err(not_a_room(room)),
            _ => Err(Response::text(Status::NotFound, "There is nothing here.")),
        }
    }
}

/// What stands where a room's name is expected cannot be one.
fn not_a_room(typed: &str) -> Response {
    let why = Name::parse(typed).err().map(Complaint::BadName);
    let why = why.map(|why| words::refusal(Lang::En, why));
    let why = why.unwrap_or_default();
    Response::text(
        Status::NotFound,
        &format!("No room can be called that: {why}."),
    )
}

fn not_by_this_method(allowed: &'static str) -> Response {
    let text = format!("What works here: {allowed}.");
    Response::text(Status::MethodNotAllowed, &text).with("Allow", allowed)
}
