//! What a user can ask of the hub. A closed list; a dialect makes these from lines.
//!
//! Texts are clean (see clean.rs) and not empty but for `Enter`'s; names are as typed, the hub judges
//! them.

use std::rc::Rc;

use super::absent::AboutAbsence;
use super::accounts::question::{Secret, SecretFault};
use super::archive::entry::LineId;
use super::notice::Gone;
use super::operators::Order;
use super::pages::{Look, Zoning};
use super::refer::Refer;
use super::sessions::Key;
use super::tags::Ids;
use crate::clock::Moment;
use crate::hub::lang::{Lang, Verb};
use crate::hub::name::Name;

/// One thing asked by the owner of one conn.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Request {
    /// Be called this: the first step of a conn, before which only `Lang` and `Leave` are heard. Empty:
    /// ask me again.
    Enter(String),
    /// The password that I was asked for, or why what I typed is none.
    Claim(Result<Secret, SecretFault>),
    /// Give me the place that this key is for, and what I have missed since I had these lines.
    Resume { key: Key, had: Vec<(Name, LineId)> },
    /// Be called `guest` and a number: for conns that cannot give a name.
    EnterGuest,
    /// A public line.
    Say(Rc<str>),
    /// A line that is a command but for its slash: said only by who has spoken before and does not
    /// repeat it. A password may look so, too.
    Bare { text: Rc<str>, meant: Verb },
    /// A public action, `/me`.
    Act(Rc<str>),
    /// A private line to a name.
    Private { to: String, text: Rc<str> },
    /// A private line to the last user who wrote privately.
    Reply(Rc<str>),
    /// Something about a line.
    Refer(Refer),
    /// Who is here, who is elsewhere.
    Online,
    /// About one user.
    Whois(String),
    /// Another name.
    Nick(String),
    /// Speak in this room; a new one replaces the room spoken in.
    Join(String),
    /// Be in one room more.
    Also(String),
    /// Leave this room, or the one spoken in.
    LeaveRoom(Option<String>),
    /// What is the topic?
    Topic,
    /// Set the topic; empty clears it.
    SetTopic(String),
    /// All rooms with their numbers.
    Rooms,
    /// The last so many public lines of this room, or of the one spoken in.
    History { lines: usize, room: Option<String> },
    /// Public lines of this room, or of the one spoken in, from this moment on. The server finds out which
    /// moment that is and asks [`Look::Since`].
    Since(Moment, Option<String>),
    /// Lines of before.
    Look(Look),
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
    /// I am an operator, by this password; without one, ask me for it.
    Operator(Option<Secret>),
    /// The operators' password, since I was asked for it.
    Proof(Result<Secret, SecretFault>),
    /// I do not want to be asked after all.
    GiveUp,
    /// An operator's order.
    Order(Order),
    /// About who is not here, or not at their screen.
    Absence(AboutAbsence),
    /// How long is my queue, and how busy is the server?
    Lag,
    /// Where do others join?
    Address,
    /// Another language.
    Lang(Lang),
    /// Times in this zone.
    Zone(Zoning),
    /// Lines are to begin so.
    ShowIds(Ids),
    /// A line, action or private line, once however often it comes with this mark of mine.
    Once { mark: Rc<str>, what: Box<Request> },
    /// The conn is over or is asked to be: `Gone::Quit` for `/quit`, else what went wrong.
    /// The hub answers with the leave and, when it was a wish, a farewell and `Close`.
    Leave(Gone),
}

impl Request {
    /// Bytes of text in it for others to read. Cleaning may make three of one.
    pub fn text_bytes(&self) -> usize {
        match self {
            Request::Say(text) | Request::Act(text) | Request::Reply(text) => text.len(),
            Request::Bare { text, .. } | Request::Private { text, .. } => text.len(),
            Request::Absence(AboutAbsence::Away(text)) => text.len(),
            Request::SetTopic(text) => text.len(),
            Request::Refer(refer) => refer.text_bytes(),
            Request::Once { what, .. } => what.text_bytes(),
            _ => 0,
        }
    }
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
        text: Rc<str>,
    },
}
