//! Scripts over HTTP: they say lines without being users, and listen to a room.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::admins::operator;
use crate::browsers::ask;
use crate::folder::Folder;
use crate::harness::{PATIENCE, Server};
use crate::limits::{beside_loopback, outside};
use crate::people::{Person, Talker};

/// Says this by a request with these headers; the status and the body of the answer.
fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> (u16, String) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    split(&ask(address, &request))
}

#[test]
fn who_mistypes_a_room_is_told_what_its_name_may_be() {
    let server = Server::start("");
    let address = server.address();
    let mistyped = post(address, "/build-log", "", "done");
    assert_eq!(mistyped, get(address, "/build-log/json"));
    let (status, why) = mistyped;
    let said = "No room can be called that: a name has letters, digits and _, not -.\n";
    assert_eq!((status, why.as_str()), (404, said));
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    split(&ask(address, &request))
}

fn split(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

/// Listens until the server ends.
struct Listener(BufReader<TcpStream>);

impl Listener {
    fn to(address: SocketAddr, path: &str) -> Listener {
        let mut socket = TcpStream::connect(address).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        socket.write_all(request.as_bytes()).expect("it is taken");
        let mut listener = Listener(BufReader::new(socket));
        assert_eq!(listener.line(), "HTTP/1.1 200 OK\r\n");
        while listener.line() != "\r\n" {}
        listener
    }

    /// The next line with its end; nothing at the end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line or the end");
        line
    }

    fn event(&mut self) -> Value {
        serde_json::from_str(&self.line()).expect("JSON")
    }
}

#[test]
fn a_script_says_a_line_that_people_read() {
    let server = Server::start("");
    let address = server.address();
    let mut bob = Talker::join(&server, "bob");
    let (status, answer) = post(address, "/lobby", "Name: deploy\r\n", "it is done\n");
    let said: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(
        (status, &said["message"]),
        (200, &Value::from("it is done"))
    );
    assert!(
        said["time"]
            .as_u64()
            .is_some_and(|time| time > 1_700_000_000),
        "{answer}"
    );
    bob.expect("<deploy> it is done");
    post(address, "/lobby", "Title: Build\r\n", "one\ntwo\r\n\n");
    bob.expect("<script> Build: one");
    bob.expect("<script> Build: two");
    // A room that nobody is in keeps it.
    assert_eq!(post(address, "/games", "", "anybody here?").0, 200);
    bob.say("/also games");
    bob.expect_start("* you are also in games, alone");
    let line = bob.expect_start("* [");
    assert!(line.ends_with("#games <script> anybody here?"), "{line}");
}

#[test]
fn a_script_has_no_name_of_somebody_and_is_told_what_is_wrong() {
    let server = Server::start("");
    let address = server.address();
    let mut bob = Talker::join(&server, "bob");
    let refused = [
        (
            "Name: bob\r\n",
            "hi",
            409,
            "the name bob is taken; try another\n",
        ),
        (
            "Name: b0b\r\n",
            "hi",
            409,
            "the name b0b is taken; try another\n",
        ),
        ("Name: server\r\n", "hi", 409, ""),
        ("Name: a b\r\n", "hi", 400, ""),
        ("", " \n\n", 400, "There is no text to say.\n"),
        ("Origin: http://evil.example\r\n", "hi", 403, ""),
    ];
    for (headers, body, status, text) in refused {
        let answer = post(address, "/lobby", headers, body);
        assert_eq!(answer.0, status, "{headers}: {}", answer.1);
        assert!(answer.1.starts_with(text), "{}", answer.1);
    }
    assert_eq!(post(address, "/lobby", "", &"x\n".repeat(21)).0, 413);
    assert_eq!(post(address, "/lobby", "", &"x".repeat(1025)).0, 413);
    bob.expect_nothing_else();
}

