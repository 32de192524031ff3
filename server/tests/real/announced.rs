//! Servers that announce themselves, and papo without an address, on both ends of a cable; multicast does not
//! leave it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use socket2::{Domain, Socket, Type};

use crate::folder::Folder;
use crate::harness::{PATIENCE, PROGRAM, Server, our_name};
use crate::people::{Person, Talker, papo, papo_command};
use crate::space::{Host, alone};

/// A server on all addresses that has told the network of itself.
fn announced(options: &[&str]) -> Server {
    let mut command = Command::new(PROGRAM);
    command.args(["--listen", "0", "--user", &our_name()]);
    command.args(options).stdin(Stdio::null());
    let mut server = Server::launch(command, 1);
    server.log.find("announced to the network as ");
    server
}

/// The outputs of papo, which says hello, and how it ends.
fn by_papo(mut papo: Command, options: &[&str]) -> (String, String, Option<i32>) {
    let state = Folder::new("announced", "");
    let line = ["--lang", "en"];
    papo.args(line)
        .args(options)
        .env("XDG_STATE_HOME", state.data());
    let (reads, writes) = nix::unistd::pipe().expect("a pipe");
    nix::unistd::write(&writes, b"hello\n").expect("it is open");
    drop(writes);
    let output = papo.stdin::<OwnedFd>(reads).output().expect("papo starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code();
    (text(&output.stdout), text(&output.stderr), code)
}

fn on(host: &Host) -> Command {
    let mut command = host.command(papo().to_str().expect("UTF-8"));
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

#[test]
fn papo_joins_the_only_server_on_the_network() {
    alone(|| {
        let host = Host::new();
        let mut server = announced(&["--announce-as", "Class 7b"]);
        let mut bob = Talker::join(&server, "bob");
        let port = server.address().port();
        // From another computer, and from its own, where it has not the usual port.
        for papo in [on(&host), papo_command()] {
            let (told, said, code) = by_papo(papo, &["--name", "ana"]);
            let here = Host::HERE;
            assert_eq!(
                said,
                format!(
                    "no server on this computer; looking for one on the network\n\
                     found papo {here}:{port}  Class 7b\n"
                )
            );
            assert!(told.contains("* welcome, ana! you are in lobby"), "{told}");
            assert_eq!(code, Some(0));
            bob.expect_start("* ana ");
            bob.expect("<ana> hello");
            bob.expect("* ana left");
        }
        // A password goes nowhere because of an announcement.
        let password = Folder::new("announced-password", "secret\n");
        let file = password.file();
        let options = [
            "--name",
            "ana",
            "--password-file",
            file.to_str().expect("UTF-8"),
        ];
        let (told, said, code) = by_papo(on(&host), &options);
        assert_eq!((told.as_str(), code), ("", Some(1)));
        assert!(
            said.contains("a password goes only to a server that you name"),
            "{said}"
        );
        let (_, said, code) = by_papo(on(&host), &["--tls"]);
        assert!(
            said.contains("no server on the network speaks TLS"),
            "{said}"
        );
        assert_eq!(code, Some(1));
        bob.expect_nothing_else();
        let network = listener();
        server.signal(Signal::SIGTERM);
        server.expect_exit(0);
        drop(bob);
        wait_for_farewell(&network);
        let (told, said, code) = by_papo(on(&host), &[]);
        assert!(said.contains("none is announced on the network"), "{said}");
        assert_eq!((told.as_str(), code), ("", Some(1)));
    });
}

#[test]
fn papo_lists_several_servers_and_prefers_tls() {
    alone(|| {
        let host = Host::new();
        let clear = announced(&["--announce-as", "clear"]);
        let secure = announced(&["--announce-as", "secure", "--tls", "self"]);
        let [plain, tls] = [&clear, &secure].map(|server| server.address().port());
        let (told, said, code) = by_papo(on(&host), &["--name", "ana"]);
        assert_eq!((told.as_str(), code), ("", Some(1)));
        let here = Host::HERE;
        let mut lines: Vec<&str> = said.lines().skip(2).map(str::trim).collect();
        lines.sort_unstable();
        let mut expected = [
            format!("papo {here}:{plain}        clear"),
            format!("papo --tls {here}:{tls}  secure"),
        ];
        expected.sort();
        // The columns depend on the length of the ports.
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let lines: Vec<_> = lines.into_iter().map(words).collect();
        assert_eq!(lines, expected.map(|line| words(&line)), "{said}");
        let mut bob = Talker::join(&secure, "bob");
        drop(clear);
        let (told, said, code) = by_papo(on(&host), &["--name", "ana"]);
        assert!(
            said.contains("found papo --tls ") && said.contains("is new"),
            "{said}"
        );
        assert!(told.contains("* welcome, ana!"), "{told}");
        assert_eq!(code, Some(0));
        bob.expect("* ana joined");
        bob.expect("<ana> hello");
    });
}

#[test]
fn papo_says_that_there_is_no_network() {
    alone(|| {
        let (told, said, code) = by_papo(papo_command(), &[]);
        assert!(said.contains("it is on no network"), "{said}");
        assert_eq!((told.as_str(), code), ("", Some(1)));
    });
}

#[test]
fn what_cannot_be_announced_is_logged_and_the_server_serves() {
    let mut server = Server::start("--announce");
    server
        .log
        .find("warning: --announce: the network is told nothing: ");
    Talker::join(&server, "ana");
}

/// Hears what is multicast on the cable.
fn listener() -> UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
    let (group, any) = (Ipv4Addr::new(224, 0, 0, 251), Ipv4Addr::UNSPECIFIED);
    let bound = socket
        .set_reuse_port(true)
        .and_then(|()| socket.set_reuse_address(true))
        .and_then(|()| socket.bind(&SocketAddr::from((any, 5353)).into()))
        .and_then(|()| socket.join_multicast_v4(&group, &Host::HERE));
    bound.expect("others listen there, too");
    let socket = UdpSocket::from(socket);
    let often = Some(Duration::from_secs(1));
    socket.set_read_timeout(often).expect("a socket");
    socket
}

/// Waits for a pointer to the server that is valid no more.
#[track_caller]
fn wait_for_farewell(network: &UdpSocket) {
    let until = Instant::now() + PATIENCE;
    // Its kind and class, and no seconds.
    let gone = [0, 12, 0, 1, 0, 0, 0, 0];
    let mut packet = [0; 9000];
    while Instant::now() < until {
        let heard = network.recv(&mut packet).unwrap_or(0);
        if packet[..heard].windows(gone.len()).any(|part| part == gone) {
            return;
        }
    }
    panic!("the network is not told that the server is gone");
}
