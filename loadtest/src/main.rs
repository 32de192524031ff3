//! loadtest: thousands of bots in one room of a chat server, and a check of every line that each
//! of them is owed. It knows the server only through docs/protocol.md.
//!
//! The files in the order of a run: options, run, child, net, crowd, bot, measure (with schedule,
//! flight, ledger and line, which are pure), process, report. `trouble` is who disturbs them, from a thread
//! of its own, `storm` a run of another kind, and `reference` the bare fan-out that a server is
//! compared with. But for the troublemakers, one thread does all of it.
//! Exit codes: 0 all is well, 1 a fault was found or the run failed, 2 a wrong option.

mod bot;
mod child;
mod crowd;
mod flight;
mod ledger;
mod line;
mod measure;
mod net;
mod options;
mod poller;
mod process;
mod progress;
mod protocol;
mod reference;
mod report;
mod run;
mod scenario;
mod schedule;
mod storm;
mod timeline;
mod trouble;

use options::Wish;
use scenario::Scenario;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let wish = match options::parse(&arguments) {
        Ok(wish) => wish,
        Err(error) => {
            complain(&format!("{error}; `loadtest --help` tells the options"));
            return ExitCode::from(2);
        }
    };
    let done = match wish {
        Wish::Text(text) => {
            print(&text);
            Ok(true)
        }
        Wish::Reference(address) => reference::run(address).map(|()| true),
        Wish::Load(plan) if plan.scenario == Scenario::Storm => {
            run::storm(&plan).map(|outcome| report::storms(&outcome, plan.json))
        }
        Wish::Load(plan) => run::run(&plan).map(|figures| report::report(&figures, plan.json)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints a line. Who closes the pipe early (`| head -1`) wants no more of it, and the exit code
/// still tells the result.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Tells what went wrong. When even that cannot be told, the exit code remains.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "loadtest: {text}");
}
