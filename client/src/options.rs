//! The command line of `papo`, and the parts that both programs share. It reads no environment but the
//! locale that the caller hands in, and prints nothing.

use std::ffi::OsString;
use std::fmt;
use std::net::Ipv6Addr;

use argh::FromArgs;

use crate::reading::{Notify, Reading};
use crate::words::{Language, UsageError, texts};

/// The port of the protocol.
pub(crate) const PORT: u16 = 12345;

/// Chat with everybody on your network.
#[derive(FromArgs)]
#[argh(
    help_triggers("-h", "--help"),
    note = "Type /help in the chat for its commands. /quit, ^C twice or ^D on an empty line leave.\n\
            Keys: Tab completes names, /commands, #rooms and ids; Up, Down and ^R go through what you \
            typed before; those of Emacs and readline: ^A ^E Alt-b Alt-f ^K ^U ^W ^Y Alt-y ^T ^_ ...; \
            ^X^E opens your $EDITOR; ^L empties the screen.\n\
            Without a terminal papo is a filter: it sends its input and prints what it hears.\n\
            In scripts: papo HOST --name NAME --once TEXT; papo HOST --name NAME --follow --json."
)]
struct Arguments {
    /// the server: HOST, HOST:PORT, [IPV6]:PORT or, as for nc, HOST PORT; without it
    /// localhost:12345 or, when nothing is there, the server that the network tells of
    #[argh(positional)]
    server: Vec<String>,

    /// your name; without it you are asked
    #[argh(option, arg_name = "NAME")]
    name: Option<String>,

    /// the room to speak in, instead of the lobby
    #[argh(option, arg_name = "ROOM")]
    room: Option<String>,

    /// say this line and leave; 0 is returned only if it was said
    #[argh(option, arg_name = "TEXT")]
    once: Option<String>,

    /// print what is said, from now on and without an end
    #[argh(switch)]
    follow: bool,

    /// with --follow: as JSON, an object in each line
    #[argh(switch)]
    json: bool,

    /// without a terminal: no welcome, and no lines of before
    #[argh(switch)]
    quiet: bool,

    /// a file with the password of that name in its first line; where the name has no password,
    /// nothing is sent
    #[argh(option, arg_name = "FILE")]
    password_file: Option<String>,

    /// encrypt what you say; the server's certificate is remembered, and another one is refused
    #[argh(switch)]
    tls: bool,

    /// with --tls: forget the certificate that is remembered, and trust the server anew
    #[argh(switch)]
    forget: bool,

    /// for screen readers: no colours, and one line after another
    #[argh(switch)]
    plain: bool,

    /// do not show when lines were said
    #[argh(switch)]
    no_times: bool,

    /// a word that stands out wherever it is said, as your name does; can be given again
    #[argh(option, arg_name = "WORD")]
    highlight: Vec<String>,

    /// how you are told of such words and of private lines while the window has not the focus
    #[argh(option, arg_name = "off|bell|desktop")]
    notify: Option<String>,

    /// your language: en or pt
    #[argh(option, arg_name = "en|pt")]
    lang: Option<String>,

    /// tell the version
    #[argh(switch)]
    version: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Server {
    /// As one types it.
    pub(crate) fn typed(&self) -> String {
        match self.port {
            PORT => self.host.clone(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Which certificate of a server is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The one that is known; any if none is.
    Known,
    /// Any, and from then on that.
    Anew,
    /// The one that was met in this session.
    Only(Identity),
}

/// What is known of a server from its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The SHA-256 of the certificate, as people compare it.
    pub(crate) certificate: String,
    /// That of its public key. An older papo has not kept it.
    pub(crate) key: Option<String>,
}

impl Identity {
    /// Whether who shows that is the same server: a renewed certificate has the key of before.
    pub(crate) fn is_same(&self, other: &Identity) -> bool {
        self.certificate == other.certificate || self.key.is_some() && self.key == other.key
    }
}

/// What is done instead of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// This line is said.
    Say(String),
    /// What is said is printed, as text.
    Follow,
    /// The same as JSON.
    FollowJson,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) server: Server,
    /// No server was named: when there is none on this computer, one on the network will do.
    pub(crate) may_look: bool,
    /// Whom to trust, if the connection is to be encrypted.
    pub(crate) tls: Option<Trust>,
    /// The name to send at once.
    pub(crate) name: Option<String>,
    pub(crate) password_file: Option<String>,
    /// The room to go to.
    pub(crate) room: Option<String>,
    pub(crate) task: Option<Task>,
    /// Whether neither the welcome nor lines of before are printed.
    pub(crate) is_quiet: bool,
    pub(crate) reading: Reading,
    /// The language to ask the server for; without it the server chooses.
    pub(crate) lang: Option<Language>,
    /// The language of the client's own texts.
    pub(crate) language: Language,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command<O> {
    Run(O),
    /// Print this text and exit.
    Show(String),
}

/// Parse the command line without the program's name. An error is one line for the user.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
) -> Result<Command<Options>, String> {
    read("papo", arguments, locale, check)
}

fn check(arguments: Arguments, language: Language) -> Result<Option<Options>, String> {
    let refuse = |error: UsageError| error.sentence(language);
    if arguments.version {
        return Ok(None);
    }
    let server = match arguments.server.as_slice() {
        [] => parse_server("localhost", PORT),
        [server] => parse_server(server, PORT),
        [server, port] if !matches!(split_port(server), Ok((_, Some(_)))) => {
            parse_port(port).and_then(|port| parse_server(server, port))
        }
        [.., port] => Err(UsageError::TwoPorts(port)),
    };
    let server = server.map_err(refuse)?;
    match arguments.name.as_deref() {
        Some(name) if !can_be_sent_as_name(name) => return Err(refuse(UsageError::Name(name))),
        None if arguments.password_file.is_some() => {
            return Err(refuse(UsageError::PasswordWithoutName));
        }
        None if arguments.once.is_some() || arguments.follow => {
            return Err(refuse(UsageError::ScriptWithoutName));
        }
        _ => {}
    }
    if let Some(room) = arguments
        .room
        .as_deref()
        .filter(|room| !can_be_sent_as_name(room))
    {
        return Err(refuse(UsageError::Room(room)));
    }
    let task = task(&arguments).map_err(refuse)?;
    let lang = parse_language(arguments.lang.as_deref()).map_err(refuse)?;
    let notify = arguments.notify.as_deref().unwrap_or("off");
    let notify = Notify::parse(notify).ok_or_else(|| refuse(UsageError::Notify(notify)))?;
    let trust = match arguments.forget {
        true => Trust::Anew,
        false => Trust::Known,
    };
    if arguments.forget && !arguments.tls {
        return Err(refuse(UsageError::ForgetWithoutTls));
    }
    Ok(Some(Options {
        server,
        may_look: arguments.server.is_empty(),
        tls: arguments.tls.then_some(trust),
        name: arguments.name,
        password_file: arguments.password_file,
        room: arguments.room,
        task,
        is_quiet: arguments.quiet,
        reading: Reading {
            times: !arguments.no_times,
            highlight: arguments.highlight,
            notify,
            is_plain: arguments.plain,
        },
        lang,
        language: lang.unwrap_or(language),
    }))
}

fn task(arguments: &Arguments) -> Result<Option<Task>, UsageError<'static>> {
    match (&arguments.once, arguments.follow, arguments.json) {
        (Some(_), true, _) => Err(UsageError::OnceAndFollow),
        (_, false, true) => Err(UsageError::JsonWithoutFollow),
        (Some(text), ..) if text.trim().is_empty() || text.contains(['\n', '\r']) => {
            Err(UsageError::OneLine)
        }
        (Some(text), ..) => Ok(Some(Task::Say(text.clone()))),
        (None, true, false) => Ok(Some(Task::Follow)),
        (None, true, true) => Ok(Some(Task::FollowJson)),
        (None, false, false) => Ok(None),
    }
}

