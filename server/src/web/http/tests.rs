//! Requests from bytes, at any split.

use proptest::prelude::*;

use super::*;
use crate::web::limits::{HEADERS, TARGET_BYTES};
use crate::web::torn::pieces;

type Outcome = Vec<Result<Request, Fault>>;

/// What comes of these pieces, with what is left over.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Outcome, Vec<u8>) {
    let mut requests = Requests::default();
    let mut outcome = Vec::new();
    for piece in pieces {
        requests.push(piece);
        while let Some(result) = requests.next() {
            outcome.push(result);
        }
    }
    (outcome, requests.rest())
}

/// The same whether these bytes come at once, in two pieces or one by one.
fn all(bytes: &[u8]) -> Outcome {
    let whole = read([bytes]);
    assert_eq!(read(bytes.chunks(1)), whole, "byte by byte");
    for split in 0..bytes.len().min(200) {
        let (before, after) = bytes.split_at(split);
        assert_eq!(read([before, after]), whole, "split at {split}");
    }
    whole.0
}

fn one(text: &str) -> Request {
    let mut outcome = all(text.as_bytes());
    assert_eq!(outcome.len(), 1, "{text:?}: {outcome:?}");
    outcome
        .remove(0)
        .unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"))
}

#[track_caller]
fn faults(text: &str, fault: Fault) {
    assert_eq!(all(text.as_bytes()), [Err(fault)], "{text:?}");
}

#[test]
fn a_request_of_a_browser() {
    let request = one(
        "GET /sala%20azul?since=1:5&poll&a+b=%C3%A9%zz HTTP/1.1\r\nHost: 192.168.1.7:12345\r\n\
         Accept-Encoding: gzip, deflate\r\nORIGIN:http://192.168.1.7:12345 \t\r\nX-Empty:\r\n\
         Authorization: Basic YTpi\r\n\r\n",
    );
    assert_eq!(
        (request.method, request.version),
        (Method::Get, Version::Http11)
    );
    assert_eq!(request.path, "/sala azul");
    let query: Vec<_> = request.query().collect();
    let expected = [("since", "1:5"), ("poll", ""), ("a b", "é%zz")];
    assert_eq!(
        query,
        expected.map(|(name, value)| (name.into(), value.into()))
    );
    assert_eq!(request.host.as_deref(), Some("192.168.1.7:12345"));
    assert_eq!(request.origin(), Some("http://192.168.1.7:12345"));
    assert_eq!(request.header("authorization"), Some("Basic YTpi"));
    assert_eq!(
        (request.header("x-empty"), request.header("x-none")),
        (Some(""), None)
    );
    assert!(
        request.has_token("accept-encoding", "gzip") && !request.has_token("accept-encoding", "g")
    );
    assert!(request.keeps_alive());
}

#[test]
fn targets_in_each_form() {
    let path = |target: &str| {
        let request = one(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        (request.path, request.host.unwrap())
    };
    let expected = |path: &str, host: &str| (path.to_owned(), host.to_owned());
    assert_eq!(path("/"), expected("/", "a"));
    assert_eq!(path("*"), expected("*", "a"));
    assert_eq!(path("//b/c"), expected("//b/c", "a"));
    assert_eq!(path("http://b:80/c%2Fd?e"), expected("/c/d", "b:80"));
    assert_eq!(path("HTTPS://b"), expected("/", "b"));
    assert_eq!(path("http://b?c=/d"), expected("/", "b"));
    assert_eq!(path("/é"), expected("/é", "a"));
    for bad in [
        "a",
        "a:80",
        "ftp://b/",
        "http://",
        "http://ana@b/",
        "/%",
        "/%4",
        "/%zz",
        "/%ff",
        "/a#b",
        "/%0a",
        "/%00",
    ] {
        faults(
            &format!("GET {bad} HTTP/1.1\r\nHost: a\r\n\r\n"),
            Fault::Malformed,
        );
    }
}

#[test]
fn who_may_ask_again() {
    let keeps = |version: &str, header: &str| {
        one(&format!("GET / HTTP/{version}\r\nHost: a\r\n{header}\r\n")).keeps_alive()
    };
    assert!(keeps("1.1", "") && keeps("1.1", "Connection: keep-alive, Upgrade\r\n"));
    assert!(!keeps("1.1", "Connection: foo\r\nConnection: x, Close\r\n"));
    assert!(!keeps("1.0", "") && keeps("1.0", "Connection: Keep-Alive\r\n"));
}

#[test]
fn requests_one_after_the_other() {
    let outcome = all(b"\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\nHEAD / HTTP/1.0\r\n\r\n\
        PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n2;x\r\nde\r\n1\r\nf\r\n0\r\nA: b\r\n\r\n\
        DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\nContent-Length: 0\r\n\r\nGET / HT");
    let told = outcome.into_iter().map(|request| {
        let request = request.unwrap();
        (request.method, String::from_utf8(request.body).unwrap())
    });
    let expected = [
        (Method::Post, "abc"),
        (Method::Head, ""),
        (Method::Put, "def"),
        (Method::Other, ""),
    ];
    assert_eq!(
        told.collect::<Vec<_>>(),
        expected.map(|(method, body)| (method, body.to_owned()))
    );
}

#[test]
fn what_two_readers_could_understand_in_two_ways_is_refused() {
    let post = |headers: &str| {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n")
    };
    for bad in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length:\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: 5\r\nContent-Length: 05\r\n",
        "Content-Length: 5,\r\n",
        "Content-Length:\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 5\n\r\n",
        "Content-Length : 5\r\n",
        " Content-Length: 5\r\n",
        "A: b\r\n c\r\n",
        "A: b\r\n\tc\r\n",
        "A: b\rc\r\n",
        "A: b\r\r\n",
        "A: b\0\r\n",
        "A: b\u{b}\r\n",
        "A\r\n",
        ": b\r\n",
        "A\tb: c\r\n",
        "(: c\r\n",
        "\u{e9}: c\r\n",
        "Transfer-Encoding: \u{b}chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\n: chunked\r\n",
        "Origin: http://a\r\nOrigin: http://b\r\n",
        "Authorization: a\r\nAuthorization: b\r\n",
    ] {
        faults(&post(bad), Fault::Malformed);
    }
}

