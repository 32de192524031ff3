//! What no text may bring to a terminal, told once more and not with the words of the code that is
//! checked.

/// What a terminal would obey, what turns the direction of writing and what shows nothing.
pub(crate) fn commands_or_hides(c: char) -> bool {
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
        // Annotations and tags.
        0xFFF9..=0xFFFB | 0xE0000..=0xE007F => true,
        _ => false,
    }
}
