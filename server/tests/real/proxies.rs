//! Proxies that tell for whom they speak, by headers made here as HAProxy makes them. What follows a header is a
//! person's, a script's or TLS, and counts for the client.

use std::io::{Read, Write, copy};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use crate::admins::operator;
use crate::browsers::ask;
use crate::folder::Folder;
use crate::harness::{Server, command};
use crate::people::{Person, Talker};
use crate::space::{alone, connect};

const PASSWORD: &str = "open sesame";
const QUESTION: &str = "* papo: what is your name?";
const BEFORE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const PAGE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The client of test number `n`.
fn client(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, n)
}

fn text(n: u8) -> Vec<u8> {
    format!("PROXY TCP4 {} 192.0.2.254 50000 12345\r\n", client(n)).into()
}

fn binary(n: u8) -> Vec<u8> {
    let addresses = [client(n).octets(), [192, 0, 2, 254]].concat();
    let ports = [0xc3, 0x50, 0x30, 0x39];
    // What HAProxy adds if it is asked to: a name that the client gave with TLS.
    let added = [&[2, 0, 4][..], b"chat"].concat();
    let len = [0, 12 + added.len() as u8];
    [BEFORE, &[0x21, 0x11], &len, &addresses, &ports, &added].concat()
}

/// A server whose proxy is on this host.
fn start(folder: &Folder, options: &str) -> Server {
    let proxies = "--proxy 192.0.2.254,127.0.0.1";
    let more = format!("{} --rate 0 {proxies} {options}", folder.options());
    let places = 1 + options.matches("--listen").count();
    Server::launch(command(&more), places)
}

fn through(server: &Server, header: &[u8]) -> Talker {
    let mut one = Talker::connect(server);
    one.send(header);
    one
}

/// The operator asks where somebody comes from.
#[track_caller]
fn expect_from(chief: &mut Talker, name: &str, from: &str) {
    chief.say(&format!("/whois {name}"));
    chief.expect_start(&format!("* {name} is in lobby, "));
    chief.expect(&format!("* {name} comes from {from}"));
}

/// Everybody comes from where the header says, wherever it is torn.
fn is_told_at_every_split(make: fn(u8) -> Vec<u8>) {
    let folder = Folder::new("torn-header", PASSWORD);
    let server = start(&folder, "");
    let mut chief = operator(&server);
    let len = make(100).len();
    for split in 1..=len {
        let n = 100 + split as u8;
        let header = make(n);
        let mut one = Talker::connect(&server);
        one.send(&header[..split]);
        // The server has read it when it has answered somebody else.
        chief.expect_nothing_else();
        one.send(&header[split..]);
        let name = format!("ana{n}");
        let one = one.named(&name);
        chief.expect(&format!("* {name} joined"));
        expect_from(&mut chief, &name, &client(n).to_string());
        drop(one);
        chief.expect(&format!("* {name} left"));
    }
    let mut one = Talker::connect(&server);
    for byte in [&make(1), &b"eva\n"[..]].concat() {
        chief.expect_nothing_else();
        one.send([byte]);
    }
    chief.expect("* eva joined");
    expect_from(&mut chief, "eva", "192.0.2.1");
}

#[test]
fn a_header_of_text_is_taken_off_at_every_split() {
    is_told_at_every_split(text);
}

#[test]
fn a_binary_header_is_taken_off_at_every_split() {
    is_told_at_every_split(binary);
}

