//! loadtest: thousands of bots in the rooms of a chat server, and a check that each of them gets every
//! line it must get. It knows papo only through docs/protocol.md, and other servers through the public
//! descriptions of their protocols.
//!
//! In the order of a run: `options` and `scenario` define the work, `compare` and `search` repeat it,
//! `run` is one run with the server as a `child`. `bots` join, `measure` lets them talk and measures,
//! `report` presents the results. `trouble` disturbs them from its own thread, `storm` is a run of
//! another kind, and `reference` is the bare fan-out that a server is compared with. The main thread
//! makes the bots join and leave; in the measured phase it only collects, and other threads run the bots.
//! Exit codes: 0 no fault; 1 a fault was found, the run failed or its result could not be written; 2 a
//! wrong option; 128 plus its number when a signal interrupted the run: 130 after ^C.

mod bots;
mod child;
mod compare;
mod measure;
mod options;
mod protocol;
mod reference;
mod report;
mod run;
mod scenario;
mod search;
mod signals;
mod storm;
mod trouble;

use options::{Invocation, Plan};
use scenario::Scenario;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let command = match options::parse(&arguments) {
        Ok(command) => command,
        Err(error) => {
            print_error(&format!(
                "{error}; `{} --help` tells the options",
                program_name()
            ));
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Invocation::Text(text) => print(&text).map(|()| true),
        Invocation::Reference(address, groups) => reference::run(address, groups).map(|()| true),
        Invocation::Load(plan) => load(&plan),
    };
    let code = match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print_error(&error);
            ExitCode::FAILURE
        }
    };
    match signals::caught() {
        Some(signal) => ExitCode::from(signals::exit_code(signal)),
        None => code,
    }
}

/// Run a load test from end to end; true without faults.
fn load(plan: &Plan) -> Result<bool, String> {
    signals::catch()?;
    if plan.scenario == Scenario::Storm {
        return compare::storms(plan).map(|storms| report::storms(plan, &storms));
    }
    report::check_files(plan)?;
    compare::run(plan).map(|outcome| report::report(plan, &outcome))
}

/// Print a line. A reader that closes the pipe early (`| head -1`) is no failure: the exit code still
/// tells the result.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// The name of the program, which is longer where it is installed.
pub(crate) fn program_name() -> &'static str {
    let path = std::env::args_os().next().unwrap_or_default();
    match std::path::Path::new(&path).ends_with("papo-loadtest") {
        true => "papo-loadtest",
        false => "loadtest",
    }
}

/// Print an error. If that fails too, only the exit code tells it.
pub(crate) fn print_error(text: &str) {
    print_note(&format!("{}: {text}", program_name()));
}

/// Print a note on standard error.
pub(crate) fn print_note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
