//! What is said to the operator alone, who is no user: at the start, and at the console. The sentences
//! are in en/console.rs and pt/console.rs; nothing here knows where they are shown.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::{Lang, en, pt};
use crate::hub::name::Name;
use crate::limits::PORT;

/// One thing to be told, in one line or more.
#[derive(Clone, Copy, Debug)]
pub enum Console<'a> {
    /// What others type to join.
    Invite(SocketAddr),
    /// The same where the server listens to its own computer alone.
    OnlyHere(SocketAddr),
    /// The same where no address of the computer is good for others.
    Unreachable(SocketAddr),
    /// Who is registered, and where that is kept.
    Accounts {
        /// How many names.
        names: usize,
        /// How many e-mail addresses.
        emails: usize,
        /// The directory.
        place: &'a Path,
        /// Whether it is another one than the operator's own because the server was started as root.
        as_root: bool,
    },
    /// What was typed is too long.
    TooLong,
    /// What was typed is for users.
    ForUsers,
    /// What was typed is a command but for its slash.
    LacksSlash,
    /// What was typed is a private line.
    NoPrivate,
    /// How the server is stopped.
    ToStop,
    /// How `/quit` is typed.
    QuitUsage,
    /// What `/quit` does here.
    QuitHelp,
    /// The server stops, within this time.
    Stopping(Duration),
    /// What `/watch` does.
    WatchHelp,
    /// The beginning of the help.
    Help,
    /// So many are online.
    Online(usize),
    /// One of those by the directory.
    Direct(&'a str),
    /// What is said in this room is shown.
    Watching(&'a Name),
    /// No room's lines are shown.
    WatchingNone,
    /// How `/watch` is typed.
    WatchUsage,
}

/// What the console's own command asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Watch {
    /// To show what is said in this room.
    Room(Name),
    /// To show nothing.
    Off,
    /// It cannot be understood.
    Unclear,
}

impl Watch {
    /// The command in a line, in either language, if it is there.
    pub fn parse(line: &str) -> Option<Watch> {
        let mut words = line.split_whitespace();
        if !Watch::is_name(words.next()?.strip_prefix('/')?) {
            return None;
        }
        Some(match (words.next(), words.next()) {
            (Some("off" | "nada"), None) => Watch::Off,
            (Some(room), None) => {
                // As `/join` takes it.
                let room = room.strip_prefix('#').unwrap_or(room);
                Name::parse(room).map_or(Watch::Unclear, Watch::Room)
            }
            _ => Watch::Unclear,
        })
    }

    /// Whether the command is called so, in either language.
    pub fn is_name(word: &str) -> bool {
        ["watch", "observar"].contains(&&*word.to_lowercase())
    }
}

/// Whether this is no command, and who types it wants to stop the server.
pub fn is_stop(word: &str) -> bool {
    ["stop", "shutdown", "halt", "parar", "desligar"].contains(&&*word.to_lowercase())
}

/// Say it, without a line end behind it.
pub fn console(lang: Lang, said: &Console) -> String {
    let mut out = String::new();
    let written = match lang {
        Lang::En => en::console::console(said, &mut out),
        Lang::Pt => pt::console::console(said, &mut out),
    };
    written.expect("a text takes everything");
    out
}

/// What can be typed to join there, a line for each program.
pub(super) struct Join(pub(super) SocketAddr);

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ip, port) = (self.0.ip(), self.0.port());
        write!(f, "  nc {ip} {port}\n  papo ")?;
        match port {
            PORT => write!(f, "{ip}"),
            _ => write!(f, "{}", self.0),
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
            assert_eq!(Join(place).to_string(), format!("  {nc}\n  {papo}"));
        };
        check("10.0.0.5:12345", "nc 10.0.0.5 12345", "papo 10.0.0.5");
        check("10.0.0.5:4004", "nc 10.0.0.5 4004", "papo 10.0.0.5:4004");
        check("[fd00::5]:12345", "nc fd00::5 12345", "papo fd00::5");
        check("[fd00::5]:4004", "nc fd00::5 4004", "papo [fd00::5]:4004");
    }
}
