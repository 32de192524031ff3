//! What a user can ask of the hub. A closed list; a dialect makes these from lines.
//!
//! Texts are clean (see clean.rs) and not empty but for `Enter`'s; names are as typed, the hub judges
//! them.

use std::rc::Rc;

use super::notice::Gone;
use super::question::Secret;
use crate::words::Lang;

/// One thing asked by the owner of one conn.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Request {
    /// Be called this: the first step of a conn, before which only `Lang` and `Leave` are heard. Of a
    /// conn that was asked for a password it is that. Empty: ask me (for a name) again.
    Enter(String),
    /// Be called `guest` and a number: for conns that cannot give a name.
    EnterGuest,
    /// A public line.
    Say(String),
    /// A public action, `/me`.
    Act(String),
    /// A private line to a name.
    Private { to: String, text: String },
    /// A private line to whoever wrote privately last.
    Reply(String),
    /// Who is here, who is elsewhere.
    Online,
    /// About one user.
    Whois(String),
    /// Another name.
    Nick(String),
    /// Another room.
    Join(String),
    /// All rooms with their numbers.
    Rooms,
    /// The last so many public lines of the room.
    History(usize),
    /// Ignore a name, or hear it again.
    Ignore(String),
    /// Whom do I ignore?
    Ignored,
    /// Let nobody else have my name without this password.
    Register(Secret),
    /// Another password for my name.
    Password(Secret),
    /// Let everybody have my name again.
    Unregister,
    /// Another language.
    Lang(Lang),
    /// The conn is over or is asked to be: `Gone::Quit` for `/quit`, else what went wrong.
    /// The hub answers with the leave and, when it was a wish, a farewell and `Close`.
    Leave(Gone),
}

/// What the operator asks at the console.
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
    /// Say goodbye to everybody and close every user's conn.
    Stop,
}

/// What happens among the direct users: people whom another system knows, each by an e-mail address,
/// and who talk past the server. Texts are clean; addresses are as they logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Direct {
    /// One is there.
    Online(Rc<str>),
    /// One is not there any more.
    Offline(Rc<str>),
    /// A private line of one who is there to a user's name.
    Private {
        from: Rc<str>,
        to: String,
        text: String,
    },
}
