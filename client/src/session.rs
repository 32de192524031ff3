//! A session as the terminal and the pipe see it: where to wait, what to do with what is typed, what
//! to show. There are two kinds; which one it is nobody above needs to know.
//!
//! Both are served in the same way: `hear` when the descriptor is ready, `tick` and `flush` once in
//! every turn. Invariant: when `over` tells an end, nothing more is asked of the session.

mod direct;
mod line;

use std::os::fd::BorrowedFd;
use std::time::Instant;

use nix::poll::PollFlags;

use crate::names::Names;
use crate::words::Phrase;
use crate::{End, Failure};

pub use direct::DirectSession;
pub use line::LineSession;

/// Who sits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Somebody at a terminal, who sees a prompt and his own lines.
    Terminal,
    /// A program, or nobody.
    Plain,
}

/// A session of either kind.
#[derive(Debug)]
pub enum Session {
    /// Lines over TCP to a papo server.
    Line(LineSession),
    /// Datagrams to a ChatTruco directory and to its other users.
    Direct(DirectSession),
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

impl Session {
    /// The descriptor, for poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Session::Line(line) => line.fd(),
            Session::Direct(direct) => direct.fd(),
        }
    }

    /// What poll has to wait for.
    pub fn interest(&self) -> PollFlags {
        match self {
            Session::Line(line) => line.interest(),
            Session::Direct(_) => PollFlags::POLLIN,
        }
    }

    /// When `tick` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Session::Line(line) => line.deadline(),
            Session::Direct(direct) => direct.deadline(),
        }
    }

    /// Read what has come.
    pub fn hear(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        match self {
            Session::Line(line) => line.hear(shown),
            Session::Direct(direct) => direct.hear(now, shown),
        }
    }

    /// Do what is due.
    pub fn tick(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        match self {
            Session::Line(line) => line.tick(now),
            Session::Direct(direct) => direct.tick(now, shown),
        }
    }

    /// Send what waits.
    pub fn flush(&mut self) {
        match self {
            Session::Line(line) => line.flush(),
            // A datagram never waits.
            Session::Direct(_) => {}
        }
    }

    /// What stands before the row.
    pub fn prompt(&self) -> Prompt {
        match self {
            Session::Line(line) => line.prompt(),
            Session::Direct(direct) => direct.prompt(),
        }
    }

    /// Names for completion.
    pub fn names(&self) -> &Names {
        match self {
            Session::Line(line) => line.names(),
            Session::Direct(direct) => direct.names(),
        }
    }

    /// Why the text has to stay in the row.
    pub fn refusal(&self, text: &str) -> Option<Phrase<'static>> {
        match self {
            Session::Line(line) => line.refusal(text),
            Session::Direct(direct) => direct.refusal(),
        }
    }

    /// A line was typed, or the answer to a question.
    pub fn say(&mut self, line: &str, now: Instant, shown: &mut Vec<Shown>) {
        match self {
            Session::Line(session) => session.say(line, shown),
            Session::Direct(direct) => direct.say(line, now, shown),
        }
    }

    /// Leave politely, or at once when it was asked for before.
    pub fn leave(&mut self, now: Instant) {
        match self {
            Session::Line(line) => line.leave(now),
            Session::Direct(direct) => direct.leave(),
        }
    }

    /// Whether input without a terminal is to be read now.
    pub fn takes_input(&self) -> bool {
        match self {
            Session::Line(line) => line.takes_input(),
            Session::Direct(direct) => direct.takes_input(),
        }
    }

    /// Input without a terminal, as it was read.
    pub fn input(&mut self, bytes: &[u8]) {
        match self {
            Session::Line(line) => line.input(bytes),
            Session::Direct(direct) => direct.input(bytes),
        }
    }

    /// There is no more input.
    pub fn end_input(&mut self) {
        match self {
            Session::Line(line) => line.end_input(),
            Session::Direct(direct) => direct.end_input(),
        }
    }

    /// How it ended, once.
    pub fn over(&mut self) -> Option<Result<End, Failure>> {
        match self {
            Session::Line(line) => line.over(),
            Session::Direct(direct) => direct.over(),
        }
    }
}
