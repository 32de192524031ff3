//! The command line: parses it into options, or into one helpful error line.

mod announced;
mod chattruco;
mod proxies;
pub mod tls;
mod url;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use argh::FromArgs;
use log::LevelFilter;

use crate::dialect::words::Lang;
use crate::flood::Rate;
use crate::hub::Net;
use crate::limits::MEMORY_BYTES;
use crate::net::listen::{Place, Spec};
use crate::ops::export::Export;
use crate::ops::privileges::will_drop;
use crate::store::accounts::default_directory;
use crate::store::archive::keep::Keep;

/// The older systems over TCP that papo serves, and the listener for each.
const SEEDS: [(&str, &str); 4] = [
    ("TChat", "4004/tchat,pt"),
    ("Chat em Tempo Real (VPN)", "9999/vpn,pt"),
    ("Sistema de Chat TCP", "3001/relay,pt"),
    ("Chat em Rede", "12345/auto-rede"),
];

/// The directory of the accounts for a server without a home directory.
const SYSTEM_DATA: &str = "/var/lib/papo";

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Print this and exit with success.
    Print(String),
    /// Serve with these options.
    Serve(Box<Options>),
    /// Write out what was said.
    Export(Export),
}

/// How to serve.
#[derive(Debug)]
pub struct Options {
    /// The listeners.
    pub listen: Vec<Spec>,
    /// The language of listeners that name none.
    pub lang: Lang,
    /// What browsers are told to open, if the server cannot know it.
    pub url: Option<String>,
    /// The proxies that are believed when they tell for whom they speak.
    pub proxies: Vec<Net>,
    /// The name under which the network is told of the server, if it is.
    pub announced: Option<String>,
    /// ChatTruco's directory, if enabled.
    pub chattruco: Option<chattruco::Wanted>,
    /// Whether `--seeds` was given.
    pub seeds: bool,
    /// TLS, if it is spoken.
    pub tls: Option<tls::Wanted>,
    /// The directory of the accounts and of the archive.
    pub data: Data,
    /// The file with the operators' password, if there are operators.
    pub admin_password: Option<PathBuf>,
    /// The address of the metrics, if enabled.
    pub metrics: Option<Place>,
    /// The file of the message of the day.
    pub motd: Option<PathBuf>,
    /// How long what is said is kept; none: it is not.
    pub keep: Option<Keep>,
    /// Public lines shown at join.
    pub backlog: usize,
    /// Flood control.
    pub rate: Rate,
    /// Conns at once; none: as many as there are descriptors for.
    pub max_conns: Option<usize>,
    /// Conns at once from one address.
    pub per_address: u32,
    /// New conns from one address in a minute.
    pub per_minute: u32,
    /// Bytes that feeds and conns may hold together.
    pub memory: usize,
    /// The log level.
    pub log: LevelFilter,
    /// Whether info lines are limited to joins and leaves.
    pub quiet: bool,
    /// The user to become when started as root.
    pub user: Option<String>,
}

/// The directory of the accounts and of the archive.
#[derive(PartialEq, Eq, Debug)]
pub enum Data {
    /// Given with `--data`: the server does not start unless it can write there.
    Given(PathBuf),
    /// The default: many servers never need it.
    Default(PathBuf),
    /// The default of a server started as root: not the directory of the same person's other
    /// servers.
    DefaultForRoot(PathBuf),
}

impl Data {
    /// Its path.
    pub fn path(&self) -> &Path {
        match self {
            Data::Given(path) | Data::Default(path) | Data::DefaultForRoot(path) => path,
        }
    }
}

/// A chat server for people who share a network. Join with: nc HOST 12345
#[derive(FromArgs)]
#[argh(
    help_triggers("-h", "--help"),
    note = "papo-server export writes what was said in rooms to standard output; its --help says how."
)]
struct Typed {
    /// where to listen: [ADDR:]PORT[/tls][/auto|/text|/web|/chunks|/relay|/tchat|/vpn|/rede|/auto-rede][,en|,pt], repeatable (default 12345, on every address)
    #[argh(option, from_str_fn(spec), arg_name = "place")]
    listen: Vec<Spec>,

    /// speak TLS at the same ports: self with a certificate made once and kept in --data, only with nobody in clear, self,only with both
    #[argh(option, from_str_fn(tls_words), arg_name = "self|only|self,only")]
    tls: Option<tls::Words>,

    /// file with the certificate for TLS and those up to an authority (PEM); read again at SIGHUP
    #[argh(option, arg_name = "file")]
    tls_cert: Option<PathBuf>,

    /// file with its key (PEM)
    #[argh(option, arg_name = "file")]
    tls_key: Option<PathBuf>,

    /// what browsers are told to open, where the server cannot know it (behind a proxy, a name): https://chat.example
    #[argh(option, from_str_fn(url::parse), arg_name = "url")]
    url: Option<String>,

