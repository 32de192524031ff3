//! Editing in a terminal, at 20, 80 and 200 columns.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::pty::Pty;
use crate::server::{Peer, Server};
use crate::{ana, ana_in};

const WIDTHS: [u16; 3] = [20, 80, 200];

/// `ana` in a window of so many columns.
fn ana_at(columns: u16) -> (Pty, Peer) {
    ana_in(|arguments| Pty::spawn(Pty::command(arguments), 8, columns))
}

/// A folder of the test's own, which is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("papo-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("it is ours");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn words_kills_and_undo() {
    for columns in WIDTHS {
        let (mut pty, mut peer) = ana_at(columns);
        pty.press("one two\x1b[1;5D\x1bb!");
        pty.expect("ana> !|one two");
        pty.press("\x1f\x1bf");
        pty.expect("ana> one| two");
        pty.press("\x1bd\x17");
        pty.expect("ana> |");
        pty.press("x \x19");
        pty.expect("ana> x one two|");
        pty.press("\x1b\x7f\x1b\x7f\x18\x15");
        pty.expect("ana> x one |");
        pty.press("\x1f\x1bb\x1bu\x05\x14");
        pty.expect("ana> x one TOW|");
        pty.press("\r");
        peer.expect("x one TOW");
    }
}

#[test]
fn the_killed_texts_are_gone_through() {
    let (mut pty, mut peer) = ana();
    pty.press("one\x15two\x15");
    pty.expect("ana> |");
    pty.press("\x19");
    pty.expect("ana> two|");
    pty.press("\x1by");
    pty.expect("ana> one|");
    pty.press("\r");
    peer.expect("one");
}

#[test]
fn the_history_is_searched() {
    for columns in WIDTHS {
        let (mut pty, mut peer) = ana_at(columns);
        for line in ["hello", "world", "help"] {
            pty.press(&format!("{line}\r"));
            peer.expect(line);
        }
        pty.press("\x0c");
        pty.expect("ana> |");
        pty.press("half\x12");
        pty.wait(
            |pty| pty.drawn().ends_with("half|"),
            "the line is still there",
        );
        pty.press("el");
        pty.wait(|pty| pty.drawn().ends_with("h|elp"), "what was found");
        if columns > 20 {
            pty.expect("search el: h|elp");
        }
        pty.press("\x12");
        pty.wait(
            |pty| pty.drawn().ends_with("h|ello"),
            "what was found before",
        );
        pty.press("\x07");
        pty.expect("ana> half|");
        pty.press("\x12wo\r");
        peer.expect("world");
    }
}

#[test]
fn a_paste_asks_and_goes_out_at_the_pace_of_the_server() {
    for columns in WIDTHS {
        let (mut pty, mut peer) = ana_at(columns);
        let lines: Vec<String> = (1..=10).map(|n| format!("line {n}")).collect();
        pty.press(&format!("\x1b[200~{}\x1b[201~\r", lines.join("\r")));
        pty.expect_part("10 lines? y/N");
        pty.press("n");
        pty.wait(|pty| !pty.drawn().contains("y/N"), "no question");
        pty.press("\r");
        pty.expect_part("lines? y/N");
        pty.press("y");
        pty.expect_part("8/10");
        for line in &lines {
            peer.expect(line);
        }
        pty.wait(|pty| pty.drawn().ends_with("\nana> |"), "no progress");
    }
}

#[test]
fn the_question_is_in_the_language_of_the_user() {
    for (columns, question) in [
        (20, "2 linhas? s/N/e |"),
        (80, "enviar 2 linhas? s/N, e: em uma |"),
    ] {
        let server = Server::start();
        let command = Pty::command(&[&server.address(), "--name", "ana", "--lang", "pt"]);
        let mut pty = Pty::spawn(command, 8, columns);
        let mut peer = server.accept();
        peer.expect("/lang pt");
        peer.expect("ana");
        peer.send("* boas-vindas, ana! ...");
        pty.expect_part("ana>");
        pty.press("\x0c\x1b[200~um\rdois\x1b[201~\r");
        pty.expect(question);
        pty.press("s");
        peer.expect("um");
        peer.expect("dois");
    }
}

#[test]
fn control_c_stops_a_paste() {
    let (mut pty, mut peer) = ana();
    let lines = (1..=40).map(|n| format!("line {n}\r")).collect::<String>();
    pty.press(&format!("\x1b[200~{lines}\x1b[201~\r"));
    pty.expect_part("40 lines?");
    pty.press("y");
    pty.expect_part("/40)>");
    pty.press("\x03");
    pty.expect_part("of 40 lines were sent");
    let drawn = pty.drawn();
    let told = drawn.split("-- stopped: ").nth(1).expect("it is told");
    let sent: usize = told
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a number");
    for n in 1..=sent {
        peer.expect(&format!("line {n}"));
    }
    pty.press("after\r");
    peer.expect("after");
}

