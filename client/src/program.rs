//! What both programs do from outside: arguments and environment in, an exit code out.
//! Exit codes: 0 left or done, 1 the session failed, 2 the command line is wrong.

use std::env::{self, ArgsOs};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::iter::Skip;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;

use nix::sys::signal::raise;

use crate::ending::{End, Failure};
use crate::options::Command;
use crate::reading::Reading;
use crate::session::{Mode, Session};
use crate::terminal::{Colours, app};
use crate::words::{Language, Phrase};
use crate::{output, pipe};

/// Parts of the names of terminals with 256 colours.
const MANY_COLOURS: &str = "256color direct kitty alacritty foot ghostty";

/// Run the program of this name: parse its arguments, start its session, serve that until it ends. `shape` tells the
/// language, whether somebody at a terminal would talk, and how they want to read.
/// An error of `parse` is one line for the user.
pub(crate) fn main<O, S: Session>(
    name: &str,
    parse: impl FnOnce(Skip<ArgsOs>, &str) -> Result<Command<O>, String>,
    shape: impl FnOnce(&O) -> (Language, bool, Reading),
    start: impl FnOnce(&O, Mode) -> Result<S, Failure>,
) -> ExitCode {
    let locale = locale();
    let options = match parse(env::args_os().skip(1), &locale) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Show(text)) => {
            return match output::print(&text) {
                // A reader may be gone, as in `papo --help | head -1`.
                Ok(_) => ExitCode::SUCCESS,
                Err(failure) => fail(name, &failure.sentence(Language::from_locale(&locale)), 1),
            };
        }
        Err(what) => return fail(name, &what, 2),
    };
    let (mut language, talks, reading) = shape(&options);
    let mode = mode(talks);
    let ended = start(&options, mode).and_then(|session| match mode {
        Mode::Terminal => {
            let colours = colours(reading.colours);
            app::run(session, &mut language, reading, colours)
        }
        Mode::Plain => pipe::run(session),
    });
    match ended {
        Ok(End::Left) => ExitCode::SUCCESS,
        Ok(End::Signal(signal)) => {
            // The terminal is restored; now the signal ends the process as usual.
            let _ = raise(signal);
            ExitCode::FAILURE
        }
        Err(failure) => fail(name, &failure.sentence(language), 1),
    }
}

/// Read the first line of a password file. That others can read it, too, is told.
pub(crate) fn read_password(path: &str, language: Language) -> Result<String, Failure> {
    let failed = |error| Failure::PasswordFile(path.to_owned(), error);
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        // Without a standard error nobody can be told.
        let told = Phrase::OpenPasswordFile(path).text(language);
        let _ = writeln!(io::stderr(), "{told}");
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Print an error. When standard error is closed, there is nobody to tell.
fn fail(name: &str, what: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{name}: {what}");
    ExitCode::from(code)
}

fn colours(wanted: Option<bool>) -> Colours {
    let term = env::var("TERM").unwrap_or_default();
    let has_all = is_set("COLORTERM") && term != "linux"
        || MANY_COLOURS.split(' ').any(|part| term.contains(part));
    match (wanted.unwrap_or(true) && !is_set("NO_COLOR"), has_all) {
        (false, _) => Colours::Off,
        (true, true) => Colours::On,
        (true, false) => Colours::Few,
    }
}

/// A terminal without escape sequences is served like a pipe, and so is a program that talks to nobody.
fn mode(talks: bool) -> Mode {
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    match talks && io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb {
        true => Mode::Terminal,
        false => Mode::Plain,
    }
}

/// The locale for messages, in the order of POSIX.
fn locale() -> String {
    let mut names = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
    let value = names.find(|name| is_set(name)).and_then(env::var_os);
    value.unwrap_or_default().to_string_lossy().into_owned()
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}
