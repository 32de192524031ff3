//! What a ChatTruco user asks the outside for: datagrams to send, notices to show, an end. Only data;
//! words.rs has the texts. Invariant: every text in here but a datagram is clean (see text.rs).

use std::net::IpAddr;

/// Something that the user has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The password.
    Password,
    /// The password once more, as a new one that was mistyped is lost.
    Repeat,
    /// Whether to register, yes or no.
    Register,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this to the server.
    ToServer(String),
    /// Send a message.
    ToPeer {
        /// Where.
        ip: IpAddr,
        /// To whom.
        to: String,
        /// Its text, to show what was sent.
        text: String,
        /// The datagram.
        datagram: String,
    },
    /// Show this.
    Tell(Notice),
    /// The user leaves.
    Leave,
    /// It cannot go on.
    Over(Verdict),
}

/// Something to show.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    /// Who is online.
    Online(Vec<String>),
    /// Somebody came.
    Came(String),
    /// Somebody went.
    Gone(String),
    /// A line of a message.
    Message {
        /// Who wrote it.
        from: String,
        /// The line.
        text: String,
    },
    /// A line of an own message that was sent.
    Sent {
        /// To whom.
        to: String,
        /// The line.
        text: String,
    },
    /// A message could not be sent.
    CannotSend {
        /// To whom.
        to: String,
        /// Why.
        why: String,
    },
    /// No answer yet; the request was sent again.
    AskingAgain,
    /// The e-mail was registered.
    Registered(String),
    /// The e-mail had been registered before.
    AlreadyRegistered(String),
    /// The e-mail is not registered.
    NotRegistered(String),
    /// The password is not the one of this e-mail.
    WrongPassword(String),
    /// The password was mistyped one of the two times.
    PasswordsDiffer,
    /// The password cannot be sent.
    BadPassword,
    /// A message was ignored; told once, `/status` counts.
    Ignored,
    /// Somebody to whom something was to be sent is not online.
    NotOnline(String),
    /// Nobody was chosen to write to.
    NobodyChosen,
    /// Nobody wrote yet.
    NobodyToAnswer,
    /// A message to oneself.
    ToOneself,
    /// A message without text.
    NoText,
    /// A message that does not fit.
    TooLong {
        /// The bytes of its text.
        bytes: usize,
        /// The bytes that it may have.
        limit: usize,
    },
    /// A command that is none.
    NoCommand(String),
    /// The commands.
    Help,
    /// How it stands.
    Status {
        /// Who we are.
        email: String,
        /// How many others are online.
        others: usize,
        /// How many datagrams were ignored.
        ignored: u64,
    },
}

/// Why it cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No answer after all tries.
    NoAnswer,
    /// The e-mail is not registered, and it is not wanted.
    NotRegistered,
    /// The password is wrong.
    WrongPassword,
    /// There was none when it was asked for.
    NoPassword,
    /// The password cannot be sent.
    BadPassword,
    /// The server does not take such an e-mail or password.
    Malformed,
    /// A list without us.
    Offline,
    /// No `Truco` in time.
    Silent,
}

/// How a notice looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A line of a conversation, in the form of the papo protocol.
    Talk,
    /// Something happened, or the answer to a command.
    Event,
    /// What was typed could not be done.
    Error,
}

impl Notice {
    /// How it looks.
    pub fn look(&self) -> Look {
        match self {
            Notice::Message { .. } | Notice::Sent { .. } => Look::Talk,
            Notice::Online(_)
            | Notice::Came(_)
            | Notice::Gone(_)
            | Notice::AskingAgain
            | Notice::Registered(_)
            | Notice::AlreadyRegistered(_)
            | Notice::Ignored
            | Notice::Help
            | Notice::Status { .. } => Look::Event,
            Notice::NotRegistered(_)
            | Notice::WrongPassword(_)
            | Notice::PasswordsDiffer
            | Notice::BadPassword
            | Notice::NotOnline(_)
            | Notice::CannotSend { .. }
            | Notice::NobodyChosen
            | Notice::NobodyToAnswer
            | Notice::ToOneself
            | Notice::NoText
            | Notice::TooLong { .. }
            | Notice::NoCommand(_) => Look::Error,
        }
    }
}
