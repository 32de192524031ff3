//! More lines than people can read, and terminals that are slower than the server.

use std::fmt::Write;

use crate::ana;

/// So many numbered lines.
fn lines(count: usize) -> String {
    (0..count).fold(String::new(), |mut lines, n| {
        let _ = writeln!(lines, "<bob> this is line {n} of a flood");
        lines
    })
}

#[test]
fn a_terminal_that_takes_nothing_holds_up_no_key() {
    let (mut pty, mut peer) = ana();
    peer.send(lines(6000).trim_end());
    // Nothing of what is drawn is taken.
    pty.press("hello\r");
    peer.expect("hello");
    assert!(!pty.is_nonblocking());
    pty.expect_part("this is line 5999 of a flood");
    let raw = pty.raw_text();
    assert!(raw.contains("ana\x1b[0m> hello\r\n"));
    for n in [0, 1, 2999, 5998, 5999] {
        assert_eq!(raw.matches(&format!("line {n} of")).count(), 1, "{n}");
    }
}

#[test]
fn a_flood_is_drawn_in_few_writes() {
    let (mut pty, mut peer) = ana();
    pty.press("half");
    pty.expect("ana> half|");
    peer.send(lines(20_000).trim_end());
    pty.expect_part("this is line 19999 of a flood\nana> half");
    let raw = pty.raw_text();
    assert_eq!(raw.matches(" of a flood\r\n").count(), 20_000);
    let frames = raw.matches("\r\x1b[J").count();
    assert!(frames < 2000, "{frames}");
}
