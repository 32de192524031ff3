//! The command line of `papo`, and the parts that both programs share. It reads no environment but the
//! locale and the settings that the caller hands in, and prints nothing.

mod address;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::iter;

use argh::{ArgsInfo, FlagInfo, FlagInfoKind, FromArgs};

use crate::reading::{Manner, Notify, Reading};
use crate::session::protocol::Typed;
use crate::settings::Settings;
use crate::words::{Language, UsageError, help, texts};
use address::split_port;
pub(crate) use address::{PORT, Server, parse_port, parse_server};

/// Chat with everybody on your network. What --help shows is words/help.rs.
#[derive(FromArgs, ArgsInfo)]
#[argh(help_triggers("-h", "--help"))]
struct Arguments {
    /// HOST, HOST:PORT, [IPV6]:PORT, HOST PORT as for nc, or a short name of the settings
    #[argh(positional)]
    server: Vec<String>,
    /// your name
    #[argh(option)]
    name: Option<String>,
    /// the same as --name
    #[argh(option, long = "as")]
    known_as: Option<String>,
    /// the room to speak in
    #[argh(option)]
    room: Option<String>,
    /// say this line and leave
    #[argh(option)]
    once: Option<String>,
    /// print what is said
    #[argh(switch)]
    follow: bool,
    /// as JSON
    #[argh(switch)]
    json: bool,
    /// what was said since a line or a time, too
    #[argh(option)]
    since: Option<String>,
    /// no welcome, and no lines of before
    #[argh(switch)]
    quiet: bool,
    /// a file with the password of the name
    #[argh(option, arg_name = "file")]
    password_file: Option<String>,
    /// encrypt what you say
    #[argh(switch)]
    tls: bool,
    /// forget the certificate that is remembered
    #[argh(switch)]
    forget: bool,
    /// a screen of its own: rooms, who is here, search
    #[argh(switch)]
    full: bool,
    /// no such screen
    #[argh(switch)]
    no_full: bool,
    /// for screen readers
    #[argh(switch)]
    plain: bool,
    /// do not show when lines were said
    #[argh(switch)]
    no_times: bool,
    /// a word that stands out
    #[argh(option)]
    highlight: Vec<String>,
    /// off, bell or desktop
    #[argh(option, arg_name = "off|bell|desktop")]
    notify: Option<String>,
    /// en or pt
    #[argh(option, arg_name = "en|pt")]
    lang: Option<String>,
    /// tell the version
    #[argh(switch)]
    version: bool,
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

/// From where on lines of before are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Since {
    /// Behind the line with this number of this epoch.
    Line(u64, u64),
    /// From a time on, as `/history` takes it.
    Time(String),
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
    /// Those of the settings, with their short names.
    pub(crate) servers: BTreeMap<String, String>,
    /// No server was named: when there is none on this computer, one on the network will do.
    pub(crate) may_look: bool,
    /// Whom to trust, if the connection is to be encrypted.
    pub(crate) tls: Option<Trust>,
    /// The name to send at once.
    pub(crate) name: Option<String>,
    /// It is that of the settings: a pipe whose input may begin with a name has another one.
    pub(crate) is_usual_name: bool,
    pub(crate) password_file: Option<String>,
    /// The room to go to.
    pub(crate) room: Option<String>,
    pub(crate) task: Option<Task>,
    pub(crate) since: Option<Since>,
    /// Whether neither the welcome nor lines of before are printed.
    pub(crate) is_quiet: bool,
    pub(crate) reading: Reading,
    /// What is wrong with the settings.
    pub(crate) warnings: Vec<String>,
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

/// Parse the command line without the program's name. An error is one line for the user. The settings are asked for
/// only to run.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
    settings: impl FnOnce(Language) -> Result<Settings, String>,
) -> Result<Command<Options>, String> {
    // The manual page and the completions are made of each option and what it does.
    let is_short = std::env::var_os("PAPO_HELP").is_none();
    let help = |all, language| if is_short { help(language) } else { all };
    read("papo", arguments, locale, help, |arguments, language| {
        check(arguments, language, settings)
    })
}