#[test]
fn bodies_in_other_codings_and_odd_chunks_are_refused() {
    let post = |headers: &str| {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n")
    };
    for coding in [
        "gzip",
        "gzip, chunked",
        "chunked, chunked",
        "identity",
        "",
        "xchunked",
        "\"chunked\"",
        "chunked;a",
    ] {
        faults(
            &post(&format!("Transfer-Encoding: {coding}\r\n")),
            Fault::UnknownCoding,
        );
    }
    let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n";
    faults(&post(twice), Fault::UnknownCoding);
    faults(
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Fault::Malformed,
    );
    let chunk = "Transfer-Encoding: chunked\r\n\r\n";
    for bad in [
        "1\r\nab\r\n0\r\n\r\n",
        "1\na\r\n0\r\n\r\n",
        "0\n\n",
        "\r\n0\r\n\r\n",
        "0x1\r\na\r\n",
    ] {
        faults(
            &format!("POST / HTTP/1.1\r\nHost: a\r\n{chunk}{bad}"),
            Fault::Malformed,
        );
    }
}

#[test]
fn request_lines_are_exact() {
    for bad in [
        "GET  / HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /  HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/1.1a",
        "GET / HTTPS/1.1",
        "GET / HTTP/x.1",
        "GET /",
        "GET",
        "G(T / HTTP/1.1",
        "\u{1} / HTTP/1.1",
        "CONNECT a:80 HTTP/1.1",
    ] {
        faults(&format!("{bad}\r\nHost: a\r\n\r\n"), Fault::Malformed);
    }
    faults("\r\n\r\nGET / HTTP/1.1\r\n", Fault::Malformed);
    faults("\nGET / HTTP/1.1\r\n", Fault::Malformed);
    faults("GET / HTTP/1.1\nHost: a\n\n", Fault::Malformed);
    faults("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Fault::UnknownVersion);
    for version in ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0"] {
        faults(
            &format!("GET / {version}\r\nHost: a\r\n\r\n"),
            Fault::UnknownVersion,
        );
    }
}

#[test]
fn one_host_is_named() {
    for bad in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nhost: b\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: b@a\r\n",
        "Host: é\r\n",
    ] {
        faults(&format!("GET / HTTP/1.1\r\n{bad}\r\n"), Fault::Host);
        let absolute = format!("GET http://c/ HTTP/1.1\r\n{bad}\r\n");
        faults(&absolute, Fault::Host);
    }
    assert_eq!(one("GET / HTTP/1.0\r\n\r\n").host, None);
    assert_eq!(
        one("GET / HTTP/1.1\r\nHost:\r\n\r\n").host.as_deref(),
        Some("")
    );
    assert_eq!(
        one("GET / HTTP/1.1\r\nHost: [::1]:1\r\n\r\n")
            .host
            .as_deref(),
        Some("[::1]:1")
    );
}

