//! The console at a terminal: typed and printed text do not interrupt each other, a room's lines
//! are shown, and the terminal is restored afterwards.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use nix::unistd::{Pid, tcgetpgrp};

use crate::harness::{PATIENCE, PROGRAM, end_of, our_name, own_directory};
use crate::people::{Person, Talker};

const ROWS: u16 = 30;
const COLUMNS: u16 = 100;

/// A terminal with a program in it.
struct Terminal {
    /// The directory of its accounts.
    state: PathBuf,
    child: Child,
    keys: File,
    slave: OwnedFd,
    before: Termios,
    printed: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Terminal {
    fn run(program: &str, arguments: &[&str]) -> Terminal {
        let size = Winsize {
            ws_row: ROWS,
            ws_col: COLUMNS,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).expect("a terminal");
        let before = tcgetattr(&pty.slave).expect("its modes");
        let end = || Stdio::from(pty.slave.try_clone().expect("a descriptor"));
        // A session of its own with this terminal.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program).args(arguments);
        command.stdin(end()).stdout(end()).stderr(end());
        let state = own_directory();
        command.env("TERM", "xterm").env("XDG_STATE_HOME", &state);
        let child = command.spawn().expect("it starts");
        let keys = File::from(pty.master);
        let mut master = keys.try_clone().expect("a descriptor");
        let (sender, printed) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = master.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal {
            state,
            child,
            keys,
            slave: pty.slave,
            before,
            printed,
            screen: vt100::Parser::new(
                ROWS.try_into().expect("rows"),
                COLUMNS.try_into().expect("columns"),
                0,
            ),
        }
    }

    fn server(options: &str) -> Terminal {
        let user = our_name();
        let options = format!("--listen 127.0.0.1:0 --user {user} --rate 0 {options}");
        let arguments: Vec<&str> = options.split_whitespace().collect();
        Terminal::run(PROGRAM, &arguments)
    }

    fn press(&mut self, keys: &str) {
        let taken = self.keys.write_all(keys.as_bytes());
        taken.expect("the terminal takes keys");
    }

    fn rows(&self) -> Vec<String> {
        let rows = self.screen.screen().rows(0, COLUMNS);
        let mut rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// Waits until the screen is as expected.
    #[track_caller]
    fn wait(&mut self, what: &str, holds: impl Fn(&Terminal) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            let left = until.saturating_duration_since(Instant::now());
            match self.printed.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(_) => panic!("{what}: found\n{}", self.rows().join("\n")),
            }
        }
    }

    /// The last rows are these; whatever precedes the text of the first does not matter.
    #[track_caller]
    fn expect_end(&mut self, rows: &[&str]) {
        self.wait(&rows.join("\n"), |terminal| {
            let found = terminal.rows();
            found.len() >= rows.len()
                && rows
                    .iter()
                    .zip(&found[found.len() - rows.len()..])
                    .enumerate()
                    .all(|(n, (row, found))| match n {
                        0 => found.ends_with(row),
                        _ => found == row,
                    })
        });
    }

    fn address(&mut self) -> SocketAddr {
        let place = |row: &String| -> Option<SocketAddr> {
            let place = row.strip_prefix("papo-server: listening on ")?;
            place.parse().ok()
        };
        self.wait("it listens", |terminal| {
            let rows = terminal.rows();
            rows.iter().any(|row| place(row).is_some()) && rows.last().is_some_and(|row| row == ">")
        });
        self.rows().iter().find_map(place).expect("an address")
    }

    /// Makes the shell bring its job to the foreground.
    fn bring_back(&mut self) {
        let shell = tcgetpgrp(&self.keys).expect("a job has it");
        self.press("fg\r");
        let until = Instant::now() + PATIENCE;
        while tcgetpgrp(&self.keys) == Ok(shell) {
            assert!(Instant::now() < until, "the shell keeps the terminal");
            std::thread::yield_now();
        }
    }

    fn is_as_before(&self) -> bool {
        tcgetattr(&self.slave).is_ok_and(|modes| modes == self.before)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("it runs");
    }
}

