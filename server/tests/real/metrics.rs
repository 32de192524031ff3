//! `--metrics`: the answer to Prometheus, read by a strict parser, and to other requests.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use crate::harness::{PATIENCE, Server};
use crate::people::{Person, Talker};

/// A server with metrics, and their address.
fn start() -> (Server, SocketAddr) {
    let mut server = Server::start("--metrics 0");
    let place = place(&mut server);
    (server, place)
}

/// The address of a server's metrics.
pub(crate) fn place(server: &mut Server) -> SocketAddr {
    let line = server.screen.find("metrics on ");
    let place = line.strip_prefix("papo-server: metrics on http://");
    let place = place.and_then(|place| place.strip_suffix("/metrics"));
    let place: SocketAddr = place
        .and_then(|place| place.parse().ok())
        .unwrap_or_else(|| panic!("{line}"));
    assert!(place.ip().is_loopback(), "nobody else was allowed to ask");
    place
}

/// The current value of one metric.
pub(crate) fn value(place: SocketAddr, name: &str) -> f64 {
    scrape(place)[name]
}

fn connect(place: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(place).expect("it listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}

/// The whole answer to this request.
fn ask(place: SocketAddr, request: &str) -> String {
    let mut socket = connect(place);
    socket.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("text to the end");
    answer
}

/// The checked samples of an answer, by name with labels.
fn scrape(place: SocketAddr) -> BTreeMap<String, f64> {
    let answer = ask(
        place,
        "GET /metrics HTTP/1.1\r\nHost: papo\r\nAccept: */*\r\n\r\n",
    );
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next(), Some("HTTP/1.1 200 OK"));
    let fields: BTreeMap<&str, &str> = lines
        .map(|line| line.split_once(": ").expect("a field"))
        .collect();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(fields["Content-Type"], kind);
    assert_eq!(fields["Connection"], "close");
    assert_eq!(fields["Content-Length"], body.len().to_string());
    samples(body)
}

/// As in "Exposition formats" of Prometheus' documentation, as far as papo uses it: each family
/// begins with its HELP and TYPE, and nothing comes twice.
fn samples(body: &str) -> BTreeMap<String, f64> {
    assert!(body.ends_with('\n'));
    let mut samples = BTreeMap::new();
    let mut families = BTreeMap::new();
    let mut family = ("", "");
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').expect("a name and a text");
            assert!(!text.is_empty() && is_name(name), "{line}");
            let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
            let kind = kind.and_then(|kind| kind.strip_prefix(name));
            let kind = kind.expect("the TYPE of the same name").trim_start();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
            assert_eq!(families.insert(name, kind), None, "{name} comes twice");
            family = (name, kind);
            continue;
        }
        let (key, value) = line.rsplit_once(' ').expect("a sample");
        let name = key.split('{').next().unwrap_or(key);
        let label = &key[name.len()..];
        let suffix = name.strip_prefix(family.0).expect("of this family");
        let suffixes: &[&str] = match family.1 {
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(suffixes.contains(&suffix), "{line}");
        let expected = match (name, suffix) {
            ("papo_drops_total", _) => "{reason=\"",
            (_, "_bucket") => "{le=\"",
            _ => "",
        };
        assert!(label.starts_with(expected), "{line}");
        assert_eq!(label.ends_with("\"}"), !expected.is_empty(), "{line}");
        let value: f64 = value.parse().expect("a number");
        assert!(value.is_finite() && value >= 0.0, "{line}");
        assert_eq!(
            samples.insert(key.to_owned(), value),
            None,
            "{key} comes twice"
        );
    }
    samples
}

fn is_name(name: &str) -> bool {
    name.starts_with("papo_") && name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase())
}

