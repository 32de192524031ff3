//! `papo-chattruco`, in a terminal and between pipes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::PATIENCE;
use crate::directory::Directory;
use crate::plain::{end, piped, write};
use crate::pty::Pty;

/// The program.
pub(crate) const CHATTRUCO: &str = env!("CARGO_BIN_EXE_papo-chattruco");

/// The program between pipes, its output line by line.
pub(crate) struct Plain {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Plain {
    pub(crate) fn start(directory: &Directory, n: u8, email: &str, more: &[&str]) -> Plain {
        let mut child = start(&directory.arguments(n, email, more));
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Plain { child, out }
    }

    /// Started with the password `pw` and this first list.
    pub(crate) fn online(directory: &Directory, n: u8, email: &str, list: &str) -> Plain {
        let mut plain = Plain::start(directory, n, email, &[]);
        plain.write("pw\n");
        plain.expect(&format!("* online: {list}"));
        plain
    }

    pub(crate) fn write(&mut self, text: &str) {
        write(&mut self.child, text);
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) {
        if self.out.buffer().is_empty() {
            let mut fds = [PollFd::new(self.out.get_ref().as_fd(), PollFlags::POLLIN)];
            let patience = PollTimeout::try_from(PATIENCE).expect("a short time");
            assert_eq!(poll(&mut fds, patience), Ok(1), "no {expected}");
        }
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        assert_eq!(line, format!("{expected}\n"));
    }

    /// Wait for the end, with standard input open: exit code and standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let stdin = self.child.stdin.take();
        let (code, _, error) = end(self.child);
        drop(stdin);
        (code, error)
    }

    /// End the input, and wait.
    fn finish(mut self) {
        drop(self.child.stdin.take());
        let (code, _, error) = end(self.child);
        assert_eq!((code, error.as_str()), (Some(0), ""));
    }
}

pub(crate) fn start(arguments: &[String]) -> Child {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    piped(CHATTRUCO, &arguments)
}

/// The program in a terminal of 8 rows and 60 columns.
fn pty(directory: &Directory, n: u8, email: &str, more: &[&str]) -> Pty {
    let arguments = directory.arguments(n, email, more);
    Pty::spawn(Pty::program(CHATTRUCO, arguments.iter()), 8, 60)
}

/// `ana@x` in a terminal, with an empty screen, and the program of `bob@x`, who is `n` 3.
pub(crate) fn ana_and_bob(directory: &Directory) -> (Pty, UdpSocket) {
    let bob = directory.socket(3);
    directory.list("bob@x", 3);
    let mut ana = pty(directory, 2, "ana@x", &[]);
    ana.expect("password: |");
    ana.press("pw\r");
    ana.expect_part("* online: bob@x\n> ");
    ana.press("\x0c");
    ana.expect("> |");
    (ana, bob)
}

#[track_caller]
fn expect_datagram(socket: &UdpSocket, expected: &str) {
    let mut buffer = [0; 2048];
    let n = socket.recv(&mut buffer).expect("a datagram in time");
    assert_eq!(String::from_utf8_lossy(&buffer[..n]), expected);
}

#[test]
fn two_clients_talk_peer_to_peer() {
    let directory = Directory::start(&["ana@x"]);
    let mut ana = Plain::online(&directory, 2, "ana@x", "nobody else");
    let mut bob = Plain::start(&directory, 3, "bob@x", &["--register", "--lang", "pt"]);
    bob.write("secret\n@ana@x oi #m# oi\nainda eu\n");
    bob.expect("* bob@x foi cadastrado");
    bob.expect("* online: ana@x");
    ana.expect("* bob@x connected");
    ana.expect("[private from bob@x] oi # m# oi");
    ana.expect("[private from bob@x] ainda eu");
    ana.write("@BOB@X hello\n/online\n");
    bob.expect("[privado de ana@x] hello");
    ana.expect("* online: bob@x");
    bob.finish();
    directory.forget("bob@x");
    ana.expect("* bob@x disconnected");
    ana.write("are you there?\n/quit\nnobody reads this\n");
    ana.expect("! bob@x is not online; nothing was sent");
    assert_eq!(ana.end(), (Some(0), String::new()));
    directory.expect("Sin bob@x secret");
    directory.expect("Con bob@x secret");
    directory.expect("Seis ana@x");
}