/// Parse the command line of either program. `check` makes options of the arguments, or `None` when
/// only the version was asked for.
pub(crate) fn read<A: FromArgs, O>(
    program: &str,
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
    check: impl FnOnce(A, Language) -> Result<Option<O>, String>,
) -> Result<Command<O>, String> {
    let language = Language::from_locale(locale);
    let refuse = |what: String| -> String {
        texts!(language, what, {
            what => "{what}; {program} --help tells more", "{what}; {program} --help diz mais";
        })
    };
    let arguments: Result<Vec<String>, OsString> =
        arguments.into_iter().map(OsString::into_string).collect();
    let arguments = arguments.map_err(|_| refuse(UsageError::NotUtf8.sentence(language)))?;
    let arguments: Vec<&str> = arguments.iter().flat_map(|a| split_equals(a)).collect();
    match A::from_args(&[program], &arguments) {
        Ok(arguments) => Ok(match check(arguments, language).map_err(refuse)? {
            Some(options) => Command::Run(options),
            None => Command::Show(format!("{program} {}\n", env!("CARGO_PKG_VERSION"))),
        }),
        Err(exit) if exit.status.is_ok() => {
            Ok(Command::Show(exit.output.trim_end().to_owned() + "\n"))
        }
        Err(exit) => Err(refuse(exit.output.trim().replace('\n', " "))),
    }
}

/// argh compares whole words, so `--name=ana` becomes `--name ana`.
fn split_equals(argument: &str) -> Vec<&str> {
    match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => vec![option, value],
        _ => vec![argument],
    }
}

/// The language of `--lang`, if it was given.
pub(crate) fn parse_language(code: Option<&str>) -> Result<Option<Language>, UsageError<'_>> {
    let parse = |code| Language::from_code(code).ok_or(UsageError::Language(code));
    code.map(parse).transpose()
}

/// A port that can be connected to.
pub(crate) fn parse_port(port: &str) -> Result<u16, UsageError<'_>> {
    let number = port.parse().ok().filter(|&port| port != 0);
    number.ok_or(UsageError::Port(port))
}

/// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
pub(crate) fn parse_server(text: &str, usual_port: u16) -> Result<Server, UsageError<'_>> {
    let (host, port) = split_port(text)?;
    Ok(Server {
        host: host.to_owned(),
        port: port.map_or(Ok(usual_port), parse_port)?,
    })
}

/// The host, without brackets, and the port if it is given.
fn split_port(text: &str) -> Result<(&str, Option<&str>), UsageError<'_>> {
    // An address of one link may name its interface: `fe80::1%eth0`.
    let is_ipv6 = |host: &str| match host.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv6Addr>().is_ok(),
    };
    let parts = if let Some(bracketed) = text.strip_prefix('[') {
        match bracketed.split_once(']') {
            Some((host, "")) if is_ipv6(host) => Some((host, None)),
            Some((host, rest)) if is_ipv6(host) => {
                rest.strip_prefix(':').map(|port| (host, Some(port)))
            }
            _ => None,
        }
    } else if is_ipv6(text) {
        Some((text, None))
    } else {
        let (host, port) = text.split_once(':').unzip();
        Some((host.unwrap_or(text), port))
    };
    parts
        .filter(|(host, _)| !host.is_empty())
        .ok_or(UsageError::Host(text))
}

/// The server decides which names are allowed; this one must only be a single word and no command.
fn can_be_sent_as_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(|c: char| c.is_control() || c == ' ')
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