fn check(
    arguments: Arguments,
    language: Language,
    settings: impl FnOnce(Language) -> Result<Settings, String>,
) -> Result<Option<Options>, String> {
    let refuse = |error: UsageError| error.sentence(language);
    if arguments.version {
        return Ok(None);
    }
    let settings = settings(language)?;
    let (server, is_secure, room) = place(&arguments.server, &settings).map_err(refuse)?;
    let room = arguments.room.clone().or(room.map(str::to_owned));
    let uses_tls = arguments.tls || is_secure;
    let task = task(&arguments).map_err(refuse)?;
    let manner = manner(&arguments, &settings);
    let given = arguments.name.or(arguments.known_as);
    let is_usual_name = given.is_none() && arguments.password_file.is_none();
    let name = given.or_else(|| settings.name.clone());
    match name.as_deref() {
        Some(name) if !can_be_sent_as_name(name) => return Err(refuse(UsageError::Name(name))),
        None if arguments.password_file.is_some() => {
            return Err(refuse(UsageError::Needs("--password-file", "--name")));
        }
        None if task.is_some() => return Err(refuse(UsageError::ScriptWithoutName)),
        _ => {}
    }
    if let Some(room) = room.as_deref().filter(|room| !can_be_sent_as_name(room)) {
        return Err(refuse(UsageError::Room(room)));
    }
    let since = arguments.since.as_deref().map(since);
    let lang = parse_language(arguments.lang.as_deref()).map_err(refuse)?;
    let lang = lang.or(settings.lang);
    let notify = match arguments.notify.as_deref() {
        Some(word) => Some(Notify::parse(word).ok_or_else(|| refuse(UsageError::Notify(word)))?),
        None => settings.notify,
    };
    let trust = match arguments.forget {
        true => Trust::Anew,
        false => Trust::Known,
    };
    if arguments.forget && !uses_tls {
        return Err(refuse(UsageError::Needs("--forget", "--tls")));
    }
    Ok(Some(Options {
        servers: settings.servers,
        server,
        may_look: arguments.server.is_empty(),
        tls: uses_tls.then_some(trust),
        name,
        is_usual_name,
        password_file: arguments.password_file,
        room,
        task,
        since,
        is_quiet: arguments.quiet,
        reading: Reading {
            times: !arguments.no_times && settings.times.unwrap_or(true),
            highlight: iter::chain(arguments.highlight, settings.highlight).collect(),
            notify: notify.unwrap_or_default(),
            colours: settings.colours,
            bindings: settings.keys,
            manner,
        },
        warnings: settings.warnings,
        lang,
        language: lang.unwrap_or(language),
    }))
}

/// The server that was typed, whether with TLS, and the room.
pub(crate) type Place<'a> = (Server, bool, Option<&'a str>);

/// What was typed may be a short name of the settings, or an address as browsers take it.
fn place<'a>(typed: &'a [String], settings: &'a Settings) -> Result<Place<'a>, UsageError<'a>> {
    let server = match typed {
        [] => parse_server("localhost", PORT),
        [short] => return address(settings.server(short)),
        [server, port] if !matches!(split_port(server), Ok((_, Some(_)))) => {
            parse_port(port).and_then(|port| parse_server(server, port))
        }
        [.., port] => Err(UsageError::TwoPorts(port)),
    };
    Ok((server?, false, None))
}

/// An address as it stands in the settings, too.
pub(crate) fn address(typed: &str) -> Result<Place<'_>, UsageError<'_>> {
    let mut schemes = [("http://", false), ("https://", true), ("tls://", true)].into_iter();
    let rest = |(scheme, is_secure)| Some((typed.strip_prefix(scheme)?, is_secure));
    let (address, is_secure) = schemes.find_map(rest).unwrap_or((typed, false));
    let (server, room) = address.split_once('/').unwrap_or((address, ""));
    let room = Some(room).filter(|room| !room.is_empty());
    Ok((parse_server(server, PORT)?, is_secure, room))
}

fn task(arguments: &Arguments) -> Result<Option<Task>, UsageError<'static>> {
    match (&arguments.once, arguments.follow, arguments.json) {
        (Some(_), true, _) => Err(UsageError::OnceAndFollow),
        (_, false, true) => Err(UsageError::Needs("--json", "--follow")),
        (_, false, _) if arguments.since.is_some() => Err(UsageError::Needs("--since", "--follow")),
        (Some(text), ..) if text.trim().is_empty() || text.contains(['\n', '\r']) => {
            Err(UsageError::OneLine)
        }
        (Some(text), ..) if !is_said(text, arguments.password_file.is_some()) => {
            Err(match arguments.password_file {
                Some(_) => UsageError::OnceWithPassword,
                None => UsageError::OnceCommand,
            })
        }
        (Some(text), ..) => Ok(Some(Task::Say(text.clone()))),
        (None, true, false) => Ok(Some(Task::Follow)),
        (None, true, true) => Ok(Some(Task::FollowJson)),
        (None, false, false) => Ok(None),
    }
}

