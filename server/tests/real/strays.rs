//! Clients of other protocols, where only lines are spoken: one polite line, and the end.

use crate::harness::{Server, command};
use crate::people::{Person, Talker};

#[track_caller]
fn check(first: &[u8], protocol: &str) {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut stray = Talker::connect(&server);
    stray.send(first);
    let bye = format!("* bye: this is papo, a chat in lines of text; it does not speak {protocol}");
    stray.expect(&bye);
    stray.expect_end();
    // One that is slow: the first byte comes, and the rest when it was asked for a name.
    let mut slow = Talker::connect(&server);
    slow.send(&first[..1]);
    slow.expect("* papo: what is your name?");
    slow.send(&first[1..]);
    slow.expect(&bye);
    slow.expect_end();
    bob.expect_nothing_else();
}

#[test]
fn a_browser_at_a_port_for_text() {
    let requests: [&[u8]; 2] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
        // A form that would speak for somebody.
        b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\nana\n/quit x\n",
    ];
    for request in requests {
        let server = Server::launch(command("--listen 127.0.0.1:0/text"), 2);
        let mut bob = Talker::join(&server, "bob");
        let mut stray = Talker::to(server.places[1]);
        stray.send(request);
        stray.expect("* papo: what is your name?");
        stray.expect("* bye: this is papo, a chat in lines of text; it does not speak HTTP");
        stray.expect_end();
        bob.expect_nothing_else();
    }
}

#[test]
fn a_browser_that_was_asked_for_a_name() {
    let server = Server::start("");
    let mut slow = Talker::connect(&server);
    slow.send("G");
    slow.expect("* papo: what is your name?");
    slow.send("ET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    slow.expect("* bye: this is papo, a chat in lines of text; it does not speak HTTP");
    slow.expect_end();
}

#[test]
fn a_tls_client() {
    let mut hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    hello.extend((0..=255).cycle().take(506));
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut stray = Talker::connect(&server);
    stray.send(&hello);
    // A fatal alert: text would tell it nothing.
    assert_eq!(stray.hear_bytes(7), [0x15, 3, 1, 0, 2, 2, 40]);
    stray.expect_end();
    bob.expect_nothing_else();
}

#[test]
fn an_ssh_client() {
    check(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH");
}

#[test]
fn strays_at_a_relay_port_are_not_heard() {
    let strays: [&[u8]; 3] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for first in strays {
        let server = Server::launch(command("--listen 127.0.0.1:0/relay"), 2);
        let mut bob = Talker::join(&server, "bob");
        let mut stray = Talker::to(server.places[1]);
        stray.send(first);
        bob.expect("* guest1 joined");
        bob.expect("* guest1 left (not a chat client)");
        bob.expect_nothing_else();
        drop(stray);
    }
}

#[test]
fn a_proxy_that_tells_whom_it_speaks_for_is_not_understood() {
    let server = Server::start("");
    let mut ana = Talker::connect(&server);
    ana.send("PROXY TCP4 192.0.2.1 192.0.2.2 50000 12345\r\nana\r\n");
    ana.expect("* papo: what is your name?");
    ana.expect_start("! ");
    // A line read with a refused name is not another name.
    ana.expect_start("! that was not said");
    ana.send("ana\r\n");
    ana.expect_start("* welcome, ana! ");
}
