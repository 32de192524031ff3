//! TLS on the port of everybody, with the programs that people have: openssl, curl, papo; certificates of one's own,
//! of files, and new ones; and those who only begin.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::sys::signal::Signal;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::harness::{PATIENCE, PROGRAM, Server, command, end_of, own_directory};
use crate::people::{Person, Program, Talker, papo_command};

/// A directory that is removed with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let folder = own_directory();
        fs::create_dir_all(&folder).expect("a directory");
        Folder(folder)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A certificate with its key for `server.crt` and `server.key` in the folder.
fn certificate(folder: &Folder) {
    let made = Command::new("openssl")
        .args("req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=localhost -keyout".split(' '))
        .arg(folder.path("server.key"))
        .arg("-out")
        .arg(folder.path("server.crt"))
        .output()
        .expect("openssl is there; on Debian: apt-get install openssl");
    assert!(made.status.success(), "{made:?}");
}

/// Another certificate for the same key.
fn renew(folder: &Folder) {
    let made = Command::new("openssl")
        .args("req -x509 -days 3 -subj /CN=localhost -key".split(' '))
        .arg(folder.path("server.key"))
        .arg("-out")
        .arg(folder.path("server.crt"))
        .output()
        .expect("openssl is there");
    assert!(made.status.success(), "{made:?}");
}

fn with_files(folder: &Folder) -> Command {
    let mut command = command("--tls-cert");
    command.arg(folder.path("server.crt"));
    command.arg("--tls-key").arg(folder.path("server.key"));
    command
}

/// The SHA-256 of the certificate that the server shows, as openssl sees it.
fn seen_by_openssl(server: &Server) -> String {
    let line = format!(
        "openssl s_client -connect {} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256",
        server.address()
    );
    let output = Command::new("sh")
        .arg("-c")
        .arg(line)
        .output()
        .expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    text.split_once('=')
        .map_or(text.clone(), |(_, seen)| seen.to_owned())
}

/// This line comes, after others perhaps.
fn find(person: &mut impl Person, line: &str) {
    while person.hear().expect("it never came") != line {}
}

/// The first bytes of a client.
fn hello() -> Vec<u8> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("two versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let mut client = ClientConnection::new(Arc::new(config), name).expect("random numbers");
    let mut hello = Vec::new();
    client.write_tls(&mut hello).expect("memory");
    hello
}

#[test]
fn people_with_openssl_and_nc_talk_at_one_port() {
    let server = Server::start("--tls self");
    let mut clear = Talker::join(&server, "clear");
    for (name, version) in [("ana", "-tls1_3"), ("bob", "-tls1_2")] {
        let mut openssl = Program::openssl(&server, &["-quiet", version]);
        openssl.expect("* papo: what is your name?");
        openssl.say(name);
        openssl.expect_start(&format!("* welcome, {name}! you are in lobby with clear"));
        clear.expect(&format!("* {name} joined"));
        clear.say("hello");
        find(&mut openssl, "<clear> hello");
        openssl.say(&"long ".repeat(150));
        clear.expect_start(&format!("<{name}> long long"));
        openssl.say("/quit");
        clear.expect(&format!("* {name} left"));
        find(&mut openssl, &format!("* bye, {name}"));
        openssl.expect_exit();
    }
}

#[test]
fn our_own_certificate_is_told_at_the_start_and_is_the_same_after_a_restart() {
    let folder = Folder::new();
    let start = || {
        let mut command = command("--tls self --data");
        command.arg(&folder.0);
        Server::launch(command, 1)
    };
    let mut server = start();
    let told = server.screen.find("SHA-256");
    let (_, told) = told.rsplit_once(' ').expect("words before it");
    assert_eq!(seen_by_openssl(&server), told);
    drop(server);
    let again = start().screen.find("SHA-256");
    assert!(again.ends_with(told), "{again}");
}

#[test]
fn our_own_certificate_is_made_in_a_folder_that_is_ours_alone() {
    let folder = Folder::new();
    let data = folder.path("data");
    let with = |options: &str| {
        let mut command = command(options);
        command.arg("--data").arg(&data);
        command
    };
    let server = Server::launch(with(""), 1);
    let output = with("--tls self").output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "another one has the folder");
    assert!(!data.join("tls.pem").exists());
    drop(server);
    fs::remove_dir_all(&data).expect("it is ours");
    let _server = Server::launch(with("--tls self"), 1);
    let mode = |path: PathBuf| {
        let found = fs::metadata(path).expect("it is there");
        found.permissions().mode() & 0o777
    };
    assert_eq!((mode(data.join("tls.pem")), mode(data)), (0o600, 0o700));
}

