//! From a conn's bytes to lines and telnet's replies: the result does not depend on how the bytes
//! are split, and equals that of a reader who sees all of them at once.

use std::collections::BTreeSet;
use std::time::Duration;

use papo_server::conn::{Conn, ConnDefaults, Phase};
use papo_server::dialect::editing::edit;
use papo_server::dialect::framing::{Frame, Framing};
use papo_server::dialect::telnet::Signal;
use papo_server::limits::LINE_BYTES;

use crate::pieces::{byte, pieces, some};

/// The result of a conn's bytes.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    /// Lines; None for one that was too long.
    lines: Vec<Option<Vec<u8>>>,
    replies: Vec<u8>,
    signal: Option<Signal>,
    is_telnet: bool,
}

pub(crate) fn check(mut data: &[u8]) {
    let lazy = byte(&mut data) & 1 == 1;
    let sizes = some(&mut data);
    // Runs longer than anybody types.
    let input = with_runs(data);
    let cut = pieces(sizes, &input);
    let expected = reference(&input);
    for framing in [Framing::Lines, Framing::Unknown] {
        assert_eq!(run(framing, [&*input], false), expected, "as a whole");
        assert_eq!(
            run(framing, cut.iter().copied(), lazy),
            expected,
            "in pieces"
        );
        assert_eq!(
            run(framing, input.chunks(1), lazy),
            expected,
            "byte by byte"
        );
    }
    check_chunks(&cut, &expected);
}

/// A conn whose reads are its messages: each ends with its read, whatever telnet sequences are in
/// it.
fn check_chunks(cut: &[&[u8]], whole: &Outcome) {
    let chunked = run(Framing::Chunks, cut.iter().copied(), false);
    assert_eq!(chunked.replies, whole.replies);
    assert_eq!(chunked.signal, whole.signal);
    let text = |lines: &[Option<Vec<u8>>]| -> Vec<u8> {
        let kept = lines.iter().flatten().flatten().copied();
        kept.filter(|b| !matches!(b, b'\r' | 8 | 21 | 23 | 127 | 255))
            .collect()
    };
    // Splitting can make short lines of a long one, and limits what erase keys reach. So there is
    // no comparison if a line was dropped or a key erases.
    let erases = |b: &u8| matches!(b, 8 | 21 | 23 | 127 | 247 | 248);
    let is_edited = cut.iter().copied().flatten().any(erases);
    if !is_edited
        && chunked
            .lines
            .iter()
            .chain(&whole.lines)
            .all(Option::is_some)
    {
        assert_eq!(text(&chunked.lines), text(&whole.lines));
    }
    assert!(chunked.lines.len() >= whole.lines.len());
}

/// 0xFE and a byte below 16, which is not telnet, stands for that many times 200 letters.
fn with_runs(data: &[u8]) -> Vec<u8> {
    let mut input = Vec::new();
    let mut rest = data;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after.split_first()) {
            (0xFE, Some((&count, after))) if count < 16 && input.last() != Some(&0xFF) => {
                let run = usize::from(count) * 200;
                input.resize(input.len() + run.min(room(&input)), b'x');
                rest = after;
            }
            _ => input.push(first),
        }
    }
    input
}

/// How long runs may be: some overlong lines, but not a slow fuzzer.
fn room(input: &[u8]) -> usize {
    (6 * LINE_BYTES).saturating_sub(input.len())
}

/// As in turn/input.rs: filter, push, take the lines. A lazy caller takes lines only after the next
/// bytes.
fn run<'a>(framing: Framing, cut: impl IntoIterator<Item = &'a [u8]>, lazy: bool) -> Outcome {
    let peer = "127.0.0.1:1".parse().expect("an address");
    let defaults = ConnDefaults {
        framing,
        ..ConnDefaults::default()
    };
    let mut conn = Conn::new((), peer, defaults, Phase::nameless(Duration::MAX));
    let (mut lines, mut replies) = (Vec::new(), Vec::new());
    for piece in cut {
        let mut bytes = piece.to_vec();
        let before = replies.len();
        let kept = conn.intake.telnet.filter(&mut bytes, &mut replies);
        assert!(kept <= bytes.len());
        assert!(
            replies.len() - before <= piece.len() + 3,
            "more said than asked"
        );
        conn.push(Duration::ZERO, &mut bytes[..kept]);
        match lazy {
            true => lines.extend(next(&mut conn)),
            false => drain(&mut conn, &mut lines),
        }
    }
    conn.end_input(true);
    drain(&mut conn, &mut lines);
    assert!(conn.intake.inbox.is_empty() && conn.intake.inbox.memory() == 0);
    Outcome {
        lines,
        replies,
        signal: conn.intake.telnet.take_signal(),
        is_telnet: conn.intake.telnet.seen(),
    }
}

