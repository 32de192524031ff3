//! How a fuzzer's bytes are divided: into what decides and what it decides about. Every input means
//! something; none is refused.

/// The first byte, or 0.
pub(crate) fn byte(data: &mut &[u8]) -> u8 {
    match data {
        [first, rest @ ..] => {
            *data = rest;
            *first
        }
        [] => 0,
    }
}

/// So many bytes as the first byte says, as far as there are.
pub(crate) fn some<'a>(data: &mut &'a [u8]) -> &'a [u8] {
    let count = usize::from(byte(data)).min(data.len());
    let (some, rest) = data.split_at(count);
    *data = rest;
    some
}

/// The input in pieces of these sizes, over and over. High sizes stand for long pieces.
pub(crate) fn pieces<'a>(sizes: &[u8], mut input: &'a [u8]) -> Vec<&'a [u8]> {
    let size = |code: u8| match code {
        0..200 => usize::from(code),
        200.. => usize::from(code - 199) * 64,
    };
    // Pieces of nothing are pieces too, but not all of them may be.
    let sizes: Vec<usize> = sizes.iter().map(|&code| size(code)).chain([1]).collect();
    let mut pieces = Vec::new();
    for &size in sizes.iter().cycle() {
        if input.is_empty() {
            break;
        }
        let (piece, rest) = input.split_at(size.min(input.len()));
        pieces.push(piece);
        input = rest;
    }
    pieces
}
