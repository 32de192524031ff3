//! The command line: words as typed to options as needed. It reads no environment but the locale
//! that the caller hands in, and prints nothing.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use argh::FromArgs;

use crate::truco::wire;
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

    /// your language: en or pt
    #[argh(option, arg_name = "LANG")]
    lang: Option<String>,

    /// log in to a ChatTruco directory over UDP instead, HOST or HOST:PORT; port 54319 unless given
    #[argh(option, arg_name = "HOST")]
    chattruco: Option<String>,

    /// your e-mail there; the password is asked, or read from the first line of the input
    #[argh(option, arg_name = "EMAIL")]
    email: Option<String>,

    /// a file with the password in its first line
    #[argh(option, arg_name = "FILE")]
    password_file: Option<String>,

    /// register the e-mail there first
    #[argh(switch)]
    register: bool,

    /// your own address there, PORT, IP or IP:PORT; port 54319 of all addresses unless given
    #[argh(option, arg_name = "ADDR")]
    bind: Option<String>,

    /// the port of the other users there, 54319 unless given; for tests
    #[argh(option, arg_name = "PORT")]
    peer_port: Option<String>,

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

/// The own address of a socket for datagrams.
#[derive(Debug, PartialEq, Eq)]
pub struct Bind {
    /// The address; all of this computer's without one.
    pub ip: Option<IpAddr>,
    /// The port; 0 is any.
    pub port: u16,
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            Some(ip) => write!(f, "{}", SocketAddr::new(ip, self.port)),
            None => write!(f, "UDP {}", self.port),
        }
    }
}

/// A ChatTruco directory, and who logs in there.
#[derive(Debug, PartialEq, Eq)]
pub struct ChatTruco {
    /// The directory.
    pub server: Server,
    /// Who logs in.
    pub email: String,
    /// Where the password is; without it the user is asked.
    pub password_file: Option<String>,
    /// Register first.
    pub registers: bool,
    /// Where the server and the others find us.
    pub bind: Bind,
    /// Where we find the others.
    pub peer_port: u16,
}

/// Whom to talk to.
#[derive(Debug, PartialEq, Eq)]
pub enum Service {
    /// A papo server.
    Papo {
        /// The server to connect to.
        server: Server,
        /// The name to send at once.
        name: Option<String>,
    },
    /// The users of a ChatTruco directory.
    ChatTruco(ChatTruco),
}

/// What the user wants.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Whom to talk to.
    pub service: Service,
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
    let service = match &words.chattruco {
        Some(directory) => chattruco(directory, &words).map(Service::ChatTruco),
        None => papo(&words),
    };
    let service = service.map_err(refuse)?;
    let lang = match words.lang.as_deref() {
        Some(code) => {
            Some(Language::from_code(code).ok_or_else(|| refuse(Phrase::BadLanguage(code)))?)
        }
        None => None,
    };
    Ok(Command::Run(Options {
        service,
        lang,
        language: lang.unwrap_or(language),
    }))
}

/// The words without `--chattruco`.
fn papo(words: &Words) -> Result<Service, Phrase<'_>> {
    let only_chattruco = [
        ("--email", words.email.is_some()),
        ("--password-file", words.password_file.is_some()),
        ("--register", words.register),
        ("--bind", words.bind.is_some()),
        ("--peer-port", words.peer_port.is_some()),
    ];
    if let Some((option, _)) = only_chattruco.into_iter().find(|&(_, is_given)| is_given) {
        return Err(Phrase::OnlyChatTruco(option));
    }
    let server = match words.server.as_slice() {
        [] => parse_server("localhost", PORT)?,
        [server] => parse_server(server, PORT)?,
        [server, port] if !has_port(server) => parse_server(server, parse_port(port)?)?,
        [.., port] => return Err(Phrase::TwoPorts(port)),
    };
    match &words.name {
        Some(name) if !can_be_sent_as_name(name) => Err(Phrase::BadName(name)),
        name => Ok(Service::Papo {
            server,
            name: name.clone(),
        }),
    }
}

/// The words with it.
fn chattruco<'a>(directory: &'a str, words: &'a Words) -> Result<ChatTruco, Phrase<'a>> {
    if let Some(server) = words.server.first() {
        return Err(Phrase::NotChatTruco(server));
    }
    if words.name.is_some() {
        return Err(Phrase::NotChatTruco("--name"));
    }
    let email = words.email.as_deref().ok_or(Phrase::NoEmail)?;
    if !wire::is_email(email) {
        return Err(Phrase::BadEmail(email));
    }
    let peer_port = match &words.peer_port {
        Some(port) => parse_port(port)?,
        None => wire::PORT,
    };
    let bind = match &words.bind {
        Some(bind) => parse_bind(bind).ok_or(Phrase::BadBind(bind))?,
        None => Bind {
            ip: None,
            port: wire::PORT,
        },
    };
    Ok(ChatTruco {
        server: parse_server(directory, wire::PORT)?,
        email: email.to_owned(),
        password_file: words.password_file.clone(),
        registers: words.register,
        bind,
        peer_port,
    })
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

/// Whether a port is written behind the host.
fn has_port(server: &str) -> bool {
    match server.strip_prefix('[') {
        Some(bracketed) => bracketed.contains("]:"),
        None => server.contains(':') && server.parse::<Ipv6Addr>().is_err(),
    }
}

fn parse_port(port: &str) -> Result<u16, Phrase<'_>> {
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

fn parse_server(text: &str, usual_port: u16) -> Result<Server, Phrase<'_>> {
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
