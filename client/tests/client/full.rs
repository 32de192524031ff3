//! `papo --full`: a screen of its own, with a page for each room.

use std::process::Command;

use nix::sys::signal::Signal;

use crate::pty::Pty;
use crate::server::{Peer, Server, TAGS};

const FOCUS_IN: &str = "\x1b[I";
const FOCUS_OUT: &str = "\x1b[O";
const PAGE_UP: &str = "\x1b[5~";
const PAGE_DOWN: &str = "\x1b[6~";
const UP: &str = "\x1b[A";

/// `ana` in the lobby with bob, in a window of so many rows and columns.
fn ana_by(
    command: impl FnOnce(&[&str]) -> Command,
    rows: u16,
    columns: u16,
) -> (Server, Pty, Peer) {
    let server = Server::start();
    let mut command = command(&[&server.address(), "--name", "ana"]);
    command.arg("--full");
    let mut pty = Pty::spawn(command, rows, columns);
    let mut peer = server.accept();
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * every line begins with a tag from now on, for programs; /tags off ends that");
    peer.send("@9 #lobby:4 epoch 7");
    peer.send("@9 * welcome, ana! you are in lobby with bob; /help lists the commands");
    peer.send("@9 key k");
    peer.expect("/online");
    peer.send("@9 * 2 here: bob, ana\n@9 * 1 elsewhere: carl (games)");
    pty.expect_part("ana>");
    (server, pty, peer)
}

pub(crate) fn ana(rows: u16, columns: u16) -> (Server, Pty, Peer) {
    ana_by(Pty::command, rows, columns)
}

/// The same with a bell for what is meant for her.
fn ana_with_bell() -> (Server, Pty, Peer) {
    let command = |arguments: &[&str]| {
        let mut command = Pty::command(arguments);
        command.args(["--notify", "bell"]);
        command
    };
    ana_by(command, 9, 40)
}

/// Ana is in games as well.
pub(crate) fn in_games(pty: &mut Pty, peer: &mut Peer) {
    pty.press("/also games\r");
    peer.expect("/also games");
    peer.send("@9 #games:1 epoch 7\n@9 * you are also in games with carl");
    pty.expect_part("2 games");
}

/// Only the rows of text on the screen, without the column of who is here.
fn text(pty: &Pty) -> Vec<String> {
    let drawn = pty.drawn();
    let rows = drawn.lines().filter_map(|row| row.split_once('│'));
    let text = rows.map(|(text, _)| text.trim_end().to_owned());
    text.filter(|text| !text.is_empty()).collect()
}

#[test]
fn rooms_people_and_status_stand_around_the_text() {
    let (_server, mut pty, mut peer) = ana(11, 80);
    in_games(&mut pty, &mut peer);
    peer.send("@10 #lobby:5 * eva joined\n@10 #lobby:6 <bob> one\n@10 #games:2 <carl> x");
    peer.send("@10 #games:3 <carl> ana?\n@10 #lobby:7 * bob left: \"bye\"");
    pty.expect_part("bob left");
    pty.expect(
        "
[1 lobby] 2 games (2!)
                                                              │ ana
* welcome, ana! you are in lobby with bob; /help lists the    │ eva
  commands                                                    │
/also games                                                   │
* you are also in games with carl                             │
* eva joined                                                  │
<bob> one                                                     │
* bob left: \"bye\"                                             │
 ana · #lobby · 2 here · PgUp, ^S searches, Alt-1 goes to room 1
ana> |
",
    );
    assert!(!pty.drawn().contains("here:") && !pty.drawn().contains("elsewhere"));
}

#[test]
fn a_narrow_or_low_window_has_less_around_the_text() {
    let (_server, mut pty, mut peer) = ana(5, 20);
    peer.send("@10 #lobby:5 <bob> one two three four five");
    pty.expect(
        "
  the commands
<bob> one two three
  four five
 ana · #lobby · 2 h…
ana> |
",
    );
    pty.resize(3, 200);
    pty.expect(
        "
* welcome, ana! you are in lobby with bob; /help lists the commands                                                                                                                   │ ana
<bob> one two three four five                                                                                                                                                         │ bob
ana> |
",
    );
    let mut typed = String::new();
    for rows in [1, 2, 30] {
        pty.resize(rows, 10);
        pty.press("x");
        typed += "x";
        pty.expect_part(&typed);
    }
}

