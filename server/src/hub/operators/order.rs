//! The vocabulary of operators: what they order, and what they want of the accounts.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::hub::name::Name;

/// What operators order, at the console or as users. Durations are from now on, none is for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Order {
    /// A line to everybody.
    Announce(String),
    /// Remove a user, with a reason or an empty string.
    Kick { name: String, reason: String },
    /// Let nobody have this name, or nobody come from these addresses.
    Ban {
        whom: String,
        lasts: Option<Duration>,
        reason: String,
    },
    /// Who is banned?
    Bans,
    /// Lift a ban.
    Unban(String),
    /// Let nobody hear a user. Said without a time, the same `again_ends` it.
    Mute {
        name: String,
        lasts: Option<Duration>,
        again_ends: bool,
    },
    /// Let it be heard again.
    Unmute(String),
    /// Who is registered, with this in the name?
    Accounts(String),
    /// A password for once for a registered name, or a new one for an e-mail.
    Reset(String),
    /// End the registration of a name or an e-mail.
    Free(String),
    /// Make an address by which programs speak in this room.
    Hook(String),
    /// Which of those are there?
    Hooks,
    /// End the one of this number.
    Unhook(u32),
    /// Let nobody new in, or everybody again; none asks which.
    Lockdown(Option<bool>),
    /// Say goodbye to everybody and close every user's conn.
    Stop,
}

/// As the log has it: never what was said, and no reason.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timed = |f: &mut fmt::Formatter<'_>, lasts: &Option<Duration>| match lasts {
            Some(lasts) => write!(f, " for {} s", lasts.as_secs()),
            None => Ok(()),
        };
        match self {
            Order::Announce(_) => write!(f, "say"),
            Order::Kick { name, .. } => write!(f, "kick {name:?}"),
            Order::Ban { whom, lasts, .. } => {
                write!(f, "ban {whom:?}")?;
                timed(f, lasts)
            }
            Order::Bans => write!(f, "banned"),
            Order::Unban(whom) => write!(f, "unban {whom:?}"),
            Order::Mute { name, lasts, .. } => {
                write!(f, "mute {name:?}")?;
                timed(f, lasts)
            }
            Order::Unmute(name) => write!(f, "unmute {name:?}"),
            Order::Accounts(part) => write!(f, "accounts {part:?}"),
            Order::Reset(whom) => write!(f, "reset {whom:?}"),
            Order::Free(whom) => write!(f, "free {whom:?}"),
            Order::Hook(room) => write!(f, "hook {room:?}"),
            Order::Hooks => write!(f, "hook"),
            Order::Unhook(number) => write!(f, "unhook {number}"),
            Order::Lockdown(Some(true)) => write!(f, "lockdown on"),
            Order::Lockdown(Some(false)) => write!(f, "lockdown off"),
            Order::Lockdown(None) => write!(f, "lockdown"),
            Order::Stop => write!(f, "stop"),
        }
    }
}

/// What an operator orders that the hub does not do itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Manage {
    /// Who is registered with this in the name?
    List(String),
    /// A password for once.
    Reset(Account),
    /// The end of a registration.
    Free(Account),
    /// An address by which programs speak in this room, ordered by this operator, or the console.
    Hook(Name, Option<Name>),
    /// All of those.
    Hooks,
    /// The end of the one of this number.
    Unhook(u32),
}

/// A registration as operators name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Account {
    /// Of a name.
    Name(Name),
    /// Of an e-mail, in small letters.
    Email(Rc<str>),
}
