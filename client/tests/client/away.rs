//! A connection that is lost: what is typed meanwhile, the way back, and what was missed.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::pty::Pty;
use crate::server::{Peer, Server, TAGS};

const KEY: &str = "00112233445566778899aabbccddeeff";

/// A server with tags, and `ana` in its lobby.
fn ana() -> (Server, Pty, Peer) {
    ana_in(100)
}

/// The same in a window of so many columns.
pub(crate) fn ana_in(columns: u16) -> (Server, Pty, Peer) {
    ana_by(Pty::command, columns)
}

/// The same with another command.
pub(crate) fn ana_by(
    command: impl FnOnce(&[&str]) -> Command,
    columns: u16,
) -> (Server, Pty, Peer) {
    let server = Server::start();
    let command = command(&[&server.address(), "--name", "ana"]);
    let mut pty = Pty::spawn(command, 24, columns);
    let mut peer = server.accept();
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * every line begins with a tag from now on, for programs; /tags off ends that");
    peer.send("@9 * papo: what is your name?");
    peer.send("@9 #lobby:4 epoch 7");
    // In one piece, so that who sees the prompt is in.
    let welcome = "@9 * welcome, ana! you are alone in lobby; /help lists the commands";
    peer.send(&format!("{welcome}\n@9 key {KEY}"));
    pty.expect_part("ana>");
    pty.press("\x0c");
    pty.wait(|pty| !pty.drawn().contains("welcome"), "an empty screen");
    (server, pty, peer)
}

/// The client has come back and asked for its place, after this line of the lobby.
fn back(server: &Server, last: u64) -> Peer {
    let mut peer = server.accept();
    peer.expect(&format!("/resume {KEY} lobby:7:{last}"));
    peer
}

#[test]
fn a_line_is_shown_as_said_when_the_server_has_said_so() {
    let (_server, mut pty, mut peer) = ana();
    pty.press("hello\r");
    peer.expect("/once 1 hello");
    pty.expect("\n… hello\nana> |\n");
    peer.send("@10 #lobby:5 <bob> before yours\n@10 #lobby:6 said 1");
    pty.expect_part("<bob> before yours\n<ana> hello");
    pty.press("@bob psst\r/online\rtoo much\r");
    peer.expect("/once 2 @bob psst");
    peer.expect("/online");
    peer.expect("/once 3 too much");
    peer.send("@11 said 2\n@11 * 2 here: bob, ana\n@11 ! 3: you are muted");
    pty.expect_part("[private to bob] psst\n* 2 here: bob, ana\ntoo much\n! you are muted");
}

#[test]
fn lines_about_lines_and_of_other_rooms_read_as_people_know_them() {
    let (_server, mut pty, mut peer) = ana();
    peer.send("@10 #lobby:5 <bob> shall we?\n@11 #lobby:6 ^5 <eva> yes\n@12 #games:8 <eva> here");
    peer.send("@13 #lobby:7 ^5 deleted <bob>\n@13 #lobby skipped 3\n@14 #lobby:8 news to come");
    pty.expect_part(
        "<bob> shall we?\n<eva re bob> \"shall we?\" yes\n#games <eva> here\n* bob deleted a line",
    );
    pty.expect_part("* 3 lines are missing here");
}

#[test]
fn ids_are_shown_as_everybody_knows_them() {
    let (_server, mut pty, mut peer) = ana();
    pty.press("/ids on\r");
    pty.expect_part("/ids on\n-- ids are shown before lines");
    peer.send("@10 #lobby:199 <bob> one\n@10 #games:0 ~ eva waves");
    pty.expect_part("[c2] <bob> one\n#games [a1] ~ eva waves");
    pty.press("/reply c2 yes\rmine\r");
    // By the number, since another line may have the id when it arrives.
    peer.expect("/once 1 /reply #lobby:7:199 yes");
    peer.expect("/once 2 mine");
    peer.send("@11 #lobby:200 said 1\n@11 #lobby:201 said 2\n@12 #lobby:202 ^200 <eva> sure");
    pty.expect_part(
        "[c3] <ana re bob> \"one\" yes\n[c4] <ana> mine\n[c5] <eva re ana> \"\"one\" yes\" sure",
    );
    pty.press("/delete c2\r");
    peer.expect("/once 3 /delete #lobby:7:199");
    peer.send("@12 ! 3: only bob and operators can delete that line");
    pty.expect_part("/delete c2\n! only bob");
    assert_eq!(pty.drawn().matches("/delete c2").count(), 1);
    pty.press("/tags off\r");
    pty.expect_part("papo needs tags");
}

