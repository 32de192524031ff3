//! The directory's actions. The loop executes them; tests read them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use log::Level;

/// A password from a datagram, of any length. `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

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
    /// Ask the accounts to register; their verdict goes to [`super::Directory::answer`] with the
    /// ticket.
    Register {
        ticket: u64,
        email: String,
        password: Password,
    },
    /// Ask the accounts whether this is the password; the verdict goes the same way.
    Verify {
        ticket: u64,
        email: String,
        password: Password,
    },
    /// This e-mail came online.
    Online(String),
    /// It went offline.
    Offline(String),
    /// A line to a user of another transport. `to` and `text` are clean; `text` is one line and not
    /// empty; `to` may not exist.
    Private {
        from: String,
        to: String,
        text: String,
    },
    /// A line from `from` to `to` was refused. Best told with [`super::Directory::private`] in the
    /// name of `to`, in whose window the sender looks.
    Refused {
        from: String,
        to: String,
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

    #[test]
    fn what_is_printed_has_no_password() {
        let out = Out::Verify {
            ticket: 1,
            email: "a@x".into(),
            password: Password("s3cret".into()),
        };
        let printed = format!(
            "{out:?} {:?}",
            super::super::wire::parse(b"Con a@x s3cret", false)
        );
        assert!(!printed.contains("s3cret"), "{printed}");
    }
}
