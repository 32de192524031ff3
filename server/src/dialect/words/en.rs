//! papo in English: short, plain, friendly.
//!
//! Programs read some of these (see docs/protocol.md), so their wording is stable. Nothing is
//! decided here; every match is exhaustive, so no notice can be forgotten.

pub(super) mod absent;
mod accounts;
pub(super) mod console;
mod gone;
mod hints;
mod hooks;
mod orders;
pub(super) mod past;
pub(in crate::dialect) mod refer;
pub(super) mod rooms;
mod tags;

use std::fmt::{self, Write};
use std::rc::Rc;

use super::{
    Age, Character, Command, Lang, Lines, Millis, Typed, Verb, Written, list, pairs, usage,
};
use crate::hub::name::{Name, NameFault};
use crate::hub::{Complaint, Crowd, Gone, Notice, Who};
use crate::limits::{IGNORES, LINE_BYTES, NAME_BYTES, NAME_CHARS};

pub(super) fn say(notice: &Notice, out: &mut Lines) -> fmt::Result {
    match notice {
        Notice::Public { text, .. }
        | Notice::Action { text, .. }
        | Notice::Private { text, .. }
        | Notice::Announced(text)
        | Notice::Motd(text) => out.write_str(text),
        Notice::Letter(letter) => out.write_str(&letter.text),
        Notice::Joined(who) => joined(who, out),
        Notice::Back(who) => rooms::back(who, out),
        Notice::Left { who, why } => left(who, why, out),
        Notice::Went { who, room } => write!(out, "{who} went to {room}"),
        Notice::Renamed { from, to } => write!(out, "{from} is now {to}"),
        Notice::DirectJoined(email) => write!(out, "{email} joined (direct)"),
        Notice::DirectLeft { email, why } => {
            write!(out, "{email} left (direct)")?;
            gone::reason(why, out)
        }
        Notice::AskName => write!(out, "papo: what is your name?"),
        Notice::AskNewPassword(name) => accounts::ask_new(name, out),
        Notice::AskPassword(name) => {
            write!(
                out,
                "papo: what is the password of {name}? (an empty line: another name)"
            )
        }
        Notice::PasswordInClear => accounts::in_clear(out),
        Notice::Welcome { name, room, here } => welcome(name, room, here, out),
        Notice::InRoom { room, lines, here } => rooms::in_room(room, *lines, here, out),
        Notice::NotInRoom(room) => write!(out, "you are not in {room} any more"),
        Notice::Topic { room, topic } => rooms::topic(room, topic.as_deref(), out),
        Notice::TopicChanged { who, topic } => rooms::topic_changed(who, topic.as_deref(), out),
        Notice::Refer(reference) => refer::say(reference, out),
        Notice::Listeners(count) => rooms::listeners(*count, out),
        Notice::HasPins { room, count } => refer::has_pins(room, *count, out),
        // The lines are rendered by the dialect.
        Notice::Pins { room, said } => refer::pins(room, said, out),
        Notice::YouAre(name) => write!(out, "you are now {name}"),
        Notice::LangIs(Lang::En) => write!(out, "your language is English"),
        Notice::LangIs(Lang::Pt) => write!(out, "your language is Portuguese"),
        Notice::Tag(tag) => tags::say(tag, out),
        // The lines are rendered by the dialect.
        Notice::History { room, lines, .. } => rooms::silence(room, *lines, out),
        Notice::Page(_) | Notice::Missed { .. } => Ok(()),
        Notice::More => past::more(out),
        Notice::Unread(why) => past::unread(*why, out),
        Notice::ZoneIs { own, clock } => past::zone(*own, *clock, out),
        Notice::Online {
            here,
            away,
            elsewhere,
            others_elsewhere,
            direct,
            others_direct,
        } => {
            online(here, elsewhere, *others_elsewhere, out)?;
            absent::online(away, out)?;
            online_direct(direct, *others_direct, out)
        }
        Notice::Rooms { rooms, others } => rooms::all(rooms, *others, out),
        Notice::Whois {
            name,
            rooms,
            joined,
            quiet,
            away,
            registered,
        } => {
            whois(name, rooms, Age(*joined), Age(*quiet), *registered, out)?;
            absent::too(away.as_deref(), out)
        }
        Notice::Absence(absence) => absent::say(absence, out),
        Notice::WhoisAway(name) => write!(out, "{name} is registered and not here"),
        Notice::WhoisDirect(email) => write!(out, "{email} is direct"),
        Notice::Ignoring(name) => {
            write!(out, "you ignore {name} now; /ignore {name} again ends that")
        }
        Notice::Hearing(name) => write!(out, "you do not ignore {name} any more"),
        Notice::Ignored(names) => ignored(names, out),
        Notice::Registered(name) => write!(
            out,
            "{name} is registered; next time, give the name and then your password"
        ),
        Notice::PasswordChanged => write!(out, "your password is changed"),
        Notice::Unregistered(name) => write!(out, "{name} is not registered any more"),
        Notice::Help(None) | Notice::HelpOperator => {
            write!(
                out,
                "a line without / goes to everybody in your room; the commands are:"
            )
        }
        Notice::Help(Some(verb)) => help(*verb, out),
        Notice::Ordered(outcome) => orders::say(outcome, out),
        Notice::Lag {
            queue,
            last,
            longest,
        } => {
            if let Some(queue) = queue {
                write!(out, "you have {queue} bytes waiting in your queue; ")?;
            }
            write!(
                out,
                "the server's last turn took {}, the longest in the last minute {}",
                Millis(*last),
                Millis(*longest)
            )
        }
        Notice::Address(address) => write!(out, "others join with a browser at {address}"),
        Notice::Skipped { lines: 1 } => {
            write!(out, "1 line skipped: you were reading too slowly")
        }
        Notice::Skipped { lines } => {
            write!(out, "{lines} lines skipped: you were reading too slowly")
        }
        Notice::AsksHolder(name) => {
            write!(out, "{name} is taken; checking if its user is still there")
        }
        Notice::HowToLeave => write!(out, "to leave, type /{}", quit(out)),
        Notice::HereIAm => write!(out, "yes, papo is here"),
        Notice::Throttled { lines_per_s } => {
            write!(
                out,
                "slow down: your lines are held back to {lines_per_s} a second"
            )
        }
        Notice::Bye { name, why } => gone::bye(name.as_ref(), why, out),
        Notice::Refused(complaint) => complain(complaint, out),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Private => (
            "private",
            "NAME TEXT",
            "a private line; @NAME TEXT does the same",
        ),
        Verb::Reply => (
            "reply",
            "TEXT",
            "answer the last private line you got; with /ids on, /reply ID TEXT answers a line for all",
        ),
        Verb::Me => ("me", "TEXT", "say what you do, as in /me waves"),
        Verb::Online => ("online", "", "who is here and who is elsewhere"),
        Verb::Whois => ("whois", "NAME", "where NAME is and since when"),
        Verb::Nick => ("nick", "NAME", "change your name"),
        Verb::Join | Verb::Also | Verb::Leave | Verb::Rooms | Verb::Topic => {
            return rooms::command(verb);
        }
        Verb::Seen | Verb::Away | Verb::Back => return absent::command(verb),
        Verb::History | Verb::Search | Verb::More | Verb::Zone => return past::command(verb),
        Verb::Ignore => ("ignore", "[NAME]", "hide NAME's lines or show them again"),
        Verb::Register => ("register", "PASSWORD", "protect your name with a password"),
        Verb::Password => ("password", "NEW", "change the password of your name"),
        Verb::Unregister => ("unregister", "", "give up the registration of your name"),
        Verb::Lag => ("lag", "", "how much waits for you, how busy the server is"),
        Verb::Lang => ("lang", "en|pt", "choose your language"),
        Verb::Ids | Verb::Tags | Verb::Once | Verb::Resume => return tags::command(verb),
        Verb::Address => ("qr", "", "where others join, and a code for their phones"),
        Verb::Help => ("help", "[COMMAND]", "all commands, or one"),
        Verb::Quit => ("quit", "[TEXT]", "leave"),
        Verb::Operator => ("admin", "[PASSWORD]", "become an operator"),
        Verb::Kick => ("kick", "NAME [REASON]", "remove a user"),
        Verb::Ban => (
            "ban",
            "NAME|ADDRESS[/BITS] [FOR [REASON]]",
            "remove and keep out, for 10m, 2h, 7d ... or for ever",
        ),
        Verb::Banned => ("banned", "", "who is banned, by whom, until when"),
        Verb::Unban => ("unban", "NAME|ADDRESS[/BITS]", "lift a ban"),
        Verb::Mute => (
            "mute",
            "NAME [FOR]",
            "nobody gets a user's lines; the same again ends it",
        ),
        Verb::Unmute => ("unmute", "NAME", "let a user be heard again"),
        Verb::Edit | Verb::Delete | Verb::React | Verb::Pins | Verb::Pin => {
            return refer::command(verb);
        }
        Verb::Accounts | Verb::Reset | Verb::Free => return accounts::command(verb),
        Verb::Hook | Verb::Unhook => return hooks::command(verb),
        Verb::Lockdown => (
            "lockdown",
            "[on|off]",
            "admit only users with registered names",
        ),
        Verb::Say => ("say", "TEXT", "speak to everybody as the server"),
    };
    Command { name, args, does }
}

