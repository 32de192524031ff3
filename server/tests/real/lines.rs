//! Bytes to lines: any splits, CR LF, overlong lines, and characters that are not shown.

use crate::harness::Server;
use crate::people::{Person, Talker};

/// A user who sends odd lines, and bob who sees the result.
fn two(server: &Server) -> (Talker, Talker) {
    let mut bob = Talker::join(server, "bob");
    let ana = Talker::join(server, "ana");
    bob.expect("* ana joined");
    (ana, bob)
}

#[test]
fn byte_by_byte() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    for byte in "ana\r\nolá 🙂\r\n@bob psst\n".bytes() {
        ana.send([byte]);
    }
    bob.expect("* ana joined");
    bob.expect("<ana> olá 🙂");
    bob.expect("[private from ana] psst");
}

#[test]
fn a_thousand_lines_in_one_write() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    let all: String = (0..1000).map(|n| format!("line {n}\n")).collect();
    ana.send(all);
    for n in 0..1000 {
        bob.expect(&format!("<ana> line {n}"));
    }
    ana.expect_nothing_else();
}

#[test]
fn name_and_first_lines_in_one_write() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    ana.send("ana\nhello\n/me waves\n");
    bob.expect("* ana joined");
    bob.expect("<ana> hello");
    bob.expect("~ ana waves");
}

#[test]
fn line_ends_indentation_and_spaces_at_the_end() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    ana.send("one\r\ntwo\n  three \t\r\n\r\n\n \n//four\nfi\tve\n");
    for text in ["one", "two", "  three", "/four", "fi ve"] {
        bob.expect(&format!("<ana> {text}"));
    }
    ana.expect_nothing_else();
    bob.expect_nothing_else();
}

#[test]
fn lines_of_just_the_length_and_longer() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    let of = |bytes: usize| "x".repeat(bytes);
    for bytes in [1023, 1024] {
        ana.say(&of(bytes));
        bob.expect(&format!("<ana> {}", of(bytes)));
        ana.send(format!("{}\r\n", of(bytes)));
        bob.expect(&format!("<ana> {}", of(bytes)));
    }
    // An emoji at the limit is not cut in half.
    for long in [of(1025), of(1022) + "🙂"] {
        ana.say(&long);
        ana.expect("! that line is too long: 1024 bytes at most");
    }
    ana.say("still here");
    bob.expect("<ana> still here");
}

#[test]
fn the_third_long_line_in_a_row_is_the_last() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    let long = "x".repeat(2000);
    ana.send(format!("{long}\n{long}\n{long}\nnever said\n"));
    ana.expect("! that line is too long: 1024 bytes at most");
    ana.expect("! that line is too long: 1024 bytes at most");
    ana.expect("* bye, ana: your lines are too long");
    ana.expect_end();
    bob.expect("* ana left (lines too long)");
    bob.expect_nothing_else();
}

#[test]
fn a_mebibyte_without_a_line_end() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    ana.send(vec![b'x'; 20 * 1024]);
    // Further input is read and dropped, so that the reason arrives.
    for _ in 0..63 {
        ana.send(vec![b'x'; 16 * 1024]);
    }
    ana.expect("* bye, ana: your lines are too long");
    ana.expect_end();
    bob.expect("* ana left (lines too long)");
}

#[test]
fn bytes_that_are_not_utf_8() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    ana.send(b"caf\xe9\n");
    bob.expect("<ana> caf\u{fffd}");
    ana.send(b"lone \xed\xa0\x80 overlong \xc0\xaf\n");
    bob.expect("<ana> lone \u{fffd}\u{fffd}\u{fffd} overlong \u{fffd}\u{fffd}");
    ana.send(b"cut \xf0\x9f\x98");
    ana.half_close();
    bob.expect("<ana> cut \u{fffd}");
}

#[test]
fn nothing_that_moves_a_cursor_or_forges_a_line() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    let pile = format!("a{}b", "\u{301}".repeat(400));
    let flat = format!("a{}b", "\u{301}".repeat(8));
    for (sent, shown) in [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\u{9b}31mred", "31mred"),
        ("\x1b]52;c;aGk=\x07", "]52;c;aGk="),
        ("hi\r<bob> forged", "hi<bob> forged"),
        ("a\0b\x02c\x07d", "abcd"),
        ("\u{202e}turned\u{2066} \u{200b}hidden", "turned hidden"),
        (&pile, &flat),
        ("* carl joined", "* carl joined"),
    ] {
        ana.say(sent);
        bob.expect(&format!("<ana> {shown}"));
    }
    // In commands, private lines and reasons as well.
    ana.say("/me \x1b[2Jwaves");
    bob.expect("~ ana [2Jwaves");
    ana.say("@bob \u{202e}psst");
    bob.expect("[private from ana] psst");
    ana.say("/\x1b[5mblink");
    ana.expect_start("! no such command: /[5mblink");
    ana.say("\u{200b}");
    ana.expect("! nothing in that line can be shown");
    ana.say("/quit \x07bell");
    bob.expect("* ana left: \"bell\"");
}

#[test]
fn pasted_code_keeps_its_indentation() {
    let server = Server::start("--rate 0");
    let (mut ana, mut bob) = two(&server);
    ana.send(
        "def f(x):\n    if x:\n\treturn x + 1\n\n    // none  \n@bob   indented\n/me   sleeps\n",
    );
    for line in [
        "<ana> def f(x):",
        "<ana>     if x:",
        "<ana>     return x + 1",
        "<ana>     // none",
        "[private from ana]   indented",
        "~ ana   sleeps",
    ] {
        bob.expect(line);
    }
    ana.expect_nothing_else();
}
