//! ncat and curl over TLS, programs that are not ours: people, the page, scripts, a WebSocket; and a browser that
//! does not know that all is encrypted.

use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::Server;
use crate::people::{Person, Program, Talker};

/// What curl has got when it ends.
fn curl(arguments: &[&str]) -> Output {
    let mut command = Command::new("curl");
    let output = command.args(["-sSk"]).args(arguments).output();
    output.expect("curl starts; on Debian: apt-get install curl")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn somebody_with_ncat_talks_over_tls() {
    let server = Server::start("--tls self,only");
    let mut ana = Program::ncat(&server).named("ana");
    let mut bob = Program::ncat(&server).named("bob");
    ana.expect("* bob joined");
    bob.say("olá");
    ana.expect("<bob> olá");
    let long = "long ".repeat(150);
    ana.say(&long);
    bob.expect(&format!("<ana> {}", long.trim_end()));
    ana.say("/quit");
    bob.expect("* ana left");
    ana.expect_start("* bye, ana");
    // It waits for the end of its input, also without TLS.
    ana.end_input();
    ana.expect_exit();
    // The end of the input is a farewell, too, after what was said before it.
    let mut carl = Program::ncat(&server).named("carl");
    bob.expect("* carl joined");
    carl.say("one\ntwo");
    carl.end_input();
    bob.expect("<carl> one");
    bob.expect("<carl> two");
    bob.expect("* carl left");
}

#[test]
fn curl_gets_the_page_over_tls() {
    let server = Server::start("--tls self");
    let address = server.address();
    for path in ["/", "/games"] {
        let page = curl(&["-i", "--compressed", &format!("https://{address}{path}")]);
        let page = text(&page.stdout);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("<!doctype html>") && page.contains("</html>"));
    }
    // One connection carries them all.
    let urls = ["/", "/a", "/b/c"].map(|path| format!("https://{address}{path}"));
    let format = "%{http_code} %{num_connects}\\n";
    let [a, b, c] = &urls;
    let nowhere = "/dev/null";
    let sinks = ["-o", nowhere, "-o", nowhere, "-o", nowhere];
    let told = curl(&[&["-w", format, a, b, c][..], &sinks].concat());
    assert_eq!(text(&told.stdout), "200 1\n200 0\n404 0\n");
}

#[test]
fn scripts_say_and_listen_over_tls() {
    let server = Server::start("--tls self");
    let mut bob = Talker::join(&server, "bob");
    let mut listener = Program::curl(&server, &[], "/lobby/json?since=all");
    let mut event = || -> Value {
        let line = listener.hear().expect("an event");
        serde_json::from_str(&line).expect("JSON")
    };
    assert_eq!(event()["event"], "open");
    let url = format!("https://{}/lobby", server.address());
    let said = curl(&["-H", "Name: deploy", "-d", "it is done", &url]);
    assert!(text(&said.stdout).contains("it is done"), "{said:?}");
    bob.expect("<deploy> it is done");
    bob.say("thanks");
    assert_eq!(event()["message"], "it is done");
    assert_eq!(event()["message"], "thanks");
    let before = curl(&[&format!("{url}/raw?poll=1")]);
    assert_eq!(text(&before.stdout), "it is done\nthanks\n");
    let big = "word ".repeat(200);
    let lines = vec![big.as_str(); 20].join("\n");
    let said = curl(&["--data-binary", &lines, &url]);
    assert_eq!(text(&said.stdout).lines().count(), 20, "{said:?}");
    for _ in 0..20 {
        assert_eq!(event()["message"], big.trim_end());
    }
}

#[test]
fn a_websocket_over_tls() {
    let server = Server::start("--tls self");
    let address = server.address();
    let mut bob = Talker::join(&server, "bob");
    let headers = [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let with = |headers: &[&str]| -> Vec<String> {
        let pairs = headers.iter().flat_map(|header| ["-H", header]);
        pairs.chain(["-i"]).map(str::to_owned).collect()
    };
    let options = with(&headers);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut socket = Program::curl(&server, &options, "/ws");
    socket.expect_start("HTTP/1.1 101 ");
    while socket.expect_start("") != "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {}
    drop(socket);
    // And a conversation.
    let mut ana = Program::ncat(&server);
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nOrigin: https://{address}\r\n{}\r\n\r\n",
        headers.join("\r\n")
    );
    ana.send(&head);
    for line in ["ana", "bom dia", "/quit"] {
        let message = serde_json::json!({ "line": line }).to_string();
        let head = [0x81, 0x80 | message.len() as u8, 0, 0, 0, 0];
        ana.send([&head, message.as_bytes()].concat());
    }
    ana.expect_start("HTTP/1.1 101 ");
    bob.expect("* ana joined");
    bob.expect("<ana> bom dia");
    bob.expect("* ana left");
    let mut told = String::new();
    while let Some(line) = ana.hear() {
        told += &line;
    }
    assert!(told.contains("\"type\":\"welcome\""), "{told}");
}

#[test]
fn a_request_in_clear_where_all_is_encrypted_is_told_what_to_write() {
    let server = Server::start("--tls self,only");
    let url = format!("http://{}/lobby", server.address());
    for options in [&["-i"][..], &["-i", "-d", "hello"]] {
        let answer = text(&curl(&[options, &[url.as_str()]].concat()).stdout);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("https://"), "{answer}");
    }
}

#[test]
fn where_all_is_encrypted_nc_is_told_so() {
    let mut server = Server::start("--tls self,only");
    let place = server.address();
    let screen = &mut server.screen;
    screen.expect("Only programs on this computer can join, with one of these:");
    screen.expect(&format!("  https://{place}"));
    screen.expect(&format!("  openssl s_client -quiet -connect {place}"));
    screen.expect(&format!("  papo --tls {place}"));
    screen.expect(&format!(
        "TLS is spoken here, and nothing else: papo --tls {place}"
    ));
    let mut stray = Talker::connect(&server);
    stray.send("ana\n");
    stray.expect_start("* bye: here all is encrypted");
    stray.expect_end();
    let mut openssl = Program::openssl(&server, &["-quiet"]);
    openssl.expect("* papo: what is your name?");
}

#[test]
fn where_all_is_encrypted_who_is_not_let_in_is_told_nothing_in_clear() {
    let server = Server::start("--tls self,only --max-conns 1");
    let mut openssl = Program::openssl(&server, &["-quiet"]);
    openssl.expect("* papo: what is your name?");
    let mut refused = Talker::connect(&server);
    assert_eq!(refused.rest(), b"");
}

#[test]
fn who_is_served_in_clear_all_the_same_is_told_at_the_start() {
    let mut server = Server::start("--tls self,only --chattruco 127.0.0.1:0");
    server
        .screen
        .find("nothing else, but with users of ChatTruco");
}
