//! The command line of `papo`: words as typed to options as needed, and what both programs need for
//! that. It reads no environment but the locale that the caller hands in, and prints nothing.

use std::ffi::OsString;
use std::fmt;
use std::net::Ipv6Addr;

use argh::FromArgs;

use crate::words::{Language, Phrase, phrase};

/// The port of the protocol.
const PORT: u16 = 12345;

/// Chat with everybody on your network.
#[derive(FromArgs)]
#[argh(
    help_triggers("-h", "--help"),
    note = "Type /help in the chat for its commands. /quit, ^C twice or ^D on an empty line leave.\n\
            Keys: Tab completes a name, Up and Down are earlier lines, ^A and ^E go to the ends of \
            the line, ^U, ^K and ^W delete to its start, to its end and the last word, ^L empties \
            the screen.\n\
            Without a terminal papo is a filter: it sends its input and prints what it hears."
)]
struct Words {
    /// the server: HOST, HOST:PORT, [IPV6]:PORT or, as for nc, HOST PORT; localhost:12345 unless given
    #[argh(positional)]
    server: Vec<String>,

    /// your name; without it you are asked
    #[argh(option, arg_name = "NAME")]
    name: Option<String>,

    /// a file with the password of that name in its first line; where the name has no password,
    /// nothing is sent
    #[argh(option, arg_name = "FILE")]
    password_file: Option<String>,

    /// your language: en or pt
    #[argh(option, arg_name = "en|pt")]
    lang: Option<String>,

    /// tell the version
    #[argh(switch)]
    version: bool,
}

/// Where the server is.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the user wants.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// The server to connect to.
    pub server: Server,
    /// The name to send at once.
    pub name: Option<String>,
    /// Where the password of that name is.
    pub password_file: Option<String>,
    /// The language to ask the server for. Without it the server decides by its own rule.
    pub lang: Option<Language>,
    /// The language of the client's own texts.
    pub language: Language,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<O> {
    /// Chat.
    Run(O),
    /// Print this and end well.
    Show(String),
}

/// Parse what follows the program's name. An error is one line for the user.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
) -> Result<Command<Options>, String> {
    let language = Language::from_locale(locale);
    let refuse = |what: Phrase| usage("papo", language, &phrase(language, &what));
    let words: Words = match read("papo", language, arguments)? {
        Command::Run(words) => words,
        Command::Show(help) => return Ok(Command::Show(help)),
    };
    if words.version {
        return Ok(Command::Show(version("papo")));
    }
    let server = match words.server.as_slice() {
        [] => parse_server("localhost", PORT),
        [server] => parse_server(server, PORT),
        [server, port] if !has_port(server) => {
            parse_port(port).and_then(|port| parse_server(server, port))
        }
        [.., port] => Err(Phrase::TwoPorts(port)),
    };
    let server = server.map_err(refuse)?;
    if let Some(name) = words
        .name
        .as_deref()
        .filter(|name| !can_be_sent_as_name(name))
    {
        return Err(refuse(Phrase::BadName(name)));
    }
    if words.password_file.is_some() && words.name.is_none() {
        return Err(refuse(Phrase::PasswordWithoutName));
    }
    let lang = parse_language(words.lang.as_deref()).map_err(refuse)?;
    Ok(Command::Run(Options {
        server,
        name: words.name,
        password_file: words.password_file,
        lang,
        language: lang.unwrap_or(language),
    }))
}

/// The words of a program, or the help that was asked for.
pub(crate) fn read<W: FromArgs>(
    program: &str,
    language: Language,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command<W>, String> {
    let arguments: Result<Vec<String>, OsString> =
        arguments.into_iter().map(OsString::into_string).collect();
    let arguments = arguments
        .map_err(|_| usage(program, language, &phrase(language, &Phrase::BadText)))
        .map(split_equals)?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match W::from_args(&[program], &arguments) {
        Ok(words) => Ok(Command::Run(words)),
        Err(exit) if exit.status.is_ok() => {
            Ok(Command::Show(exit.output.trim_end().to_owned() + "\n"))
        }
        Err(exit) => Err(usage(
            program,
            language,
            &exit.output.trim().replace('\n', " "),
        )),
    }
}

/// What is wrong with the command line, and where to read more, in one line.
pub(crate) fn usage(program: &str, language: Language, what: &str) -> String {
    format!("{what}; {}", phrase(language, &Phrase::SeeHelp(program)))
}

/// The answer to `--version`.
pub(crate) fn version(program: &str) -> String {
    format!("{program} {}\n", env!("CARGO_PKG_VERSION"))
}

/// The language of `--lang`, if it was given.
pub(crate) fn parse_language(code: Option<&str>) -> Result<Option<Language>, Phrase<'_>> {
    let Some(code) = code else { return Ok(None) };
    let language = Language::from_code(code).ok_or(Phrase::BadLanguage(code))?;
    Ok(Some(language))
}

/// Whether a port is written behind the host.
fn has_port(server: &str) -> bool {
    match server.strip_prefix('[') {
        Some(bracketed) => bracketed.contains("]:"),
        None => server.contains(':') && server.parse::<Ipv6Addr>().is_err(),
    }
}

/// A port that can be connected to.
pub(crate) fn parse_port(port: &str) -> Result<u16, Phrase<'_>> {
    let number = port.parse().ok().filter(|&port| port != 0);
    number.ok_or(Phrase::BadPort(port))
}

/// argh compares whole words, so `--name=ana` is made `--name ana` before it looks.
fn split_equals(arguments: Vec<String>) -> Vec<String> {
    let mut split = Vec::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some((option, value)) if option.starts_with("--") => {
                split.extend([option.to_owned(), value.to_owned()]);
            }
            _ => split.push(argument),
        }
    }
    split
}

/// Which names are good is the server's to say; this one only must be one line and no command.
fn can_be_sent_as_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(|c: char| c.is_control() || c == ' ')
}

/// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
pub(crate) fn parse_server(text: &str, usual_port: u16) -> Result<Server, Phrase<'_>> {
    let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or(Phrase::BadHost(text))?;
        let is_address = host.parse::<Ipv6Addr>().is_ok();
        match rest.strip_prefix(':') {
            Some(port) if is_address => (host, Some(port)),
            None if is_address && rest.is_empty() => (host, None),
            _ => return Err(Phrase::BadHost(text)),
        }
    } else if text.parse::<Ipv6Addr>().is_ok() {
        (text, None)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    if host.is_empty() {
        return Err(Phrase::BadHost(text));
    }
    let port = match port {
        Some(port) => parse_port(port)?,
        None => usual_port,
    };
    Ok(Server {
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
