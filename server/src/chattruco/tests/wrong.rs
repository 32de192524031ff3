//! Datagrams that are damaged, too long or say nothing: those that a client waits with are answered.

use super::script::{self, Player};
use crate::chattruco::*;

#[test]
fn a_password_that_is_not_utf_8_is_refused() {
    let check = |datagram: &[u8], word: &str| {
        let mut player = Player::new(AnswerTo::FixedPort(PORT));
        player.datagram("10.0.0.1", datagram, false);
        let out = player.take();
        let [Out::Send { bytes, .. }] = out.as_slice() else {
            panic!("{out:?}");
        };
        assert_eq!(bytes, word.as_bytes(), "{datagram:?}");
    };
    // In Latin-1, cut, and as written by a program that could not decode it.
    for damaged in [
        &b"\xe7\xe3\xe9\xf1"[..],
        b"secret\xc3",
        "\u{fffd}\u{fffd}".as_bytes(),
    ] {
        check(&[b"Sin ana@x ", damaged].concat(), "sin_erro");
        check(&[b"Con ana@x ", damaged].concat(), "erro_pw");
        check(&[b"Con ana@x two ", damaged].concat(), "erro");
    }
    check(b"Con \xe3na@x secret", "erro_em");
    check(b"Sin \xe3na@x secret", "sin_erro");
    let long = "x".repeat(crate::limits::PASSWORD_BYTES + 1);
    check(format!("Con ana@x {long}").as_bytes(), "erro_pw");
    check(format!("Sin ana@x {long}").as_bytes(), "sin_erro");
}

#[test]
fn meaningless_datagrams_are_ignored() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    player.datagram("10.0.0.1", b"", false);
    player.datagram("10.0.0.1", &[b'x'; 65_507], false);
    player.datagram("10.0.0.1", b"Envia bob ana@x #m#\xff", false);
    for text in [
        "Seis",
        "Seis a b",
        "Seis ana@x",
        "Truco a:1#",
        "con a b",
        "sin_ok",
        "erro",
    ] {
        player.datagram("10.0.0.1", text.as_bytes(), false);
    }
    let one_line = "directory: ignored from 10.0.0.1:54319: empty";
    assert_eq!(player.take(), [Out::Log(Level::Debug, one_line.into())]);
    player.check(
        "wait 10
        10.0.0.1> Seis ana@x
        * DEBUG directory: ignored from 10.0.0.1:54319: a sign of life of somebody else, and 9 like it before",
    );
    // These wait for an answer.
    player.datagram("10.0.0.1", b"Con ana@x secret", true);
    player.datagram("10.0.0.1", b"Sin ana@x secret", true);
    let long = [b"Con ana@x ".to_vec(), vec![b'x'; DATAGRAM_BYTES]].concat();
    player.datagram("10.0.0.1", &long, false);
    let shown: Vec<String> = player.take().iter().map(script::show).collect();
    let refused = ["erro", "sin_erro", "erro"].map(|word| format!("10.0.0.1< {word}"));
    assert_eq!(shown, refused);
}
