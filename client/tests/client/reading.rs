//! What helps reading: times of day, dates, and what is new.

use crate::ana_in;
use crate::away::ana_by;
use crate::pty::Pty;
use crate::server::{Peer, Server, TAGS};

const FOCUS_IN: &str = "\x1b[I";
const FOCUS_OUT: &str = "\x1b[O";

/// `ana` in a window of so many columns, with these options.
fn ana(columns: u16, options: &[&str]) -> (Server, Pty, Peer) {
    let command = |arguments: &[&str]| {
        let mut command = Pty::command(arguments);
        command.args(options).env("TERM", "xterm-256color");
        command
    };
    ana_by(command, columns)
}

#[test]
fn times_and_dates_are_told_where_they_are_new() {
    for columns in [20, 80, 200] {
        let (_server, mut pty, mut peer) = ana_by(Pty::command_with_times, columns);
        peer.send("@60000 #lobby:7:1 old <eva> past\n@86340 #lobby:5 <bob> one two three four");
        peer.send("@86341 #lobby:6 <bob> two\n@86342 * 2 here: ana, bob");
        peer.send("@86400 #lobby:7 * carl joined");
        let long = match columns {
            20 => "one two\n  three four",
            _ => "one two three four",
        };
        pty.expect(&format!(
            "
── Thu 1 Jan 1970 ──
16:40 <eva> past
23:59 <bob> {long}
<bob> two
* 2 here: ana, bob
── Fri 2 Jan 1970 ──
00:00 * carl joined
ana> |"
        ));
        assert!(pty.raw_text().contains("\x1b[2m<eva> past\x1b[0m"));
        pty.press("/lang pt\r");
        peer.expect("/lang pt");
        peer.send("@1764288000 #lobby:8 <bob> hoje");
        pty.expect_part(match columns {
            20 => "\nsex 28 nov 2025\n00:00 <bob> hoje",
            _ => "\n── sex 28 nov 2025 ──\n00:00 <bob> hoje",
        });
        pty.press("\x03");
        pty.expect_part("aperte ^C");
    }
}

#[test]
fn lines_that_were_asked_for_begin_with_their_time() {
    let (_server, mut pty, mut peer) = ana_by(Pty::command_with_times, 80);
    peer.send("@60000 #lobby:5 <bob> one\n@60001 #lobby:6 <bob> two");
    pty.expect_part("16:40 <bob> one\n<bob> two");
    pty.press("/history 2\r");
    peer.expect("/history 2");
    peer.send("@60000 #lobby:7:5 old <bob> one\n@60001 #lobby:7:6 old <bob> two");
    pty.expect_part("16:40 <bob> one\n<bob> two\n/history 2\n16:40 <bob> one\n<bob> two");
}

#[test]
fn a_server_that_tells_no_times_is_read_by_the_own_clock() {
    let (mut pty, mut peer) = ana_in(|arguments| {
        let mut command = Pty::command_with_times(arguments);
        command.env("TZ", "America/Sao_Paulo");
        Pty::spawn(command, 8, 40)
    });
    peer.send("<bob> hi");
    pty.wait(
        |pty| {
            let drawn = pty.drawn();
            let row = drawn.lines().next().unwrap_or_default().to_owned();
            let time = row
                .strip_suffix(" <bob> hi")
                .and_then(|time| time.split_once(':'));
            time.is_some_and(|(hour, minute)| {
                hour.len() == 2 && hour < "24" && minute.len() == 2 && minute < "60"
            })
        },
        "a time of day",
    );
}

#[test]
fn the_own_name_and_chosen_words_stand_out() {
    let (_server, mut pty, mut peer) = ana(80, &["--highlight", "lunch", "--highlight=C++"]);
    peer.send(
        "@10 #lobby:5 <bob> Ana, is there LUNCH? anas lunches c++\n@10 #games:5 ~ eva sees ana",
    );
    peer.send("@10 #lobby:7:2 old <bob> ana of old\n@10 #lobby:6 * ana and eva joined");
    pty.expect_part("* ana and eva joined");
    let raw = pty.raw_text();
    let on = |word: &str| format!("\x1b[7m{word}\x1b[0m");
    let line = format!(
        "> {}, is there {}? anas lunches {}",
        on("Ana"),
        on("LUNCH"),
        on("c++")
    );
    assert!(
        raw.contains(&line) && raw.contains(&format!(" sees {}", on("ana"))),
        "{raw:?}"
    );
    assert!(!raw.contains(&format!("{} of old", on("ana"))));
}