    /// addresses of proxies that tell for whom they speak (HAProxy's PROXY protocol, X-Forwarded-For): ADDR or ADDR/BITS, with commas; repeatable
    #[argh(option, from_str_fn(proxies::parse), arg_name = "addr")]
    proxy: Vec<Vec<Net>>,

    /// tell the network of this server by mDNS, so that papo without an address finds it
    #[argh(switch)]
    announce: bool,

    /// the same under this name (default: that of the computer)
    #[argh(option, from_str_fn(announced::parse), arg_name = "name")]
    announce_as: Option<String>,

    /// the UDP directory for ChatTruco clients at [ADDR:]PORT; passwords cross the network in the clear, so for a LAN only
    #[argh(option, from_str_fn(place), arg_name = "place")]
    chattruco: Option<Place>,

    /// answer ChatTruco clients at the port they send from, for tests and behind an address translation
    #[argh(switch)]
    chattruco_source_port: bool,

    /// the five older systems at their own ports, each as its users know it: 4004/tchat 9999/vpn 3001/relay 54319/udp 12345/auto-rede
    #[argh(switch)]
    seeds: bool,

    /// directory of the accounts and of what was said (default $XDG_STATE_HOME/papo)
    #[argh(option, arg_name = "dir")]
    data: Option<PathBuf>,

    /// how long what is said in rooms is kept on disk: 30d, 12h, 100M, 2G, both with a comma, or off (default 30d)
    #[argh(
        option,
        from_str_fn(keep),
        default = "Some(Keep::default())",
        arg_name = "age,size"
    )]
    keep: Option<Keep>,

    /// file whose first line is the password for /admin, which makes a user an operator
    #[argh(option, arg_name = "file")]
    admin_password_file: Option<PathBuf>,

    /// answer Prometheus at [ADDR:]PORT (default address 127.0.0.1), GET /metrics
    #[argh(option, from_str_fn(near), arg_name = "place")]
    metrics: Option<Place>,

    /// language at first: en or pt (default en)
    #[argh(option, from_str_fn(lang), default = "Lang::En", arg_name = "en|pt")]
    lang: Lang,

    /// file with the message of the day; read again at SIGHUP
    #[argh(option, arg_name = "file")]
    motd: Option<PathBuf>,

    /// earlier lines shown to those who join (default 10, at most 100)
    #[argh(option, from_str_fn(number), default = "10", arg_name = "n")]
    backlog: usize,

    /// lines a second that one user may send for long; faster ones are delayed (default 2, 0: no limit)
    #[argh(option, from_str_fn(rate), default = "2", arg_name = "n")]
    rate: u32,

    /// lines that one user may send at once (default 10, 0: no limit)
    #[argh(option, from_str_fn(limit), default = "10", arg_name = "n")]
    burst: u32,

    /// connections at once (default: what the descriptor limit allows, 0: no limit)
    #[argh(option, from_str_fn(limit), arg_name = "n")]
    max_conns: Option<usize>,

    /// connections at once from one address; loopback does not count (default 32, 0: no limit)
    #[argh(option, from_str_fn(limit), default = "32", arg_name = "n")]
    per_address: u32,

    /// new connections from one address in a minute; loopback does not count (default 30, 0: no limit)
    #[argh(option, from_str_fn(limit), default = "30", arg_name = "n")]
    per_minute: u32,

    /// memory in MiB for what is unread and unhandled (default 256, 0: no limit); beyond it, whoever holds most leaves
    #[argh(
        option,
        from_str_fn(limit),
        default = "MEMORY_BYTES >> 20",
        arg_name = "mib"
    )]
    memory: usize,

    /// how much to log: error, warn, info or debug (default info)
    #[argh(
        option,
        from_str_fn(level),
        default = "LevelFilter::Info",
        arg_name = "error|warn|info|debug"
    )]
    log: LevelFilter,

    /// show who comes and goes and what is wrong, and nothing else
    #[argh(switch)]
    quiet: bool,

    /// started as root: the user to be once it listens (default papo, or else nobody; root: stay root)
    #[argh(option, arg_name = "name")]
    user: Option<String>,

    /// print the version
    #[argh(switch)]
    version: bool,
}