fn joined(who: &Crowd, out: &mut Lines) -> fmt::Result {
    crowd(who, out)?;
    write!(out, " joined")
}

fn left(who: &Crowd, why: &Gone, out: &mut Lines) -> fmt::Result {
    crowd(who, out)?;
    write!(out, " left")?;
    gone::reason(why, out)
}

fn welcome(name: &Name, room: &Name, here: &Crowd, out: &mut Lines) -> fmt::Result {
    write!(out, "welcome, {name}! ")?;
    rooms::place(room, here, out)?;
    write!(out, "; /help lists the commands")
}

fn online(here: &Crowd, elsewhere: &[(Name, Name)], more: usize, out: &mut Lines) -> fmt::Result {
    write!(out, "{} here: ", here.names.len() + here.others)?;
    list(&here.names, ", ", out)?;
    others(here.others, out)?;
    if elsewhere.is_empty() {
        return Ok(());
    }
    out.next();
    write!(out, "{} elsewhere: ", elsewhere.len() + more)?;
    pairs(elsewhere, out)?;
    others(more, out)
}

fn online_direct(direct: &[Rc<str>], more: usize, out: &mut Lines) -> fmt::Result {
    if direct.is_empty() {
        return Ok(());
    }
    out.next();
    write!(out, "{} direct: ", direct.len() + more)?;
    list(direct, ", ", out)?;
    others(more, out)
}