#[test]
fn what_is_typed_stays_below_what_is_printed() {
    let mut terminal = Terminal::server("--lang en");
    let address = terminal.address();
    let mut ana = Talker::to(address).named("ana");
    terminal.press("hel");
    terminal.expect_end(&["> hel"]);
    let mut bob = Talker::to(address).named("bob");
    ana.expect("* bob joined");
    let joined = format!("bob joined from {}", bob.address());
    terminal.expect_end(&[&joined, "> hel"]);
    terminal.press("p\x7flo there\x17all\r");
    ana.expect("* [server] hello all");
    bob.expect("* [server] hello all");
    terminal.expect_end(&["console: say", ">"]);
    assert!(terminal.rows().contains(&"> hello all".to_owned()));
    // Wider than the screen: its end is shown, in one row.
    terminal.press(&"0123456789".repeat(12));
    let row = format!("> {}", &"0123456789".repeat(12)[120 - 97..]);
    terminal.expect_end(&[">", &row][1..]);
    terminal.press("\x15/quit\r");
    ana.expect("* bye, ana: the server stops");
    drop((ana, bob));
    assert_eq!(end_of(&mut terminal.child).code(), Some(0));
    assert!(terminal.is_as_before());
}

#[test]
fn what_is_said_in_the_lobby_is_shown_and_private_lines_are_not() {
    let mut terminal = Terminal::server("");
    let address = terminal.address();
    let mut ana = Talker::to(address).named("ana");
    let mut bob = Talker::to(address).named("bob");
    ana.expect("* bob joined");
    let joined = format!("bob joined from {}", bob.address());
    terminal.expect_end(&[&joined, ">"]);
    ana.say("good morning");
    ana.say("@bob a secret");
    ana.say("/me yawns");
    bob.expect("<ana> good morning");
    bob.expect("[private from ana] a secret");
    bob.expect("~ ana yawns");
    terminal.expect_end(&[&joined, "<ana> good morning", "~ ana yawns", ">"]);
    terminal.press("/watch games\r");
    let told = "what is said in games is shown here; /watch off ends that";
    terminal.expect_end(&["> /watch games", told, ">"]);
    ana.say("in the lobby");
    bob.expect("<ana> in the lobby");
    bob.say("/join games");
    bob.expect("* you are alone in games");
    bob.say("is it my turn?");
    terminal.expect_end(&[told, "<bob> is it my turn?", ">"]);
    terminal.press("/watch off\r");
    let told = "what is said is not shown; /watch lobby shows it";
    terminal.expect_end(&["> /watch off", told, ">"]);
    bob.say("it is");
    bob.expect_nothing_else();
    terminal.press("/watch\r");
    let usage = "usage: /watch ROOM, or /watch off";
    terminal.expect_end(&[told, "> /watch", usage, ">"]);
    terminal.signal(Signal::SIGTERM);
    ana.expect("* bob went to games");
    ana.expect("* bye, ana: the server stops");
    drop((ana, bob));
    assert_eq!(end_of(&mut terminal.child).code(), Some(0));
    assert!(terminal.is_as_before());
}

#[test]
fn the_console_speaks_portuguese() {
    let mut terminal = Terminal::server("--lang pt");
    let mut ana = Talker::to(terminal.address());
    ana.expect("* papo: qual é o seu nome?");
    ana.say("ana");
    ana.expect("* boas-vindas, ana! você está só em lobby; /ajuda lista os comandos");
    let joined = format!("ana joined from {}", ana.address());
    terminal.press("/observar nada\r");
    let told = "o que se diz não aparece; /observar lobby mostra";
    terminal.expect_end(&[&joined, "> /observar nada", told, ">"]);
    terminal.press("/expulsar rui\r");
    terminal.expect_end(&["> /expulsar rui", "usuário não encontrado: rui", ">"]);
    terminal.press("/ajuda\r");
    terminal.expect_end(&["/sair: parar o servidor", ">"]);
    terminal.press("olá\r");
    ana.expect("* [servidor] olá");
}

#[test]
fn a_quiet_console_shows_who_comes_and_goes() {
    let mut terminal = Terminal::server("--quiet");
    let mut ana = Talker::to(terminal.address()).named("ana");
    ana.say("good morning");
    let address = ana.address();
    ana.say("/quit");
    ana.expect("* bye, ana");
    let came = format!("ana joined from {address}");
    let left = format!("ana left: quit, {address}");
    terminal.wait("ana left", |terminal| {
        let rows = terminal.rows();
        rows.len() > 2 && rows[rows.len() - 2].ends_with(&left)
    });
    let rows = terminal.rows();
    let told = rows.iter().filter(|row| !row.starts_with("  "));
    let told: Vec<&String> = told.collect();
    assert!(rows[rows.len() - 3].ends_with(&came), "{told:#?}");
    assert!(!rows.iter().any(|row| row.contains("descriptor limit")));
}

#[test]
fn the_end_of_the_input_gives_the_terminal_back() {
    let mut terminal = Terminal::server("");
    let address = terminal.address();
    terminal.press("\x04");
    // A log line after that has nothing below it.
    let ana = Talker::to(address).named("ana");
    let joined = format!("ana joined from {}", ana.address());
    terminal.expect_end(&[&joined]);
    assert!(terminal.is_as_before());
}

