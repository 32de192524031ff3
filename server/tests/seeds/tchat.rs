//! TChat's client: lines, each with its line end, and a server that asks for a name first. It shows
//! what comes as it comes, so that the cursor stands after a question without a line end.

use std::net::SocketAddr;

use crate::forms::{self, Form, Pessoa};
use crate::people::{Person, Talker};
use crate::terminal::Terminal;
use crate::world::World;

/// A user of TChat, who sees times and colours and looks at neither.
pub(crate) struct TChat {
    socket: Talker,
    terminal: Terminal,
}

impl TChat {
    pub(crate) fn connect(world: &World) -> TChat {
        TChat::to(world.tchat())
    }

    pub(crate) fn to(address: SocketAddr) -> TChat {
        TChat {
            socket: Talker::to(address),
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
    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.address()
    }
}

impl Pessoa for TChat {
    fn form(&self) -> &'static Form {
        &forms::TCHAT
    }

    /// It stands in the row in which the answer is typed, so nothing comes after it.
    #[track_caller]
    fn expect_question(&mut self, question: &str) {
        let asked = self.socket.hear_bytes(question.len());
        assert_eq!(String::from_utf8_lossy(&asked), question);
        self.terminal.shows(asked);
    }
}

impl Person for TChat {
    fn say(&mut self, line: &str) {
        self.terminal.types(line);
        self.socket.say(line);
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        let line = without_colours(&self.socket.hear()?);
        let (time, text) = time_of(&line);
        // The same time in the screen of every test.
        let shown = if time.is_some() { "[11:25:55] " } else { "" };
        self.terminal.shows(format!(
            "{shown}{text}
"
        ));
        Some(text.to_owned())
    }
}

/// The line ends without a colour.
#[track_caller]
fn without_colours(line: &str) -> String {
    let mut bare = String::new();
    let mut rest = line;
    let mut colour = "0";
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        bare += before;
        (colour, rest) = after.split_once('m').expect("a colour");
    }
    assert_eq!((colour, rest), ("0", ""), "{line:?}");
    bare
}

/// The time of day, which is before what happens and not before answers, and the rest.
#[track_caller]
fn time_of(line: &str) -> (Option<&str>, &str) {
    let timed = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "));
    let Some((time, text)) = timed else {
        return (None, line);
    };
    let is_two = |two: &str| two.len() == 2 && two.parse::<u8>().is_ok_and(|n| n < 60);
    let parts: Vec<&str> = time.split(':').collect();
    assert!(
        parts.len() == 3 && parts.into_iter().all(is_two),
        "{line:?}"
    );
    (Some(time), text)
}
