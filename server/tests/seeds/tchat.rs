//! TChat's client: lines, each with its line end, and a server that asks for a name first. It shows
//! what comes as it comes, so that the cursor stands after a question without a line end.

use crate::forms::{self, Form, Pessoa};
use crate::people::{Person, Talker};
use crate::terminal::Terminal;
use crate::world::World;

/// A user of TChat.
pub(crate) struct TChat {
    socket: Talker,
    terminal: Terminal,
}

impl TChat {
    pub(crate) fn connect(world: &World) -> TChat {
        TChat {
            socket: Talker::to(world.tchat()),
            terminal: Terminal::default(),
        }
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
        self.socket.send(bytes);
    }

    /// What its user sees.
    pub(crate) fn rows(&self) -> String {
        self.terminal.rows()
    }

    /// The connection breaks.
    pub(crate) fn breaks(self) {
        self.socket.reset();
    }

    /// The address that the server logs.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.socket.address()
    }
}

impl Pessoa for TChat {
    fn form(&self) -> &'static Form {
        &forms::TCHAT
    }
}

impl Person for TChat {
    fn say(&mut self, line: &str) {
        self.terminal.types(line);
        self.socket.say(line);
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        let line = self.socket.hear()?;
        self.terminal.shows(format!("{line}\n"));
        Some(line)
    }
}
