//! Private lines between users of the directory and those of other transports.

use super::script::{Player, check};
use crate::chattruco::limits::DATAGRAM_BURST;
use crate::chattruco::*;
use crate::limits::LINE_BYTES;

#[test]
fn messages_over_the_bridge() {
    check(
        "10.0.0.1> Con Ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< Ana@x:10.0.0.1#
        10.0.0.1> Envia bob Ana@x #m#hello,  bob
        * private ana@x to bob: hello,  bob
        10.0.0.1> Envia bob Ana@x #m#two\\n\\n \\nlines\\e[31m
        * private ana@x to bob: two
        * private ana@x to bob: lines[31m
        10.0.0.1> Envia bob Ana@x #m#
        wait 1
        10.0.0.1< Truco Ana@x:10.0.0.1#
        10.0.0.1> Seis Ana@x
        papo> private ANA@X bob hello, ana
        10.0.0.1< Envia Ana@x bob #m#hello, ana
        papo> private carl@x bob hello?

        # What is forged goes nowhere, and neither does what is no message.
        10.0.0.2> Envia bob ana@x #m#I am not ana
        * DEBUG directory: ignored from 10.0.0.2:54319: a message of somebody else
        10.0.0.1> Envia bob carl@x #m#I am not carl
        10.0.0.1> Envia bob ana@x hello
        10.0.0.1> Envia bob",
    );
}

#[test]
fn names_and_letters_that_a_client_can_show() {
    check(
        "others João
        10.0.0.1> Con ana@x a-long-secret
        * verify 1 ana@x a-long-secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#Joao:10.0.0.254#
        wait 1
        10.0.0.1< Truco ana@x:10.0.0.1#Joao:10.0.0.254#
        10.0.0.1> Seis ana@x
        10.0.0.1> Envia Joao ana@x #m#olá
        * private ana@x to João: olá
        10.0.0.1> Envia João ana@x #m#olá
        * private ana@x to João: olá
        papo> private ana@x João é 😀 #m# e mais #m#
        10.0.0.1< Envia ana@x Joao #m#é \u{fffd} # m# e mais # m#
        # Whose name that is comes later.
        others João Joao
        papo> private ana@x Joao and I?
        10.0.0.1< Envia ana@x Joao_2 #m#and I?
        10.0.0.1> Envia Joao_2 ana@x #m#you, too
        * private ana@x to Joao: you, too
        # One who has left since is nobody else.
        papo> private ana@x joaó bye
        10.0.0.1< Envia ana@x joao_3 #m#bye
        wait 1
        10.0.0.1< Truco ana@x:10.0.0.1#Joao:10.0.0.254#Joao_2:10.0.0.254#
        10.0.0.1> Seis ana@x
        others Joao
        wait 1
        10.0.0.1< Truco ana@x:10.0.0.1#Joao_2:10.0.0.254#",
    );
}

#[test]
fn messages_that_are_too_long_or_too_many() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    player.play("10.0.0.1> Con ana@x secret");
    player.play("accounts> right 1");
    let long = "x".repeat(LINE_BYTES);
    let out = player.play(&format!("10.0.0.1> Envia bob ana@x #m#{long}"));
    assert!(matches!(&out[..], [Out::Private { text, .. }] if *text == long));
    player.check(&format!(
        "10.0.0.1> Envia bob ana@x #m#{long}x
        * refused ana@x to bob: LongLine"
    ));
    let flood = "x\n".repeat(500);
    player.datagram(
        "10.0.0.1",
        format!("Envia bob ana@x #m#{flood}").as_bytes(),
        false,
    );
    let out = player.take();
    let burst = DATAGRAM_BURST as usize - 2;
    assert!(
        out[..burst]
            .iter()
            .all(|out| matches!(out, Out::Private { .. }))
    );
    assert!(matches!(
        out[burst..],
        [Out::Refused {
            why: Refusal::TooFast,
            ..
        }]
    ));
    player.check("10.0.0.1> Envia bob ana@x #m#more");
    player.play("10.0.0.1> Seis ana@x");
    player.play("wait 0.5");
    player.check(
        "10.0.0.1> Envia bob ana@x #m#more
        * private ana@x to bob: more
        10.0.0.1> Envia bob ana@x #m#more",
    );
}
