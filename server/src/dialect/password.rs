//! Which texts can be passwords, from a line, a file or a datagram; and the lines of users who are
//! asked for one.
//!
//! Cleaning maps many texts to one: bytes that are not UTF-8 become U+FFFD, hidden characters go.
//! So a password is never cleaned: a text that cleaning would change is refused with the reason,
//! and two different passwords stay different.
//!
//! Invariant: the result is the text that came, without white space at its ends.

use super::text::split;
use crate::dialect::clean::clean;
use crate::dialect::editing::Line;
use crate::hub::{Complaint, Notice, Request, Secret, SecretFault};

/// A password alone on a line, as typed.
///
/// # Errors
/// Why the text cannot be a password.
pub fn typed(line: &[u8]) -> Result<&str, SecretFault> {
    let text = text(line)?.trim();
    match clean(text.as_bytes()) == text {
        true => Ok(text),
        false => Err(SecretFault::Hidden),
    }
}

/// A password that did not come from a terminal and may have any characters.
///
/// # Errors
/// If it is damaged: programs put U+FFFD in place of what they could not decode.
pub fn text(bytes: &[u8]) -> Result<&str, SecretFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| SecretFault::NotUtf8)?;
    match text.contains(char::REPLACEMENT_CHARACTER) {
        true => Err(SecretFault::NotUtf8),
        false => Ok(text),
    }
}

/// The line of a conn that was asked for the password of a name.
pub(super) fn claim(line: Line) -> Request {
    match line.bytes.trim_ascii().is_empty() {
        true => Request::Enter(String::new()),
        false => Request::Claim(secret(line)),
    }
}

/// The line of a user who was asked for the operators' password.
pub(super) fn proof(line: Line) -> Request {
    match line.bytes.trim_ascii().is_empty() {
        true => Request::GiveUp,
        false => Request::Proof(secret(line)),
    }
}

/// A password alone on its line. Part of a torn line is missing.
fn secret(line: Line) -> Result<Secret, SecretFault> {
    match line.is_torn {
        true => Err(SecretFault::NotUtf8),
        false => Secret::new(typed(line.bytes)?),
    }
}

/// A password after a command, by the same rules as alone on a line.
pub(super) fn argument(line: Line) -> Result<Secret, Notice> {
    let secret = text(line.bytes).and_then(|text| {
        let (_, typed) = split(text.trim_start());
        secret(Line {
            bytes: typed.as_bytes(),
            ..line
        })
    });
    secret.map_err(|fault| Notice::Refused(Complaint::BadPassword(fault)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_changed() {
        let check = |line: &[u8], expected| assert_eq!(typed(line), expected, "{line:?}");
        check(b" correct  horse \r", Ok("correct  horse"));
        check("coração1".as_bytes(), Ok("coração1"));
        check(
            "corac\u{327}a\u{303}o1".as_bytes(),
            Ok("corac\u{327}a\u{303}o1"),
        );
        check(
            "👩\u{200d}👩\u{200d}👧".as_bytes(),
            Ok("👩\u{200d}👩\u{200d}👧"),
        );
        check(b"", Ok(""));
        // Two passwords in Latin-1, what a program made of one, and half a character.
        for damaged in [
            &b"\xe7\xe3\xe9\xf1"[..],
            b"\xe0\xe8\xec\xf2",
            "\u{fffd}\u{fffd}".as_bytes(),
            b"secret\xc3",
        ] {
            check(damaged, Err(SecretFault::NotUtf8));
            assert_eq!(text(damaged), Err(SecretFault::NotUtf8));
        }
        // Cleaning would turn each private-use character into the same one, and remove the others.
        for hidden in [
            "\u{e000}",
            "\u{e001}",
            "a\0b",
            "a\tb",
            "\x1b[D",
            "a\u{200b}",
            "\u{301}a",
        ] {
            check(hidden.as_bytes(), Err(SecretFault::Hidden));
        }
    }
}
