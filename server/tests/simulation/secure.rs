//! Clients that speak TLS: their bytes are torn at any place, stalled and reset, and nothing changes for them or for
//! anybody else.

use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use papo_server::flood::Rate;
use papo_server::limits::NAME_WITHIN;
use papo_server::store::certificate::{self, Source};
use papo_server::transport::tls::limits::HANDSHAKES;
use papo_server::turn::Server;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::configs::config;
use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::net::Net;

/// The listener that finds out who speaks.
pub(crate) const DOOR: usize = 4;

const HERE: [u8; 4] = [127, 0, 0, 1];

/// The peer's side of a link that is encrypted.
pub(crate) struct Client {
    pub(crate) connection: ClientConnection,
    /// How much of what the server has written has come.
    fed: usize,
    /// What that says.
    pub(crate) text: Vec<u8>,
    /// Whether the server has said that nothing follows.
    has_ended: bool,
}

impl Client {
    pub(crate) fn new() -> Client {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(pem()).expect("a certificate");
        roots.add(certificate).expect("it is sound");
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("two versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        Client {
            connection: ClientConnection::new(Arc::new(config), name).expect("random numbers"),
            fed: 0,
            text: Vec::new(),
            has_ended: false,
        }
    }

    /// Say something, now or once that is possible.
    pub(crate) fn say(&mut self, text: &str) {
        self.say_bytes(text.as_bytes());
    }

    pub(crate) fn say_bytes(&mut self, bytes: &[u8]) {
        let said = self.connection.writer().write(bytes);
        assert_eq!(said.expect("there is room"), bytes.len());
    }

    /// So much has come of what the server has written; what this client says.
    pub(crate) fn hear(&mut self, written: &[u8]) -> Vec<u8> {
        let new = &written[self.fed.min(written.len())..];
        self.fed = self.fed.max(written.len());
        self.hear_more(new);
        self.output()
    }

    /// The server has written this after what came before.
    pub(crate) fn hear_more(&mut self, mut new: &[u8]) {
        while !new.is_empty() {
            self.connection.read_tls(&mut new).expect("memory");
            self.connection
                .process_new_packets()
                .expect("all is as it should be");
            let mut buffer = [0; 4096];
            loop {
                match self.connection.reader().read(&mut buffer) {
                    Ok(0) => {
                        self.has_ended = true;
                        break;
                    }
                    Ok(n) => self.text.extend_from_slice(&buffer[..n]),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::WouldBlock);
                        break;
                    }
                }
            }
            if self.has_ended {
                break;
            }
        }
    }

    /// What is to be sent.
    pub(crate) fn output(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut output).expect("memory");
        }
        output
    }
}

fn pem() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.join("tests/simulation/secure.pem")
}

/// The server speaks TLS from here on.
pub(crate) fn speak_tls(server: &mut Server<Net>, is_only: bool) {
    let source = Source::Files {
        certificate: pem(),
        key: pem(),
    };
    let certified = certificate::read(&source).expect("it is sound");
    server.serve_tls(certified.identity, is_only);
}

/// A server and its clients over TLS, by their links.
pub(crate) struct Stage {
    pub(crate) server: Server<Net>,
    pub(crate) clients: Vec<(usize, Client)>,
}

impl Stage {
    pub(crate) fn new(is_only: bool) -> Stage {
        let mut config = config(Rate {
            lines_per_s: 0,
            burst: 1,
        });
        config.listeners[0].secure = true;
        let mut server = Server::new(Net::new(Dice::new(1)), config);
        speak_tls(&mut server, is_only);
        Stage {
            server,
            clients: Vec::new(),
        }
    }

    /// Somebody in clear.
    pub(crate) fn comes(&mut self, text: &str) -> usize {
        let link = self.server.sys().connect(DOOR, HERE.into(), usize::MAX);
        self.server.sys().links[link].to_server.extend(text.bytes());
        link
    }

    /// Somebody over TLS: the number of the client.
    pub(crate) fn comes_hidden(&mut self, door: usize, text: &str) -> usize {
        let link = self.server.sys().connect(door, HERE.into(), usize::MAX);
        let mut client = Client::new();
        client.say(text);
        let hello = client.output();
        self.server.sys().links[link].to_server.extend(hello);
        self.clients.push((link, client));
        self.clients.len() - 1
    }

    pub(crate) fn turns(&mut self, count: usize) {
        for _ in 0..count {
            self.server.turn().expect("the wait works");
            self.server.invariants();
            for (link, client) in &mut self.clients {
                let link = &mut self.server.sys().links[*link];
                link.taken = link.written.len();
                let said = client.hear(&link.written);
                if !link.closed {
                    link.to_server.extend(said);
                }
            }
        }
    }

