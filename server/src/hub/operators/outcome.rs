//! The notices about operators' orders: what the operator is answered and what others are told.

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::hub::accounts::question::Secret;
use crate::hub::name::Name;
use crate::hub::notice::Who;
use crate::hub::operators::Account;
use crate::hub::operators::Target;

/// The result of an order, or of asking to be an operator.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Outcome {
    /// Asks for the operators' password.
    AskPassword,
    /// You are an operator now.
    Operator,
    /// This user was removed.
    Kicked(Who),
    /// Banned for so long, or for ever. `from` is the address of a user removed by name, `out` how
    /// many users were removed.
    Banned {
        whom: Target,
        lasts: Option<Duration>,
        from: Option<IpAddr>,
        out: usize,
    },
    /// A ban is lifted.
    Unbanned(Target),
    /// The answer to `/banned`: the oldest bans, and how many more there are.
    Bans { bans: Vec<Banned>, others: usize },
    /// Your last order could not be stored: it holds until the server stops.
    NotKept,
    /// What is said in rooms can no longer be kept, or some of it could not.
    ArchiveFails,
    /// It is kept again; so many lines are missing.
    ArchiveWorks { missing: u64 },
    /// This user is muted for so long, or until unmuted.
    Muted { whom: Who, lasts: Option<Duration> },
    /// This user may speak again.
    Unmuted(Who),
    /// To the user: you are muted.
    YouAreMuted { lasts: Option<Duration> },
    /// To the user: you may speak again.
    YouMaySpeak,
    /// Whether newcomers are refused.
    Lockdown(bool),
    /// The answer to `/accounts`: some accounts, and how many more there are.
    Accounts { listed: Vec<Listed>, others: usize },
    /// The account has this password now; that of a name is for one login.
    Reset { whom: Account, password: Secret },
    /// This account was ended.
    Freed(Account),
    /// Programs speak in this room by this address from now on.
    Hooked(Hook),
    /// The answer to `/hook`: by which addresses programs speak.
    Hooks(Vec<Hook>),
    /// Programs speak in this room by that address no more.
    Unhooked { room: Name },
    /// The address of a user, for operators only.
    ComesFrom { name: Name, address: IpAddr },
}

/// An address by which programs speak in a room; `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// What `/unhook` calls it.
    pub number: u32,
    /// The room.
    pub room: Name,
    /// Who ordered it; empty for the console.
    pub by: Rc<str>,
    /// The whole address.
    pub url: Rc<str>,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({}, {}, hidden)", self.number, self.room)
    }
}

/// One account in an answer to `/accounts`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The name or the e-mail.
    pub whom: Rc<str>,
    /// How long ago it was registered.
    pub registered: Duration,
    /// How long ago it was last used, if known.
    pub used: Option<Duration>,
}

/// One ban in an answer to `/banned`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Banned {
    /// Its target.
    pub whom: Target,
    /// By whom; empty for the console.
    pub by: Rc<str>,
    /// The reason, or empty.
    pub why: Rc<str>,
    /// How long it still lasts; none is for ever.
    pub left: Option<Duration>,
}

/// Why an order failed, or why a rule refuses a line.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Fault {
    /// Only operators may do this.
    NotOperator,
    /// This server has no operators' password.
    NoOperators,
    /// You are an operator already.
    AlreadyOperator,
    /// Neither a name nor an address.
    BadTarget(String),
    /// Guests get another number when they return. `from` is this one's address.
    Guest { name: Name, from: Option<IpAddr> },
    /// Loopback can be banned only by name.
    Loopback,
    /// It would ban yourself.
    OwnAddress,
    /// There are as many bans or mutes as there may be.
    Full,
    /// There is no hook of this number.
    NoHook(u32),
    /// Nobody has registered that name or e-mail.
    NoAccount(String),
    /// There is no such ban.
    NotBanned(String),
    /// This user is not muted.
    NotMuted(Who),
    /// You are muted for so long, or until you are unmuted.
    Muted { left: Option<Duration> },
    /// You are muted, so you may not change your name.
    MutedName { left: Option<Duration> },
    /// You are muted, so you may not open a room.
    MutedRoom { left: Option<Duration> },
    /// A text that begins like a duration and is none.
    BadTime(String),
    /// This name is banned.
    NameBanned { name: Name, why: Rc<str> },
}
