//! The client of Chat em Tempo Real (VPN): one `send` for each message and no line end. It sends
//! the name first, once its user has typed it, and only then starts to read; nothing was to come
//! before. A read that it cannot decode closes it.

use std::net::SocketAddr;

use crate::forms::{self, Form, Pessoa};
use crate::people::Person;
use crate::screen::{Reading, Screen};
use crate::world::World;

/// A user of Chat em Tempo Real.
pub(crate) struct Vpn(Screen);

impl Vpn {
    /// Connected, with the name sent.
    pub(crate) fn connect(world: &World, name: &str) -> Vpn {
        Vpn::to(world.vpn(), name)
    }

    pub(crate) fn to(address: SocketAddr, name: &str) -> Vpn {
        let reading = Reading {
            closes_if_torn: true,
            ..Reading::default()
        };
        let mut screen = Screen::after(address, name.as_bytes(), reading);
        screen.terminal.types(name);
        Vpn(screen)
    }

    /// The same, welcomed.
    #[track_caller]
    pub(crate) fn join(world: &World, name: &str) -> Vpn {
        let mut user = Vpn::connect(world, name);
        user.welcomed(name);
        user
    }

    /// What its user sees.
    pub(crate) fn rows(&self) -> String {
        self.0.terminal.rows()
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

impl Pessoa for Vpn {
    fn form(&self) -> &'static Form {
        &forms::VPN
    }
}

impl Person for Vpn {
    fn say(&mut self, text: &str) {
        self.0.terminal.types(text);
        self.0.send(text.as_bytes());
    }

    #[track_caller]
    fn expect(&mut self, line: &str) {
        self.0.expect(line);
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        self.0.line()
    }
}