    pub(crate) fn told(&mut self, link: usize) -> String {
        String::from_utf8_lossy(&self.server.sys().links[link].written).into_owned()
    }

    pub(crate) fn heard(&self, client: usize) -> String {
        String::from_utf8(self.clients[client].1.text.clone()).expect("UTF-8")
    }

    /// Turns until somebody has heard this.
    pub(crate) fn until(&mut self, client: usize, words: &str) {
        for _ in 0..20_000 {
            if self.heard(client).contains(words) {
                return;
            }
            self.turns(1);
        }
        panic!("{:?} without {words:?}", self.heard(client));
    }
}

#[test]
fn a_conversation_is_the_same_however_its_bytes_are_torn() {
    for tears in [0, 300, 1000] {
        let mut stage = Stage::new(false);
        let mut faults = Faults::none();
        for fault in [Fault::OneByteRead, Fault::OneByteWrite, Fault::WriteBlocks] {
            faults.set(
                fault,
                if fault == Fault::WriteBlocks {
                    tears / 3
                } else {
                    tears
                },
            );
        }
        stage.server.sys().faults = faults;
        let clear = stage.comes("/lang en\nclear\n");
        stage.turns(20);
        let ana = stage.comes_hidden(DOOR, "ana\n");
        stage.until(ana, "* welcome, ana! you are in lobby with clear");
        // At a listener for TLS alone, too.
        let bob = stage.comes_hidden(0, "bob\n");
        stage.until(bob, "* welcome, bob!");
        let long = "y".repeat(900);
        // At a byte in each turn, a few are enough.
        let last = if tears == 1000 { 3 } else { 19 };
        for n in 0..=last {
            stage.clients[ana].1.say(&format!("line {n} {long}\n"));
        }
        let said = stage.clients[ana].1.output();
        let link = stage.clients[ana].0;
        stage.server.sys().links[link].to_server.extend(said);
        stage.until(bob, &format!("line {last} {long}\n"));
        for n in 0..=last {
            assert!(
                stage
                    .heard(bob)
                    .contains(&format!("<ana> line {n} {long}\n"))
            );
        }
        stage.clients[bob].1.say("/quit\n");
        stage.until(bob, "* bye, bob\n");
        stage.until(ana, "* bob left\n");
        // The end is said, too.
        while !stage.server.sys().links[stage.clients[bob].0].server_fin {
            stage.turns(1);
        }
        stage.turns(1);
        assert!(stage.clients[bob].1.has_ended);
        let told = stage.told(clear);
        assert!(
            told.contains("* bob left\n") && told.contains("<ana> line 0"),
            "{told}"
        );
    }
}

#[test]
fn who_says_goodbye_without_an_end_of_the_connection_has_left() {
    let mut stage = Stage::new(false);
    let watch = stage.comes("/lang en\nwatch\n");
    let ana = stage.comes_hidden(DOOR, "ana\n");
    stage.until(ana, "* welcome");
    stage.clients[ana].1.say("last words\n");
    stage.clients[ana].1.connection.send_close_notify();
    let link = stage.clients[ana].0;
    let said = stage.clients[ana].1.output();
    stage.server.sys().links[link].to_server.extend(said);
    stage.turns(30);
    let told = stage.told(watch);
    assert!(told.ends_with("<ana> last words\n* ana left\n"), "{told}");
    assert!(stage.server.sys().links[link].closed);
    // They are told the same, before the connection is closed.
    assert!(stage.clients[ana].1.has_ended);
}

#[test]
fn of_a_connection_that_ends_without_a_goodbye_only_whole_lines_count() {
    for (sent, name) in [
        ("ana\nall of this\nyes, but only if", "ana"),
        ("bob\rall of this\ryes, but only if", "bob"),
    ] {
        let mut stage = Stage::new(false);
        let watch = stage.comes("/lang en\nwatch\n");
        let cut = stage.comes_hidden(DOOR, "");
        while stage.clients[cut].1.connection.is_handshaking() {
            stage.turns(1);
        }
        let (link, client) = &mut stage.clients[cut];
        client.say(sent);
        let (link, said) = (*link, client.output());
        let sys = stage.server.sys();
        sys.links[link].to_server.extend(said);
        sys.links[link].fin = true;
        stage.turns(30);
        let told = stage.told(watch);
        let end = format!("<{name}> all of this\n* {name} left\n");
        assert!(told.ends_with(&end), "{told}");
    }
}

