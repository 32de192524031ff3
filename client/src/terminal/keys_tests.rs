//! Tests of the keys: bytes in, whole and in pieces.

use super::*;
use proptest::prelude::*;

fn decode(pieces: &[&[u8]]) -> Vec<Key> {
    let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.feed(piece, &mut keys);
    }
    decoder.expire(&mut keys);
    keys
}

/// The keys must be the same whole, byte by byte, and split in two at every place.
fn check(bytes: &[u8], expected: &[Key]) {
    assert_eq!(decode(&[bytes]), expected, "for {bytes:?}");
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(
        decode(&single),
        expected,
        "for the single bytes of {bytes:?}"
    );
    for at in 0..=bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(
            decode(&[left, right]),
            expected,
            "for {left:?} and {right:?}"
        );
    }
}

#[test]
fn characters() {
    use Key::Char;
    check(
        "aé日🦀".as_bytes(),
        &[Char('a'), Char('é'), Char('日'), Char('🦀')],
    );
    check(b"\xC3(", &[Char('\u{FFFD}'), Char('(')]);
    check(b"\xFFa", &[Char('\u{FFFD}'), Char('a')]);
    check(b"\xF0\x9F\x1b[A", &[Char('\u{FFFD}'), Key::Up]);
}

#[test]
fn control_keys() {
    use Key::{Backspace, Control, Enter, Tab};
    check(b"\x1f", &[Control('_')]);
    check(b"\x01\x03\x1a", &[Control('a'), Control('c'), Control('z')]);
    check(
        b"\r\n\t\x7f\x08\x00\x1c",
        &[Enter, Enter, Tab, Backspace, Backspace],
    );
}

#[test]
fn sequences() {
    use Key::{Delete, Down, End, Enter, Home, Left, Right, Up};
    check(b"\x1b[A\x1b[B\x1b[C\x1b[D", &[Up, Down, Right, Left]);
    check(b"\x1bOA\x1bOH\x1bOF\x1bOM", &[Up, Home, End, Enter]);
    check(
        b"\x1b[H\x1b[1~\x1b[7~\x1b[F\x1b[4~\x1b[8~",
        &[Home, Home, Home, End, End, End],
    );
    check(b"\x1b[3~\x1b[1;2C\x1b[3;2~", &[Delete, Right, Delete]);
    check(b"\x1b[5~\x1b[6~", &[Key::PageUp, Key::PageDown]);
    check(
        b"\x1b[I\x1b[O",
        &[Key::Focus(Focus::Here), Key::Focus(Focus::Elsewhere)],
    );
}

#[test]
fn unknown_sequences_are_silent() {
    check(b"\x1b[15~\x1b[[A\x1b[?1;2c\x1bOPx", &[Key::Char('x')]);
    let endless = [b"\x1b[".as_slice(), &[b'1'; 100], b"~x"].concat();
    check(&endless, &[Key::Char('x')]);
    check(b"\x1b[1\r", &[Key::Enter]);
}

#[test]
fn a_lone_escape_is_a_key() {
    check(b"\x1b", &[Key::Escape]);
    check(b"\x1b\x1b[A", &[Key::Up]);
    check(b"\x1b\x1b", &[Key::Escape]);
    check(b"\x1bHi", &[Key::Alt('H'), Key::Char('i')]);
    check("\x1bé".as_bytes(), &[Key::Escape, Key::Char('é')]);
}

#[test]
fn keys_by_words() {
    use Key::{Alt, WordBackspace, WordDelete, WordLeft, WordRight};
    // xterm, gnome-terminal, rxvt, Konsole, PuTTY, iTerm.
    for (left, right) in [
        ("\x1b[1;5D", "\x1b[1;5C"),
        ("\x1b[1;3D", "\x1b[1;3C"),
        ("\x1b[5D", "\x1b[5C"),
        ("\x1b[;5D", "\x1b[;5C"),
        ("\x1bO5D", "\x1bO5C"),
        ("\x1bO1;5D", "\x1bO1;5C"),
        ("\x1bOd", "\x1bOc"),
        ("\x1bOD", "\x1bOC"),
        ("\x1b\x1b[D", "\x1b\x1b[C"),
        ("\x1b\x1bOD", "\x1b\x1bOC"),
    ] {
        check(left.as_bytes(), &[WordLeft]);
        check(right.as_bytes(), &[WordRight]);
    }
    check(b"\x1bb\x1bF\x1bd", &[Alt('b'), Alt('f'), Alt('d')]);
    check(b"\x1b\x7f\x1b\x08", &[WordBackspace, WordBackspace]);
    check(b"\x1b[3;5~\x1b[3;3~\x1b[3^", &[WordDelete; 3]);
    check(b"\x1b[d\x1b[c", &[Key::Left, Key::Right]);
}

#[test]
fn numbered_keys() {
    use Key::{Alt, Char, Control, Enter, Escape, Tab};
    check(b"\x1b[13u\x1b[9u\x1b[27u", &[Enter, Tab, Escape]);
    check(b"\x1b[97;5u\x1b[27;5;119~", &[Control('a'), Control('w')]);
    check(b"\x1b[98;3u\x1b[127;3u", &[Alt('b'), Key::WordBackspace]);
    check(b"\x1b[233u\x1b[97:65;1:1u", &[Char('é'), Char('a')]);
    // Let go, a lock key, no number.
    check(b"\x1b[97;1:3u\x1b[57358u\x1b[u\x1b[1;1:3Ax", &[Char('x')]);
}

