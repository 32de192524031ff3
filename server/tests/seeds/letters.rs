//! ChatTruco's client finds no name with a letter beyond ASCII, its windows take no line with a letter
//! above U+FFFF, and a text ends at the mark of a text.

use crate::chattruco::{DATAGRAM, Truco};
use crate::forms::Pessoa;
use crate::people::Person;
use crate::raw::Raw;
use crate::rede::Rede;
use crate::tchat::TChat;
use crate::world::World;

const EVA: &str = "eva@escola.br";

#[test]
fn a_name_with_accents_has_a_form_that_is_its_users_alone() {
    let world = World::start();
    let mut first = TChat::join(&world, "João");
    let mut eva = Truco::join(&world, 2, EVA);
    first.told("eva@escola.br entrou (direto)");
    eva.sees("Joao");
    eva.say("Joao", "olá");
    first.reads_private(EVA, "olá");
    first.say("/responder oi, você");
    eva.expect("Joao", "oi, você");
    // The name of another, who comes later. The window that is open stays that of the first.
    let mut second = TChat::join(&world, "Joao");
    first.told("Joao entrou");
    eva.sees("Joao_2");
    second.say(&format!("/para {EVA} e eu?"));
    eva.expect("Joao_2", "e eu?");
    eva.say("Joao_2", "você também");
    second.reads_private(EVA, "você também");
    eva.say("Joao", "mais");
    first.reads_private(EVA, "mais");
    first.say("/sair");
    second.told("João saiu");
    eva.misses("Joao");
    eva.beats(2);
    second.say(&format!("/para {EVA} ainda eu"));
    eva.expect("Joao_2", "ainda eu");
    assert_eq!(eva.changes_of("Joao"), [true, false]);
    assert_eq!(eva.changes_of("Joao_2"), [true]);
    // Its owner's button is still green.
    eva.say("Joao_2", "até");
    second.reads_private(EVA, "até");
}

#[test]
fn a_new_name_has_a_new_form_and_any_script_has_one() {
    let world = World::start();
    let mut eva = Truco::join(&world, 2, EVA);
    let mut user = TChat::join(&world, "Conceição");
    eva.sees("Conceicao");
    for (name, form) in [("Ольга", "Olga"), ("李明", "pessoa"), ("Straße", "Strasse")] {
        user.say(&format!("/nome {name}"));
        user.told(&format!("seu nome agora é {name}"));
        eva.sees(form);
        eva.say(form, "olá");
        user.reads_private(EVA, "olá");
    }
    eva.misses("Conceicao");
    let mut rui = Rede::join(&world, "王");
    user.told("王 entrou");
    user.say("/nome 李明");
    user.told("seu nome agora é 李明");
    rui.told("Straße agora é 李明");
    eva.until("both are there", |eva| {
        eva.peers
            .keys()
            .filter(|name| name.starts_with("pessoa"))
            .count()
            == 2
    });
    rui.say(&format!("/private {EVA} oi"));
    eva.until("it comes", |eva| !eva.said.is_empty());
    let (_, from, text) = eva.said.pop_front().expect("there is one");
    assert_eq!(text, "oi");
    eva.say(&from, "para quem escreveu");
    rui.reads_private(EVA, "para quem escreveu");
}

#[test]
fn texts_come_in_letters_that_are_shown_and_whole() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    for (text, shown) in [
        ("olá 😀, tudo bem?", "olá \u{fffd}, tudo bem?"),
        ("❤ é menor", "❤ é menor"),
        ("a marca #m# e o resto", "a marca # m# e o resto"),
        ("#m#m##m#", "# m# m## m#"),
    ] {
        ana.say(&format!("/para {EVA} {text}"));
        eva.expect("ana", shown);
    }
    // Longer than a datagram by then.
    let marks = "#m#é".repeat(190);
    ana.say(&format!("/para {EVA} {marks}"));
    eva.expect("ana", &"# m#é".repeat(190));
}

#[test]
fn a_text_that_grows_too_long_is_cut_at_a_letter() {
    let world = World::start();
    let mut ana = TChat::join(&world, "ana");
    let eva = Raw::at(&world, 2);
    // The longest address leaves the least room.
    let email = format!("{}@x", "e".repeat(252));
    eva.send(format!("Sin {email} segredo"));
    eva.expect("sin_ok");
    eva.send(format!("Con {email} segredo"));
    assert!(eva.hear().ends_with('#'));
    ana.told_start("");
    while !eva.hear().starts_with("Truco ") {}
    eva.send(format!("Seis {email}"));
    let text = "#m#".repeat(240);
    ana.say(&format!("/para {email} {text}"));
    let datagram = loop {
        let heard = eva.hear();
        if heard.starts_with("Envia ") {
            break heard;
        }
    };
    assert!(datagram.len() <= DATAGRAM);
    let parts: Vec<&str> = datagram.split("#m#").collect();
    assert_eq!(
        parts,
        [&*format!("Envia {email} ana "), &"# m#".repeat(240)]
    );
}
