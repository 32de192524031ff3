//! Answers over HTTP.
//!
//! Invariant: the client can tell where each one ends, and nothing that it sent becomes a line of a head.

use std::borrow::Cow;
use std::fmt::Write;

use super::{Fault, Method, Request, Version};

/// How a request went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// 101: from here on it is another protocol.
    SwitchingProtocols,
    /// 200
    Ok,
    /// 304: it is as it was.
    NotModified,
    /// 400
    BadRequest,
    /// 401: with the name and the password of somebody.
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405: not by this method.
    MethodNotAllowed,
    /// 409: something stands against it.
    Conflict,
    /// 413
    ContentTooLarge,
    /// 414
    UriTooLong,
    /// 421: this server is not that host.
    MisdirectedRequest,
    /// 426: only by another protocol.
    UpgradeRequired,
    /// 429
    TooManyRequests,
    /// 431
    HeadTooLarge,
    /// 501: a method or a coding that is not known.
    NotImplemented,
    /// 503: not now.
    Unavailable,
    /// 505
    VersionNotSupported,
}

impl Status {
    /// Its number, and the words that stand beside it.
    pub fn line(self) -> (u16, &'static str) {
        match self {
            Status::SwitchingProtocols => (101, "Switching Protocols"),
            Status::Ok => (200, "OK"),
            Status::NotModified => (304, "Not Modified"),
            Status::BadRequest => (400, "Bad Request"),
            Status::Unauthorized => (401, "Unauthorized"),
            Status::Forbidden => (403, "Forbidden"),
            Status::NotFound => (404, "Not Found"),
            Status::MethodNotAllowed => (405, "Method Not Allowed"),
            Status::Conflict => (409, "Conflict"),
            Status::ContentTooLarge => (413, "Content Too Large"),
            Status::UriTooLong => (414, "URI Too Long"),
            Status::MisdirectedRequest => (421, "Misdirected Request"),
            Status::UpgradeRequired => (426, "Upgrade Required"),
            Status::TooManyRequests => (429, "Too Many Requests"),
            Status::HeadTooLarge => (431, "Request Header Fields Too Large"),
            Status::NotImplemented => (501, "Not Implemented"),
            Status::Unavailable => (503, "Service Unavailable"),
            Status::VersionNotSupported => (505, "HTTP Version Not Supported"),
        }
    }
}

/// What follows an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Another request.
    Request,
    /// The end of the conn.
    Close,
}

/// What the client is told before it sends a body for which it has asked.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    status: Status,
    content_type: &'static str,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Cow<'static, [u8]>,
}

impl Response {
    /// An answer with a body of this type, which is nothing for 101 and 304.
    pub fn new(
        status: Status,
        content_type: &'static str,
        body: impl Into<Cow<'static, [u8]>>,
    ) -> Response {
        let body = body.into();
        let headers = Vec::new();
        Response {
            status,
            content_type,
            headers,
            body,
        }
    }

    /// An answer with a line of text.
    pub fn text(status: Status, text: &str) -> Response {
        Response::new(
            status,
            "text/plain; charset=utf-8",
            format!("{text}\n").into_bytes(),
        )
    }

    /// The head of an answer that has no end but that of the conn.
    pub fn stream(content_type: &'static str) -> Vec<u8> {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nCache-Control: no-cache\r\n\
             Connection: close\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        );
        head.into_bytes()
    }

    /// The same with one more header. Control characters in its value are left out.
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Response {
        let value = value.into();
        let value = match value.contains(char::is_control) {
            true => value.replace(char::is_control, "").into(),
            false => value,
        };
        self.headers.push((name, value));
        self
    }

    /// How the request went.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Its bytes for who asked this, and what follows: another request only if both sides want it.
    pub fn to(&self, request: &Request, next: Next) -> (Vec<u8>, Next) {
        let next = match request.keeps_alive() {
            true => next,
            false => Next::Close,
        };
        let connection = match (self.status, next, request.version) {
            (Status::SwitchingProtocols, _, _) => "Connection: Upgrade\r\n",
            (_, Next::Close, _) => "Connection: close\r\n",
            (_, Next::Request, Version::Http10) => "Connection: keep-alive\r\n",
            (_, Next::Request, Version::Http11) => "",
        };
        let body = match request.method {
            Method::Head => &[],
            _ => &*self.body,
        };
        (self.bytes(connection, body), next)
    }

