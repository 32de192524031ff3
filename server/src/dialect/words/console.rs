//! What is said to the operator at the start and at the console. The sentences are in en/console.rs
//! and pt/console.rs. This module does not know where they are shown.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::{Lang, en, pt};
use crate::hub::name::Name;
use crate::limits::PORT;

/// A message to the operator, of one line or more.
#[derive(Clone, Copy, Debug)]
pub enum Console<'a> {
    /// What others type to join, and open with a browser.
    Invite(Join<'a>),
    /// The same for a server that listens on loopback only.
    OnlyHere(Join<'a>),
    /// The same if no address of this computer is useful to others.
    Unreachable(Join<'a>),
    /// Before a code with this address.
    Scan(&'a str),
    /// Who is registered, and where that is stored.
    Accounts {
        /// How many names.
        names: usize,
        /// How many e-mail addresses.
        emails: usize,
        /// The directory.
        place: &'a Path,
        /// Whether it is not the operator's own directory, because the server was started as root.
        as_root: bool,
    },
    /// TLS is spoken.
    Tls {
        /// The SHA-256 of the certificate.
        fingerprint: &'a str,
        /// Where the server listens.
        place: SocketAddr,
        /// Who is served in clear all the same.
        in_clear: InClear,
    },
    /// How much of what is said is kept and where.
    Archive {
        /// As it was typed, if anything is kept.
        keep: Option<&'a str>,
        /// The file, if there is one or is to be one.
        place: Option<&'a Path>,
    },
    /// The typed line is too long.
    TooLong,
    /// The typed command is for users.
    ForUsers,
    /// The typed line is a command without its slash.
    LacksSlash,
    /// The typed line is a private line.
    NoPrivate,
    /// How to stop the server.
    ToStop,
    /// The usage of `/quit`.
    QuitUsage,
    /// The help of `/quit`.
    QuitHelp,
    /// The server stops within this time.
    Stopping(Duration),
    /// The help of `/watch`.
    WatchHelp,
    /// The beginning of the help.
    Help,
    /// How many users are online.
    Online(usize),
    /// A user of the directory who is online.
    Direct(&'a str),
    /// The console shows this room from now on.
    Watching(&'a Name),
    /// The console shows no room from now on.
    WatchingNone,
    /// The usage of `/watch`.
    WatchUsage,
}

/// The console's own command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Watch {
    /// Show the lines of this room.
    Room(Name),
    /// Show no room.
    Off,
    /// The argument cannot be understood.
    Unclear,
}

impl Watch {
    /// The `/watch` command in a line, in either language, if it is one.
    pub fn parse(line: &str) -> Option<Watch> {
        let mut words = line.split_whitespace();
        if !Watch::is_name(words.next()?.strip_prefix('/')?) {
            return None;
        }
        Some(match (words.next(), words.next()) {
            (Some("off" | "nada"), None) => Watch::Off,
            (Some(room), None) => {
                // As in `/join`.
                let room = room.strip_prefix('#').unwrap_or(room);
                Name::parse(room).map_or(Watch::Unclear, Watch::Room)
            }
            _ => Watch::Unclear,
        })
    }

    /// Whether this is a name of the command, in either language.
    pub fn is_name(word: &str) -> bool {
        ["watch", "observar"].contains(&&*word.to_lowercase())
    }
}

/// Whether this is no command, but a word of a user who wants to stop the server.
pub fn is_stop(word: &str) -> bool {
    ["stop", "shutdown", "halt", "parar", "desligar"].contains(&&*word.to_lowercase())
}

/// The text, without a final line end.
pub fn console(lang: Lang, said: &Console) -> String {
    let mut out = String::new();
    let written = match lang {
        Lang::En => en::console::console(said, &mut out),
        Lang::Pt => pt::console::console(said, &mut out),
    };
    written.expect("a text takes everything");
    out
}

/// Who is served without TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InClear {
    /// Everybody.
    All,
    /// The users of ChatTruco, whose programs know no TLS.
    ChatTruco,
    /// No one.
    Nobody,
}

/// How papo is given a server: without the port, if it is the usual one.
pub(super) fn server(place: SocketAddr) -> String {
    match place.port() {
        PORT => place.ip().to_string(),
        _ => place.to_string(),
    }
}

/// How to join, one line for each program.
#[derive(Clone, Copy, Debug)]
pub struct Join<'a> {
    /// Where the server listens.
    pub place: SocketAddr,
    /// What browsers open.
    pub url: &'a str,
    /// Who may do so without TLS.
    pub in_clear: InClear,
}

impl fmt::Display for Join<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Join { place, url, .. } = self;
        let (ip, port) = (place.ip(), place.port());
        let server = server(*place);
        match self.in_clear {
            InClear::All => write!(f, "  {url}\n  nc {ip} {port}\n  papo {server}"),
            InClear::ChatTruco | InClear::Nobody => write!(
                f,
                "  {url}\n  openssl s_client -quiet -connect {place}\n  papo --tls {server}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_console_watches() {
        let check = |line: &str, expected: Option<Watch>| {
            assert_eq!(Watch::parse(line), expected, "{line}");
        };
        let lobby = Name::parse("lobby").expect("a name");
        check("/watch lobby", Some(Watch::Room(lobby.clone())));
        check("/watch #lobby", Some(Watch::Room(lobby.clone())));
        check("/OBSERVAR  lobby ", Some(Watch::Room(lobby)));
        check("/watch off", Some(Watch::Off));
        check("/observar nada", Some(Watch::Off));
        check("/watch", Some(Watch::Unclear));
        check("/watch a b", Some(Watch::Unclear));
        check("/watcher", None);
        check("watch lobby", None);
    }

    #[test]
    fn what_one_types_to_join() {
        let check = |place: &str, nc: &str, papo: &str| {
            let place: SocketAddr = place.parse().expect(place);
            let url = "http://a";
            let in_clear = match papo.contains("--tls") {
                true => InClear::Nobody,
                false => InClear::All,
            };
            let join = Join {
                place,
                url,
                in_clear,
            };
            assert_eq!(join.to_string(), format!("  {url}\n  {nc}\n  {papo}"));
        };
        check("10.0.0.5:12345", "nc 10.0.0.5 12345", "papo 10.0.0.5");
        check("10.0.0.5:4004", "nc 10.0.0.5 4004", "papo 10.0.0.5:4004");
        check("[fd00::5]:12345", "nc fd00::5 12345", "papo fd00::5");
        check("[fd00::5]:4004", "nc fd00::5 4004", "papo [fd00::5]:4004");
        let openssl = "openssl s_client -quiet -connect 10.0.0.5:12345";
        check("10.0.0.5:12345", openssl, "papo --tls 10.0.0.5");
        for (place, papo) in [
            ("10.0.0.5:12345", "papo --tls 10.0.0.5\n"),
            ("10.0.0.5:4004", "papo --tls 10.0.0.5:4004\n"),
        ] {
            let place = place.parse().expect(place);
            let (fingerprint, in_clear) = ("AB", InClear::All);
            let tls = Console::Tls {
                fingerprint,
                place,
                in_clear,
            };
            for lang in [Lang::En, Lang::Pt] {
                let told = console(lang, &tls);
                assert!(told.contains(papo), "{told}");
            }
        }
    }
}
