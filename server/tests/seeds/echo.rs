//! A password is hidden: a telnet is told to stop its echo and then to resume it; other clients get
//! no telnet bytes, which would be garbage for them.

use crate::forms::Pessoa;
use crate::people::{Person, Talker};
use crate::tchat::TChat;
use crate::world::World;

const DO_SGA: [u8; 3] = [255, 253, 3];
const WONT_SGA: [u8; 3] = [255, 252, 3];
const WILL_ECHO: [u8; 3] = [255, 251, 1];
const DO_ECHO: [u8; 3] = [255, 253, 1];
const WONT_ECHO: [u8; 3] = [255, 252, 1];
const DONT_ECHO: [u8; 3] = [255, 254, 1];

fn world_with_ana() -> World {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    ana.say("/register segredo");
    ana.told_start("o nome ana está registrado; ");
    ana.say("/sair");
    ana.told("até logo, ana");
    ana.expect_end();
    world
}

#[test]
fn a_telnet_hides_the_password_and_shows_the_rest() {
    let world = world_with_ana();
    let mut telnet = Talker::to(world.auto());
    telnet.asked();
    telnet.send(DO_SGA);
    assert_eq!(telnet.hear_bytes(3), WONT_SGA);
    assert_eq!(telnet.hear_bytes(2), b"\r\0");
    telnet.send(b"ana\r\n");
    for password in ["errada", "segredo"] {
        assert_eq!(telnet.hear_bytes(3), WILL_ECHO);
        telnet.asked_password("ana");
        // A telnet agrees; that is an answer and gets no reply.
        telnet.send(DO_ECHO);
        telnet.send(format!("{password}\r\n"));
        assert_eq!(telnet.hear_bytes(3), WONT_ECHO);
        telnet.send(DONT_ECHO);
        // Enter was not shown either.
        assert_eq!(telnet.hear_bytes(2), b"\r\n");
        if password == "errada" {
            telnet.refused("a senha não é essa");
        }
    }
    telnet.welcomed("ana");
    telnet.expect_silence();
}

#[test]
fn an_echo_that_was_refused_before_is_hidden_all_the_same() {
    let world = world_with_ana();
    let mut telnet = Talker::to(world.auto());
    telnet.asked();
    telnet.send(DO_ECHO);
    assert_eq!(telnet.hear_bytes(3), WONT_ECHO);
    assert_eq!(telnet.hear_bytes(2), b"\r\0");
    telnet.send(b"ana\r\n");
    assert_eq!(telnet.hear_bytes(3), WILL_ECHO);
    telnet.asked_password("ana");
    telnet.send(DO_ECHO);
    // Another name after all: the echo is restored.
    telnet.send(b"\r\n");
    assert_eq!(telnet.hear_bytes(5), [&WONT_ECHO[..], b"\r\n"].concat());
    telnet.asked();
}

#[test]
fn nobody_else_is_sent_a_byte_of_telnet() {
    let world = world_with_ana();
    // Compared byte by byte, as text.
    let mut nc = Talker::to(world.auto());
    nc.asked();
    nc.say("ana");
    nc.asked_password("ana");
    nc.say("errada");
    nc.refused("a senha não é essa");
    nc.asked_password("ana");
    let mut vpn = crate::vpn::Vpn::connect(&world, "ana");
    vpn.asked_password("ana");
    vpn.say("segredo");
    vpn.welcomed_with("ana", "só em lobby");
}
