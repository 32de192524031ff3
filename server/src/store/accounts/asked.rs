//! What was asked, without its secrets, and what came of it. Words only: nothing is done here.

use super::Question;

/// A [`Question`] without its password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// See [`Question::Register`].
    Register,
    /// See [`Question::Verify`].
    Verify,
    /// See [`Question::Change`].
    Change,
    /// See [`Question::Remove`].
    Remove,
    /// See [`Question::Renew`].
    Renew,
    /// See [`Question::Reset`].
    Reset,
    /// See [`Question::Free`].
    Free,
    /// See [`Question::List`].
    List,
    /// See [`Question::Keep`].
    Keep,
    /// See [`Question::Forget`].
    Forget,
}

/// What came of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The account is on the disk.
    Registered,
    /// Not registered: this key or this look has an account.
    AlreadyThere,
    /// It is the password.
    Right,
    /// It is, for once: its owner has to have another.
    RightOnce,
    /// It is not.
    Wrong,
    /// There is no such account.
    NoSuch,
    /// The new password is on the disk.
    Changed,
    /// The account or the ban is gone from the disk.
    Removed,
    /// The ban is on the disk.
    Kept,
    /// The disk or the system did not let us; the log says why. What was to be changed is as it was,
    /// unless the very last step failed; asking again tells.
    Failed,
}

impl Verdict {
    /// Whether something was written: only that shows that a disk works. What there is not to be
    /// forgotten is no news of it.
    pub(super) fn is_change(self) -> bool {
        match self {
            Verdict::Registered | Verdict::Changed | Verdict::Removed | Verdict::Kept => true,
            Verdict::AlreadyThere
            | Verdict::Right
            | Verdict::RightOnce
            | Verdict::Wrong
            | Verdict::NoSuch
            | Verdict::Failed => false,
        }
    }
}

impl Question {
    /// It without its password.
    pub fn asked(&self) -> Asked {
        match self {
            Question::Register(_) => Asked::Register,
            Question::Verify(_) => Asked::Verify,
            Question::Change(_) => Asked::Change,
            Question::Remove => Asked::Remove,
            Question::Renew(..) => Asked::Renew,
            Question::Reset => Asked::Reset,
            Question::Free => Asked::Free,
            Question::List(_) => Asked::List,
            Question::Keep(_) => Asked::Keep,
            Question::Forget(_) => Asked::Forget,
        }
    }
}
