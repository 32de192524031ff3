//! A body in chunks (RFC 9112, chapter 7.1). Extensions and trailers are read and dropped.
//!
//! Invariant: the body that was taken has at most `BODY_BYTES`.

use super::Fault;
use crate::web::limits::{BODY_BYTES, CHUNK_LINE_BYTES, TRAILER_BYTES};

/// What comes next of a body in chunks.
#[derive(Default, Debug)]
pub(super) enum Chunked {
    /// The line with the size of a chunk.
    #[default]
    Size,
    /// So many bytes of a chunk.
    Data(usize),
    /// The line end after a chunk.
    DataEnd,
    /// Headers after the last chunk, or the empty line that ends all; so many bytes of them have come.
    Trailers(usize),
}

impl Chunked {
    /// Appends to the body what has come of it: how many bytes were used, and whether the body is whole.
    pub(super) fn take(
        &mut self,
        input: &[u8],
        body: &mut Vec<u8>,
    ) -> Result<(usize, bool), Fault> {
        let mut used = 0;
        loop {
            let rest = &input[used..];
            let (taken, next) = match *self {
                Chunked::Data(left) => {
                    let taken = rest.len().min(left);
                    body.extend_from_slice(&rest[..taken]);
                    let next = match left - taken {
                        0 => Chunked::DataEnd,
                        left => Chunked::Data(left),
                    };
                    (taken, next)
                }
                Chunked::Size => {
                    let Some(line) = line(rest, CHUNK_LINE_BYTES)? else {
                        break;
                    };
                    let next = match size(line)? {
                        0 => Chunked::Trailers(0),
                        size if body.len() + size > BODY_BYTES => return Err(Fault::BodyTooLarge),
                        size => Chunked::Data(size),
                    };
                    (line.len() + 2, next)
                }
                Chunked::DataEnd => match line(rest, 2)? {
                    None => break,
                    Some(b"") => (2, Chunked::Size),
                    Some(_) => return Err(Fault::Malformed),
                },
                Chunked::Trailers(before) => {
                    let Some(line) = line(rest, TRAILER_BYTES - before)? else {
                        break;
                    };
                    if line.is_empty() {
                        return Ok((used + 2, true));
                    }
                    (line.len() + 2, Chunked::Trailers(before + line.len() + 2))
                }
            };
            used += taken;
            *self = next;
            if taken == 0 {
                break;
            }
        }
        Ok((used, false))
    }
}

/// The first line without its CR LF, if it has come; with them it has at most so many bytes.
fn line(input: &[u8], most: usize) -> Result<Option<&[u8]>, Fault> {
    let seen = &input[..input.len().min(most)];
    let Some(end) = seen.iter().position(|byte| *byte == b'\n') else {
        return match seen.len() == most {
            true => Err(Fault::Malformed),
            false => Ok(None),
        };
    };
    let line = seen[..end].strip_suffix(b"\r").ok_or(Fault::Malformed)?;
    match line.contains(&b'\r') {
        true => Err(Fault::Malformed),
        false => Ok(Some(line)),
    }
}

/// The size that a line tells: hexadecimal digits, and perhaps an extension.
fn size(line: &[u8]) -> Result<usize, Fault> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let (digits, extension) = line.split_at(digits);
    let blanks = extension
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'));
    match extension[blanks.count()..].first() {
        None if extension.is_empty() => {}
        Some(b';') => {}
        _ => return Err(Fault::Malformed),
    }
    let digits = std::str::from_utf8(digits).map_err(|_| Fault::Malformed)?;
    match usize::from_str_radix(digits, 16) {
        Ok(size) => Ok(size.min(BODY_BYTES + 1)),
        Err(_) if digits.is_empty() => Err(Fault::Malformed),
        Err(_) => Err(Fault::BodyTooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Vec<u8>, usize, bool), Fault> {
        let mut body = Vec::new();
        let (used, is_whole) = Chunked::default().take(bytes, &mut body)?;
        Ok((body, used, is_whole))
    }

    #[test]
    fn chunks_are_put_together() {
        let whole = b"4\r\nWiki\r\n5;ext=\"a b\"\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n";
        let text = b"Wikipedia in\r\n\r\nchunks.".to_vec();
        assert_eq!(read(whole), Ok((text, whole.len(), true)));
        let trailers = b"00a\r\n0123456789\r\n000\r\nExpires: never\r\nA: b\r\n\r\nGET";
        let expected = (b"0123456789".to_vec(), trailers.len() - 3, true);
        assert_eq!(read(trailers), Ok(expected));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for bad in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x1\r\n",
            " 1\r\n",
            "1 \r\n",
            "1 2\r\n",
            "1\n",
            "1\ra\r\n",
            "1;a\rb\r\n",
            "1\r\nab\r\n",
            "1\r\na\n0\r\n\r\n",
            "0\r\nA: b\n\r\n",
        ] {
            assert_eq!(read(bad.as_bytes()), Err(Fault::Malformed), "{bad:?}");
        }
        let long = format!("1;{}\r\n", "x".repeat(CHUNK_LINE_BYTES));
        assert_eq!(read(long.as_bytes()), Err(Fault::Malformed));
        let long = format!("0\r\nA: {}\r\n\r\n", "x".repeat(TRAILER_BYTES));
        assert_eq!(read(long.as_bytes()), Err(Fault::Malformed));
        let many = format!("0\r\n{}\r\n", "A: b\r\n".repeat(TRAILER_BYTES / 6 + 1));
        assert_eq!(read(many.as_bytes()), Err(Fault::Malformed));
    }

    #[test]
    fn bodies_have_a_limit() {
        let full = format!("{BODY_BYTES:x}\r\n{}\r\n", "x".repeat(BODY_BYTES));
        let whole = format!("{full}0\r\n\r\n");
        assert!(matches!(read(whole.as_bytes()), Ok((body, _, true)) if body.len() == BODY_BYTES));
        for more in [
            format!("{full}1\r\n"),
            "10001\r\n".into(),
            "f".repeat(30) + "\r\n",
        ] {
            assert_eq!(read(more.as_bytes()), Err(Fault::BodyTooLarge));
        }
    }
}