#[test]
fn a_half_handshake_goes_after_the_time_for_a_name() {
    let mut stage = Stage::new(false);
    let hello = Client::new().output();
    let mut links = Vec::new();
    for upto in [2, 5, hello.len() / 2, hello.len()] {
        let link = stage.comes("");
        stage.server.sys().links[link]
            .to_server
            .extend(&hello[..upto]);
        links.push(link);
    }
    let watch = stage.comes("/lang en\nwatch\n");
    let began = stage.server.sys().now;
    stage.server.sys().hurry = true;
    while stage.server.sys().now < began + NAME_WITHIN + Duration::from_secs(10) {
        stage.turns(1);
        let now = stage.server.sys().now;
        for link in &links {
            let is_late = now > began + NAME_WITHIN + Duration::from_secs(3);
            assert!(stage.server.sys().links[*link].closed || !is_late);
        }
    }
    assert!(stage.told(watch).ends_with("lists the commands\n"));
}

#[test]
fn handshakes_wait_for_each_other_and_lines_do_not_wait_for_them() {
    let mut stage = Stage::new(false);
    let (ana, bob) = (
        stage.comes("/lang en\nana\n"),
        stage.comes("/lang en\nbob\n"),
    );
    stage.turns(20);
    let hello = Client::new().output();
    let links: Vec<usize> = (0..200).map(|_| stage.comes("")).collect();
    while stage.server.sys().waiting[DOOR].len() + stage.server.sys().waiting[0].len() > 0 {
        stage.turns(1);
    }
    for link in &links {
        stage.server.sys().links[*link].to_server.extend(&hello);
    }
    stage.server.sys().links[ana].to_server.extend(b"now\n");
    let mut before = 0;
    for turn in 0.. {
        stage.turns(1);
        let answered = |link: &&usize| !stage.server.sys().links[**link].written.is_empty();
        let answered = links.iter().filter(answered).count();
        assert!(
            answered <= before + HANDSHAKES as usize,
            "{answered} in a turn"
        );
        before = answered;
        if turn == 4 {
            assert!(stage.told(bob).ends_with("<ana> now\n"));
            assert!(answered < links.len());
        }
        if answered == links.len() {
            break;
        }
        assert!(turn < 200, "{answered} of {}", links.len());
    }
}

#[test]
fn whoever_is_wrong_about_tls_is_told_so_and_nobody_else() {
    let mut stage = Stage::new(false);
    let watch = stage.comes("/lang en\nwatch\n");
    stage.turns(10);
    let before = stage.told(watch);
    let mut garbage = Client::new().output();
    let end = garbage.len();
    garbage[end / 2..].fill(0xff);
    let link = stage.comes("");
    stage.server.sys().links[link].to_server.extend(garbage);
    stage.turns(10);
    // An alert.
    let written = stage.server.sys().links[link].written.clone();
    assert_eq!(written.first(), Some(&0x15), "{written:?}");
    // A line of text where a record should be.
    let ana = stage.comes_hidden(DOOR, "ana\n");
    stage.until(ana, "* welcome");
    let link = stage.clients[ana].0;
    stage.clients.clear();
    stage.server.sys().links[link]
        .to_server
        .extend(b"hello everybody, this is no TLS\n");
    stage.turns(20);
    assert!(stage.server.sys().links[link].server_fin || stage.server.sys().links[link].closed);
    let told = stage.told(watch);
    let news = told.strip_prefix(&before).expect("it goes on");
    assert_eq!(news, "* ana joined\n* ana left (connection lost)\n");
}

#[test]
fn new_keys_are_taken_and_a_flood_of_them_is_an_end() {
    let mut stage = Stage::new(false);
    let ana = stage.comes_hidden(DOOR, "ana\n");
    stage.until(ana, "* welcome");
    let renew = |stage: &mut Stage| {
        let (link, client) = &mut stage.clients[ana];
        client.connection.refresh_traffic_keys().expect("TLS 1.3");
        let said = client.output();
        stage.server.sys().links[*link].to_server.extend(said);
    };
    for n in 0..5 {
        renew(&mut stage);
        stage.clients[ana].1.say(&format!("/nick ana{n}\n"));
        stage.until(ana, &format!("* you are now ana{n}\n"));
    }
    let link = stage.clients[ana].0;
    for _ in 0..100 {
        renew(&mut stage);
    }
    stage.clients.clear();
    stage.turns(200);
    assert!(stage.server.sys().links[link].server_fin || stage.server.sys().links[link].closed);
}
