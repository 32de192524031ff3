//! ChatTruco: datagrams that are lost, repeated, damaged, forged, empty or far too long, and
//! guessed passwords.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::chattruco::{DATAGRAM, PASSWORD, Truco};
use crate::forms::Pessoa;
use crate::people::Person;
use crate::raw::Raw;
use crate::tchat::TChat;
use crate::world::World;

const EVA: &str = "eva@escola.br";

#[test]
fn a_registration_that_comes_twice_is_answered_once() {
    let world = World::start();
    let eva = Raw::at(&world, 2);
    eva.send("Sin eva@escola.br segredo");
    eva.send("Sin eva@escola.br segredo");
    eva.expect("sin_ok");
    eva.send("Con eva@escola.br segredo");
    eva.expect(&format!("{EVA}:{}#", world.host(2)));
    // The answer may be lost.
    eva.send("Con eva@escola.br segredo");
    eva.expect(&format!("{EVA}:{}#", world.host(2)));
}

#[test]
fn a_login_that_comes_again_and_again_is_one_login() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::at(&world, 2, EVA);
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    for _ in 0..19 {
        eva.send("Con eva@escola.br segredo");
    }
    eva.log_in();
    ana.told("eva@escola.br entrou (direto)");
    eva.beats(2);
    ana.say("/online");
    ana.lists("ana", "eva@escola.br");
    ana.expect_silence();
    assert_eq!(eva.changes_of(EVA), [true]);
}

#[test]
fn repeated_signs_of_life_do_no_harm() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    for _ in 0..3 {
        for _ in 0..50 {
            eva.send(&format!("Seis {EVA}"));
        }
        eva.beats(1);
    }
    // They count now, not for later.
    eva.goes_deaf();
    ana.told("eva@escola.br saiu (direto)");
}

#[test]
fn damaged_datagrams_are_ignored() {
    let mut world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    let whole = format!("Envia ana {EVA} #m#olá");
    for end in 0..whole.len() - "olá".len() {
        eva.send(&whole[..end]);
    }
    let torn = Raw::at_port(&world, 2, 0);
    torn.send(&whole.as_bytes()[..whole.len() - 1]);
    torn.send([0xFF, 0xFE, 0, 1]);
    torn.send(b"Envia ana eva@escola.br #m#\xC3");
    torn.send("Truco eva@escola.br:127.0.0.1#");
    torn.send("sin_ok");
    torn.send("con eva@escola.br segredo");
    torn.send("Envia ninguem eva@escola.br #m#oi");
    torn.send("Envia ana eva@escola.br #m#");
    torn.send("Seis");
    torn.send("Seis ninguem@escola.br");
    eva.sees("ana");
    eva.say("ana", "inteira");
    ana.reads_private("eva@escola.br", "inteira");
    eva.beats(2);
    ana.expect_silence();
    stops_well(&mut world);
}

#[test]
fn the_shortest_and_the_longest() {
    let mut world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    let raw = Raw::at_port(&world, 2, 0);
    let stranger = Raw::at(&world, 9);
    for from in [&raw, &stranger] {
        from.send("");
        from.send(vec![b'x'; DATAGRAM]);
        from.send(vec![0; 65_507]);
        // The beginning alone would be a message, a login and a registration.
        for head in [
            "Envia ana eva@escola.br #m#",
            "Con eva@escola.br ",
            "Sin b@b ",
        ] {
            let mut long = head.as_bytes().to_vec();
            long.resize(65_507, b'x');
            from.send(long);
        }
    }
    eva.sees("ana");
    eva.say("ana", "ainda aqui");
    ana.reads_private("eva@escola.br", "ainda aqui");
    // Whatever the stranger got was small and never a success.
    for answer in stranger.heard() {
        assert!(answer.contains("erro"), "{answer}");
    }
    ana.expect_silence();
    stops_well(&mut world);
}

#[track_caller]
fn stops_well(world: &mut World) {
    world.server.signal(nix::sys::signal::Signal::SIGTERM);
    world.server.expect_exit(0);
}

