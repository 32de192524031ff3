//! The client of Chat em Rede: the server asks for a name; one `send` for each message and no line
//! end. After a read that it cannot decode it shows nothing more, and goes on sending.

use std::net::SocketAddr;

use crate::forms::{self, Form, Pessoa};
use crate::people::Person;
use crate::screen::{Reading, Screen};
use crate::world::World;

/// A user of Chat em Rede.
pub(crate) struct Rede {
    screen: Screen,
    /// The name that its user typed first, which it shows before its own lines.
    name: Option<String>,
    is_asked: bool,
}

impl Rede {
    pub(crate) fn connect(world: &World) -> Rede {
        Rede::to(world.rede())
    }

    pub(crate) fn to(address: SocketAddr) -> Rede {
        let reading = Reading {
            begins_with_prompt: true,
            ..Reading::default()
        };
        Rede {
            screen: Screen::to(address, reading),
            name: None,
            is_asked: false,
        }
    }

    /// Connected, named and welcomed.
    #[track_caller]
    pub(crate) fn join(world: &World, name: &str) -> Rede {
        let mut user = Rede::connect(world);
        user.enters(name);
        user
    }

    /// What its user sees.
    pub(crate) fn rows(&self) -> String {
        self.screen.terminal.rows()
    }

    /// These bytes in one `send`.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.screen.send(bytes);
    }

    /// Its user closes it.
    pub(crate) fn closes(self) {
        self.screen.closes();
    }

    /// The connection breaks.
    pub(crate) fn breaks(self) {
        self.screen.breaks();
    }
}

impl Pessoa for Rede {
    fn form(&self) -> &'static Form {
        &forms::REDE
    }

    /// The first is asked when nothing is known of it yet.
    #[track_caller]
    fn expect_question(&mut self, question: &str) {
        let is_first = !std::mem::replace(&mut self.is_asked, true);
        match self.name {
            None => self.screen.expect_prompt(&forms::PAPO.question()),
            Some(_) if is_first => self.expect(&forms::PAPO.question()),
            Some(_) => self.expect(question),
        }
    }
}

impl Person for Rede {
    fn say(&mut self, text: &str) {
        match &self.name {
            None => {
                self.screen.terminal.types(text);
                self.name = Some(text.to_owned());
            }
            Some(name) => self.screen.terminal.shows(format!("{name}: {text}\n")),
        }
        self.screen.send(text.as_bytes());
    }

    #[track_caller]
    fn expect(&mut self, line: &str) {
        self.screen.expect(line);
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        self.screen.line()
    }
}
