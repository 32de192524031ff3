//! How the client leaves a terminal: by keys, by signals, by the server, by a panic, for a while.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::pty::Pty;
use crate::{ana, ana_in};

#[test]
fn control_c_twice_leaves() {
    let (mut pty, mut peer) = ana();
    assert!(pty.is_bracketed_paste() && !pty.is_as_before());
    pty.press("half\x03");
    pty.expect("ana> |");
    pty.press("\x03");
    pty.expect(
        "
        -- press ^C again to leave, or type
          /quit
        ana> |
        ",
    );
    pty.press("\x03");
    peer.expect("/quit");
    peer.send("* bye, ana");
    peer.close();
    assert_eq!(pty.wait_for_end().code(), Some(0));
    pty.expect(
        "
        -- press ^C again to leave, or type
          /quit
        * bye, ana
        |
        ",
    );
}

#[test]
fn control_d_leaves_a_server_that_says_nothing() {
    let (mut pty, _peer) = ana();
    pty.press("\x04");
    assert_eq!(pty.wait_for_end().code(), Some(0));
}

#[test]
fn quitting_is_no_failure() {
    let (mut pty, mut peer) = ana();
    pty.press("/quit see you\r");
    peer.expect("/quit see you");
    peer.close();
    assert_eq!(pty.wait_for_end().code(), Some(0));
}

#[test]
fn a_server_that_dies_is_one_sentence() {
    let (mut pty, mut peer) = ana();
    pty.press("half");
    pty.expect("ana> half|");
    peer.send_bytes(b"! the server is going down");
    peer.close();
    assert_eq!(pty.wait_for_end().code(), Some(1));
    pty.expect(
        "
        ! the server is going down
        papo: the server closed the connection
        |
        ",
    );
}

#[test]
fn signals_end_it_after_the_terminal_is_restored() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
    ] {
        let (mut pty, _peer) = ana();
        pty.signal(signal);
        assert_eq!(pty.wait_for_end().signal(), Some(signal as i32));
    }
}

#[test]
fn control_z_stops_and_fg_goes_on() {
    let script =
        r#""$@"; echo stopped; read line; echo "got $line"; fg > /dev/null; echo "code $?""#;
    let (mut pty, mut peer) = ana_in(|arguments| Pty::script(script, "-mc", arguments));
    pty.press("half");
    pty.expect("ana> half|");
    pty.press("\x1a");
    pty.expect_part("stopped");
    pty.wait(Pty::is_as_before, "the modes of the shell");
    assert!(!pty.is_bracketed_paste());
    peer.send("<bob> while you were away");
    pty.press("cooked\r");
    pty.expect_part("got cooked");
    pty.expect_part("<bob> while you were away\nana> half");
    assert!(pty.is_bracketed_paste() && !pty.is_as_before());
    pty.press("\x15\x04");
    peer.expect("/quit");
    peer.close();
    pty.expect_part("code 0");
    pty.wait_for_end();
}

#[test]
fn a_stop_from_outside_is_survived() {
    let (mut pty, mut peer) = ana();
    let entered = |times| move |pty: &Pty| pty.raw_text().matches("\x1b[?2004h").count() == times;
    pty.signal(Signal::SIGSTOP);
    pty.signal(Signal::SIGCONT);
    pty.wait(entered(2), "raw again");
    // Without a shell that could continue it, neither of these stops it.
    pty.signal(Signal::SIGTSTP);
    pty.wait(entered(3), "raw again");
    pty.press("\x1a");
    pty.wait(entered(4), "raw again");
    pty.press("hello\r");
    peer.expect("hello");
    assert!(!pty.is_as_before());
}

/// Run `panics_in_raw_mode` below in a terminal.
#[test]
fn a_panic_restores_the_terminal() {
    let this = std::env::current_exe().expect("a path");
    let name = "leaving::panics_in_raw_mode";
    let command = Pty::program(
        this,
        ["--exact", name, "--ignored", "--nocapture"].into_iter(),
    );
    let mut pty = Pty::spawn(command, 24, 80);
    assert_eq!(pty.wait_for_end().code(), Some(101));
    let raw = pty.raw_text();
    let entered = raw.find("\x1b[?2004h").expect("raw mode");
    let left = raw.find("\x1b[?2004l").expect("restored");
    let message = raw.find("a panic in raw mode").expect("a message");
    assert!(entered < left && left < message, "{raw:?}");
}

#[test]
#[ignore = "a part of a_panic_restores_the_terminal"]
fn panics_in_raw_mode() {
    let terminal = papo_client::terminal::Terminal::open(papo_client::terminal::Manner::Lines)
        .expect("a terminal");
    // As in the release build, which aborts: only the hook may restore the terminal.
    std::mem::forget(terminal);
    panic!("a panic in raw mode");
}

#[test]
fn a_terminal_that_takes_nothing_does_not_hold_up_the_end() {
    let (mut pty, mut peer) = ana();
    peer.send(&"<bob> more than a terminal takes unread\n".repeat(8000));
    // The keyboard is still read, so all that the terminal takes is out.
    pty.press("hello\r");
    peer.expect("hello");
    pty.signal(Signal::SIGTERM);
    let status = pty.wait_unread();
    assert_eq!(status.signal(), Some(Signal::SIGTERM as i32));
}
