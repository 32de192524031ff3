//! Messages without newlines, and the answers when one fails.

use crate::forms::Pessoa;
use crate::people::Person;
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

#[test]
fn several_lines_in_one_send_are_several_messages() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    bia.send(b"um\ndois\r\n\ntres");
    ana.reads("bia", "um");
    ana.reads("bia", "dois");
    ana.reads("bia", "tres");
    // Both kinds: one that ends in a newline leaves nothing for the next.
    bia.send(b"quatro\n");
    ana.reads("bia", "quatro");
    bia.send(b"cinco");
    ana.reads("bia", "cinco");
    let mut rui = Rede::join(&world, "rui");
    ana.told("rui entrou");
    rui.send(b"/online\n@ana seis\nsete");
    rui.lists("ana, bia, rui", "");
    ana.reads_private("rui", "seis");
    ana.reads("rui", "sete");
    let mut guest = Relay::connect(&world);
    ana.told("guest1 entrou");
    guest.say("oito\nnove");
    ana.reads("guest1", "oito");
    ana.reads("guest1", "nove");
    ana.expect_silence();
}

#[test]
fn a_name_and_messages_in_one_send() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::connect(&world, "bia\nbom dia\n@ana psiu");
    ana.told("bia entrou");
    ana.reads("bia", "bom dia");
    ana.reads_private("bia", "psiu");
    bia.welcomed("bia");
    bia.expect_silence();
}

#[test]
fn a_message_as_long_as_a_read() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    let longest = "é".repeat(512);
    bia.say(&longest);
    ana.reads("bia", &longest);
    ana.say(&longest);
    bia.reads("ana", &longest);
    bia.say(&"x".repeat(1025));
    bia.refused("linha longa demais: no máximo 1024 bytes");
    bia.say("curta");
    ana.reads("bia", "curta");
}

#[test]
fn every_command_of_the_systems_without_a_newline() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    for command in ["@ana oi", "/para ana oi", "/private ana oi"] {
        bia.say(command);
        ana.reads_private("bia", "oi");
    }
    for command in ["/online", "/quem"] {
        bia.say(command);
        bia.lists("ana, bia", "");
    }
    for leave in ["/sair", "/quit"] {
        let mut rui = Vpn::join(&world, "rui");
        ana.told("rui entrou");
        rui.say(leave);
        rui.told("até logo, rui");
        rui.expect_end();
        ana.told("rui saiu");
    }
}

#[test]
fn every_error_those_systems_tell_is_told() {
    let world = World::start();
    // TChat, then VPN, then Chat em Rede.
    let mut ana = TChat::join(&world, "ana");
    ana.say("/para ninguem oi");
    ana.refused("usuário não encontrado: ninguem");
    let mut bia = Vpn::join(&world, "bia");
    ana.told("bia entrou");
    for (message, answer) in [
        ("@ninguem oi", "usuário não encontrado: ninguem"),
        ("@ana", "uso: @NOME TEXTO"),
        ("@ana ", "uso: @NOME TEXTO"),
        ("@ oi", "uso: @NOME TEXTO"),
        ("@", "uso: @NOME TEXTO"),
        ("\u{200b}", "não há nada nessa linha que se possa mostrar"),
    ] {
        bia.say(message);
        bia.refused(answer);
    }
    let mut rui = Rede::join(&world, "rui");
    for (message, answer) in [
        ("/private ninguem oi", "usuário não encontrado: ninguem"),
        ("/private ana", "uso: /private NOME TEXTO"),
        ("/private", "uso: /private NOME TEXTO"),
    ] {
        rui.say(message);
        rui.refused(answer);
    }
    ana.told("rui entrou");
    ana.expect_silence();
}

#[test]
fn a_relay_client_is_told_nothing_but_what_is_said() {
    let world = World::start();
    let mut one = Relay::connect(&world);
    let mut ana = TChat::join(&world, "ana");
    ana.say("/eu acena");
    one.expect("~ ana acena");
    ana.say("/nome anna");
    ana.told("seu nome agora é anna");
    let mut two = Relay::connect(&world);
    ana.told("guest2 entrou");
    // Unchanged and without a name to other relay clients; no command has a meaning here.
    two.say("/online @anna <b> ~");
    one.expect("/online @anna <b> ~");
    ana.reads("guest2", "/online @anna <b> ~");
    // A guest who writes like somebody else is shown with its name.
    for text in [
        "anna: eu saio",
        "~ anna acena",
        "* anna saiu",
        "[servidor] fim",
    ] {
        two.say(text);
        one.expect(&format!("guest2: {text}"));
        ana.reads("guest2", text);
    }
    two.closes();
    ana.told("guest2 saiu");
    ana.say("fim");
    one.reads("anna", "fim");
}

#[test]
fn a_relay_client_leaves_by_its_word_alone() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut one = Relay::connect(&world);
    ana.told("guest1 entrou");
    // Not exactly the word.
    one.say("xx");
    ana.reads("guest1", "xx");
    one.say("x y");
    ana.reads("guest1", "x y");
    // Lines just before the word are shown before it and never with it.
    ana.say("tchau");
    one.reads("ana", "tchau");
    one.say("x");
    one.expect_last_word();
    ana.told("guest1 saiu");
    // Nobody else gets its number.
    let _other = Relay::connect(&world);
    ana.told("guest2 entrou");
}

#[test]
fn the_word_of_a_relay_client_is_alone_also_when_much_is_said() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    for number in 1..=5 {
        let mut one = Relay::connect(&world);
        ana.told(&format!("guest{number} entrou"));
        ana.send("tudo ao mesmo tempo\n".repeat(300).as_bytes());
        one.reads("ana", "tudo ao mesmo tempo");
        one.say("x");
        one.expect_last_word_after_text();
        ana.told(&format!("guest{number} saiu"));
    }
}
