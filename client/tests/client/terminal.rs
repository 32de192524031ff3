//! The client in a terminal. The windows have 8 rows of 40 columns.

use crate::pty::Pty;
use crate::server::{Server, WELCOME};
use crate::{ana, ana_in};

#[test]
fn somebody_joins_and_talks() {
    let server = Server::start();
    let mut pty = Pty::papo(&[&server.address()]);
    let mut peer = server.accept();
    pty.expect(
        "
        * papo: what is your name?
        > |
        ",
    );
    pty.press("ana\r");
    peer.expect("ana");
    peer.send("! ana is taken");
    pty.expect_part("! ana is taken");
    pty.press("ána\r");
    peer.expect("ána");
    peer.send("* welcome, ána! you are alone in lobby");
    pty.expect(
        "
        * papo: what is your name?
        ana
        ! ana is taken
        ána
        * welcome, ána! you are alone in lobby
        ána> |
        ",
    );
}

#[test]
fn the_typed_line_survives_what_arrives() {
    let (mut pty, mut peer) = ana();
    pty.press("hel");
    pty.expect("ana> hel|");
    peer.send("<bob> good morning\n* carl joined");
    pty.expect(
        "
        <bob> good morning
        * carl joined
        ana> hel|
        ",
    );
    pty.press("lo\r");
    peer.expect("hello");
    pty.expect(
        "
        <bob> good morning
        * carl joined
        <ana> hello
        ana> |
        ",
    );
}

#[test]
fn own_lines_look_as_the_others_see_them() {
    let (mut pty, mut peer) = ana();
    pty.press("//bin\r/me waves\r@bob psst\r/online\r/nick anna\r");
    for line in ["//bin", "/me waves", "@bob psst", "/online", "/nick anna"] {
        peer.expect(line);
    }
    peer.send("* you are now anna\n[private from bob] what?");
    pty.expect_part("what?");
    pty.press("/r this\r");
    pty.expect(
        "
        ~ ana waves
        [private to bob] psst
        /online
        /nick anna
        * you are now anna
        [private from bob] what?
        [private to bob] this
        anna> |
        ",
    );
}

#[test]
fn lines_that_fill_the_window_are_whole() {
    let (mut pty, mut peer) = ana();
    pty.press("x");
    peer.send(&format!("<bob> {}", "0123456789".repeat(5)));
    peer.send(&format!("* {}", "y".repeat(38)));
    pty.expect(
        "
        <bob> 0123456789012345678901234567890123
          4567890123456789
        * yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
        ana> x|
        ",
    );
}

#[test]
fn a_padded_line_forges_no_row() {
    let (mut pty, mut peer) = ana();
    peer.send(&format!("<eve> hi{}* bob left", " ".repeat(32)));
    pty.expect_part("  * bob left");
    peer.send(&format!("<eve> hi{}* bob left (banned)", ".".repeat(32)));
    pty.expect_part("  bob left (banned)");
}

#[test]
fn long_lines_scroll_and_follow_the_window() {
    let (mut pty, mut peer) = ana();
    let long = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    pty.press(long);
    pty.expect("ana> 89ABCDEFGHIJKLMNOPQRSTUVWXYZ|");
    pty.press("\x01");
    pty.expect("ana> |abcdefghijklmnopqrstuvwxyz01234567");
    pty.resize(8, 80);
    pty.expect(&format!("ana> |{long}"));
    pty.resize(8, 20);
    pty.expect("ana> |abcdefghijklmn");
    pty.press("\x05\r");
    peer.expect(long);
}

#[test]
fn wide_characters_and_emoji() {
    let (mut pty, mut peer) = ana();
    pty.press("日本🦀e\u{301}\x1b[D\x1b[D");
    pty.expect("ana> 日本|🦀e\u{301}");
    pty.press("\x7f");
    pty.expect("ana> 日|🦀e\u{301}");
    pty.press("\x1b[3~\x05\x7fé\r");
    peer.expect("日é");
    pty.expect(
        "
        <ana> 日é
        ana> |
        ",
    );
}

#[test]
fn history_and_completion() {
    let (mut pty, mut peer) = ana();
    peer.send("<Bob> hi");
    pty.press("one\rtwo\rhalf\x1b[A\x1bOA");
    pty.expect_part("ana> one");
    pty.press("\x1b[B\x1b[B");
    pty.expect_part("ana> half");
    pty.press("\x15@b\t");
    pty.expect_part("ana> @Bob ");
    pty.press("psst\r");
    for line in ["one", "two", "@Bob psst"] {
        peer.expect(line);
    }
}

