//! `papo` in scripts: one line that is surely said, and what is said as text and as JSON.

use crate::plain::{end, papo};
use crate::server::{Peer, Server, TAGS};

/// `papo` with these arguments, and the server to which it has given its name.
fn ana(arguments: &[&str]) -> (std::process::Child, Server, Peer) {
    let server = Server::start();
    let address = server.address();
    let all = [&[address.as_str(), "--name", "ana"], arguments].concat();
    let child = papo(&all);
    let mut peer = server.accept();
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * every line begins with a tag\n@9 #lobby:4 epoch 7");
    peer.send("@9 * welcome, ana! you are alone in lobby; /help lists the commands");
    peer.send("@9 key 00112233445566778899aabbccddeeff");
    (child, server, peer)
}

#[test]
fn one_line_is_said_and_confirmed() {
    let (child, _server, mut peer) = ana(&["--once", "it is done"]);
    peer.expect("/once 1 it is done");
    peer.send("@10 #lobby:5 said 1");
    peer.expect("/quit");
    peer.send("@10 * bye, ana");
    peer.close();
    assert_eq!(end(child), (Some(0), String::new(), String::new()));
}

#[test]
fn one_line_that_is_refused_or_has_no_room_is_a_failure() {
    let (child, _server, mut peer) = ana(&["--once", "it is done"]);
    peer.expect("/once 1 it is done");
    peer.send("@10 ! 1: you are muted");
    let told = "papo: you are muted\n".to_owned();
    assert_eq!(end(child), (Some(1), String::new(), told));

    let (child, _server, mut peer) = ana(&["--once", "it is done", "--room", "ops"]);
    peer.expect("/join ops");
    peer.send("@10 ! there are too many rooms");
    let told = "papo: there are too many rooms\n".to_owned();
    assert_eq!(end(child), (Some(1), String::new(), told));
    assert_eq!(peer.rest(), "", "it is not said elsewhere");

    let (child, _server, mut peer) = ana(&["--once", "it is done", "--room", "ops"]);
    peer.expect("/join ops");
    peer.send("@10 #ops:0 epoch 8\n@10 * you are alone in ops");
    peer.expect("/once 1 it is done");
    peer.send("@10 #ops:1 said 1");
    peer.expect("/quit");
    peer.close();
    assert_eq!(end(child).0, Some(0));
}

#[test]
fn one_line_is_said_once_over_a_drop() {
    let (child, server, mut peer) = ana(&["--once", "it is done"]);
    peer.expect("/once 1 it is done");
    peer.close();
    let mut peer = server.accept();
    peer.expect("/resume 00112233445566778899aabbccddeeff lobby:7:4");
    peer.send("@20 resumed ana #lobby\n@10 #lobby:5 <ana> it is done\n@20 #lobby:5 epoch 7");
    peer.expect("/once 1 it is done");
    peer.send("@20 #lobby:5 said 1");
    peer.expect("/quit");
    peer.close();
    let (code, out, error) = end(child);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert!(error.contains("connected again"), "{error}");
}

#[test]
fn what_is_said_is_printed_as_text_or_json() {
    let said =
        "@10 #lobby:5 <bob> hi \"you\"\n@11 #games:2 ~ eva waves\n@12 #lobby:2:1 old <bob> x";
    let private = "@13 [private from eva] psst\n@13 * the server restarts at noon";
    let text = "<bob> hi \"you\"\n#games ~ eva waves\n[private from eva] psst\n";
    let json =
        r#"{"time":10,"type":"line","room":"lobby","id":"7:5","from":"bob","text":"hi \"you\""}"#;
    for (arguments, expected) in [
        (&["--follow", "--quiet"][..], text),
        (&["--follow", "--json"], json),
    ] {
        let (child, _server, mut peer) = ana(arguments);
        peer.send(said);
        peer.send(private);
        peer.send("@14 * bye, ana: the operator removed you");
        peer.close();
        let (code, out, _) = end(child);
        assert_eq!(code, Some(1));
        assert!(out.contains(expected), "{arguments:?}: {out}");
        assert!(arguments.contains(&"--json") || out == expected, "{out}");
    }
}

