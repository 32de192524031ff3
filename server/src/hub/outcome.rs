//! What operators are answered, and what their orders mean for others: the part of the notices that is
//! theirs.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use super::effect::Account;
use super::notice::Who;
use super::question::Secret;
use super::rules::Target;
use crate::hub::name::Name;

/// What came of an order, or of the wish to give some.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Outcome {
    /// The question for the operators' password.
    AskPassword,
    /// You may give orders from now on.
    Operator,
    /// This user is out.
    Kicked(Who),
    /// Banned for so long, or for ever; where the user came from, when one was thrown out by its
    /// name, or how many were by their address.
    Banned {
        whom: Target,
        lasts: Option<Duration>,
        from: Option<IpAddr>,
        out: usize,
    },
    /// A ban is lifted.
    Unbanned(Target),
    /// The answer to `/banned`: these, oldest first, and so many more.
    Bans { bans: Vec<Banned>, others: usize },
    /// What you ordered last could not be kept on the disk: it holds until the server ends.
    NotKept,
    /// This user is not heard for so long, or until it is allowed again.
    Muted { whom: Who, lasts: Option<Duration> },
    /// It is heard again.
    Unmuted(Who),
    /// To the user itself: you are not heard.
    YouAreMuted { lasts: Option<Duration> },
    /// You are heard again.
    YouMaySpeak,
    /// Whether anybody new comes in.
    Lockdown(bool),
    /// The answer to `/accounts`: these, and so many more.
    Accounts { listed: Vec<Listed>, others: usize },
    /// Whose password is this from now on; of a name it is for once.
    Reset { whom: Account, password: Secret },
    /// Nobody has registered this any more.
    Freed(Account),
    /// Where a user comes from, which only operators are told.
    ComesFrom { name: Name, address: IpAddr },
}

/// One account in an answer to `/accounts`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The name or the e-mail.
    pub whom: Rc<str>,
    /// How long ago it was registered.
    pub registered: Duration,
    /// How long ago it was last used, if that is known.
    pub used: Option<Duration>,
}

/// One ban in an answer to `/banned`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Banned {
    /// Whose.
    pub whom: Target,
    /// By whom; nothing for the console.
    pub by: Rc<str>,
    /// Why, or nothing.
    pub why: Rc<str>,
    /// For how long yet; none is for ever.
    pub left: Option<Duration>,
}

/// Why an order could not be done, or why a line could not because of one.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Fault {
    /// Only operators may.
    NotOperator,
    /// This server has no operators' password.
    NoOperators,
    /// You are one already.
    AlreadyOperator,
    /// Neither a name nor an address.
    BadTarget(String),
    /// A guest has another number the next time; where this one comes from.
    Guest { name: Name, from: Option<IpAddr> },
    /// Loopback can be banned only by name.
    Loopback,
    /// That would be your own ban.
    OwnAddress,
    /// As many are banned or muted as may be.
    Full,
    /// Nobody has registered that name or e-mail.
    NoAccount(String),
    /// There is no such ban.
    NotBanned(String),
    /// This user is not muted.
    NotMuted(Who),
    /// You are not heard for so long, or until you are allowed again.
    Muted { left: Option<Duration> },
    /// Muted for so long: another name would be one more thing to shout.
    MutedName { left: Option<Duration> },
    /// Muted for so long, and a new room's name would be told to others.
    MutedRoom { left: Option<Duration> },
    /// What begins as a duration and is none.
    BadTime(String),
    /// Nobody may have this name.
    NameBanned { name: Name, why: Rc<str> },
}