#[test]
fn a_smallest_window_does_no_harm() {
    let (mut pty, mut peer) = ana();
    pty.resize(1, 1);
    pty.press("日本 hello");
    peer.send("<bob> 日");
    pty.resize(2, 2);
    pty.press("\x01\x05\x0c!");
    pty.resize(8, 40);
    pty.expect_part("ana> 日本 hello!");
    pty.press("\r");
    peer.expect("日本 hello!");
}

#[test]
fn a_storm_of_resizes_disturbs_nobody() {
    let (mut pty, mut peer) = ana();
    for n in 0..100 {
        pty.press("x");
        peer.send(&format!("<bob> line {n}"));
        // Each sends SIGWINCH, which may come while papo waits, reads or draws.
        for columns in [20, 60, 40] {
            pty.resize(8, columns);
        }
        pty.expect_part(&format!("<bob> line {n}"));
    }
    pty.press("\r");
    peer.expect(&"x".repeat(100));
}

#[test]
fn a_paste_is_not_sent_by_accident() {
    let (mut pty, mut peer) = ana();
    pty.press("\x1b[200~one\rtwo\r\nthree\r\x1b[201~");
    pty.expect("ana (3 lines)> one↵two↵three↵|");
    pty.press("\r");
    pty.expect("send 3 lines? y/N, e: as one |");
    pty.press("y");
    for line in ["one", "two", "three"] {
        peer.expect(line);
    }
    pty.expect(
        "
        <ana> one
        <ana> two
        <ana> three
        ana> |
        ",
    );
}

#[test]
fn pasted_code_keeps_its_indentation() {
    let (mut pty, mut peer) = ana();
    pty.press("\x1b[200~def f(x):\r    @g\r    return x + 1  \r\x1b[201~\r");
    pty.expect_part("send 3 lines?");
    pty.press("y");
    for line in ["def f(x):", "    @g", "    return x + 1"] {
        peer.expect(line);
    }
    pty.expect(
        "
        <ana> def f(x):
        <ana>     @g
        <ana>     return x + 1
        ana> |
        ",
    );
}

#[test]
fn a_paste_of_a_megabyte_is_refused() {
    let (mut pty, mut peer) = ana();
    let paste = ["\x1b[200~", &"some words\r".repeat(1024 * 100), "\x1b[201~"].concat();
    pty.press_much(paste.as_bytes());
    pty.press("hi\r");
    // No part of it is in the row that Enter sends.
    peer.expect("hi");
    pty.expect_part("<ana> hi");
    let raw = pty.raw_text();
    assert_eq!(raw.matches("only 65536 bytes fit").count(), 1);
}

#[test]
fn a_line_that_is_too_long_stays() {
    let (mut pty, mut peer) = ana();
    pty.press(&"x".repeat(1025));
    pty.press("\r");
    pty.expect_part("1025 bytes");
    pty.press("\x7f\r");
    peer.expect(&"x".repeat(1024));
}

