//! Proxies that speak HTTP and tell for whom by `X-Forwarded-For`, one conn for many clients; none of them sends a
//! PROXY header, and nobody else is believed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::Command;

use crate::admins::operator;
use crate::browsers::{Browser, ask};
use crate::folder::Folder;
use crate::harness::{PATIENCE, Server, command};
use crate::people::{Person, Talker};
use crate::space::connect;

/// A server whose proxies are on this host and elsewhere.
fn start(folder: &Folder, options: &str) -> Server {
    let more = format!(
        "{} --proxy 127.0.0.1,192.0.2.254 {options}",
        folder.options()
    );
    let places = 1 + options.matches("--listen").count();
    Server::launch(command(&more), places)
}

fn folder(name: &str) -> Folder {
    Folder::new(name, "open sesame")
}

fn say(headers: &str, text: &str) -> String {
    format!(
        "POST /lobby HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// A conn that a proxy keeps for its clients.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn to(server: &Server) -> Kept {
        let socket = TcpStream::connect(server.address()).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        Kept(BufReader::new(socket))
    }

    /// The status and the body of the answer to this request.
    fn ask(&mut self, request: &str) -> (u16, String) {
        let sent = self.0.get_mut().write_all(request.as_bytes());
        sent.expect("it is taken");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).expect("a head"), 0, "{head}");
        }
        let status = head.split(' ').nth(1).expect("a status").parse();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
        self.0.read_exact(&mut body).expect("the body");
        let body = String::from_utf8(body).expect("UTF-8");
        (status.expect("a number"), body)
    }

    fn say(&mut self, client: &str, text: &str) -> (u16, String) {
        self.ask(&say(&format!("X-Forwarded-For: {client}\r\n"), text))
    }
}

