//! The operator's side: the console, the screen and the log.

use std::fs::File;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use crate::harness::{PROGRAM, Server, command, our_name};
use crate::people::{Person, Talker};

#[test]
fn the_operator_speaks_looks_and_removes() {
    let mut server = Server::with_keyboard("");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::connect(&server);
    bob.expect("* papo: what is your name?");
    bob.say("/lang pt");
    bob.expect("* seu idioma é português");
    bob.expect("* papo: qual é o seu nome?");
    bob.say("bob");
    bob.expect("* boas-vindas, bob! você está em lobby com ana; /ajuda lista os comandos");
    ana.expect("* bob joined");
    bob.say("/join games");
    bob.expect("* você está só em games");
    ana.expect("* bob went to games");

    for word in ["quit", "Ajuda"] {
        server.types(word);
        server.screen.find("that was not said; /quit stops");
    }
    server.types("tea is ready");
    ana.expect("* [server] tea is ready");
    bob.expect("* [servidor] tea is ready");
    server.types("//quit is a command");
    ana.expect("* [server] /quit is a command");
    bob.expect("* [servidor] /quit is a command");
    server.types("");
    server.types("/online");
    server.screen.find("2 online");
    server.screen.expect("  ana (lobby)");
    server.screen.expect("  bob (games)");
    server.types("/kick nobody");
    server.screen.expect("no such user: nobody");
    server.types("/kick");
    server.screen.expect("usage: /kick NAME [REASON]");
    server.types("/dance");
    server
        .screen
        .expect("no such command: /dance; /help lists them all");
    server.types("/help");
    server.screen.find("/kick NAME [REASON]: remove a user");
    server.screen.find("/quit: stop the server");

    bob.say("/join lobby");
    bob.expect("* você está em lobby com ana");
    ana.expect("* bob joined");
    server.types("/kick bob too loud");
    bob.expect("* até logo, bob: o operador encerrou a sua conexão (too loud)");
    bob.expect_end();
    ana.expect("* bob left (kicked: too loud)");
    server.types("/quit");
    ana.expect("* bye, ana: the server stops");
    ana.expect_end();
    drop((ana, bob));
    server.expect_exit(0);
}

#[test]
fn commands_that_differ_at_the_console_are_refused() {
    let mut server = Server::with_keyboard("");
    let mut ana = Talker::join(&server, "ana");
    for word in ["@ana a secret", "@ana", "/msg ana a secret"] {
        server.types(word);
        server.screen.find("the console has no private lines");
    }
    for word in ["/quit now", "/exit now"] {
        server.types(word);
        server.screen.find("usage: /quit");
    }
    for word in ["/stop", "/parar", "/leave"] {
        server.types(word);
        server.screen.find("to stop the server, type /quit");
    }
    // Not /nick, which is for users.
    server.types("/nik");
    server
        .screen
        .find("no such command: /nik; /help lists them all");
    server.types("/kik");
    server
        .screen
        .find("no such command: /kik; did you mean /kick?");
    server.types("/help quit");
    server.screen.find("/quit: stop the server");
    server.types("/help watch");
    server.screen.find("/watch ROOM: show what is said there");
    server.types("/help nick");
    server.screen.find("that is for users");
    ana.expect_nothing_else();
}

#[test]
fn the_end_of_the_keyboard_is_not_the_end_of_the_server() {
    let mut server = Server::with_keyboard("--rate 2 --burst 2");
    let mut ana = Talker::join(&server, "ana");
    server.types("last words");
    server.types_no_more();
    ana.expect("* [server] last words");
    talks_and_idles(&server, ana);
}

#[test]
fn no_keyboard_at_all() {
    let server = Server::start("--rate 2 --burst 2");
    let ana = Talker::join(&server, "ana");
    talks_and_idles(&server, ana);
}

#[test]
fn a_file_for_a_keyboard() {
    let mut command = command("--rate 2 --burst 2");
    let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    command.stdin(Stdio::from(file.expect("our manifest")));
    let server = Server::launch(command, 1);
    let ana = Talker::join(&server, "ana");
    talks_and_idles(&server, ana);
}

/// Flood control makes this take some seconds, in which a spinning server would show.
fn talks_and_idles(server: &Server, mut ana: Talker) {
    let mut bob = Talker::join(server, "bob");
    ana.expect("* bob joined");
    server.expect_idle(|| {
        for n in 0..6 {
            bob.say(&format!("line {n}"));
            ana.expect(&format!("<bob> line {n}"));
        }
    });
}

#[test]
fn comings_and_goings_are_logged_and_what_is_said_is_not() {
    let mut server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    let address = ana.address();
    ana.say("a secret");
    ana.say("@bob a private secret");
    ana.say("/quit a secret reason");
    bob.expect("* ana joined");
    bob.expect("<ana> a secret");
    bob.expect("[private from ana] a private secret");
    bob.expect("* ana left: \"a secret reason\"");
    let connected = server.log.find(&format!("{address} connected"));
    let time: Vec<&str> = connected.split([':', ' ']).take(3).collect();
    assert!(
        time.iter()
            .all(|part| part.len() == 2 && part.parse::<u8>().is_ok()),
        "{connected}"
    );
    server.log.find(&format!("ana joined from {address}"));
    let left = server.log.find("ana left");
    assert!(left.contains(&address.to_string()), "{left}");
    drop((ana, bob));
    server.signal(nix::sys::signal::Signal::SIGTERM);
    server.expect_exit(0);
    let told: Vec<String> = server.log.rest();
    assert!(
        !told.iter().any(|line| line.contains("secret")),
        "{told:#?}"
    );
}

