//! Accounts survive a server that is killed at any moment: confirmed ones are stored, and none is
//! stored by half.

use crate::chattruco::Truco;
use crate::forms::Pessoa;
use crate::people::{Person, Talker};
use crate::tchat::TChat;
use crate::world::World;

#[test]
fn a_confirmed_registration_is_stored() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    ana.say("/register segredo");
    ana.told_start("o nome ana está registrado; ");
    let mut eva = Truco::at(&world, 2, "eva@escola.br");
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    let world = world.killed_and_started_again();
    assert!(is_registered(&world, "ana"));
    eva.log_in();
}

#[test]
fn killed_in_mid_registration() {
    let mut world = World::start();
    for round in 0..6 {
        // As many as the queue holds, so that one of them is being written.
        let mut all: Vec<(String, TChat)> = (0..8)
            .map(|n| format!("nome{round}_{n}"))
            .map(|name| (name.clone(), TChat::join(&world, &name)))
            .collect();
        for (_, user) in &mut all {
            user.say("/register segredo");
        }
        // The kill comes after this many confirmations.
        let mut told = Vec::new();
        for (name, user) in all.iter_mut().take(round) {
            while !user.hear().expect("an answer").contains("está registrado") {}
            told.push(name.clone());
        }
        world = world.killed_and_started_again();
        for (name, _) in &all {
            let is_there = is_registered(&world, name);
            assert!(is_there || !told.contains(name), "{name} was promised");
        }
    }
}

/// Whether the name needs its password, which is then the right one; otherwise it is free and can
/// be registered.
#[track_caller]
fn is_registered(world: &World, name: &str) -> bool {
    let mut user = Talker::to(world.auto());
    user.asked();
    user.say(name);
    let answer = user.hear().expect("an answer");
    let is_there = answer == user.form().password(name);
    if is_there {
        user.say("segredo");
        user.welcomed(name);
    } else {
        let welcome = user.form().event(&format!("boas-vindas, {name}! "));
        assert!(answer.starts_with(&welcome), "{answer}");
        user.say("/register segredo");
        user.told_start(&format!("o nome {name} está registrado; "));
    }
    user.say("/sair");
    // Who was here at the kill is told before that nobody knows what they have missed.
    let bye = user.form().event(&format!("até logo, {name}"));
    let unknown = "não se sabe que linhas você perdeu; /historico mostra as últimas";
    let mut answer = user.hear().expect("an answer");
    if answer == user.form().event(unknown) {
        answer = user.hear().expect("another answer");
    }
    assert_eq!(answer, bye);
    user.expect_end();
    is_there
}

#[test]
fn a_chattruco_registration_that_is_killed_can_be_sent_again() {
    let mut world = World::start();
    for round in 0..4 {
        let email = format!("eva{round}@escola.br");
        Truco::at(&world, 2, &email).send(&format!("Sin {email} segredo"));
        world = world.killed_and_started_again();
        // The account was written or not; either way there is one in the end. A client whose answer
        // was lost with the server is started again.
        let mut eva = Truco::at(&world, 2, &email);
        let answer = eva.ask(&format!("Sin {email} segredo"));
        assert!(
            ["sin_ok", "sin_erro_em"].contains(&answer.as_str()),
            "{answer}"
        );
        eva.log_in();
    }
}