#[test]
fn answers_of_terminals_are_swallowed() {
    for answer in [
        "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
        "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
        "\x1b]0;título\x07",
        "\x1b]52;c;aGVsbG8=\x1b\\",
        "\x1bP1+r544e=787465726d\x1b\\",
        "\x1bP>|XTerm(370)\x1b\\",
        "\x1bP!|00000000\x1b\\",
        "\x1b_Gi=31;OK\x1b\\",
        "\x1b^private\x1b\\",
        "\x1bXstart\x1b\\",
        "\x1b[?62;1;22c",
        "\x1b[>41;370;0c",
        "\x1b[=1;2c",
        "\x1b[0n",
        "\x1b[?2004;1$y",
        "\x1b[?997;1n",
        "\x1b[8;24;80t",
        "\x1b[?1u",
        "\x1b[<0;10;5M\x1b[<0;10;5m",
        "\x1b[32;10;5M",
        "\x1b[M !!",
        "\x1b[1;2\"q",
        "\x1bOP\x1bOS\x1b[15;5~\x1b[[E\x1b[E",
    ] {
        check(format!("{answer}x").as_bytes(), &[Key::Char('x')]);
        let behind = format!("a{answer}x");
        check(behind.as_bytes(), &[Key::Char('a'), Key::Char('x')]);
    }
    check(b"\x1b[M\xe0\xf1\xffx", &[Key::Char('x')]);
    for answer in ["\x1b[24;80R", "\x1b[?24;80;1R"] {
        check(answer.as_bytes(), &[Key::CursorAt { column: 79 }]);
    }
    check(b"\x1b[24;0R\x1b[R", &[]);
}

#[test]
fn nobody_is_stuck_in_an_answer() {
    use Key::{Char, Control, Enter, Left};
    check(b"\x1b]11;rgb\x03x", &[Control('c'), Char('x')]);
    check(b"\x1bPabc\rx", &[Enter, Char('x')]);
    check(b"\x1b]ab\x1b[Dx", &[Left, Char('x')]);
    let endless = [b"\x1b]".as_slice(), &[b'y'; TEXT_BYTES + 1], b"x"].concat();
    assert_eq!(decode(&[&endless]), [Char('x')]);
}

#[test]
fn only_a_lone_escape_is_a_key() {
    use Key::{Char, Escape, Up, WordRight};
    let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
    for (piece, then_waits) in [
        (b"\x1b[1;".as_slice(), false),
        (b"5C\xF0\x9F", false),
        (b"\xA6\x80\x1b[1;", true),
        (b"\x1b", true),
        (b"OA\x1b", true),
        (b"Oi", false),
    ] {
        decoder.feed(piece, &mut keys);
        if then_waits {
            decoder.expire(&mut keys);
        }
    }
    let expected = [
        WordRight,
        Char('🦀'),
        Escape,
        Up,
        Escape,
        Char('O'),
        Char('i'),
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_paste_is_text_only() {
    use Key::{Char, Enter, PasteEnd, Pasted};
    check(
        b"\x1b[200~a\r\nb\nc\rd\te\x1b[A\x04\x7f\x1b[201~f\r",
        &[
            Pasted('a'),
            Pasted('\n'),
            Pasted('b'),
            Pasted('\n'),
            Pasted('c'),
            Pasted('\n'),
            Pasted('d'),
            Pasted('\t'),
            Pasted('e'),
            PasteEnd,
            Char('f'),
            Enter,
        ],
    );
}

#[test]
fn control_c_ends_a_paste_that_never_ends() {
    check(
        b"\x1b[200~a\x1bb\x03b",
        &[
            Key::Pasted('a'),
            Key::Pasted('b'),
            Key::PasteEnd,
            Key::Control('c'),
            Key::Char('b'),
        ],
    );
}

proptest! {
    #[test]
    fn every_wait_ends_and_then_a_letter_is_one(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(prop::sample::select(b"\x1b[]OPM;?0159~\\\x07\xc3Da".to_vec()), 0..6),
                Just(b"\x1b[200~".to_vec()), any::<Vec<u8>>(),
            ],
            0..8,
        ),
        expires: [bool; 8],
    ) {
        let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
        for (piece, expires) in pieces.iter().zip(expires) {
            decoder.feed(piece, &mut keys);
            if expires {
                decoder.expire(&mut keys);
            }
        }
        for _ in 0..3 {
            decoder.expire(&mut keys);
        }
        prop_assert_eq!(decoder.patience(), None);
        decoder.feed(b"x", &mut keys);
        prop_assert_eq!(keys.last(), Some(&Key::Char('x')));
    }

    #[test]
    fn any_split_gives_the_same_keys(
        parts in prop::collection::vec(
            prop_oneof![
                Just(b"\x1b[200~".to_vec()), Just(b"\x1b[201~".to_vec()), Just(b"\x1b".to_vec()),
                Just(b"\x1b[".to_vec()), Just(b"\x1b]".to_vec()), Just(b"\x1bP1".to_vec()),
                    Just(b"\x1b[M".to_vec()), Just(b"\x1bO".to_vec()), Just(b"\x1b\\".to_vec()), Just(b"\r\n".to_vec()), any::<Vec<u8>>(),
                any::<char>().prop_map(|c| c.to_string().into_bytes()),
            ],
            0..8,
        ),
        at: prop::sample::Index,
    ) {
        let bytes = parts.concat();
        let (left, right) = bytes.split_at(at.index(bytes.len() + 1));
        prop_assert_eq!(decode(&[left, right]), decode(&[&bytes]));
    }
}