fn next(conn: &mut Conn<()>) -> Option<Option<Vec<u8>>> {
    let had_line = conn.intake.inbox.has_line();
    let frame = conn.intake.inbox.next_line();
    assert_eq!(frame.is_some(), had_line);
    Some(match frame? {
        Frame::Line(line) => {
            let bytes = line.bytes;
            assert!(bytes.len() <= LINE_BYTES && !bytes.contains(&b'\n'));
            Some(bytes.to_vec())
        }
        Frame::TooLong => None,
    })
}

fn drain(conn: &mut Conn<()>, lines: &mut Vec<Option<Vec<u8>>>) {
    while let Some(line) = next(conn) {
        lines.push(line);
    }
    // As the loop does when no line is left.
    conn.intake.inbox.release();
    assert!(
        conn.intake.inbox.len() <= LINE_BYTES + 1,
        "an unfinished line is bounded"
    );
    assert!(conn.intake.inbox.memory() <= 2 * (LINE_BYTES + 1));
    assert!(!conn.intake.inbox.is_empty() || conn.intake.inbox.memory() == 0);
}

/// The same result by another method: no state, all bytes at once.
fn reference(input: &[u8]) -> Outcome {
    let (text, replies, commands) = without_telnet(input);
    let end = match text.contains(&b'\n') {
        true => b'\n',
        // Enter of a terminal in raw mode.
        false => b'\r',
    };
    let mut parts: Vec<&[u8]> = text.split(|b| *b == end).collect();
    // The rest after the last line end is a line unless it is empty.
    if parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    let line = |part: &&[u8]| {
        let line = part.strip_suffix(b"\r").unwrap_or(part);
        (line.len() <= LINE_BYTES).then(|| edited(line))
    };
    let interrupts = [236, 238, 243, 244];
    let signal = if commands.iter().any(|c| interrupts.contains(c)) {
        Some(Signal::Interrupt)
    } else {
        commands.contains(&246).then_some(Signal::AreYouThere)
    };
    Outcome {
        lines: parts.iter().map(line).collect(),
        replies,
        signal,
        is_telnet: !commands.is_empty(),
    }
}

/// The line without erased characters, one after the other. How characters are erased is tested in
/// editing.rs.
fn edited(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    let (len, _) = edit(&mut line);
    line.truncate(len);
    line
}

/// RFC 854 to the letter: the text, the replies, and the commands.
fn without_telnet(mut rest: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (mut text, mut replies, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    let (mut refused, mut refusals) = (BTreeSet::new(), 0);
    // Telnet commands separate a CR from a NUL.
    let mut after_return = false;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == 255 && !matches!(text.last(), None | Some(b'\r' | b'\n' | 255)) {
            text.push(255);
        }
        if *first != 255 {
            let ends = after_return && *first == 0;
            text.push(if ends { b'\n' } else { *first });
            after_return = *first == b'\r';
            continue;
        }
        after_return = false;
        match rest {
            [verb @ 251..=254, option, after @ ..] => {
                rest = after;
                commands.push(*verb);
                let answer = match verb {
                    251 => 254,
                    253 => 252,
                    _ => continue,
                };
                let is_mark = (answer, *option) == (252, 6);
                if is_mark || (refusals < 64 && refused.insert((answer, *option))) {
                    refusals += u8::from(!is_mark);
                    replies.extend([255, answer, *option]);
                }
            }
            [250, after @ ..] => {
                commands.push(250);
                rest = after_subnegotiation(after);
            }
            [byte @ ..236, after @ ..] => {
                rest = after;
                text.push(*byte);
                after_return = *byte == b'\r';
            }
            [command, after @ ..] => {
                rest = after;
                commands.push(*command);
                match command {
                    247 => text.push(8),
                    248 => text.push(21),
                    _ => {}
                }
            }
            [] => {}
        }
    }
    (text, replies, commands)
}

/// What follows the IAC SE that ends it; an IAC takes the next byte with it.
fn after_subnegotiation(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [255, 240, after @ ..] => return after,
            [255, _, after @ ..] | [_, after @ ..] => after,
            [] => return rest,
        };
    }
}
