//! What may be on other people's terminals, told once more and not with the words of clean.rs.

/// Nothing in the text commands a terminal, turns it round, begins a line or shows nothing.
#[track_caller]
pub(crate) fn assert_safe(text: &str) {
    let bad = text.chars().find(|&c| is_bad(c));
    assert!(bad.is_none(), "{bad:?} in {text:?}");
}

fn is_bad(c: char) -> bool {
    match u32::from(c) {
        // C0, DEL and C1.
        0..=0x1F | 0x7F..=0x9F => true,
        // Line and paragraph separator.
        0x2028 | 0x2029 => true,
        // Marks, embeddings, overrides and isolates of the direction of writing.
        0x61C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069 => true,
        // Of no width: soft hyphen, zero width space, word joiner, invisible operators, BOM.
        0xAD | 0x180E | 0x200B | 0x2060..=0x2064 | 0x206A..=0x206F | 0xFEFF => true,
        // Blank letters.
        0x115F | 0x1160 | 0x3164 | 0xFFA0 => true,
        // Annotations, tags, private use, no characters.
        0xFFF9..=0xFFFB | 0xE0000..=0xE007F | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF => true,
        0xF0000.. => true,
        code => code & 0xFFFE == 0xFFFE,
    }
}
