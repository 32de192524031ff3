//! Texts about operators' orders, for operators and for the users concerned, in English.

use std::fmt::{self, Write};

use super::super::{Left, Lines, Typed};
use super::{accounts, hooks};
use crate::hub::Target;
use crate::hub::{Banned, Fault, Outcome};

pub(super) fn say(outcome: &Outcome, out: &mut Lines) -> fmt::Result {
    match outcome {
        Outcome::AskPassword => write!(
            out,
            "papo: what is the password of the operators? (an empty line: none)"
        ),
        Outcome::Operator => write!(out, "you are an operator; /help lists your commands, too"),
        Outcome::Kicked(whom) => write!(out, "{whom} is out"),
        Outcome::Banned {
            whom,
            lasts,
            from,
            out: count,
        } => {
            write!(out, "{whom} is banned")?;
            if let Some(lasts) = lasts {
                write!(out, " for {}", Left(*lasts))?;
            }
            match (from, count) {
                (Some(from), _) => {
                    write!(out, " and out; it came from {from}, /ban {from} bans that")
                }
                (None, 0) => Ok(()),
                (None, 1) if matches!(whom, Target::Name(_)) => write!(out, " and out"),
                (None, 1) => write!(out, ", 1 user is out"),
                (None, count) => write!(out, ", {count} users are out"),
            }
        }
        Outcome::Unbanned(whom) => write!(out, "{whom} is not banned any more"),
        Outcome::Bans { bans, others } => banned(bans, *others, out),
        Outcome::ArchiveFails => archive_fails(out),
        Outcome::ArchiveWorks { missing } => archive_works(*missing, out),
        Outcome::NotKept => write!(
            out,
            "that could not be kept on the disk: it holds until the server ends; the log says why"
        ),
        Outcome::Muted { whom, lasts } => {
            write!(out, "{whom} is muted")?;
            during(lasts.map(Left), out)?;
            write!(out, "; /unmute {whom} ends that")
        }
        Outcome::Unmuted(whom) => write!(out, "{whom} is not muted any more"),
        Outcome::YouAreMuted { lasts } => {
            write!(out, "an operator has muted you")?;
            during(lasts.map(Left), out)?;
            write!(out, ": nobody gets your lines")
        }
        Outcome::YouMaySpeak => write!(out, "you are not muted any more"),
        Outcome::Lockdown(true) => write!(
            out,
            "lockdown: only users with registered names come in; /lockdown off ends that"
        ),
        Outcome::Lockdown(false) => write!(out, "no lockdown: everybody may come in"),
        Outcome::Accounts { listed, others } => accounts::list(listed, *others, out),
        Outcome::Reset { whom, password } => accounts::reset(whom, password, out),
        Outcome::Freed(whom) => accounts::freed(whom, out),
        Outcome::Hooked(hook) => hooks::made(hook, out),
        Outcome::Hooks(list) => hooks::list(list, out),
        Outcome::Unhooked { room } => hooks::ended(room, out),
        Outcome::ComesFrom { name, address } => write!(out, "{name} comes from {address}"),
    }
}

pub(super) fn complain(fault: &Fault, out: &mut Lines) -> fmt::Result {
    match fault {
        Fault::NotOperator => write!(out, "only operators may do that"),
        Fault::NoOperators => write!(out, "this server has no operators' password"),
        Fault::AlreadyOperator => write!(out, "you are an operator already"),
        Fault::BadTarget(typed) => {
            write!(out, "neither a name nor an address: {}", Typed(typed))
        }
        Fault::Guest { name, from } => {
            write!(out, "{name} is a guest and comes back under another number")?;
            match from {
                Some(from) => write!(out, "; this one came from {from}"),
                None => Ok(()),
            }
        }
        Fault::Loopback => write!(
            out,
            "everybody on the server's own host has that address; ban a name"
        ),
        Fault::OwnAddress => write!(out, "that would ban you, too"),
        Fault::Full => write!(out, "the list is full; end an old one first"),
        Fault::NoHook(number) => write!(out, "there is no address {number}; /hook lists them all"),
        Fault::NoAccount(typed) => accounts::no_account(typed, out),
        Fault::NotBanned(typed) => {
            write!(out, "not banned: {}; /banned lists them all", Typed(typed))
        }
        Fault::NotMuted(whom) => write!(out, "{whom} is not muted"),
        Fault::Muted { left } => {
            write!(out, "you are muted")?;
            during(left.map(Left), out)?;
            write!(out, ": nobody got that line")
        }
        Fault::MutedName { left } => {
            write!(out, "you are muted")?;
            during(left.map(Left), out)?;
            write!(out, ": your name cannot be changed meanwhile")
        }
        Fault::MutedRoom { left } => {
            write!(out, "you are muted")?;
            during(left.map(Left), out)?;
            write!(out, ": you can join rooms that are there, not a new one")
        }
        Fault::BadTime(typed) => write!(
            out,
            "nothing was done: {} is not a time; write 30s, 10m, 2h, 7d, 2w or forever instead",
            Typed(typed)
        ),
        Fault::NameBanned { name, why } => {
            write!(out, "the name {name} is banned")?;
            match why.is_empty() {
                true => Ok(()),
                false => write!(out, " ({why})"),
            }
        }
    }
}

fn banned(bans: &[Banned], others: usize, out: &mut Lines) -> fmt::Result {
    if bans.is_empty() {
        return write!(out, "nobody is banned");
    }
    write!(out, "{} banned:", bans.len() + others)?;
    for ban in bans {
        out.next();
        write!(out, "{}, ", ban.whom)?;
        match ban.left {
            Some(left) => write!(out, "{} left", Left(left))?,
            None => write!(out, "for ever")?,
        }
        match ban.by.is_empty() {
            true => write!(out, ", by the console")?,
            false => write!(out, ", by {}", ban.by)?,
        }
        if !ban.why.is_empty() {
            write!(out, " ({})", ban.why)?;
        }
    }
    if others > 0 {
        out.next();
        write!(out, "and {others} more")?;
    }
    Ok(())
}

fn during(time: Option<Left>, out: &mut Lines) -> fmt::Result {
    match time {
        Some(time) => write!(out, " for {time}"),
        None => Ok(()),
    }
}

fn archive_fails(out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "what is said is not being written to disk; the log says why. Everybody can go on talking"
    )
}

fn archive_works(missing: u64, out: &mut Lines) -> fmt::Result {
    match missing {
        0 => write!(
            out,
            "what is said is written to disk again; nothing is missing"
        ),
        1 => write!(
            out,
            "what is said is written to disk again; one line is missing"
        ),
        _ => write!(
            out,
            "what is said is written to disk again; {missing} lines are missing"
        ),
    }
}
