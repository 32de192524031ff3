//! Where the server listens: all five systems at their ports, and ChatTruco on every address of the
//! host.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};

use crate::forms::Pessoa;
use crate::harness::{Output, PATIENCE, PROGRAM, Server, command, end_of, our_name};
use crate::people::{Person, Talker};
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::{Folder, PORT, net};

#[test]
fn seeds_opens_all_five_and_says_so() {
    let folder = Folder::new();
    let mut command = Command::new(PROGRAM);
    command
        .args(["--user", &our_name(), "--seeds", "--data"])
        .arg(folder.path());
    // Not on every address, since servers of other tests use this port on theirs.
    command.args(["--chattruco", "127.255.255.254:54319"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = Ended(command.spawn().expect("it starts"));
    let Ended(child) = &mut child;
    let mut screen = Output::of(child.stdout.take());
    let mut faults = Output::of(child.stderr.take());
    let mut told = Vec::new();
    for port in ["4004", "9999", "3001", "12345", "54319"] {
        while !told.iter().any(|line: &String| line.contains(port)) {
            match screen.next() {
                Some(line) => told.push(line),
                None => {
                    // If somebody on this machine uses one of them, the server says so.
                    assert_eq!(end_of(child).code(), Some(1));
                    faults.find("is in use");
                    return;
                }
            }
        }
    }
    for system in [
        "TChat",
        "Chat em Tempo Real",
        "Sistema de Chat TCP",
        "ChatTruco",
        "Chat em Rede",
    ] {
        while !told.iter().any(|line: &String| line.contains(system)) {
            told.push(screen.next().expect("a table of the systems"));
        }
    }
    let mut user = TChat::to(([127, 0, 0, 1], 4004).into());
    user.enters("de4004");
    let mut user = Vpn::to(([127, 0, 0, 1], 9999).into(), "de9999");
    user.welcomed("de9999");
    // Those who send lines are at papo's own port.
    Talker::to(([127, 0, 0, 1], 12345).into()).named("de12345");
}

/// Killed also when the test fails: nobody else could use its ports.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn on_every_address_it_answers_from_the_one_that_was_asked() {
    let (folder, [a, b]) = (Folder::new(), net());
    // Another port, because other tests use the usual one.
    let mut command = command("--rate 0 --chattruco 0");
    command.arg("--data").arg(folder.path());
    let mut server = Server::launch(command, 1);
    let place = server.screen.find("chattruco on ");
    let (_, place) = place.split_once("0.0.0.0:").expect("all addresses");
    let port = place.trim_end_matches("/udp").parse().expect("a port");
    let mut ana = Talker::join(&server, "ana");
    let client = UdpSocket::bind((IpAddr::from([127, a, b, 2]), PORT)).expect("it is free");
    client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    for asked in [7, 8] {
        let asked = SocketAddr::from(([127, a, b, asked], port));
        let email = format!("eva@de{}", asked.ip());
        // Its heartbeats are answered.
        let hear = || {
            loop {
                let mut buffer = [0; 2048];
                let (length, from) = client.recv_from(&mut buffer).expect("an answer");
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if !text.starts_with("Truco ") {
                    return (text, from);
                }
                let sent = client.send_to(format!("Seis {email}").as_bytes(), asked);
                sent.expect("it goes out");
            }
        };
        let sent = client.send_to(format!("Sin {email} segredo").as_bytes(), asked);
        sent.expect("it goes out");
        assert_eq!(hear(), ("sin_ok".to_owned(), asked));
        let sent = client.send_to(format!("Con {email} segredo").as_bytes(), asked);
        sent.expect("it goes out");
        let (list, from) = hear();
        assert_eq!(from, asked);
        // Users of other systems have the server's address as this client knows it.
        assert!(list.contains(&format!("ana:{}#", asked.ip())), "{list}");
        // The other's heartbeats are not answered, so it may be gone by now.
        let joined = format!("* {email} joined (direct)");
        while ana.hear().expect("a line") != joined {}
        ana.say(&format!("@{email} oi"));
        let message = format!("Envia {email} ana #m#oi");
        assert_eq!(hear(), (message, asked));
    }
}