#[test]
fn a_new_certificate_is_read_at_a_signal_and_a_wrong_one_is_not_taken() {
    let folder = Folder::new();
    certificate(&folder);
    let mut server = Server::launch(with_files(&folder), 1);
    let before = seen_by_openssl(&server);
    let mut ana = Program::openssl(&server, &["-quiet"]);
    ana.expect("* papo: what is your name?");
    certificate(&folder);
    server.signal(Signal::SIGHUP);
    server.log.find("certificate for TLS: SHA-256 ");
    let after = seen_by_openssl(&server);
    assert_ne!(after, before);
    fs::write(folder.path("server.key"), "no key").expect("it is ours");
    server.signal(Signal::SIGHUP);
    let fault = server.log.find("the old certificate stays");
    assert!(fault.contains("server.key"), "{fault}");
    assert_eq!(seen_by_openssl(&server), after);
    // Who was there before is still there.
    ana.say("ana");
    ana.expect_start("* welcome, ana!");
}

#[test]
fn with_a_wrong_key_nothing_is_served() {
    let folder = Folder::new();
    certificate(&folder);
    let other = Folder::new();
    certificate(&other);
    fs::copy(other.path("server.key"), folder.path("server.key")).expect("both are ours");
    let output = with_files(&folder).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let fault = String::from_utf8_lossy(&output.stderr);
    let last = fault.lines().last().unwrap_or_default();
    assert!(
        last.contains("--tls-key") && last.contains("server.key"),
        "{fault}"
    );
    assert!(output.stdout.is_empty());
    for line in [
        "--tls only",
        "--tls-cert a",
        "--listen 1/tls",
        "--tls self,only --seeds",
    ] {
        let mut wrong = Command::new(PROGRAM);
        let output = wrong.args(line.split(' ')).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{line}");
    }
}

/// What papo says to somebody without a terminal who says hello: on both outputs, and how it ends.
fn by_papo(server: &Server, state: &Folder, options: &[&str]) -> (String, String, Option<i32>) {
    let mut command = papo_command();
    command
        .arg(server.address().to_string())
        .args(["--lang", "en", "--name", "ana"]);
    command.args(options).env("XDG_STATE_HOME", &state.0);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().expect("papo starts");
    // Who is refused may have left before.
    let _ = child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"hello\n");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code(),
    )
}

#[test]
fn papo_remembers_a_certificate_and_refuses_another_one() {
    let (folder, state) = (Folder::new(), Folder::new());
    certificate(&folder);
    let mut server = Server::launch(with_files(&folder), 1);
    let mut bob = Talker::join(&server, "bob");
    let first = seen_by_openssl(&server);
    let (told, fault, code) = by_papo(&server, &state, &["--tls"]);
    assert!(
        told.contains("* welcome, ana! you are in lobby with bob"),
        "{told}"
    );
    assert!(
        fault.contains(&first) && fault.contains("is new"),
        "{fault}"
    );
    assert_eq!(code, Some(0));
    let came = |bob: &mut Talker| {
        bob.expect("* ana joined");
        bob.expect("<ana> hello");
        bob.expect("* ana left");
    };
    came(&mut bob);
    let pins = state.path("papo/known-servers");
    let mode = fs::metadata(&pins)
        .expect("it is kept")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let (_, fault, code) = by_papo(&server, &state, &["--tls"]);
    assert_eq!((fault.as_str(), code), ("", Some(0)));
    let is_back = |bob: &mut Talker| {
        bob.expect("* ana is back");
        bob.expect("<ana> hello");
        bob.expect("* ana left");
    };
    is_back(&mut bob);
    // A renewal is known by its key, and so is the next.
    for _ in 0..2 {
        renew(&folder);
        server.signal(Signal::SIGHUP);
        server.log.find("certificate for TLS: SHA-256 ");
        let (_, fault, code) = by_papo(&server, &state, &["--tls"]);
        assert_eq!((fault.as_str(), code), ("", Some(0)));
        is_back(&mut bob);
    }
    let first = seen_by_openssl(&server);

    certificate(&folder);
    server.signal(Signal::SIGHUP);
    server.log.find("certificate for TLS: SHA-256 ");
    let (told, fault, code) = by_papo(&server, &state, &["--tls"]);
    assert_eq!((told.as_str(), code), ("", Some(1)));
    assert!(fault.contains("HAS ANOTHER CERTIFICATE"), "{fault}");
    assert!(
        fault.contains(&first) && fault.contains("--tls --forget"),
        "{fault}"
    );
    bob.expect_nothing_else();
    let (_, fault, code) = by_papo(&server, &state, &["--tls", "--forget"]);
    assert!(fault.contains("is new"), "{fault}");
    assert_eq!(code, Some(0));
    let (_, fault, code) = by_papo(&server, &state, &["--tls"]);
    assert_eq!((fault.as_str(), code), ("", Some(0)));
}

