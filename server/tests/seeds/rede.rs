//! The client of Chat em Rede: the server asks for a name; one `send` for each message and no line
//! end. After a read that it cannot decode it shows nothing more, and goes on sending.

use std::net::SocketAddr;

use crate::forms::{self, Form, Pessoa};
use crate::people::Person;
use crate::screen::{Reading, Screen};
use crate::world::World;

/// A user of Chat em Rede.
pub(crate) struct Rede(Screen);

impl Rede {
    pub(crate) fn connect(world: &World) -> Rede {
        Rede::to(world.rede())
    }

    pub(crate) fn to(address: SocketAddr) -> Rede {
        Rede(Screen::to(address, Reading::default()))
    }

    /// Connected, named and welcomed.
    #[track_caller]
    pub(crate) fn join(world: &World, name: &str) -> Rede {
        let mut user = Rede::connect(world);
        user.enters(name);
        user
    }

    /// These bytes in one `send`.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.send(bytes);
    }

    /// Its user closes it.
    pub(crate) fn closes(self) {
        self.0.closes();
    }

    /// The connection breaks.
    pub(crate) fn breaks(self) {
        self.0.breaks();
    }
}

impl Pessoa for Rede {
    fn form(&self) -> &'static Form {
        &forms::REDE
    }
}

impl Person for Rede {
    fn say(&mut self, text: &str) {
        self.0.send(text.as_bytes());
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        self.0.line()
    }
}
