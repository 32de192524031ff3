//! From a conn's bytes to requests over HTTP: the result does not depend on how the bytes are split, nothing is
//! kept that has no use, and a request that was read says the same when it is written again.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use papo_server::web::hook;
use papo_server::web::http::{
    Credentials, Fault, Method, Next, Request, Requests, Response, Status, Version,
};
use papo_server::web::limits::{BODY_BYTES, HEAD_BYTES, HEADERS};

use crate::pieces::{pieces, some};

/// The result of a conn's bytes.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    results: Vec<Result<Request, Fault>>,
    rest: Vec<u8>,
}

pub(crate) fn check(mut data: &[u8]) {
    let sizes = some(&mut data);
    let whole = run([data]);
    assert_eq!(run(pieces(sizes, data)), whole, "in pieces");
    assert_eq!(run(data.chunks(1)), whole, "byte by byte");
    for result in &whole.results {
        match result {
            Ok(request) => check_request(request),
            Err(fault) => check_answer(&Response::from(*fault).last()),
        }
    }
}

fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut requests = Requests::default();
    let mut results = Vec::new();
    for piece in pieces {
        requests.push(piece);
        while let Some(result) = requests.next() {
            results.push(result);
        }
        requests.take_continue();
        // Vectors may have twice what is in them.
        let most = 2 * (HEAD_BYTES + piece.len() + BODY_BYTES) + HEADERS * 200;
        assert!(requests.memory() <= most, "{}", requests.memory());
        assert!(!requests.is_idle() || requests.memory() == 0);
    }
    let faults = results.iter().filter(|result| result.is_err()).count();
    assert!(faults == 0 || faults == 1 && results.last().is_some_and(Result::is_err));
    Outcome {
        results,
        rest: requests.rest(),
    }
}

fn check_request(request: &Request) {
    let path = &request.path;
    assert!(path.starts_with('/') || path == "*", "{path:?}");
    assert!(!path.contains(char::is_control), "{path:?}");
    assert!(request.host.is_some() || request.version == Version::Http10);
    let values = [
        request.origin(),
        request.header("authorization"),
        request.host.as_deref(),
    ];
    for value in values.into_iter().flatten() {
        assert!(!value.contains(['\r', '\n', '\0']), "{value:?}");
    }
    if let Credentials::Basic(name, password) = request.credentials() {
        assert!(!name.contains(':'));
        let encoded = STANDARD.encode(format!("{name}:{password}"));
        assert!(
            request
                .header("authorization")
                .is_some_and(|value| value.ends_with(&encoded))
        );
    }
    if let Ok(posted) = hook::read(&request.body) {
        // Each line of it comes from the body, whose marks become at most as long.
        assert!(!posted.text.trim().is_empty());
        assert!(posted.text.len() <= 4 * BODY_BYTES);
    }
    for (name, value) in request.query() {
        assert!(name.len() + value.len() <= 3 * HEAD_BYTES);
    }
    check_again(request);
    let mirror = Response::text(Status::Ok, path).with("Location", path.clone());
    let (answer, next) = mirror.to(request, Next::Request);
    assert_eq!(next == Next::Request, request.keeps_alive());
    if request.method == Method::Head {
        assert!(answer.ends_with(b"\r\n\r\n"));
    } else {
        check_answer(&answer);
    }
}

/// Written with every character escaped, it is the same request.
fn check_again(request: &Request) {
    let method = match request.method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Other => "OTHER",
    };
    let mut path = String::new();
    for byte in request.path.bytes() {
        let _ = write!(path, "%{byte:02X}");
    }
    let target = match request.path.as_str() {
        "*" => "*".to_owned(),
        _ => format!("/{}", &path[3..]),
    };
    let host = request.host.as_deref().unwrap_or_default();
    let len = request.body.len();
    let head =
        format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len}\r\n\r\n");
    let whole = [head.as_bytes(), &request.body].concat();
    let mut again = run([&*whole]).results;
    match again.pop() {
        Some(Ok(again)) => {
            let told =
                |request: &Request| (request.method, request.path.clone(), request.body.clone());
            assert_eq!(told(&again), told(request));
            assert_eq!(again.host.as_deref(), Some(host));
        }
        // Escaped, it is longer.
        other => assert_eq!(other, Some(Err(Fault::TargetTooLong))),
    }
}

/// A client finds the end of an answer, and no header but ours.
fn check_answer(answer: &[u8]) {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.expect("a head ends") + 4);
    let head = std::str::from_utf8(head).expect("a head is text");
    let names: Vec<&str> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    let known = [
        "Connection",
        "Content-Type",
        "Content-Length",
        "Location",
        "X-Content-Type-Options",
    ];
    assert!(names.iter().all(|name| known.contains(name)), "{head}");
    let len = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    assert_eq!(len, Some(body.len().to_string().as_str()));
}
