//! Accounts as the hub speaks of them: what it asks of whoever keeps them, and what it is answered.
//!
//! Hashing and disk are slow and are nothing of the hub's: it asks, goes on, and gets a verdict later.
//! Contract: every [`Question`] is answered with exactly one [`Verdict`], also when its asker has
//! left, and the verdicts come in the order in which the questions were decided.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use unicode_normalization::UnicodeNormalization;

use crate::hub::name::Name;
use crate::limits::PASSWORD_BYTES;

/// A password on its way. It is shown nowhere, `{:?}` included.
///
/// It is not wiped when it is dropped: the line that it came in has left copies of it already.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// A text as it was typed.
    ///
    /// # Errors
    /// When it is too short or too long, or would be taken for a command when papo asks for it.
    pub fn new(text: &str) -> Result<Secret, SecretFault> {
        match Secret::fits(text) && !text.starts_with('/') {
            true => Ok(Secret(text.into())),
            false => Err(SecretFault::Length),
        }
    }

    /// Whether a password may be as long as this, however its letters are composed.
    pub fn fits(text: &str) -> bool {
        let bytes: usize = text.nfc().map(char::len_utf8).sum();
        (1..=PASSWORD_BYTES).contains(&bytes)
    }

    /// The password itself, for whoever hashes it.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Why something can be no password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretFault {
    /// Nothing, more than [`PASSWORD_BYTES`] in NFC, or a `/` in front.
    Length,
    /// Not UTF-8: all such bytes would look the same.
    NotUtf8,
    /// It holds what nobody sees: controls, invisible characters.
    Hidden,
    /// The one that was for once.
    Same,
}

/// What the hub wants to know or to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Question {
    /// Is this the password of this name?
    Verify { name: Name, password: Secret },
    /// Keep a new name with its password.
    Register { name: Name, password: Secret },
    /// Keep another password for this name.
    Change { name: Name, password: Secret },
    /// Keep `new` in place of a password that was for once, if that is `old`.
    Renew {
        name: Name,
        old: Secret,
        new: Secret,
    },
    /// Forget this name.
    Remove { name: Name },
    /// Is this the operators' password? Asked by a user of this name.
    Operator { name: Name, password: Secret },
}

impl Question {
    /// The name that it is about.
    pub fn name(&self) -> &Name {
        match self {
            Question::Verify { name, .. }
            | Question::Register { name, .. }
            | Question::Change { name, .. }
            | Question::Renew { name, .. }
            | Question::Remove { name }
            | Question::Operator { name, .. } => name,
        }
    }
}

/// The answer to a question. One that does not fit its question counts as `Failed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Verdict {
    /// To `Verify` and `Operator`: it is.
    Right,
    /// To `Verify`: it is, for once; the owner has to have another before it comes in.
    RightOnce,
    /// To `Verify`, `Operator` and `Renew`: it is not.
    Wrong,
    /// To all but `Register`: no such name is kept, or no operators' password.
    NoSuch,
    /// To `Register`: done.
    Registered,
    /// To `Register`: this name or one that looks like it is kept already.
    AlreadyThere,
    /// To `Change` and `Renew`: done.
    Changed,
    /// To `Remove`: done.
    Removed,
    /// Too many questions wait: this one was not looked at.
    Busy,
    /// It could not be found out or done, for a reason that the log has.
    Failed,
    /// Too many wrong passwords came from there: not looked at, and not before so long.
    TooMany { wait: Duration },
}

/// A registered name as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// [`Name::key`].
    pub key: Rc<str>,
    /// [`Name::look`].
    pub look: Rc<str>,
    /// [`Name::shown`].
    pub shown: Rc<str>,
}

impl From<&Name> for Registered {
    fn from(name: &Name) -> Registered {
        Registered {
            key: name.key().into(),
            look: name.look(),
            shown: name.shown().into(),
        }
    }
}
