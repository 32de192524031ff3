//! A user of each of the five systems and one at nc, in one conversation.

use crate::chattruco::Truco;
use crate::forms::{Hearing, Pessoa};
use crate::people::{Person, Program};
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::terminal::Terminal;
use crate::vpn::Vpn;
use crate::world::World;

pub(crate) const EVA: &str = "eva@escola.br";

/// The user of Sistema de Chat TCP has no name of its own.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) rita: TChat,
    pub(crate) eva: Truco,
    pub(crate) joao: Nc,
    pub(crate) vera: Vpn,
    pub(crate) guest: Relay,
    pub(crate) rosa: Rede,
    /// One at papo, if wanted.
    pub(crate) bruno: Option<Program>,
    gone: Vec<&'static str>,
}

impl Town {
    /// They come one after the other, and those who are told read it.
    pub(crate) fn meet() -> Town {
        let world = World::with("--rate 0");
        let mut rita = TChat::join(&world, "rita");
        let mut joao = Nc {
            program: Program::nc(&world.server, &[]),
            terminal: Terminal::default(),
        };
        joao.enters("João");
        rita.told("João entrou");
        let mut vera = Vpn::join(&world, "vera");
        told(
            &mut [&mut rita as &mut dyn Hearing, &mut joao],
            "vera entrou",
        );
        let guest = Relay::connect(&world);
        let mut all: [&mut dyn Hearing; 3] = [&mut rita, &mut joao, &mut vera];
        told(&mut all, "guest1 entrou");
        let mut eva = Truco::join(&world, 2, EVA);
        told(&mut all, "eva@escola.br entrou (direto)");
        // All are in her list before the next one comes, so that her screen is the same each time.
        eva.sees("vera");
        let rosa = Rede::join(&world, "rosa");
        told(&mut all, "rosa entrou");
        eva.sees("rosa");
        Town {
            world,
            rita,
            eva,
            joao,
            vera,
            guest,
            rosa,
            bruno: None,
            gone: Vec::new(),
        }
    }

    /// One comes with papo.
    pub(crate) fn meet_bruno(&mut self) {
        let mut bruno = Program::papo(&self.world.server, "bruno", "pt");
        bruno.asked();
        bruno.told("seu idioma é português");
        bruno.asked();
        bruno.welcomed("bruno");
        self.are_told("bruno entrou");
        self.bruno = Some(bruno);
    }

    /// All who are here and read public lines, by name.
    pub(crate) fn readers(&mut self) -> Vec<(&'static str, &mut dyn Hearing)> {
        let mut all: Vec<(&str, &mut dyn Hearing)> = vec![
            ("rita", &mut self.rita),
            ("João", &mut self.joao),
            ("vera", &mut self.vera),
            ("guest1", &mut self.guest),
            ("rosa", &mut self.rosa),
        ];
        if let Some(bruno) = &mut self.bruno {
            all.push(("bruno", bruno));
        }
        all.retain(|(name, _)| !self.gone.contains(name));
        all
    }

    /// One of the readers says this, and all others read it.
    #[track_caller]
    pub(crate) fn says(&mut self, speaker: &str, text: &str) {
        self.one(speaker).says(text);
        self.others_read(speaker, text);
    }

    /// The reader of this name.
    pub(crate) fn one(&mut self, name: &str) -> &mut dyn Hearing {
        let mut all = self.readers().into_iter();
        all.find(|(of, _)| *of == name).expect("a reader").1
    }

    /// All others read this line.
    #[track_caller]
    pub(crate) fn others_read(&mut self, speaker: &str, text: &str) {
        for (name, reader) in self.readers() {
            if name != speaker {
                reader.reads_line(speaker, text);
            }
        }
    }

    /// All are told this.
    #[track_caller]
    pub(crate) fn are_told(&mut self, text: &str) {
        for (_, user) in self.readers() {
            user.told_line(text);
        }
    }

    /// One of the readers leaves, and all others are told.
    #[track_caller]
    pub(crate) fn leaves(&mut self, name: &'static str, command: &str) {
        self.one(name).leaves(name, command);
        match name {
            "rita" => self.rita.expect_end(),
            "vera" => self.vera.expect_end(),
            "rosa" => self.rosa.expect_end(),
            _ => {}
        }
        self.gone.push(name);
        self.are_told(&format!("{name} saiu"));
    }

    /// ChatTruco's client leaves by its silence.
    #[track_caller]
    pub(crate) fn eva_leaves(&mut self) {
        self.eva.goes_deaf();
        self.are_told("eva@escola.br saiu (direto)");
    }
}

#[track_caller]
fn told(users: &mut [&mut dyn Hearing], text: &str) {
    for user in users {
        user.told_line(text);
    }
}

/// One at nc.
pub(crate) struct Nc {
    program: Program,
    terminal: Terminal,
}

impl Nc {
    /// What its user sees.
    pub(crate) fn rows(&self) -> String {
        self.terminal.rows()
    }

    /// Its user pastes this.
    pub(crate) fn pastes(&mut self, text: &str) {
        self.program.send(text);
    }
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
