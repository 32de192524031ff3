//! Hints for users who try commands that papo does not have, in English.

use std::fmt::{self, Write};

use super::{Lines, quit};
use crate::dialect::words::{Hint, Verb};

pub(super) fn say(hint: Hint, out: &mut Lines) -> fmt::Result {
    match hint {
        Hint::NoSuchKey => write!(out, "no place is kept for this key (any more); give a name"),
        Hint::Motd => write!(out, "the message of the day is shown when you come in"),
        Hint::Slash(Verb::Quit) => write!(out, "to leave, type /{}", quit(out)),
        Hint::Slash(_) => write!(out, "for help, type /help"),
        Hint::NotSaid => write!(
            out,
            "that was not said, for you have no name yet; type one now"
        ),
        Hint::NotTried => write!(
            out,
            "that was not said, nor tried as a password; type the password now, or an empty line"
        ),
        Hint::HasIds => write!(out, "each message has its id and its time already"),
        Hint::Withheld => write!(
            out,
            "that was not said, for it may be your password; to use your name, connect again and give it"
        ),
    }
}
