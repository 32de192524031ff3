//! One conversation of a user of each system and one at nc, and the screen of each in
//! docs/seeds.md. `PAPO_BLESS=1 cargo test -p papo-server --test seeds scene` rewrites the screens;
//! read the diff then.

use std::path::Path;

use crate::forms::Pessoa;
use crate::people::Person;
use crate::town::{EVA, Town};

#[test]
fn each_user_sees_the_screen_of_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/seeds.md");
    let document = std::fs::read_to_string(&path).expect("it is there");
    let mut blessed = document.clone();
    for (title, rows) in screens() {
        let head = format!("### {title}\n\n```text\n");
        let (before, after) = blessed.split_once(&head).expect("a screen of each");
        let (_, after) = after.split_once("```\n").expect("its end");
        blessed = [before, &head, &rows, "```\n", after].concat();
    }
    if std::env::var_os("PAPO_BLESS").is_some() {
        std::fs::write(&path, blessed).expect("it can be written");
        return;
    }
    let mut rows = document.lines().zip(blessed.lines());
    if let Some((was, is)) = rows.find(|(was, is)| was != is) {
        panic!("docs/seeds.md has {was:?}, its user sees {is:?}");
    }
    assert_eq!(document, blessed);
}

/// Everybody's screen at the end.
fn screens() -> [(&'static str, String); 6] {
    let mut town = Town::meet();
    for (speaker, text) in [
        ("rita", "bom dia a todos"),
        ("João", "olá, rita! ☕"),
        ("vera", "chegou a ligação da VPN?"),
        ("guest1", "alguém viu o professor?"),
        ("rosa", "está na sala 3, às 14 h"),
    ] {
        town.says(speaker, text);
    }
    write_privately(&mut town);
    ask(&mut town);
    leave(&mut town);
    [
        ("TChat's rita", town.rita.rows()),
        ("Chat em Tempo Real's vera", town.vera.rows()),
        ("Sistema de Chat TCP's user", town.guest.rows()),
        ("ChatTruco's eva", town.eva.terminal.rows()),
        ("Chat em Rede's rosa", town.rosa.rows()),
        ("João, who is at nc", town.joao.rows()),
    ]
}

fn write_privately(town: &mut Town) {
    town.rita.say("/para vera só entre nós");
    town.vera.reads_private("rita", "só entre nós");
    town.vera.say("@rosa você vem também?");
    town.rosa.reads_private("vera", "você vem também?");
    town.rosa.say("/private guest1 obrigada");
    town.guest.reads_private("rosa", "obrigada");
    town.joao.say(&format!("@{EVA} e a prova? 😀"));
    town.eva.expect("Joao", "e a prova? \u{fffd}");
    town.eva.say("Joao", "é amanhã");
    town.joao.reads_private(EVA, "é amanhã");
    town.eva.say("rita", "bom dia");
    town.rita.reads_private(EVA, "bom dia");
}

fn ask(town: &mut Town) {
    town.vera.say("@ninguem oi");
    town.vera.refused("usuário não encontrado: ninguem");
    for (_, user) in town
        .readers()
        .into_iter()
        .filter(|(name, _)| *name != "guest1")
    {
        user.says("/online");
        user.lists_all("rita, João, vera, guest1, rosa", EVA);
    }
}

fn leave(town: &mut Town) {
    town.leaves("guest1", "x");
    town.eva.misses("guest1");
    town.eva_leaves();
    town.leaves("rosa", "/quit");
    town.leaves("vera", "/sair");
    town.leaves("João", "/sair");
    town.leaves("rita", "/sair");
}
