//! Removes and answers telnet's IAC sequences, at any split. It filters bytes and knows no lines.
//!
//! Every option that a peer offers or requests is refused once. RFC 1143: options that are never
//! agreed to need no other state. So a negotiation cannot loop, and a peer gets at most 64
//! refusals. The server never begins a negotiation. The byte 0xFF is never part of UTF-8, so the
//! filter may run on every conn, telnet or not, and can use it to mark where it removed something
//! from a line (editing.rs).
//!
//! Invariant: text and replies do not depend on how the bytes were split.

use crate::dialect::editing::{ERASE_CHARACTER, ERASE_LINE, MARK};

/// The telnet state of one conn. Small until an IAC comes.
#[derive(Default, Debug)]
pub struct Telnet {
    state: State,
    signal: Option<Signal>,
    seen: bool,
    /// Whether the last byte of text was in the middle of a line.
    in_line: bool,
    refusals: u8,
    /// Allocated at the first option; nc never sends one.
    refused: Option<Box<Refused>>,
}

/// A CR alone, as RFC 854 spells it.
pub const RETURN: &[u8] = b"\r\0";

/// A key of the user's that is not text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// Ctrl-C, Ctrl-\, Break or Ctrl-D: the user wants to leave.
    Interrupt,
    /// "Are you there?": any line answers it.
    AreYouThere,
}

impl Telnet {
    /// Moves the text to the front of `bytes` and returns its length; appends the answers for the
    /// peer to `replies`.
    ///
    /// `\r\0`, which is Enter from a telnet that sends each key by itself, becomes `\r\n`. IAC IAC,
    /// telnet's 0xFF, is dropped: 0xFF is not text either. The first sequence after text of a line
    /// leaves a `MARK`, so that a name torn by it can be refused. Erase keys become what a terminal
    /// sends.
    pub fn filter(&mut self, bytes: &mut [u8], replies: &mut Vec<u8>) -> usize {
        if matches!(self.state, State::Text | State::Return) && !has_work(bytes) {
            if let Some(&last) = bytes.last() {
                self.state = State::after(last);
                self.in_line = is_in_line(last);
            }
            return bytes.len();
        }
        let mut kept = 0;
        for at in 0..bytes.len() {
            if let Some(byte) = self.step(bytes[at], replies) {
                self.in_line = is_in_line(byte);
                bytes[kept] = byte;
                kept += 1;
            }
        }
        kept
    }

    /// Whether any telnet command has come, so the peer is not nc.
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// What the user pressed since the last call. The interrupt wins if both were pressed.
    pub fn take_signal(&mut self) -> Option<Signal> {
        self.signal.take()
    }

