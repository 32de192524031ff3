//! Browsers on the port of everybody: the page, and conversations over WebSocket beside nc.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::harness::{PATIENCE, Server, command};
use crate::people::{Person, Talker};

/// The end of a browser's WebSocket; it masks what it sends, with zeros.
pub(crate) struct Browser {
    socket: BufReader<TcpStream>,
}

/// A request, and the whole answer.
pub(crate) fn ask(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    socket.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("it ends");
    String::from_utf8_lossy(&answer).into_owned()
}

impl Browser {
    pub(crate) fn connect(address: SocketAddr) -> Browser {
        Browser::with(address, "")
    }

    /// One whose request has these headers besides.
    pub(crate) fn with(address: SocketAddr, headers: &str) -> Browser {
        let mut socket = TcpStream::connect(address).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nUpgrade: websocket\r\n\
             Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        // Torn, as networks do.
        for piece in request.as_bytes().chunks(50) {
            socket.write_all(piece).expect("it is taken");
        }
        let mut socket = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(socket.read_line(&mut head).expect("a head"), 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(
            head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            "{head}"
        );
        Browser { socket }
    }

    fn send(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            len => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(len as u16).to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        self.send_bytes(&frame);
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let sent = self.socket.get_mut().write_all(bytes);
        sent.expect("it is taken");
    }

    pub(crate) fn say(&mut self, line: &str) {
        let message = serde_json::json!({ "line": line }).to_string();
        self.send(0x81, message.as_bytes());
    }

    /// The next frame: its first byte and its payload.
    pub(crate) fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut bytes = |count: usize| {
            let mut bytes = vec![0; count];
            self.socket.read_exact(&mut bytes).expect("a whole frame");
            bytes
        };
        let head = bytes(2);
        let len = match head[1] {
            126 => bytes(2)
                .iter()
                .fold(0, |len, byte| len << 8 | usize::from(*byte)),
            short => usize::from(short),
        };
        (head[0], bytes(len))
    }

    fn hear(&mut self) -> Value {
        let (first, payload) = self.frame();
        assert_eq!(first, 0x81);
        serde_json::from_slice(&payload).expect("JSON")
    }

    /// What comes up to a message with this text.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) -> Value {
        loop {
            let message = self.hear();
            assert_ne!(message["type"], "bye", "while waiting for {text}");
            if message["text"]
                .as_str()
                .is_some_and(|told| told.contains(text))
            {
                return message;
            }
        }
    }
}

#[test]
fn a_browser_and_nc_talk_with_one_another() {
    let mut server = Server::start("");
    let mut ana = Browser::connect(server.address());
    ana.expect("what is your name?");
    ana.say("ana");
    ana.expect("welcome, ana!");
    let mut bob = Talker::join(&server, "bob");
    bob.say("bom dia");
    let line = ana.expect("bom dia");
    assert_eq!(line["room"], "lobby");
    ana.say("a \"quoted\" word\nand another row");
    bob.expect("<ana> a \"quoted\" word and another row");
    bob.say("@ana psst");
    ana.expect("psst");
    // Between lines, and not within one.
    ana.send(0x89, b"are you there?");
    while ana.frame() != (0x8a, b"are you there?".to_vec()) {}
    ana.say("/quit até logo");
    while ana.frame() != (0x88, 1000u16.to_be_bytes().to_vec()) {}
    bob.expect("* ana left: \"até logo\"");
    drop(bob);
    server.signal(nix::sys::signal::Signal::SIGTERM);
    server.expect_exit(0);
}

#[test]
fn a_conversation_ends_by_the_book() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let cases: [(&str, u8, &[u8], u16); 4] = [
        ("ana", 0x88, &1001u16.to_be_bytes(), 1000),
        ("eva", 0x82, b"bytes", 1003),
        ("rui", 0x81, b"no JSON", 1003),
        ("zoe", 0x81, b"\xff\xfe", 1007),
    ];
    for (name, first, payload, code) in cases {
        let mut browser = Browser::connect(server.address());
        browser.say(name);
        bob.expect(&format!("* {name} joined"));
        browser.say("my last line");
        browser.send(first, payload);
        bob.expect(&format!("<{name}> my last line"));
        bob.expect_start(&format!("* {name} left"));
        while browser.frame() != (0x88, code.to_be_bytes().to_vec()) {}
        let mut rest = Vec::new();
        browser.socket.read_to_end(&mut rest).expect("the end");
        assert_eq!(rest, b"");
    }
}

#[test]
fn the_page_is_served_where_the_host_and_the_path_are_ours() {
    let server = Server::start("");
    let address = server.address();
    let page = |path: &str, more: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\n\r\n");
        ask(address, &request)
    };
    for path in ["/", "/games", "/s%C3%A3o_paulo"] {
        let answer = page(path, "");
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n"),
            "{path}: {answer}"
        );
        assert!(answer.contains("\r\nContent-Security-Policy: default-src 'none'"));
        assert!(answer.ends_with("</html>\n"), "{answer}");
    }
    let answer = page("/", "Accept-Encoding: gzip, br\r\n");
    assert!(answer.contains("\r\nContent-Encoding: gzip\r\n"));
    let tag = answer
        .split("ETag: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next());
    let again = page("/", &format!("If-None-Match: {}\r\n", tag.expect("a tag")));
    assert!(again.starts_with("HTTP/1.1 304 "), "{again}");
    assert!(page("/no/room", "").starts_with("HTTP/1.1 404 "));
    let foreign = ask(
        address,
        "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    assert!(foreign.starts_with("HTTP/1.1 421 "), "{foreign}");
    let post =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\nana\n";
    let refused = ask(address, post);
    assert!(refused.starts_with("HTTP/1.1 405 ") && refused.contains("\r\nAllow: GET, HEAD\r\n"));
}

#[test]
fn requests_on_one_connection_are_answered_one_after_another() {
    let server = Server::launch(command("--listen 127.0.0.1:0/web"), 2);
    let address = server.places[1];
    let many = "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    let last = "GET /x/y HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answers = ask(address, &(many + last));
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 200);
    assert!(answers.ends_with("There is nothing here.\n"), "{answers}");
    let nonsense = ask(address, "ana\n\n");
    assert!(nonsense.starts_with("HTTP/1.1 400 "), "{nonsense}");
}

#[test]
fn a_page_of_somebody_else_cannot_speak_for_its_reader() {
    let server = Server::start("");
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\n\
         Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address()
    );
    let answer = ask(server.address(), &request);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[test]
fn who_sends_on_after_a_bad_message_hears_why_the_conversation_ends() {
    let server = Server::start("");
    let mut browser = Browser::connect(server.address());
    browser.expect("what is your name?");
    let mut endless = vec![0x81, 0xff];
    endless.extend_from_slice(&4_000_000u64.to_be_bytes());
    endless.resize(4_000_000, 0);
    browser.send_bytes(&endless);
    while browser.frame() != (0x88, 1009u16.to_be_bytes().to_vec()) {}
}

#[test]
fn the_room_with_the_name_of_the_socket_has_a_page() {
    let server = Server::start("");
    let answer = ask(
        server.address(),
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn requests_before_the_end_of_input_are_all_answered() {
    let server = Server::start("");
    let mut socket = TcpStream::connect(server.address()).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let many = "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(3);
    socket.write_all(many.as_bytes()).expect("it is taken");
    socket
        .shutdown(std::net::Shutdown::Write)
        .expect("a socket");
    let mut answers = String::new();
    socket.read_to_string(&mut answers).expect("the end");
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 3);
}
