//! Terminals without line editing that send each key: PuTTY, `stty raw`, telnet without line mode.

use crate::harness::Server;
use crate::people::{Person, Talker};

const IAC: u8 = 255;
const EC: u8 = 247;
const EL: u8 = 248;

#[test]
fn keys_that_erase_edit_the_line() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    for key in b"bo\x08\x08eva\x7f\x7f\x7fana\r\n" {
        ana.send([*key]);
    }
    bob.expect("* ana joined");
    ana.send("ol\u{e1}\u{7f}a tidos\x08\x08\x08\x08odos\n");
    bob.expect("<ana> ola todos");
    ana.send("e\u{301}\x08\u{1f469}\u{200d}\u{1f467}\x08so\n");
    bob.expect("<ana> so");
    ana.send("not this\u{15}but that\u{17}this\n");
    bob.expect("<ana> but this");
    ana.send("gone\x08\x08\x08\x08\x08\n");
    ana.expect("* papo: what is your name?");
    ana.expect_start("* welcome, ana! ");
    ana.expect_nothing_else();
}

#[test]
fn telnets_keys_that_erase_edit_the_line() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    ana.send([&b"xx"[..], &[IAC, EL], b"anb", &[IAC, EC], b"a\r\n"].concat());
    bob.expect("* ana joined");
    ana.send([&b"hellp"[..], &[IAC, EC], b"o\r\0"].concat());
    bob.expect("<ana> hello");
}

#[test]
fn a_password_is_edited_too() {
    let data = std::env::temp_dir().join(format!("papo-keys-{}", std::process::id()));
    let server = Server::start(&format!("--rate 0 --data {}", data.display()));
    let mut ana = Talker::join(&server, "ana");
    ana.send("/register segredi\x08o\n");
    ana.expect_start("* ana is registered; ");
    ana.say("/quit");
    let mut again = Talker::connect(&server);
    again.expect("* papo: what is your name?");
    again.say("ana");
    again.expect_start("* papo: what is the password of ana?");
    again.send("sem\x7fgredo\n");
    again.expect_start("* welcome, ana! ");
    drop(server);
    std::fs::remove_dir_all(data).expect("it was there");
}

#[test]
fn a_late_lf_is_the_rest_of_the_line_end_and_answers_no_question() {
    let data = std::env::temp_dir().join(format!("papo-late-{}", std::process::id()));
    let server = Server::start(&format!("--rate 0 --data {}", data.display()));
    let mut bob = Talker::join(&server, "bob");
    let mut zoe = Talker::join(&server, "zoe");
    bob.expect("* zoe joined");
    zoe.say("/register segredo9");
    zoe.expect_start("* zoe is registered; ");
    zoe.say("/quit");
    bob.expect("* zoe left");
    let mut zoe = Talker::connect(&server);
    zoe.expect("* papo: what is your name?");
    zoe.send("zoe\r");
    // The pause after the CR has ended the line.
    zoe.expect_start("* papo: what is the password of zoe?");
    zoe.send("\n");
    zoe.send("segredo9\r\n");
    zoe.expect_start("* welcome, zoe! ");
    bob.expect("* zoe joined");
    let mut lia = Talker::connect(&server);
    lia.expect("* papo: what is your name?");
    lia.send("lia\r");
    lia.expect_start("* welcome, lia! ");
    bob.expect("* lia joined");
    lia.send("/admin\r");
    lia.expect_start("* ");
    lia.send("\n");
    lia.send("segredo1\r\n");
    lia.expect_start("! ");
    bob.expect_nothing_else();
    drop(server);
    std::fs::remove_dir_all(data).expect("it was there");
}

#[test]
fn enter_of_a_raw_terminal_ends_the_line() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    for key in b"ana\r" {
        ana.send([*key]);
    }
    bob.expect("* ana joined");
    ana.expect("* papo: what is your name?");
    ana.expect_start("* welcome, ana! ");
    ana.send("hello\rworld\r");
    bob.expect("<ana> hello");
    bob.expect("<ana> world");
    ana.send("/quit\r");
    ana.expect("* bye, ana");
    bob.expect("* ana left");
}

#[test]
fn a_raw_terminal_is_understood_where_the_kind_is_guessed() {
    let server = Server::start("");
    let mut eva = Talker::connect(&server);
    eva.expect("* papo: what is your name?");
    eva.send("eva\r");
    eva.expect_start("* welcome, eva! ");
}

#[test]
fn the_last_line_of_a_pipe_with_cr_is_said() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::connect(&server);
    ana.send("ana\rone\rtwo");
    ana.half_close();
    bob.expect("* ana joined");
    bob.expect("<ana> one");
    bob.expect("<ana> two");
    bob.expect("* ana left");
}

#[test]
fn a_cr_forges_no_line_where_lf_ends_them() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    ana.send("hi\r<bob> forged");
    // Longer than the pause that ends a chunks client's message, which is longer than a raw
    // terminal's.
    let mut eva = Talker::connect(&server);
    eva.send("eva\r");
    bob.expect("* eva joined");
    ana.send("\n");
    bob.expect("<ana> hi<bob> forged");
}
