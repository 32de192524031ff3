//! All five systems, nc and papo in one conversation: accents, emoji, the longest lines, a paste,
//! lines of before for those who come later, private lines in all directions. Each sees exactly
//! what is for it, in its form.

use crate::forms::Pessoa;
use crate::people::{Person, Program};
use crate::rede::Rede;
use crate::tchat::TChat;
use crate::town::{EVA, Town};
use crate::vpn::Vpn;

/// Everybody who reads public lines.
const ALL: [&str; 6] = ["rita", "João", "vera", "guest1", "rosa", "bruno"];

#[test]
fn all_five_nc_and_papo_in_one_conversation() {
    let mut town = Town::meet();
    town.meet_bruno();
    for speaker in ALL {
        town.says(speaker, &format!("é {speaker}: ação, coração, às 14 h"));
        town.says(speaker, "ñ ☕ 🙂 👩‍👩‍👧 漢字");
    }
    paste(&mut town);
    long_lines(&mut town);
    private_lines(&mut town);
    late_comers(&mut town);
    leave(town);
}

/// Somebody at nc pastes a text; it is many reads for clients that read 1024 bytes.
fn paste(town: &mut Town) {
    let lines: Vec<String> = (0..60)
        .map(|n| format!("{n}ª linha: ção{}", "à".repeat(n)))
        .collect();
    town.joao.pastes(&format!("{}\n", lines.join("\n")));
    for line in &lines {
        town.others_read("João", line);
    }
}

/// The longest a line can be: 1024 bytes, which the name before it makes longer than a read.
fn long_lines(town: &mut Town) {
    let texts = [
        "é".repeat(512),
        "x".repeat(1024),
        "🙂".repeat(256),
        longest(),
    ];
    for (text, speaker) in texts.iter().zip(["rita", "João", "bruno", "vera"]) {
        town.says(speaker, text);
    }
}

/// From each to each, by the command of its own system.
fn private_lines(town: &mut Town) {
    for from in ALL.into_iter().filter(|name| *name != "guest1") {
        let command = match from {
            "rita" => "/para ",
            "rosa" => "/private ",
            _ => "@",
        };
        for to in ALL.into_iter().filter(|to| *to != from) {
            let text = format!("só {from} e {to} 🤫");
            town.one(from).says(&format!("{command}{to} {text}"));
            town.one(to).reads_private_line(from, &text);
        }
        let text = format!("olá, {from} ☕ 🤫 #m# fim");
        town.one(from).says(&format!("{command}{EVA} {text}"));
        let shown = format!("olá, {from} ☕ \u{fffd} # m# fim");
        town.eva.expect(in_ascii(from), &shown);
    }
    for to in ALL {
        town.eva.sees(in_ascii(to));
        town.eva.say(in_ascii(to), "olá, ☕");
        town.one(to).reads_private_line(EVA, "olá, ☕");
    }
    // As long as a line with the command and the name can be.
    let longest = "é".repeat(500);
    town.rita.say(&format!("/para {EVA} {longest}"));
    town.eva.expect("rita", &longest);
    town.eva.say("vera", &longest);
    town.vera.reads_private(EVA, &longest);
    for name in ALL.into_iter().filter(|name| *name != "guest1") {
        let user = town.one(name);
        user.says("/online");
        user.lists_all("rita, João, vera, guest1, rosa, bruno", EVA);
    }
}

/// The name of one of them, as ChatTruco's client knows it.
fn in_ascii(name: &str) -> &str {
    match name {
        "João" => "Joao",
        name => name,
    }
}

/// Those who come now read what was said before, the longest lines with it.
fn late_comers(town: &mut Town) {
    town.says("rosa", LAST);
    let vasco = Vpn::join(&town.world, "vasco");
    comes_and_goes(town, vasco, "vasco", "/sair", &Backlog::OneRead);
    let ruth = Rede::join(&town.world, "ruth");
    comes_and_goes(town, ruth, "ruth", "/quit", &Backlog::OneRead);
    let telma = TChat::join(&town.world, "telma");
    comes_and_goes(town, telma, "telma", "/sair", &Backlog::Whole);
    let mut nuno = Program::nc(&town.world.server, &[]);
    nuno.enters("nuno");
    comes_and_goes(town, nuno, "nuno", "/sair", &Backlog::Whole);
}

/// How much of what was said before is shown to whoever comes.
#[derive(PartialEq, Eq)]
enum Backlog {
    Whole,
    /// The newest lines that fit one read: the longest line does not.
    OneRead,
}

/// The last line that is said before they come.
const LAST: &str = "e agora?";

/// Welcomed, this user reads the lines of before, and leaves.
#[track_caller]
fn comes_and_goes(
    town: &mut Town,
    mut user: impl Pessoa,
    name: &str,
    command: &str,
    backlog: &Backlog,
) {
    town.are_told(&format!("{name} entrou"));
    let mut rows = String::new();
    while !rows.ends_with(LAST) {
        rows.push_str(&user.hear().expect("lines of before"));
    }
    let is_whole = rows.contains(&longest());
    assert_eq!(is_whole, *backlog == Backlog::Whole, "{rows}");
    user.say(command);
    user.told(&format!("até logo, {name}"));
    town.are_told(&format!("{name} saiu"));
}

/// Each by its own command.
fn leave(mut town: Town) {
    town.leaves("guest1", "x");
    town.eva.misses("guest1");
    town.eva_leaves();
    town.leaves("rosa", "/quit");
    town.leaves("vera", "/sair");
    town.leaves("bruno", "/sair");
    town.leaves("João", "/quit");
    town.leaves("rita", "/sair");
}

/// 1024 bytes with letters of two across every even byte.
fn longest() -> String {
    format!("a{}b", "é".repeat(511))
}
