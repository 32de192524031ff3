//! Strangers, each from an address of their own: what they can use up, and what they cannot. In a
//! network of its own, because loopback is exempt from most limits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::folder::Folder;
use crate::harness::{PATIENCE, Server, command};
use crate::people::{Person, Talker};
use crate::space::{alone, connect, vanish};

const PASSWORD: &str = "open sesame";
const OPERATOR: &str = "* you are an operator; /help lists your commands, too";
/// The port of ChatTruco's server and clients.
const PORT: u16 = 54319;
const HERE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);

/// A server on loopback, where the operator is, and for all others.
fn start(folder: &Folder, options: &str) -> Server {
    let more = format!("{} --listen 0 {options}", folder.options());
    Server::launch(command(&more), 2)
}

fn v4(third: u8, fourth: u8) -> IpAddr {
    [10, 77, third, fourth].into()
}

/// A host of a stranger's network.
fn v6(host: u16) -> IpAddr {
    Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, host).into()
}

/// A client from that address.
fn stranger(server: &Server, from: IpAddr) -> Talker {
    let here: IpAddr = match from {
        IpAddr::V4(_) => HERE.into(),
        IpAddr::V6(_) => v6(1),
    };
    let place = SocketAddr::new(here, server.places[1].port());
    Talker::from(connect(from, place))
}

fn registers(mut user: Talker) {
    user.say(&format!("/register {PASSWORD}"));
    // Others join and leave meanwhile.
    while !user.hear().expect("an answer").contains(" is registered; ") {}
    user.say("/quit");
    while user.hear().is_some() {}
}

/// A registered user logs in and leaves.
#[track_caller]
fn logs_in(mut user: Talker, name: &str) {
    user.expect("* papo: what is your name?");
    user.say(name);
    user.expect_start("* papo: what is the password of ");
    user.say(PASSWORD);
    user.expect_start(&format!("* welcome, {name}! "));
    user.say("/quit");
    while let Some(line) = user.hear() {
        assert!(line.starts_with("* "), "{line}");
    }
}

/// The operator connects from the host and becomes one.
#[track_caller]
fn becomes_operator(server: &Server) {
    let mut chief = Talker::connect(server).named("chefe");
    chief.say(&format!("/admin {PASSWORD}"));
    while chief.hear().expect("an answer") != OPERATOR {}
    chief.say("/quit");
    while chief.hear().is_some() {}
}

/// ana loses the network and returns from the same address; meanwhile bob may talk.
fn ana_comes_back(bob_talks: bool) {
    alone(|| {
        let folder = Folder::new(&format!("ghost-{bob_talks}"), PASSWORD);
        let server = start(&folder, "");
        let mut bob = stranger(&server, v6(20)).named("bob");
        let socket = connect(v6(21), SocketAddr::new(v6(1), server.places[1].port()));
        let filter = socket.try_clone().expect("a descriptor");
        let mut ghost = Talker::from(socket).named("ana");
        bob.expect("* ana joined");
        // From now on packets to it are dropped silently.
        vanish(&filter);
        if bob_talks {
            bob.say("hello?");
        }
        // A user from another address does not get the name, and a user who is online keeps theirs.
        for (from, name) in [(22, "ana"), (20, "bob")] {
            let mut thief = stranger(&server, v6(from));
            thief.expect("* papo: what is your name?");
            thief.say(name);
            if name == "bob" {
                thief.expect_start("* bob is taken; checking if");
            }
            thief.expect(&format!("! the name {name} is taken; try another"));
        }
        let mut ana = stranger(&server, v6(21));
        ana.expect("* papo: what is your name?");
        ana.say("ana");
        ana.expect_start("* ana is taken; checking if");
        ana.expect_start("* welcome, ana! ");
        bob.expect("* ana is back");
        ghost.send("");
    });
}

#[test]
fn a_user_who_lost_the_network_gets_their_name_back() {
    ana_comes_back(false);
}

#[test]
fn a_user_who_lost_the_network_while_others_talk_gets_their_name_back() {
    ana_comes_back(true);
}

/// The answer to a ChatTruco client.
fn ask(client: &UdpSocket, text: &str) -> String {
    let sent = client.send_to(text.as_bytes(), (HERE, PORT));
    sent.expect("it is sent");
    loop {
        let mut answer = [0; 2048];
        let n = client.recv(&mut answer).expect("an answer");
        // Heartbeats come unasked.
        if !answer.starts_with(b"Truco ") {
            return String::from_utf8_lossy(&answer[..n]).into_owned();
        }
    }
}

fn client(third: u8, fourth: u8) -> UdpSocket {
    let client = UdpSocket::bind((v4(third, fourth), PORT)).expect("free");
    let set = client.set_read_timeout(Some(PATIENCE));
    set.expect("a timeout");
    client
}

