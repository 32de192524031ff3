//! The client of Sistema de Chat TCP: no names, no line ends, and a thread that shows whatever a
//! read returns and stops only when one returns exactly `x`, or one that it cannot decode.

use crate::forms::{self, Hearing};
use crate::screen::{Read, Reading, Screen};
use crate::world::World;

/// A user of Sistema de Chat TCP.
pub(crate) struct Relay(Screen);

impl Relay {
    pub(crate) fn connect(world: &World) -> Relay {
        let reading = Reading {
            last_word: Some(b'x'),
            ..Reading::default()
        };
        Relay(Screen::to(world.relay(), reading))
    }

    /// One `send`.
    pub(crate) fn say(&mut self, text: &str) {
        self.0.terminal.types(text);
        self.0.send(text.as_bytes());
    }

    /// What its user sees.
    pub(crate) fn rows(&self) -> String {
        self.0.terminal.rows()
    }

    /// The next line shown is this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        self.0.expect(line);
    }

    /// Reads a line of a user with a name.
    #[track_caller]
    pub(crate) fn reads(&mut self, from: &str, text: &str) {
        self.expect(&forms::SISTEMA.public(from, text));
    }

    /// Reads a private line.
    #[track_caller]
    pub(crate) fn reads_private(&mut self, from: &str, text: &str) {
        self.expect(&forms::SISTEMA.private(from, text));
    }

    /// Reads what the operator says.
    #[track_caller]
    pub(crate) fn reads_operator(&mut self, text: &str) {
        self.expect(&forms::SISTEMA.operator(text));
    }

    /// Its thread reads `x` alone, with nothing before it.
    #[track_caller]
    pub(crate) fn expect_last_word(&mut self) {
        assert_eq!(self.0.shown(), b"");
        assert_eq!(self.0.read(), Read::LastWord);
        self.0.expect_end();
    }

    /// The same, after all text that is still to be shown.
    #[track_caller]
    pub(crate) fn expect_last_word_after_text(&mut self) {
        assert_eq!(self.0.rest(), Read::LastWord);
        let shown = self.0.shown();
        assert!(shown.is_empty() || shown.ends_with(b"\n"));
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

impl Hearing for Relay {
    fn says(&mut self, text: &str) {
        self.say(text);
    }

    #[track_caller]
    fn reads_line(&mut self, from: &str, text: &str) {
        self.reads(from, text);
    }

    #[track_caller]
    fn reads_private_line(&mut self, from: &str, text: &str) {
        self.reads_private(from, text);
    }

    /// It is told nothing.
    fn told_line(&mut self, _text: &str) {}

    fn lists_all(&mut self, _here: &str, _direct: &str) {}

    #[track_caller]
    fn leaves(&mut self, _name: &str, command: &str) {
        self.say(command);
        self.expect_last_word();
    }
}