#[test]
fn who_looks_elsewhere_is_told_of_what_is_meant_for_them() {
    let told = |options: &[&str], term: &str| {
        let (_server, mut pty, mut peer) = ana_by(
            |arguments| {
                let mut command = Pty::command(arguments);
                command.args(options).env("TERM", term);
                command
            },
            80,
        );
        pty.press(FOCUS_IN);
        pty.press("x");
        pty.expect_part("ana> x");
        peer.send("@10 #lobby:5 <bob> ana: seen");
        pty.expect_part("ana: seen");
        pty.press(FOCUS_OUT);
        pty.press("y");
        pty.expect_part("ana> xy");
        let before = pty.raw.len();
        peer.send("@11 #lobby:6 <bob> not for you\n@11 #lobby:7:1 old <bob> ana");
        peer.send("@11 [private from b;b] 4;a\x1b]0;x\x07\n@11 [private from eva] and\n@11 * end");
        pty.expect_part("* end");
        let raw = pty.raw_text();
        assert!(!raw[..before].contains(['\x07']) && !raw[..before].contains("\x1b]"));
        raw[before..].to_owned()
    };
    let bell = told(&["--notify", "bell"], "xterm");
    assert_eq!(
        (bell.matches('\x07').count(), bell.matches("\x1b]").count()),
        (1, 0)
    );
    let off = told(&[], "xterm");
    assert!(!off.contains('\x07') && !off.contains("\x1b]"));
    for (term, begin) in [
        ("xterm", "\x1b]9;"),
        ("xterm-kitty", "\x1b]99;;"),
        ("rxvt-unicode", "\x1b]777;notify;papo;"),
    ] {
        let desktop = told(&["--notify=desktop"], term);
        let notice = format!("{begin}b,b: 4,a\u{fffd}]0,x\u{fffd}\x1b\\");
        assert!(desktop.contains(&notice), "{desktop:?}");
        assert_eq!(desktop.matches("\x1b]").count(), 1);
    }
}

#[test]
fn what_came_meanwhile_is_below_a_rule() {
    for columns in [20, 80, 200] {
        let (_server, mut pty, mut peer) = ana(columns, &[]);
        peer.send("@10 #lobby:5 <bob> seen");
        pty.expect_part("seen");
        pty.press(&format!("{FOCUS_OUT}{FOCUS_IN}{FOCUS_OUT}"));
        pty.press("x");
        pty.expect_part("ana> x");
        peer.send("@10 #lobby:6 * carl joined\n@10 #lobby:7 <bob> one two three four\n@10 #lobby:8 <bob> two");
        let one = if columns == 20 {
            "one two three\n  four"
        } else {
            "one two three four"
        };
        let screen = |new: &str, more: &str| {
            format!(
                "\n<bob> seen\n* carl joined\n── {new} ──\n<bob> {one}\n<bob> two\n{more}ana> x|"
            )
        };
        pty.expect(&screen("new", ""));
        pty.press(FOCUS_IN);
        pty.expect(&screen("2 new", ""));
        peer.send("@10 #lobby:9 <bob> three");
        pty.expect(&screen("2 new", "<bob> three\n"));
        pty.press(&format!("{FOCUS_OUT}{FOCUS_IN}!"));
        pty.expect_part("three\nana> x!");
    }
}

#[test]
fn a_rule_that_has_scrolled_away_or_may_be_elsewhere_is_not_changed() {
    let lines = |count: u64| -> String {
        let line = |n| format!("@10 #lobby:{} <bob> {n}.\n", n + 5);
        (0..count).map(line).collect()
    };
    let (_server, mut pty, mut peer) = ana(80, &[]);
    pty.press(&format!("{FOCUS_OUT}x"));
    pty.expect_part("ana> x");
    peer.send(lines(40).trim_end());
    pty.expect_part("39.\nana> x");
    pty.press(&format!("{FOCUS_IN}y"));
    pty.expect_part("39.\nana> xy");
    assert!(pty.raw_text().contains("── new ──") && !pty.raw_text().contains("40 new"));

    let (_server, mut pty, mut peer) = ana(80, &[]);
    pty.press(&format!("{FOCUS_OUT}x"));
    pty.expect_part("ana> x");
    peer.send(lines(2).trim_end());
    pty.expect_part("1.\nana> x");
    pty.resize(24, 79);
    pty.press(&format!("{FOCUS_IN}y"));
    pty.expect("── new ──\n<bob> 0.\n<bob> 1.\nana> xy|");
}

