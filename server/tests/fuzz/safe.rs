//! What may be on other people's terminals, told once more and not with the words of clean.rs.

use crate::characters::commands_or_hides;

/// Nothing in the text commands a terminal, turns it round, begins a line or shows nothing.
#[track_caller]
pub(crate) fn assert_safe(text: &str) {
    let bad = text.chars().find(|&c| is_bad(c));
    assert!(bad.is_none(), "{bad:?} in {text:?}");
}

fn is_bad(c: char) -> bool {
    commands_or_hides(c)
        || match u32::from(c) {
            // Private use, no characters.
            0xE000..=0xF8FF | 0xFDD0..=0xFDEF => true,
            0xF0000.. => true,
            code => code & 0xFFFE == 0xFFFE,
        }
}
