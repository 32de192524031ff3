//! Short ids, by which people refer to a line of their room: a letter and a number, `a1` to `z99`. They
//! repeat after [`COUNT`] lines of the room, which is more than anybody scrolls back to; the newest line of
//! that short id is meant then.
//!
//! Invariant: what is shown parses to itself, in any case, and no word without a digit is a short id.

use std::fmt;

use super::entry::LineId;

/// How many there are.
pub const COUNT: u64 = 26 * 99;

/// See the top of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShortId(u16);

impl From<LineId> for ShortId {
    fn from(id: LineId) -> ShortId {
        ShortId((id.number % COUNT) as u16)
    }
}

impl ShortId {
    /// A short id as typed, with or without its brackets.
    pub fn parse(typed: &str) -> Option<ShortId> {
        let bare = typed
            .strip_prefix('[')
            .and_then(|typed| typed.strip_suffix(']'));
        let (letter, digits) = bare.unwrap_or(typed).split_at_checked(1)?;
        let letter = letter.bytes().next()?.to_ascii_lowercase();
        let is_number =
            digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let digits: u16 = digits
            .parse()
            .ok()
            .filter(|n| is_number && (1..=99).contains(n))?;
        let letter = letter.is_ascii_lowercase().then(|| letter - b'a')?;
        Some(ShortId(u16::from(letter) * 99 + digits - 1))
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = char::from(b'a' + (self.0 / 99) as u8);
        write!(f, "{letter}{}", self.0 % 99 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_parses_to_itself_and_words_are_no_ids() {
        for number in 0..2 * COUNT {
            let id = ShortId::from(LineId { epoch: 1, number });
            assert_eq!(ShortId::parse(&id.to_string()), Some(id));
            assert_eq!(ShortId::parse(&format!("[{id}]").to_uppercase()), Some(id));
        }
        for typed in [
            "", "a", "ok", "a0", "a01", "a100", "1a", "é1", "[a1", "a1]", "a+1", "ab1",
        ] {
            assert_eq!(ShortId::parse(typed), None, "{typed}");
        }
    }
}