#[test]
fn alt_and_a_digit_goes_to_a_room_and_back() {
    let (_server, mut pty, mut peer) = ana(9, 60);
    in_games(&mut pty, &mut peer);
    peer.send("@10 #games:2 <carl> new here");
    pty.expect_part("2 games (1)");
    pty.press("typed meanwhile\x1b2");
    peer.expect("/join games");
    peer.send("@11 * you are in games with carl");
    peer.expect("/online");
    peer.send("@11 * 2 here: carl, ana");
    pty.expect_part("[2 games]");
    pty.expect_part("ana #games> typed meanwhile");
    pty.wait(
        |pty| text(pty) == ["── 1 new ──", "<carl> new here"],
        "only what is of the room",
    );
    peer.send("@12 #lobby:5 <bob> ana, look");
    pty.expect_part("1 lobby (1!)");
    pty.press("\x1ba");
    peer.expect("/join lobby");
    peer.send("@12 * you are in lobby with bob");
    pty.expect_part("[1 lobby]");
    pty.expect_part("<bob> ana, look");
}

#[test]
fn the_page_scrolls_and_stays_where_it_is() {
    let (_server, mut pty, mut peer) = ana(9, 40);
    for number in 5..45 {
        peer.send(&format!("@10 #lobby:{number} <bob> line {number}."));
    }
    pty.expect_part("line 44.\n ana");
    pty.press(PAGE_UP);
    pty.expect_part("line 40.\n 4 rows below");
    peer.send("@10 #lobby:45 <bob> line 45.");
    pty.expect_part("line 40.\n 5 rows below");
    pty.resize(9, 14);
    pty.expect_part("<bob> line 40.");
    assert!(!pty.drawn().contains("line 41."), "{}", pty.drawn());
    pty.resize(9, 40);
    for _ in 0..20 {
        pty.press(PAGE_UP);
    }
    pty.expect_part("[1 lobby]\n* welcome");
    pty.press(PAGE_DOWN);
    pty.expect_part("line 12.\n 33 rows below");
    pty.press("typed\r");
    assert!(peer.line().ends_with("typed"));
    pty.expect_part("line 45.\n");
}

#[test]
fn a_search_finds_what_was_said() {
    let (_server, mut pty, mut peer) = ana(9, 60);
    for number in 5..60 {
        let word = if number % 20 == 0 { "Tea" } else { "nothing" };
        peer.send(&format!("@10 #lobby:{number} <bob> {word} {number}."));
    }
    pty.expect_part("nothing 59.");
    pty.press("begun\x13tea");
    pty.expect_part("<bob> Tea 40.");
    pty.expect_part("search tea:");
    pty.press(UP);
    pty.expect_part("<bob> Tea 20.");
    assert!(pty.raw_text().contains("\x1b[7m<bob> Tea 20."));
    pty.press("x");
    pty.expect_part("no match teax:");
    pty.press("\x7f");
    pty.expect_part("<bob> Tea 40.");
    pty.press("\r");
    pty.expect_part("ana> begun");
    assert!(pty.drawn().contains("Tea 40."));
    pty.press("\x13\x1b");
    pty.expect_part("nothing 59.");
    // Pasted by mistake: a search for the history, too.
    let paste = format!("\x1b[200~{}\x1b[201~", "no ".repeat(300_000));
    for search in ["\x13", "\x1b\x12"] {
        pty.press(search);
        pty.expect_part(": ");
        pty.press_much(paste.as_bytes());
        pty.expect_part(" no no");
    }
    pty.press("\x07end");
    pty.expect_part("ana> begunend");
}

