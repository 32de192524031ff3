//! The languages users are spoken to in, and which command a text is about: values that the hub
//! passes on. The texts are in dialect/words.rs.

/// A language that papo speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Portuguese.
    Pt,
}

/// A command, whatever its name in a language. Names, arguments and help are in dialect/words; what
/// each takes is in the command table. In the order of the help: those of operators come last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verb {
    /// A private line.
    Private,
    /// A private line to the last user who wrote privately.
    Reply,
    /// An action.
    Me,
    /// Correct a line of one's own.
    Edit,
    /// Delete a line.
    Delete,
    /// A word about a line.
    React,
    /// The pinned lines.
    Pins,
    /// Who is here.
    Online,
    /// About one user.
    Whois,
    /// When somebody was here, or who has been sent one's last line.
    Seen,
    /// Change the name.
    Nick,
    /// Go to another room.
    Join,
    /// Be in one more room.
    Also,
    /// Leave a room.
    Leave,
    /// The rooms.
    Rooms,
    /// What the room is about.
    Topic,
    /// The last public lines, or earlier ones.
    History,
    /// Lines of before with some words.
    Search,
    /// The next page of what was asked for.
    More,
    /// Ignore somebody.
    Ignore,
    /// Not at the screen for a while.
    Away,
    /// At the screen again.
    Back,
    /// Protect the name with a password.
    Register,
    /// Change the password.
    Password,
    /// Give up the registration.
    Unregister,
    /// The length of the user's queue.
    Lag,
    /// Change the language.
    Lang,
    /// Change the time zone.
    Zone,
    /// Show short ids.
    Ids,
    /// Begin lines as programs want it.
    Tags,
    /// Say a line once, however often it comes.
    Once,
    /// Take a place over after a drop.
    Resume,
    /// The address for browsers and its QR code.
    Address,
    /// The commands.
    Help,
    /// Leave.
    Quit,
    /// Become an operator.
    Operator,
    /// Pin a line, or unpin it.
    Pin,
    /// Remove a user.
    Kick,
    /// Keep somebody out.
    Ban,
    /// Who is banned.
    Banned,
    /// Let a banned user or address in again.
    Unban,
    /// Refuse a user's lines.
    Mute,
    /// Accept a user's lines again.
    Unmute,
    /// The registered names and e-mails.
    Accounts,
    /// Give an account a new password.
    Reset,
    /// End an account.
    Free,
    /// Let programs speak in a room.
    Hook,
    /// Let them speak no more.
    Unhook,
    /// Let nobody new in.
    Lockdown,
    /// Speak as the server.
    Say,
}

/// How a user wrote a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// A slash and this one of its names.
    Name(&'static str),
    /// `@`, for a private line.
    At,
}

/// A hint for a user who tried a command that papo does not have, or a line in the wrong place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// No place is kept for the key that it gave, or not any more.
    NoSuchKey,
    /// Where the message of the day is.
    Motd,
    /// The line was a command without its slash and was not said.
    Slash(Verb),
    /// The line came together with a name that was refused, and was not said.
    NotSaid,
    /// The line came together with a password that was refused, and was not tried.
    NotTried,
    /// The line may be the password of the name that was just refused, and was not said.
    Withheld,
    /// Each message has its id in any case.
    HasIds,
}
