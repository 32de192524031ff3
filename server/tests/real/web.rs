//! What browsers would never do: requests that two readers understand differently, slow ones, half ones by the
//! thousand, oversized heads and frames, and pages of others that speak for their readers.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::browsers::{Browser, ask};
use crate::harness::{PATIENCE, Server, command};
use crate::metrics;
use crate::people::{Person, Talker};

/// The status of each answer.
fn statuses(answers: &str) -> Vec<&str> {
    let lines = answers.lines();
    let statuses = lines.filter_map(|line| line.strip_prefix("HTTP/1.1 "));
    statuses.map(|line| &line[..3]).collect()
}

#[test]
fn what_may_hide_a_second_request_is_refused_as_a_whole() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for (status, headers) in [
        ("400", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("400", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ("400", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("400", "Content-Length: 5, 6\r\n"),
        ("400", "Content-Length: +5\r\n"),
        ("400", "Content-Length : 5\r\n"),
        ("400", "Content-Length: 5\n"),
        ("400", "X: y\r\n Content-Length: 5\r\n"),
        ("400", "X: y\rContent-Length: 5\r\n"),
        ("400", "Transfer-Encoding : chunked\r\n"),
        ("400", "Host: localhost\r\n"),
        ("501", "Transfer-Encoding: xchunked\r\n"),
        ("501", "Transfer-Encoding: gzip, chunked\r\n"),
        (
            "501",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        ),
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let answers = ask(server.address(), &format!("{head}0\r\n\r\n{hidden}"));
        assert_eq!(statuses(&answers), [status], "{headers:?}: {answers}");
        assert!(answers.contains("\r\nConnection: close\r\n"), "{answers}");
    }
    // Chunks that are none end it after their own answer at the latest.
    let chunked = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunks in [
        "0\n\n",
        "0x0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        ";\r\n\r\n",
    ] {
        let answers = ask(server.address(), &format!("{chunked}{chunks}{hidden}"));
        assert_eq!(statuses(&answers), ["400"], "{chunks:?}: {answers}");
    }
    // What is in a body is neither a request nor a line of the chat.
    let body = format!("{hidden}eva\n/quit bye\n");
    let whole = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = format!("{chunked}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let last = "GET /no/room HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answers = ask(server.address(), &format!("{whole}{chunked}{last}"));
    assert_eq!(statuses(&answers), ["405", "405", "404"], "{answers}");
    bob.expect_nothing_else();
}

#[test]
fn heads_and_bodies_that_are_too_long_are_refused_before_they_have_come() {
    let server = Server::launch(command("--listen 127.0.0.1:0/web"), 2);
    let long = "x".repeat(9000);
    let endless = ask(server.places[1], &format!("GET /{long}"));
    assert_eq!(statuses(&endless), ["414"], "{endless}");
    let many = "X: y\r\n".repeat(70);
    for (status, request) in [
        ("414", format!("GET /{long} HTTP/1.1\r\n")),
        (
            "414",
            format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", &long[..1000]),
        ),
        (
            "431",
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}"),
        ),
        (
            "431",
            format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        ),
        (
            "413",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n".into(),
        ),
        (
            "413",
            format!(
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                "9".repeat(30)
            ),
        ),
        (
            "413",
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n"
                .into(),
        ),
        ("505", "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n".into()),
    ] {
        // Nothing is told of its end, so it is the server that ends it.
        let answer = ask(server.address(), &request);
        let start = &request[..request.len().min(60)];
        assert_eq!(statuses(&answer), [status], "{start:?}: {answer}");
    }
}

#[test]
fn a_long_target_may_be_torn() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    for (status, len) in [("404", 1000), ("414", 1001), ("414", 3000)] {
        let target = format!("/{}", "x".repeat(len - 1));
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        for split in [2, 500, 1003, len + 3, len + 6, len + 12] {
            let answer = ask_in_two(&server, &mut bob, request.split_at(split));
            assert_eq!(statuses(&answer), [status], "{len} at {split}: {answer}");
        }
    }
}

/// A request whose second part comes when the server has read the first, and the whole answer.
fn ask_in_two(server: &Server, bob: &mut Talker, (first, second): (&str, &str)) -> String {
    loop {
        let mut socket = TcpStream::connect(server.address()).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        socket.write_all(first.as_bytes()).expect("it is taken");
        bob.expect_nothing_else();
        // It may have been refused already.
        let _ = socket.write_all(second.as_bytes());
        let _ = socket.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).expect("it ends");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        // Where the machine was too slow, it was taken for a person.
        if !answer.starts_with("* papo: what is your name?") {
            return answer;
        }
    }
}