#[test]
fn what_quiet_does_not_hide() {
    // Of a server without tags, too.
    for arguments in [&["--quiet"][..], &["--quiet", "--follow"]] {
        let server = Server::start();
        let address = server.address();
        let child = papo(&[&[address.as_str(), "--name", "ana"], arguments].concat());
        let mut peer = server.accept();
        peer.welcome_ana();
        peer.send("<bob> hi\n! you are muted\n* bye: you are banned");
        peer.close();
        let (code, out, error) = end(child);
        assert_eq!(code, Some(1));
        let told = "! you are muted\n* bye: you are banned\n";
        match arguments.len() {
            1 => assert_eq!(out, format!("<bob> hi\n{told}")),
            _ => assert_eq!(
                (out.as_str(), error.starts_with(told)),
                ("<bob> hi\n", true)
            ),
        }
    }
    let (child, _server, mut peer) = ana(&["--follow", "--json", "--quiet"]);
    peer.send("@10 ! you are muted\n@11 * bye: you are banned");
    peer.close();
    let error = end(child).2;
    assert!(
        error.starts_with("! you are muted\n* bye: you are banned\n"),
        "{error}"
    );
}

#[test]
fn a_pipe_for_a_room_speaks_in_no_other() {
    let (mut child, _server, mut peer) = ana(&["--room", "ops"]);
    crate::plain::write(&mut child, "a secret of ops\n");
    drop(child.stdin.take());
    peer.expect("/join ops");
    peer.send("@10 ! there are too many rooms");
    let (code, _, error) = end(child);
    assert_eq!(
        (code, error.as_str()),
        (Some(1), "papo: there are too many rooms\n")
    );
    assert_eq!(peer.rest(), "");
}

#[test]
fn one_line_that_was_said_is_no_failure_whatever_else_is_refused() {
    let (child, _server, mut peer) = ana(&["--once", "it is done"]);
    peer.expect("/once 1 it is done");
    peer.send("@10 #lobby:5 said 1\n@10 ! something else");
    peer.expect("/quit");
    peer.close();
    assert_eq!(end(child).0, Some(0));
}

#[test]
fn a_command_is_not_said_once() {
    for text in ["/online", "/edit a3", "/nosuch"] {
        let (code, out, error) = end(papo(&["localhost:9", "--name", "ana", "--once", text]));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{text}");
        assert!(error.contains("commands go through a pipe"), "{error}");
    }
}

