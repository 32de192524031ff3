//! Bytes torn into pieces, for tests: what reads them says the same at any split.

/// These bytes in pieces of these lengths, and the rest.
pub(super) fn pieces<'a>(mut bytes: &'a [u8], splits: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for split in splits {
        let (piece, rest) = bytes.split_at(bytes.len().min(usize::from(*split)));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}