fn whois(
    name: &Name,
    rooms: &[Name],
    joined: Age,
    quiet: Age,
    registered: bool,
    out: &mut Lines,
) -> fmt::Result {
    write!(out, "{name} is in ")?;
    list(rooms, " and ", out)?;
    write!(out, ", joined {joined} ago, quiet for {quiet}")?;
    match registered {
        true => write!(out, ", registered"),
        false => Ok(()),
    }
}

fn ignored(names: &[Who], out: &mut Lines) -> fmt::Result {
    if names.is_empty() {
        return write!(out, "you ignore nobody");
    }
    write!(out, "you ignore ")?;
    list(names, ", ", out)
}

fn help(verb: Verb, out: &mut Lines) -> fmt::Result {
    let Command { args, does, .. } = command(verb);
    usage(Written::Name(out.name(Lang::En, verb)), args, out)?;
    write!(out, ": {does}")
}

fn complain(complaint: &Complaint, out: &mut Lines) -> fmt::Result {
    match complaint {
        Complaint::BadName(fault) => bad_name(*fault, out),
        Complaint::NameTaken(name) => write!(out, "the name {name} is taken; try another"),
        Complaint::NameReserved(name) => write!(out, "the name {name} is reserved; try another"),
        Complaint::NoSuchUser(name) => write!(out, "no such user: {}", Typed(name)),
        Complaint::AlreadyThere(_)
        | Complaint::AlreadyAlsoThere(_)
        | Complaint::NotThere(_)
        | Complaint::RoomsFull
        | Complaint::TooManyRooms
        | Complaint::OnlyRoom
        | Complaint::LongTopic => rooms::complain(complaint, out),
        Complaint::AlreadyNamed(name) => write!(out, "you are already called {name}"),
        Complaint::Yourself => write!(out, "that is your own name"),
        Complaint::Absence(fault) => absent::complain(fault, out),
        Complaint::NobodyToReply => write!(out, "nobody wrote to you privately yet"),
        Complaint::UnknownCommand { typed, meant } => {
            write!(out, "no such command: /{}", Typed(typed))?;
            match meant {
                Some(meant) => write!(out, "; did you mean /{}?", out.name(Lang::En, *meant)),
                None => write!(out, "; /help lists them all"),
            }
        }
        Complaint::Hint(hint) => hints::say(*hint, out),
        Complaint::Usage(verb, written) => {
            write!(out, "usage: ")?;
            usage(*written, command(*verb).args, out)
        }
        Complaint::NameFirst => {
            write!(
                out,
                "choose a name first; /help, /lang and /{} work too",
                quit(out)
            )
        }
        Complaint::EmptyText => write!(out, "nothing in that line can be shown"),
        Complaint::TooFast => out.write_str(TOO_FAST),
        Complaint::LongLine => write!(out, "that line is too long: {LINE_BYTES} bytes at most"),
        Complaint::BadLang(typed) => {
            write!(
                out,
                "no such language: {}; there are en and pt",
                Typed(typed)
            )
        }
        Complaint::Look(why) => past::complain(why, out),
        Complaint::WrongPassword
        | Complaint::BadPassword(_)
        | Complaint::NameRegistered(_)
        | Complaint::AlreadyRegistered(_)
        | Complaint::NotRegistered(_)
        | Complaint::Busy
        | Complaint::TooManyTries { .. }
        | Complaint::AccountsFailed => accounts::complain(complaint, out),
        Complaint::Order(fault) => orders::complain(fault, out),
        Complaint::Refer(fault) => refer::complain(fault, out),
        Complaint::IgnoreFull => write!(
            out,
            "you already ignore {IGNORES} names; /ignore NAME again ends one"
        ),
    }
}

