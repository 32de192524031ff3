//! Accounts as the hub sees them: the questions it asks of the store, and the verdicts.
//!
//! Hashing and disk are slow, so the hub asks, goes on, and gets the verdict later. Contract: every
//! [`Question`] gets exactly one [`Verdict`], even if the asker has left, and the verdicts come in
//! the order in which the questions were decided.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use unicode_normalization::UnicodeNormalization;

use crate::hub::name::Name;
use crate::limits::PASSWORD_BYTES;

/// A password on its way. It is never shown, not even by `{:?}`, and always [fits](Secret::fits).
///
/// It is not wiped on drop: the line it came in has left copies already.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// A password as typed.
    ///
    /// # Errors
    /// If it is too short or too long, or begins with `/` and so would be taken for a
    /// command.
    pub fn new(text: &str) -> Result<Secret, SecretFault> {
        match Secret::fits(text) && !text.starts_with('/') {
            true => Ok(Secret(text.into())),
            false => Err(SecretFault::Length),
        }
    }

    /// A password from a client without commands, if its length is legal.
    pub fn of_client(text: &str) -> Option<Secret> {
        Secret::fits(text).then(|| Secret(text.into()))
    }

    /// Whether the length is that of a password, in NFC.
    pub fn fits(text: &str) -> bool {
        let bytes: usize = text.nfc().map(char::len_utf8).sum();
        (1..=PASSWORD_BYTES).contains(&bytes)
    }

    /// The password itself, for hashing.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Why a text cannot be a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretFault {
    /// Empty, more than [`PASSWORD_BYTES`] in NFC, or beginning with `/`.
    Length,
    /// Not UTF-8: all such bytes would look the same.
    NotUtf8,
    /// It has invisible characters or controls.
    Hidden,
    /// The one-time password once more.
    Same,
}

/// A question about an account, or a change to make: of a name or, by ChatTruco's clients, of an e-mail.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Question {
    /// Is this the password?
    Verify(Secret),
    /// Store a new account with this password.
    Register(Secret),
    /// Store another password.
    Change(Secret),
    /// Replace the one-time password `old` by `new`.
    Renew { old: Secret, new: Secret },
    /// Remove the account.
    Remove,
    /// Is this the operators' password? Asked by the user of this name.
    Operator(Secret),
}

/// The answer to a question. A verdict that does not fit its question counts as `Failed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Verdict {
    /// To `Verify` and `Operator`: yes.
    Right,
    /// To `Verify`: yes, but it is a one-time password: the owner must choose another first.
    RightOnce,
    /// To `Verify`, `Operator` and `Renew`: no.
    Wrong,
    /// To all but `Register`: there is no such account, or no operators' password.
    NoSuch,
    /// To `Register`: the account is on the disk.
    Registered,
    /// To `Register`: this name, one that looks like it or this e-mail is registered.
    AlreadyThere,
    /// To `Change` and `Renew`: the new password is on the disk.
    Changed,
    /// To `Remove`: the account is gone from the disk.
    Removed,
    /// To a private line for somebody who is not here: their box is full, or the writer's share of it.
    Full { of_yours: bool },
    /// Too many questions wait; this one was dropped.
    Busy,
    /// It failed; the log says why. Nothing has changed, unless the very last step failed.
    Failed,
    /// Too many wrong passwords from that address: dropped. Try again after `wait`.
    TooMany { wait: Duration },
}

/// A registered name as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// [`Name::key`].
    pub key: Rc<str>,
    /// [`Name::look`].
    pub look: Rc<str>,
    /// [`Name::shown`].
    pub shown: Rc<str>,
    /// How long ago it was registered.
    pub age: Duration,
}

impl From<&Name> for Registered {
    fn from(name: &Name) -> Registered {
        Registered {
            key: name.key().into(),
            look: name.look(),
            shown: name.shown().into(),
            age: Duration::ZERO,
        }
    }
}