#[test]
fn a_second_paste_answers_no_question() {
    let (mut pty, mut peer) = ana();
    pty.press("\x1b[200~one\rtwo\x1b[201~\r");
    pty.expect_part("send 2 lines?");
    // The terminal does not mark it.
    pty.press(", see:\ryes\rno\r");
    pty.expect("ana (4 lines)> one↵two, see:↵yes↵no↵|");
    pty.press("\x03after\r");
    peer.expect("after");
    pty.press("\x1b[200~one\rtwo\x1b[201~\ry\r");
    pty.expect_part("one↵twoy↵");
    pty.press("\x03more\r");
    peer.expect("more");
}

#[test]
fn a_paste_can_be_made_one_line() {
    let (mut pty, mut peer) = ana();
    pty.press("\x1b[200~one\r  two\x1b[201~\r");
    pty.expect_part("send 2 lines?");
    pty.press("e");
    pty.expect("ana> one two|");
    pty.press("\r");
    peer.expect("one two");
}

#[test]
fn the_own_editor_edits_the_text() {
    let folder = Folder::new("compose");
    let script = folder.0.join("editor");
    let seen = folder.0.join("seen");
    let text = format!(
        "#!/bin/sh\nstty -a | grep -o ' -*icanon' > {0}\nls -l \"$2\" >> {0}\ncat \"$2\" >> {0}\n\
         printf 'two\\n  lines\\n' > \"$2\"\n",
        seen.display()
    );
    fs::write(&script, text).expect("it is ours");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("it is ours");
    for columns in WIDTHS {
        let (mut pty, mut peer) = ana_in(|arguments| {
            let mut command = Pty::command(arguments);
            command.env_remove("VISUAL").env("TMPDIR", &folder.0);
            command.env("EDITOR", format!("{} -x", script.display()));
            Pty::spawn(command, 8, columns)
        });
        pty.press("a text\x18\x05");
        pty.expect_part("two↵  lines");
        let told = fs::read_to_string(&seen).expect("it was started");
        assert!(
            told.starts_with(" icanon\n-rw-------") && told.ends_with("\na text\n"),
            "{told}"
        );
        pty.press("\r");
        pty.expect_part("lines? y/N");
        pty.press("y");
        peer.expect("two");
        peer.expect("  lines");
        pty.press("\x04");
        assert_eq!(peer.rest(), "/quit\n");
        peer.close();
        assert!(pty.wait_for_end().success());
    }
    assert_eq!(fs::read_dir(&folder.0).expect("it is ours").count(), 2);
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let (mut pty, mut peer) = ana_in(|arguments| {
        let mut command = Pty::command(arguments);
        command.env("VISUAL", "false");
        Pty::spawn(command, 8, 40)
    });
    pty.press("a text\x18\x05");
    pty.press("!");
    pty.wait(
        |pty| pty.drawn().ends_with("ana> a text!|") || pty.drawn().ends_with("ana> a text|"),
        "the text",
    );
    pty.press("\r");
    assert!(["a text", "a text!"].contains(&peer.line().as_str()));
}

/// `papo` with this folder for what it remembers.
fn remembering(folder: &Folder, arguments: &[&str]) -> Pty {
    let mut command: Command = Pty::command(arguments);
    command.env("XDG_STATE_HOME", &folder.0);
    Pty::spawn(command, 8, 40)
}

#[test]
fn the_history_lasts_and_has_no_passwords() {
    let (folder, server) = (Folder::new("history"), Server::start());
    let start = |server: &Server| {
        let mut pty = remembering(&folder, &[&server.address(), "--name", "ana"]);
        let mut peer = server.accept();
        peer.expect("ana");
        peer.send("* papo: what is the password of ana? (an empty line: another name)");
        pty.expect_part("password: ");
        pty.press("hunter2\r");
        peer.expect("hunter2");
        peer.send(crate::server::WELCOME);
        pty.expect_part("ana>");
        (pty, peer)
    };
    let end = |mut pty: Pty, mut peer: Peer| {
        pty.press("\x15\x04");
        assert_eq!(peer.rest(), "/quit\n");
        peer.close();
        pty.wait_for_end();
    };
    let (mut pty, mut peer) = start(&server);
    for line in ["one", "/register hunter3", "/pasword hunter4", "two"] {
        pty.press(&format!("{line}\r"));
        peer.expect(line);
    }
    end(pty, peer);
    let folder_of_histories = folder.0.join("papo/history");
    let file = folder_of_histories.join(server.address());
    let kept = fs::read_to_string(&file).expect("it is there");
    assert_eq!(kept, "one\ntwo\n");
    let mode = |path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode(&folder_of_histories), mode(&file)), (0o700, 0o600));

    let (mut pty, mut peer) = start(&server);
    pty.press("\x1b[A");
    pty.expect_part("ana> two");
    pty.press("\x1b[A\r");
    peer.expect("one");
    end(pty, peer);
    assert_eq!(
        fs::read_to_string(&file).expect("it is there"),
        "one\ntwo\none\n"
    );
}