#[test]
fn at_debug_public_lines_are_logged_and_private_ones_are_not() {
    let mut server = Server::start("--log debug");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    ana.say("@bob a private secret");
    ana.say("said to everybody\x1b[31m");
    server.log.find("debug: <ana> \"said to everybody[31m\"");
    bob.say("/quit");
    bob.expect("* ana joined");
    drop((ana, bob));
    server.signal(nix::sys::signal::Signal::SIGTERM);
    server.expect_exit(0);
    assert!(
        !server
            .log
            .rest()
            .iter()
            .any(|line| line.contains("private secret"))
    );
}

#[test]
fn errors_only() {
    let mut server = Server::start("--log error");
    drop(Talker::join(&server, "ana"));
    server.signal(nix::sys::signal::Signal::SIGTERM);
    server.expect_exit(0);
    assert_eq!(server.log.rest(), [""; 0]);
}

#[test]
fn nobody_reads_the_screen_or_the_log() {
    use std::io::Read;
    // `papo-server | head -1`: the reader leaves after the first line.
    let mut child = command("--log debug --keep off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut screen = child.stdout.take().expect("piped");
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        screen.read_exact(&mut byte).expect("the announcement");
        line.extend(byte);
    }
    let line = String::from_utf8(line).expect("text");
    let place = line.trim_end().rsplit(' ').next().expect("the address");
    drop((screen, child.stderr.take()));
    let mut keyboard = child.stdin.take().expect("piped");
    std::io::Write::write_all(&mut keyboard, b"/online\n/online\n").expect("it reads");
    let mut ana = Talker::to(place.parse().expect("an address")).named("ana");
    std::io::Write::write_all(&mut keyboard, b"hello\n/quit\n").expect("it reads");
    ana.expect("* [server] hello");
    ana.expect("* bye, ana: the server stops");
    drop(ana);
    assert_eq!(crate::harness::end_of(&mut child).code(), Some(0));
}

#[test]
fn a_screen_that_takes_nothing_is_told_in_the_log_once_and_served_on() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let mut child = command("")
        .stdin(Stdio::piped())
        .stdout(full.expect("every Linux has it"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut keyboard = child.stdin.take().expect("piped");
    std::io::Write::write_all(&mut keyboard, b"/online\n/online\n/quit\n").expect("it reads");
    let end = child.wait_with_output().expect("it ends");
    assert_eq!(end.status.code(), Some(0));
    let log = String::from_utf8(end.stderr).expect("text");
    let told = "warning: cannot write to standard output: No space left on device";
    assert_eq!(log.matches(told).count(), 1, "{log}");
}

#[test]
fn a_screen_and_a_log_that_were_never_open() {
    // Passed like from a manager, so that the test knows the port.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let script = r#"exec 3<&0 </dev/null >&- 2>&- && LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, PROGRAM, "--user", &our_name()]);
    command.args(["--log", "debug"]);
    command.stdin(Stdio::from(OwnedFd::from(listener)));
    let mut server = Server::launch(command, 0);
    // Output for the screen or the log must not go to a conn that got its descriptor.
    let mut ana = Talker::to(address).named("ana");
    let mut bob = Talker::to(address).named("bob");
    ana.expect("* bob joined");
    bob.say("hello");
    ana.expect("<bob> hello");
    bob.expect_nothing_else();
    server.signal(nix::sys::signal::Signal::SIGTERM);
    ana.expect("* bye, ana: the server stops");
    drop((ana, bob));
    server.expect_exit(0);
}

#[test]
fn a_storm_of_one_kind_is_counted_and_not_told_line_by_line() {
    const COMERS: u64 = 400;
    const AT_ONCE: u64 = 100;
    let mut server = Server::start("--max-conns 0");
    let mut comers = Vec::new();
    for _ in 0..COMERS / AT_ONCE {
        comers = (0..AT_ONCE).map(|_| Talker::connect(&server)).collect();
        for comer in &mut comers {
            comer.expect("* papo: what is your name?");
        }
    }
    server.signal(nix::sys::signal::Signal::SIGTERM);
    drop(comers);
    server.expect_exit(0);
    let log = server.log.rest();
    let told = log.iter().filter(|line| line.ends_with(" connected"));
    let suppressed = log.iter().filter_map(|line| {
        let (count, _) =
            line.split_once(" more lines like the last 100 of accept.rs suppressed")?;
        count.rsplit(' ').next()?.parse::<u64>().ok()
    });
    // However they fall into seconds, all are counted.
    assert_eq!(told.count() as u64 + suppressed.sum::<u64>(), COMERS);
}
