//! Ends of connections: nothing sent is lost, and everybody leaves once.

use crate::harness::Server;
use crate::people::{Person, Program, Talker};

#[test]
fn a_pipe_into_nc_delivers_its_unterminated_last_line() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Program::nc(&server, &["-N"]);
    ana.send("ana\nhello");
    ana.end_input();
    bob.expect("* ana joined");
    bob.expect("<ana> hello");
    bob.expect("* ana left");
    ana.expect_exit();
    bob.expect_nothing_else();
}

#[test]
fn nc_with_nothing_to_say() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut silent = Program::nc(&server, &["-N"]);
    silent.end_input();
    silent.expect("* papo: what is your name?");
    silent.expect_end();
    bob.expect_nothing_else();
}

#[test]
fn lines_before_a_reset_are_delivered() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    for round in 0..20 {
        let mut ana = Talker::join(&server, "ana");
        bob.expect(match round {
            0 => "* ana joined",
            _ => "* ana is back",
        });
        ana.send(format!("one {round}\ntwo {round}\nunfinished {round}"));
        // A reset discards data in flight; on loopback there is none.
        ana.reset();
        bob.expect(&format!("<ana> one {round}"));
        bob.expect(&format!("<ana> two {round}"));
        bob.expect(&format!("<ana> unfinished {round}"));
        bob.expect("* ana left (connection lost)");
    }
    bob.expect_nothing_else();
}

/// A program says it again when it is back, so a part of it must not be said.
#[test]
fn a_part_of_a_line_of_a_program_is_not_said() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    ana.send("/tags on\nana\n/once 1 hello\n/once 2 good mor");
    bob.expect("* ana joined");
    bob.expect("<ana> hello");
    ana.reset();
    bob.expect_start("* ana left");
    bob.expect_nothing_else();
}

#[test]
fn a_reset_before_the_welcome_was_read() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    ana.send("ana\nhello\n");
    ana.reset();
    bob.expect("* ana joined");
    bob.expect("<ana> hello");
    // Whether it looks like a reset depends on whether the server was writing.
    bob.expect_start("* ana left");
    bob.expect_nothing_else();
}

#[test]
fn a_half_closed_conn_gets_its_pending_lines() {
    let server = Server::start("--backlog 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    ana.send("ana\n/online\n@bob psst\n/nobody");
    ana.half_close();
    ana.expect("* papo: what is your name?");
    ana.expect("* welcome, ana! you are in lobby with bob; /help lists the commands");
    ana.expect("* 2 here: bob, ana");
    ana.expect_start("! no such command: /nobody");
    ana.expect_end();
    bob.expect("* ana joined");
    bob.expect("[private from ana] psst");
    bob.expect("* ana left");
}

#[test]
fn a_throttled_pipe_still_says_everything() {
    let server = Server::start("--rate 20 --burst 2");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Program::nc(&server, &["-N"]);
    ana.send("ana\n1\n2\n3\n4\n5\n6\n7\n8\n9\nten");
    ana.end_input();
    bob.expect("* ana joined");
    for line in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "ten"] {
        bob.expect(&format!("<ana> {line}"));
    }
    bob.expect("* ana left");
    ana.expect_exit();
}

#[test]
fn a_name_is_free_at_once() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    for round in 0..10 {
        let mut ana = Talker::join(&server, "ana");
        bob.expect(match round {
            0 => "* ana joined",
            _ => "* ana is back",
        });
        ana.say("/quit");
        ana.expect("* bye, ana");
        bob.expect("* ana left");
        // The first ana's socket is still open.
        let ana_again = Talker::join(&server, "ana");
        bob.expect("* ana joined");
        drop(ana_again);
        bob.expect_start("* ana left");
    }
}

#[test]
fn lines_after_quit_are_ignored() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    ana.send("/quit that is all\nand this\n/quit again\n");
    ana.expect("* bye, ana");
    ana.expect_end();
    bob.expect("* ana left: \"that is all\"");
    bob.expect_nothing_else();
}
