//! ChatTruco's directory: registering, logging in, the list, and a heartbeat each second.

use crate::chattruco::{PASSWORD, Truco};
use crate::forms::Pessoa;
use crate::people::Person;
use crate::raw::Raw;
use crate::tchat::TChat;
use crate::world::World;

const EVA: &str = "eva@escola.br";

#[test]
fn registering_is_answered_in_its_own_words() {
    let world = World::start();
    let mut eva = Truco::at(&world, 2, EVA);
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    // From another address; from the same one it would be a retry.
    let mut other = Truco::at(&world, 3, EVA);
    assert_eq!(other.ask("Sin eva@escola.br outra"), "sin_erro_em");
    assert_eq!(other.ask("Sin EVA@escola.br outra"), "sin_erro_em");
    for wrong in ["Sin", "Sin eva@escola.br", "Sin eva@escola.br um dois"] {
        assert_eq!(eva.ask(wrong), "sin_erro", "{wrong}");
    }
    // Illegal passwords and e-mails are answered, too.
    let long = format!("Sin davi@escola.br {}", "x".repeat(1000));
    for wrong in ["Sin davi segredo", "Sin d:a#v@escola.br segredo", &long] {
        assert_eq!(eva.ask(wrong), "sin_erro", "{wrong}");
    }
}

#[test]
fn logging_in_is_answered_in_its_own_words() {
    let world = World::start();
    let mut eva = Truco::at(&world, 2, EVA);
    assert_eq!(eva.ask("Con eva@escola.br segredo"), "erro_em");
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    assert_eq!(eva.ask("Con eva@escola.br errada"), "erro_pw");
    for wrong in ["Con", "Con eva@escola.br", "Con eva@escola.br um dois"] {
        assert_eq!(eva.ask(wrong), "erro", "{wrong}");
    }
    let own = format!("{EVA}:{}#", world.host(2));
    assert_eq!(eva.ask("Con eva@escola.br segredo"), own);
}

#[test]
fn a_heartbeat_comes_again_and_again_to_who_answers() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    // More than anybody may miss.
    eva.beats(5);
    let list = format!("{EVA}:{}#ana:{}#", world.host(2), world.host(1));
    assert!(
        eva.lists.iter().all(|heard| *heard == list),
        "{:?}",
        eva.lists
    );
    ana.expect_silence();
}

#[test]
fn three_heartbeats_without_an_answer_are_the_end() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    drop(Truco::join(&world, 2, EVA));
    ana.told("eva@escola.br entrou (direto)");
    ana.told("eva@escola.br saiu (direto)");
    let eva = Raw::at(&world, 2);
    eva.send(format!("Con {EVA} {PASSWORD}"));
    ana.told("eva@escola.br entrou (direto)");
    ana.told("eva@escola.br saiu (direto)");
    let heard = eva.heard();
    let beats = heard.iter().filter(|heard| heard.starts_with("Truco "));
    assert_eq!(beats.count(), 3, "{heard:?}");
    ana.expect_silence();
}

#[test]
fn two_missed_heartbeats_are_not_the_end() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    for _ in 0..2 {
        eva.beats(1);
        eva.goes_deaf();
        eva.beats(2);
        eva.send(&format!("Seis {EVA}"));
        eva.hears_again();
    }
    eva.beats(2);
    ana.say("/online");
    ana.lists("ana", "eva@escola.br");
}

#[test]
fn each_coming_and_going_is_announced_once() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut davi = Truco::join(&world, 3, "davi@escola.br");
    ana.told("davi@escola.br entrou (direto)");
    let mut eva = Truco::join(&world, 2, EVA);
    for _ in 0..2 {
        ana.told("eva@escola.br entrou (direto)");
        davi.sees(EVA);
        eva.sees("davi@escola.br");
        // A client that is started again is no second join.
        eva.log_in();
        eva.beats(2);
        eva.goes_deaf();
        ana.told("eva@escola.br saiu (direto)");
        davi.misses(EVA);
        eva.log_in();
    }
    ana.told("eva@escola.br entrou (direto)");
    davi.sees(EVA);
    ana.expect_silence();
    assert_eq!(davi.changes_of(EVA), [true, false, true, false, true]);
}

