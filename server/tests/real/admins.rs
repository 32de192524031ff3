//! Operators by `/admin`: who becomes one, bans across a restart and by address, and which password
//! files are legal.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Stdio;

use nix::sys::signal::Signal;

use crate::folder::Folder;
use crate::harness::{PATIENCE, Server, command};
use crate::people::{Person, Talker};

/// A user who joins and becomes an operator; the others are told only of the join.
pub(crate) fn operator(server: &Server) -> Talker {
    let mut ana = Talker::join(server, "ana");
    ana.say("/admin open sesame");
    ana.expect("* you are an operator; /help lists your commands, too");
    ana
}

#[test]
fn a_ban_survives_a_restart() {
    let folder = Folder::new("restart", "open sesame\nnot this line\n");
    let mut server = Server::start(&folder.options());
    let mut bob = Talker::join(&server, "bob");
    let mut ana = operator(&server);
    bob.expect("* ana joined");
    ana.say("/ban BOB 2h too loud");
    ana.expect("* bob is banned for 2 h and out");
    bob.expect("* bye, bob: you are banned (too loud)");
    bob.expect_end();
    ana.expect("* bob left (banned: too loud)");
    ana.say("/ban carl");
    ana.expect("* carl is banned");
    ana.say("/unban carl");
    ana.expect("* carl is not banned any more");
    server.log.find("ana is an operator now, 127.0.0.1:");
    server.log.find("operator ana: ban \"BOB\" for 7200 s");
    server.log.find("operator ana: unban \"carl\"");
    // The worker answers in order: when this is answered, the bans are on disk.
    ana.say("/register a password");
    ana.expect("* ana is registered; next time, give the name and then your password");
    server.signal(Signal::SIGKILL);
    drop(ana);
    let log = server.log.rest();
    assert!(!log.iter().any(|line| line.contains("sesame")), "{log:#?}");

    let server = Server::start(&folder.options());
    let mut bob = Talker::connect(&server);
    bob.expect("* papo: what is your name?");
    bob.say("Bob");
    bob.expect("! the name Bob is banned (too loud)");
    bob.say("carl");
    bob.expect("* welcome, carl! you are alone in lobby; /help lists the commands");
    bob.say("/admin open sesame");
    bob.expect("* you are an operator; /help lists your commands, too");
    bob.say("/banned");
    bob.expect("* 1 banned:");
    bob.expect("* bob, 2 h left, by ana (too loud)");
}

#[test]
fn wrong_passwords_are_slowed_and_logged() {
    let folder = Folder::new("wrong", "open sesame");
    let mut server = Server::start(&folder.options());
    let mut ana = Talker::join(&server, "ana");
    for _ in 0..10 {
        ana.say("/admin open barley");
        ana.expect("! that is not the password");
    }
    ana.say("/admin");
    ana.expect("* papo: what is the password of the operators? (an empty line: none)");
    // Neither right nor wrong: it is not looked at.
    ana.say("open sesame");
    ana.expect_start("! too many passwords; try again in ");
    ana.expect("* papo: what is the password of the operators? (an empty line: none)");
    ana.say("/kick bob");
    ana.expect("! only operators may do that");
    for _ in 0..10 {
        server
            .log
            .find("warning: wrong password of the operators by ana, 127.0.0.1:");
    }
    server.signal(Signal::SIGTERM);
    drop(ana);
    let log = server.log.rest();
    assert!(!log.iter().any(|line| line.contains("open ")), "{log:#?}");
}

#[test]
fn without_a_password_there_are_no_operators() {
    let server = Server::start("");
    let mut ana = Talker::join(&server, "ana");
    ana.say("/admin open sesame");
    ana.expect("! this server has no operators' password");
    ana.say("/lag");
    let told = ana.expect_start("* you have 0 bytes waiting in your queue; ");
    let numbers = told
        .strip_prefix("* you have 0 bytes waiting in your queue; the server's last turn took ")
        .and_then(|rest| rest.strip_suffix(" ms"))
        .and_then(|rest| rest.split_once(" ms, the longest in the last minute "));
    let (last, longest) = numbers.unwrap_or_else(|| panic!("{told}"));
    let (last, longest): (f64, f64) = (
        last.parse().expect("a number"),
        longest.parse().expect("a number"),
    );
    assert!(longest >= last, "{told}");
}

#[test]
fn a_file_that_holds_no_password() {
    let length = "the first line has to have 1 to 128 bytes and no / in front";
    let not_utf8 = "the first line is not UTF-8 text; save the file as UTF-8";
    let hidden = "the first line has characters that nobody sees";
    for (test, password, why) in [
        ("empty", &b""[..], length),
        ("blank", b" \nopen sesame\n", length),
        ("slash", b"/quit", length),
        // Latin-1, UTF-16 and what a program made of either.
        ("latin", b"cora\xe7\xe3o\n", not_utf8),
        ("utf16", b"\xff\xfeo\0p\0e\0n\0\n\0", not_utf8),
        ("lossy", "cora\u{fffd}\u{fffd}o\n".as_bytes(), not_utf8),
        ("hidden", "open\u{200b}sesame".as_bytes(), hidden),
    ] {
        refuses(&Folder::new(test, password), why);
    }
    let folder = Folder::new("missing", "");
    fs::remove_file(folder.file()).expect("it is there");
    refuses(&folder, "No such file");
}

fn refuses(folder: &Folder, why: &str) {
    let ended = command(&folder.options()).stderr(Stdio::piped()).output();
    let ended = ended.expect("it starts");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains(why), "{told}");
}

