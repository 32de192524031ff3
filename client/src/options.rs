//! The command line: words as typed to options as needed. It reads no environment but the locale
//! that the caller hands in, and prints nothing.

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
            Without a terminal papo is a filter: it sends its input and prints what it hears."
)]
struct Words {
    /// the server, HOST or HOST:PORT or [IPV6]:PORT; localhost:12345 unless given
    #[argh(positional)]
    server: Option<String>,

    /// your name; without it you are asked
    #[argh(option, arg_name = "NAME")]
    name: Option<String>,

    /// your language: en or pt
    #[argh(option, arg_name = "LANG")]
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
    /// The TCP port.
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
    /// The language to ask the server for. Without it the server decides by its own rule.
    pub lang: Option<Language>,
    /// The language of the client's own texts.
    pub language: Language,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Chat.
    Run(Options),
    /// Print this and end well.
    Show(String),
}

/// Parse what follows the program's name. An error is one line for the user.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
) -> Result<Command, String> {
    let language = Language::from_locale(locale);
    let usage = |what: String| format!("{what}; {}", phrase(language, &Phrase::SeeHelp));
    let refuse = |what: Phrase| usage(phrase(language, &what));
    let arguments: Result<Vec<String>, OsString> =
        arguments.into_iter().map(OsString::into_string).collect();
    let arguments = split_equals(arguments.map_err(|_| refuse(Phrase::BadText))?);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let words = match Words::from_args(&["papo"], &arguments) {
        Ok(words) => words,
        Err(exit) if exit.status.is_ok() => {
            return Ok(Command::Show(exit.output.trim_end().to_owned() + "\n"));
        }
        Err(exit) => return Err(usage(exit.output.trim().replace('\n', " "))),
    };
    if words.version {
        return Ok(Command::Show(format!(
            "papo {}\n",
            env!("CARGO_PKG_VERSION")
        )));
    }
    let server = parse_server(words.server.as_deref().unwrap_or("localhost")).map_err(refuse)?;
    if let Some(name) = words
        .name
        .as_deref()
        .filter(|name| !can_be_sent_as_name(name))
    {
        return Err(refuse(Phrase::BadName(&name.escape_debug().to_string())));
    }
    let lang = match words.lang.as_deref() {
        Some(code) => {
            Some(Language::from_code(code).ok_or_else(|| refuse(Phrase::BadLanguage(code)))?)
        }
        None => None,
    };
    Ok(Command::Run(Options {
        server,
        name: words.name,
        lang,
        language: lang.unwrap_or(language),
    }))
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

fn parse_server(text: &str) -> Result<Server, Phrase<'_>> {
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
        Some(port) => port
            .parse()
            .ok()
            .filter(|&port| port != 0)
            .ok_or(Phrase::BadPort(port))?,
        None => PORT,
    };
    Ok(Server {
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from), "en_US.UTF-8")
    }

    fn options(line: &str) -> Options {
        match parse_words(line) {
            Ok(Command::Run(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn servers() {
        for (line, expected) in [
            ("", "localhost:12345"),
            ("host", "host:12345"),
            ("host:7000", "host:7000"),
            ("10.0.0.1:7000", "10.0.0.1:7000"),
            ("[::1]", "[::1]:12345"),
            ("[::1]:7000", "[::1]:7000"),
            ("::1", "[::1]:12345"),
        ] {
            assert_eq!(options(line).server.to_string(), expected, "for {line}");
        }
    }

    #[test]
    fn options_in_both_forms() {
        let expected = options("host --name ana --lang pt");
        assert_eq!(expected.name.as_deref(), Some("ana"));
        assert_eq!(
            (expected.lang, expected.language),
            (Some(Language::Pt), Language::Pt)
        );
        assert_eq!(options("--name=ana host --lang=pt"), expected);
        assert_eq!(
            (options("").lang, options("").language),
            (None, Language::En)
        );
    }

    #[test]
    fn the_locale_chooses_the_language_of_the_client_only() {
        let Ok(Command::Run(options)) = parse([], "pt_BR.UTF-8") else {
            panic!()
        };
        assert_eq!((options.lang, options.language), (None, Language::Pt));
    }

    #[test]
    fn usage_errors_are_one_line() {
        for (line, what) in [
            ("host:0", "port"),
            ("host:99999", "port"),
            ("host:x", "port"),
            (":7000", "host"),
            ("[::1", "host"),
            ("[host]:1", "host"),
            ("--lang de", "language"),
            ("--name /quit", "name"),
            ("--name=", "name"),
            ("--nam ana", "--nam"),
            ("a b", "b"),
            ("--name", "--name"),
        ] {
            let error = parse_words(line).expect_err(line);
            assert!(
                error.contains(what) && !error.contains('\n'),
                "{line}: {error}"
            );
            assert!(error.ends_with("papo --help tells more"), "{line}: {error}");
        }
    }

    #[test]
    fn help_and_version() {
        for line in ["-h", "--help"] {
            let Ok(Command::Show(help)) = parse_words(line) else {
                panic!("{line}")
            };
            assert!(help.contains("--name") && help.contains("--lang"), "{help}");
            assert!(help.ends_with(".\n"), "{help}");
        }
        let Ok(Command::Show(version)) = parse_words("--version") else {
            panic!()
        };
        assert_eq!(version, format!("papo {}\n", env!("CARGO_PKG_VERSION")));
        assert_eq!(options("help").server.host, "help");
    }
}