#[test]
fn lines_of_before_are_printed_only_if_they_were_asked_for_and_with_their_time() {
    let old = "@5 #lobby:7:1 old <bob> one\n@6 #lobby:7:4 old <bob> four";
    let (child, _server, mut peer) = ana(&["--follow"]);
    peer.send(&format!(
        "{old}\n@10 #lobby:5 <bob> five\n@11 * bye, ana: the operator removed you"
    ));
    peer.close();
    let out = end(child).1;
    assert!(
        out.contains("<bob> five") && !out.contains("<bob> one"),
        "{out}"
    );

    for (json, times) in [(false, 1), (true, 1)] {
        let form: &[&str] = if json { &["--json"] } else { &[] };
        let all = [&["--follow", "--quiet", "--since", "10m"], form].concat();
        let (child, _server, mut peer) = ana(&all);
        // Some of them come at a join, too.
        peer.expect("/history since 10m");
        peer.send("@6 #lobby:7:4 old <bob> four\n@10 #lobby:5 <bob> five\n@10 * 3 lines since 10:30, newest last");
        peer.send(&format!(
            "{old}\n@10 #lobby:7:5 old <bob> five\n@10 * more: /more"
        ));
        peer.expect("/more");
        peer.send("@11 * bye, ana: the operator removed you");
        peer.close();
        let out = end(child).1;
        for text in ["one", "four", "five"] {
            assert_eq!(out.matches(text).count(), times, "{out}");
        }
        let is_timed = |line: &str| line.starts_with('[') && line.ends_with("] <bob> one");
        assert!(json || out.lines().any(is_timed), "{out}");
        assert!(!json || out.contains(r#""id":"7:1""#), "{out}");
    }
}

#[test]
fn what_came_after_a_line_is_told_by_taking_the_place_over() {
    let (child, server, mut peer) = ana(&["--follow", "--quiet", "--since", "777777:2"]);
    peer.send("@10 #lobby:5 <bob> five");
    let mut again = server.accept();
    again.expect("/resume 00112233445566778899aabbccddeeff lobby:777777:2");
    again.send("@20 resumed ana #lobby\n@5 #lobby:3 <bob> three\n@10 #lobby:5 <bob> five\n@20 #lobby:5 epoch 7");
    again.send("@21 #lobby:6 <bob> six");
    assert_eq!(
        peer.rest_until_reset(),
        "",
        "the first connection was kept until then, and is not used any more"
    );
    again.send("@22 * bye, ana: the operator removed you");
    again.close();
    let (_, out, error) = end(child);
    let texts: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split("<bob> ").nth(1))
        .collect();
    assert_eq!(texts, ["three", "five", "six"], "{out}");
    assert!(
        out.starts_with('[') && out.ends_with("\n<bob> six\n"),
        "{out}"
    );
    assert!(!error.contains("connected again"), "{error}");
}

#[test]
fn a_follower_gives_its_password_again_and_comes_to_its_rooms() {
    let file = std::env::temp_dir().join(format!("papo-follower-{}", std::process::id()));
    crate::plain::write_secret(&file, "s3cret\n");
    let server = Server::start();
    let (address, path) = (server.address(), file.to_str().expect("UTF-8"));
    let child = papo(&[
        &address,
        "--as",
        "ana",
        "--password-file",
        path,
        "--follow",
        "--room",
        "ops",
    ]);
    for key in ["0", "1"].map(|digit| digit.repeat(32)) {
        let mut peer = server.accept();
        if key.starts_with('1') {
            peer.expect(&format!("/resume {} ops:8:0", "0".repeat(32)));
            peer.send("! no place is kept for this key (any more); give a name");
        }
        peer.expect(TAGS);
        peer.expect("ana");
        peer.send("@9 * every line begins with a tag\n@9 * papo: what is the password of ana?");
        peer.expect("s3cret");
        peer.send("@9 #lobby:4 epoch 7\n@9 * welcome, ana! you are alone in lobby; /help lists the commands");
        peer.send(&format!("@9 key {key}"));
        peer.expect("/join ops");
        peer.send(
            "@9 * you are not in lobby any more\n@9 #ops:0 epoch 8\n@9 * you are alone in ops",
        );
        if key.starts_with('1') {
            peer.send("@11 * bye, ana: the operator removed you");
        }
        peer.close();
    }
    assert_eq!(end(child).0, Some(1));
    std::fs::remove_file(&file).expect("a file");
}

#[test]
fn who_has_a_password_says_one_line_without_coming() {
    let file = std::env::temp_dir().join(format!("papo-owner-{}", std::process::id()));
    crate::plain::write_secret(&file, "s3cret: \u{e1}\n");
    let server = Server::start();
    let (address, path) = (server.address(), file.to_str().expect("UTF-8"));
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\n\r\n{}", (Some(0), String::new())),
        (
            "HTTP/1.1 401 Unauthorized\r\n\r\nThat password is wrong.\n",
            (Some(1), "papo: That password is wrong.\n".to_owned()),
        ),
        (
            "no HTTP",
            (
                Some(1),
                "papo: the server closed the connection\n".to_owned(),
            ),
        ),
    ] {
        let child = papo(&[
            &address,
            "--name",
            "ana",
            "--password-file",
            path,
            "--room",
            "caf\u{e9}",
            "--once",
            "done",
        ]);
        let mut peer = server.accept_silent();
        peer.expect("POST /caf%C3%A9 HTTP/1.1\r");
        peer.expect("Host: localhost\r");
        peer.expect("Authorization: Basic YW5hOnMzY3JldDogw6E=\r");
        peer.expect("Content-Length: 4\r");
        peer.expect("Connection: close\r");
        peer.expect("\r");
        peer.send(answer);
        peer.close();
        let (code, out, error) = end(child);
        assert_eq!(((code, error), out.as_str()), (expected, ""));
    }
    std::fs::remove_file(&file).expect("a file");
}

