//! ChatTruco's client on the server's own host: it binds its port on every address, with no option, so
//! the kernel refuses whoever comes second; in a network namespace it has a port of its own.
//!
//! Each test has a network of its own, and is skipped without the right to that.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::gettid;
use socket2::{Domain, Socket, Type};

use crate::harness::{Output, PATIENCE, Server, command, end_of};
use crate::space::{alone, ip};
use crate::world::{Folder, PORT};

/// The server with a directory there.
fn serve(place: &str, folder: &Folder) -> Command {
    let mut command = command(&format!("--chattruco {place}"));
    command
        .arg("--data")
        .arg(folder.path())
        .stdin(Stdio::null());
    command
}

/// The original's socket.
fn plain() -> std::io::Result<UdpSocket> {
    UdpSocket::bind(("0.0.0.0", PORT))
}

/// Places of a server that a client of the host cannot live beside.
const PLACES: [&str; 4] = ["54319", "10.77.0.1:54319", "127.0.0.5:54319", "[::]:54319"];

#[test]
fn the_second_at_the_port_is_refused_whatever_the_address_of_the_server() {
    alone(|| {
        let folder = Folder::new();
        for place in PLACES {
            let server = Server::launch(serve(place, &folder), 1);
            let error = plain().expect_err(place);
            assert_eq!(error.kind(), ErrorKind::AddrInUse, "{place}");
            drop(server);
            let client = plain().expect("nobody else is here");
            let mut late = serve(place, &folder);
            let mut late = late.stderr(Stdio::piped()).spawn().expect("it starts");
            let mut faults = Output::of(late.stderr.take());
            assert_eq!(end_of(&mut late).code(), Some(1), "{place}");
            let fault = faults.find("is in use");
            assert!(fault.contains("ChatTruco"), "{fault}");
            drop(client);
        }
    });
}

#[test]
fn no_option_of_the_server_alone_lets_both_live() {
    alone(|| {
        for (address, family) in [("0.0.0.0", Domain::IPV4), ("10.77.0.1", Domain::IPV4)] {
            let address: SocketAddr = (format!("{address}:{PORT}")).parse().expect("an address");
            let server = Socket::new(family, Type::DGRAM, None).expect("a socket");
            server.set_reuse_address(true).expect("an option");
            server.set_reuse_port(true).expect("an option");
            server.bind(&address.into()).expect("it is free");
            let error = plain().expect_err("the client sets none");
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
        }
    });
}

#[test]
fn a_client_that_binds_one_address_lives_beside_a_server_at_another() {
    alone(|| {
        let folder = Folder::new();
        let _server = Server::launch(serve("10.77.0.1:54319", &folder), 1);
        let client = UdpSocket::bind(("10.77.0.2", PORT)).expect("another address");
        check_served(&client, "10.77.0.1", "10.77.0.2");
    });
}

#[test]
fn in_a_network_namespace_a_client_reaches_the_server_of_its_host() {
    alone(|| {
        let folder = Folder::new();
        let _server = Server::launch(serve("54319", &folder), 1);
        let (place, told) = channel();
        let (ready, is_ready) = channel();
        let inside = thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).expect("the first one was made");
            place.send(gettid()).expect("it listens");
            is_ready.recv().expect("it is connected");
            ip("addr add 10.54.31.2/24 dev eth0");
            ip("link set eth0 up");
            check_served(
                &plain().expect("a port of its own"),
                "10.54.31.1",
                "10.54.31.2",
            );
        });
        let inside_of = told.recv().expect("a namespace");
        ip(&format!(
            "link add truco0 type veth peer name eth0 netns {inside_of}"
        ));
        ip("addr add 10.54.31.1/24 dev truco0");
        ip("link set truco0 up");
        ready.send(()).expect("it listens");
        inside.join().expect("it is served");
    });
}

/// The client registers and logs in, and gets heartbeats.
#[track_caller]
fn check_served(client: &UdpSocket, server: &str, own: &str) {
    client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let hear = || {
        let mut buffer = [0; 2048];
        let (length, from) = client.recv_from(&mut buffer).expect("an answer");
        assert_eq!(from.to_string(), format!("{server}:{PORT}"));
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let ask = |question: &str| {
        let sent = client.send_to(question.as_bytes(), (server, PORT));
        sent.expect("it goes out");
    };
    ask("Sin eva@escola.br segredo");
    assert_eq!(hear(), "sin_ok");
    ask("Con eva@escola.br segredo");
    let list = format!("eva@escola.br:{own}#");
    assert_eq!(hear(), list);
    for _ in 0..5 {
        assert_eq!(hear(), format!("Truco {list}"));
        ask("Seis eva@escola.br");
    }
}