fn bad_name(fault: NameFault, out: &mut Lines) -> fmt::Result {
    match fault {
        // `_` is legal in a name, but not alone.
        NameFault::Empty | NameFault::BadCharacter('_') => {
            write!(out, "a name needs a letter or a digit")
        }
        NameFault::TooLong => write!(
            out,
            "a name has at most {NAME_CHARS} characters, or {NAME_BYTES} of the letters a to z"
        ),
        NameFault::BadCharacter(' ') => {
            write!(
                out,
                "a name is one word of letters, digits and _, without spaces"
            )
        }
        NameFault::BadCharacter(c) => {
            write!(
                out,
                "a name has letters, digits and _, not {}",
                Character(c)
            )
        }
        NameFault::Hidden => write!(
            out,
            "a name cannot have invisible characters; type it again"
        ),
        NameFault::MixedScripts => write!(out, "a name has letters of one alphabet only"),
    }
}

fn crowd(who: &Crowd, out: &mut Lines) -> fmt::Result {
    let last = if who.others == 0 { " and " } else { ", " };
    list(&who.names, last, out)?;
    others(who.others, out)
}

const TOO_FAST: &str = "too many messages at once: they are not delivered until you slow down";

pub(super) fn others(count: usize, out: &mut Lines) -> fmt::Result {
    match count {
        0 => Ok(()),
        1 => write!(out, " and 1 other"),
        n => write!(out, " and {n} others"),
    }
}

/// The name of the command that leaves.
fn quit(out: &Lines) -> &'static str {
    out.name(Lang::En, Verb::Quit)
}
