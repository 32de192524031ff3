//! What can be a password, wherever it comes from: a line, a file, a datagram.
//!
//! Text for the eyes of others is cleaned, and cleaning makes one of many: whatever is no UTF-8
//! becomes U+FFFD, whatever is hidden goes. A password is never cleaned. What cleaning would change is
//! refused with the reason, so that two passwords that differ stay two.
//!
//! Invariant: what is returned is the text that came, but for white space at its ends.

use crate::dialect::clean::clean;
use crate::hub::SecretFault;

/// A password alone on a line, as somebody typed it.
///
/// # Errors
/// Why it can be none.
pub fn typed(line: &[u8]) -> Result<&str, SecretFault> {
    let text = text(line)?.trim();
    match clean(text.as_bytes()) == text {
        true => Ok(text),
        false => Err(SecretFault::Hidden),
    }
}

/// The same of a password that no terminal sent, and that may hold anything.
///
/// # Errors
/// When it is damaged: U+FFFD is what programs put in place of what they could not read.
pub fn text(bytes: &[u8]) -> Result<&str, SecretFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| SecretFault::NotUtf8)?;
    match text.contains(char::REPLACEMENT_CHARACTER) {
        true => Err(SecretFault::NotUtf8),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_from_a_password_and_nothing_replaced() {
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
        // What is private to somebody would all become one character, the rest would go.
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