#[test]
fn a_private_line_too_long_for_a_datagram_is_cut_at_a_letter() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    let longest = "é".repeat(490);
    ana.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    ana.say(&format!("/para {EVA} {longest}"));
    eva.expect("ana", &longest);
    // Answers can be as long.
    eva.say("ana", &longest);
    ana.reads_private("eva@escola.br", &longest);
}

#[test]
fn only_the_address_that_logged_in_counts() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut davi = Truco::join(&world, 3, "davi@escola.br");
    ana.told("davi@escola.br entrou (direto)");
    let eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    davi.sees(EVA);
    let forger = Raw::at(&world, 9);
    forger.send(format!("Envia ana {EVA} #m#forjado"));
    // A user who is online cannot speak for another either.
    davi.send(&format!("Envia ana {EVA} #m#forjado"));
    eva.goes_deaf();
    davi.until("eva is gone", |davi| {
        forger.send(format!("Seis {EVA}"));
        davi.send(&format!("Seis {EVA}"));
        !davi.peers.contains_key(EVA)
    });
    ana.told("eva@escola.br saiu (direto)");
    davi.sees("ana");
    davi.say("ana", "de verdade");
    ana.reads_private("davi@escola.br", "de verdade");
    ana.expect_silence();
    assert_eq!(forger.heard(), [""; 0]);
}

#[test]
fn guesses_are_limited_and_keep_nobody_else_out() {
    let world = World::start();
    let mut eva = Truco::at(&world, 2, EVA);
    let mut davi = Truco::at(&world, 3, "davi@escola.br");
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    assert_eq!(davi.ask("Sin davi@escola.br segredo"), "sin_ok");
    let mut guesser = Truco::at(&world, 9, EVA);
    // As many for one e-mail as from all addresses together; addresses of this host do not count.
    for guess in 0..10 {
        assert_eq!(guesser.ask(&format!("Con {EVA} {guess}")), "erro_pw");
    }
    // From now on even the right password is not checked; but every client gets an answer.
    for guess in ["quatro", PASSWORD] {
        assert_eq!(guesser.ask(&format!("Con {EVA} {guess}")), "erro");
    }
    davi.log_in();
    davi.beats(1);
}

#[test]
fn unregistered_e_mails_can_do_nothing() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let raw = Raw::at(&world, 2);
    raw.send("Seis eva@escola.br");
    raw.send("Envia ana eva@escola.br #m#oi");
    raw.send("Con eva@escola.br segredo");
    raw.expect("erro_em");
    ana.say("/online");
    ana.lists("ana", "");
    ana.expect_silence();
    assert_eq!(raw.heard(), [""; 0]);
}

#[test]
fn a_flood_of_datagrams_starves_nobody() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bob = TChat::join(&world, "bob");
    ana.told("bob entrou");
    let mut eva = Truco::join(&world, 2, EVA);
    for user in [&mut ana, &mut bob] {
        user.told("eva@escola.br entrou (direto)");
    }
    let flood = Raw::at(&world, 9);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                flood.send(format!("Seis {EVA}"));
                flood.send("x".repeat(DATAGRAM));
            }
        });
        for n in 0..100 {
            ana.say(&format!("linha {n}"));
            bob.reads("ana", &format!("linha {n}"));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    eva.beats(1);
    eva.sees("ana");
}

#[test]
fn messages_that_are_too_fast_are_refused_and_told_once() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    for n in 0..10 {
        eva.say("ana", &format!("linha {n}"));
        ana.reads_private("eva@escola.br", &format!("linha {n}"));
    }
    for _ in 0..100 {
        eva.say("ana", "e mais");
    }
    eva.until("it is told", |eva| !eva.said.is_empty());
    eva.beats(1);
    assert_eq!(eva.said.len(), 1, "{:?}", eva.said);
    let (_, from, told) = &eva.said[0];
    assert_eq!(from, "ana", "in the window that its owner looks at");
    assert!(told.contains("devagar"), "{told}");
}
