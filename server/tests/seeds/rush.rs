//! 100 logins at once: each is answered, by a welcome or "busy", while others talk.

use crate::chattruco::Truco;
use crate::forms::Pessoa;
use crate::people::Person;
use crate::tchat::TChat;
use crate::world::World;

const BUSY: &str = "há outras senhas antes; tente de novo daqui a pouco";

#[test]
fn a_hundred_log_in_at_once() {
    let world = World::start();
    let mut all: Vec<(String, TChat)> = (0..100)
        .map(|n| format!("nome{n}"))
        .map(|name| (name.clone(), TChat::join(&world, &name)))
        .collect();
    // All register at once; a client that gets "busy" tries again.
    let mut waiting: Vec<usize> = (0..all.len()).collect();
    while !waiting.is_empty() {
        for at in &waiting {
            all[*at].1.say("/register segredo");
        }
        waiting.retain(|at| {
            let (name, user) = &mut all[*at];
            is_busy(user, &format!("o nome {name} está registrado; "))
        });
    }
    for (_, user) in &mut all {
        user.say("/sair");
        while user.hear().is_some() {}
    }
    let mut ana = TChat::join(&world, "ana");
    let mut bob = TChat::join(&world, "bob");
    ana.told("bob entrou");
    for (name, user) in &mut all {
        *user = TChat::connect(&world);
        user.asked();
        user.say(name);
        user.asked_password(name);
    }
    let mut eva = Truco::at(&world, 2, "eva@escola.br");
    for (_, user) in &mut all {
        user.say("segredo");
    }
    // It asks once and waits, however many are before it.
    eva.send("Sin eva@escola.br segredo");
    ana.say("no meio de tudo");
    let said = bob.form().public("ana", "no meio de tudo");
    while bob.hear().expect("a line") != said {}
    let mut welcomed = 0;
    for (name, user) in &mut all {
        welcomed += usize::from(!is_busy(user, &format!("boas-vindas, {name}! ")));
    }
    assert!(welcomed > 0);
    assert_eq!(eva.answer(), "sin_ok");
    eva.log_in();
}

/// Whether the next answer is "busy"; otherwise it begins with this. What others do is told in between.
#[track_caller]
fn is_busy(user: &mut TChat, start: &str) -> bool {
    let form = user.form();
    let (busy, start) = (form.refusal(BUSY), form.event(start));
    loop {
        let line = user.hear().expect("an answer");
        if line == busy || line.starts_with(&start) {
            return line == busy;
        }
        let others = [form.event(""), form.public("ana", "")];
        let is_of_others = others.iter().any(|others| line.starts_with(others));
        assert!(is_of_others, "{line}");
    }
}