#[test]
fn hostile_lines_are_harmless() {
    let (mut pty, mut peer) = ana();
    pty.press("safe");
    peer.send_bytes(b"<bob> \x1b[2J\x1b]0;owned\x07\x1b[31m\n");
    peer.send_bytes("~ b\u{9b}2J\u{202e} \x7f\x08\r\r\n".as_bytes());
    peer.send_bytes(b"\xff\xfd\x01* half \x1b");
    peer.send_bytes(b"[6n\n");
    // The test's screen draws no U+FFFD.
    pty.expect(
        "
        <bob> [2J]0;owned[31m
        ~ b2J
        * half [6n
        ana> safe|
        ",
    );
    let raw = pty.raw_text();
    assert!(
        raw.contains("> \u{fffd}[2J\u{fffd}]0;owned\u{fffd}\u{fffd}[31m\r\n"),
        "{raw:?}"
    );
    assert!(
        raw.contains("b\u{fffd}2J\u{fffd}\x1b[0m \u{fffd}\u{fffd}\u{fffd}\r\n"),
        "{raw:?}"
    );
    assert!(
        raw.contains("\u{fffd}\u{fffd}\u{fffd}* half \u{fffd}[6n\r\n"),
        "{raw:?}"
    );
}

#[test]
fn an_endless_line_is_cut() {
    let (mut pty, mut peer) = ana();
    let endless = vec![b'x'; 1024 * 1024];
    peer.send_bytes(&endless);
    peer.send("\n<bob> after it");
    pty.expect_part("<bob> after it");
    assert!(pty.raw.len() < 50_000, "{} bytes", pty.raw.len());
}

#[test]
fn the_language_and_the_name_are_sent_at_once() {
    let server = Server::start();
    let mut pty = Pty::papo(&[&server.address(), "--name=ana", "--lang=pt"]);
    let mut peer = server.accept();
    peer.expect("/lang pt");
    peer.expect("ana");
    peer.send("! ana já está aqui");
    pty.expect_part("! ana já está aqui");
    pty.press("eva\r");
    peer.expect("eva");
    peer.send("* boas-vindas, eva! ...");
    pty.expect_part("eva>");
    pty.press("\x03");
    pty.expect(
        "
        ! ana já está aqui
        eva
        * boas-vindas, eva! ...
        -- aperte ^C de novo para sair, ou
          digite /sair
        eva> |
        ",
    );
}

#[test]
fn a_name_that_was_given_is_not_asked_for_in_any_language() {
    let server = Server::start();
    let mut pty = Pty::papo(&[&server.address(), "--name=ana", "--lang=pt"]);
    let mut peer = server.accept();
    peer.send(
        "* papo: qual é o seu nome?\n! o nome ana já está em uso\n* papo: qual é o seu nome?",
    );
    pty.expect(
        "
        ! o nome ana já está em uso
        * papo: qual é o seu nome?
        > |
        ",
    );
}

#[test]
fn colours_unless_they_are_not_wanted() {
    let lines = "<bob> hi\n! no\n[private from bob] psst\n* end";
    let (mut pty, mut peer) = ana();
    peer.send(lines);
    pty.expect_part("* end");
    let raw = pty.raw_text();
    for style in [
        "\x1b[31m! no\x1b[0m",
        "\x1b[1;35m[private from bob]\x1b[0m",
        "\x1b[2m* end\x1b[0m",
    ] {
        assert!(raw.contains(style), "{raw:?}");
    }
    assert!(raw.contains("mbob\x1b[0m> hi"), "{raw:?}");

    let (mut pty, mut peer) = ana_in(|arguments| {
        let mut command = Pty::command(arguments);
        command.env("NO_COLOR", "1");
        Pty::spawn(command, 8, 40)
    });
    peer.send(lines);
    pty.expect_part("* end");
    let raw = pty.raw_text();
    for style in ["\x1b[2m", "\x1b[31m", "\x1b[1;35m", "\x1b[38;"] {
        assert!(!raw.contains(style), "{raw:?}");
    }
}

#[test]
fn a_terminal_with_few_colours_gets_no_others() {
    for term in ["linux", "ansi", "vt220", "xterm"] {
        let (mut pty, mut peer) = ana_in(|arguments| {
            let mut command = Pty::command(arguments);
            command.env("TERM", term);
            Pty::spawn(command, 8, 40)
        });
        peer.send("<bob> hi\n* end");
        pty.expect_part("* end");
        let raw = pty.raw_text();
        assert!(
            !raw.contains("\x1b[38;") && raw.contains("mbob\x1b[0m> hi"),
            "{raw:?}"
        );
    }
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let server = Server::start();
    let mut command = Pty::command(&[&server.address(), "--name", "ana"]);
    command.env("TERM", "dumb");
    let mut pty = Pty::spawn(command, 8, 40);
    let mut peer = server.accept();
    peer.expect("ana");
    peer.send(&WELCOME[..14]);
    pty.expect_part("* welcome, ana");
    assert!(!pty.raw.contains(&0x1b) && pty.is_as_before());
}

#[test]
fn output_that_is_no_terminal_gets_plain_lines() {
    let server = Server::start();
    let mut pty = Pty::script(r#""$@" | cat; echo "end""#, "-c", &[&server.address()]);
    let mut peer = server.accept();
    pty.press("ana\r");
    peer.welcome_ana();
    pty.expect_part("* welcome, ana!");
    pty.press("\x04");
    assert_eq!(peer.rest(), "");
    peer.close();
    pty.expect_part("end");
    assert!(!pty.raw.contains(&0x1b) && pty.is_as_before());
}
