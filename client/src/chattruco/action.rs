//! What a ChatTruco user asks for: datagrams to send, notices to show, an end. Only data; words.rs has
//! the texts. Invariant: every text in here but a datagram is clean (see text.rs).

use std::net::IpAddr;

/// Something that the user has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Password,
    /// The new password once more: one that was mistyped would be lost.
    Repeat,
    /// Whether to register, yes or no.
    Register,
}

/// What the caller has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this datagram to the server.
    SendToServer(String),
    /// Send a message to another user.
    SendToPeer {
        /// The user's address.
        ip: IpAddr,
        /// The user's e-mail.
        to: String,
        /// The text, to show what was sent.
        text: String,
        /// The datagram with the text.
        datagram: String,
    },
    /// Show this notice.
    Show(Notice),
    /// The user leaves.
    Leave,
    /// The session cannot go on.
    End(EndReason),
}

/// Something to show.
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the texts in words.rs say what each notice is")]
pub enum Notice {
    Online(Vec<String>),
    Connected(String),
    Disconnected(String),
    /// A line of a message.
    Message {
        from: String,
        text: String,
    },
    /// A line of the user's own message.
    Sent {
        to: String,
        text: String,
    },
    CannotSend {
        to: String,
        why: String,
    },
    AskingAgain,
    Registered(String),
    AlreadyRegistered(String),
    NotRegistered(String),
    WrongPassword(String),
    PasswordsDiffer,
    BadPassword,
    /// A message was ignored; shown once, `/status` counts.
    Ignored,
    NotOnline(String),
    NoAddressee,
    NothingToAnswer,
    ToOneself,
    NoText,
    TooLong {
        bytes: usize,
        limit: usize,
    },
    NoCommand(String),
    Help,
    Status {
        email: String,
        others: usize,
        ignored: u64,
    },
}

/// Why the session cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the texts in words.rs say what each reason is")]
pub enum EndReason {
    NoAnswer,
    NotRegistered,
    WrongPassword,
    NoPassword,
    BadPassword,
    Refused,
    /// A list of the server does not hold this user.
    Offline,
    /// No heartbeat came in time.
    Silent,
}

impl Notice {
    /// What stands before its lines, as in the papo protocol: nothing before a private line, `*` before
    /// an event or an answer, `!` before an error.
    pub(super) fn mark(&self) -> &'static str {
        match self {
            Notice::Message { .. } | Notice::Sent { .. } => "",
            Notice::Online(_)
            | Notice::Connected(_)
            | Notice::Disconnected(_)
            | Notice::AskingAgain
            | Notice::Registered(_)
            | Notice::AlreadyRegistered(_)
            | Notice::Ignored
            | Notice::Help
            | Notice::Status { .. } => "* ",
            Notice::NotRegistered(_)
            | Notice::WrongPassword(_)
            | Notice::PasswordsDiffer
            | Notice::BadPassword
            | Notice::NotOnline(_)
            | Notice::CannotSend { .. }
            | Notice::NoAddressee
            | Notice::NothingToAnswer
            | Notice::ToOneself
            | Notice::NoText
            | Notice::TooLong { .. }
            | Notice::NoCommand(_) => "! ",
        }
    }
}