#[test]
fn a_lost_connection_comes_back_with_what_was_missed_and_says_each_line_once() {
    let (server, mut pty, mut peer) = ana();
    peer.send("@10 #lobby:5 <bob> one");
    pty.expect_part("<bob> one");
    pty.press("unanswered\r");
    peer.expect("/once 1 unanswered");
    pty.press("half ty");
    // A line that was cut is none.
    peer.send_bytes(b"@11 #lobby:6 <ana> unans");
    peer.close();
    pty.expect_part("trying again");
    pty.press("ped\r/online\rtyping on");
    pty.expect_part("… unanswered\n… half typed\n… /online\nana (offline)> typing on");
    assert!(!pty.drawn().contains("\n/online"), "it has not gone out");
    let mut peer = back(&server, 5);
    peer.send(&format!("@50 key {KEY}"));
    // It was said, and the answer was lost. That she is back she knows.
    peer.send("@50 resumed ana #lobby\n@20 #lobby:6 <ana> unanswered");
    peer.send("@20 #lobby:7 * ana left (connection lost)\n@20 #lobby:8 <bob> two");
    peer.send("@50 #lobby:9 * ana is back\n@50 #lobby:9 epoch 7");
    for line in ["/once 1 unanswered", "/once 2 half typed", "/online"] {
        peer.expect(line);
    }
    pty.expect_part("connected again\n/online\n");
    peer.send("@50 #lobby:6 said 1\n@50 #lobby:10 said 2\n@51 #lobby:11 <bob> three");
    pty.expect_part("<bob> two\n<ana> half typed\n<bob> three");
    pty.expect_part("typing on");
    pty.press("!\r");
    peer.expect("/once 3 typing on!");
    // And once more.
    peer.close();
    let mut peer = back(&server, 11);
    peer.send("@60 resumed ana #lobby");
    peer.expect("/once 3 typing on!");
}

#[test]
fn a_new_name_whose_answer_was_lost_is_told_with_what_was_missed() {
    let (server, mut pty, mut peer) = ana();
    pty.press("/nick anna\r");
    peer.expect("/nick anna");
    peer.close();
    let mut peer = back(&server, 4);
    peer.send("@50 resumed anna #lobby\n@20 #lobby:5 * ana is now anna\n@50 #lobby:5 epoch 7");
    pty.expect_part("connected again\n* ana is now anna\nanna> ");
}

#[test]
fn a_server_that_keeps_no_place_is_given_the_name_and_what_may_be_lost_is_told() {
    let (server, mut pty, mut peer) = ana();
    pty.press("unanswered\r");
    peer.expect("/once 1 unanswered");
    peer.close();
    pty.expect_part("trying again");
    pty.press("typed meanwhile\r");
    let mut peer = back(&server, 4);
    peer.send(
        "! no place is kept for this key (any more); give a name\n* papo: what is your name?",
    );
    peer.expect(TAGS);
    peer.expect("ana");
    pty.expect_part("perhaps not said: unanswered");
    peer.send("@9 * tags\n@9 * papo: what is your name?\n@9 #lobby:0 epoch 8");
    peer.send("@9 * welcome, ana! you are alone in lobby");
    peer.send("@9 key ffffffffffffffffffffffffffffffff");
    peer.expect("/once 2 typed meanwhile");
    peer.send("@9 #lobby:1 said 2");
    pty.expect_part("<ana> typed meanwhile");
}

#[test]
fn who_was_removed_does_not_come_back_and_who_leaves_meanwhile_hears_what_was_not_said() {
    let (_server, mut pty, mut peer) = ana();
    peer.send("@10 * bye, ana: the operator removed you");
    peer.close();
    assert_eq!(pty.wait_for_end().code(), Some(1));

    let (server, mut pty, peer) = ana();
    drop(server);
    peer.close();
    pty.expect_part("trying again");
    pty.press("in vain\r1\r2\r3\r4");
    pty.expect_part("… +1\n… 1\n… 2\n… 3\nana (offline)> 4");
    pty.press("\r\x04");
    pty.expect_part("perhaps not said:\n  in vain\n  1\n  2\n  3\n  4");
    assert_eq!(pty.wait_for_end().code(), Some(1));
}

