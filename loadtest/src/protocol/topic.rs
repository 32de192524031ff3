//! The topic of a bot's lines in protocols that have topics in place of rooms: `papo`, `room3`, and for each
//! bot of a pair `inbox.17`.

use super::{Place, Who};
use std::fmt;

/// A topic; its length is known before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    kind: &'static str,
    number: Option<usize>,
}

impl Topic {
    /// The topic that a bot subscribes to.
    pub(super) fn heard(who: Who) -> Self {
        let (kind, number) = match who.place {
            Place::Lobby => ("papo", None),
            Place::Room(room) => ("room", Some(room)),
            Place::Pair => ("inbox.", Some(who.bot)),
        };
        Self { kind, number }
    }

    /// The topic to which a bot publishes.
    pub(super) fn spoken(who: Who) -> Self {
        let bot = match who.place {
            Place::Pair => who.partner(),
            Place::Lobby | Place::Room(_) => who.bot,
        };
        Self::heard(Who { bot, ..who })
    }

    /// The bytes of the topic.
    pub(super) fn len(self) -> usize {
        self.kind.len() + self.number.map_or(0, digits)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        self.number.map_or(Ok(()), |number| write!(f, "{number}"))
    }
}

/// The number of decimal digits.
fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |last| last as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_as_long_as_it_says() {
        let who = |bot, place| Who { bot, place };
        for (who, heard, spoken) in [
            (who(7, Place::Lobby), "papo", "papo"),
            (who(7, Place::Room(0)), "room0", "room0"),
            (who(7, Place::Room(10)), "room10", "room10"),
            (who(9, Place::Pair), "inbox.9", "inbox.8"),
            (who(100, Place::Pair), "inbox.100", "inbox.101"),
        ] {
            assert_eq!(Topic::heard(who).to_string(), heard);
            assert_eq!(Topic::spoken(who).to_string(), spoken);
            assert_eq!(Topic::heard(who).len(), heard.len());
        }
    }
}