#[test]
fn a_second_login_moves_the_user() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut davi = Truco::join(&world, 3, "davi@escola.br");
    ana.told("davi@escola.br entrou (direto)");
    let first = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    davi.sees(EVA);
    let mut second = Truco::at(&world, 4, EVA);
    second.log_in();
    let there = second.address().ip().to_string();
    davi.until("eva is elsewhere", |davi| {
        davi.peers.get(EVA) == Some(&there)
    });
    // Heartbeats go only to the new address, and the old one keeps nobody online.
    second.beats(4);
    davi.say(EVA, "onde?");
    second.expect_from(davi.address(), "davi@escola.br", "onde?");
    ana.say("/para eva@escola.br oi");
    second.expect("ana", "oi");
    first.send(&format!("Envia ana {EVA} #m#do lugar antigo"));
    second.send(&format!("Envia ana {EVA} #m#do lugar novo"));
    ana.reads_private("eva@escola.br", "do lugar novo");
    second.goes_deaf();
    let again = move || first.send(&format!("Seis {EVA}"));
    davi.until("eva is gone", |davi| {
        again();
        !davi.peers.contains_key(EVA)
    });
    ana.told("eva@escola.br saiu (direto)");
    assert_eq!(davi.changes_of(EVA), [true, false]);
    ana.expect_silence();
}

#[test]
fn answers_go_to_the_fixed_port_whatever_the_source_port() {
    let world = World::start();
    let eva = Raw::at(&world, 2);
    let elsewhere = Raw::at_port(&world, 2, 0);
    elsewhere.send("Sin eva@escola.br segredo");
    eva.expect("sin_ok");
    elsewhere.send("Con eva@escola.br segredo");
    let own = format!("{EVA}:{}#", world.host(2));
    eva.expect(&own);
    for _ in 0..5 {
        eva.expect(&format!("Truco {own}"));
        elsewhere.send("Seis eva@escola.br");
    }
    assert_eq!(elsewhere.heard(), [""; 0]);
}

#[test]
fn names_of_other_systems_come_and_go_in_the_list() {
    let world = World::start();
    let mut eva = Truco::join(&world, 2, EVA);
    let mut ana = TChat::join(&world, "ana");
    eva.sees("ana");
    ana.say("/nome anna");
    ana.told("seu nome agora é anna");
    eva.sees("anna");
    ana.say("/entrar jogos");
    ana.told_start("você está só em jogos");
    eva.beats(2);
    eva.say("anna", "onde quer que esteja");
    ana.reads_private("eva@escola.br", "onde quer que esteja");
    ana.say("/sair");
    eva.misses("anna");
    assert_eq!(eva.changes_of("ana"), [true, false]);
    assert_eq!(eva.changes_of("anna"), [true, false]);
}

#[test]
fn lines_of_one_message_are_lines_and_nothing_of_it_is_obeyed() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    eva.say("ana", "um\n/sair\n\x1b[31m* dois #m# três");
    ana.reads_private("eva@escola.br", "um");
    ana.reads_private("eva@escola.br", "/sair");
    ana.reads_private("eva@escola.br", "[31m* dois #m# três");
    ana.expect_silence();
}

#[test]
fn an_address_is_told_as_its_owner_writes_it() {
    let world = World::start();
    let mut ana = TChat::join(&world, "Ana");
    // The client accepts only its own spelling of the address.
    let mut eva = Truco::join(&world, 2, "Eva@Escola.br");
    ana.told_start("");
    eva.sees("Ana");
    eva.say("Ana", "olá");
    ana.reads_private("eva@escola.br", "olá");
    ana.say("/responder oi");
    eva.expect("Ana", "oi");
    ana.say("/para eva@escola.br e mais");
    eva.expect("Ana", "e mais");
    // So does its answer to a heartbeat.
    eva.beats(5);
    ana.expect_silence();
}

#[test]
fn a_message_to_nobody_is_answered_in_its_window() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    ana.say("/sair");
    ana.told("até logo, ana");
    ana.expect_end();
    // Its button is still green.
    eva.say("ana", "ainda aí?");
    eva.expect("ana", "! usuário não encontrado: ana");
}

#[test]
fn a_direct_user_can_be_looked_up_and_ignored() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bob = TChat::join(&world, "bob");
    ana.told("bob entrou");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    bob.told("eva@escola.br entrou (direto)");
    ana.say("/whois eva@escola.br");
    ana.told("eva@escola.br é direto");
    ana.say("/ignorar eva@escola.br");
    ana.told_start("agora você ignora eva@escola.br");
    eva.say("ana", "ninguém mostra isto");
    // Datagrams of one client keep their order here.
    eva.say("bob", "e isto sim");
    bob.reads_private("eva@escola.br", "e isto sim");
    ana.say("/ignorar eva@escola.br");
    ana.told("você não ignora mais eva@escola.br");
    eva.say("ana", "mas isto sim");
    ana.reads_private("eva@escola.br", "mas isto sim");
}
