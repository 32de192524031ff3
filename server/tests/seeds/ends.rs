//! Broken connections: whatever the client, everybody leaves once and the others keep talking.

use crate::chattruco::Truco;
use crate::people::Person;
use crate::rede::Rede;
use crate::relay::Relay;
use crate::screen::Pessoa;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

#[test]
fn windows_are_closed() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let bia = Vpn::join(&world, "bia");
    ana.expect("* bia entrou");
    bia.closes();
    ana.expect("* bia saiu");
    let rui = Rede::join(&world, "rui");
    ana.expect("* rui entrou");
    rui.closes();
    ana.expect("* rui saiu");
    let guest = Relay::connect(&world);
    ana.expect("* guest1 entrou");
    guest.closes();
    ana.expect("* guest1 saiu");
    drop(TChat::join(&world, "davi"));
    ana.expect("* davi entrou");
    ana.expect_start("* davi saiu");
    ana.expect_silence();
}

#[test]
fn cables_are_pulled() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let davi = TChat::join(&world, "davi");
    ana.expect("* davi entrou");
    davi.breaks();
    ana.expect("* davi saiu (conexão perdida)");
    let mut bia = Vpn::join(&world, "bia");
    ana.expect("* bia entrou");
    bia.say("últimas palavras");
    bia.breaks();
    ana.expect("<bia> últimas palavras");
    ana.expect("* bia saiu (conexão perdida)");
    let mut rui = Rede::join(&world, "rui");
    ana.expect("* rui entrou");
    rui.say("/private ana última");
    rui.breaks();
    ana.expect("[privado de rui] última");
    ana.expect("* rui saiu (conexão perdida)");
    let guest = Relay::connect(&world);
    ana.expect("* guest1 entrou");
    guest.breaks();
    ana.expect_start("* guest1 saiu");
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
    ana.expect("* davi@escola.br entrou (direto)");
    let eva = Truco::join(&world, 2, "eva@escola.br");
    ana.expect("* eva@escola.br entrou (direto)");
    davi.sees("eva@escola.br");
    // Its port is closed: the host answers each heartbeat with "unreachable".
    drop(eva);
    ana.expect("* eva@escola.br saiu (direto)");
    davi.misses("eva@escola.br");
    ana.say("/para eva@escola.br oi");
    ana.expect("! usuário não encontrado: eva@escola.br");
    davi.say("ana", "ainda aqui");
    ana.expect("[privado de davi@escola.br] ainda aqui");
    assert_eq!(davi.changes_of("eva@escola.br"), [true, false]);
    ana.expect_silence();
}