    /// Its bytes for who sent what is no request: then the conn ends.
    pub fn last(&self) -> Vec<u8> {
        self.bytes("Connection: close\r\n", &self.body)
    }

    fn bytes(&self, connection: &str, body: &[u8]) -> Vec<u8> {
        let (number, words) = self.status.line();
        let mut head = format!("HTTP/1.1 {number} {words}\r\n{connection}");
        let has_body = !matches!(
            self.status,
            Status::SwitchingProtocols | Status::NotModified
        );
        // Writing to a string cannot fail.
        if has_body {
            let (kind, len) = (self.content_type, self.body.len());
            let _ = write!(head, "Content-Type: {kind}\r\nContent-Length: {len}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("X-Content-Type-Options: nosniff\r\n\r\n");
        let mut bytes = head.into_bytes();
        if has_body {
            bytes.extend_from_slice(body);
        }
        bytes
    }
}

impl From<Fault> for Response {
    fn from(fault: Fault) -> Response {
        let status = fault.status();
        Response::text(status, status.line().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::http::Requests;

    #[test]
    fn answers_end_where_the_client_expects() {
        let ask = |line: &str| {
            let mut requests = Requests::default();
            requests.push(format!("{line}\r\nHost: a\r\n\r\n").as_bytes());
            requests.next().unwrap().unwrap()
        };
        let page = Response::new(Status::Ok, "text/html; charset=utf-8", &b"<p>"[..])
            .with("ETag", "\"1\"");
        let text = |(bytes, next): (Vec<u8>, Next)| (String::from_utf8(bytes).unwrap(), next);
        let head = "Content-Type: text/html; charset=utf-8\r\nContent-Length: 3\r\nETag: \"1\"\r\n\
        X-Content-Type-Options: nosniff\r\n\r\n";
        for (line, next, connection, body, expected) in [
            ("GET / HTTP/1.1", Next::Request, "", "<p>", Next::Request),
            ("HEAD / HTTP/1.1", Next::Request, "", "", Next::Request),
            (
                "GET / HTTP/1.1",
                Next::Close,
                "Connection: close\r\n",
                "<p>",
                Next::Close,
            ),
            (
                "GET / HTTP/1.0",
                Next::Request,
                "Connection: close\r\n",
                "<p>",
                Next::Close,
            ),
            (
                "GET / HTTP/1.0\r\nConnection: keep-alive",
                Next::Request,
                "Connection: keep-alive\r\n",
                "<p>",
                Next::Request,
            ),
        ] {
            let answer = text(page.to(&ask(line), next));
            assert_eq!(
                answer,
                (
                    format!("HTTP/1.1 200 OK\r\n{connection}{head}{body}"),
                    expected
                ),
                "{line}"
            );
        }
        let get = ask("GET / HTTP/1.1");
        let same = Response::new(Status::NotModified, "text/html", &b"<p>"[..]);
        let (same, _) = text(same.to(&get, Next::Request));
        assert_eq!(
            same,
            "HTTP/1.1 304 Not Modified\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        );
        let fault = String::from_utf8(Response::from(Fault::HeadTooLarge).last()).unwrap();
        assert!(
            fault.starts_with(
                "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
            )
        );
        assert!(
            fault.contains("\r\nContent-Length: 32\r\n")
                && fault.ends_with("\r\n\r\nRequest Header Fields Too Large\n")
        );
        let split = Response::text(Status::NotFound, "no")
            .with("Location", "/a\r\nSet-Cookie: b".to_owned());
        let (split, _) = text(split.to(&get, Next::Request));
        assert!(split.contains("\r\nLocation: /aSet-Cookie: b\r\n"));
    }

    #[test]
    fn statuses_of_faults() {
        let number = |fault: Fault| fault.status().line().0;
        let faults = [
            Fault::Malformed,
            Fault::Host,
            Fault::TargetTooLong,
            Fault::HeadTooLarge,
            Fault::BodyTooLarge,
            Fault::UnknownCoding,
            Fault::UnknownVersion,
        ];
        assert_eq!(faults.map(number), [400, 400, 414, 431, 413, 501, 505]);
    }
}
