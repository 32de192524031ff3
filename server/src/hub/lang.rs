//! The languages that users are spoken to in, and what a command is about: values that the hub passes
//! on. It knows no text; dialect/words.rs has all of it.

/// A language papo speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Portuguese.
    Pt,
}

/// What a user can do by a command. Its names, its arguments and its help are words; what it
/// takes is in the dialects' table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// A private line.
    Private,
    /// A private line to whoever wrote privately last.
    Reply,
    /// An action.
    Me,
    /// Who is here.
    Online,
    /// About one user.
    Whois,
    /// Another name.
    Nick,
    /// Another room.
    Join,
    /// The rooms.
    Rooms,
    /// The last public lines.
    History,
    /// Ignore somebody.
    Ignore,
    /// Protect the name by a password.
    Register,
    /// Another password.
    Password,
    /// Give the protection up.
    Unregister,
    /// How long is my queue.
    Lag,
    /// Another language.
    Lang,
    /// The commands.
    Help,
    /// Leave.
    Quit,
    /// Become an operator.
    Operator,
    /// Remove a user.
    Kick,
    /// Let somebody not come back.
    Ban,
    /// Who is banned.
    Banned,
    /// Let somebody come back.
    Unban,
    /// Let nobody hear a user.
    Mute,
    /// Let everybody hear it again.
    Unmute,
    /// Who is registered.
    Accounts,
    /// Another password for somebody.
    Reset,
    /// The end of somebody's registration.
    Free,
    /// Let nobody new in.
    Lockdown,
    /// Speak as the server.
    Say,
}

/// What somebody is told who looks for something by another name, or in the wrong place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// How to get out of a room, or out of all.
    Leave,
    /// Nobody is marked as absent.
    Away,
    /// Where the message of the day is.
    Motd,
    /// Rooms have no topic.
    Topic,
    /// That line was a command without its slash, and was not said.
    Slash(Verb),
    /// That line came with a name that could not be had, and was not said.
    NotSaid,
    /// What was typed may be the password of the name that was refused just before.
    Withheld,
}