#[test]
fn joins_and_leaves_are_one_line_until_something_else_comes() {
    for columns in [20, 80, 200] {
        let (_server, mut pty, mut peer) = ana(columns, &[]);
        peer.send("@10 #lobby:5 * carl joined");
        pty.press("half");
        pty.expect("* carl joined\nana> half|");
        peer.send("@10 #lobby:6 * dora and fred joined\n@10 #lobby:7 * carl left: \"bye\"");
        let (row, rows) = match columns {
            20 => ("* dora, fred joine…", "* dora, fred joined;\n  carl left"),
            _ => (
                "* dora, fred joined; carl left",
                "* dora, fred joined; carl left",
            ),
        };
        pty.expect(&format!("{row}\nana> half|"));
        peer.send("@10 #lobby:8 <bob> hi\n@10 #lobby:9 * gil joined\n@10 #games:9 * hal joined");
        let below = "<bob> hi\n* gil joined\n#games * hal joined";
        pty.expect(&format!("{rows}\n{below}\nana> half|"));
        pty.press("\x15\x04");
        peer.expect("/quit");
        peer.send("@11 #games:10 * ivo joined\n@11 * bye, ana");
        peer.close();
        pty.wait_for_end();
        pty.expect_part("* gil joined\n#games * hal, ivo");
    }
}

#[test]
fn folded_lines_have_the_time_of_the_first() {
    let (_server, mut pty, mut peer) = ana_by(Pty::command_with_times, 80);
    peer.send("@60000 #lobby:5 * carl joined\n@60060 #lobby:6 * dora joined");
    pty.expect("── Thu 1 Jan 1970 ──\n16:40 * carl, dora joined\nana> |");
    peer.send("@60061 #lobby:7 <dora> hi");
    pty.expect_part("16:40 * carl, dora joined\n16:41 <dora> hi");
}

#[test]
fn a_screen_reader_gets_one_line_after_another() {
    for columns in [20, 80, 200] {
        let (_server, mut pty, mut peer) = read_aloud(columns);
        let raw_ends = |end: &'static str| move |pty: &Pty| pty.raw_text().ends_with(end);
        for (keys, drawn) in [("helo", "helo"), ("\x7f", "\x08 \x08"), ("lo", "lo")] {
            pty.press(keys);
            pty.wait(raw_ends(drawn), drawn);
        }
        peer.send("@86399 #lobby:5 <bob> ana?\n@86400 #lobby:6 * carl joined\n@86401 #lobby:7 * dora joined");
        pty.expect_part("* dora joined");
        pty.press("!");
        pty.expect_part("\nhello!");
        pty.press("\r");
        peer.expect("/once 1 hello!");
        peer.send("@86402 #lobby:8 said 1\n@86403 #lobby:9 <bob> fine");
        pty.expect_part("<bob> fine");
        peer.send("@86404 * papo: what is the password of ana?");
        pty.expect_part("password: ");
        pty.press("geheim");
        pty.expect_part("password: ******");
        pty.resize(24, columns);
        pty.press("\r");
        peer.expect("geheim");
        pty.wait(raw_ends("\r\nana> "), "the prompt");
        peer.send("@86405 ! no");
        pty.expect_part("! no");
        let raw = pty.raw_text();
        let (_, shown) = raw.split_once("* welcome").expect("a welcome");
        let expected = [
            "",
            ", ana! you are alone in lobby",
            "ana> helo\x08 \x08lo",
            "Thu 1 Jan 1970",
            "23:59 <bob> ana?",
            "Fri 2 Jan 1970",
            "00:00 * carl joined",
            "* dora joined",
            "hello!",
            "<bob> fine",
            "* papo: what is the password of ana?",
            "password: ******",
            "ana> ",
            "! no",
            "",
        ];
        assert_eq!(
            shown,
            expected.join("\r\n").trim_start(),
            "in {columns} columns"
        );
    }
}

/// `ana` with a screen reader.
fn read_aloud(columns: u16) -> (Server, Pty, Peer) {
    let server = Server::start();
    let command = Pty::command_with_times(&[&server.address(), "--plain", "--name", "ana"]);
    let mut pty = Pty::spawn(command, 24, columns);
    let mut peer = server.accept();
    peer.expect(TAGS);
    peer.expect("ana");
    // In one piece, so that who sees the prompt is in.
    let welcome =
        "@9 * welcome, ana! you are alone in lobby\n@9 key 00112233445566778899aabbccddeeff";
    peer.send(&format!("@9 * tags\n@9 #lobby:4 epoch 7\n{welcome}"));
    pty.expect_part("\nana> ");
    (server, pty, peer)
}

#[test]
fn a_screen_reader_hears_what_is_sent_and_what_tab_has_to_offer() {
    let (_server, mut pty, mut peer) = read_aloud(80);
    // As dictation sends it: no frame has it before it is sent.
    pty.press("all at once\r");
    peer.expect("/once 1 all at once");
    peer.send("@86406 #lobby:5 said 1");
    pty.expect_part("ana> all at once");
    pty.press("/la\t");
    pty.expect_part("-- lang  lag\n/lag");
    pty.press("\x03\x04");
    peer.expect("/quit");
    peer.close();
    pty.wait_for_end();
    assert!(!pty.raw_text().contains("\x1b[J"));
}
