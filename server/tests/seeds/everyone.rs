//! All five in a room: each reads all others, and can write to all who can receive private lines.

use crate::chattruco::Truco;
use crate::forms::{Hearing, Pessoa};
use crate::people::Person;
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

const EVA: &str = "eva@escola.br";

/// One user of each system. The guest has no name of its own.
struct Five {
    world: World,
    ana: TChat,
    bia: Vpn,
    guest: Relay,
    rui: Rede,
    eva: Truco,
}

impl Five {
    /// They join one after the other, and those who get notices are told of each.
    fn meet() -> Five {
        let world = World::start();
        let mut ana = TChat::join(&world, "ana");
        let mut bia = Vpn::join(&world, "bia");
        ana.told("bia entrou");
        let guest = Relay::connect(&world);
        ana.told("guest1 entrou");
        bia.told("guest1 entrou");
        let mut rui = Rede::join(&world, "rui");
        ana.told("rui entrou");
        bia.told("rui entrou");
        let eva = Truco::join(&world, 2, EVA);
        ana.told("eva@escola.br entrou (direto)");
        bia.told("eva@escola.br entrou (direto)");
        rui.told("eva@escola.br entrou (direto)");
        Five {
            world,
            ana,
            bia,
            guest,
            rui,
            eva,
        }
    }

    fn expect_silence(&mut self) {
        self.ana.expect_silence();
        self.bia.expect_silence();
        self.rui.expect_silence();
    }
}

#[test]
fn public_lines_of_each_reach_all_others_and_not_the_sender() {
    let mut five = Five::meet();
    let Five {
        ana,
        bia,
        guest,
        rui,
        ..
    } = &mut five;
    ana.say("bom dia");
    bia.reads("ana", "bom dia");
    guest.reads("ana", "bom dia");
    rui.reads("ana", "bom dia");
    bia.say("olá, coração");
    ana.reads("bia", "olá, coração");
    guest.reads("bia", "olá, coração");
    rui.reads("bia", "olá, coração");
    guest.say("sem nome");
    ana.reads("guest1", "sem nome");
    bia.reads("guest1", "sem nome");
    rui.reads("guest1", "sem nome");
    rui.say("da rede");
    ana.reads("rui", "da rede");
    bia.reads("rui", "da rede");
    guest.reads("rui", "da rede");
    five.expect_silence();
}

#[test]
fn private_lines_of_each_kind_to_each_kind() {
    let mut five = Five::meet();
    let Five {
        ana,
        bia,
        guest,
        rui,
        ..
    } = &mut five;
    ana.say("/para bia um");
    bia.reads_private("ana", "um");
    ana.say("/para rui dois");
    rui.reads_private("ana", "dois");
    ana.say("/para guest1 três");
    guest.reads_private("ana", "três");
    bia.say("@ana quatro");
    ana.reads_private("bia", "quatro");
    bia.say("@rui cinco");
    rui.reads_private("bia", "cinco");
    bia.say("@guest1 seis");
    guest.reads_private("bia", "seis");
    rui.say("/private ana sete");
    ana.reads_private("rui", "sete");
    rui.say("/private bia oito");
    bia.reads_private("rui", "oito");
    rui.say("/private guest1 nove");
    guest.reads_private("rui", "nove");
    five.expect_silence();
}

#[test]
fn chattruco_writes_to_each_kind_and_each_kind_to_chattruco() {
    let mut five = Five::meet();
    let Five {
        world,
        ana,
        bia,
        guest,
        rui,
        eva,
    } = &mut five;
    for name in ["ana", "bia", "guest1", "rui"] {
        eva.sees(name);
        assert_eq!(eva.peers[name], world.host(1).to_string(), "{name}");
    }
    eva.say("ana", "oi, TChat");
    ana.reads_private("eva@escola.br", "oi, TChat");
    eva.say("bia", "oi, VPN");
    bia.reads_private("eva@escola.br", "oi, VPN");
    eva.say("rui", "oi, Rede");
    rui.reads_private("eva@escola.br", "oi, Rede");
    eva.say("guest1", "oi, sem nome");
    guest.reads_private("eva@escola.br", "oi, sem nome");

    ana.say("/para eva@escola.br olá de ana");
    eva.expect("ana", "olá de ana");
    bia.say("@eva@escola.br olá de bia");
    eva.expect("bia", "olá de bia");
    rui.say("/private eva@escola.br olá de rui");
    eva.expect("rui", "olá de rui");
    ana.say("/responder e mais");
    eva.expect("ana", "e mais");

    // Messages between two of them do not pass the server.
    let mut davi = Truco::join(world, 3, "davi@escola.br");
    davi.sees(EVA);
    eva.sees("davi@escola.br");
    davi.say(EVA, "de um ao outro");
    eva.expect_from(davi.address(), "davi@escola.br", "de um ao outro");
    eva.say("davi@escola.br", "recebido");
    davi.expect_from(eva.address(), EVA, "recebido");
    for user in [ana as &mut dyn Hearing, bia, rui] {
        user.told_line("davi@escola.br entrou (direto)");
    }
    five.expect_silence();
}

#[test]
fn each_kind_can_list_who_is_online() {
    let mut five = Five::meet();
    let Five {
        ana, bia, rui, eva, ..
    } = &mut five;
    ana.say("/online");
    ana.lists("ana, bia, guest1, rui", "eva@escola.br");
    bia.say("/quem");
    bia.lists("ana, bia, guest1, rui", "eva@escola.br");
    rui.say("/online");
    rui.lists("ana, bia, guest1, rui", "eva@escola.br");
    eva.sees("rui");
    let names: Vec<&str> = eva.peers.keys().map(String::as_str).collect();
    assert_eq!(names, ["ana", "bia", EVA, "guest1", "rui"]);
}

#[test]
fn each_kind_leaves_by_its_own_command() {
    let Five {
        world,
        mut ana,
        mut bia,
        mut guest,
        mut rui,
        mut eva,
    } = Five::meet();
    // One more TChat, who stays to the end.
    let mut fim = TChat::join(&world, "fim");
    for user in [&mut ana as &mut dyn Hearing, &mut bia, &mut rui] {
        user.told_line("fim entrou");
    }
    guest.say("x");
    guest.expect_last_word();
    for user in [&mut ana as &mut dyn Hearing, &mut bia, &mut rui, &mut fim] {
        user.told_line("guest1 saiu");
    }
    eva.misses("guest1");
    ana.say("/sair");
    ana.told("até logo, ana");
    ana.expect_end();
    for user in [&mut bia as &mut dyn Hearing, &mut rui, &mut fim] {
        user.told_line("ana saiu");
    }
    eva.misses("ana");
    bia.say("/sair");
    bia.told("até logo, bia");
    bia.expect_end();
    rui.told("bia saiu");
    fim.told("bia saiu");
    rui.say("/quit");
    rui.told("até logo, rui");
    rui.expect_end();
    fim.told("rui saiu");
    eva.goes_deaf();
    fim.told("eva@escola.br saiu (direto)");
    fim.say("/online");
    fim.lists("fim", "");
    fim.expect_silence();
}
