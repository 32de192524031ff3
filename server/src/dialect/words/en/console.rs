//! Texts for the operator at the start and at the console, in English.

use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

use super::super::console::{Console, InClear, server};

const INVITE: &str = "Others on the network join with one of these:";
const ONLY_HERE: &str = "Only programs on this computer can join, with one of these:";
const UNREACHABLE: &str = "This computer is not on a network yet; on this computer, join with:";

pub(crate) fn console(said: &Console, out: &mut String) -> fmt::Result {
    match said {
        Console::Invite(join) => write!(out, "{INVITE}\n{join}"),
        Console::OnlyHere(join) => write!(out, "{ONLY_HERE}\n{join}"),
        Console::Unreachable(join) => write!(out, "{UNREACHABLE}\n{join}"),
        Console::Scan(url) => write!(out, "Join with a browser: {url}"),
        Console::Accounts {
            names,
            emails,
            place,
            as_root,
        } => {
            match (names, emails) {
                (0, 0) => write!(out, "Nobody is registered; accounts will be kept in ")?,
                (names, 0) => write!(out, "Registered: {names}; accounts are kept in ")?,
                (names, emails) => write!(
                    out,
                    "Registered: {names} and {emails} by e-mail; accounts are kept in "
                )?,
            }
            let root = " (started as root; --data DIR changes that)";
            let hint = if *as_root { root } else { "" };
            write!(out, "{}{hint}", place.display())
        }
        Console::Tls {
            fingerprint,
            place,
            in_clear,
        } => tls(fingerprint, *place, *in_clear, out),
        Console::Archive { keep, place } => archive(*keep, *place, out),
        Console::TooLong => write!(out, "that line is too long"),
        Console::ForUsers => write!(out, "that is for users; /help lists the commands"),
        Console::LacksSlash => write!(
            out,
            "that was not said; /quit stops the server, /help lists the commands, /say TEXT says it"
        ),
        Console::Help => write!(out, "TEXT speaks to everybody; the commands are:"),
        Console::NoPrivate => write!(
            out,
            "that was not said: the console has no private lines; /say TEXT says it to everybody"
        ),
        Console::ToStop => write!(out, "to stop the server, type /quit"),
        Console::QuitUsage => write!(out, "usage: /quit"),
        Console::QuitHelp => write!(out, "/quit: stop the server"),
        Console::Stopping(within) => write!(
            out,
            "this takes {} seconds at most; Ctrl-C ends it at once",
            within.as_secs()
        ),
        Console::WatchHelp => write!(
            out,
            "/watch ROOM: show what is said there; /watch off shows nothing"
        ),
        Console::Online(count) => write!(out, "{count} online"),
        Console::Direct(email) => write!(out, "  {email} (direct)"),
        Console::Watching(room) => write!(
            out,
            "what is said in {room} is shown here; /watch off ends that"
        ),
        Console::WatchingNone => write!(out, "what is said is not shown; /watch lobby shows it"),
        Console::WatchUsage => write!(out, "usage: /watch ROOM, or /watch off"),
    }
}

fn tls(fingerprint: &str, place: SocketAddr, in_clear: InClear, out: &mut String) -> fmt::Result {
    let also = match in_clear {
        InClear::All => "too",
        InClear::ChatTruco => "and nothing else, but with users of ChatTruco",
        InClear::Nobody => "and nothing else",
    };
    let server = server(place);
    write!(
        out,
        "TLS is spoken here, {also}: papo --tls {server}\nSHA-256 of its certificate: {fingerprint}"
    )
}

fn archive(keep: Option<&str>, place: Option<&Path>, out: &mut String) -> fmt::Result {
    let place = place.map(Path::display);
    match (keep, place) {
        (Some(keep), Some(place)) => write!(
            out,
            "What is said in rooms is kept ({keep}) in {place}; --keep off keeps nothing"
        ),
        (None, Some(place)) => write!(
            out,
            "What is said is not kept on disk; what was kept before is still in {place}"
        ),
        (_, None) => write!(out, "What is said is not kept on disk"),
    }
}
