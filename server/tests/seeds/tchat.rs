//! TChat's client: lines, each with its newline, and a server that asks for a name first.

use crate::forms::{self, Form, Pessoa};
use crate::people::{Person, Talker};
use crate::world::World;

/// A user of TChat. Its client reads lines, as [`Talker`] does.
pub(crate) struct TChat(Talker);

impl TChat {
    pub(crate) fn connect(world: &World) -> TChat {
        TChat(Talker::to(world.tchat()))
    }

    /// Connected, named and welcomed.
    #[track_caller]
    pub(crate) fn join(world: &World, name: &str) -> TChat {
        let mut user = TChat::connect(world);
        user.enters(name);
        user
    }

    /// These bytes in one `send`.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.send(bytes);
    }

    /// The connection breaks.
    pub(crate) fn breaks(self) {
        self.0.reset();
    }

    /// The address that the server logs.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.0.address()
    }
}

impl Pessoa for TChat {
    fn form(&self) -> &'static Form {
        &forms::TCHAT
    }
}

impl Person for TChat {
    fn say(&mut self, line: &str) {
        self.0.say(line);
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        self.0.hear()
    }
}
