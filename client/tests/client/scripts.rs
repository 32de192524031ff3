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
