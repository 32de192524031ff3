//! `papo-chattruco`: one user of a ChatTruco directory, in the terminal and between the pipes that
//! `papo` has. Everything about ChatTruco is in this folder; nothing outside names it.
//!
//! `user` decides what is sent and shown (pure), `wire` makes and reads datagrams, `datagrams` has the
//! socket, `session` connects these to the terminal.

pub mod action;
mod datagrams;
mod options;
mod session;
pub mod user;
mod wire;
mod words;

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::Instant;

use crate::ending::Failure;
use crate::program;
use crate::reading::Reading;
use crate::session::Mode;
use datagrams::Datagrams;
use options::{Options, PROGRAM};
use session::DatagramSession;
use user::Login;
use words::StartError;

/// The program `papo-chattruco`.
pub fn main() -> ExitCode {
    program::main(
        PROGRAM,
        options::parse,
        |options| (options.language, true, Reading::default()),
        log_in,
    )
}

/// Start a session by logging in to the directory.
fn log_in(options: &Options, mode: Mode) -> Result<DatagramSession, Failure> {
    let (server, bind) = (&options.server, &options.bind);
    let cannot = |error: StartError| Failure::Service(error.sentence(options.language));
    let password = match &options.password_file {
        Some(path) => Some(program::read_password(path, options.language)?),
        None if mode == Mode::Plain && io::stdin().is_terminal() => {
            return Err(cannot(StartError::VisiblePassword));
        }
        None => None,
    };
    let address = datagrams::resolve(server, bind)
        .map_err(|error| Failure::Connect(server.to_string(), error))?;
    let socket = Datagrams::open(address, bind, options.peer_port).map_err(|error| {
        cannot(StartError::Bind {
            address: &bind.to_string(),
            error: &error,
        })
    })?;
    let login = Login {
        email: options.email.clone(),
        password,
        registers: options.registers,
        is_terminal: mode == Mode::Terminal,
    };
    let (name, language) = (server.to_string(), options.language);
    Ok(DatagramSession::start(
        socket,
        login,
        name,
        language,
        Instant::now(),
    ))
}
