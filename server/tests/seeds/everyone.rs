//! All five in a room: each reads all others, and can write to all who can receive private lines.

use crate::chattruco::Truco;
use crate::people::Person;
use crate::rede::Rede;
use crate::relay::Relay;
use crate::screen::Pessoa;
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
        ana.expect("* bia entrou");
        let guest = Relay::connect(&world);
        ana.expect("* guest1 entrou");
        bia.expect("* guest1 entrou");
        let mut rui = Rede::join(&world, "rui");
        ana.expect("* rui entrou");
        bia.expect("* rui entrou");
        let eva = Truco::join(&world, 2, EVA);
        ana.expect("* eva@escola.br entrou (direto)");
        bia.expect("* eva@escola.br entrou (direto)");
        rui.expect("* eva@escola.br entrou (direto)");
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
    bia.expect("<ana> bom dia");
    guest.expect("ana: bom dia");
    rui.expect("<ana> bom dia");
    bia.say("olá, coração");
    ana.expect("<bia> olá, coração");
    guest.expect("bia: olá, coração");
    rui.expect("<bia> olá, coração");
    guest.say("sem nome");
    ana.expect("<guest1> sem nome");
    bia.expect("<guest1> sem nome");
    rui.expect("<guest1> sem nome");
    rui.say("da rede");
    ana.expect("<rui> da rede");
    bia.expect("<rui> da rede");
    guest.expect("rui: da rede");
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
    bia.expect("[privado de ana] um");
    ana.say("/para rui dois");
    rui.expect("[privado de ana] dois");
    ana.say("/para guest1 três");
    guest.expect("[privado de ana] três");
    bia.say("@ana quatro");
    ana.expect("[privado de bia] quatro");
    bia.say("@rui cinco");
    rui.expect("[privado de bia] cinco");
    bia.say("@guest1 seis");
    guest.expect("[privado de bia] seis");
    rui.say("/private ana sete");
    ana.expect("[privado de rui] sete");
    rui.say("/private bia oito");
    bia.expect("[privado de rui] oito");
    rui.say("/private guest1 nove");
    guest.expect("[privado de rui] nove");
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
    ana.expect("[privado de eva@escola.br] oi, TChat");
    eva.say("bia", "oi, VPN");
    bia.expect("[privado de eva@escola.br] oi, VPN");
    eva.say("rui", "oi, Rede");
    rui.expect("[privado de eva@escola.br] oi, Rede");
    eva.say("guest1", "oi, sem nome");
    guest.expect("[privado de eva@escola.br] oi, sem nome");

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
        user.expect_line("* davi@escola.br entrou (direto)");
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
    ana.expect("* 4 aqui: ana, bia, guest1, rui");
    ana.expect("* 1 direto: eva@escola.br");
    bia.say("/quem");
    bia.expect("* 4 aqui: ana, bia, guest1, rui");
    bia.expect("* 1 direto: eva@escola.br");
    rui.say("/online");
    rui.expect("* 4 aqui: ana, bia, guest1, rui");
    rui.expect("* 1 direto: eva@escola.br");
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
        user.expect_line("* fim entrou");
    }
    guest.say("x");
    guest.expect_last_word();
    for user in [&mut ana as &mut dyn Hearing, &mut bia, &mut rui, &mut fim] {
        user.expect_line("* guest1 saiu");
    }
    eva.misses("guest1");
    ana.say("/sair");
    ana.expect("* até logo, ana");
    ana.expect_end();
    for user in [&mut bia as &mut dyn Hearing, &mut rui, &mut fim] {
        user.expect_line("* ana saiu");
    }
    eva.misses("ana");
    bia.say("/sair");
    bia.expect("* até logo, bia");
    bia.expect_end();
    rui.expect("* bia saiu");
    fim.expect("* bia saiu");
    rui.say("/quit");
    rui.expect("* até logo, rui");
    rui.expect_end();
    fim.expect("* rui saiu");
    eva.goes_deaf();
    fim.expect("* eva@escola.br saiu (direto)");
    fim.say("/online");
    fim.expect("* 1 aqui: fim");
    fim.expect_silence();
}

/// Clients of several kinds in one list.
trait Hearing {
    fn expect_line(&mut self, line: &str);
}

impl<P: Person> Hearing for P {
    #[track_caller]
    fn expect_line(&mut self, line: &str) {
        self.expect(line);
    }
}
