//! What a program is from outside: arguments and environment in, an exit code out.
//! Exit codes: 0 left or done, 1 the session failed, 2 the command line is wrong.

use std::env::{self, ArgsOs};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::iter::Skip;
use std::process::ExitCode;

use nix::sys::signal::raise;

use crate::options::Command;
use crate::session::Mode;
use crate::terminal::view::Colours;
use crate::words::Language;
use crate::{End, Failure, output};

/// Run the program of this name. What `parse` and `run` refuse is one line for the user.
pub fn main<O>(
    name: &str,
    parse: impl FnOnce(Skip<ArgsOs>, &str) -> Result<Command<O>, String>,
    run: impl FnOnce(&O, Colours, Mode) -> Result<End, String>,
) -> ExitCode {
    let locale = locale();
    let options = match parse(env::args_os().skip(1), &locale) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Show(text)) => {
            return match output::write_all(text.as_bytes()) {
                // Nobody may be reading any more, as in `papo --help | head -1`.
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    let language = Language::from_locale(&locale);
                    fail(name, &Failure::Output(error).sentence(language), 1)
                }
                _ => ExitCode::SUCCESS,
            };
        }
        Err(what) => return fail(name, &what, 2),
    };
    match run(&options, colours(), mode()) {
        Ok(End::Left) => ExitCode::SUCCESS,
        Ok(End::Signal(signal)) => {
            // The terminal is restored; now the signal ends us as it would have ended anybody.
            let _ = raise(signal);
            ExitCode::FAILURE
        }
        Err(what) => fail(name, &what, 1),
    }
}

/// Tell it on standard error; when that is closed there is nobody to tell.
fn fail(name: &str, what: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{name}: {what}");
    ExitCode::from(code)
}

fn colours() -> Colours {
    match is_set("NO_COLOR") {
        true => Colours::Off,
        false => Colours::On,
    }
}

/// A terminal that knows no sequences is served as a pipe is.
fn mode() -> Mode {
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    match io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb {
        true => Mode::Terminal,
        false => Mode::Plain,
    }
}

/// The locale of messages, by the order of POSIX.
fn locale() -> String {
    let first = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find(|name| is_set(name));
    first
        .and_then(env::var_os)
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}