/// A folder with settings.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("papo-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("papo")).expect("a folder");
        Folder(folder)
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.join("papo/config.toml")
    }

    /// `papo` in a pipe with these settings.
    fn start(&self, text: &str, arguments: &[&str]) -> std::process::Child {
        std::fs::write(self.file(), text).expect("a file");
        let mut papo = std::process::Command::new(env!("CARGO_BIN_EXE_papo"));
        papo.args(arguments).env("XDG_CONFIG_HOME", &self.0);
        papo.env("LANG", "C").stdin(std::process::Stdio::piped());
        papo.stdout(std::process::Stdio::piped());
        papo.stderr(std::process::Stdio::piped());
        papo.spawn().expect("papo starts")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn settings_name_servers_and_what_is_none_is_told_in_a_line() {
    let folder = Folder::new("settings");
    let server = Server::start();
    let start = |text: String, arguments: &[&str]| folder.start(&text, arguments);
    let text = format!(
        "name = \"ana\"\nfont = 3\n[servers]\nwork = \"{}\"\n",
        server.address()
    );
    // A pipe begins with a name of its own, and that is told.
    let mut child = start(text.clone(), &["work"]);
    let mut peer = server.accept();
    crate::plain::write(&mut child, "bot\ns3cret\n");
    peer.expect("bot");
    peer.expect("s3cret");
    drop(child.stdin.take());
    peer.close();
    let (_, _, error) = end(child);
    assert!(error.contains("with --name ana"), "{error}");
    let child = start(text, &["work", "--follow"]);
    let mut peer = server.accept();
    peer.welcome_ana();
    peer.send("* bye, ana: the operator removed you");
    peer.close();
    let (code, _, error) = end(child);
    let file = folder.file();
    let told = format!(
        "{}, line 2: font is no setting; there are name, lang, colours, colors, times, full, plain, notify, highlight, \
         servers, keys\n",
        file.display()
    );
    assert_eq!(code, Some(1));
    assert!(error.starts_with(&told), "{error}");
    let (code, _, error) = end(start("name = ana\n".to_owned(), &["work"]));
    assert_eq!(code, Some(2));
    assert!(
        error.starts_with(&format!("papo: {}, line 1: ", file.display())),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_short_name_that_is_mistyped_is_answered_with_those_that_are_known() {
    let folder = Folder::new("short-names");
    let servers = "[servers]\nwork = \"chat.lan\"\nhome = \"10.0.0.1\"\n";
    // Too long for a host, so nobody is asked for it.
    let (short, long) = ("w".repeat(70), format!("{}.lan", "w".repeat(70)));
    // Another host has that in its name.
    let longer = format!("[servers]\nhome = \"10.0.0.1\"\nwork = \"{short}w\"\n");
    for text in [servers, &longer] {
        let (code, _, error) = end(folder.start(text, &[&short]));
        let told = format!("papo: no server {short}; config.toml has: home, work\n");
        assert_eq!((code, error), (Some(1), told));
    }
    for (text, typed) in [
        (servers.to_owned(), &long),
        (format!("servers = {{ w = \"{short}\" }}"), &"w".to_owned()),
    ] {
        let (code, _, error) = end(folder.start(&text, &[typed]));
        let told = format!("papo: cannot connect to {short}");
        assert!(code == Some(1) && error.starts_with(&told), "{error}");
    }
    let nowhere = "[servers]\nwork = \"tls://:7000\"\n";
    let (code, _, error) = end(folder.start(nowhere, &["work"]));
    let told = "line 2: work cannot be that; write servers = { work = \"chat.lan\" };";
    assert!(code == Some(2) && error.contains(told), "{error}");
}

#[test]
fn a_time_that_is_none_ends_who_follows() {
    let (child, _server, mut peer) = ana(&["--follow", "--since", "25:99"]);
    peer.expect("/history since 25:99");
    peer.send("@9 ! not a time: 25:99");
    let (code, _, error) = end(child);
    assert_eq!(code, Some(1));
    assert!(error.contains("not a time: 25:99"), "{error}");
}
