//! loadtest: thousands of bots in the rooms of a chat server, and a check of every line that each
//! of them is owed. It knows papo only through docs/protocol.md, and other servers through the public
//! descriptions of their protocols.
//!
//! In the order of a run: `options` and `scenario` say what is to be done, `compare` and `search` repeat
//! it, `run` is one run with the server as a `child`. `bots` come in, `measure` lets them talk and looks
//! on, `report` tells what came of it. `trouble` disturbs them from a thread of its own, `storm` is a run
//! of another kind, and `reference` the bare fan-out that a server is compared with. One thread brings
//! the bots in and lets them go; while the run is measured it only looks on, and others share them.
//! Exit codes: 0 all is well, 1 a fault was found, the run failed or its result could not be written, 2 a
//! wrong option, 128 and its number when a signal has interrupted the run: 130 after ^C.

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

use options::{Plan, Wish};
use scenario::Scenario;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let wish = match options::parse(&arguments) {
        Ok(wish) => wish,
        Err(error) => {
            complain(&format!("{error}; `{} --help` tells the options", called()));
            return ExitCode::from(2);
        }
    };
    let done = match wish {
        Wish::Text(text) => print(&text).map(|()| true),
        Wish::Reference(address, groups) => reference::run(address, groups).map(|()| true),
        Wish::Load(plan) => load(&plan),
    };
    let code = match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    };
    match signals::caught() {
        Some(signal) => ExitCode::from(signals::exit_code(signal)),
        None => code,
    }
}

/// A load test from end to end; whether all is well.
fn load(plan: &Plan) -> Result<bool, String> {
    signals::catch()?;
    if plan.scenario == Scenario::Storm {
        return compare::storms(plan).map(|storms| report::storms(plan, &storms));
    }
    report::check_files(plan)?;
    compare::run(plan).map(|outcome| report::report(plan, &outcome))
}

/// Prints a line. Who closes the pipe early (`| head -1`) wants no more of it, and the exit code
/// still tells the result; any other failure to write it is one.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// The name of the program: where it is installed among others it has a longer one.
pub(crate) fn called() -> &'static str {
    let path = std::env::args_os().next().unwrap_or_default();
    match std::path::Path::new(&path).ends_with("papo-loadtest") {
        true => "papo-loadtest",
        false => "loadtest",
    }
}

/// Tells what went wrong. When even that cannot be told, the exit code remains.
pub(crate) fn complain(text: &str) {
    tell(&format!("{}: {text}", called()));
}

/// Says something beside the result.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