#[test]
fn scripts_listen_in_three_shapes_with_lines_of_before() {
    let mut server = Server::start("");
    let address = server.address();
    let mut bob = Talker::join(&server, "bob");
    bob.say("first");
    bob.say("second");
    bob.expect_nothing_else();
    let (_, all) = get(address, "/lobby/json?poll=1");
    let lines: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2, "{all}");
    assert_eq!(
        (&lines[0]["message"], &lines[0]["from"]),
        (&"first".into(), &"bob".into())
    );
    let first = lines[0]["id"].as_str().expect("an id");
    assert_eq!(
        get(address, &format!("/lobby/raw?poll=1&since={first}")),
        (200, "second\n".into())
    );
    assert_eq!(get(address, "/lobby/raw?poll=1&since=latest").1, "second\n");
    assert_eq!(
        get(address, "/lobby/raw?poll=1&since=10m").1,
        "first\nsecond\n"
    );
    assert_eq!(get(address, "/lobby/raw?poll=1&since=yesterday").0, 400);

    // What comes after a line, and what is said from here on, without a gap.
    let mut json = Listener::to(address, &format!("/lobby/json?since={first}"));
    assert_eq!(json.event()["event"], "open");
    assert_eq!(json.event()["message"], "second");
    let mut sse = Listener::to(address, "/lobby/sse");
    assert!(sse.line().starts_with("data: {"));
    let mut raw = Listener::to(address, "/lobby/raw");
    bob.say("/online");
    bob.expect("* 1 here: bob");
    bob.expect("* 3 scripts listen here, over HTTP");
    bob.say("third");
    assert_eq!(json.event()["message"], "third");
    let event = sse.line();
    assert!(
        event.starts_with("id: ") && event.ends_with("}\r\r:\n"),
        "{event:?}"
    );
    assert_eq!(raw.line(), "third\n");

    // A room that nobody is in, and the end.
    let mut games = Listener::to(address, "/games/raw");
    assert_eq!(post(address, "/games", "", "alone").0, 200);
    assert_eq!(games.line(), "alone\n");
    drop(json);
    server.signal(Signal::SIGTERM);
    let end = sse.line();
    assert!(
        end.contains("\"event\":\"end\",\"topic\":\"lobby\""),
        "{end}"
    );
    for mut listener in [sse, raw, games] {
        assert_eq!(listener.line(), "");
    }
    server.expect_exit(0);
}

#[test]
fn scripts_can_be_ignored() {
    let server = Server::start("");
    let address = server.address();
    let mut bob = Talker::join(&server, "bob");
    bob.say("/ignore deploy");
    bob.expect_start("! ");
    assert_eq!(post(address, "/lobby", "Name: deploy\r\n", "one").0, 200);
    bob.expect("<deploy> one");
    bob.say("/ignore deploy");
    bob.expect_start("* you ignore deploy now");
    assert_eq!(post(address, "/lobby", "Name: deploy\r\n", "two").0, 200);
    assert_eq!(post(address, "/lobby", "", "three").0, 200);
    bob.expect("<script> three");
}

