//! A session as the terminal and the pipe see it: where to wait, what to do with what is typed, what
//! to show. A trait and not an enum, because each program has one kind of session and should not
//! carry the other's code: `papo` has lines (session/line.rs), `papo-chattruco` datagrams.
//!
//! Every session is served in the same way: `hear` when the descriptor is ready, `tick` and `flush`
//! once in every turn. Invariant: when `over` tells an end, nothing more is asked of the session.

pub mod chat;
mod line;
pub mod lines;
pub mod link;
pub mod names;
pub mod protocol;

use std::os::fd::BorrowedFd;
use std::time::Instant;

use nix::poll::PollFlags;

use crate::session::names::Names;
use crate::{End, Failure};

pub use line::LineSession;

/// Who sits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Somebody at a terminal, who sees a prompt and his own lines.
    Terminal,
    /// A program, or nobody.
    Plain,
}

/// Something to show above the row being typed. Without a terminal only what was heard is.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// A line in the form of the papo protocol.
    Heard(String),
    /// An own line in the form in which others see it.
    Own(String),
    /// What was typed, as it was typed.
    Typed(String),
}

/// What stands before the row.
#[derive(Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Who one is or writes to.
    Chat {
        /// What is shown.
        text: String,
        /// Whose colour it has.
        name: Option<String>,
    },
    /// A question; the answer is not kept.
    Question {
        /// What is shown.
        text: &'static str,
        /// The answer is not shown.
        is_secret: bool,
    },
}

/// A conversation over some transport.
pub trait Session {
    /// The descriptor, for poll.
    fn fd(&self) -> BorrowedFd<'_>;

    /// What poll has to wait for.
    fn interest(&self) -> PollFlags;

    /// When `tick` has something to do.
    fn deadline(&self) -> Option<Instant>;

    /// Read what has come.
    fn hear(&mut self, now: Instant, shown: &mut Vec<Shown>);

    /// Do what is due.
    fn tick(&mut self, now: Instant, shown: &mut Vec<Shown>);

    /// Send what waits.
    fn flush(&mut self);

    /// What stands before the row.
    fn prompt(&self) -> Prompt;

    /// Names for completion.
    fn names(&self) -> &Names;

    /// Why the text has to stay in the row, in the user's language.
    fn refusal(&self, text: &str) -> Option<String>;

    /// A line was typed, or the answer to a question.
    fn say(&mut self, line: &str, now: Instant, shown: &mut Vec<Shown>);

    /// Leave politely, or at once when it was asked for before.
    fn leave(&mut self, now: Instant);

    /// Whether input without a terminal is to be read now.
    fn takes_input(&self) -> bool;

    /// Input without a terminal, as it was read.
    fn input(&mut self, bytes: &[u8]);

    /// There is no more input.
    fn end_input(&mut self);

    /// How it ended, once.
    fn over(&mut self) -> Option<Result<End, Failure>>;
}
