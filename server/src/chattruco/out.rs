//! The directory's actions. The loop executes them; tests read them.

use std::net::{IpAddr, SocketAddr};

use log::Level;

use crate::hub::Question;

/// An action. E-mails are in lower case, which identifies their users.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Out {
    /// Send a datagram, from this address of ours (if unspecified, the system chooses).
    Send {
        to: SocketAddr,
        local: IpAddr,
        bytes: Vec<u8>,
    },
    /// Ask the accounts; their verdict goes to [`super::Directory::answer`] with the ticket.
    Ask {
        ticket: u64,
        email: String,
        question: Question,
    },
    /// This e-mail came online.
    Online(String),
    /// It went offline.
    Offline(String),
    /// A line to a user of another transport. `to` and `text` are clean; `text` is one line and not
    /// empty; `to` may not exist. The sender looks at this window (see [`super::Directory::tell`]).
    Private {
        from: String,
        to: String,
        window: String,
        text: String,
    },
    /// A line of `from` was refused, which is to be told in the window that they look at.
    Refused {
        from: String,
        window: String,
        why: Refusal,
    },
    /// A line of the log.
    Log(Level, String),
}

/// Why a line was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It exceeds [`crate::limits::LINE_BYTES`].
    LongLine,
    /// Too many lines; said once, until the sender has paused.
    TooFast,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Secret;

    #[test]
    fn what_is_printed_has_no_password() {
        let password = Secret::of_client("s3cret").expect("it is short");
        let out = Out::Ask {
            ticket: 1,
            email: "a@x".into(),
            question: Question::Verify(password),
        };
        let printed = format!(
            "{out:?} {:?}",
            super::super::wire::parse(b"Con a@x s3cret", false)
        );
        assert!(!printed.contains("s3cret"), "{printed}");
    }
}