    /// The bytes that turn the peer's local echo off for a password, or on again. Empty unless the
    /// peer is known to speak telnet: for others they would be garbage.
    pub fn hide_echo(&mut self, hide: bool) -> &'static [u8] {
        if !self.seen {
            return &[];
        }
        // Offering to echo makes the peer stop its own echo. Its DO ECHO then is an answer and
        // needs no reply.
        self.is_news(WONT, ECHO);
        match hide {
            true => &[IAC, WILL, ECHO],
            // Enter was not echoed either, so the cursor moves to a new line here.
            false => &[IAC, WONT, ECHO, b'\r', b'\n'],
        }
    }

    /// Takes one byte; returns it if it is text.
    fn step(&mut self, byte: u8, replies: &mut Vec<u8>) -> Option<u8> {
        let (state, text) = match self.state {
            State::Text | State::Return if byte == IAC => {
                (State::Command, self.in_line.then_some(MARK))
            }
            State::Return if byte == 0 => (State::Text, Some(b'\n')),
            State::Text | State::Return => (State::after(byte), Some(byte)),
            State::Command => self.command(byte),
            State::Will => (self.refuse(DONT, byte, replies), None),
            State::Do => (self.refuse(WONT, byte, replies), None),
            State::Answer => (State::Text, None),
            State::Sub if byte == IAC => (State::SubCommand, None),
            State::SubCommand if byte == SE => (State::Text, None),
            State::Sub | State::SubCommand => (State::Sub, None),
        };
        self.state = state;
        text
    }

    /// The byte after IAC.
    fn command(&mut self, byte: u8) -> (State, Option<u8>) {
        // A stray 0xFF of a Latin-1 client, or an IAC whose command was lost as urgent data, must
        // not swallow the next letter.
        if byte < FIRST_COMMAND {
            return (State::after(byte), Some(byte));
        }
        self.seen = true;
        match byte {
            EOF | ABORT | BREAK | INTERRUPT => self.signal = Some(Signal::Interrupt),
            ARE_YOU_THERE => self.signal = self.signal.or(Some(Signal::AreYouThere)),
            _ => {}
        }
        match byte {
            WILL => (State::Will, None),
            DO => (State::Do, None),
            WONT | DONT => (State::Answer, None),
            SUB => (State::Sub, None),
            ERASE_CHARACTER_COMMAND => (State::Text, Some(ERASE_CHARACTER)),
            ERASE_LINE_COMMAND => (State::Text, Some(ERASE_LINE)),
            _ => (State::Text, None),
        }
    }

    /// Answers WILL or DO, once for each option.
    fn refuse(&mut self, verb: u8, option: u8, replies: &mut Vec<u8>) -> State {
        // After Ctrl-C a telnet discards all output until its DO TIMING-MARK is answered, so every
        // one is answered: three bytes for three bytes, and no option to remember.
        let mark = verb == WONT && option == TIMING_MARK;
        if mark || (self.refusals < MOST_REFUSALS && self.is_news(verb, option)) {
            self.refusals += u8::from(!mark);
            replies.extend_from_slice(&[IAC, verb, option]);
        }
        State::Text
    }

    fn is_news(&mut self, verb: u8, option: u8) -> bool {
        let refused = self.refused.get_or_insert_default();
        let words = if verb == WONT {
            &mut refused.wont
        } else {
            &mut refused.dont
        };
        let (word, bit) = (&mut words[usize::from(option / 64)], 1 << (option % 64));
        let news = *word & bit == 0;
        *word |= bit;
        news
    }
}

/// Where in a sequence the last byte was.
#[derive(Clone, Copy, Default, Debug)]
enum State {
    #[default]
    Text,
    /// Text that ended with a CR.
    Return,
    /// After IAC.
    Command,
    /// After IAC WILL: an option follows.
    Will,
    Do,
    /// After IAC WONT or IAC DONT: an option follows and needs no answer.
    Answer,
    /// In a subnegotiation, which is skipped up to its IAC SE.
    Sub,
    /// After IAC in a subnegotiation.
    SubCommand,
}

impl State {
    fn after(text: u8) -> State {
        if text == b'\r' {
            State::Return
        } else {
            State::Text
        }
    }
}

/// Whether this byte of text leaves the line begun. Marks are not doubled.
fn is_in_line(text: u8) -> bool {
    !matches!(text, b'\r' | b'\n' | MARK)
}

/// A bit for each option that was refused, with WONT and with DONT.
#[derive(Default, Debug)]
struct Refused {
    wont: [u64; 4],
    dont: [u64; 4],
}

/// Whether there is an IAC, or a NUL that may follow a CR: adding 1 puts 0xFF and 0 next to each
/// other.
fn has_work(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .fold(false, |any, &b| any | (b.wrapping_add(1) <= 1))
}

/// More than all options in use, so only hostile peers reach it.
const MOST_REFUSALS: u8 = 64;

