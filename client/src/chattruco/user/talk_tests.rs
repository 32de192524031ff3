//! Dialogues of a ChatTruco user who is online: sent messages, and which received messages count.

use super::super::HELD;
use super::{ONLINE, Play, check_online, given};

#[test]
fn lines_go_to_the_one_addressed_last() {
    check_online(
        "
        > hello
        = NoAddressee
        > @bob@x: hi there
        = 10.0.0.2 Envia Bob@x ana@x #m#hi there
        > more #m# of it
        = 10.0.0.2 Envia Bob@x ana@x #m#more # m# of it
        > ho 😀
        = 10.0.0.2 Envia Bob@x ana@x #m#ho \u{fffd}
        > @eva psst #m# 😀
        = 10.0.0.9 Envia eva ana@x #m#psst #m# 😀
        > //bin
        = 10.0.0.9 Envia eva ana@x #m#/bin
        > /r what?
        = NothingToAnswer
        < 10.0.0.2 Envia ana@x bob@x #m#oi
        = bob@x: oi
        > /r what?
        = 10.0.0.2 Envia Bob@x ana@x #m#what?
        ",
    );
}

#[test]
fn what_cannot_be_sent_is_refused() {
    check_online(
        "
        > @carl@x hi
        = NotOnline(\"carl@x\")
        > @ana@x hi
        = ToOneself
        > @bob@x
        = NoText
        > /msg
        = NoText
        > /me waves
        = NoCommand(\"/me\")
        > /status
        = Status { email: \"ana@x\", others: 2, ignored: 0 }
        > /AJUDA
        = Help
        > /quit
        = leave
        9
        .
        ",
    );
    let head = "Envia eva ana@x #m#".len();
    let fits = "x".repeat(2048 - head);
    check_online(&format!(
        "> @eva {fits}\n= 10.0.0.9 Envia eva ana@x #m#{fits}"
    ));
    check_online(&format!(
        "> @eva x{fits}\n= TooLong {{ bytes: {}, limit: {} }}",
        2049 - head,
        2048 - head
    ));
}

#[test]
fn somebody_who_left_gets_nothing() {
    check_online(
        "
        > @bob@x hi
        = 10.0.0.2 Envia Bob@x ana@x #m#hi
        1
        < Truco ana@x:10.0.0.1#
        = server Seis ana@x
        = -Bob@x
        = -eva
        > still there?
        = NotOnline(\"Bob@x\")
        ",
    );
}

#[test]
fn messages_count_from_their_senders_only() {
    check_online(
        "
        < 10.0.0.9 Envia ANA@x eva #m#one #m# two
        = eva: one #m# two
        < 10.0.0.2 Envia carl@x bob@x #m#not for us
        = Ignored
        < 10.0.0.3 Envia ana@x bob@x #m#forged
        < 10.0.0.3 Envia ana@x nobody@x #m#unknown
        < 10.0.0.3 garbage
        .
        1
        < Truco ana@x:10.0.0.1#Bob@x:10.0.0.2#eva:10.0.0.9#
        = server Seis ana@x
        > /status
        = Status { email: \"ana@x\", others: 2, ignored: 4 }
        ",
    );
}

#[test]
fn a_message_may_come_before_the_list_that_names_its_sender() {
    check_online(
        "
        < 10.0.0.3 Envia ana@x carl@x #m#just in
        .
        1
        < Truco ana@x:10.0.0.1#Bob@x:10.0.0.2#eva:10.0.0.9#carl@x:10.0.0.3#
        = server Seis ana@x
        = +carl@x
        = carl@x: just in
        ",
    );
    let mut play = Play::new(given("pw"));
    ONLINE
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .for_each(|line| play.step(line));
    for n in 0..1000 {
        play.step(&format!("< 10.0.0.3 Envia ana@x bot{n} #m#hi"));
    }
    assert_eq!(play.user.held.len(), HELD);
}
