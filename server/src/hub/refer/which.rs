//! How a line is named by who refers to it: `a3`, `!!` for one's own last, or by number as programs know it, each
//! perhaps with its room.
//!
//! Invariant: what is shown parses to itself.

use std::fmt;

use crate::hub::archive::entry::LineId;
use crate::hub::archive::short::ShortId;

/// A line as its user named it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Which {
    /// The room, if it was named, as typed: `#games` in `#games:a3`.
    pub room: Option<String>,
    /// The line.
    pub line: Pointed,
}

/// See the top of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pointed {
    /// `!!`: the user's own last line.
    Last,
    /// The newest line with this short id.
    Short(ShortId),
    /// The newest line with this number, or the one of this epoch.
    Numbered {
        /// Its epoch, if it was named.
        epoch: Option<u64>,
        /// Its number.
        number: u64,
    },
}

impl Which {
    /// One's own last line.
    pub const LAST: Which = Which {
        room: None,
        line: Pointed::Last,
    };

    /// A line as typed; none if this is nothing that can name one.
    pub fn parse(typed: &str) -> Option<Which> {
        let (room, line) = match typed.starts_with('#') {
            true => typed
                .split_once(':')
                .map(|(room, line)| (Some(room), line))?,
            false => (None, typed),
        };
        Some(Which {
            room: room.map(str::to_owned),
            line: Pointed::parse(line)?,
        })
    }

    /// Whether this is the line, which is the user's own if `is_own`.
    pub(super) fn is(&self, id: LineId, is_own: impl FnOnce() -> bool) -> bool {
        match self.line {
            Pointed::Last => is_own(),
            Pointed::Short(short) => ShortId::from(id) == short,
            Pointed::Numbered { epoch, number } => {
                id.number == number && epoch.is_none_or(|epoch| id.epoch == epoch)
            }
        }
    }
}

impl Pointed {
    fn parse(typed: &str) -> Option<Pointed> {
        if typed == "!!" {
            return Some(Pointed::Last);
        }
        if let Some(short) = ShortId::parse(typed) {
            return Some(Pointed::Short(short));
        }
        let number = |digits: &str| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| is_number)
        };
        let (epoch, digits) = match typed.split_once(':') {
            Some((epoch, digits)) => (Some(number(epoch)?), digits),
            None => (None, typed),
        };
        let number = number(digits)?;
        Some(Pointed::Numbered { epoch, number })
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(room) = &self.room {
            write!(f, "{room}:")?;
        }
        match self.line {
            Pointed::Last => f.write_str("!!"),
            Pointed::Short(short) => short.fmt(f),
            Pointed::Numbered { epoch, number } => match epoch {
                Some(epoch) => write!(f, "{epoch}:{number}"),
                None => number.fmt(f),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_parses_to_itself_and_words_are_no_lines() {
        for typed in [
            "a3",
            "z99",
            "!!",
            "17",
            "5:17",
            "#games:a3",
            "#jogos:5:17",
            "#a:!!",
        ] {
            let which = Which::parse(typed).expect(typed);
            assert_eq!(which.to_string(), typed);
        }
        assert_eq!(Which::parse("[A3]"), Which::parse("a3"));
        for typed in [
            "", "a", "!", "a3!", "#games", "#games:", "+17", "5:", ":17", "-1", "a3:b4",
        ] {
            assert_eq!(Which::parse(typed), None, "{typed}");
        }
    }
}