#[test]
fn a_password_with_accents_is_the_same_from_every_keyboard() {
    // With the byte order mark of some editors.
    let folder = Folder::new("accents", "\u{feff}coração\n");
    let server = Server::start(&folder.options());
    for typed in ["coração", "corac\u{327}a\u{303}o"] {
        let mut ana = Talker::join(&server, "ana");
        ana.say(&format!("/admin {typed}"));
        ana.expect("* you are an operator; /help lists your commands, too");
        ana.say("/quit");
        ana.expect("* bye, ana");
    }
}

#[test]
fn a_file_that_others_can_read_is_warned_of() {
    let folder = Folder::new("open", "open sesame\r\n");
    folder.allow(0o644);
    let mut server = Server::start(&folder.options());
    server
        .log
        .find("can be read by others (mode 644); make it 600");
    operator(&server);
}

#[test]
fn the_console_bans_and_is_told_when_the_disk_does_not() {
    let folder = Folder::new("disk", "open sesame");
    let mut server = Server::with_keyboard(&folder.options());
    // The server has read its accounts once it serves. Now a file replaces the directory.
    drop(Talker::join(&server, "ana"));
    fs::remove_dir_all(folder.data()).expect("it is ours");
    fs::write(folder.data(), "").expect("a file");
    server.types("/ban bob 7d");
    server.screen.find("bob is banned for 7 d");
    server.screen.find("that could not be kept on the disk");
    server.log.find("error: accounts: keeping a ban failed: ");
    server.types("/banned");
    server.screen.expect("1 banned:");
    server.screen.find("bob, 7 d left, by the console");
}

#[test]
fn orders_just_before_a_stop_are_stored() {
    let folder = Folder::new("stop", "open sesame");
    let mut server = Server::with_keyboard(&folder.options());
    server.types("/ban bob\n/quit");
    server.screen.find("bob is banned");
    server.expect_exit(0);
    let server = Server::start(&folder.options());
    let mut bob = Talker::connect(&server);
    bob.expect("* papo: what is your name?");
    bob.say("bob");
    bob.expect("! the name bob is banned");
}

/// An address of this host that is not loopback, if it has one. No packet is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("198.51.100.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[test]
fn an_address_is_banned_for_every_transport() {
    let Some(address) = own_address() else {
        eprintln!("not tested: this host has no address but loopback");
        return;
    };
    let folder = Folder::new("address", "open sesame");
    let more = format!("--listen {address}:0 --chattruco {address}:0 --chattruco-source-port");
    let mut server = Server::launch(command(&format!("{} {more}", folder.options())), 2);
    let directory = server.screen.find("chattruco on ");
    let directory = directory.trim_start_matches("papo-server: chattruco on ");
    let directory: SocketAddr = directory
        .trim_end_matches("/udp")
        .parse()
        .expect("an address");
    let mut ana = operator(&server);
    let mut bob = Talker::to(server.places[1]).named("bob");
    ana.expect("* bob joined");
    ana.say("/whois bob");
    ana.expect_start("* bob is in lobby, ");
    ana.expect(&format!("* bob comes from {address}"));

    ana.say("/ban bob");
    ana.expect(&format!(
        "* bob is banned and out; it came from {address}, /ban {address} bans that"
    ));
    bob.expect("* bye, bob: you are banned");
    bob.expect_end();
    ana.expect("* bob left (banned)");
    let mut carl = Talker::to(server.places[1]).named("carl");
    ana.expect("* carl joined");
    ana.say(&format!("/ban {address}/32 1h enough"));
    ana.expect(&format!("* {address} is banned for 1 h, 1 user is out"));
    carl.expect("* bye, carl: you are banned (enough)");
    carl.expect_end();
    ana.expect("* carl left (banned: enough)");
    let mut dan = Talker::to(server.places[1]);
    dan.expect("* bye: you are banned");
    dan.expect_end();

    let truco = UdpSocket::bind((address, 0)).expect("an address of ours");
    truco.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let send = |text: &str| truco.send_to(text.as_bytes(), directory).expect("sent");
    let mut answer = [0; 100];
    send("Sin dan@x.org secret");
    let (count, _) = truco.recv_from(&mut answer).expect("an answer");
    assert_eq!(&answer[..count], b"sin_erro", "it is banned");
    send("Con dan@x.org secret");
    let (count, _) = truco.recv_from(&mut answer).expect("an answer");
    assert_eq!(&answer[..count], b"erro", "it is banned");
    ana.say("/unban BOB");
    ana.expect("* bob is not banned any more");
    ana.say(&format!("/unban {address}"));
    ana.expect(&format!("* {address} is not banned any more"));
    ana.say("/lockdown on");
    ana.expect("* lockdown: only users with registered names come in; /lockdown off ends that");
    send("Sin dan@x.org secret");
    ana.say("/lockdown off");
    ana.expect("* no lockdown: everybody may come in");
    let (count, _) = truco.recv_from(&mut answer).expect("an answer");
    assert_eq!(&answer[..count], b"sin_erro", "it does not wait in vain");
    send("Con dan@x.org secret");
    let (count, _) = truco.recv_from(&mut answer).expect("an answer");
    assert_eq!(&answer[..count], b"erro_em", "dan could not register");
    send("Sin eva@x.org secret");
    let (count, _) = truco.recv_from(&mut answer).expect("an answer");
    assert_eq!(&answer[..count], b"sin_ok");
    let bob = Talker::to(server.places[1]).named("bob");
    ana.expect("* bob joined");
    drop((ana, bob));
}