#[test]
fn who_says_nothing_behind_a_proxy_is_asked_for_a_name() {
    let folder = Folder::new("silent-header", PASSWORD);
    let server = start(&folder, "");
    let mut chief = operator(&server);
    for (n, header, from) in [
        (1, text(1), "192.0.2.1"),
        (2, binary(2), "192.0.2.2"),
        (3, b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
        (4, [BEFORE, &[0x20, 0, 0, 0]].concat(), "127.0.0.1"),
        (
            5,
            b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n".to_vec(),
            "2001:db8::1",
        ),
    ] {
        let mut one = through(&server, &header);
        one.expect(QUESTION);
        let name = format!("ana{n}");
        one.say(&name);
        one.expect_start(&format!("* welcome, {name}! "));
        chief.expect(&format!("* {name} joined"));
        expect_from(&mut chief, &name, from);
        drop(one);
        chief.expect(&format!("* {name} left"));
    }
    // What may be the beginning of a header and is none is a name.
    let mut one = through(&server, b"P");
    chief.expect_nothing_else();
    one.send("aul\n");
    one.expect(QUESTION);
    one.expect_start("* welcome, Paul! ");
}

#[test]
fn who_is_no_named_proxy_is_not_believed() {
    let server = Server::start("--proxy 192.0.2.254");
    let mut one = through(&server, &text(1));
    one.expect(QUESTION);
    one.expect_start("! ");
}

#[test]
fn what_is_no_header_in_the_end_is_closed_and_logged() {
    let folder = Folder::new("bad-header", PASSWORD);
    let mut server = start(&folder, "");
    for header in [
        b"PROXY TCP4 192.0.2.1 192.0.2.256 50000 12345\r\nana\n".to_vec(),
        b"PROXY hello\nana\n".to_vec(),
        [&b"PROXY UNKNOWN "[..], &[b'x'; 200]].concat(),
        [BEFORE, &[0x11, 0x11, 0, 12], &[1; 12]].concat(),
        [BEFORE, &[0x21, 0x11, 0xff, 0xff]].concat(),
    ] {
        let mut one = through(&server, &header);
        let address = one.address();
        // A reset may come instead of the end, as not all was read.
        assert_eq!(one.rest(), b"", "it is told nothing");
        server
            .log
            .find(&format!("{address}: its PROXY header is wrong"));
    }
    let mut cut = through(&server, b"PROXY TCP4 192.0.2.1 ");
    let address = cut.address();
    cut.half_close();
    cut.expect_end();
    server
        .log
        .find(&format!("{address}: its PROXY header has no end"));
}

#[test]
fn a_ban_by_address_reaches_who_comes_through_a_proxy() {
    let folder = Folder::new("banned-client", PASSWORD);
    let server = start(&folder, "--listen 127.0.0.1:0/web");
    let mut chief = operator(&server);
    let mut bob = through(&server, &text(9)).named("bob");
    chief.expect("* bob joined");
    chief.say("/ban 192.0.2.8/29 1h");
    chief.expect("* 192.0.2.8/29 is banned for 1 h, 1 user is out");
    bob.expect("* bye, bob: you are banned");
    chief.expect("* bob left (banned)");
    for header in [text(9), binary(10)] {
        for name in ["", "bob\n"] {
            let mut again = through(&server, &[&header, name.as_bytes()].concat());
            again.expect("* bye: you are banned");
            again.expect_end();
        }
        for place in &server.places {
            let request = [&header, PAGE.as_bytes()].concat();
            let answer = ask_bytes(*place, &request);
            assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
            assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
            assert!(answer.ends_with("\r\n\r\nyou are banned\n"), "{answer}");
        }
    }
    through(&server, &text(16)).named("carl");
    // Nobody is banned with the proxy.
    assert!(ask(server.address(), PAGE).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn limits_are_those_of_the_client() {
    let folder = Folder::new("limited-client", PASSWORD);
    let server = start(&folder, "--per-address 2");
    let _ana = through(&server, &text(1)).named("ana");
    let bob = through(&server, &binary(1)).named("bob");
    let _carl = through(&server, &text(2)).named("carl");
    let mut dora = through(&server, &text(1));
    dora.expect("* bye: too many connections from your address");
    dora.expect_end();
    let answer = ask_bytes(server.address(), &[&text(1), PAGE.as_bytes()].concat());
    assert!(
        answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")
            && answer.contains("\r\nRetry-After: 60\r\n")
            && answer.ends_with("\r\n\r\ntoo many connections from your address\n"),
        "{answer}"
    );
    let mut bob = bob;
    bob.say("/quit");
    while bob.hear().is_some() {}
    drop(bob);
    through(&server, &text(1)).named("dora");
}

#[test]
fn a_proxy_has_as_many_places_as_its_clients() {
    alone(|| {
        let folder = Folder::new("far-proxy", PASSWORD);
        let options = "--listen 0 --per-address 2 --per-minute 3 --proxy 10.77.0.9";
        let more = format!("{} {options}", folder.options());
        let server = Server::launch(command(&more), 2);
        let place = SocketAddr::from(([10, 77, 0, 1], server.places[1].port()));
        let mut chief = operator(&server);
        let clients: Vec<Talker> = (1..=9)
            .map(|n| {
                let mut one = Talker::from(connect([10, 77, 0, 9].into(), place));
                one.send(text(n));
                let one = one.named(&format!("ana{n}"));
                chief.expect(&format!("* ana{n} joined"));
                one
            })
            .collect();
        // Who is on the proxy's host is not on this one: it keeps the proxy's address.
        let mut one = Talker::from(connect([10, 77, 0, 9].into(), place));
        one.send("PROXY TCP4 127.0.0.1 127.0.0.1 50000 12345\r\n");
        let _one = one.named("bob");
        chief.expect("* bob joined");
        expect_from(&mut chief, "bob", "10.77.0.9");
        drop(clients);
    });
}

#[test]
fn what_is_behind_a_header_may_be_a_request_or_tls() {
    let folder = Folder::new("header-tls", PASSWORD);
    let server = start(
        &folder,
        "--tls self --listen 127.0.0.1:0/tls/text --listen 127.0.0.1:0/web",
    );
    for place in [server.places[0], server.places[2]] {
        let page = ask_bytes(place, &[&binary(1), PAGE.as_bytes()].concat());
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    }
    let proxy = relay(server.places[0]);
    let output = Command::new("curl")
        .args(["-sSk", &format!("https://{proxy}/")])
        .output()
        .expect("curl starts; on Debian: apt-get install curl");
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.contains("<!doctype html>"), "{output:?}");
    let proxy = relay(server.places[1]);
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "printf 'ana\\n/quit\\n' | openssl s_client -quiet -connect {proxy} 2>/dev/null"
        ))
        .output()
        .expect("a shell");
    let heard = String::from_utf8_lossy(&output.stdout);
    assert!(heard.contains("* welcome, ana! "), "{heard}");
}

/// A proxy for one connection to this place.
fn relay(place: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = listener.local_addr().expect("it has one");
    thread::spawn(move || {
        let (client, _) = listener.accept().expect("a client");
        let mut server = TcpStream::connect(place).expect("the server listens");
        server.write_all(&binary(7)).expect("it is taken");
        let (mut from, mut to) = (clone(&client), clone(&server));
        let there = thread::spawn(move || {
            let _ = copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        let (mut from, mut to) = (server, client);
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
        let _ = there.join();
    });
    own
}

fn clone(socket: &TcpStream) -> TcpStream {
    socket.try_clone().expect("a descriptor")
}

/// These bytes, and the whole answer.
fn ask_bytes(place: SocketAddr, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(place).expect("the server listens");
    socket.write_all(request).expect("it is taken");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("it ends");
    String::from_utf8_lossy(&answer).into_owned()
}
