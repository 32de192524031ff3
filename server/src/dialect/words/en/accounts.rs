//! Texts about accounts and passwords, in English.

use std::fmt::{self, Write};

use super::super::{Age, Command, Lines, Typed, Verb};
use crate::hub::Listed;
use crate::hub::name::Name;
use crate::hub::{Account, Complaint, Secret, SecretFault};
use crate::limits::PASSWORD_BYTES;

pub(super) fn complain(complaint: &Complaint, out: &mut Lines) -> fmt::Result {
    match complaint {
        Complaint::WrongPassword => write!(out, "that is not the password"),
        Complaint::BadPassword(fault) => bad_password(*fault, out),
        Complaint::NameRegistered(name) => {
            write!(
                out,
                "the name {name} is registered; if it is yours, connect again and give it"
            )
        }
        Complaint::AlreadyRegistered(name) => write!(out, "{name} is registered already"),
        Complaint::NotRegistered(name) => write!(out, "{name} is not registered"),
        Complaint::Busy => write!(out, "other passwords come first; try again in a moment"),
        Complaint::TooManyTries { wait_s } => {
            write!(out, "too many passwords; try again in {wait_s} s")
        }
        _ => write!(out, "passwords do not work just now; try again later"),
    }
}

fn bad_password(fault: SecretFault, out: &mut Lines) -> fmt::Result {
    match fault {
        SecretFault::Length => write!(
            out,
            "a password has 1 to {PASSWORD_BYTES} bytes and no / in front"
        ),
        SecretFault::NotUtf8 => write!(
            out,
            "that password is not UTF-8; set your terminal to UTF-8, or use only letters a to z, \
             digits and signs"
        ),
        SecretFault::Same => write!(out, "that was the one-time password; choose another"),
        SecretFault::Hidden => write!(
            out,
            "that password has characters that nobody sees; type it without arrows, tabs and the like"
        ),
    }
}

/// Clients recognise its beginning and hide what is typed next.
pub(super) fn ask_new(name: &Name, out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "papo: what is the password of {name} to be from now on? the one you gave was for one time (an empty line: another name)"
    )
}

pub(super) fn in_clear(out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "everybody on the way can read a password that you type here; papo --tls HOST hides it"
    )
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Accounts => (
            "accounts",
            "[PART]",
            "who is registered, with PART in the name",
        ),
        Verb::Reset => (
            "reset",
            "NAME|E-MAIL",
            "give a registered name a one-time password",
        ),
        _ => ("free", "NAME|E-MAIL", "end a registration"),
    };
    Command { name, args, does }
}

pub(super) fn list(listed: &[Listed], others: usize, out: &mut Lines) -> fmt::Result {
    match listed.len() + others {
        0 => return write!(out, "no account matches"),
        1 => write!(out, "1 registered:")?,
        n => write!(out, "{n} registered:")?,
    }
    for account in listed {
        out.next();
        let Listed {
            whom,
            registered,
            used,
        } = account;
        write!(out, "{whom}, registered {} ago", Age(*registered))?;
        if let Some(used) = used {
            write!(out, ", used {} ago", Age(*used))?;
        }
    }
    if others > 0 {
        out.next();
        write!(
            out,
            "and {others} more; /accounts PART lists those with PART in the name"
        )?;
    }
    Ok(())
}

pub(super) fn reset(whom: &Account, password: &Secret, out: &mut Lines) -> fmt::Result {
    let password = password.text();
    match whom {
        Account::Name(name) => write!(
            out,
            "the one-time password of {name} is {password}; it has to be changed at the next login"
        ),
        Account::Email(email) => write!(
            out,
            "the password of {email} is {password} from now on; ChatTruco has no way to change it"
        ),
    }
}

pub(super) fn freed(whom: &Account, out: &mut Lines) -> fmt::Result {
    match whom {
        Account::Name(name) => write!(out, "{name} is not registered any more"),
        Account::Email(email) => write!(out, "{email} is not registered any more"),
    }
}

pub(super) fn no_account(typed: &str, out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "nobody has registered {}; /accounts lists who has",
        Typed(typed)
    )
}
