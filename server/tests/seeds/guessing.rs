//! An `auto` listener: a client that sends no newlines is detected by its silence, and users who
//! type are not mistaken for one.

use std::time::{Duration, Instant};

use crate::forms::Pessoa;
use crate::harness::{Server, command};
use crate::people::{Person, Program, Talker};
use crate::rede::Rede;
use crate::world::World;

#[test]
fn rede_needs_no_option() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    let mut rui = Rede::to(server.address());
    rui.expect("* papo: what is your name?");
    rui.say("rui");
    // In papo's own form the line end stays, and the client prints one more.
    rui.expect_start("* welcome, rui! ");
    rui.expect("");
    bob.told("rui joined");
    rui.say("hello");
    bob.reads("rui", "hello");
    rui.say("/private bob psst");
    bob.expect("[private from rui] psst");
    rui.say("/online");
    rui.expect("* 2 here: bob, rui");
    rui.expect("");
    rui.say("/quit");
    rui.expect("* bye, rui");
    rui.expect("");
    rui.expect_end();
    bob.told("rui left");
}

#[test]
fn typing_half_lines_is_not_taken_for_a_client_without_newlines() {
    let (world, mut bob, mut ana) = typed_in_two_reads();
    // As much silence as would end a name.
    let _rui = Rede::join(&world, "rui");
    bob.told("rui entrou");
    ana.send(b"a\n");
    ana.welcomed("ana");
    bob.told("ana entrou");
    ana.send(b"ol");
    let _davi = Rede::join(&world, "davi");
    bob.told("davi entrou");
    ana.send(b"a\n");
    bob.reads("ana", "ola");
    bob.expect_silence();
}

/// Bob, and a user who typed `an` that the server got in two reads, in less time than it takes for
/// a chunks client. Repeated if the machine was too slow.
fn typed_in_two_reads() -> (World, Talker, Talker) {
    loop {
        let world = World::start();
        let mut bob = Talker::to(world.auto());
        bob.enters("bob");
        let mut ana = Talker::to(world.auto());
        ana.asked();
        let began = Instant::now();
        ana.send(b"a");
        // When this is answered the server has read that.
        bob.say("/ignorar");
        while bob.hear().is_some_and(|line| !line.contains("ignora")) {}
        ana.send(b"n");
        bob.say("/ignorar");
        while bob.hear().is_some_and(|line| !line.contains("ignora")) {}
        if began.elapsed() < Duration::from_millis(400) {
            return (world, bob, ana);
        }
    }
}

#[test]
fn a_client_that_sent_a_newline_is_a_line_client() {
    let world = World::start();
    let mut bob = Talker::to(world.auto());
    bob.enters("bob");
    let mut ana = Program::nc(&world.server, &[]);
    ana.enters("ana");
    bob.told("ana entrou");
    ana.send("meia ");
    let _rui = Rede::join(&world, "rui");
    bob.told("rui entrou");
    ana.send("linha\n");
    bob.reads("ana", "meia linha");
    let mut carl = Program::telnet(&world.server);
    carl.enters("carl");
    bob.told("carl entrou");
    carl.say("olá");
    bob.reads("carl", "olá");
    bob.expect_silence();
}

#[test]
fn a_telnet_is_a_line_client() {
    const IAC_DO_SGA: [u8; 3] = [255, 253, 3];
    const IAC_WONT_SGA: [u8; 3] = [255, 252, 3];
    let world = World::start();
    let mut bob = Talker::to(world.auto());
    bob.enters("bob");
    let mut ana = Talker::to(world.auto());
    ana.asked();
    ana.send(IAC_DO_SGA);
    assert_eq!(ana.hear_bytes(3), IAC_WONT_SGA);
    assert_eq!(ana.hear_bytes(2), b"\r\0");
    ana.send(b"an");
    let _rui = Rede::join(&world, "rui");
    bob.told("rui entrou");
    ana.send(b"a\r\n");
    ana.welcomed("ana");
}

#[test]
fn a_pause_after_the_first_letter_is_not_taken_for_a_client_without_newlines() {
    let world = World::start();
    let mut bob = Talker::to(world.auto());
    bob.enters("bob");
    let mut dave = Talker::to(world.auto());
    dave.asked();
    dave.send(b"d");
    // As much silence as would end a name of several letters.
    let _rui = Rede::join(&world, "rui");
    bob.told("rui entrou");
    dave.send(b"ave\r\n");
    bob.told("dave entrou");
    dave.welcomed("dave");
    dave.send(b"oi\r\n");
    bob.reads("dave", "oi");
}