#[test]
fn who_is_banned_neither_listens_nor_speaks_any_more() {
    let Some(place) = outside("0.0.0.0:0", "192.0.2.1:9") else {
        return;
    };
    let folder = Folder::new("listeners", "open sesame\n");
    let server = beside_loopback(&folder.options(), place);
    let place = server.places[1];
    let mut ana = operator(&server);
    let mut kept = TcpStream::connect(place).expect("the server listens");
    kept.write_all(b"GET /a/b/c HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("it is taken");
    let mut kept = Listener(BufReader::new(kept));
    assert_eq!(kept.line(), "HTTP/1.1 404 Not Found\r\n");
    let mut listener = Listener::to(place, "/lobby/json");
    assert_eq!(listener.event()["event"], "open");
    let mut other = Listener::to(server.address(), "/lobby/raw");
    ana.say(&format!("/ban {}", place.ip()));
    ana.expect(&format!("* {} is banned", place.ip()));
    ana.say("secret");
    assert_eq!(listener.line(), "", "it hears no more");
    assert_eq!(other.line(), "secret\n");
    let request = "POST /lobby HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";
    let socket = kept.0.get_mut();
    socket.write_all(request.as_bytes()).expect("it is taken");
    while kept.line() != "There is nothing here.\n" {}
    assert_eq!(kept.line(), "HTTP/1.1 403 Forbidden\r\n");
    ana.expect_nothing_else();
}

#[test]
fn in_a_lockdown_no_script_hears_or_speaks() {
    let folder = Folder::new("unheard", "open sesame\n");
    let server = Server::start(&folder.options());
    let mut ana = operator(&server);
    ana.say("secret");
    ana.say("/lockdown on");
    ana.expect_start("* lockdown");
    for path in ["/lobby/json", "/lobby/json?poll=1"] {
        assert_eq!(get(server.address(), path).0, 503, "{path}");
    }
    assert_eq!(post(server.address(), "/lobby", "", "hi").0, 503);
    ana.expect_nothing_else();
}

/// What curl shows with these options, with the status on a line of its own at the end.
pub(crate) fn curl(address: SocketAddr, path: &str, options: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--max-time",
        "30",
        "--write-out",
        "\n%{http_code}",
    ]);
    curl.args(options).arg(format!("http://{address}{path}"));
    let output = curl.output().expect("curl is installed");
    String::from_utf8(output.stdout).expect("text")
}

/// A user who has registered their name with this password.
fn registered(server: &Server, name: &str, password: &str) -> Talker {
    let mut owner = Talker::join(server, name);
    owner.say(&format!("/register {password}"));
    owner.expect_start(&format!("* {name} is registered; "));
    owner
}

#[test]
fn a_registered_name_speaks_with_its_password_and_nobody_else_does() {
    let server = Server::start("");
    let address = server.address();
    let _ana = registered(&server, "Ana", "s3cret: \u{e1}");
    let mut bob = Talker::join(&server, "bob");
    let say = |options: &[&str]| curl(address, "/lobby", &[&["-d", "built"], options].concat());
    assert!(say(&["-u", "ana:s3cret: \u{e1}"]).ends_with("\n200"));
    bob.expect("<Ana> built");
    for (credentials, told) in [
        ("ana:secret", "That password is wrong.\n\n401"),
        (
            "nobody:secret",
            "the name nobody is reserved; try another\n\n409",
        ),
        (
            "carl:secret",
            "Nobody has registered that name; without a password it needs none.\n\n401",
        ),
        ("a b:secret", "\n400"),
        ("ana:", "\n401"),
    ] {
        let answer = say(&["-u", credentials]);
        assert!(answer.ends_with(told), "{credentials}: {answer}");
    }
    // A name alone is one that a script has chosen.
    assert!(say(&["-u", "deploy:"]).ends_with("\n200"));
    bob.expect("<deploy> built");
    let answer = say(&["-H", "Authorization: Bearer x"]);
    assert!(
        answer.contains("curl -u") && answer.ends_with("\n401"),
        "{answer}"
    );
}

/// Wrong passwords are counted, and too many are refused for a while.
#[test]
fn wrong_passwords_of_scripts_are_counted() {
    let server = Server::start("");
    let _ana = registered(&server, "ana", "s3cret");
    let mut last = String::new();
    for guess in 0..20 {
        let credentials = format!("ana:{guess}");
        last = curl(server.address(), "/lobby", &["-u", &credentials, "-d", "x"]);
        if last.ends_with("\n429") {
            break;
        }
        assert!(last.ends_with("\n401"), "{last}");
    }
    assert!(
        last.starts_with("Too many wrong passwords; try again in "),
        "{last}"
    );
}

