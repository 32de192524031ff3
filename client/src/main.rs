//! The program `papo`: arguments and environment in, an exit code out. What it does is in the library.
//! Exit codes: 0 left or done, 1 the session failed, 2 the command line is wrong.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use nix::sys::signal::raise;
use papo_client::options::{self, Command};
use papo_client::view::Colours;
use papo_client::{End, output};

fn main() -> ExitCode {
    let options = match options::parse(env::args_os().skip(1), &locale()) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Show(text)) => {
            // Nobody may be reading any more, as in `papo --help | head -1`.
            let _ = output::write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(what) => return fail(&what, 2),
    };
    let colours = if is_set("NO_COLOR") {
        Colours::Off
    } else {
        Colours::On
    };
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    match papo_client::run(&options, colours, is_dumb) {
        Ok(End::Left) => ExitCode::SUCCESS,
        Ok(End::Signal(signal)) => {
            // The terminal is restored; now the signal ends us as it would have ended anybody.
            let _ = raise(signal);
            ExitCode::FAILURE
        }
        Err(failure) => fail(&failure.sentence(options.language), 1),
    }
}

/// Tell it on standard error; when that is closed there is nobody to tell.
fn fail(what: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "papo: {what}");
    ExitCode::from(code)
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
