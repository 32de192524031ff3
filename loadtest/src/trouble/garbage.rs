//! What a maker of garbage sends next. Pure: the same seed gives the same garbage.
//!
//! Invariant: no line of it, however the pieces follow each other, can be had as a name: each ends in
//! signs that no name has, or shows nothing at all. So who has no name never gets one by accident.

/// Bytes without a line end after which a server may well give up.
const ENDLESS: usize = 16 * 1024 + 1;
/// Longer than any line may be.
const OVERLONG: usize = 2000;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The beginning of a line, whose end is in some later piece.
    Half,
    /// Very much of that.
    Endless,
    /// Bytes that a terminal obeys.
    Controls,
    /// The beginnings of telnet's sequences, which eat what follows.
    Telnet,
    /// What is no UTF-8.
    Binary,
    /// A line that is too long.
    Overlong,
    /// Nothing but a line end.
    Empty,
    /// A command that there is not.
    Command,
    /// A client of the web.
    Http,
    /// A client that wants encryption.
    Tls,
    /// Half a line, and the conn is closed.
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
    /// Those for which nobody is thrown out, as far as docs/protocol.md tells.
    const MILD: [Kind; 6] = [
        Kind::Half,
        Kind::Controls,
        Kind::Binary,
        Kind::Overlong,
        Kind::Empty,
        Kind::Command,
    ];
}

/// Which garbage somebody makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manners {
    /// All of it.
    Wild,
    /// What one can do and stay.
    Mild,
}

/// What happens after a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Stay,
    /// The conn is closed without another word.
    Close,
}

/// A generator of numbers that look random (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % sides as u64) as usize
    }
}

/// Appends the next piece.
pub(super) fn piece(manners: Manners, dice: &mut Dice, out: &mut Vec<u8>) -> After {
    let kinds: &[Kind] = match manners {
        Manners::Wild => &Kind::ALL,
        Manners::Mild => &Kind::MILD,
    };
    let kind = kinds[dice.roll(kinds.len())];
    match kind {
        Kind::Half | Kind::Close => {
            out.extend_from_slice(&b"half of a line that goes on <>"[dice.roll(20)..]);
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
            out.extend_from_slice(FRAGMENTS[dice.roll(FRAGMENTS.len())]);
        }
        Kind::Binary => {
            for _ in 0..1 + dice.roll(40) {
                // All but telnet's own bytes and the line end: from 0x80 to 0xeb.
                out.push(0x80 + dice.roll(0x6c) as u8);
            }
            out.extend_from_slice(b"<>\n");
        }
        Kind::Overlong => {
            out.resize(out.len() + OVERLONG, b'>');
            // A short line after it: it is three in a row that cost the conn.
            out.extend_from_slice(b"\n<>\n");
        }
        Kind::Empty => out.extend_from_slice(if dice.roll(2) == 0 { b"\r\n" } else { b"\n" }),
        Kind::Command => {
            const COMMANDS: [&[u8]; 5] = [
                b"/ <>\n",
                b"/frob <>\n",
                b"/\xc3\xa9\xc3\xa9 <>\n",
                b"/on\x00line<> <>\n",
                b"/<><><>\n",
            ];
            out.extend_from_slice(COMMANDS[dice.roll(COMMANDS.len())]);
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
    fn stream(manners: Manners, seed: u64, pieces: usize) -> Vec<u8> {
        let (mut dice, mut out) = (Dice::new(seed), Vec::new());
        for _ in 0..pieces {
            piece(manners, &mut dice, &mut out);
        }
        out
    }

    #[test]
    fn the_same_seed_makes_the_same_garbage() {
        assert_eq!(stream(Manners::Wild, 1, 200), stream(Manners::Wild, 1, 200));
        assert_ne!(stream(Manners::Wild, 1, 200), stream(Manners::Wild, 2, 200));
    }

    #[test]
    fn no_line_of_it_is_a_name() {
        for (manners, seed) in [(Manners::Wild, 3), (Manners::Mild, 4)] {
            for line in stream(manners, seed, 5000).split(|&byte| byte == b'\n') {
                // Telnet's sequences eat two bytes of what follows, at most: the end is safe.
                let end = line.trim_ascii_end().last_chunk::<8>();
                let shown = end.map_or(line, |end| end);
                let letters = shown.iter().any(u8::is_ascii_alphanumeric);
                let signs = shown.iter().any(|byte| b"<>/ ".contains(byte));
                assert!(signs || !letters, "{:?}", line.escape_ascii().to_string());
            }
        }
    }

    #[test]
    fn who_is_mild_gives_no_reason_to_be_thrown_out() {
        let garbage = stream(Manners::Mild, 5, 5000);
        let mut overlong = 0;
        for line in garbage.split(|&byte| byte == b'\n') {
            assert!(line.len() < ENDLESS - 1);
            overlong = if line.len() > 1024 { overlong + 1 } else { 0 };
            assert!(overlong < 3);
        }
    }

    #[test]
    fn dice_fall_on_every_side() {
        let mut dice = Dice::new(0);
        let mut sides = [0; 6];
        (0..600).for_each(|_| sides[dice.roll(6)] += 1);
        assert!(sides.iter().all(|&times| times > 50), "{sides:?}");
    }
}