/// Parses a command line, without the program's name.
///
/// # Errors
/// One line that says what is wrong.
pub fn parse(arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<Command, String> {
    let mut words = Vec::new();
    for argument in arguments {
        let argument = argument
            .into_string()
            .map_err(|odd| format!("{} is not UTF-8", odd.display()))?;
        // argh understands only `--x y`.
        match argument.split_once('=') {
            Some((option, value)) if option.starts_with("--") => {
                words.extend([option.to_owned(), value.to_owned()]);
            }
            _ => words.push(argument),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some((&"export", words)) = words.split_first() {
        return match Export::from_args(&["papo-server export"], words) {
            Ok(export) => Ok(Command::Export(export)),
            Err(exit) if exit.status.is_ok() => Ok(Command::Print(exit.output)),
            Err(exit) => Err(one_line(&exit.output)),
        };
    }
    match Typed::from_args(&["papo-server"], &words) {
        Ok(typed) if typed.version => Ok(Command::Print(format!(
            "papo-server {}\n",
            env!("CARGO_PKG_VERSION")
        ))),
        Ok(typed) => Ok(Command::Serve(Box::new(typed.into_options()?))),
        Err(exit) if exit.status.is_ok() => Ok(Command::Print(exit.output)),
        Err(exit) => Err(one_line(&exit.output)),
    }
}

impl Typed {
    fn into_options(self) -> Result<Options, String> {
        let mut listen = self.listen;
        if self.seeds {
            listen.extend(SEEDS.map(|(_, spec)| Spec::parse(spec).expect("the table is right")));
        }
        if listen.is_empty() {
            listen.push(Spec::default());
        }
        let data = match self.data {
            Some(data) => Data::Given(data),
            // The user that the server becomes cannot read root's home.
            None if will_drop(self.user.as_deref()) => Data::DefaultForRoot(SYSTEM_DATA.into()),
            None => Data::Default(default_directory().unwrap_or_else(|| SYSTEM_DATA.into())),
        };
        let files = (self.tls_cert, self.tls_key);
        let tls = tls::wanted(self.tls, files, data.path(), &mut listen)?;
        if self.seeds && tls.as_ref().is_some_and(|tls| tls.is_only) {
            return Err(
                "--seeds is for systems that know no TLS, and --tls only for none of them; say one"
                    .into(),
            );
        }
        Ok(Options {
            tls,
            listen,
            lang: self.lang,
            url: self.url,
            proxies: self.proxy.concat(),
            announced: announced::wanted(self.announce, self.announce_as),
            chattruco: chattruco::wanted(self.chattruco, self.chattruco_source_port, self.seeds),
            seeds: self.seeds,
            data,
            admin_password: self.admin_password_file,
            metrics: self.metrics,
            motd: self.motd,
            keep: self.keep,
            backlog: self.backlog.min(crate::limits::HISTORY_LINES),
            // Either one turns flood control off.
            rate: Rate {
                lines_per_s: if self.burst == 0 { 0 } else { self.rate },
                burst: self.burst,
            },
            max_conns: self.max_conns,
            per_address: self.per_address,
            per_minute: self.per_minute,
            memory: match self.memory {
                0 => usize::MAX,
                mib => mib.saturating_mul(1 << 20),
            },
            log: self.log,
            quiet: self.quiet,
            user: self.user,
        })
    }
}

/// What `--seeds` opened, for the operator.
pub fn seeds_table() -> String {
    let rows = SEEDS.into_iter().chain([chattruco::SEED]);
    rows.map(|(system, spec)| format!("  {system:<26} {spec}\n"))
        .collect()
}

fn keep(text: &str) -> Result<Option<Keep>, String> {
    Keep::parse(text)
}

fn spec(text: &str) -> Result<Spec, String> {
    Spec::parse(text)
}

fn tls_words(text: &str) -> Result<tls::Words, String> {
    tls::Words::parse(text)
}

fn place(text: &str) -> Result<Place, String> {
    Place::parse(text)
}

/// A place that is on loopback unless an address is given.
fn near(text: &str) -> Result<Place, String> {
    match Place::parse(text)? {
        Place::Anywhere { .. } if !text.contains(':') => Place::parse(&format!("127.0.0.1:{text}")),
        place => Ok(place),
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    let wrong = |_| format!("'{text}' is not a number, or too large a one");
    text.parse().map_err(wrong)
}

fn limit<T: FromStr>(text: &str) -> Result<T, String> {
    let wrong = |fault| format!("{fault}; 0 is no limit");
    number(text).map_err(wrong)
}

fn rate(text: &str) -> Result<u32, String> {
    let wrong = |_| format!("'{text}' is not a number of lines a second; 0 is no limit");
    text.parse().map_err(wrong)
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::parse(text).ok_or_else(|| format!("'{text}' is neither en nor pt"))
}

fn level(text: &str) -> Result<LevelFilter, String> {
    match text {
        "error" => Ok(LevelFilter::Error),
        "warn" => Ok(LevelFilter::Warn),
        "info" => Ok(LevelFilter::Info),
        "debug" => Ok(LevelFilter::Debug),
        _ => Err(format!("'{text}' is none of error, warn, info, debug")),
    }
}

fn one_line(output: &str) -> String {
    let text = output.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_end_matches(" Run papo-server --help for more information.")
        .trim_end_matches(" Run papo-server export --help for more information.")
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests;
