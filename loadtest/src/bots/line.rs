//! The text of a line that a bot sends: its sender, its counter, when it was due, and padding. Pure; it
//! knows nothing of the protocol around the text.
//!
//! `0007:0000002a:00000f4240:00001f xxxx...`: the bot, its counter, the due time in microseconds since
//! the start of the run, and how many microseconds later it was sent, all hexadecimal. Fixed places make
//! it cheap to decode; a text that differs in one byte is not decoded, so a damaged line counts as lost.

/// Bytes of the header: 4 + 1 + 8 + 1 + 10 + 1 + 6.
pub(crate) const HEADER: usize = 31;
/// Where the digits of the lateness begin.
const LATE: usize = 25;
/// The largest lateness in six digits: 16.8 s.
pub(crate) const LATEST: u64 = (1 << 24) - 1;
/// The longest text: a line of papo may carry no more.
pub(crate) const LONGEST: usize = 1024;
/// Most senders: four hexadecimal digits.
pub(crate) const SENDERS: u32 = 1 << 16;
/// The last bot sends this after all have joined: a bot that received it has received everything before.
pub(crate) const ROLL_CALL: &[u8] = b"roll call";

/// A letter, because spaces at the end of a line may be dropped on the way.
const PADDING: [u8; LONGEST] = {
    let mut padding = [b'x'; LONGEST];
    padding[0] = b' ';
    padding
};

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// Digit values by byte; `BAD` for all others.
const VALUES: [u8; 256] = {
    let mut values = [BAD; 256];
    let mut digit = 0;
    while digit < 16 {
        values[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};
/// It has a bit that no digit has, so the `or` of all values shows whether any digit was bad.
const BAD: u8 = 0x80;

/// The header of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The number of the bot that sent it.
    pub(crate) sender: u32,
    /// The number of the line among those of this bot, from 0.
    pub(crate) counter: u32,
    /// When it was due, in microseconds since the start of the run.
    pub(crate) due: u64,
    /// How many microseconds after that the tester sent it, at most `LATEST`.
    pub(crate) late: u64,
}

/// A message of a server for people: characters that would command a terminal, hide or reverse text are
/// written as numbers.
pub(crate) fn printable(line: &[u8]) -> String {
    let hides = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let mut text = String::new();
    for c in String::from_utf8_lossy(line).chars() {
        match c.is_control() || hides(c) {
            true => text.extend(c.escape_unicode()),
            false => text.push(c),
        }
    }
    text
}

/// Append the text of a line of `size` bytes.
pub(crate) fn encode(header: Header, size: usize, out: &mut Vec<u8>) {
    digits(u64::from(header.sender), 4, out);
    out.push(b':');
    digits(u64::from(header.counter), 8, out);
    out.push(b':');
    digits(header.due, 10, out);
    out.push(b':');
    digits(header.late.min(LATEST), 6, out);
    out.extend_from_slice(&PADDING[..size - HEADER]);
}

/// Decode a text; `None` unless `encode` made exactly this one.
pub(crate) fn decode(text: &[u8], size: usize) -> Option<Header> {
    let marks = |text: &[u8]| text[4] == b':' && text[13] == b':' && text[LATE - 1] == b':';
    if text.len() != size || !marks(text) {
        return None;
    }
    let (sender, bad_sender) = value(&text[..4]);
    let (counter, bad_counter) = value(&text[5..13]);
    let (due, bad_due) = value(&text[14..LATE - 1]);
    // Few lines are late, and one comparison is cheaper than six digits.
    let (late, bad_late) = match text[LATE..HEADER] == *b"000000" {
        true => (0, 0),
        false => value(&text[LATE..HEADER]),
    };
    let bad = (bad_sender | bad_counter | bad_due | bad_late) & BAD != 0;
    if bad || text[HEADER..] != PADDING[..size - HEADER] {
        return None;
    }
    Some(Header {
        sender: sender as u32,
        counter: counter as u32,
        due,
        late,
    })
}

fn digits(value: u64, count: u32, out: &mut Vec<u8>) {
    out.extend(
        (0..count)
            .rev()
            .map(|place| DIGITS[(value >> (4 * place)) as usize & 15]),
    );
}

fn value(digits: &[u8]) -> (u64, u8) {
    digits.iter().fold((0, 0), |(value, seen), &byte| {
        let digit = VALUES[usize::from(byte)];
        (value << 4 | u64::from(digit & 15), seen | digit)
    })
}

/// Where these bytes occur first.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

/// Cut a stream into lines, and pass on each without its end. `tail` is the incomplete line between two
/// calls.
pub(crate) fn split(tail: &mut Vec<u8>, mut bytes: &[u8], mut each: impl FnMut(&[u8])) {
    if !tail.is_empty() {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            tail.extend_from_slice(bytes);
            return;
        };
        tail.extend_from_slice(&bytes[..end]);
        each(tail);
        tail.clear();
        bytes = &bytes[end + 1..];
    }
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        each(&bytes[start..end]);
        start = end + 1;
    }
    tail.extend_from_slice(&bytes[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(header: Header, size: usize) -> Vec<u8> {
        let mut text = Vec::new();
        encode(header, size, &mut text);
        text
    }

    const ONE: Header = Header {
        sender: 7,
        counter: 42,
        due: 1_000_000,
        late: 31,
    };

    #[test]
    fn words_command_no_terminal_and_hide_nothing() {
        for (said, told) in [
            (&b"! the name ana is taken"[..], "! the name ana is taken"),
            ("até logo, ação".as_bytes(), "até logo, ação"),
            (b"\x1b]0;x\x07\r\n", "\\u{1b}]0;x\\u{7}\\u{d}\\u{a}"),
            (b"\xc2\x9b2J\x7f", "\\u{9b}2J\\u{7f}"),
            (
                "\u{202e}ba\u{2066}\u{200b}\u{feff}".as_bytes(),
                "\\u{202e}ba\\u{2066}\\u{200b}\\u{feff}",
            ),
            (b"\xff", "\u{fffd}"),
        ] {
            assert_eq!(printable(said), told);
        }
    }

    #[test]
    fn a_line_looks_like_this() {
        assert_eq!(text(ONE, 36), b"0007:0000002a:00000f4240:00001f xxxx");
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let most = Header {
            sender: SENDERS - 1,
            counter: u32::MAX,
            due: (1 << 40) - 1,
            late: LATEST,
        };
        for header in [ONE, most, Header { late: 0, ..ONE }] {
            for size in [HEADER, HEADER + 1, 64, LONGEST] {
                let text = text(header, size);
                assert_eq!(text.len(), size);
                assert_eq!(decode(&text, size), Some(header));
            }
        }
    }

    #[test]
    fn a_line_later_than_can_be_told_says_the_most() {
        let header = Header {
            late: LATEST + 1,
            ..ONE
        };
        let read = decode(&text(header, 64), 64);
        assert_eq!(read.map(|header| header.late), Some(LATEST));
    }

    #[test]
    fn any_changed_byte_is_found() {
        let good = text(ONE, 64);
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] = b'#';
            assert_eq!(decode(&bad, 64), None, "byte {place}");
        }
        assert_eq!(decode(&good[..63], 64), None);
        assert_eq!(decode(b"", 64), None);
        assert_eq!(decode(ROLL_CALL, 64), None);
    }

    #[test]
    fn lines_are_the_same_wherever_the_stream_is_cut() {
        let stream = b"one\n\ntwo\nthree\nfo";
        for first in 0..stream.len() {
            for second in first..stream.len() {
                let mut tail = Vec::new();
                let mut lines = Vec::new();
                for piece in [&stream[..first], &stream[first..second], &stream[second..]] {
                    split(&mut tail, piece, |line| lines.push(line.to_vec()));
                }
                assert_eq!(lines, [&b"one"[..], b"", b"two", b"three"]);
                assert_eq!(tail, b"fo");
            }
        }
    }
}