#[test]
fn who_looks_elsewhere_finds_a_rule_and_is_told() {
    let (_server, mut pty, mut peer) = ana_with_bell();
    pty.press(FOCUS_OUT);
    pty.press("x");
    pty.expect_part("ana> x");
    peer.send("@10 #lobby:5 <bob> one\n@10 #lobby:6 <bob> ana: two");
    pty.expect_part("── 2 new ──\n<bob> one\n<bob> ana: two");
    assert_eq!(pty.raw_text().matches('\x07').count(), 1);
    pty.press(FOCUS_IN);
    pty.press("y");
    pty.expect_part("ana> xy");
    peer.send("@10 #lobby:7 <bob> ana: three");
    pty.expect_part("── 2 new ──\n<bob> one\n<bob> ana: two\n<bob> ana: three");
    assert_eq!(pty.raw_text().matches('\x07').count(), 1);
}

#[test]
fn the_terminal_is_as_it_was_however_it_ends() {
    for signal in [None, Some(Signal::SIGTERM), Some(Signal::SIGHUP)] {
        let (_server, mut pty, mut peer) = ana(9, 40);
        assert!(pty.raw_text().contains("\x1b[?1049h"));
        match signal {
            Some(signal) => pty.signal(signal),
            None => {
                pty.press("/quit\r");
                peer.expect("/quit");
                peer.send("@10 * bye, ana");
                peer.close();
            }
        }
        pty.wait_for_end();
        assert!(pty.is_as_before());
        let raw = pty.raw_text();
        let (_, left) = raw.rsplit_once("\x1b[?1049l").expect("the screen is left");
        assert!(
            signal.is_some() || left.contains("* bye, ana\x1b[0m\r\n"),
            "{left:?}"
        );
    }
}

#[test]
fn a_line_moves_the_others_up_and_is_all_that_is_written() {
    let (_server, mut pty, mut peer) = ana(24, 80);
    let text = "as people say it, of some forty letters";
    for number in 5..40 {
        peer.send(&format!("@10 #lobby:{number} <bob> {number} {text}"));
        pty.expect_part(&format!("{number} {text}"));
    }
    let before = pty.raw.len();
    peer.send(&format!("@10 #lobby:40 <bob> 40 {text}"));
    pty.expect_part(&format!("39 {text}{}│\n<bob> 40 {text}", " ".repeat(14)));
    assert!(!pty.raw_text()[before..].contains("39"));
    let drawn = pty.drawn();
    pty.press("\x0c");
    pty.wait(
        |pty| pty.raw_text()[before..].contains("39"),
        "all of it anew",
    );
    pty.wait(|pty| pty.drawn() == drawn, "the same");
}

#[test]
fn who_is_here_is_shown_with_no_key_and_no_line() {
    let (_server, mut pty, mut peer) = ana(9, 70);
    pty.expect_part("│ ana");
    pty.expect_part("│ bob");
    in_games(&mut pty, &mut peer);
    pty.press("\x1b2");
    peer.expect("/join games");
    peer.send("@11 * you are in games with carl");
    peer.expect("/online");
    pty.expect_part("[2 games]");
    pty.wait(|pty| !pty.drawn().contains('│'), "nobody of the lobby");
    peer.send(
        "@11 * 2 here: carl, ana\n@11 * 1 away: carl\n@11 * 1 script listens here, over HTTP",
    );
    pty.expect_part("│ carl");
    peer.send("@12 * ana is a word");
    pty.expect_part("* ana is a word");
    assert!(!pty.drawn().contains("away") && !pty.drawn().contains("script"));
}

#[test]
fn a_question_gets_no_key_of_the_screen_for_an_answer() {
    let (_server, mut pty, mut peer) = ana(9, 70);
    in_games(&mut pty, &mut peer);
    pty.press("\x13hel");
    pty.expect_part("search hel:");
    peer.send("@11 * papo: what is the password of the operators?");
    pty.expect_part("password: ");
    pty.press("\x1b2\x13secret");
    pty.expect_part("password: *******");
    pty.press("\r");
    assert_eq!(peer.line(), "2secret");
}

#[test]
fn a_paste_goes_to_its_room_before_a_key_leads_to_another_one() {
    let (_server, mut pty, mut peer) = ana(12, 70);
    in_games(&mut pty, &mut peer);
    let lines: Vec<String> = (1..=9).map(|n| format!("line{n}")).collect();
    pty.press(&format!("\x1b[200~{}\x1b[201~\r", lines.join("\r")));
    pty.expect_part("send 9 lines?");
    pty.press("y");
    assert!(peer.line().ends_with(&lines[0]));
    pty.press("\x1b2");
    for line in &lines[1..] {
        assert!(peer.line().ends_with(line.as_str()));
    }
    peer.expect("/join games");
}