/// Logins of unknown e-mails from 1500 addresses, about a thousand a second, until `stop`; then for
/// so many.
fn flood(stop: &AtomicBool, word: &str) {
    for n in 0..60_000_u32 {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (third, fourth) = (100 + (n % 1500 / 250) as u8, 1 + (n % 250) as u8);
        let socket = UdpSocket::bind((v4(third, fourth), 0)).expect("an address");
        let text = format!("{word} r{n}@z w");
        // A full buffer of the server is part of the flood.
        let _ = socket.send_to(text.as_bytes(), (HERE, PORT));
        if n % 50 == 0 {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Stops a flood, also if its test fails.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn forged_datagrams_do_not_block_logins() {
    alone(|| {
        let folder = Folder::new("forged", PASSWORD);
        let options = format!("--chattruco {HERE}:{PORT} --per-minute 0");
        let server = start(&folder, &options);
        registers(stranger(&server, v4(0, 2)).named("ana"));
        let eva = client(0, 9);
        assert_eq!(ask(&eva, "Sin eva@x secret"), "sin_ok");
        for word in ["Con", "Sin"] {
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| flood(&stop, word));
                let _stop = StopAtEnd(&stop);
                // The flood has begun, and its senders get answers.
                let one = client(102, 7);
                let mut answer = [0; 2048];
                one.recv(&mut answer).expect("it is answered");
                for host in 0..20 {
                    logs_in(stranger(&server, v4(1, host)), "ana");
                    becomes_operator(&server);
                    let name = format!("{}{host}", word.to_lowercase());
                    registers(stranger(&server, v4(2, host)).named(&name));
                }
                let list = ask(&eva, "Con eva@x secret");
                assert!(list.contains("eva@x:10.77.0.9#"), "{list}");
            });
        }
    });
}

#[test]
fn the_addresses_of_one_host_register_no_more_than_one_does() {
    alone(|| {
        let folder = Folder::new("one-host", PASSWORD);
        let server = start(&folder, "--per-minute 0");
        registers(stranger(&server, v4(0, 2)).named("ana"));
        let mut crowd: Vec<Talker> = (0..100)
            .map(|host| stranger(&server, v6(100 + host)).named(&format!("v{host}")))
            .collect();
        for one in &mut crowd {
            one.say("/register secret");
            one.say("/unregister");
        }
        logs_in(stranger(&server, v4(1, 1)), "ana");
        becomes_operator(&server);
        let mut registered = 0;
        for one in &mut crowd {
            registered += usize::from(loop {
                let line = one.hear().expect("an answer");
                if line.contains(" is registered; next time") {
                    break true;
                }
                if line.starts_with("! too many passwords") {
                    break false;
                }
                assert!(line.starts_with("* "), "{line}");
            });
        }
        assert_eq!(registered, 10, "of one /64");
    });
}

#[test]
fn a_wrong_password_counts_even_if_the_asker_is_gone() {
    alone(|| {
        let folder = Folder::new("gone-asker", PASSWORD);
        let mut server = start(&folder, "--per-minute 0");
        for round in 0..14 {
            let mut evil = stranger(&server, v4(3, round)).named(&format!("evil{round}"));
            // Handled in the same turn, so it is asked before this one disconnects.
            evil.send("/online\n/admin wrong\n");
            evil.expect_start("* 1 here");
            let from = evil.address();
            evil.reset();
            if round < 10 {
                let line = server.log.find("wrong password of the operators by evil");
                assert!(line.ends_with(&from.to_string()), "{line}");
            }
        }
        becomes_operator(&server);
        // A user from the network waits until those ten are forgotten.
        let mut other = stranger(&server, v4(4, 1)).named("other");
        other.say(&format!("/admin {PASSWORD}"));
        other.expect_start("! too many passwords; try again in ");
    });
}

#[test]
fn a_full_server_has_a_place_for_its_operator() {
    alone(|| {
        let folder = Folder::new("full", PASSWORD);
        let server = start(&folder, "--max-conns 100 --per-minute 0");
        let mut all: Vec<Talker> = (0..100)
            .map(|n| stranger(&server, v4(1 + (n % 34), 1)))
            .collect();
        for one in &mut all[..92] {
            one.expect("* papo: what is your name?");
        }
        for one in &mut all[92..] {
            one.expect("* bye: the server is full, please try again later");
        }
        for _ in 0..3 {
            becomes_operator(&server);
        }
    });
}

#[test]
fn one_network_does_not_fill_a_server_and_a_class_keeps_its_places() {
    alone(|| {
        let folder = Folder::new("network", PASSWORD);
        let server = start(&folder, "--max-conns 100 --per-minute 0");
        let mut class: Vec<Talker> = (0..75).map(|n| stranger(&server, v6(100 + n))).collect();
        for one in &mut class {
            one.expect("* papo: what is your name?");
        }
        let mut late = stranger(&server, v6(1000));
        late.expect("* bye: too many connections from your address");
        late.expect_end();
        stranger(&server, v4(1, 1)).named("ana");
        for (n, one) in class.iter_mut().enumerate() {
            one.say(&format!("c{n}"));
            one.expect_start("* welcome, ");
        }
    });
}
