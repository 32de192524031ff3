//! Arguments of commands about people who are not here, or not at their screen.

use super::text::{name, said};
use crate::dialect::words::Verb;
use crate::hub::AboutAbsence;

/// What such a command asks for.
pub(super) fn parse(verb: Verb, rest: &str) -> AboutAbsence {
    match verb {
        Verb::Away => AboutAbsence::Away(said(rest)),
        Verb::Back => AboutAbsence::Back,
        _ if rest.is_empty() => AboutAbsence::Sent,
        _ => AboutAbsence::Seen(name(rest).to_owned()),
    }
}
