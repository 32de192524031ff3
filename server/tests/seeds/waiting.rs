//! ChatTruco's client waits in `recvfrom` for the answer to a registration or a login, without a
//! limit, and takes whatever comes for it: it is answered every time, and nothing comes before.

use crate::chattruco::{PASSWORD, Truco};
use crate::forms::Pessoa;
use crate::people::Person;
use crate::raw::Raw;
use crate::tchat::TChat;
use crate::world::World;

const EVA: &str = "eva@escola.br";

#[test]
fn two_hundred_at_once_are_all_answered() {
    let world = World::start();
    let mut all: Vec<Truco> = (2..202)
        .map(|n| Truco::at(&world, n, &format!("u{n}@escola.br")))
        .collect();
    for user in &all {
        user.send(&format!("Sin {} {PASSWORD}", user.email));
    }
    for user in &mut all {
        assert_eq!(user.answer(), "sin_ok", "{}", user.email);
    }
    for user in &all {
        user.send(&format!("Con {} {PASSWORD}", user.email));
    }
    for user in &mut all {
        let own = format!("{}:{}#", user.email, user.address().ip());
        let list = user.answer();
        assert!(list.contains(&own), "{list}");
    }
    // A wrong password, while the right ones of all the others are looked at.
    let mut late = Truco::at(&world, 202, &all[0].email);
    for user in &all[1..] {
        user.send(&format!("Con {} {PASSWORD}", user.email));
    }
    let guess = format!("Con {} errada", late.email);
    assert_eq!(late.ask(&guess), "erro_pw");
}

#[test]
fn many_at_one_address_are_all_answered() {
    let world = World::start();
    let one = Raw::at(&world, 2);
    for n in 0..30 {
        one.send(format!("Sin u{n}@escola.br segredo"));
    }
    for _ in 0..30 {
        one.expect("sin_ok");
    }
    for n in 0..30 {
        one.send(format!("Con u{n}@escola.br errada"));
    }
    for _ in 0..30 {
        one.expect("erro_pw");
    }
}

#[test]
fn a_second_registration_says_that_the_e_mail_is_there() {
    let world = World::start();
    let mut eva = Truco::at(&world, 2, EVA);
    // Doubled on its way: the client takes what comes second for the answer to its next question.
    eva.send("Sin eva@escola.br segredo");
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_erro_em");
    assert_eq!(eva.ask("Sin eva@escola.br outra"), "sin_erro_em");
    eva.log_in();
}

#[test]
fn in_a_lockdown_a_registration_is_refused_and_a_login_is_not() {
    let mut world = World::with_operator();
    let mut eva = Truco::at(&world, 2, EVA);
    assert_eq!(eva.ask("Sin eva@escola.br segredo"), "sin_ok");
    world.server.types("/lockdown on");
    world.server.log.find("lockdown on");
    let mut davi = Truco::at(&world, 3, "davi@escola.br");
    assert_eq!(davi.ask("Sin davi@escola.br segredo"), "sin_erro");
    assert_eq!(davi.ask("Con davi@escola.br segredo"), "erro_em");
    eva.log_in();
}

#[test]
fn who_waits_while_the_server_stops_is_refused() {
    let mut world = World::start();
    let (eva, davi, raw) = (Raw::at(&world, 2), Raw::at(&world, 3), Raw::at(&world, 4));
    world.server.signal(nix::sys::signal::Signal::SIGSTOP);
    eva.send("Con eva@escola.br segredo");
    davi.send("Sin davi@escola.br segredo");
    raw.send("Envia ana eva@escola.br #m#oi");
    world.server.signal(nix::sys::signal::Signal::SIGTERM);
    world.server.signal(nix::sys::signal::Signal::SIGCONT);
    eva.expect("erro");
    davi.expect("sin_erro");
    world.server.expect_exit(0);
    assert_eq!(raw.heard(), [""; 0]);
}

#[test]
fn a_datagram_too_long_for_a_login_is_refused() {
    let world = World::start();
    let mut eva = Truco::at(&world, 2, EVA);
    // The first fits into a datagram, but no password is so long.
    let lengths = [
        (2000, "erro_pw"),
        (2048, "erro"),
        (2049, "erro"),
        (60_000, "erro"),
    ];
    for (length, refused) in lengths {
        let long = "x".repeat(length);
        assert_eq!(eva.ask(&format!("Sin {EVA} {long}")), "sin_erro");
        assert_eq!(eva.ask(&format!("Con {EVA} {long}")), refused);
    }
}

#[test]
fn a_client_that_is_started_again_gets_its_list_first() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    drop(Truco::join(&world, 2, EVA));
    ana.expect("* eva@escola.br entrou (direto)");
    // Sooner than anybody notices, at any moment of the second in which heartbeats come.
    for n in 0..30 {
        if n % 10 == 0 {
            ana.say(&format!("/para {EVA} {n}"));
        }
        let mut eva = Truco::at(&world, 2, EVA);
        let list = eva.ask(&format!("Con {EVA} {PASSWORD}"));
        assert_eq!(
            list,
            format!("{EVA}:{}#ana:{}#", world.host(2), world.host(1))
        );
    }
    ana.say(&format!("/para {EVA} e agora?"));
    let mut eva = Truco::at(&world, 2, EVA);
    // The password is checked, which takes a while.
    assert_eq!(eva.ask(&format!("Con {EVA} errada")), "erro_pw");
    eva.log_in();
    eva.until("the last line comes", |eva| {
        eva.said.iter().any(|(_, _, text)| text == "e agora?")
    });
    ana.expect_silence();
}