#[test]
fn the_words_are_portuguese_too() {
    let directory = Directory::start(&["ana@x"]);
    let mut ana = Plain::start(&directory, 2, "ana@x", &["--lang", "pt"]);
    ana.write("pw\n");
    ana.expect("* online: mais ninguém");
    directory.list("zé", 1);
    ana.expect("* zé conectado");
    directory.forget("zé");
    ana.expect("* zé desconectado");
    ana.finish();
}

#[test]
fn whom_the_server_speaks_for_is_reached_at_the_server() {
    let directory = Directory::start(&["ana@x"]);
    directory.list("carl", 1);
    let mut ana = Plain::online(&directory, 2, "ana@x", "carl");
    ana.write("@carl hi\n");
    directory.expect("Envia carl ana@x #m#hi");
    ana.finish();
}

#[test]
fn a_conversation_in_a_terminal() {
    let directory = Directory::start(&["ana@x"]);
    let (mut ana, bob) = ana_and_bob(&directory);
    ana.press("hi\r@b\t");
    ana.expect(
        "
        hi
        ! to whom? write @EMAIL TEXT; /online tells who is there
        > @bob@x |
        ",
    );
    ana.press("hi\rmore\r");
    expect_datagram(&bob, "Envia bob@x ana@x #m#hi");
    expect_datagram(&bob, "Envia bob@x ana@x #m#more");
    ana.press("\x0chalf");
    ana.expect("to bob@x> half|");
    directory.send(&bob, 2, b"Envia ana@x bob@x #m#\x1b[2Jone\ntwo");
    // The test's screen draws no U+FFFD.
    ana.expect(
        "
        [private from bob@x] [2Jone
        [private from bob@x] two
        to bob@x> half|
        ",
    );
    ana.press("\x15@ana@x hi\r");
    ana.expect_part("@ana@x hi\n! that is you; nothing was sent\nto bob@x> ");
    directory.list("eva@x", 4);
    ana.expect_part("* eva@x connected");
    ana.press("/q\r");
    assert_eq!(ana.wait_for_end().code(), Some(0));
    assert!(!ana.raw_text().contains("pw"));
}

#[test]
fn the_prompt_is_portuguese_too() {
    let directory = Directory::start(&["ana@x"]);
    directory.list("bob@x", 3);
    let mut ana = pty(&directory, 2, "ana@x", &["--lang", "pt"]);
    ana.expect("senha: |");
    ana.press("pw\r");
    ana.expect_part("* online: bob@x");
    ana.press("@bob@x oi\r");
    ana.expect_part("[privado para bob@x] oi\npara bob@x>");
    ana.press("\x0c");
    ana.expect("para bob@x> |");
}

#[test]
fn a_password_is_masked_and_not_kept() {
    let directory = Directory::start(&[]);
    let mut ana = pty(&directory, 2, "ana@x", &[]);
    ana.expect("password: |");
    ana.press("sécret");
    ana.expect("password: ******|");
    ana.press("\x1b[D\x7f");
    ana.expect("password: ****|*");
    ana.press("\r");
    ana.expect("! ana@x is not registered here\nregister? (y/n) |");
    ana.press("y\r");
    ana.expect_part("password again: ");
    ana.press("other\r");
    ana.expect_part("! the passwords differ; type both again\npassword: ");
    ana.press("pw\r");
    ana.expect_part("password again: ");
    ana.press("pw\r");
    ana.expect_part("* ana@x is registered now\n* online: nobody else\n> ");
    ana.press("\x0c\x1b[A\x1b[A/help\r");
    ana.expect_part("/help\n* @EMAIL TEXT  write to somebody");
    directory.expect("Con ana@x sécrt");
    directory.expect("Sin ana@x pw");
    ana.press("\x04");
    assert_eq!(ana.wait_for_end().code(), Some(0));
    let raw = ana.raw_text();
    assert!(
        !raw.contains("sécr") && !raw.contains("other") && !raw.contains("pw"),
        "{raw}"
    );
}

#[test]
fn a_wrong_password_is_asked_again() {
    let directory = Directory::start(&["ana@x"]);
    let mut ana = pty(&directory, 2, "ana@x", &[]);
    ana.expect("password: |");
    ana.press("wrong\r");
    ana.expect("! wrong password for ana@x\npassword: |");
    ana.press("pw\r");
    ana.expect_part("* online: nobody else");
    ana.press("\x03\x03");
    assert_eq!(ana.wait_for_end().code(), Some(0));
}

#[test]
fn lost_datagrams_are_made_good() {
    let directory = Directory::start(&["bob@x"]);
    let lost = ["Sin", "sin_ok", "Con", "ana@x:", "Truco", "Seis"];
    lost.into_iter().for_each(|lost| directory.lose(lost));
    let mut ana = Plain::start(&directory, 2, "ana@x", &["--register"]);
    ana.write("pw\n");
    ana.expect("* no answer yet; asking again");
    ana.expect("* ana@x was registered before; logging in with this password");
    ana.expect("* no answer yet; asking again");
    ana.expect("* online: nobody else");
    directory.expect_losses();
    directory.list("bob@x", 3);
    ana.expect("* bob@x connected");
    ana.finish();
}

#[test]
fn what_is_not_for_us_or_forged_is_ignored() {
    let directory = Directory::start(&["ana@x"]);
    let (mut ana, bob) = ana_and_bob(&directory);
    let eva = directory.socket(4);
    directory.send(&eva, 2, b"Envia ana@x bob@x #m#forged");
    directory.send(&eva, 2, b"Truco ana@x:127.0.0.1#");
    directory.send(&bob, 2, b"Envia carl@x bob@x #m#for carl");
    directory.send(&bob, 2, b"Envia ANA@X Bob@x #m#honest");
    ana.expect_part("[private from Bob@x] honest");
    ana.wait(
        |pty| pty.raw_text().matches("/status counts them").count() == 1,
        "a hint",
    );
    // The forged message is held until the next list, which may have come already.
    directory.list("carl@x", 5);
    ana.expect_part("* carl@x connected");
    ana.press("\x0c/status\r");
    ana.expect_part("* you are ana@x; others online: 2; ignored: 3");
    assert!(!ana.raw_text().contains("forged") && !ana.raw_text().contains("for carl"));
}

#[test]
fn a_script_with_a_password_file_is_delivered() {
    let directory = Directory::start(&["ana@x"]);
    let bob = directory.socket(3);
    directory.list("bob@x", 3);
    let file = std::env::temp_dir().join(format!("papo-password-{}", std::process::id()));
    crate::plain::write_secret(&file, "pw\r\nnot this\n");
    let path = file.to_str().expect("a path");
    let mut ana = Plain::start(&directory, 2, "ana@x", &["--password-file", path]);
    let lines: String = (0..500).map(|n| format!("line {n}\n\n")).collect();
    ana.write(&format!("@bob@x first\n{lines}"));
    let reader = std::thread::spawn(move || {
        expect_datagram(&bob, "Envia bob@x ana@x #m#first");
        for n in 0..500 {
            expect_datagram(&bob, &format!("Envia bob@x ana@x #m#line {n}"));
        }
    });
    ana.finish();
    reader.join().expect("every line in its order");
    fs::remove_file(&file).expect("the file");
    let ana = Plain::start(&directory, 2, "ana@x", &["--password-file", path]);
    let expected = format!("papo-chattruco: cannot read {path}: no such file or directory\n");
    assert_eq!(ana.end(), (Some(1), expected));
}
