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
//! With `--chattruco` the session is of the other kind: `truco` takes the place of `chat`, and decides
//! what `datagrams` sends to the directory and straight to its other users.
//!
//! Deliberately absent: threads, handlers of signals, callbacks, a scrollback (the terminal has one)
//! and reconnecting.
#![deny(unsafe_code)]

pub mod app;
pub mod chat;
pub mod datagrams;
pub mod editor;
pub mod history;
pub mod keys;
pub mod lines;
pub mod link;
pub mod names;
pub mod options;
pub mod output;
pub mod pipe;
pub mod protocol;
pub mod session;
pub mod terminal;
pub mod text;
pub mod truco;
pub mod view;
pub mod words;

use std::fs;
use std::io::{self, IsTerminal};
use std::time::Instant;

use nix::sys::signal::Signal;

use datagrams::Datagrams;
use link::Link;
use options::{ChatTruco, Options, Server, Service};
use session::{DirectSession, LineSession, Mode, Session};
use truco::Login;
use truco::action::Verdict;
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
    /// The own address of `--bind` cannot be used.
    Bind(String, io::Error),
    /// The file of the password cannot be read.
    PasswordFile(String, io::Error),
    /// The password would be seen while it is typed.
    VisiblePassword,
    /// It cannot go on with this ChatTruco directory.
    Directory {
        /// Why.
        verdict: Verdict,
        /// Who tried.
        email: String,
        /// The directory.
        server: String,
    },
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
            Failure::Bind(address, error) => Phrase::Bind { address, error },
            Failure::PasswordFile(path, error) => Phrase::PasswordFile { path, error },
            Failure::VisiblePassword => Phrase::VisiblePassword,
            Failure::Directory {
                verdict,
                email,
                server,
            } => return words::truco::verdict(language, *verdict, email, server),
            Failure::Input(error) => Phrase::Input(error),
            Failure::Output(error) => Phrase::Output(error),
            Failure::Terminal(error) => Phrase::Terminal(error),
        };
        phrase(language, &what)
    }
}

/// One session, from connecting to the end. `is_dumb` is a terminal that knows no sequences.
pub fn run(options: &Options, colours: view::Colours, is_dumb: bool) -> Result<End, Failure> {
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb;
    let mode = if is_terminal {
        Mode::Terminal
    } else {
        Mode::Plain
    };
    let session = match &options.service {
        Service::Papo { server, name } => join(options, server, name.as_deref(), mode)?,
        Service::ChatTruco(service) => log_in(options, service, mode)?,
    };
    match mode {
        Mode::Terminal => app::run(options.language, colours, session),
        Mode::Plain => pipe::run(session),
    }
}

/// Connect to a papo server.
fn join(
    options: &Options,
    server: &Server,
    name: Option<&str>,
    mode: Mode,
) -> Result<Session, Failure> {
    let mut link = Link::connect(&server.host, server.port)
        .map_err(|error| Failure::Connect(server.to_string(), error))?;
    if let Some(lang) = options.lang {
        link.send_line(&format!("/lang {}", lang.code()));
    }
    if let Some(name) = name {
        link.send_line(name);
    }
    let session = LineSession::new(link, name, options.language, mode);
    Ok(Session::Line(session))
}

/// Begin with a ChatTruco directory.
fn log_in(options: &Options, service: &ChatTruco, mode: Mode) -> Result<Session, Failure> {
    let (server, bind) = (&service.server, &service.bind);
    let password = match &service.password_file {
        Some(path) => {
            Some(first_line(path).map_err(|error| Failure::PasswordFile(path.to_owned(), error))?)
        }
        None if mode == Mode::Plain && io::stdin().is_terminal() => {
            return Err(Failure::VisiblePassword);
        }
        None => None,
    };
    let address = datagrams::resolve(server, bind)
        .map_err(|error| Failure::Connect(server.to_string(), error))?;
    let socket = Datagrams::open(address, bind, service.peer_port)
        .map_err(|error| Failure::Bind(bind.to_string(), error))?;
    let login = Login {
        email: service.email.clone(),
        password,
        registers: service.registers,
        is_terminal: mode == Mode::Terminal,
    };
    let name = server.to_string();
    let session = DirectSession::start(socket, login, name, options.language, Instant::now());
    Ok(Session::Direct(session))
}

fn first_line(path: &str) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
