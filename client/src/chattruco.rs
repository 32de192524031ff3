//! `papo-chattruco`: one user of a ChatTruco directory, in the terminal and between the pipes that
//! `papo` has. All that is ChatTruco's is in this folder; nothing outside names it.
//!
//! `user` decides what is sent and shown (pure), `wire` makes and reads datagrams, `datagrams` has the
//! socket, `session` carries between those and the terminal.

pub mod action;
pub mod datagrams;
pub mod options;
pub mod session;
pub mod user;
pub mod wire;
pub mod words;

use std::io::{self, IsTerminal};
use std::time::Instant;

use crate::session::Mode;
use crate::terminal::view::Colours;
use crate::{End, Failure, converse, read_password};
use datagrams::Datagrams;
use options::Options;
use session::DirectSession;
use user::Login;
use words::{Hindrance, hindrance};

/// One session, from the login to the end. An error is one sentence for the user.
pub fn run(options: &Options, colours: Colours, mode: Mode) -> Result<End, String> {
    log_in(options, mode)
        .and_then(|session| converse(session, options.language, colours, mode))
        .map_err(|failure| failure.sentence(options.language))
}

/// Begin with the directory.
fn log_in(options: &Options, mode: Mode) -> Result<DirectSession, Failure> {
    let (server, bind) = (&options.server, &options.bind);
    let cannot = |what: &Hindrance| Failure::Service(hindrance(options.language, what));
    let password = match &options.password_file {
        Some(path) => Some(read_password(path)?),
        None if mode == Mode::Plain && io::stdin().is_terminal() => {
            return Err(cannot(&Hindrance::VisiblePassword));
        }
        None => None,
    };
    let address = datagrams::resolve(server, bind)
        .map_err(|error| Failure::Connect(server.to_string(), error))?;
    let socket = Datagrams::open(address, bind, options.peer_port).map_err(|error| {
        let address = &bind.to_string();
        cannot(&Hindrance::Bind {
            address,
            error: &error,
        })
    })?;
    let login = Login {
        email: options.email.clone(),
        password,
        registers: options.registers,
        is_terminal: mode == Mode::Terminal,
    };
    let name = server.to_string();
    Ok(DirectSession::start(
        socket,
        login,
        name,
        options.language,
        Instant::now(),
    ))
}
