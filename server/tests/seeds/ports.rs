//! `--seeds`: all five at the ports that their clients know.

use std::process::{Command, Stdio};

use crate::harness::{Output, PROGRAM, end_of};
use crate::people::Talker;
use crate::screen::Pessoa;
use crate::world::Folder;

#[test]
fn seeds_opens_all_five_and_says_so() {
    let folder = Folder::new();
    let mut command = Command::new(PROGRAM);
    command.args(["--seeds", "--data"]).arg(folder.path());
    // Only this port is not tried at its usual address, as other tests of this file's have theirs
    // there.
    command.args(["--chattruco", "127.255.255.254:54319"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut screen = Output::of(child.stdout.take());
    let mut faults = Output::of(child.stderr.take());
    let mut told = Vec::new();
    for port in ["4004", "9999", "3001", "12345", "54319"] {
        while !told.iter().any(|line: &String| line.contains(port)) {
            match screen.next() {
                Some(line) => told.push(line),
                None => {
                    // Somebody on this machine has one of them: then that is said instead.
                    assert_eq!(end_of(&mut child).code(), Some(1));
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
    for port in [4004, 9999, 12345] {
        let mut user = Talker::to(([127, 0, 0, 1], port).into());
        user.enters(&format!("de{port}"));
    }
    child.kill().expect("it runs");
    end_of(&mut child);
}
