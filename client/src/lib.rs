//! papo, the tiny client: a terminal and a socket under one poll. It knows the server only through
//! docs/protocol.md.
//!
//! The way of a key: `terminal` reads bytes, `keys` makes keys of them, `editor` edits the line, and
//! on Enter `app` gives it to the `session`: `link` sends it, and `chat` decides how it is shown. The
//! way of a line: `link` reads bytes, `lines` makes clean lines of them (`text`), `protocol` tells
//! their kinds, `chat` learns from them, `reader` and `view` draw them above the row being typed, and `output`
//! writes everything that a turn of `app` has drawn at once. Without a terminal `pipe` replaces all
//! that draws. `words` holds the client's own texts. Without a server on this computer `discovery` looks
//! for one on the network.
//!
//! `papo-chattruco` is a second program with the same terminal and another session; all of it is in
//! the folder `chattruco`.
//!
//! A connection that is lost comes back (`away`): `talk` knows which lines are missing and which are not confirmed.
//!
//! Deliberately absent: threads (but for a try to come back), signal handlers, callbacks, a scrollback without `--full` (the
//! terminal has one). Public is only what the two programs and the tests in client/tests use.
#![forbid(unsafe_code)]

pub mod chattruco;
mod commands;
mod ending;
mod options;
mod output;
mod pipe;
mod program;
mod reading;
pub mod session;
mod settings;
mod state;
pub mod terminal;
pub mod text;
mod wait;
mod words;

use std::process::ExitCode;

use session::LineSession;
use settings::Settings;
pub use words::Language;

/// The program `papo`.
pub fn main() -> ExitCode {
    let shape = |options: &options::Options| {
        let talks = options.task.is_none();
        (options.language, talks, options.reading.clone())
    };
    let parse = |arguments, locale: &str| options::parse(arguments, locale, Settings::load);
    program::main("papo", parse, shape, LineSession::connect)
}