#[test]
fn the_prompt_shrinks_before_the_text_does() {
    let server = Server::start();
    let mut pty = Pty::spawn(Pty::command(&[&server.address(), "--name", "ana"]), 8, 80);
    let mut peer = server.accept();
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * tags\n@9 #games:4 epoch 7\n@9 * welcome, ana! you are alone in lobby");
    peer.send(&format!("@9 key {KEY}\n@9 * you are alone in games"));
    pty.expect_part("ana #games> ");
    pty.resize(8, 20);
    pty.expect_part("ana> ");
    peer.close();
    pty.resize(8, 80);
    pty.expect_part("ana #games (offline)> ");
    pty.resize(8, 33);
    pty.expect_part("ana (offline)> ");
}

#[test]
fn a_password_that_is_typed_while_the_connection_is_lost_is_said_to_nobody() {
    let (server, mut pty, mut peer) = ana();
    peer.send("@10 * papo: what is the password of the operators? (an empty line: none)");
    pty.expect_part("password: ");
    pty.press("s3cr");
    peer.close();
    pty.expect_part("trying again");
    let mut peer = back(&server, 4);
    peer.send("@50 resumed ana #lobby");
    pty.expect_part("connected again");
    pty.press("et\r");
    pty.expect_part("what you typed was not sent");
    pty.press("hello\r");
    peer.expect("/once 1 hello");
    assert!(!pty.raw_text().contains("s3cr"));
}

#[test]
fn a_second_drop_on_the_way_back_changes_nothing() {
    let (server, mut pty, peer) = ana();
    peer.close();
    let mut peer = back(&server, 4);
    peer.send("! no place is kept for this key (any more); give a name");
    peer.expect(TAGS);
    peer.expect("ana");
    pty.press("typed meanwhile");
    peer.close();
    let mut peer = server.accept();
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * tags\n@9 #lobby:0 epoch 8\n@9 * welcome, ana! you are alone in lobby");
    peer.send(&format!("@9 key {KEY}\n@9 #lobby:1 <bob> there"));
    pty.expect_part("<bob> there");
    pty.press("\r");
    peer.expect("/once 1 typed meanwhile");
}

#[test]
fn a_way_back_that_ends_at_once_is_told_once_and_goes_on() {
    let (server, mut pty, mut peer) = ana();
    pty.press("hello\r");
    peer.expect("/once 1 hello");
    peer.close();
    // As a proxy without its server does, and a server with too many from one address.
    server.accept().close();
    let mut peer = back(&server, 4);
    peer.send("* bye: too many connections from your address");
    peer.close();
    let mut peer = back(&server, 4);
    peer.send("@50 resumed ana #lobby");
    peer.expect("/once 1 hello");
    pty.expect_part("connected again");
    assert_eq!(pty.drawn().matches("trying again").count(), 1);
}

#[test]
fn a_server_that_lets_in_and_hangs_up_is_come_back_to_ever_more_seldom() {
    let (server, mut pty, peer) = ana();
    peer.close();
    let begin = Instant::now();
    for _ in 0..4 {
        let mut peer = back(&server, 4);
        peer.send("@50 resumed ana #lobby");
        peer.close();
    }
    let _peer = back(&server, 4);
    // At once, and after at least 125, 250, 500 and 1000 ms.
    assert!(begin.elapsed() >= Duration::from_millis(1875));
    pty.wait(
        |pty| pty.drawn().matches("connected again").count() == 4,
        "each way back is told",
    );
    assert_eq!(pty.drawn().matches("trying again").count(), 5);
}