#[test]
fn what_is_typed_after_the_stop_is_ignored() {
    let mut terminal = Terminal::server("");
    // It does not leave by itself.
    let mut ana = Talker::to(terminal.address()).named("ana");
    terminal.press("/quit\rtoo late\r");
    ana.expect("* bye, ana: the server stops");
    let told = "this takes 5 seconds at most; Ctrl-C ends it at once";
    // Its leave may be told before or after.
    terminal.wait(told, |terminal| {
        terminal.rows().iter().any(|row| row == told)
    });
    terminal.press("/help\r");
    drop(ana);
    assert_eq!(end_of(&mut terminal.child).code(), Some(0));
    assert!(terminal.is_as_before());
    let rows = terminal.rows();
    assert!(
        !rows.iter().any(|row| row.contains("console: say")),
        "{rows:#?}"
    );
}

#[test]
fn a_stopped_server_gives_the_terminal_back_and_takes_it_again() {
    // dash changes no modes itself.
    if !std::path::Path::new("/bin/dash").exists() {
        return;
    }
    let mut terminal = Terminal::run("/bin/dash", &["-i"]);
    let user = our_name();
    terminal.press(&format!("{PROGRAM} --listen 127.0.0.1:0 --user {user}\r"));
    let address = terminal.address();
    assert!(!terminal.is_as_before());
    terminal.press("\x1a");
    terminal.wait("it stops", |terminal| {
        terminal.rows().iter().any(|row| row.contains("Stopped"))
    });
    let modes = tcgetattr(&terminal.slave).expect("its modes");
    assert!(
        modes
            .local_flags
            .contains(LocalFlags::ICANON | LocalFlags::ECHO)
    );
    terminal.press("fg\r");
    terminal.expect_end(&[">"]);
    let mut ana = Talker::to(address).named("ana");
    terminal.press("here again\r");
    ana.expect("* [server] here again");
    terminal.press("/quit\r");
    ana.expect("* bye, ana: the server stops");
    drop(ana);
    // Output before the shell's prompt is the server's.
    terminal.wait("the shell is back", |terminal| {
        let rows = terminal.rows();
        rows.last().is_some_and(|row| row == "#" || row == "$")
    });
    terminal.press("exit\r");
    end_of(&mut terminal.child);
    assert!(terminal.is_as_before());
}

#[test]
fn a_server_that_was_in_the_background_hears_the_keyboard_again() {
    // dash tells a job that it is in the foreground, bash does not.
    for (shell, options) in [("/bin/dash", "-i"), ("/bin/bash", "--norc --noediting -i")] {
        if !std::path::Path::new(shell).exists() {
            continue;
        }
        let options: Vec<&str> = options.split(' ').collect();
        let mut terminal = Terminal::run(shell, &options);
        let user = our_name();
        let command = format!("{PROGRAM} --listen 127.0.0.1:0 --user {user} &\r");
        terminal.press(&command);
        let place = |row: &String| -> Option<SocketAddr> {
            let (_, place) = row.split_once("papo-server: listening on ")?;
            place.parse().ok()
        };
        terminal.wait("it listens", |terminal| {
            terminal.rows().iter().any(|row| place(row).is_some())
        });
        let address = terminal.rows().iter().find_map(place).expect("an address");
        let mut ana = Talker::to(address).named("ana");
        terminal.press("echo the shell $((1+1))\r");
        terminal.wait("the shell hears", |terminal| {
            terminal
                .rows()
                .iter()
                .any(|row| row.ends_with("the shell 2"))
        });
        terminal.bring_back();
        terminal.press("here I am\r");
        ana.expect("* [server] here I am");
        terminal.expect_end(&["console: say", ">"]);
        // From here on the terminal passes each key.
        assert!(!terminal.is_as_before());
        terminal.press("\x1a");
        terminal.wait("it stops", |terminal| {
            terminal.rows().iter().any(|row| row.contains("Stopped"))
        });
        terminal.press("bg\r");
        ana.say("/ping");
        ana.expect_start("* ");
        terminal.press("echo the shell $((1+2))\r");
        terminal.wait("the shell hears", |terminal| {
            terminal
                .rows()
                .iter()
                .any(|row| row.ends_with("the shell 3"))
        });
        terminal.bring_back();
        terminal.press("and again\r");
        ana.expect("* [server] and again");
        terminal.press("/quit\r");
        ana.expect("* bye, ana: the server stops");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.state);
    }
}
