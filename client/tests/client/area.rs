//! The rows at the bottom: the lines that wait, the prompt, and windows that change.

use crate::away::ana_in;
use crate::pty::Pty;
use crate::server::Peer;
use crate::{ana, ana_in as plain_ana_in};

#[test]
fn what_is_not_confirmed_yet_is_shown_as_waiting() {
    for columns in [20, 80, 200] {
        let (_server, mut pty, mut peer) = ana_in(columns);
        let long = "long ".repeat(50);
        pty.press(&format!("one\rtwo\r{long}\rfour\rfive\rhalf"));
        peer.expect("/once 1 one");
        let width = usize::from(columns) - 4;
        pty.expect(&format!(
            "
            … +2
            … {}…
            … four
            … five
            ana> half|
            ",
            &long[..width],
        ));
        peer.send("@10 #lobby:5 <bob> hi\n@10 #lobby:6 said 1\n@10 #lobby:7 said 3");
        pty.expect_part("<bob> hi\n");
        pty.wait(
            |pty| {
                let drawn = pty.drawn();
                let rows: Vec<&str> = drawn.lines().rev().collect();
                rows[0] == "ana> half|" && rows[1] == "… five" && rows[3] == "… two"
            },
            "what still waits",
        );
        assert!(!pty.drawn().contains("… long"));
    }
}

/// 57 characters of text and prompt, whose window is made narrower and wider.
fn typed_in_60_columns() -> (Pty, Peer) {
    let (mut pty, mut peer) = plain_ana_in(|arguments| Pty::spawn(Pty::command(arguments), 12, 60));
    peer.send("<bob> first\n<bob> last");
    pty.expect_part("<bob> last");
    pty.press(&"x".repeat(52));
    pty.expect_part(&"x".repeat(52));
    (pty, peer)
}

/// The prompt is there once, right below what was said.
fn expect_one_prompt(pty: &mut Pty, columns: u16) {
    pty.wait(
        |pty| {
            let drawn = pty.drawn();
            let rows: Vec<&str> = drawn.lines().collect();
            let widest = usize::from(columns);
            rows.len() == 3
                && rows[..2] == ["<bob> first", "<bob> last"]
                && rows[2].starts_with("ana> x")
                && rows[2].len() <= widest
                && rows[2].ends_with("x|")
        },
        &format!("one prompt in {columns} columns"),
    );
}

#[test]
fn a_window_that_changes_leaves_no_old_prompt() {
    for columns in [30, 20, 45, 60, 28, 57] {
        let (mut pty, _peer) = typed_in_60_columns();
        for columns in [columns, 60] {
            pty.reflow(columns);
            expect_one_prompt(&mut pty, columns);
        }
        let (mut pty, _peer) = typed_in_60_columns();
        for columns in [columns, 60] {
            pty.resize(12, columns);
            expect_one_prompt(&mut pty, columns);
        }
    }
    let ((mut reflows, _peer), (mut cuts, _other)) = (typed_in_60_columns(), typed_in_60_columns());
    for columns in [30, 20, 45, 60] {
        reflows.reflow(columns);
        cuts.resize(12, columns);
        expect_one_prompt(&mut reflows, columns);
        expect_one_prompt(&mut cuts, columns);
    }
}

#[test]
fn waiting_rows_are_erased_after_a_change_too() {
    let (_server, mut pty, mut peer) = ana_in(80);
    let line = "words ".repeat(12);
    let typed = "x".repeat(65);
    pty.press(&format!("{line}\r{line}\r{typed}"));
    peer.expect(&format!("/once 1 {}", line.trim_end()));
    pty.expect_part(&typed);
    pty.reflow(30);
    pty.wait(
        |pty| pty.drawn().lines().count() == 3 && pty.drawn().matches("… words").count() == 2,
        "two waiting rows, and the prompt",
    );
}

#[test]
fn the_text_continues_under_itself_in_wide_windows() {
    let (_server, mut pty, mut peer) = ana_in(80);
    peer.send(&format!("@10 #lobby:5 <bob> {}", "words ".repeat(14)));
    pty.expect_part("words\n      words");
    let (mut pty, mut peer) = ana();
    peer.send(&format!("<bob> {}", "words ".repeat(8)));
    pty.expect_part("words\n  words");
}