#[test]
fn papo_comes_back_to_the_certificate_that_it_met_and_to_no_other() {
    let (folder, state) = (Folder::new(), Folder::new());
    certificate(&folder);
    let mut server = Server::launch(with_files(&folder), 1);
    let place = server.address().to_string();
    let (first, mut bob) = (seen_by_openssl(&server), Talker::join(&server, "bob"));
    let mut follower = papo_command();
    follower.args(["--tls", "--lang", "en", "--name", "ana", "--follow", &place]);
    follower.env("XDG_STATE_HOME", &state.0);
    let piped = follower.stdin(Stdio::null()).stdout(Stdio::piped());
    let piped = piped.stderr(Stdio::piped());
    let mut follower = piped.spawn().expect("papo starts");
    bob.expect("* ana joined");
    // Whatever becomes of the file meanwhile, ...
    fs::remove_file(state.path("papo/known-servers")).expect("it is kept");
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    // ... another server at the same place is not the one of before.
    certificate(&folder);
    let mut command = with_files(&folder);
    command.args(["--listen", &place]);
    let other = Server::launch(command, 2);
    end_of(&mut follower);
    let output = follower.wait_with_output().expect("it has ended");
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(fault.contains("HAS ANOTHER CERTIFICATE"), "{fault}");
    let seen = seen_by_openssl(&other);
    assert!(fault.contains(&first) && fault.contains(&seen), "{fault}");
    assert_eq!(output.status.code(), Some(1));
    assert!(!state.path("papo/known-servers").exists());
}

#[test]
fn papo_says_that_a_server_speaks_no_tls() {
    let server = Server::start("");
    let (_, fault, code) = by_papo(&server, &Folder::new(), &["--tls"]);
    assert!(fault.starts_with("papo: no TLS with 127.0.0.1:"), "{fault}");
    assert_eq!(code, Some(1));
}

#[test]
fn at_a_listener_for_tls_nothing_is_said_before_it() {
    let server = Server::launch(command("--tls self --listen 127.0.0.1:0/tls,text"), 2);
    let mut client = TcpStream::connect(server.places[1]).expect("it listens");
    client.write_all(b"ana\n").expect("it is open");
    client.set_read_timeout(Some(PATIENCE)).expect("a time");
    let mut told = Vec::new();
    client.read_to_end(&mut told).expect("an end");
    // An alert, and no text.
    assert_eq!(told.first(), Some(&0x15), "{told:?}");
}

#[test]
fn without_tls_openssl_and_curl_say_what_is_wrong() {
    let server = Server::start("");
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &server.address().to_string()])
        .output()
        .expect("openssl is there");
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(fault.contains("alert handshake failure"), "{fault}");
    let output = Command::new("curl")
        .args(["-sSk", &format!("https://{}/", server.address())])
        .output()
        .expect("curl is there; on Debian: apt-get install curl");
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(fault.contains("handshake failure"), "{fault}");
}

#[test]
fn a_thousand_who_only_begin_cost_nobody_else_anything() {
    let mut server = Server::start("--tls self --rate 0 --per-address 0 --per-minute 0");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    let hello = hello();
    let halves: Vec<TcpStream> = (0..1000)
        .map(|n| {
            let mut half = TcpStream::connect(server.address()).expect("it listens");
            let some = if n % 2 == 0 {
                hello.len()
            } else {
                hello.len() / 2
            };
            half.write_all(&hello[..some]).expect("it takes them");
            half
        })
        .collect();
    for n in 0..50 {
        bob.say(&format!("line {n}"));
        ana.expect(&format!("<bob> line {n}"));
    }
    // Those who have said all of it are answered.
    for half in halves.iter().step_by(2) {
        half.set_read_timeout(Some(PATIENCE)).expect("a time");
        let mut first = [0];
        (&mut &*half).read_exact(&mut first).expect("an answer");
        assert_eq!(first, [0x16]);
    }
    let per_conn = server.memory() / 1000;
    assert!(per_conn < 40 * 1024, "{per_conn} bytes");
    // A stop does not wait for them.
    server.signal(Signal::SIGTERM);
    ana.expect("* bye, ana: the server stops");
    drop((ana, bob));
    server.expect_exit(0);
    drop(halves);
}
