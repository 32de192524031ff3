//! papo in scripts, and the example bots of docs/bots: each answers, and the one in Python is there again after a restart of the server.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::folder::Folder;
use crate::harness::{PROGRAM, Server};
use crate::people::{Person, Talker, papo, papo_command};

/// A bot, which ends with the test.
struct Bot(Child);

impl Bot {
    fn start(mut command: impl std::borrow::BorrowMut<Command>) -> Bot {
        let command = command.borrow_mut();
        use std::os::unix::process::CommandExt;
        command.stdin(Stdio::null()).process_group(0);
        Bot(command
            .spawn()
            .expect("the bot starts; on Debian: apt-get install python3"))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = killpg(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

fn source(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bots");
    root.join(name)
}

/// The bot in Rust, which cargo builds as an example of the client.
fn in_rust() -> PathBuf {
    let built = Path::new(PROGRAM).with_file_name("examples").join("ping");
    if !built.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build",
            "--quiet",
            "--package",
            "papo-client",
            "--example",
            "ping",
        ]);
        assert!(build.status().expect("cargo starts").success());
    }
    built
}

fn answers(server: &Server, command: Command) -> Bot {
    let mut ana = Talker::join(server, "ana");
    let bot = Bot::start(command);
    ana.expect("* robo joined");
    ana.say("ping");
    ana.expect("<robo> pong ana");
    ana.say("no ping");
    ana.say("ping");
    ana.expect("<robo> pong ana");
    ana.say("/quit");
    bot
}

#[test]
fn the_bot_in_a_shell_answers() {
    let server = Server::start("");
    let mut command = Command::new(source("ping.sh"));
    command.args([&server.address().to_string(), "robo"]);
    let folder = papo().parent().expect("a folder").to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display()));
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    answers(&server, command);
}

#[test]
fn the_bot_in_rust_answers() {
    let server = Server::start("");
    let mut command = Command::new(in_rust());
    command.args([&server.address().to_string(), "robo"]);
    answers(&server, command);
}

#[test]
fn the_bot_in_python_answers_and_comes_back() {
    let folder = Folder::new("bots", "open sesame\n");
    let mut server = Server::start(&folder.options());
    let address = server.address();
    let mut command = Command::new("python3");
    command.arg(source("ping.py"));
    command.args([
        &address.ip().to_string(),
        &address.port().to_string(),
        "robo",
    ]);
    let _bot = answers(&server, command);
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    let mut server = Server::start(&format!("{} --listen {address}", folder.options()));
    server.log.find("robo");
    let mut bob = Talker::join(&server, "bob");
    bob.say("ping");
    // Lines of before may come first.
    while bob.expect_start("") != "<robo> pong bob" {}
}

#[test]
fn the_bot_in_python_takes_addresses_as_papo_does() {
    for place in [&["::1", "1"][..], &["[::1]:1"], &["127.0.0.1:1"]] {
        let mut command = Command::new("python3");
        command.arg(source("ping.py")).args(place).arg("robo");
        let mut bot = Bot::start(command.stderr(Stdio::piped()));
        let mut said = String::new();
        let error = bot.0.stderr.take().expect("a pipe");
        BufReader::new(error).read_line(&mut said).expect("a line");
        assert!(said.ends_with("; trying again\n"), "{place:?}: {said}");
    }
}

/// What papo says once under a registered name ends no window, and what was said is told to who asks since when.
#[test]
fn a_line_of_papo_ends_no_window_and_is_followed_later() {
    let server = Server::start("");
    let address = server.address().to_string();
    let mut ana = Talker::join(&server, "ana");
    ana.say("/register s3cret");
    ana.expect_start("* ana is registered; ");
    let folder = Folder::new("once", "s3cret\n");
    let file = folder.file();
    let mut once = papo_command();
    once.args([
        &address,
        "--name",
        "ana",
        "--once",
        "built",
        "--password-file",
    ]);
    assert!(once.arg(file).status().expect("papo starts").success());
    ana.expect("<ana> built");
    let mut follower = papo_command();
    follower.args([
        &address, "--name", "eva", "--follow", "--quiet", "--since", "1h",
    ]);
    let streams = follower.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut follower = streams.spawn().expect("papo starts");
    let mut told = BufReader::new(follower.stdout.take().expect("a pipe"));
    let mut line = String::new();
    told.read_line(&mut line).expect("a line");
    assert!(
        line.starts_with('[') && line.ends_with("] <ana> built\n"),
        "{line}"
    );
    ana.expect("* eva joined");
    follower.kill().expect("it runs");
    follower.wait().expect("its end");
}
