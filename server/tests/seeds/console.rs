//! The operator's console: joins and leaves, lines of relay and VPN clients, and whom the operator
//! reaches.

use nix::sys::signal::Signal;

use crate::chattruco::Truco;
use crate::forms::Pessoa;
use crate::people::Person;
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

#[test]
fn what_the_operator_types_reaches_relay_clients_and_all_others() {
    let mut world = World::with_operator();
    let mut one = Relay::connect(&world);
    let mut ana = TChat::join(&world, "ana");
    let mut two = Relay::connect(&world);
    ana.told("guest2 entrou");
    let mut bia = Vpn::join(&world, "bia");
    let mut rui = Rede::join(&world, "rui");
    ana.told("bia entrou");
    ana.told("rui entrou");
    bia.told("rui entrou");
    world.server.types("o servidor para às dez");
    one.reads_operator("o servidor para às dez");
    two.reads_operator("o servidor para às dez");
    ana.reads_operator("o servidor para às dez");
    bia.reads_operator("o servidor para às dez");
    rui.reads_operator("o servidor para às dez");
    // Not relay's closing word.
    world.server.types("x");
    one.reads_operator("x");
    two.reads_operator("x");
    ana.reads_operator("x");
    one.say("x");
    one.expect_last_word();
}

#[test]
fn what_relay_and_vpn_clients_say_is_on_the_console() {
    let mut world = World::start();
    let mut one = Relay::connect(&world);
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    one.say("alguém aí?");
    ana.reads("guest1", "alguém aí?");
    bia.reads("guest1", "alguém aí?");
    world.server.screen.find("<guest1> alguém aí?");
    // Of TChat the console shows joins and leaves.
    ana.say("eu");
    bia.reads("ana", "eu");
    bia.say("eu também");
    ana.reads("bia", "eu também");
    let screen = &mut world.server.screen;
    screen.expect("<bia> eu também");
    bia.say("/eu acena");
    screen.expect("~ bia acena");
    bia.say("/entrar jogos");
    bia.told("você está só em jogos");
    bia.say("aqui?");
    screen.expect("#jogos <bia> aqui?");
}

#[test]
fn a_muted_user_and_a_console_without_lines() {
    let mut world = World::with_operator();
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    world.server.types("/mute bia");
    bia.told("um operador silenciou você: ninguém recebe as suas linhas");
    bia.say("um");
    bia.refused("você está silenciado: ninguém recebeu essa linha");
    world.server.types("/unmute bia");
    bia.told("todos voltam a ouvir você");
    world.server.types("/observar nada");
    world.server.screen.find("o que se diz não aparece");
    bia.say("dois");
    ana.reads("bia", "dois");
    world.server.types("/observar lobby");
    world
        .server
        .screen
        .find("o que se diz em lobby aparece aqui");
    bia.say("três");
    world.server.screen.expect("<bia> três");
    ana.say("quatro");
    world.server.screen.expect("<ana> quatro");
    world.server.signal(Signal::SIGTERM);
    let screen = world.server.screen.rest();
    let is_hidden = |line: &&String| line.contains("um") || line.contains("dois");
    let lines = screen.iter().filter(|line| line.starts_with('<'));
    assert_eq!(lines.filter(is_hidden).count(), 0, "{screen:#?}");
}

#[test]
fn a_quiet_console_has_no_lines() {
    let mut world = World::with("--rate 0 --backlog 0 --quiet");
    let mut one = Relay::connect(&world);
    let mut bia = Vpn::join(&world, "bia");
    one.say("um");
    bia.reads("guest1", "um");
    bia.say("dois");
    one.reads("bia", "dois");
    world.server.signal(Signal::SIGTERM);
    let screen = world.server.screen.rest();
    let lines = screen.iter().filter(|line| line.starts_with('<'));
    assert_eq!(lines.count(), 0, "{screen:#?}");
    let log = world.server.log.rest();
    assert!(log.iter().any(|line| line.contains("bia joined")));
}

#[test]
fn connects_and_disconnects_are_shown_with_their_time() {
    let mut world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let address = ana.address();
    let log = &mut world.server.log;
    expect_time(&log.find(&format!("{address} connected")));
    expect_time(&log.find(&format!("ana joined from {address}")));
    ana.say("/sair");
    ana.told("até logo, ana");
    expect_time(&log.find("ana left"));
    let eva = Truco::join(&world, 2, "eva@escola.br");
    let log = &mut world.server.log;
    expect_time(&log.find("eva@escola.br joined by ChatTruco"));
    drop(eva);
    expect_time(&log.find("eva@escola.br left ChatTruco"));
}