#[test]
fn what_happens_is_counted() {
    let (server, place) = start();
    let before = scrape(place);
    assert_eq!(before["papo_connections"], 0.0);
    assert_eq!(before["papo_rooms"], 1.0);
    assert_eq!(before["papo_account_questions"], 0.0);

    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    bob.say("/join games");
    bob.expect("* you are alone in games");
    ana.expect("* bob went to games");
    bob.say("/join lobby");
    bob.expect("* you are in lobby with ana");
    ana.expect("* bob joined");
    ana.say("hello");
    bob.expect("<ana> hello");
    let nameless = Talker::connect(&server);
    let mut nameless = nameless;
    nameless.expect("* papo: what is your name?");

    let now = scrape(place);
    assert_eq!(now["papo_connections"], 3.0);
    assert_eq!(now["papo_users"], 2.0);
    assert_eq!(now["papo_rooms"], 1.0);
    // One ring of the first size, five marks of 16 bytes to count its lines, and the ids of the last ones.
    assert_eq!(now["papo_feed_bytes"], 4096.0 + 80.0 + 1024.0);
    // Two names, two rooms, one text.
    assert_eq!(now["papo_lines_received_total"], 5.0);
    // Three questions, two welcomes, two rooms, and what ana and bob read of each other: two joins,
    // one move and one text.
    assert_eq!(now["papo_lines_sent_total"], 11.0);
    let typed = "ana\nbob\n/join games\n/join lobby\nhello\n".len() as f64;
    // Requests for metrics count too.
    assert!(now["papo_received_bytes_total"] >= typed);
    assert!(now["papo_sent_bytes_total"] > typed);
    assert_eq!(now["papo_skipped_lines_total"], 0.0);

    bob.say("/quit");
    bob.expect("* bye, bob");
    bob.expect_end();
    ana.expect("* bob left");
    drop(nameless);
    let mut later = scrape(place);
    while !later.contains_key("papo_drops_total{reason=\"hung up\"}") {
        later = scrape(place);
    }
    assert_eq!(later["papo_drops_total{reason=\"quit\"}"], 1.0);
    assert_eq!(later["papo_drops_total{reason=\"hung up\"}"], 1.0);
    for (name, value) in &before {
        let grows = name.contains("_total") || name.starts_with("papo_turn_seconds");
        assert!(!grows || later[name] >= *value, "{name}");
    }
    histogram(&later);
    drop(ana);
}

/// Buckets are cumulative and the last is the count.
fn histogram(samples: &BTreeMap<String, f64>) {
    let bound = |key: &str| {
        let text = key.strip_prefix("papo_turn_seconds_bucket{le=\"")?;
        text.strip_suffix("\"}")?.parse::<f64>().ok()
    };
    let buckets = samples.iter();
    let buckets = buckets.filter_map(|(key, value)| Some((bound(key)?, *value)));
    let mut buckets: Vec<(f64, f64)> = buckets.collect();
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(buckets.len() > 5);
    assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1));
    let (last, count) = buckets[buckets.len() - 1];
    assert!(last.is_infinite() && count == samples["papo_turn_seconds_count"]);
    assert!(samples["papo_turn_seconds_sum"] > 0.0);
}

#[test]
fn other_requests_are_answered_as_http_has_it() {
    let (server, place) = start();
    let mut ana = Talker::join(&server, "ana");
    let check = |request: &str, status: &str| {
        let answer = ask(place, request);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{answer}"
        );
    };
    check("GET / HTTP/1.1\r\n\r\n", "404 Not Found");
    check(
        "POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "405 Method Not Allowed",
    );
    check("ana\r\n\r\n", "400 Bad Request");
    // As typed in nc.
    check("GET /metrics HTTP/1.0\n\n", "200 OK");
    let long = format!("GET /metrics HTTP/1.1\r\n{}", "A: bc\r\n".repeat(2000));
    check(&long, "431 Request Header Fields Too Large");

    // Half a request, then the end.
    let mut half = connect(place);
    half.write_all(b"GET /metrics HTTP/1.1\r\nHost")
        .expect("taken");
    half.shutdown(Shutdown::Write).expect("open");
    let mut answer = Vec::new();
    half.read_to_end(&mut answer).expect("the end");
    assert_eq!(answer, b"", "no request, no answer");

    // None of them was ever a user.
    ana.say("/online");
    ana.expect("* 1 here: ana");
}

#[test]
fn slow_scrapes_make_room_for_new_ones() {
    let (server, place) = start();
    let mut ana = Talker::join(&server, "ana");
    let slow = || {
        let mut socket = connect(place);
        let sent = socket.write_all(b"GET /metrics HTTP/1.1\r\n");
        sent.expect("taken");
        socket
    };
    let mut idle: Vec<TcpStream> = (0..8).map(|_| slow()).collect();
    scrape(place);
    let mut answer = Vec::new();
    // With a reset if data was in flight.
    let _ = idle[0].read_to_end(&mut answer);
    assert_eq!(answer, b"", "the oldest gave way, without a word");
    // However many stay connected, a new request is answered.
    for _ in 0..20 {
        idle.push(slow());
        scrape(place);
    }
    ana.say("/online");
    ana.expect("* 1 here: ana");
    // The newest of them still have their places.
    for mut socket in idle.split_off(24) {
        socket.write_all(b"\r\n").expect("taken");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("text");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
}