#[test]
fn each_request_on_a_kept_connection_is_of_its_own_client() {
    let folder = folder("kept");
    let mut server = start(&folder, "");
    let mut chief = operator(&server);
    let mut proxy = Kept::to(&server);
    for (client, from) in [
        ("192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.2", "192.0.2.2"),
        ("6.6.6.6\r\nX-Forwarded-For: 192.0.2.3", "192.0.2.3"),
        ("192.0.2.4, 192.0.2.254, 127.0.0.1", "192.0.2.4"),
        ("[2001:db8::1]:50000", "2001:db8::1"),
        ("192.0.2.254", "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        let (status, answer) = proxy.say(client, "hi");
        assert_eq!(status, 200, "{client}: {answer}");
        chief.expect("<script> hi");
        let line = server.log.find("script spoke in lobby");
        let from: IpAddr = from.parse().expect("an address");
        let start = SocketAddr::new(from, 0).to_string();
        let start = start.trim_end_matches('0');
        assert!(line.contains(&format!(" from {start}")), "{client}: {line}");
    }
    chief.say("/ban 192.0.2.0/30 1h");
    chief.expect("* 192.0.2.0/30 is banned for 1 h");
    assert_eq!(proxy.say("192.0.2.4", "hi").0, 200);
    chief.expect("<script> hi");
    let (status, answer) = proxy.say("192.0.2.4, 192.0.2.1", "hi");
    assert_eq!((status, &*answer), (403, "you are banned\n"));
    // Where a banned one is said to have passed the request on, it is not the client.
    assert_eq!(Kept::to(&server).say("192.0.2.1, 192.0.2.4", "hi").0, 200);
    chief.expect("<script> hi");
    chief.expect_nothing_else();
}

#[test]
fn a_chain_that_ends_in_no_address_is_refused() {
    let folder = folder("chain");
    let mut server = start(&folder, "");
    for wrong in ["unknown", "192.0.2.1, x", "192.0.2.1, x, 127.0.0.1"] {
        let (status, answer) = Kept::to(&server).say(wrong, "hi");
        assert_eq!(status, 400, "{wrong}");
        assert_eq!(answer, "What ends X-Forwarded-For is no address.\n");
        server.log.find(": its X-Forwarded-For is wrong");
    }
}

#[test]
fn who_is_no_named_proxy_is_not_believed() {
    let folder = folder("unbelieved");
    let mut server = start(&folder, "");
    let mut chief = operator(&server);
    chief.say("/ban 192.0.2.1 1h");
    chief.expect("* 192.0.2.1 is banned for 1 h");
    let request = say("Connection: close\r\nX-Forwarded-For: 192.0.2.1\r\n", "hi");
    let mut stranger = connect([127, 0, 0, 2].into(), server.address());
    stranger.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stranger.read_to_string(&mut answer).expect("it ends");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    chief.expect("<script> hi");
    server.log.find("over HTTP from 127.0.0.2:");
    // A proxy that tells the client by a PROXY header speaks for who is no proxy.
    let header = "PROXY TCP4 192.0.2.7 192.0.2.254 50000 12345\r\n";
    let answer = ask(server.address(), &format!("{header}{request}"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.log.find("over HTTP from 192.0.2.7:50000");
    // One that tells another proxy by it is believed about that one's client.
    let header = "PROXY TCP4 192.0.2.254 192.0.2.254 50000 12345\r\n";
    let answer = ask(server.address(), &format!("{header}{request}"));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[test]
fn a_browser_behind_a_proxy_comes_from_where_it_is() {
    let folder = folder("browser");
    let server = start(&folder, "");
    let mut chief = operator(&server);
    let mut browser = Browser::with(server.address(), "X-Forwarded-For: 192.0.2.1\r\n");
    browser.say("bob");
    chief.expect("* bob joined");
    chief.say("/whois bob");
    chief.expect_start("* bob is in lobby, ");
    chief.expect("* bob comes from 192.0.2.1");
    chief.say("/ban 192.0.2.1 1h");
    chief.expect("* 192.0.2.1 is banned for 1 h, 1 user is out");
    chief.expect("* bob left (banned)");
}

#[test]
fn limits_are_those_of_each_client_and_of_none_between_requests() {
    let folder = folder("places");
    let server = start(&folder, "--per-address 2 --per-minute 0");
    let kept: Vec<Kept> = (0..5)
        .map(|n| {
            let mut proxy = Kept::to(&server);
            assert_eq!(proxy.say("192.0.2.1", &format!("line {n}")).0, 200);
            proxy
        })
        .collect();
    let header = "X-Forwarded-For: 192.0.2.1\r\n";
    let first = Browser::with(server.address(), header);
    let _second = Browser::with(server.address(), header);
    let (status, answer) = Kept::to(&server).say("192.0.2.1", "hi");
    let full = "too many connections from your address\n";
    assert_eq!((status, &*answer), (503, full));
    assert_eq!(Kept::to(&server).say("192.0.2.2", "hi").0, 200);
    drop((first, kept));
    // The place is free when the server has seen the end.
    let freed = || Kept::to(&server).say("192.0.2.1", "hi").0 == 200;
    assert!((0..1000).any(|_| freed()));
}

#[test]
fn only_who_stays_is_a_new_connection() {
    let folder = folder("visits");
    let server = start(&folder, "--per-minute 2");
    let mut proxy = Kept::to(&server);
    for n in 0..5 {
        assert_eq!(proxy.say("192.0.2.1", &format!("line {n}")).0, 200);
    }
    let header = "X-Forwarded-For: 192.0.2.1\r\n";
    let _two = [(); 2].map(|()| Browser::with(server.address(), header));
    let third =
        format!("GET /ws HTTP/1.1\r\nHost: localhost\r\n{header}Upgrade: websocket\r\n\r\n");
    let (status, answer) = Kept::to(&server).ask(&third);
    let many = "too many new connections from your address, please wait a minute\n";
    assert_eq!((status, &*answer), (503, many));
    assert_eq!(proxy.say("192.0.2.1", "and on").0, 200);
}

#[test]
fn what_scripts_may_say_counts_for_each_client() {
    let server = Server::start("--proxy 127.0.0.1 --per-minute 0");
    let refused = |client: &str| {
        let say = |_| Kept::to(&server).say(client, &"line\n".repeat(20)).0;
        (0..10).map(say).find(|status| *status != 200)
    };
    assert_eq!(refused("192.0.2.1"), Some(429));
    assert_eq!(Kept::to(&server).say("192.0.2.2", "hi").0, 200);
}

#[test]
fn a_request_within_tls_tells_its_client_too() {
    let folder = folder("tls");
    let mut server = start(&folder, "--tls self --listen 127.0.0.1:0/web");
    let places = [("https", 0), ("http", 1)].map(|(scheme, at)| (scheme, server.places[at]));
    for (scheme, place) in places {
        let curl = Command::new("curl")
            .args(["-sSk", "-H", "X-Forwarded-For: 192.0.2.5", "-d", "hi"])
            .arg(format!("{scheme}://{place}/lobby"))
            .output()
            .expect("curl starts; on Debian: apt-get install curl");
        assert!(curl.status.success(), "{curl:?}");
        server.log.find("over HTTP from 192.0.2.5:");
    }
}

#[test]
fn a_proxy_that_waits_with_its_first_bytes_is_greeted_by_nothing() {
    let folder = folder("late");
    let server = start(&folder, "");
    let mut chief = operator(&server);
    let mut late = Talker::connect(&server);
    let mut later = Kept::to(&server);
    let silent = connect([127, 0, 0, 2].into(), server.address());
    // Who came after them has been asked, as it did not speak first.
    Talker::from(silent).expect("* papo: what is your name?");
    late.send("PROXY TCP4 192.0.2.1 192.0.2.254 50000 12345\r\nbob\n");
    late.expect("* papo: what is your name?");
    late.expect_start("* welcome, bob! ");
    chief.expect("* bob joined");
    chief.say("/whois bob");
    chief.expect_start("* bob is in lobby, ");
    chief.expect("* bob comes from 192.0.2.1");
    assert_eq!(later.say("192.0.2.2", "hi").0, 200);
}

#[test]
fn a_password_in_clear_over_a_network_is_answered_with_advice() {
    let folder = folder("advice");
    let advice = "\r\nAdvice: this password can be read on the network; https:// hides it\r\n";
    let header = "PROXY TCP4 192.0.2.1 192.0.2.254 50000 12345\r\n";
    let carried = "X-Forwarded-For: 192.0.2.1\r\n";
    // ana:wrong, and ana without a password.
    let (with, without) = ("YW5hOndyb25n", "YW5hOg==");
    for (tls, before, headers, encoded, is_advised) in [
        ("--tls self", header, "", with, true),
        ("--tls self", header, "", without, false),
        ("--tls self", "", "", with, false),
        ("--tls self", "", carried, with, false),
        ("", header, "", with, false),
    ] {
        let server = start(&folder, tls);
        let login = format!("Authorization: Basic {encoded}\r\nConnection: close\r\n{headers}");
        let answer = ask(server.address(), &format!("{before}{}", say(&login, "hi")));
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        assert_eq!(
            answer.contains(advice),
            is_advised,
            "{tls} {before} {headers}: {answer}"
        );
    }
}
