//! Passwords on the wire, and their database: damaged ones are refused and not compared, other
//! compositions are equal, and only one server uses a database.

use std::path::PathBuf;

use crate::harness::{PATIENCE, Server, command, end_of};
use crate::people::{Person, Talker};

const ASK_NAME: &str = "* papo: what is your name?";
const NOT_UTF8: &str = "! that password is not UTF-8; set your terminal to UTF-8, or use only letters \
                        a to z, digits and signs";

/// A directory of accounts, removed with its test.
struct Data(PathBuf);

impl Data {
    fn new(test: &str) -> Data {
        let data = std::env::temp_dir().join(format!("papo-pass-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&data);
        Data(data)
    }

    fn options(&self) -> String {
        format!("--burst 0 --data {}", self.0.display())
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn registered(server: &Server, name: &str, password: &str) {
    let mut ana = Talker::join(server, name);
    ana.say(&format!("/register {password}"));
    ana.expect_start(&format!("* {name} is registered; "));
    ana.say("/quit");
    ana.expect(&format!("* bye, {name}"));
    ana.expect_end();
}

/// A user who gave a name and was asked for its password.
fn asked(server: &Server, name: &str) -> Talker {
    let mut ana = Talker::connect(server);
    ana.expect(ASK_NAME);
    ana.say(name);
    ana.expect_start(&format!("* papo: what is the password of {name}? "));
    ana
}

#[test]
fn a_password_that_is_not_utf_8_is_refused_when_it_is_set_and_when_it_is_tried() {
    let server = Server::start("--burst 0");
    let mut ana = Talker::join(&server, "ana");
    ana.send(b"/register \xe7\xe3\xe9\xf1\n");
    ana.expect(NOT_UTF8);
    ana.say("/register coração1");
    ana.expect_start("* ana is registered; ");
    ana.send(b"/password \xe7\xe3\xe9\xf1\n");
    ana.expect(NOT_UTF8);
    ana.send(b"/admin \xe7\xe3\xe9\xf1\n");
    ana.expect(NOT_UTF8);
    ana.say("/quit");
    ana.expect("* bye, ana");

    // More often than wrong passwords are allowed: an illegal password is not a try.
    for _ in 0..12 {
        let mut ana = asked(&server, "ana");
        ana.send(b"cora\xe7\xe3o1\n");
        ana.expect(NOT_UTF8);
        ana.expect_start("* papo: what is the password of ana? ");
    }
    let mut ana = asked(&server, "ana");
    ana.say("coração1");
    ana.expect_start("* welcome, ana! ");
}

#[test]
fn a_password_is_the_same_however_its_letters_are_composed() {
    let server = Server::start("--burst 0");
    let (nfc, nfd) = ("coração1", "corac\u{327}a\u{303}o1");
    for (name, set, tried) in [("ana", nfc, nfd), ("bob", nfd, nfc)] {
        registered(&server, name, set);
        for typed in [set, tried] {
            let mut user = asked(&server, name);
            user.say(typed);
            user.expect_start(&format!("* welcome, {name}! "));
            user.say("/quit");
            user.expect(&format!("* bye, {name}"));
        }
    }
}

#[test]
fn a_database_that_is_removed_frees_no_name() {
    let data = Data::new("removed");
    let mut server = Server::start(&data.options());
    registered(&server, "ana", "segredo");
    let (file, moved) = (data.0.join("accounts.db"), data.0.join("moved"));
    std::fs::rename(&file, &moved).expect("it is ours");
    for _ in 0..2 {
        let mut eva = asked(&server, "ana");
        eva.say("anything");
        eva.expect("! passwords do not work just now; try again later");
        eva.expect_start("* papo: what is the password of ana? ");
    }
    server.log.find("accounts.db is gone or empty; put it back");
    // Nor does another database in its place, with another user in it.
    let other = Data::new("other");
    registered(&Server::start(&other.options()), "bob", "segredo");
    std::fs::copy(other.0.join("accounts.db"), &file).expect("it is ours");
    for _ in 0..2 {
        let mut eva = asked(&server, "ana");
        eva.say("anything");
        eva.expect("! passwords do not work just now; try again later");
        eva.expect_start("* papo: what is the password of ana? ");
    }
    std::fs::rename(&moved, &file).expect("it is ours");
    let mut ana = asked(&server, "ana");
    ana.say("segredo");
    ana.expect_start("* welcome, ana! ");
}

#[test]
fn a_directory_of_accounts_is_one_servers() {
    let data = Data::new("two");
    let server = Server::start(&data.options());
    let mut second = command(&data.options())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    assert_eq!(end_of(&mut second).code(), Some(1), "within {PATIENCE:?}");
    let told = std::io::read_to_string(second.stderr.take().expect("piped")).expect("text");
    let expected = format!(
        "--data {}: another papo-server (process {}) keeps its accounts there; stop it, or give this \
         one a directory of its own: --data DIR",
        data.0.display(),
        server.id()
    );
    assert!(told.contains(&expected), "{told}");
    // The first server goes on; whenever it ends, the next one can start.
    registered(&server, "ana", "segredo");
    server.signal(nix::sys::signal::Signal::SIGKILL);
    drop(server);
    let server = Server::start(&data.options());
    asked(&server, "ana");
}

#[test]
fn an_operator_gives_a_password_for_once_and_ends_a_registration() {
    let data = Data::new("reset");
    let mut server = Server::with_keyboard(&data.options());
    registered(&server, "ana", "forgotten");
    server.types("/accounts");
    server.screen.find("1 registered:");
    server.screen.find("ana, registered ");
    server.types("/reset ANA");
    let told = server.screen.find("the one-time password of ana is ");
    let once = told.trim_start_matches("the one-time password of ana is ");
    let (once, _) = once.split_once(';').expect("it and what to do with it");
    server.log.find("console: reset \"ANA\"");

    let mut ana = asked(&server, "ana");
    ana.say("forgotten");
    ana.expect("! that is not the password");
    ana.expect_start("* papo: what is the password of ana? ");
    for new in [once, "a new one"] {
        let mut ana = asked(&server, "ana");
        ana.say(once);
        ana.expect_start("* papo: what is the password of ana to be from now on? ");
        ana.say(new);
        match new == once {
            true => ana.expect("! that was the one-time password; choose another"),
            false => drop(ana.expect_start("* welcome, ana! ")),
        }
    }
    let mut ana = asked(&server, "ana");
    ana.say(once);
    ana.expect("! that is not the password");
    let mut ana = asked(&server, "ana");
    ana.say("a new one");
    ana.expect_start("* welcome, ana! ");
    ana.say("/quit");
    ana.expect("* bye, ana");

    server.types("/free ana");
    server.screen.find("ana is not registered any more");
    server.log.find("console: free \"ana\"");
    let mut anybody = Talker::join(&server, "ana");
    server.types("/free ana");
    server
        .screen
        .find("nobody has registered ana; /accounts lists who has");
    server.signal(nix::sys::signal::Signal::SIGTERM);
    anybody.expect("* bye, ana: the server stops");
    let log = server.log.rest();
    assert!(!log.iter().any(|line| line.contains(once)), "{log:#?}");
}

#[test]
fn lines_that_came_with_a_refused_password_are_neither_names_nor_passwords() {
    let server = Server::start("--burst 0");
    let mut bob = Talker::join(&server, "bob");
    registered(&server, "ana", "segredo");
    bob.expect("* ana joined");
    bob.expect("* ana left");
    let mut ana = Talker::connect(&server);
    ana.expect(ASK_NAME);
    ana.say("ana\nwrong\nwrong\nsegredo");
    ana.expect_start("* papo: what is the password of ana? ");
    ana.expect("! that is not the password");
    ana.expect_start("* papo: what is the password of ana? ");
    for _ in 0..2 {
        ana.expect_start("! that was not said, nor tried as a password; ");
    }
    ana.say("segredo");
    ana.expect_start("* welcome, ana! ");
    bob.expect("* ana joined");
}
