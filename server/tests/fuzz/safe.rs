//! What may appear on other people's terminals, written independently of clean.rs.

use crate::characters::commands_or_hides;

/// Nothing in the text commands a terminal, changes the writing direction, starts a line or is
/// invisible.
#[track_caller]
pub(crate) fn assert_safe(text: &str) {
    let bad = text.chars().find(|&c| is_bad(c));
    assert!(bad.is_none(), "{bad:?} in {text:?}");
}

fn is_bad(c: char) -> bool {
    commands_or_hides(c)
        || match u32::from(c) {
            // Private use, noncharacters.
            0xE000..=0xF8FF | 0xFDD0..=0xFDEF => true,
            0xF0000.. => true,
            code => code & 0xFFFE == 0xFFFE,
        }
}
