//! Broken connections: whatever the client, everybody leaves once and the others keep talking.

use crate::chattruco::Truco;
use crate::forms::Pessoa;
use crate::people::Person;
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

#[test]
fn windows_are_closed() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    bia.closes();
    ana.told("bia saiu");
    let rui = Rede::join(&world, "rui");
    ana.told("rui entrou");
    rui.closes();
    ana.told("rui saiu");
    let guest = Relay::connect(&world);
    ana.told("guest1 entrou");
    guest.closes();
    ana.told("guest1 saiu");
    drop(TChat::join(&world, "davi"));
    ana.told("davi entrou");
    ana.told_start("davi saiu");
    ana.expect_silence();
}

#[test]
fn cables_are_pulled() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let davi = TChat::join(&world, "davi");
    ana.told("davi entrou");
    davi.breaks();
    ana.told("davi saiu (conexão perdida)");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    bia.say("últimas palavras");
    bia.breaks();
    ana.reads("bia", "últimas palavras");
    ana.told("bia saiu (conexão perdida)");
    let mut rui = Rede::join(&world, "rui");
    ana.told("rui entrou");
    rui.say("/private ana última");
    rui.breaks();
    ana.reads_private("rui", "última");
    ana.told("rui saiu (conexão perdida)");
    let guest = Relay::connect(&world);
    ana.told("guest1 entrou");
    guest.breaks();
    ana.told_start("guest1 saiu");
    ana.expect_silence();
}

#[test]
fn a_conn_lost_before_its_name_is_not_announced() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    Rede::connect(&world).breaks();
    Vpn::connect(&world, "b!a").breaks();
    TChat::connect(&world).breaks();
    ana.expect_silence();
}

#[test]
fn a_chattruco_client_is_pulled_from_the_network() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut davi = Truco::join(&world, 3, "davi@escola.br");
    ana.told("davi@escola.br entrou (direto)");
    let eva = Truco::join(&world, 2, "eva@escola.br");
    ana.told("eva@escola.br entrou (direto)");
    davi.sees("eva@escola.br");
    // Its port is closed: the host answers each heartbeat with "unreachable".
    drop(eva);
    ana.told("eva@escola.br saiu (direto)");
    davi.misses("eva@escola.br");
    ana.say("/para eva@escola.br oi");
    ana.refused("usuário não encontrado: eva@escola.br");
    davi.say("ana", "ainda aqui");
    ana.reads_private("davi@escola.br", "ainda aqui");
    assert_eq!(davi.changes_of("eva@escola.br"), [true, false]);
    ana.expect_silence();
}