#[test]
fn a_pause_after_some_letters_still_gives_the_whole_name() {
    let world = World::start();
    let mut bob = Talker::to(world.auto());
    bob.enters("bob");
    let mut typists = Vec::new();
    let all = [
        ("dav", &["i", "d\r\n"][..], "david"),
        ("joa", &["na\r"], "joana"),
    ];
    for (guess, rest, whole) in all {
        let mut typist = Talker::to(world.auto());
        typist.asked();
        typist.send(guess);
        typist.welcomed(guess);
        bob.told(&format!("{guess} entrou"));
        for piece in rest {
            typist.send(piece);
        }
        typist.told(&format!("seu nome agora é {whole}"));
        bob.told(&format!("{guess} agora é {whole}"));
        typist.send("oi\r");
        typist.send("\n");
        bob.reads(whole, "oi");
        typists.push(typist);
    }
}

/// Bob, on a server where `ana` is registered.
fn ana_is_registered() -> (World, Talker) {
    let world = World::start();
    let mut bob = Talker::to(world.auto());
    bob.enters("bob");
    let mut ana = Talker::to(world.auto());
    ana.enters("ana");
    bob.told("ana entrou");
    ana.say("/registrar segredo");
    ana.told_start("o nome ana está registrado; ");
    ana.say("/sair");
    bob.told("ana saiu");
    (world, bob)
}

#[test]
fn the_line_after_the_password_question_is_its_answer() {
    let (world, mut bob) = ana_is_registered();
    // A slow typist's line end belongs to the name and is not an answer.
    let ends: [&[&str]; 4] = [
        &["segredo\n"],
        &["\n", "segredo\n"],
        &["\r\n", "segredo\r\n"],
        &["segredo"],
    ];
    for pieces in ends {
        let mut ana = Talker::to(world.auto());
        ana.asked();
        ana.send("ana");
        ana.asked_password("ana");
        for piece in pieces {
            ana.send(piece);
        }
        ana.welcomed("ana");
        bob.told("ana entrou");
        ana.send("/sair\n");
        bob.told("ana saiu");
    }
    let mut anabela = Talker::to(world.auto());
    anabela.asked();
    anabela.send("ana");
    anabela.asked_password("ana");
    anabela.send("bela\n");
    anabela.refused_start("");
    anabela.asked_password("ana");
    bob.expect_silence();
}

#[test]
fn a_password_is_not_said_where_the_whole_of_half_a_name_has_one() {
    let (world, mut bob) = ana_is_registered();
    let mut ana = Talker::to(world.auto());
    ana.asked();
    ana.send("an");
    ana.welcomed("an");
    bob.told("an entrou");
    ana.send("a");
    ana.send("\r");
    ana.refused_start("o nome ana está registrado; ");
    ana.send("segredo\r");
    ana.refused_start("isso não foi dito, pois pode ser a sua senha; ");
    ana.send("oi\r");
    bob.reads("an", "oi");
}

#[test]
fn a_text_listener_waits_for_the_newline() {
    let world = World::start();
    let mut ana = crate::tchat::TChat::connect(&world);
    ana.asked();
    ana.send(b"an");
    let _rui = Rede::join(&world, "rui");
    ana.send(b"a\n");
    ana.welcomed_with("ana", "em lobby com rui");
}

/// At a listener of kind `auto-rede`, with `--lang en`.
fn at_auto_rede() -> Server {
    let mut command = command("--lang en");
    command.args(["--listen", "127.0.0.1:0/auto-rede"]);
    Server::launch(command, 2)
}

#[test]
fn who_sends_no_line_end_has_redes_form_in_portuguese_from_its_first_message_on() {
    let server = at_auto_rede();
    let place = server.places[1];
    let mut bob = Talker::to(place).named("bob");
    let mut rui = Rede::to(place);
    rui.expect("* papo: what is your name?");
    rui.say("r!i");
    rui.refused("um nome tem letras, dígitos e _, e não !");
    rui.say("rui");
    rui.welcomed_with("rui", "em lobby com bob");
    bob.expect("* rui joined");
    bob.say("hello");
    rui.reads("bob", "hello");
    rui.say("olá");
    bob.expect("<rui> olá");
    rui.say("/quit");
    rui.told("até logo, rui");
    rui.expect_end();
    bob.expect("* rui left");
}

#[test]
fn who_types_with_pauses_is_back_in_papos_form() {
    let server = at_auto_rede();
    let place = server.places[1];
    let mut bob = Talker::to(place).named("bob");
    let mut ana = Talker::to(place);
    ana.expect("* papo: what is your name?");
    ana.send(b"an");
    // After the silence it is taken for a message without a line end.
    bob.expect("* an joined");
    ana.send(b"a\n");
    // Such a client prints the line end of the welcome itself; nc does not.
    // If the welcome had still to wait, it has its line end.
    let mut line = ana.hear().expect("the welcome");
    assert!(line.starts_with("[Servidor] boas-vindas, an! "), "{line:?}");
    if line.ends_with("comandos") {
        line = ana.hear().expect("the new name");
    }
    assert!(line.ends_with("* you are now ana"), "{line:?}");
    bob.expect("* an is now ana");
    bob.say("hello");
    ana.expect("<bob> hello");
}
