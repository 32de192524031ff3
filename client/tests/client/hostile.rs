//! A server that sends anything at all, as lines with tags: whatever it is, it is drawn as text, what is typed stays,
//! and the session goes on. Each run is the same one: its lines follow from a seed.

use papo_client::text;

use crate::pty::Pty;
use crate::server::{Peer, Server};
use crate::{away, full};

const LINES: usize = 1500;

/// Of what lines are made: all that tags, events and texts begin with, what commands a terminal, what other protocols
/// say, and what is longer, wider or more than it should be.
const PARTS: [&str; 72] = [
    "@9",
    "@0",
    "@-1",
    "@9223372036854775807",
    "@99999999999999999999",
    "@",
    "#lobby:5",
    "#lobby:5:4",
    "#lobby:18446744073709551615",
    "#games:1",
    "#games",
    "#",
    "#:",
    "#\u{1b}[2J:7",
    "^4",
    "^7:4",
    "^",
    "old",
    "old edited",
    "edited",
    "deleted",
    "reacted",
    "pinned",
    "epoch 7",
    "epoch 18446744073709551615",
    "epoch",
    "skipped 18446744073709551615",
    "skipped 0",
    "said",
    "said 1",
    "said \u{9b}31m",
    "key 00",
    "key",
    "resumed ana",
    "resumed eve #games #lobby",
    "resumed",
    "cannot too-far-back",
    "<bob>",
    "<bob re ana>",
    "<>",
    "<",
    "~ bob",
    "~",
    "*",
    "!",
    "! 1:",
    "[private from bob]",
    "[a1]",
    "[",
    "]",
    "welcome, eve! you are in games with bob; x",
    "you are now \u{202e}eve",
    "you are in lobby with bob, ana",
    "you are alone in games",
    "you are not in lobby any more",
    "papo: what is your name?",
    "bob joined",
    "ana, bob and 4294967295 others joined",
    "bob is now ana",
    "bob left",
    "3 here: ana, bob and 18446744073709551615 others",
    "2 rooms: lobby (2), games (1)",
    "more: /more",
    "\u{1b}]0;owned\u{7}",
    "\u{1b}[6n\u{1b}[5n\u{1b}[c",
    "\u{1b}P$qm\u{1b}\\",
    "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{202e}\u{2066}\u{200b}\u{feff}",
    "👩\u{200d}👧\u{200d}👦 日本語 \u{200d}\u{200d}",
    "\0\u{8}\u{c}\r",
    "HTTP/1.1 101 Switching Protocols",
    "\u{16}\u{3}\u{1}",
];

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64 (Marsaglia, 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn line(&mut self) -> Vec<u8> {
        let mut line = match self.below(3) {
            0 => Vec::new(),
            _ => b"@9 ".to_vec(),
        };
        for _ in 0..=self.below(5) {
            let part = PARTS[self.below(PARTS.len())].as_bytes();
            line.extend_from_slice(part);
            match self.below(8) {
                0 => {}
                1 => line.push(0x80 | self.below(128) as u8),
                2 => line.extend(part.repeat(self.below(40))),
                _ => line.push(b' '),
            }
        }
        line.push(b'\n');
        line
    }
}

/// What stands between the sequences of the client is clean, and each of those is one that it has.
fn check(drawn: &str) {
    let is_text = |c: char| !c.is_control() || "\r\n\u{7}".contains(c);
    let is_clean = |drawn: &str| text::is_clean(&drawn.replace(['\r', '\n', '\u{7}'], ""));
    let mut rest = drawn;
    while let Some(at) = rest.find(|c| !is_text(c)) {
        assert!(is_clean(&rest[..at]));
        let length = length(&rest[at..]);
        // The last one may be on its way.
        rest = length.map_or("", |length| &rest[at + length..]);
    }
    assert!(is_clean(rest));
}

/// How long the sequence is that stands here, if all of it does.
fn length(drawn: &str) -> Option<usize> {
    let rest = drawn.strip_prefix('\u{1b}').expect("a sequence");
    let (kind, length) = match rest.strip_prefix('[') {
        Some(parameters) => {
            let is_last = |c: char| !"0123456789;?".contains(c);
            let (at, last) = parameters.char_indices().find(|&(_, c)| is_last(c))?;
            (last, 2 + at + last.len_utf8())
        }
        None => (rest.chars().next()?, 2),
    };
    assert!("78ABHJKhlmnrs".contains(kind), "{:?}", &drawn[..length]);
    Some(length)
}

fn torment(seed: u64, (_server, mut pty, mut peer): (Server, Pty, Peer)) {
    pty.press("safe");
    pty.expect_part("safe");
    let mut numbers = Numbers(seed);
    let bytes: Vec<u8> = (0..LINES).flat_map(|_| numbers.line()).collect();
    let mut bytes = bytes.as_slice();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(bytes.len().min(1 + numbers.below(3000)));
        peer.send_bytes(piece);
        bytes = rest;
    }
    // The first line with a tag after one without tells only that there are tags.
    peer.send("@9 * tags\n@9 * you are alone in lobby\n@9 #lobby:77777 <bob> the end");
    pty.expect_part("the end");
    pty.expect_part("safe");
    check(&pty.raw_text());
}

#[test]
fn whatever_a_server_sends_is_text_and_what_is_typed_stays() {
    for (seed, columns) in [(1, 20), (2, 80), (3, 200)] {
        torment(seed, away::ana_in(columns));
    }
}

#[test]
fn so_it_is_on_a_screen_of_its_own() {
    for (seed, columns) in [(4, 20), (5, 80), (6, 200)] {
        torment(seed, full::ana(24, columns));
    }
}