#[test]
fn each_size_has_a_limit() {
    let target = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(len - 1));
    assert_eq!(one(&target(TARGET_BYTES)).path.len(), TARGET_BYTES);
    faults(&target(TARGET_BYTES + 1), Fault::TargetTooLong);
    faults(&target(HEAD_BYTES), Fault::TargetTooLong);

    let head = |len: usize| {
        let rest = "GET / HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n".len();
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n",
            "x".repeat(len - rest)
        )
    };
    assert_eq!(one(&head(HEAD_BYTES)).path, "/");
    faults(&head(HEAD_BYTES + 1), Fault::HeadTooLarge);
    let many = |count: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "A: b\r\n".repeat(count - 1)
        )
    };
    assert_eq!(one(&many(HEADERS)).path, "/");
    faults(&many(HEADERS + 1), Fault::HeadTooLarge);

    let post = |len: &str, body: usize| {
        format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n{}",
            "x".repeat(body)
        )
    };
    let full = post(&BODY_BYTES.to_string(), BODY_BYTES);
    let (outcome, _) = read([full.as_bytes()]);
    assert!(matches!(&outcome[..], [Ok(request)] if request.body.len() == BODY_BYTES));
    faults(&post(&(BODY_BYTES + 1).to_string(), 9), Fault::BodyTooLarge);
    faults(&post(&"9".repeat(40), 9), Fault::BodyTooLarge);
}

#[test]
fn who_asks_is_told_to_continue_unless_the_body_comes_anyway() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
    let mut requests = Requests::default();
    requests.push(&head[..30]);
    assert!(requests.next().is_none() && !requests.take_continue());
    requests.push(&head[30..]);
    assert!(requests.next().is_none() && requests.take_continue() && !requests.take_continue());
    requests.push(b"ab");
    assert!(matches!(requests.next(), Some(Ok(request)) if request.body == b"ab"));
    requests.push(&[head, &b"a"[..]].concat());
    assert!(requests.next().is_none() && !requests.take_continue());
    requests.push(b"b");
    assert!(requests.next().is_some());
    for nothing_to_send in ["HTTP/1.0\r\nContent-Length: 2", "HTTP/1.1\r\nHost: a"] {
        let mut requests = Requests::default();
        requests
            .push(format!("POST / {nothing_to_send}\r\nExpect: 100-continue\r\n\r\n").as_bytes());
        requests.next();
        assert!(!requests.take_continue());
    }
}

#[test]
fn nothing_is_kept_between_requests_and_after_a_fault() {
    let mut requests = Requests::default();
    assert!(requests.is_idle() && requests.memory() == 0);
    let whole =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n".to_owned() + &"x".repeat(4000);
    for end in 1..whole.len() {
        requests.push(&whole.as_bytes()[end - 1..end]);
        assert!(requests.next().is_none() && !requests.is_idle());
        assert!(
            (1..9000).contains(&requests.memory()),
            "{}",
            requests.memory()
        );
    }
    requests.push(b"x");
    assert!(matches!(requests.next(), Some(Ok(_))));
    assert!(requests.is_idle() && requests.memory() == 0);

    requests.push(b"?\n");
    assert_eq!(requests.next(), Some(Err(Fault::Malformed)));
    requests.push(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((requests.next(), requests.memory()), (None, 0));
    assert!(!requests.is_idle());
}

#[test]
fn what_follows_an_upgrade_is_handed_over() {
    let mut requests = Requests::default();
    requests.push(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n\x81\x80");
    requests.push(b"\r\n\r\n");
    assert!(matches!(requests.next(), Some(Ok(request)) if request.path == "/"));
    assert!(
        matches!(requests.next(), Some(Ok(request)) if request.has_token("upgrade", "WebSocket"))
    );
    assert_eq!(requests.rest(), b"\x81\x80\r\n\r\n");
    assert!(requests.rest().is_empty() && requests.is_idle());
}

const PARTS: [&str; 26] = [
    "GET / HTTP/1.1\r\n",
    "POST /a?b HTTP/1.1\r\n",
    "PUT http://a/ HTTP/1.0\r\n",
    "Host: a\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 12\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Expect: 100-continue\r\n",
    "\r\n",
    "\r",
    "\n",
    " ",
    ":",
    "abc",
    "3\r\nabc\r\n",
    "a;b\r\n0123456789\r\n",
    "0\r\n",
    "0\r\n\r\n",
    "A: b\r\n",
    "\u{0}",
    "GET ",
    "HTTP/2.0",
    "ffff\r\n",
    "é",
    "%zz",
];

proptest! {
    #[test]
    fn splits_do_not_matter(parts: Vec<prop::sample::Index>, splits: Vec<u8>) {
        let bytes: String = parts.iter().map(|part| *part.get(&PARTS)).collect();
        prop_assert_eq!(read(pieces(bytes.as_bytes(), &splits)), read([bytes.as_bytes()]));
    }

    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, splits: Vec<u8>) {
        prop_assert_eq!(read(pieces(&bytes, &splits)), read([&*bytes]));
    }
}
