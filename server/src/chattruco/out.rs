//! What the directory wants done. The loop does it; a test reads it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use log::Level;

/// A password as a datagram brought it, of any length. `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// What is to be done, in this order. E-mails are in lower case, which is who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Out {
    /// Send a datagram, from this address of ours (an unspecified one leaves it to the system).
    Send {
        to: SocketAddr,
        local: IpAddr,
        bytes: Vec<u8>,
    },
    /// Ask the accounts to register; their verdict goes to [`super::Directory::answer`] with the ticket.
    Register {
        ticket: u64,
        email: String,
        password: Password,
    },
    /// Ask the accounts whether this is the password; the same.
    Verify {
        ticket: u64,
        email: String,
        password: Password,
    },
    /// This e-mail came.
    Online(String),
    /// It went.
    Offline(String),
    /// A line to a user of another transport; `to` and `text` are clean, `text` is one line and not
    /// empty, `to` is nobody perhaps.
    Private {
        from: String,
        to: String,
        text: String,
    },
    /// A line that `from` sent to `to` goes no further. Best told with [`super::Directory::private`] in the
    /// name of `to`, since that is the window its owner looks at.
    Refused {
        from: String,
        to: String,
        why: Refusal,
    },
    /// A line of the log.
    Log(Level, String),
}

/// Why a line goes no further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Over [`crate::limits::LINE_BYTES`].
    LongLine,
    /// Too many lines; said once, until its owner has been quiet for a while.
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