#[test]
fn frames_that_browsers_do_not_send_end_the_conversation() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let cases: [(&str, &[u8], u16); 7] = [
        (
            "long",
            b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
            1009,
        ),
        ("longer", b"\x81\xfe\x20\x01\0\0\0\0", 1009),
        ("negative", b"\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 1002),
        ("bare", b"\x81\x05hello", 1002),
        ("reserved", b"\xc1\x80\0\0\0\0", 1002),
        ("pinger", b"\x89\xfe\0\x7e\0\0\0\0", 1002),
        ("torn", b"\x80\x80\0\0\0\0", 1002),
    ];
    for (name, bytes, code) in cases {
        let mut browser = Browser::connect(server.address());
        browser.say(name);
        bob.expect(&format!("* {name} joined"));
        browser.send_bytes(bytes);
        while browser.frame() != (0x88, code.to_be_bytes().to_vec()) {}
        bob.expect_start(&format!("* {name} left"));
    }
    bob.expect_nothing_else();
}

#[test]
fn only_its_own_page_by_its_own_names_may_speak() {
    let server = Server::start("");
    let address = server.address();
    let mut bob = Talker::join(&server, "bob");
    let upgrade = |host: &str, origin: &str| {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {host}\r\n{origin}Upgrade: websocket\r\nConnection: Upgrade, close\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        ask(address, &request)
    };
    let port = address.port();
    // A name that was made to point here after its page was loaded.
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example:80",
    ] {
        let same = format!("Origin: http://{host}\r\n");
        for origin in ["", &same] {
            assert_eq!(statuses(&upgrade(host, origin)), ["421"], "{host}");
        }
        let page = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&ask(address, &page)), ["421"], "{host}");
    }
    for origin in [
        "http://evil.example".into(),
        "null".into(),
        format!("http://localhost:{}", port ^ 1),
        format!("http://localhost.evil.example:{port}"),
        format!("file://localhost:{port}"),
        format!("http://localhost:{port}@evil.example"),
    ] {
        let host = format!("localhost:{port}");
        let answer = upgrade(&host, &format!("Origin: {origin}\r\n"));
        assert_eq!(statuses(&answer), ["403"], "{origin}: {answer}");
        let post = format!(
            "POST /lobby HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        );
        assert_eq!(statuses(&ask(address, &post)), ["403"], "{origin}");
    }
    let two = format!("Origin: http://localhost:{port}\r\nOrigin: http://evil.example\r\n");
    assert_eq!(
        statuses(&upgrade(&format!("localhost:{port}"), &two)),
        ["400"]
    );
    bob.expect_nothing_else();
}

/// A byte every so often does not keep a conn; who is there notices nothing of it.
#[test]
fn a_slow_request_is_given_up() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    let began = Instant::now();
    let begin = |head: &str| {
        let mut socket = TcpStream::connect(server.address()).expect("the server listens");
        socket.write_all(head.as_bytes()).expect("it is taken");
        let set = socket.set_read_timeout(Some(Duration::from_millis(50)));
        set.expect("a socket");
        socket
    };
    let head = begin("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
    let body = begin("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n");
    let mut slow = vec![head, body];
    let mut said = 0;
    while !slow.is_empty() {
        assert!(
            began.elapsed() < 2 * PATIENCE,
            "it may take as long as it likes"
        );
        slow.retain_mut(|socket| match socket.read(&mut [0; 100]) {
            Ok(0) => false,
            Ok(_) => true,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                socket.write_all(b"x").is_ok()
            }
            Err(_) => false,
        });
        said += 1;
        ana.say(&format!("line {said}"));
        bob.expect(&format!("<ana> line {said}"));
    }
}

#[test]
fn ten_thousand_half_handshakes() {
    const MANY: usize = 10_000;
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit can be asked for");
    let many = MANY.min((most as usize).saturating_sub(1000) / 2);
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to the hard limit");
    let mut server = Server::start("--metrics 0 --rate 0 --log warn");
    let place = metrics::place(&mut server);
    let conns = || metrics::value(place, "papo_connections") as usize;
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    let before = server.memory();
    let half = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upg";
    let mut halves = Vec::new();
    for n in 0..many {
        let mut socket = TcpStream::connect(server.address()).expect("the server listens");
        // The first ones may have been given up by now.
        let _ = socket.write_all(half.as_bytes());
        halves.push(socket);
        if n % 100 == 0 {
            ana.say(&format!("{n} are here"));
            bob.expect(&format!("<ana> {n} are here"));
        }
    }
    let mut browser = Browser::connect(server.address());
    browser.say("carl");
    browser.expect("welcome, carl!");
    bob.expect("* carl joined");
    let grown = server.memory().saturating_sub(before);
    assert!(grown < many * 3072, "{grown} bytes more");
    drop(halves);
    // They end one by one.
    while conns() > 3 {}
    ana.say("and now?");
    bob.expect("<ana> and now?");
    browser.expect("and now?");
}
