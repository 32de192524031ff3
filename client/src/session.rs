//! A session, as the terminal and the pipe use it: what to wait for, how to handle typed lines, what to
//! show. A trait and not an enum, because each program has one kind of session and should not
//! carry the other's code: `papo` has lines (session/line.rs), `papo-chattruco` datagrams.
//!
//! Every session is served in the same way: `receive` when the descriptor is ready, `tick` once in
//! every turn. Invariant: after `take_ending` has told an end, the session is not called any more.

mod away;
mod chat;
mod dial;
pub(crate) mod discovery;
mod line;
mod lines;
mod link;
mod login;
pub(crate) mod names;
mod outbox;
pub(crate) mod people;
mod pins;
mod post;
pub(crate) mod protocol;
mod rooms;
pub(crate) mod tagged;
mod talk;
mod tls;
mod typed;

use std::time::Instant;

use nix::poll::PollFd;

use crate::ending::{End, Failure};
use crate::words::Language;
use names::Names;
use people::Here;
use protocol::LINE_BYTES;

pub use chat::Chat;
pub(crate) use line::LineSession;
pub use lines::Lines;
pub use protocol::Line;

/// Most bytes that one Enter may send: 64 of the longest lines. A megabyte that was pasted by mistake
/// is refused, before it floods a room.
pub(crate) const TEXT_BYTES: usize = 64 * LINE_BYTES;

/// Who uses the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Somebody at a terminal, who sees a prompt and their own lines.
    Terminal,
    /// A program, or nobody.
    Plain,
}

/// Something to show above the row being typed. Without a terminal only received lines are shown.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// A received line.
    Received(Received),
    /// The user's own line, in the form in which others see it.
    Own {
        /// The line.
        line: String,
        /// When it was said, in seconds since 1970, if the server has told.
        at: Option<i64>,
        /// The room in which it was said, if the server has told.
        room: Option<String>,
    },
    /// A remark of the client's.
    Note(String),
    /// What was typed, as it was typed: a command, or a try at a name. It is shown dim.
    Typed(String),
}

/// A received line.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// In the form of the papo protocol.
    pub line: String,
    /// When it was said, in seconds since 1970, if the server has told.
    pub at: Option<i64>,
    /// Whether that was just now.
    pub when: When,
    /// The room of which it is a line, if the server has told.
    pub room: Option<String>,
}

impl Received {
    /// Whether it was said before, and tells nothing new.
    pub(crate) fn is_old(&self) -> bool {
        matches!(self.when, When::Before | When::Asked)
    }
}

/// When a line was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Just now.
    Now,
    /// Before the user came.
    Before,
    /// The same, and the user has asked for it.
    Asked,
    /// While the connection was away.
    Missed,
}

/// Whether there is a connection to the server.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linked {
    #[default]
    Here,
    Away,
}

impl Shown {
    /// A line of no room that was said just now, at this time if it is told.
    pub(crate) fn received(line: String, at: Option<i64>) -> Shown {
        let (when, room) = (When::Now, None);
        Shown::Received(Received {
            line,
            at,
            when,
            room,
        })
    }
}

/// What stands before the row, and what is done with the row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Prompt {
    /// The room in which the user speaks, if that is known.
    pub(crate) room: Option<String>,
    /// Lines of the user's that are not confirmed yet.
    pub(crate) waiting: Vec<String>,
    pub(crate) link: Linked,
    /// The user's name, or whom they write to, or the question.
    pub(crate) text: String,
    /// The name whose colour the prompt has.
    pub(crate) name: Option<String>,
    pub(crate) input: Input,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Chat,
    /// An answer, which is not kept in the history.
    Answer,
    /// An answer that is not shown either.
    Secret,
}

/// Where the user is, and with whom.
#[derive(Debug, Default)]
pub(crate) struct Around<'a> {
    /// The rooms that the user reads.
    pub(crate) rooms: Vec<&'a str>,
    /// The one in which the user speaks.
    pub(crate) room: Option<&'a str>,
    /// Who is there, if that is known.
    pub(crate) here: Option<&'a Here>,
    pub(crate) link: Linked,
}

/// A conversation over some transport.
pub(crate) trait Session {
    /// What poll has to wait for.
    fn poll_fd(&self) -> PollFd<'_>;

    /// When `tick` has something to do.
    fn deadline(&self) -> Option<Instant>;

    fn receive(&mut self, now: Instant, shown: &mut Vec<Shown>);

    /// Do what is due, and send what is queued.
    fn tick(&mut self, now: Instant, shown: &mut Vec<Shown>);

    fn prompt(&self) -> Prompt;

    /// The server, if what is typed here is kept for the next session with it.
    fn server(&self) -> Option<String>;

    /// The language of what the client says.
    fn language(&self) -> Language;

    /// The user's name, where others address them by it.
    fn own_name(&self) -> Option<&str>;

    /// The names for completion.
    fn names(&self) -> &Names;

    /// What a screen of its own shows beside the lines.
    fn around(&self) -> Around<'_>;

    /// Why the text has to stay in the row, in the user's language.
    fn refusal(&self, text: &str) -> Option<String>;

    /// Handle a typed line or the answer to a question.
    fn say(&mut self, line: &str, now: Instant, shown: &mut Vec<Shown>);

    /// Leave politely; the second time at once.
    fn leave(&mut self, now: Instant);

    /// Whether input without a terminal is to be read now.
    fn takes_input(&self) -> bool;

    /// Handle input without a terminal, as it was read: no bytes are its end.
    fn input(&mut self, bytes: &[u8]);

    /// How the session ended, once.
    fn take_ending(&mut self) -> Option<Result<End, Failure>>;
}