/// The command line goes before the settings, but for a screen reader.
fn manner(arguments: &Arguments, settings: &Settings) -> Manner {
    let is_full = arguments.full || settings.full && !arguments.no_full;
    match (arguments.plain || settings.plain, is_full) {
        (true, _) => Manner::Plain,
        (false, true) => Manner::Full,
        (false, false) => Manner::Lines,
    }
}

/// `EPOCH:NUMBER`, or a time, which may be `10:30`. Epochs are long.
fn since(typed: &str) -> Since {
    let is_long = typed.len() > "10:30".len();
    let line = typed.split_once(':').filter(|_| is_long);
    match line.map(|(epoch, number)| (epoch.parse(), number.parse())) {
        Some((Ok(epoch), Ok(number))) => Since::Line(epoch, number),
        _ => Since::Time(typed.to_owned()),
    }
}

/// Whether others read the line, of which the server then says that it was said.
fn is_said(text: &str, has_password: bool) -> bool {
    match Typed::parse(text) {
        Typed::Say(_) => true,
        Typed::Act(_) | Typed::Private { .. } | Typed::Reply(_) | Typed::About => !has_password,
        _ => false,
    }
}

/// Parse the command line of either program. `check` makes options of the arguments, or `None` when
/// only the version was asked for, and `help` the help of argh's.
pub(crate) fn read<A: FromArgs + ArgsInfo, O>(
    program: &str,
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
    help: impl FnOnce(String, Language) -> String,
    check: impl FnOnce(A, Language) -> Result<Option<O>, String>,
) -> Result<Command<O>, String> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let language = asked_for(&arguments).unwrap_or_else(|| Language::from_locale(locale));
    let refuse = |what: String| -> String {
        texts!(language, what, {
            what => "{what}; {program} --help tells more", "{what}; {program} --help diz mais";
        })
    };
    let arguments: Result<Vec<String>, OsString> =
        arguments.into_iter().map(OsString::into_string).collect();
    let arguments = arguments.map_err(|_| refuse(UsageError::NotUtf8.sentence(language)))?;
    match A::from_args(&[program], &split_equals::<A>(&arguments)) {
        Ok(arguments) => Ok(match check(arguments, language).map_err(refuse)? {
            Some(options) => Command::Run(options),
            None => Command::Show(format!("{program} {}\n", env!("CARGO_PKG_VERSION"))),
        }),
        Err(exit) if exit.status.is_ok() => {
            let text = exit.output.trim_end().to_owned() + "\n";
            Ok(Command::Show(help(text, language)))
        }
        Err(exit) => Err(refuse(exit.output.trim().replace('\n', " "))),
    }
}

/// The language that is asked for, in which help and refusals are, too.
fn asked_for(arguments: &[OsString]) -> Option<Language> {
    let words = arguments
        .iter()
        .map(|word| word.to_str().unwrap_or_default());
    let mut pairs = words.clone().zip(words.skip(1).chain([""]));
    let code = |(word, next): (&'_ str, &'_ str)| match word.strip_prefix("--lang") {
        Some("") => Language::from_code(next),
        Some(rest) => Language::from_code(rest.strip_prefix('=')?),
        None => None,
    };
    pairs.find_map(code)
}

/// argh compares whole words, so `--name=ana` becomes `--name ana`. The value of an option is never split, nor what
/// stands behind `--`.
fn split_equals<A: ArgsInfo>(arguments: &[String]) -> Vec<&str> {
    let has_value = |flag: &&FlagInfo| matches!(flag.kind, FlagInfoKind::Option { .. });
    let known = A::get_args_info().flags.iter().filter(has_value);
    let known: Vec<&str> = known.map(|flag| flag.long).collect();
    let (mut words, mut rest) = (Vec::new(), arguments.iter().map(String::as_str));
    while let Some(word) = rest.next() {
        match word.split_once('=') {
            Some((option, value)) if known.contains(&option) => words.extend([option, value]),
            _ => words.push(word),
        }
        match word {
            "--" => words.extend(rest.by_ref()),
            option if known.contains(&option) => words.extend(rest.next()),
            _ => {}
        }
    }
    words
}

/// The language of `--lang`, if it was given.
pub(crate) fn parse_language(code: Option<&str>) -> Result<Option<Language>, UsageError<'_>> {
    let parse = |code| Language::from_code(code).ok_or(UsageError::Language(code));
    code.map(parse).transpose()
}

/// The server decides which names are allowed; this one must only be a single word and no command.
pub(crate) fn can_be_sent_as_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(|c: char| c.is_control() || c == ' ')
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