#[test]
fn a_pipe_keeps_no_history() {
    let (folder, server) = (Folder::new("pipe-history"), Server::start());
    let mut command = Pty::command(&[&server.address(), "--name", "ana"]);
    command.env("XDG_STATE_HOME", &folder.0).env("TERM", "dumb");
    let mut pty = Pty::spawn(command, 8, 40);
    let mut peer = server.accept();
    peer.welcome_ana();
    pty.expect_part("* welcome");
    pty.press("hello\r");
    peer.expect("hello");
    assert_eq!(fs::read_dir(&folder.0).expect("it is ours").count(), 0);
}

#[test]
fn answers_of_the_terminal_are_not_typed() {
    for columns in WIDTHS {
        let (mut pty, mut peer) = ana_at(columns);
        pty.press("a\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\b\x1bP>|XTerm(370)\x1b\\c\x1b[?62;22c\x1b[I");
        pty.press("\x1b[24;80R\x1b[M !!\x1b[<0;1;1M\x1b_Gi=1;OK\x1b\\d");
        pty.expect("ana> abcd|");
        pty.press("\r");
        peer.expect("abcd");
    }
}

#[test]
fn families_are_typed_and_pasted_whole() {
    let family = "👨\u{200D}👩\u{200D}👧";
    let (mut pty, mut peer) = ana();
    pty.press(&format!("{family}\x1b[200~{family}\x1b[201~\r"));
    peer.expect(&format!("{family}{family}"));
}

#[test]
fn commands_rooms_and_ids_are_completed() {
    let (mut pty, mut peer) = ana();
    peer.send("#games <bob> hi\n[a3] <bob> meet?");
    pty.expect_part("meet?");
    pty.press("/onl\t");
    pty.expect_part("ana> /online ");
    pty.press("\x15/també\tg\t");
    pty.expect_part("ana> /também games ");
    pty.press("\x15/reply \tyes\r");
    peer.expect("/reply a3 yes");
}

#[test]
fn tab_shows_what_else_fits_and_keeps_to_the_language() {
    for columns in [20, 80, 200] {
        let (mut pty, mut peer) =
            ana_in(|arguments| Pty::spawn(Pty::command(arguments), 8, columns));
        peer.send("<bobby> hi\n<bob> hi");
        pty.expect_part("<bob> hi\n");
        pty.press("bo\t");
        pty.expect("<bobby> hi\n<bob> hi\nbobby  bob\nana> bob |");
        pty.press("\t");
        pty.expect("<bobby> hi\n<bob> hi\nbob  bobby\nana> bobby |");
        pty.press("\x15/l\t");
        pty.expect_part("lag  lang");
        assert!(!pty.drawn().contains("liberar"));
        pty.press("\x15/lib\t");
        pty.expect("<bobby> hi\n<bob> hi\nana> /liberar |");
    }
}

#[test]
fn a_key_of_the_settings_does_what_another_one_does() {
    let folder = std::env::temp_dir().join(format!("papo-keys-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("papo")).expect("a folder");
    let keys = "[keys]\n\"^T\" = \"^U\"\n\"^U\" = \"\"\n\"Alt-h\" = \"Home\"\n";
    std::fs::write(folder.join("papo/config.toml"), keys).expect("a file");
    let (mut pty, _peer) = ana_in(|arguments| {
        let mut command = Pty::command(arguments);
        command.env("XDG_CONFIG_HOME", &folder);
        Pty::spawn(command, 8, 40)
    });
    std::fs::remove_dir_all(&folder).expect("a folder");
    pty.press("one\x15\x1bhtwo \x1bq");
    pty.expect("ana> two q|one");
    pty.press("\x14");
    pty.expect("ana> |one");
}
