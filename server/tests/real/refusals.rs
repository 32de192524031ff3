//! Browsers that are not let in are told so in HTTP, and people in a line.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use crate::browsers::ask;
use crate::harness::{PATIENCE, Server, command};
use crate::limits::{beside_loopback, outside};
use crate::people::{Person, Talker};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The status and the text, as curl sees them.
fn curl(place: SocketAddr) -> String {
    let curl = Command::new("curl")
        .args(["-s", "-w", "%{stderr}%{http_code} "])
        .arg(format!("http://{place}/"))
        .output()
        .expect("curl is there");
    let text = [curl.stderr, curl.stdout].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn a_browser_that_is_turned_away_gets_http_and_a_person_gets_a_line() {
    let server = Server::launch(command("--max-conns 2 --listen 127.0.0.1:0/web"), 2);
    let mut ana = Talker::join(&server, "ana");
    let bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    for place in &server.places {
        let answer = ask(*place, REQUEST);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("\r\nRetry-After: 60\r\n"), "{answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert!(answer.contains("\r\nContent-Length: 43\r\n"), "{answer}");
        let text = "the server is full, please try again later\n";
        assert!(answer.ends_with(text), "{answer}");
        assert_eq!(curl(*place), format!("503 {text}"));
    }
    let mut carl = Talker::connect(&server);
    carl.expect("* bye: the server is full, please try again later");
    carl.expect_end();
    // Torn, as networks do.
    let mut torn = TcpStream::connect(server.address()).expect("the server listens");
    torn.set_read_timeout(Some(PATIENCE)).expect("a socket");
    torn.set_nodelay(true).expect("a socket");
    for byte in REQUEST.bytes() {
        torn.write_all(&[byte]).expect("it is taken");
    }
    let mut answer = String::new();
    torn.read_to_string(&mut answer).expect("it ends");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(bob);
    ana.expect("* bob left");
    assert!(curl(server.address()).starts_with("200 "));
}

#[test]
fn a_browser_that_is_banned_or_comes_too_often_gets_http() {
    let Some(address) = outside("0.0.0.0:0", "192.0.2.1:9") else {
        return;
    };
    let options = format!("--per-address 1 --listen {address}:0");
    let mut command = command(&options);
    command.stdin(Stdio::piped());
    let mut server = Server::launch(command, 2);
    let place = server.places[1];
    let mut ana = Talker::to(place).named("ana");
    assert_eq!(curl(place), "503 too many connections from your address\n");
    server.types(&format!("/ban {address}"));
    ana.expect_start("* bye, ana: you are banned");
    assert_eq!(curl(place), "403 you are banned\n");
    let mut again = Talker::to(place);
    again.expect("* bye: you are banned");
    again.expect_end();
    let busy = beside_loopback("--per-minute 1", address);
    assert!(curl(busy.places[1]).starts_with("200 "));
    assert!(curl(busy.places[1]).starts_with("503 too many new connections"));
}
