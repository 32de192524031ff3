//! Names: asked for or sent first, taken, illegal, long, and wanted by several at once.

use crate::forms::Pessoa;
use crate::people::Person;
use crate::rede::Rede;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

#[test]
fn tchat_is_asked_and_case_makes_no_other_name() {
    let world = World::start();
    let mut ana = TChat::connect(&world);
    ana.asked();
    ana.say("Ana");
    ana.welcomed_with("Ana", "só em lobby");
    let mut other = TChat::connect(&world);
    other.asked();
    other.say("ANA");
    other.refused("o nome ANA já está em uso; tente outro");
    other.say("bia");
    other.welcomed_with("bia", "em lobby com Ana");
    ana.told("bia entrou");
    other.say("/para aNA oi");
    ana.reads_private("bia", "oi");
}

#[test]
fn vpn_tells_its_name_first_and_the_next_message_is_the_next_try() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::connect(&world, "b!a");
    bia.refused("um nome tem letras, dígitos e _, e não !");
    bia.say("duas palavras");
    bia.refused("um nome é uma palavra só, de letras, dígitos e _, sem espaços");
    bia.say("ana");
    bia.refused("o nome ana já está em uso; tente outro");
    bia.say("bia_2");
    bia.welcomed_with("bia_2", "em lobby com ana");
    ana.told("bia_2 entrou");
    bia.expect_silence();
}

#[test]
fn vpn_is_waited_for_and_the_log_says_how_long() {
    let mut world = World::start();
    let listener = world.vpn();
    let waits = format!("{listener}: asks for no name, and waits 10 min until one comes");
    world.server.log.find(&waits);
}

#[test]
fn rede_is_asked_and_may_try_again() {
    let world = World::start();
    let mut ana = Rede::join(&world, "ana");
    let mut rui = Rede::connect(&world);
    rui.asked();
    rui.say("ana");
    rui.refused("o nome ana já está em uso; tente outro");
    rui.say("rui");
    rui.welcomed_with("rui", "em lobby com ana");
    ana.told("rui entrou");
}

#[test]
fn a_name_of_20_letters_and_60_bytes_is_told_whole() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let name = "あ".repeat(20);
    assert_eq!(name.len(), 60);
    let mut long = Vpn::join(&world, &name);
    ana.told(&format!("{name} entrou"));
    long.say("oi");
    ana.reads(&name, "oi");
    ana.say(&format!("/para {name} psiu"));
    long.reads_private("ana", "psiu");
}

#[test]
fn a_name_of_50_bytes_is_had_and_a_longer_one_refused_with_its_reason() {
    let world = World::start();
    let longest = "b".repeat(50);
    let mut bia = Vpn::connect(&world, &"b".repeat(51));
    for bytes in [52, 1000, 1024] {
        bia.refused("um nome tem no máximo 20 caracteres, ou 50 letras sem acento");
        bia.say(&"b".repeat(bytes));
    }
    bia.refused("um nome tem no máximo 20 caracteres, ou 50 letras sem acento");
    bia.say(&longest);
    bia.welcomed(&longest);
}

#[test]
fn one_of_many_who_want_a_name_at_once_has_it() {
    let world = World::start();
    let mut all: Vec<Box<dyn Wanting>> = Vec::new();
    for _ in 0..4 {
        let (mut tchat, mut rede) = (TChat::connect(&world), Rede::connect(&world));
        tchat.say("maria");
        rede.say("maria");
        all.push(Box::new(tchat));
        all.push(Box::new(rede));
        all.push(Box::new(Vpn::connect(&world, "maria")));
    }
    let welcomed: Vec<bool> = all.iter_mut().map(|one| one.is_welcomed()).collect();
    assert_eq!(welcomed.iter().filter(|is| **is).count(), 1);
    // The others can try again as before.
    for (n, (one, is_maria)) in all.iter_mut().zip(welcomed).enumerate() {
        if !is_maria {
            one.tries_again(&format!("outra{n}"));
        }
    }
}

/// A client of any kind that wants to be maria.
trait Wanting {
    fn is_welcomed(&mut self) -> bool;
    fn tries_again(&mut self, name: &str);
}

impl<P: Pessoa> Wanting for P {
    fn is_welcomed(&mut self) -> bool {
        if self.form().is_asked {
            self.asked();
        }
        let answer = self.hear().expect("an answer");
        let is_refused = answer
            == self
                .form()
                .refusal("o nome maria já está em uso; tente outro");
        let start = match self.form().own_join {
            true => "maria entrou",
            false => "boas-vindas, maria! ",
        };
        let is_welcomed = answer.starts_with(&self.form().event(start));
        assert!(is_refused || is_welcomed, "{answer}");
        is_welcomed
    }

    fn tries_again(&mut self, name: &str) {
        self.say(name);
        self.welcomed(name);
    }
}
