//! papo, the tiny client: a terminal and a socket under one poll. It knows the server only through
//! docs/protocol.md.
//!
//! The way of a key: `terminal` reads bytes, `keys` makes keys of them, `editor` edits the line, and
//! on Enter `app` hands it to the `session`: to `link`, which sends it, and to `chat`, which tells how
//! it is shown. The way of a line: `link` reads bytes, `lines` makes clean lines of them (`text`),
//! `protocol` says of which kind they are, `chat` learns from them, `view` draws them above the row
//! being typed, and `output` writes all that a turn of `app` drew at once. Without a terminal `pipe`
//! takes the place of all that draws. `words` holds what the client itself says.
//!
//! `papo-chattruco` is a second program with the same terminal and another session; all of it is in
//! the folder `chattruco`.
//!
//! Deliberately absent: threads, handlers of signals, callbacks, a scrollback (the terminal has one)
//! and reconnecting.
#![deny(unsafe_code)]

pub mod chattruco;
pub mod options;
pub mod output;
pub mod pipe;
pub mod program;
pub mod session;
pub mod terminal;
pub mod text;
pub mod words;

use std::fs;
use std::io;

use nix::sys::signal::Signal;

use options::Options;
use session::link::Link;
use session::{LineSession, Mode, Session};
use terminal::view::Colours;
use words::{Language, Phrase, phrase};

/// How a session ended well.
#[derive(Debug)]
pub enum End {
    /// The user left, or everything that was to be sent and read is done.
    Left,
    /// A signal asked for the end; the caller gives it its usual effect.
    Signal(Signal),
}

/// Why a session ended badly.
#[derive(Debug)]
pub enum Failure {
    /// There is no connection to be had to this server.
    Connect(String, io::Error),
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Lost(io::Error),
    /// The server refused the name of `--name`, in these words.
    NameRefused(String, String),
    /// The name of `--name` asks for a password, and there is nobody to type it.
    NamePassword(String),
    /// The name of `--name` asked for no password, though there was one for it.
    NameWithoutPassword(String),
    /// The server took the password of that name, and wants another one in its place.
    PasswordForOnce(String),
    /// The input of a pipe came to its end, and the server has accepted no name.
    NoName,
    /// The file of the password cannot be read.
    PasswordFile(String, io::Error),
    /// The service does not work for this user, in these words.
    Service(String),
    /// Standard input cannot be read.
    Input(io::Error),
    /// Standard output cannot be written.
    Output(io::Error),
    /// The terminal cannot be used.
    Terminal(io::Error),
}

impl Failure {
    /// The failure as one sentence for the user.
    pub fn sentence(&self, language: Language) -> String {
        let what = match self {
            Failure::Connect(server, error) => Phrase::CannotConnect { server, error },
            Failure::Closed => Phrase::Closed,
            Failure::Lost(error) => Phrase::Lost(error),
            Failure::NameRefused(name, why) => Phrase::NameRefused { name, why },
            Failure::NamePassword(name) => Phrase::NamePassword(name),
            Failure::NameWithoutPassword(name) => Phrase::NameWithoutPassword(name),
            Failure::PasswordForOnce(name) => Phrase::PasswordForOnce(name),
            Failure::NoName => Phrase::NoName,
            Failure::PasswordFile(path, error) => Phrase::PasswordFile { path, error },
            Failure::Service(why) => return why.clone(),
            Failure::Input(error) => Phrase::Input(error),
            Failure::Output(error) => Phrase::Output(error),
            Failure::Terminal(error) => Phrase::Terminal(error),
        };
        phrase(language, &what)
    }
}

/// One session with a papo server, from connecting to the end. An error is one sentence for the user.
pub fn run(options: &Options, colours: Colours, mode: Mode) -> Result<End, String> {
    join(options, mode)
        .and_then(|session| converse(session, options.language, colours, mode))
        .map_err(|failure| failure.sentence(options.language))
}

/// Connect to a papo server.
fn join(options: &Options, mode: Mode) -> Result<LineSession, Failure> {
    let (server, name) = (&options.server, options.name.as_deref());
    let password = options.password_file.as_deref().map(read_password);
    let password = password.transpose()?;
    let mut link = Link::connect(&server.host, server.port)
        .map_err(|error| Failure::Connect(server.to_string(), error))?;
    if let Some(lang) = options.lang {
        link.send_line(&format!("/lang {}", lang.code()));
    }
    if let Some(name) = name {
        link.send_line(name);
    }
    let session = LineSession::new(link, name, options.language, mode);
    Ok(session.with_password(password))
}

/// The first line of a file.
fn read_password(path: &str) -> Result<String, Failure> {
    let text =
        fs::read_to_string(path).map_err(|error| Failure::PasswordFile(path.to_owned(), error))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Serve a session until it ends.
fn converse(
    session: impl Session,
    language: Language,
    colours: Colours,
    mode: Mode,
) -> Result<End, Failure> {
    match mode {
        Mode::Terminal => terminal::app::run(language, colours, session),
        Mode::Plain => pipe::run(session),
    }
}