/// While a password is verified what came behind the request waits; each is answered once, in order.
#[test]
fn requests_behind_one_that_waits_for_the_accounts_are_answered_after_it() {
    let server = Server::start("");
    let address = server.address();
    let mut ana = registered(&server, "ana", "s3cret");
    // Basic of ana:s3cret, of ana:wrong, and none.
    let credentials = ["YW5hOnMzY3JldA==", "YW5hOndyb25n"];
    let headers = credentials.map(|basic| format!("Authorization: Basic {basic}\r\n"));
    let request = |headers: &str, text: &str, end: &str| {
        format!(
            "POST /lobby HTTP/1.1\r\nHost: {address}\r\n{headers}{end}Content-Length: 1\r\n\r\n{text}"
        )
    };
    let all = [
        request(&headers[0], "1", ""),
        request(&headers[1], "2", ""),
        request("", "3", ""),
        request(&headers[0], "4", "Connection: close\r\n"),
    ];
    let answers = ask(address, &all.concat());
    let statuses = answers.lines().filter(|line| line.starts_with("HTTP/1.1 "));
    let statuses: Vec<&str> = statuses.map(|line| &line[9..12]).collect();
    assert_eq!(statuses, ["200", "401", "200", "200"], "{answers}");
    for said in ["<ana> 1", "<script> 3", "<ana> 4"] {
        ana.expect(said);
    }
    // A client that disconnects while it waits disturbs nobody; one that closes only its half is answered.
    for _ in 0..20 {
        let mut gone = TcpStream::connect(address).expect("the server listens");
        gone.write_all(all[0].as_bytes()).expect("it is taken");
    }
    let mut half = TcpStream::connect(address).expect("the server listens");
    half.set_read_timeout(Some(PATIENCE)).expect("a socket");
    half.write_all(all[1].as_bytes()).expect("it is taken");
    half.shutdown(Shutdown::Write).expect("it is open");
    let mut answer = String::new();
    half.read_to_string(&mut answer)
        .expect("an answer, and the end");
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(curl(address, "/lobby", &["-u", "ana:s3cret", "-d", "5"]).ends_with("\n200"));
}

/// Right passwords are limited, too, so that one client cannot occupy the accounts' worker.
#[test]
fn right_passwords_of_scripts_are_bounded_too() {
    let server = Server::start("--rate 0");
    let _ana = registered(&server, "ana", "s3cret");
    let request = "POST /x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YW5hOnMzY3JldA==\r\n\
        Content-Length: 1\r\n\r\nx";
    let mut socket = TcpStream::connect(server.address()).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let mut answers = BufReader::new(socket.try_clone().expect("a socket"));
    let mut status = || {
        socket.write_all(request.as_bytes()).expect("it is taken");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            answers.read_line(&mut head).expect("a line");
        }
        let length = head.split("Content-Length: ").nth(1).expect("a length");
        let length = length
            .split("\r\n")
            .next()
            .expect("a line")
            .parse()
            .expect("a number");
        answers.read_exact(&mut vec![0; length]).expect("a body");
        head[9..12].to_owned()
    };
    let before = (0..200).take_while(|_| status() == "200").count();
    assert!((60..200).contains(&before), "{before}");
    assert_eq!(status(), "429");
}

#[test]
fn who_ends_its_half_goes_on_listening_and_who_is_gone_does_not() {
    let server = Server::start("--burst 0");
    let mut bob = Talker::join(&server, "bob");
    let mut raw = Listener::to(server.address(), "/lobby/raw");
    let ended = raw.0.get_ref().shutdown(Shutdown::Write);
    ended.expect("a socket");
    // A sign of life shows whether it is there.
    assert_eq!(raw.line(), "\n");
    bob.say("are you there?");
    assert_eq!(raw.line(), "are you there?\n");
    let listens = |bob: &mut Talker| {
        bob.say("/online");
        bob.expect("* 1 here: bob");
        bob.say("/ignore");
        let next = bob.hear().expect("an answer");
        let listens = next != "* you ignore nobody";
        if listens {
            bob.expect("* you ignore nobody");
        }
        listens
    };
    assert!(listens(&mut bob));
    drop(raw);
    let mut json = Listener::to(server.address(), "/lobby/json");
    json.event();
    bob.say("good night");
    json.event();
    drop(json);
    assert!((0..2000).any(|_| !listens(&mut bob)), "both are gone");
}