#[test]
fn lines_stay_in_the_room_in_which_they_were_said() {
    let (_server, mut pty, mut peer) = ana(9, 70);
    in_games(&mut pty, &mut peer);
    pty.press("mine\r\x1b2");
    assert!(peer.line().ends_with("mine"));
    peer.expect("/join games");
    peer.send("@11 #lobby:5 said 1\n@11 #lobby:6 <bob> one\n@11 * you are in games with carl");
    peer.expect("/online");
    peer.send("@11 * 2 here: ana, carl");
    pty.expect_part("[2 games]");
    assert_eq!(text(&pty), [""; 0]);
    pty.press("\x1b1");
    peer.expect("/join lobby");
    peer.send("@11 * you are in lobby with bob");
    pty.expect_part("[1 lobby]");
    pty.expect_part("<ana> mine");
    pty.expect_part("<bob> one");
}

#[test]
fn a_search_is_shown_in_any_window_and_takes_only_what_can_be_drawn() {
    let (_server, mut pty, _peer) = ana(9, 20);
    pty.press("\x13wel\u{202e}come");
    pty.expect_part("search welcome:");
    pty.press("\x1b[200~\rx\x1b[201~\x1b");
    pty.expect("[1 lobby]\n\n\n* welcome, ana! you\n  are in lobby with\n  bob; /help lists\n  the commands\n ana · #lobby · 2 h…\nana> |");
}

#[test]
fn a_scrolled_page_stands_still_and_joins_are_found() {
    let (_server, mut pty, mut peer) = ana(9, 40);
    for number in 5..30 {
        peer.send(&format!("@10 #lobby:{number} <bob> line {number}."));
    }
    pty.expect_part("line 29.\n ana");
    pty.press(PAGE_UP);
    pty.expect_part("line 25.\n 4 rows below");
    pty.press(FOCUS_OUT);
    peer.send("@10 #lobby:30 * zoe joined\n@10 #lobby:31 * max joined");
    peer.send("@10 #lobby:32 <carl> after them\n@10 #lobby:33 <carl> and more");
    pty.expect_part("line 25.\n 8 rows below");
    pty.press(FOCUS_IN);
    for _ in 0..3 {
        pty.press(PAGE_DOWN);
    }
    pty.expect_part("* zoe, max joined\n── 2 new ──\n<carl> after them\n<carl> and more\n ana");
    pty.press("\x13zoe");
    pty.expect_part("search zoe");
    assert!(pty.raw_text().contains("\x1b[7m* zoe, max joined"));
}

#[test]
fn without_reports_of_the_focus_a_bell_rings_as_ever() {
    let (_server, mut pty, mut peer) = ana_with_bell();
    peer.send("@10 [private from bob] psst");
    pty.expect_part("psst");
    pty.wait(|pty| pty.raw_text().contains('\x07'), "a bell");
}

#[test]
fn what_is_told_before_the_screen_opens_stands_on_it() {
    let folder = std::env::temp_dir().join(format!("papo-full-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("papo")).expect("a folder");
    std::fs::write(folder.join("papo/config.toml"), "nme = 1\n").expect("a file");
    let (_server, mut pty, _peer) = ana_by(
        |arguments| {
            let mut command = Pty::command(arguments);
            command.env("XDG_CONFIG_HOME", &folder);
            command
        },
        20,
        200,
    );
    std::fs::remove_dir_all(&folder).expect("a folder");
    pty.expect_part("line 1: nme is no setting; there are name, lang,");
    pty.expect_part("[1 lobby]");
}

#[test]
fn the_rule_fits_into_the_narrowest_window() {
    let (_server, mut pty, mut peer) = ana(9, 20);
    pty.resize(9, 10);
    pty.press(FOCUS_OUT);
    peer.send("@10 #lobby:5 <bob> x");
    pty.expect_part("── 1 new …\n<bob> x\n");
}