/// It begins with `HH:MM:SS`.
#[track_caller]
fn expect_time(line: &str) {
    let parts: Vec<&str> = line.split([':', ' ']).take(3).collect();
    let is_time = parts
        .iter()
        .all(|part| part.len() == 2 && part.parse::<u8>().is_ok());
    assert!(is_time, "{line}");
}

#[test]
fn messages_of_all_are_in_the_log_when_asked_for() {
    let mut world = World::with("--rate 0 --log debug");
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    bia.say("para todos");
    ana.reads("bia", "para todos");
    world.server.log.find("<bia> \"para todos\"");
    bia.expect_silence();
}

#[test]
fn the_operator_sees_who_is_online_of_all_systems() {
    let mut world = World::with_operator();
    let mut ana = TChat::join(&world, "ana");
    let _guest = Relay::connect(&world);
    ana.told("guest1 entrou");
    let _eva = Truco::join(&world, 2, "eva@escola.br");
    ana.told("eva@escola.br entrou (direto)");
    world.server.types("/online");
    world.server.screen.find("3 online");
    world.server.screen.expect("  ana (lobby)");
    world.server.screen.expect("  guest1 (lobby)");
    world.server.screen.expect("  eva@escola.br (direto)");
}

const EVA: &str = "eva@escola.br";

/// A TChat user, and two ChatTruco clients whose joins she was told.
fn ana_davi_and_eva(world: &World) -> (TChat, Truco, Truco) {
    let mut ana = TChat::join(world, "ana");
    let davi = Truco::join(world, 3, "davi@escola.br");
    ana.told("davi@escola.br entrou (direto)");
    let eva = Truco::join(world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    (ana, davi, eva)
}

#[test]
fn a_chattruco_client_is_put_out_by_its_e_mail() {
    let mut world = World::with_operator();
    let (mut ana, mut davi, mut eva) = ana_davi_and_eva(&world);
    davi.sees(EVA);
    eva.sees("ana");
    world.server.types("/expulsar EVA@escola.br alto demais");
    ana.told("eva@escola.br saiu (direto) (por ordem do operador: alto demais)");
    world.server.screen.find("eva@escola.br está fora");
    world.server.log.find("console: kick \"EVA@escola.br\"");
    davi.misses(EVA);
    // No heartbeats come, so its client would exit; its datagrams are ignored.
    let before = eva.lists.len();
    eva.say("ana", "ainda aqui");
    eva.send(&format!("Seis {EVA}"));
    ana.say("/para eva@escola.br oi");
    ana.refused("usuário não encontrado: eva@escola.br");
    // As long as a client waits before it exits.
    davi.beats(5);
    assert_eq!(eva.heard_by_now(), before);
    assert_eq!(davi.changes_of(EVA), [true, false]);
    ana.expect_silence();
    // With its password it logs in again.
    eva.log_in();
    ana.told("eva@escola.br entrou (direto)");
    davi.sees(EVA);
    eva.beats(1);
    eva.say("ana", "de volta");
    ana.reads_private("eva@escola.br", "de volta");
    ana.expect_silence();
}

#[test]
fn a_chattruco_client_is_muted_by_its_e_mail() {
    let mut world = World::with_operator();
    let (mut ana, mut davi, mut eva) = ana_davi_and_eva(&world);
    eva.sees("ana");
    eva.sees("davi@escola.br");
    world.server.types("/mute eva@escola.br");
    world.server.screen.find("eva@escola.br não é mais ouvido");
    eva.say("ana", "ninguém recebe isto");
    eva.expect("ana", "! você está silenciado: ninguém recebeu essa linha");
    // It still gets others' lines, and talks to ChatTruco clients directly.
    ana.say("/para eva@escola.br oi");
    eva.expect("ana", "oi");
    eva.say("davi@escola.br", "sem o servidor");
    davi.expect_from(eva.address(), EVA, "sem o servidor");
    world.server.types("/unmute eva@escola.br");
    world
        .server
        .screen
        .find("todos voltam a ouvir eva@escola.br");
    eva.say("ana", "e agora");
    ana.reads_private("eva@escola.br", "e agora");
    // The mute ends when its owner logs out.
    world.server.types("/mute eva@escola.br");
    world.server.screen.find("eva@escola.br não é mais ouvido");
    eva.goes_deaf();
    ana.told("eva@escola.br saiu (direto)");
    eva.log_in();
    ana.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    eva.say("ana", "outra vez");
    ana.reads_private("eva@escola.br", "outra vez");
    ana.expect_silence();
}