#[test]
fn what_was_typed_for_a_room_is_said_in_no_other_and_passwords_wait_for_nothing() {
    let (server, mut pty, mut peer) = ana();
    peer.send("@10 * you are alone in games\n@10 #games:0 epoch 8");
    pty.expect_part("ana #games> ");
    peer.close();
    pty.expect_part("trying again");
    pty.press("/password hunter2\rfor games alone\r");
    pty.expect_part("what you typed was not sent");
    pty.expect_part("… for games alone");
    assert!(!pty.drawn().contains("hunter2"));
    let mut peer = server.accept();
    peer.expect(&format!("/resume {KEY} games:8:0 lobby:7:4"));
    peer.send("! no place is kept for this key (any more); give a name");
    peer.expect(TAGS);
    peer.expect("ana");
    // Before the welcome nothing is sent, since it could be taken for a name.
    pty.press("later\r");
    pty.expect_part("… later");
    peer.send("@9 * tags\n@9 #lobby:0 epoch 9\n@9 * welcome, ana! you are alone in lobby");
    peer.send(&format!("@9 key {KEY}"));
    // Who joins a room of theirs stays in the lobby, too.
    peer.expect("/also games");
    peer.expect("/join games");
    peer.send("@9 #games:0 epoch 9\n@9 * you are also in games\n@9 * you are alone in games");
    peer.expect("/once 1 for games alone");
    peer.expect("/once 2 later");
}

#[test]
fn the_other_rooms_are_come_back_to_behind_the_one_spoken_in() {
    let (server, mut pty, mut peer) = ana();
    peer.send("@10 * you are alone in games\n@10 #games:0 epoch 8\n@10 #ops:0 epoch 8");
    pty.expect_part("ana #games> ");
    peer.close();
    pty.expect_part("trying again");
    pty.press("for games alone\r");
    let mut peer = server.accept();
    assert!(peer.line().starts_with(&format!("/resume {KEY} ")));
    peer.send("! no place is kept for this key (any more); give a name");
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * tags\n@9 #lobby:0 epoch 9\n@9 * welcome, ana! you are alone in lobby");
    peer.send(&format!("@9 key {KEY}"));
    peer.expect("/also games");
    peer.expect("/join games");
    peer.send("@9 * you are also in games\n@9 * you are alone in games");
    peer.expect("/also ops");
    peer.send("@9 ! there are too many rooms");
    peer.expect("/once 1 for games alone");
    peer.send("@9 #games:1 said 1");
    pty.expect_part("<ana> for games alone");
    assert!(!pty.drawn().contains("perhaps not said"));
}

#[test]
fn a_room_that_cannot_be_come_back_to_loses_what_was_typed_for_it_to_no_other() {
    let (server, mut pty, mut peer) = ana();
    peer.send(
        "@10 * you are not in lobby any more\n@10 * you are alone in games\n@10 #games:0 epoch 8",
    );
    pty.expect_part("ana #games> ");
    peer.close();
    pty.expect_part("trying again");
    pty.press("for games alone\r");
    let mut peer = server.accept();
    peer.expect(&format!("/resume {KEY} games:8:0"));
    peer.send("! no place is kept for this key (any more); give a name");
    peer.expect(TAGS);
    peer.expect("ana");
    peer.send("@9 * tags\n@9 #lobby:0 epoch 9\n@9 * welcome, ana! you are alone in lobby");
    peer.send(&format!("@9 key {KEY}"));
    peer.expect("/join games");
    peer.send("@9 ! there are too many rooms");
    pty.expect_part("perhaps not said: for games alone");
    pty.press("here\r");
    peer.expect("/once 2 here");
}

#[test]
fn what_is_typed_offline_goes_to_whom_and_to_which_line_it_meant_then() {
    let (server, mut pty, mut peer) = ana();
    peer.send("@10 #lobby:199 <bob> one\n@10 [private from bob] psst");
    pty.expect_part("psst");
    peer.close();
    pty.expect_part("trying again");
    pty.press("/r yes\r/react c2 +1\r/react d9 +1\r");
    pty.expect_part("another line by now: /react d9 +1");
    let mut peer = back(&server, 199);
    peer.send("@20 resumed ana #lobby\n@19 [private from eva] hello\n@20 #lobby:0 epoch 8");
    peer.expect("/once 1 /private bob yes");
    peer.expect("/once 2 /react #lobby:7:199 +1");
}

#[test]
fn a_line_that_begins_with_another_room_is_said_there_or_with_a_space() {
    let (_server, mut pty, mut peer) = ana();
    peer.send("@10 #games:0 epoch 8\n@10 #games:1 <eva> hi");
    pty.expect_part("#games <eva> hi");
    pty.press("#games hello\r");
    pty.expect_part("you do not speak in games");
    pty.press("\x01 \r");
    peer.expect("/once 1  #games hello");
    pty.press("#1 in the list\r");
    peer.expect("/once 2 #1 in the list");
}
