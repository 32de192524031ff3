//! One conversation of a user of each system and one at nc, and the screen of each in
//! docs/seeds.md. `PAPO_BLESS=1 cargo test -p papo-server --test seeds scene` rewrites the screens;
//! read the diff then.

use std::path::Path;

use crate::chattruco::Truco;
use crate::forms::{Hearing, Pessoa};
use crate::people::{Person, Program};
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::terminal::Terminal;
use crate::vpn::Vpn;
use crate::world::World;

const EVA: &str = "eva@escola.br";

#[test]
fn each_user_sees_the_screen_of_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/seeds.md");
    let document = std::fs::read_to_string(&path).expect("it is there");
    let mut blessed = document.clone();
    for (title, rows) in conversation() {
        let head = format!("### {title}\n\n```text\n");
        let (before, after) = blessed.split_once(&head).expect("a screen of each");
        let (_, after) = after.split_once("```\n").expect("its end");
        blessed = [before, &head, &rows, "```\n", after].concat();
    }
    if std::env::var_os("PAPO_BLESS").is_some() {
        std::fs::write(&path, blessed).expect("it can be written");
    } else if let Some((was, is)) = (document.lines().zip(blessed.lines())).find(|(a, b)| a != b) {
        panic!("docs/seeds.md has {was:?}, a user sees {is:?}; PAPO_BLESS=1 rewrites it");
    } else {
        assert_eq!(document, blessed);
    }
}

/// One at nc.
struct Nc {
    program: Program,
    terminal: Terminal,
}

impl Person for Nc {
    fn say(&mut self, line: &str) {
        self.terminal.types(line);
        self.program.say(line);
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        let line = self.program.hear()?;
        self.terminal.shows(format!("{line}\n"));
        Some(line)
    }
}

impl Pessoa for Nc {}

/// Everybody's screen at the end.
fn conversation() -> [(&'static str, String); 6] {
    let world = World::with("--rate 0");
    let mut rita = TChat::join(&world, "rita");
    let mut eva = Truco::join(&world, 2, EVA);
    rita.told("eva@escola.br entrou (direto)");
    eva.sees("rita");
    let mut joao = Nc {
        program: Program::nc(&world.server, &[]),
        terminal: Terminal::default(),
    };
    joao.enters("João");
    rita.told("João entrou");
    eva.sees("João");
    let mut vera = Vpn::join(&world, "vera");
    told(&mut [&mut rita, &mut joao], "vera entrou");
    eva.sees("vera");
    let mut guest = Relay::connect(&world);
    told(&mut [&mut rita, &mut joao, &mut vera], "guest1 entrou");
    eva.sees("guest1");
    let mut rosa = Rede::join(&world, "rosa");
    told(&mut [&mut rita, &mut joao, &mut vera], "rosa entrou");
    eva.sees("rosa");

    let mut all: [(&str, &mut dyn Hearing); 5] = [
        ("rita", &mut rita),
        ("João", &mut joao),
        ("vera", &mut vera),
        ("guest1", &mut guest),
        ("rosa", &mut rosa),
    ];
    let lines = [
        "bom dia a todos",
        "olá, rita! ☕",
        "chegou a ligação da VPN?",
        "alguém viu o professor?",
        "está na sala 3, às 14 h",
    ];
    for (speaker, line) in lines.into_iter().enumerate() {
        all[speaker].1.says(line);
        let name = all[speaker].0;
        for (n, (_, reader)) in all.iter_mut().enumerate() {
            if n != speaker {
                reader.reads_line(name, line);
            }
        }
    }
    rita.say("/para vera só entre nós");
    vera.reads_private("rita", "só entre nós");
    vera.say("@rosa você vem também?");
    rosa.reads_private("vera", "você vem também?");
    rosa.say("/private guest1 obrigada");
    guest.reads_private("rosa", "obrigada");
    joao.say(&format!("@{EVA} e a prova?"));
    eva.expect("João", "e a prova?");
    eva.say("João", "é amanhã");
    joao.reads_private(EVA, "é amanhã");
    eva.say("rita", "bom dia");
    rita.reads_private(EVA, "bom dia");
    vera.say("@ninguem oi");
    vera.refused("usuário não encontrado: ninguem");
    for user in [
        &mut rita as &mut dyn Hearing,
        &mut joao,
        &mut vera,
        &mut rosa,
    ] {
        user.says("/online");
        user.lists_all("rita, João, vera, guest1, rosa", "eva@escola.br");
    }

    guest.say("x");
    guest.expect_last_word();
    told(
        &mut [&mut rita, &mut joao, &mut vera, &mut rosa],
        "guest1 saiu",
    );
    eva.misses("guest1");
    rosa.say("/quit");
    rosa.told("até logo, rosa");
    rosa.expect_end();
    told(&mut [&mut rita, &mut joao, &mut vera], "rosa saiu");
    eva.misses("rosa");
    vera.say("/sair");
    vera.told("até logo, vera");
    vera.expect_end();
    told(&mut [&mut rita, &mut joao], "vera saiu");
    eva.misses("vera");
    eva.goes_deaf();
    told(&mut [&mut rita, &mut joao], "eva@escola.br saiu (direto)");
    joao.say("/sair");
    joao.told("até logo, João");
    rita.told("João saiu");
    rita.say("/sair");
    rita.told("até logo, rita");
    rita.expect_end();
    [
        ("TChat's rita", rita.rows()),
        ("Chat em Tempo Real's vera", vera.rows()),
        ("Sistema de Chat TCP's user", guest.rows()),
        ("ChatTruco's eva", eva.terminal.rows()),
        ("Chat em Rede's rosa", rosa.rows()),
        ("João, who is at nc", joao.terminal.rows()),
    ]
}

#[track_caller]
fn told(users: &mut [&mut dyn Hearing], text: &str) {
    for user in users {
        user.told_line(text);
    }
}
