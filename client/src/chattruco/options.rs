//! The command line of `papo-chattruco`. The parts that `papo` has too are in options.rs of the crate.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use argh::{ArgsInfo, FromArgs};

use super::wire;
use super::words::StartError;
use crate::options::{Command, Server, parse_language, parse_port, parse_server, read};
use crate::words::{Language, UsageError};

pub(super) const PROGRAM: &str = "papo-chattruco";

/// Chat with the users of a ChatTruco directory.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    note = "Type /help in the chat for its commands. The keys are those of papo.\n\
            Without a terminal it is a filter: it sends its input and prints what it hears."
)]
struct Arguments {
    /// the directory: HOST, HOST:PORT or [IPV6]:PORT; port 54319 unless given
    #[argh(positional)]
    server: Option<String>,

    /// your e-mail; the password is asked, or read from the first line of the input
    #[argh(option, arg_name = "EMAIL")]
    email: Option<String>,

    /// a file with the password in its first line
    #[argh(option, arg_name = "FILE")]
    password_file: Option<String>,

    /// register the e-mail there first
    #[argh(switch)]
    register: bool,

    /// your own address, PORT, IP or IP:PORT; port 54319 of all addresses unless given
    #[argh(option, arg_name = "ADDR")]
    bind: Option<String>,

    /// the port of the other users, 54319 unless given; for tests
    #[argh(option, arg_name = "PORT")]
    peer_port: Option<String>,

    /// your language: en or pt
    #[argh(option, arg_name = "en|pt")]
    lang: Option<String>,

    /// tell the version
    #[argh(switch)]
    version: bool,
}

/// The user's own address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bind {
    /// Without it, all addresses of this computer.
    pub(super) ip: Option<IpAddr>,
    /// 0 is any port.
    pub(super) port: u16,
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            Some(ip) => write!(f, "{}", SocketAddr::new(ip, self.port)),
            None => write!(f, "UDP {}", self.port),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// The directory.
    pub(super) server: Server,
    pub(super) email: String,
    /// Without it, the user is asked for the password.
    pub(super) password_file: Option<String>,
    /// Whether to register first.
    pub(super) registers: bool,
    pub(super) bind: Bind,
    /// The port of the other users.
    pub(super) peer_port: u16,
    /// The language of the program's texts.
    pub(super) language: Language,
}

/// Parse the command line without the program's name. An error is one line for the user.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    locale: &str,
) -> Result<Command<Options>, String> {
    read(PROGRAM, arguments, locale, |help, _| help, check)
}

fn check(arguments: Arguments, language: Language) -> Result<Option<Options>, String> {
    if arguments.version {
        return Ok(None);
    }
    let refuse = |error: UsageError| error.sentence(language);
    let cannot = |error: StartError| error.sentence(language);
    let server = arguments.server.ok_or(cannot(StartError::NoServer))?;
    let email = arguments.email.ok_or(cannot(StartError::NoEmail))?;
    if !wire::is_email(&email) {
        return Err(cannot(StartError::BadEmail(&email)));
    }
    let peer_port = arguments.peer_port.as_deref().map(parse_port).transpose();
    let bind = match &arguments.bind {
        Some(bind) => parse_bind(bind).ok_or_else(|| cannot(StartError::BadBind(bind)))?,
        None => Bind {
            ip: None,
            port: wire::PORT,
        },
    };
    let lang = parse_language(arguments.lang.as_deref()).map_err(refuse)?;
    Ok(Some(Options {
        server: parse_server(&server, wire::PORT).map_err(refuse)?,
        email,
        password_file: arguments.password_file,
        registers: arguments.register,
        bind,
        peer_port: peer_port.map_err(refuse)?.unwrap_or(wire::PORT),
        language: lang.unwrap_or(language),
    }))
}

/// `PORT`, `IP`, `IP:PORT` or `[IPV6]:PORT`.
fn parse_bind(text: &str) -> Option<Bind> {
    if let Ok(port) = text.parse() {
        return Some(Bind { ip: None, port });
    }
    if let Ok(ip) = text.parse() {
        return Some(Bind {
            ip: Some(ip),
            port: wire::PORT,
        });
    }
    let address: SocketAddr = text.parse().ok()?;
    Some(Bind {
        ip: Some(address.ip()),
        port: address.port(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Command<Options>, String> {
        parse(line.split_whitespace().map(OsString::from), "en_US.UTF-8")
    }

    fn options(line: &str) -> Options {
        match parse_words(line) {
            Ok(Command::Run(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_directory_has_its_own_port_and_so_have_we() {
        let plain = options("host --email ana@x");
        assert_eq!(plain.server.to_string(), "host:54319");
        assert_eq!(plain.bind.to_string(), "UDP 54319");
        assert_eq!((plain.peer_port, plain.registers), (54319, false));
        let full = options(
            "[::1]:7 --email=ana@x --password-file f --register --bind 127.0.0.2:0 --peer-port 9",
        );
        assert_eq!(full.server.to_string(), "[::1]:7");
        assert_eq!(full.bind.to_string(), "127.0.0.2:0");
        assert_eq!((full.peer_port, full.registers), (9, true));
        assert_eq!(full.password_file.as_deref(), Some("f"));
    }

    #[test]
    fn own_addresses() {
        for (text, expected) in [
            ("7000", "UDP 7000"),
            ("0", "UDP 0"),
            ("127.0.0.2", "127.0.0.2:54319"),
            ("127.0.0.2:7000", "127.0.0.2:7000"),
            ("::1", "[::1]:54319"),
            ("[::1]:7000", "[::1]:7000"),
        ] {
            let bind = parse_bind(text).expect(text);
            assert_eq!(bind.to_string(), expected);
        }
    }

    #[test]
    fn usage_errors_are_one_line() {
        for (line, what) in [
            ("host", "--email"),
            ("--email ana@x", "which directory?"),
            ("host --email a:b", "a:b"),
            ("host --email=", "e-mail"),
            ("host:0 --email ana@x", "port"),
            ("host --email ana@x --name ana", "--name"),
            ("host --email ana@x --bind x", "address"),
            ("host --email ana@x --peer-port 0", "port"),
            ("host --email ana@x --lang de", "language"),
        ] {
            let error = parse_words(line).expect_err(line);
            assert!(
                error.contains(what) && !error.contains('\n'),
                "{line}: {error}"
            );
            assert!(
                error.ends_with("papo-chattruco --help tells more"),
                "{error}"
            );
        }
    }
}