// RFC 854, 860 and 1184.
/// No byte below this is a command.
pub const FIRST_COMMAND: u8 = EOF;
const EOF: u8 = 236;
const ABORT: u8 = 238;
const SE: u8 = 240;
const BREAK: u8 = 243;
const INTERRUPT: u8 = 244;
const ARE_YOU_THERE: u8 = 246;
const ERASE_CHARACTER_COMMAND: u8 = 247;
const ERASE_LINE_COMMAND: u8 = 248;
const SUB: u8 = 250;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const DONT: u8 = 254;
/// The byte with which a sequence begins.
pub const IAC: u8 = 255;
const ECHO: u8 = 1;
const TIMING_MARK: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    const SGA: u8 = 3;
    const TTYPE: u8 = 24;
    const NAWS: u8 = 31;

    /// Text and replies of one conn that reads these chunks.
    fn run<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<u8>) {
        let (mut telnet, mut text, mut replies) = (Telnet::default(), Vec::new(), Vec::new());
        for chunk in chunks {
            let mut bytes = chunk.to_vec();
            let kept = telnet.filter(&mut bytes, &mut replies);
            text.extend_from_slice(&bytes[..kept]);
        }
        (text, replies)
    }

    /// Checks text and replies of `input` at every split.
    #[track_caller]
    fn check(input: &[u8], text: impl AsRef<[u8]>, replies: &[u8]) {
        let expected = (text.as_ref().to_vec(), replies.to_vec());
        for at in 0..=input.len() {
            let (one, two) = input.split_at(at);
            assert_eq!(run([one, two]), expected, "split at {at}");
        }
        assert_eq!(run(input.chunks(1)), expected);
    }

    #[test]
    fn text_is_left_alone() {
        check(b"", b"", b"");
        check("olá\r\n🙂\tb\n".as_bytes(), "olá\r\n🙂\tb\n", b"");
        check(b"a\0b\rc\r", b"a\0b\rc\r", b"");
        let (mut telnet, mut replies) = (Telnet::default(), Vec::new());
        assert_eq!(telnet.filter(&mut [b'a'; 100], &mut replies), 100);
        assert!(!telnet.seen() && telnet.refused.is_none());
        assert!(size_of::<Telnet>() <= 16);
    }

    #[test]
    fn enter_of_a_telnet_that_sends_keys_ends_the_line() {
        check(b"hi\r\0you\r\n\0", b"hi\r\nyou\r\n\0", b"");
        check(b"\r\0\r\0\r\r\0", b"\r\n\r\n\r\r\n", b"");
        check(&[b'\r', IAC, 249, b'a', b'\r', 0], b"\ra\r\n", b"");
    }

    #[test]
    fn options_are_refused_once() {
        // What PuTTY sends when it connects as a telnet.
        let hello = [
            IAC, WILL, NAWS, IAC, WILL, 32, IAC, WILL, TTYPE, IAC, WILL, 39, IAC, DO, ECHO, IAC,
            WILL, SGA, IAC, DO, SGA,
        ];
        let refusals = [
            IAC, DONT, NAWS, IAC, DONT, 32, IAC, DONT, TTYPE, IAC, DONT, 39, IAC, WONT, ECHO, IAC,
            DONT, SGA, IAC, WONT, SGA,
        ];
        check(&[&hello[..], b"ana\r\n"].concat(), b"ana\r\n", &refusals);
        check(
            &[&hello[..], b"ana\r\0", &hello[..]].concat(),
            b"ana\r\n",
            &refusals,
        );
        check(
            &[b'a', IAC, WONT, ECHO, IAC, DONT, SGA, b'b'],
            b"a\xffb",
            b"",
        );
    }

    #[test]
    fn commands_are_not_text() {
        for command in (FIRST_COMMAND..SUB).chain([IAC]) {
            let text: &[u8] = match command {
                ERASE_CHARACTER_COMMAND => b"a\xff\x08b",
                ERASE_LINE_COMMAND => b"a\xff\x15b",
                _ => b"a\xffb",
            };
            check(&[b'a', IAC, command, b'b'], text, b"");
        }
        // Stray 0xFF, as from Latin-1 or after lost urgent data.
        check(b"a\xffb\xff\nc\xff\r\0", b"a\xffb\xff\nc\xff\r\n", b"");
        check(&[b'a', IAC], b"a\xff", b"");
    }

    #[test]
    fn a_sequence_within_a_line_leaves_one_mark() {
        let option = [IAC, DO, ECHO];
        let refusal = [IAC, WONT, ECHO];
        check(
            &[&option, &b"ana\r"[..], &option, b"\n", &option].concat(),
            b"ana\r\n",
            &refusal,
        );
        check(
            &[b"a", &option[..], &option, b"b"].concat(),
            b"a\xffb",
            &refusal,
        );
    }

    #[test]
    fn subnegotiations_are_skipped() {
        let sized = [IAC, SUB, NAWS, 0, 80, 0, IAC, IAC, b'x', IAC, SE, b'a'];
        check(&sized, b"a", b"");
        check(
            &[IAC, SUB, TTYPE, IAC, DO, ECHO, b'\n', IAC, SE, b'a'],
            b"a",
            b"",
        );

        let (mut telnet, mut replies) = (Telnet::default(), Vec::new());
        telnet.filter(&mut [IAC, SUB], &mut replies);
        for _ in 0..1024 {
            assert_eq!(telnet.filter(&mut [b'x'; 1024], &mut replies), 0);
        }
        let mut rest = [IAC, SE, b'a'];
        assert_eq!(telnet.filter(&mut rest, &mut replies), 1);
        assert_eq!((rest[0], replies.len()), (b'a', 0));
    }

    #[test]
    fn every_timing_mark_is_answered() {
        let ctrl_c = [IAC, INTERRUPT, IAC, DO, TIMING_MARK];
        check(&ctrl_c, b"", &[IAC, WONT, TIMING_MARK]);
        let (text, replies) = run([every_option(DO), ctrl_c.repeat(100)]
            .iter()
            .map(Vec::as_slice));
        assert!(text.is_empty());
        // `every_option` contains option 6, the timing mark, which is not refused.
        assert_eq!(replies.len(), 3 * (usize::from(MOST_REFUSALS) + 1 + 100));
    }

    #[test]
    fn a_signal_is_returned_once() {
        let mut telnet = Telnet::default();
        let mut press = |keys: &[u8]| {
            for &key in keys {
                telnet.filter(&mut [IAC, key], &mut Vec::new());
            }
            assert!(telnet.seen());
            [telnet.take_signal(), telnet.take_signal()]
        };
        for key in [INTERRUPT, BREAK, ABORT, EOF] {
            assert_eq!(press(&[key]), [Some(Signal::Interrupt), None]);
        }
        assert_eq!(press(&[ARE_YOU_THERE]), [Some(Signal::AreYouThere), None]);
        assert_eq!(
            press(&[INTERRUPT, ARE_YOU_THERE]),
            [Some(Signal::Interrupt), None]
        );
        assert_eq!(
            press(&[ARE_YOU_THERE, INTERRUPT]),
            [Some(Signal::Interrupt), None]
        );
        assert_eq!(press(&[241, WONT]), [None, None]);
    }

    #[test]
    fn replies_to_one_peer_are_bounded() {
        let (mut telnet, mut said) = (Telnet::default(), 0);
        // A peer that insists and takes each answer for a new question.
        let mut bytes = [every_option(WILL), every_option(DO)].concat();
        for _ in 0..100 {
            let mut replies = Vec::new();
            telnet.filter(&mut bytes, &mut replies);
            said += replies.iter().filter(|&&b| b == IAC).count();
            bytes = replies;
            for verb in bytes.iter_mut().filter(|b| [WONT, DONT].contains(b)) {
                *verb -= 1;
            }
            bytes.extend(every_option(WILL));
        }
        // Here the peer's own timing mark keeps coming back: one answer for each, no more.
        assert!(said <= usize::from(MOST_REFUSALS) + 100, "{said}");
    }

    fn every_option(verb: u8) -> Vec<u8> {
        (0..IAC).flat_map(|option| [IAC, verb, option]).collect()
    }

    proptest::proptest! {
        #[test]
        fn any_split_gives_the_same(
            input in proptest::collection::vec(proptest::prop_oneof![
                proptest::prelude::Just(IAC),
                proptest::sample::select(&[0, b'\r', b'\n', b'a', TIMING_MARK][..]),
                FIRST_COMMAND..=IAC,
                proptest::num::u8::ANY,
            ], 0..60),
            mut cuts in proptest::collection::vec(0..60usize, 0..8),
        ) {
            cuts.extend([0, 60]);
            cuts.sort_unstable();
            let part = |cut: usize| cut.min(input.len());
            let chunks = cuts.windows(2).map(|cut| &input[part(cut[0])..part(cut[1])]);
            proptest::prop_assert_eq!(run(chunks), run([&input[..]]));
        }
    }

    #[test]
    fn an_echo_that_is_hidden_needs_no_answer() {
        let mut nc = Telnet::default();
        assert_eq!(nc.hide_echo(true), b"");
        let mut telnet = Telnet::default();
        let mut replies = Vec::new();
        telnet.filter(&mut [IAC, DO, SGA], &mut replies);
        assert_eq!(telnet.hide_echo(true), [IAC, WILL, ECHO]);
        replies.clear();
        telnet.filter(&mut [IAC, DO, ECHO], &mut replies);
        assert!(replies.is_empty(), "an answer is not answered");
        assert_eq!(telnet.hide_echo(false)[..3], [IAC, WONT, ECHO]);
    }
}
