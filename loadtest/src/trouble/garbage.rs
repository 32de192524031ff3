//! The next piece of garbage. Pure: the same seed gives the same garbage.
//!
//! Invariant: no line of garbage is a legal name, in whatever order the pieces come: each ends in characters
//! that no name has, or is invisible. So a garbage sender never gets a name by accident.

/// Bytes without a line end after which a server may close the conn.
const ENDLESS: usize = 16 * 1024 + 1;
/// Longer than any line may be.
const OVERLONG: usize = 2000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The beginning of a line, whose end comes in a later piece.
    Half,
    /// A very long line without an end.
    Endless,
    /// Bytes that command a terminal.
    Controls,
    /// Beginnings of telnet's sequences, which swallow the following bytes.
    Telnet,
    /// Bytes that are not UTF-8.
    Binary,
    /// A line that is too long.
    Overlong,
    /// Only a line end.
    Empty,
    /// An unknown command.
    Command,
    /// A request of a web client.
    Http,
    /// The hello of a TLS client.
    Tls,
    /// Half a line, then the conn is closed.
    Close,
}

impl Kind {
    const ALL: [Kind; 11] = [
        Kind::Half,
        Kind::Endless,
        Kind::Controls,
        Kind::Telnet,
        Kind::Binary,
        Kind::Overlong,
        Kind::Empty,
        Kind::Command,
        Kind::Http,
        Kind::Tls,
        Kind::Close,
    ];
    /// Those for which the server must not close a conn by docs/protocol.md.
    const MILD: [Kind; 6] = [
        Kind::Half,
        Kind::Controls,
        Kind::Binary,
        Kind::Overlong,
        Kind::Empty,
        Kind::Command,
    ];
}

/// Which kinds of garbage a sender sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// All kinds.
    Wild,
    /// Only those for which the conn stays open.
    Mild,
}

/// What happens to the conn after a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Stay,
    Close,
}

/// A pseudorandom number generator (splitmix64).
pub(super) struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}

/// Append the next piece.
pub(super) fn piece(severity: Severity, random: &mut Random, out: &mut Vec<u8>) -> After {
    let kinds: &[Kind] = match severity {
        Severity::Wild => &Kind::ALL,
        Severity::Mild => &Kind::MILD,
    };
    let kind = kinds[random.below(kinds.len())];
    match kind {
        Kind::Half | Kind::Close => {
            out.extend_from_slice(&b"half of a line that goes on <>"[random.below(20)..]);
        }
        Kind::Endless => out.resize(out.len() + ENDLESS, b'<'),
        Kind::Controls => {
            let controls = b"\x1b]0;title\x07\x1b[2J\r\x00\x7f\x0e\xc2\x9b2J\x08\x08<>\n";
            out.extend_from_slice(controls);
        }
        Kind::Telnet => {
            const FRAGMENTS: [&[u8]; 6] = [
                b"\xff",
                b"\xff\xfb",
                b"\xff\xfd",
                b"\xff\xfa\x1f\x00<\x00\x18",
                b"\xff\xf0",
                b"\xff\xfd\x01\xff\xfb\x1f",
            ];
            out.extend_from_slice(FRAGMENTS[random.below(FRAGMENTS.len())]);
        }
        Kind::Binary => {
            for _ in 0..1 + random.below(40) {
                // From 0x80 to 0xeb: without the line end and telnet's bytes.
                out.push(0x80 + random.below(0x6c) as u8);
            }
            out.extend_from_slice(b"<>\n");
        }
        Kind::Overlong => {
            out.resize(out.len() + OVERLONG, b'>');
            // A short line after it: three long ones in a row would close the conn.
            out.extend_from_slice(b"\n<>\n");
        }
        Kind::Empty => out.extend_from_slice(if random.below(2) == 0 { b"\r\n" } else { b"\n" }),
        Kind::Command => {
            const COMMANDS: [&[u8]; 5] = [
                b"/ <>\n",
                b"/frob <>\n",
                b"/\xc3\xa9\xc3\xa9 <>\n",
                b"/on\x00line<> <>\n",
                b"/<><><>\n",
            ];
            out.extend_from_slice(COMMANDS[random.below(COMMANDS.len())]);
        }
        Kind::Http => out.extend_from_slice(
            b"GET / HTTP/1.1\r\nHost: <>\r\nUser-Agent: garbage <>\r\nConnection: close <>\r\n\r\n",
        ),
        Kind::Tls => {
            out.extend_from_slice(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
            out.extend_from_slice(b"\xa3\x5e\x01\x00\x13\x02\x13\x03\x00\xff<>");
        }
    }
    match kind {
        Kind::Close => After::Close,
        _ => After::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The garbage of a seed, as one stream.
    fn stream(severity: Severity, seed: u64, pieces: usize) -> Vec<u8> {
        let (mut random, mut out) = (Random::new(seed), Vec::new());
        for _ in 0..pieces {
            piece(severity, &mut random, &mut out);
        }
        out
    }

    #[test]
    fn the_same_seed_makes_the_same_garbage() {
        assert_eq!(
            stream(Severity::Wild, 1, 200),
            stream(Severity::Wild, 1, 200)
        );
        assert_ne!(
            stream(Severity::Wild, 1, 200),
            stream(Severity::Wild, 2, 200)
        );
    }

    #[test]
    fn no_line_of_it_is_a_name() {
        for (severity, seed) in [(Severity::Wild, 3), (Severity::Mild, 4)] {
            for line in stream(severity, seed, 5000).split(|&byte| byte == b'\n') {
                // Telnet's sequences swallow at most two of the following bytes: the end is safe.
                let end = line.trim_ascii_end().last_chunk::<8>();
                let shown = end.map_or(line, |end| end);
                let letters = shown.iter().any(u8::is_ascii_alphanumeric);
                let signs = shown.iter().any(|byte| b"<>/ ".contains(byte));
                assert!(signs || !letters, "{:?}", line.escape_ascii().to_string());
            }
        }
    }

    #[test]
    fn mild_garbage_gives_no_reason_to_close_the_conn() {
        let garbage = stream(Severity::Mild, 5, 5000);
        let mut overlong = 0;
        for line in garbage.split(|&byte| byte == b'\n') {
            assert!(line.len() < ENDLESS - 1);
            overlong = if line.len() > 1024 { overlong + 1 } else { 0 };
            assert!(overlong < 3);
        }
    }

    #[test]
    fn every_number_below_the_limit_comes() {
        let mut random = Random::new(0);
        let mut sides = [0; 6];
        (0..600).for_each(|_| sides[random.below(6)] += 1);
        assert!(sides.iter().all(|&times| times > 50), "{sides:?}");
    }
}
